"""What of a page's main element an extractor must keep.

Code lines with their indentation, table rows on one line, list items on a line of their own, TeX. Tables in
tables and lists of nothing but links do not count.
"""

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Score = Counter[str]  # "code", "code.kept", "rows", "rows.kept", ...


def score(main: Any, output: str) -> Score:
    """How many of the elements there are, and how many of them are kept in the output."""
    marks: dict[str, Callable[[Any, str], Iterator[bool]]] = {
        "code": _code, "rows": _rows, "items": _items, "tex": _tex,
    }  # fmt: skip
    total: Score = Counter()
    for name, judge in marks.items():
        verdicts = list(judge(main, output))
        total[name], total[f"{name}.kept"] = len(verdicts), sum(verdicts)
    return total


def _text(node: Any) -> str:
    """Text as a browser breaks it into lines: at `br`, and around a `div`."""
    parts: list[str] = [node.text or ""]
    for child in node:
        parts.append("\n" if child.tag == "br" else "")
        if isinstance(child.tag, str):
            parts.append(f"\n{_text(child)}\n" if child.tag == "div" else _text(child))
        parts.append(child.tail or "")
    return "".join(parts).replace("\u00a0", " ")


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _code(main: Any, output: str) -> Iterator[bool]:
    """Each line of a `pre`, with the white space before it, is a line of the output."""
    lines = Counter(line.rstrip() for line in output.replace("\u00a0", " ").split("\n"))
    for block in main.xpath(".//pre[not(ancestor::pre)]"):
        for line in _text(block).split("\n"):
            if line.strip():
                yield lines[line.rstrip()] > 0
                lines[line.rstrip()] -= 1


def _rows(main: Any, output: str) -> Iterator[bool]:
    """The texts of a row's cells stand on one line, in their order, white space apart."""
    lines = ["".join(line.split()) for line in output.split("\n")]
    for row in main.xpath(".//table[not(.//table) and not(ancestor::table)]//tr"):
        cells = ["".join(_text(cell).split()) for cell in row.iterchildren("td", "th")]
        cells = [cell for cell in cells if cell]
        if len(cells) > 1:
            yield any(_in_order(cells, line) for line in lines)


def _in_order(cells: list[str], line: str) -> bool:
    at = 0
    for cell in cells:
        at = line.find(cell, at)
        if at < 0:
            return False
        at += len(cell)
    return True


_MARK = re.compile(r"^(?:[-*+\u2022\u25e6\u25aa\u00b7\u2013]|\d{1,3}[.)]|[a-z][.)])\s+")
_BLOCKS = (
    "p",
    "div",
    "ul",
    "ol",
    "dl",
    "pre",
    "table",
    "blockquote",
    "section",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "br",
)


def _items(main: Any, output: str) -> Iterator[bool]:
    """A line begins with the item's first paragraph, and ends with it where the item is no more than that."""
    lines = {_MARK.sub("", _squeezed(line)) for line in output.split("\n")}
    for item in main.iter("li"):
        links = sum(len(_squeezed(link.text_content())) for link in item.iter("a"))
        whole = _squeezed(item.text_content())
        lead = _squeezed(_lead(item)[0])
        if not lead or links >= 0.9 * len(whole):
            continue
        yield lead in lines or (lead != whole and any(line.startswith(lead) for line in lines))


def _lead(node: Any) -> tuple[str, bool]:
    """Text up to the end of the first block within, and whether there is such an end."""
    text = node.text or ""
    for child in node:
        if child.tag in _BLOCKS:
            return (text, True) if text.strip() else (_lead(child)[0], True)
        if isinstance(child.tag, str):
            inner, ended = _lead(child)
            text += inner
            if ended:
                return text, True
        text += child.tail or ""
    return text, False


_DELIMITED = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_WRAPPED = re.compile(r"^\{\\displaystyle(.*)\}$|^\\\[(.*)\\\]$|^\\\((.*)\\\)$|^\$\$?(.*?)\$?\$$", re.DOTALL)


def _tex(main: Any, output: str) -> Iterator[bool]:
    """A formula of the page stands in the output, white space apart; letters and numbers do not count."""
    squeezed = "".join(output.split())
    for formula in formulas(main):
        bare = "".join(formula.split())
        if found := _WRAPPED.match(bare):
            bare = "".join(part or "" for part in found.groups())
        if len(bare) > 3 and re.search(r"[\\^_]", bare):
            yield bare in squeezed


def formulas(main: Any) -> Iterator[str]:
    """TeX as pages carry it: between delimiters, in annotations, in scripts, in the words for a picture."""
    for found in main.xpath('.//annotation[contains(@encoding, "tex") or contains(@encoding, "TeX")]'):
        yield found.text or ""
    for found in main.xpath('.//script[contains(@type, "math/tex")]'):
        yield (found.text or "").removeprefix("% ").strip()
    named = " or ".join(f'contains(@class, "{word}")' for word in ("math", "formula", "tex"))
    pictures = f".//img[@alt and ({named})]"
    for found in main.xpath(pictures):
        if not found.xpath("ancestor::*[.//annotation][contains(@class, 'mwe')]"):
            yield found.get("alt")
    text = "".join(
        main.xpath(
            ".//text()[not(ancestor::pre or ancestor::code or ancestor::annotation or ancestor::script)]"
        )
    )
    for found in _DELIMITED.finditer(text):
        yield html.unescape(found[1] or found[2])
