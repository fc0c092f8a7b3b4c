"""What stands in a patent as Markdown: paragraphs, headings, lists, tables and claims."""

import re
from collections.abc import Iterator
from itertools import groupby

from lxml import etree

from winnow.ingest.latex.mathml import translate
from winnow.ingest.markdown.blocks import Block, Cell, write_heading, write_table

_UNSEEN = {"img", "chemistry", "colspec"}
_APART = {"p", "claim-text", "li", "dd", "dt", "entry", "br"}  # their words touch none around them
_MAX_DEPTH = 50
_MAX_CELLS = 100_000  # of a table: behind them no entry is spread over more columns or rows than one
_MAX_COLUMNS = 1_000  # that have a name


def list_blocks(parent: etree._Element, depth: int = 0) -> Iterator[Block]:
    """Paragraphs, headings, list items and tables, in order."""
    if parent.tag == "heading":
        level = parent.get("level", "1")
        yield write_heading(format_words(parent), 2 + int(level if level.isdecimal() else 1))
    elif parent.tag == "p" or depth > 20 or next(parent.iter("p", "heading"), None) is None:
        yield from _list_said(parent)
    else:
        yield Block(" ".join((parent.text or "").split()))
        for child in parent:
            yield from list_blocks(child, depth + 1)
            yield Block(" ".join((child.tail or "").split()))


def list_claim(claim: etree._Element, at: int) -> Iterator[Block]:
    """A claim under its number, on one line but for its lists and tables."""
    number = claim.get("num", "").lstrip("0") or str(at)
    for count, block in enumerate(_list_said(claim)):
        if count:
            yield block
            continue
        text = re.sub(rf"^\s*{re.escape(number)}\s*\.\s*", "", block.text)
        yield Block(f"{number}. {text}", tight=True)


def format_words(element: etree._Element | None, depth: int = 0) -> str:
    """The words of an element on one line, formulas as LaTeX, without pictures."""
    out: list[str | Block] = []
    if element is not None:
        _walk(element, out, depth)
    return " ".join("".join(f" {each.text} " if isinstance(each, Block) else each for each in out).split())


def _list_said(element: etree._Element) -> Iterator[Block]:
    """The words of an element, its tables and list items apart, in order."""
    out: list[str | Block] = []
    _add(element, out, 0)
    yield from (Block(piece) if isinstance(piece, str) else piece for piece in _join(out))


def _join(pieces: list[str | Block]) -> Iterator[str | Block]:
    """The words between two blocks as one text."""
    for kind, some in groupby(pieces, key=type):
        if kind is Block:
            yield from some
        elif text := " ".join("".join(map(str, some)).split()):
            yield text


def _walk(element: etree._Element, out: list[str | Block], depth: int) -> None:
    out.append(element.text or "")
    for child in element:
        _add(child, out, depth)
        out.append(child.tail or "")


def _add(element: etree._Element, out: list[str | Block], depth: int) -> None:
    tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
    if tag == "math":
        alone = etree.tostring(element, encoding="unicode", with_tail=False)
        out.append(f" ${tex}$ " if (tex := translate(alone).strip()) else "")
    elif not tag or tag in _UNSEEN:
        return
    elif depth >= _MAX_DEPTH:
        out += map(str, element.itertext())
    elif tag in ("sub", "sup", "sub2", "sup2"):
        said = format_words(element, depth + 1)
        out.append(f"{'_' if tag.startswith('sub') else '^'}{{{said}}}" if said else "")
    elif tag == "table":
        out += [Block(format_words(title, depth + 1)) for title in element.findall("title")]
        out.append(Block(write_table(list(_list_rows(element, depth + 1)))))
    elif tag == "li":
        out += _list_item(element, depth + 1)
    else:
        gap = " " if tag in _APART else ""
        out.append(gap)
        _walk(element, out, depth + 1)
        out.append(gap)


def _list_item(item: etree._Element, depth: int) -> Iterator[Block]:
    """An item of a list, and those of lists in it, set in."""
    inner: list[str | Block] = []
    _walk(item, inner, depth)
    indent = "  " * sum(1 for _ in item.iterancestors("li"))
    mark = "- "
    for piece in _join(inner):
        yield Block(indent + mark + piece, tight=True) if isinstance(piece, str) else piece
        mark = "  "


def _list_rows(table: etree._Element, depth: int) -> Iterator[list[Cell]]:
    """The rows of a CALS table (OASIS exchange model), group after group; titles are rows of one cell.

    A column that sets a group in (`offset`) is left out where it says nothing, so that groups stand in line.
    """
    for group in table.findall("tgroup") or [table]:
        names = [spec.get("colname") for spec in group.findall("colspec")[:_MAX_COLUMNS]]
        rows = _lay_out(group, {name: at for at, name in enumerate(names) if name}, depth)
        said = {at for row in rows for at, cell in enumerate(row) if cell.text}
        gone = {at for at, name in enumerate(names) if name == "offset" and at not in said}
        yield from ([cell for at, cell in enumerate(row) if at not in gone] for row in rows)


def _lay_out(group: etree._Element, columns: dict[str, int], depth: int) -> list[list[Cell]]:
    """Each entry in its column: by `namest` and `nameend` over several, by `morerows` in rows below, too."""
    rows: list[list[Cell]] = []
    hanging: dict[int, int] = {}  # by column the rows below that an entry still takes
    written = 0
    for row in group.iter("row"):
        line: list[Cell] = []
        for entry in row.findall("entry"):
            spread = written + len(line) < _MAX_CELLS
            first = columns.get(entry.get("namest") or entry.get("colname") or "", 0) if spread else 0
            last = columns.get(entry.get("nameend") or "", 0) if spread else 0
            while len(line) < first or len(line) in hanging:
                _skip(line, hanging)
            text, more = format_words(entry, depth), _read_number(entry.get("morerows"))
            for at in range(len(line), max(last, len(line)) + 1):
                line.append(Cell(text))
                text = ""
                hanging |= {at: more} if more else {}
        end = max(hanging, default=-1)
        while len(line) <= end:
            _skip(line, hanging)
        rows.append(line)
        written += len(line)
        hanging = hanging if written < _MAX_CELLS else {}
    return rows


def _skip(line: list[Cell], hanging: dict[int, int]) -> None:
    """A column in which no entry of the row begins."""
    left = hanging.pop(len(line), 0)
    if left > 1:
        hanging[len(line)] = left - 1
    line.append(Cell(down=left > 0))


def _read_number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 6 else 0
