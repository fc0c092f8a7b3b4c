"""Wikitext to plain text, over the nodes that mwparserfromhell parses.

Prose, headings and list items stay; links show their text; formulas stay LaTeX, in dollars. References,
tables, images, categories and templates go, except the few templates that only dress a word. A section
that is left empty, or that is nothing but a list of links, goes with its heading.
"""

import re
from collections.abc import Iterator

import mwparserfromhell
from mwparserfromhell import nodes
from mwparserfromhell.wikicode import Wikicode

_HEADING_LINE = re.compile(r"^=.*$", re.MULTILINE)
_MAX_LEVEL = 6
# A table's marks begin a line; elsewhere they are an empty argument's.
_MARK = re.compile(r"\{\{|\}\}|\[|\]|</|/>|<(?!br)|^[ \t:]*\{\||^[ \t:]*\|\}(?!\})", re.MULTILINE)
# Or a tag between which and its end none is a table's.
_TABLE_MARK = re.compile(
    r"^[ \t:]*(?:\{\||\|\}(?!\}))|<(?:pre|nowiki|syntaxhighlight|source)\b[^<>]{0,200}(?<!/)>"
    r"|</(?:pre|nowiki|syntaxhighlight|source)",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTES = re.compile(r"''+")
_LIST_MARKS = re.compile(r"^[*#:;]+", re.MULTILINE)
_DEFINED = re.compile(r"^[*#:;]*;[^\n:]*:", re.MULTILINE)
_OPENS = {"{{": 0, "[": 1, "<": 2, "{|": 3}
_CLOSES = {"}}": 0, "]": 1, "</": 2, "/>": 2, "|}": 3}
_LINK_ITEM = re.compile(r"[*#][*#:; ]*['\"]*(?:\[|\{\{)")
_NO_TEXT = frozenset(
    {"ref", "references", "gallery", "table", "timeline", "imagemap", "templatedata", "score"}
)
_AS_IS = frozenset({"pre", "code", "syntaxhighlight", "source", "nowiki", "poem"})
# Templates that dress a word, and which of their arguments is the word.
_DRESSES = {
    **dict.fromkeys(
        ("nowrap", "nobr", "small", "math", "mvar", "abbr", "sc", "smallcaps", "em", "strong"), 1
    ),
    **dict.fromkeys(("quote", "blockquote", "cquote", "quotation", "translit", "lang-la"), 1),
    **dict.fromkeys(("lang", "transl"), 2),
}
_EMPTY_BRACKETS = re.compile(r" [(\[][\s,;:–]{0,40}[)\]]")  # noqa: RUF001
_BRACKET_LEFT = re.compile(r"\([\s,;:]{1,40}(?=\w)")
_OTHER_WIKI = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*:\S")  # the same page in another language
_WORDS = re.compile(r"[^\W_]?(?:[^\W_]|[ ,.()\n])*")
_SPACES = re.compile(r"[ \t\u00a0]+")
_MAGIC_WORD = re.compile(r" ?__[A-Z]{3,20}__")


def measure_markup(wikitext: str) -> tuple[int, int]:
    """Templates, links, tags and tables that are never closed, and how deep those nest that are.

    The parser's time is quadratic in the former, and grows with the latter. What closes before anything is
    open closes nothing.
    """
    opened, deepest = [0, 0, 0, 0], [0, 0, 0, 0]
    for mark in map(_strip_mark, _MARK.findall(wikitext)):
        if (kind := _OPENS.get(mark)) is not None:
            opened[kind] += 1
            deepest[kind] = max(deepest[kind], opened[kind])
        elif opened[_CLOSES[mark]]:
            opened[_CLOSES[mark]] -= 1
    return sum(opened), max(most - left for most, left in zip(deepest, opened, strict=True))


def _strip_mark(mark: str) -> str:
    return mark.lstrip(" \t:")


def count_quotes(wikitext: str) -> int:
    """Marks of bold and italics, each of which is a node of the parser."""
    return sum(1 for _ in _QUOTES.finditer(wikitext))


def count_marks(wikitext: str) -> int:
    """Marks of lists and of arguments: the parser makes nodes of each, however close they stand."""
    lists = sum(len(marks) for marks in _LIST_MARKS.findall(wikitext))
    return lists + len(_DEFINED.findall(wikitext)) + wikitext.count("|")


def plain_text(wikitext: str, hidden: frozenset[str]) -> str:
    """The text of a page; `hidden`: lower-case prefixes of links that show none (`file`, `category`)."""
    kept: list[tuple[int, str, str]] = []
    for level, heading, body in _cut_sections(drop_tables(wikitext)):
        text = "" if _is_link_list(body) else _tidy(_parse(body, hidden))
        kept.append((level, _tidy(_parse(heading, hidden)), text))
    parts: list[str] = []
    for i, (level, heading, text) in enumerate(kept):
        if level and (text or _has_text_below(kept, i)):
            parts.append(heading)
        if text:
            parts.append(text)
    return "\n\n".join(part for part in parts if part)


def _cut_sections(wikitext: str) -> Iterator[tuple[int, str, str]]:
    """Level, heading and body; before the first heading: level 0."""
    level, heading, start = 0, "", 0
    for line in _HEADING_LINE.finditer(wikitext):
        found, words = _read_heading(line.group())
        if found:
            yield level, heading, wikitext[start : line.start()]
            level, heading, start = found, words, line.end()
    yield level, heading, wikitext[start:]


def _read_heading(line: str) -> tuple[int, str]:
    """Level and words of a line with as many signs of equality at both ends; level 0 where it has none."""
    line = line.rstrip(" \t")
    left, right = len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("="))
    for level in range(min(left, right, _MAX_LEVEL, (len(line) - 1) // 2), 0, -1):
        words = line[level:-level].strip(" \t")
        if words and not words[0].isspace():
            return level, words
    return 0, ""


def drop_tables(wikitext: str) -> str:
    """The page without its tables: they show no text, and a row of one costs the parser 100 microseconds."""
    parts, depth, begun, done, as_is = [], 0, 0, 0, False
    for mark in _TABLE_MARK.finditer(wikitext) if "{|" in wikitext else ():
        kind = mark.group().lstrip(" \t:")
        if kind.startswith("<"):
            as_is = kind[1] != "/"
        elif not as_is and kind == "{|":
            begun, depth = mark.start() if depth == 0 else begun, depth + 1
        elif not as_is and depth:
            depth -= 1
            if depth == 0:
                parts.append(wikitext[done:begun])
                done = mark.end()
    return "".join([*parts, wikitext[done:]])


def _has_text_below(sections: list[tuple[int, str, str]], at: int) -> bool:
    level = sections[at][0]
    for place in range(at + 1, len(sections)):  # a slice would be a copy for each heading
        below, _, text = sections[place]
        if below <= level:
            return False
        if text:
            return True
    return False


def _is_link_list(body: str) -> bool:
    items = [
        line for line in body.splitlines() if line.strip() and not line.startswith(("{{", "[[", "}}", "|"))
    ]
    return bool(items) and all(_LINK_ITEM.match(line) for line in items)


def _parse(wikitext: str, hidden: frozenset[str]) -> str:
    """The text of a section's body or heading; the parser is not asked for words alone."""
    if _WORDS.fullmatch(wikitext):
        return wikitext
    return _read_text(mwparserfromhell.parse(wikitext), hidden)


def _read_text(code: Wikicode, hidden: frozenset[str]) -> str:
    return "".join(_read_node(node, hidden) for node in code.nodes)


def _read_node(node: nodes.Node, hidden: frozenset[str]) -> str:
    match node:
        case nodes.Text():
            return str(node.value)
        case nodes.Wikilink():
            return _read_link(node, hidden)
        case nodes.ExternalLink():
            return _read_text(node.title, hidden) if node.title else ("" if node.brackets else str(node.url))
        case nodes.HTMLEntity():
            return str(node.normalize())
        case nodes.Tag():
            return _read_tag(node, hidden)
        case nodes.Template():
            if str(node.name).strip().lower() in ("convert", "cvt"):
                return " ".join(_read_text(node.get(n).value, hidden).strip() for n in (1, 2) if node.has(n))
            place = _DRESSES.get(str(node.name).strip().lower())
            return _read_text(node.get(place).value, hidden) if place and node.has(place) else ""
        case nodes.Heading():
            return f"\n\n{_read_text(node.title, hidden).strip()}\n\n"
    return ""


def _read_link(node: nodes.Wikilink, hidden: frozenset[str]) -> str:
    title = str(node.title).strip()
    if title.partition(":")[0].strip().lower() in hidden:
        return ""
    if node.text is None and _OTHER_WIKI.match(title):
        return ""
    return _read_text(node.text, hidden) if node.text is not None else title.lstrip(":")


def _read_tag(node: nodes.Tag, hidden: frozenset[str]) -> str:
    name = str(node.tag).strip().lower()
    if name in _NO_TEXT:
        return ""
    if name in ("math", "chem", "ce"):
        fence = "$$" if any(str(a.value).strip() == "block" for a in node.attributes if a.value) else "$"
        return f"{fence}{str(node.contents).strip()}{fence}"
    if name == "br":
        return "\n"
    if name == "li" and node.wiki_markup:
        return "- "
    if name in ("dd", "dt", "hr") and node.wiki_markup:
        return ""
    if node.contents is None:
        return ""
    text = str(node.contents) if name in _AS_IS else _read_text(node.contents, hidden)
    return f"\n{text}\n" if name in ("pre", "syntaxhighlight", "source", "p", "div", "blockquote") else text


def _tidy(text: str) -> str:
    lines = [
        line.rstrip() if line.startswith(" ") else _SPACES.sub(" ", line).rstrip()
        for line in text.split("\n")
    ]
    text = "\n".join(line for line in lines if line.strip("-* ") or not line)
    text = _BRACKET_LEFT.sub("(", _EMPTY_BRACKETS.sub("", _MAGIC_WORD.sub("", text))).replace(" , ", ", ")
    return re.sub(r"\n{3,}", "\n\n", text).strip()
