"""Tables of wikitext as Markdown.

The parser takes 100 microseconds for a row of a table; so rows and cells are cut here, in one pass over the
marks, and all cells of a table are read at once.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain, zip_longest
from typing import NamedTuple

from winnow.ingest.markdown.cells import write_table
from winnow.ingest.wikis.limits import is_dense

# A table's marks begin a line; or a tag between which and its end none is a table's.
_TABLE_MARK = re.compile(
    r"^[ \t:]*(?:\{\||\|\}(?!\}))|<(?:pre|nowiki|syntaxhighlight|source)\b[^<>]{0,200}(?<!/)>"
    r"|</(?:pre|nowiki|syntaxhighlight|source)",
    re.MULTILINE | re.IGNORECASE,
)
_MARK = re.compile(
    r"\n[ \t:]*(?:\{\||\|\}(?!\})|\|-+|\|\+|[|!])|\|\||!!|\||\{\{|\}\}|\[\[|\]\]"
    r"|<(?:ref|math|nowiki|pre|chem|code|syntaxhighlight)\b[^<>]{0,200}(?<!/)>"
    r"|</(?:ref|math|nowiki|pre|chem|code|syntaxhighlight)\s*>"
)
_ROW = re.compile(r"^[ \t]*[|!]", re.MULTILINE)
_HEADING = re.compile(r"^==", re.MULTILINE)
_SPAN = re.compile(r"(row|col)span\s*=\s*[\"']?\s*(\d{1,3})")
_PARTING = "\n\ufdd7\n"  # between cells: a noncharacter, so that no page has one
_SPACES = re.compile(r"[ \t]*\n\s*")
_MARKS_OF_LISTS = re.compile(r"[\ufdd0-\ufdd4]+")
_MAX_CELL_CHARS = 1_000
MAX_ROWS, MAX_COLUMNS = 2_000, 60  # more is data, or hostile; the rest of the table is left out


class Cell(NamedTuple):
    """What stands in a cell, how many rows and columns it takes, and whether it heads them."""

    source: str
    rows: int
    columns: int
    heads: bool


def cut_tables(wikitext: str) -> tuple[list[str], list[str]]:
    """The outermost tables of a page, and what stands before, between and behind them (one piece more)."""
    tables: list[str] = []
    between: list[str] = []
    depth, begun, done, as_is = 0, 0, 0, False
    for mark in _TABLE_MARK.finditer(wikitext) if "{|" in wikitext else ():
        kind = mark.group().lstrip(" \t:")
        if kind.startswith("<"):
            as_is = kind[1] != "/"
        elif not as_is and kind == "{|":
            begun, depth = mark.start() if depth == 0 else begun, depth + 1
        elif not as_is and depth:
            depth -= 1
            if depth == 0:
                between.append(wikitext[done:begun])
                tables.append(wikitext[begun : mark.end()])
                done = mark.end()
    if depth and _ROW.search(wikitext, begun):  # the page, or its next heading, ends it
        heading = _HEADING.search(wikitext, begun)
        between.append(wikitext[done:begun])
        done = heading.start() if heading else len(wikitext)
        tables.append(wikitext[begun:done])
    return tables, [*between, wikitext[done:]]


def render(table: str, read: Callable[[str], str]) -> str:
    """A table as Markdown, `read` being what makes text of wikitext; one column: a line a cell;
    and where a cell is as long as a page of prose, all cells one behind the other.

    A cell that spans rows stands in each of them; one that spans columns in the first. Nested tables are
    part of their cell. The caption stands above.
    """
    caption, rows = _cut_rows(table)
    rows = [row for row in rows if row][:MAX_ROWS]
    texts = _read_all([caption, *(cell.source for row in rows for cell in row)], read)
    if texts is None:
        return ""
    if max(map(len, texts)) > _MAX_CELL_CHARS:  # columns of prose or verse: a layout, no table
        return "\n\n".join(filter(None, texts))
    caption, later = texts[0], iter(texts[1:])
    lines = _drop_empty(_lay_out([[cell._replace(source=next(later)) for cell in row] for row in rows]))
    if not lines:
        return ""
    if len(lines[0]) == 1 or len(lines) == 1:
        return "\n\n".join(filter(None, [caption, *chain.from_iterable(lines)]))
    table = write_table([[_SPACES.sub(" ", cell) for cell in line] for line in lines])
    return f"{caption}\n\n{table}" if caption else table


def _drop_empty(grid: list[list[str]]) -> list[list[str]]:
    """The rows and columns that say something, all rows of one length."""
    columns = zip_longest(*(row for row in grid if any(row)), fillvalue="")
    return [[*line] for line in zip(*filter(any, columns), strict=True)]


def _cut_rows(table: str) -> tuple[str, list[list[Cell]]]:
    """The caption and the cells of each row."""
    caption = ""
    rows: list[list[Cell]] = []
    cells: list[Cell] = []
    for mark, source in _cut_cells(table):
        if mark == "-":
            rows.append(cells)
            cells = []
        elif mark == "+":
            caption = _split_attributes(source)[1]
        elif len(cells) < MAX_COLUMNS:
            attributes, content = _split_attributes(source)
            spans = {what: int(number) for what, number in _SPAN.findall(attributes)}
            cells.append(Cell(content, spans.get("row", 1), spans.get("col", 1), mark == "!"))
    return caption, [*rows, cells]


def _cut_cells(table: str) -> list[tuple[str, str]]:
    """The mark (`-`, `+`, `|`, `!`) and the wikitext of each row and cell. An argument's bar is no mark."""
    found: list[tuple[str, str]] = []
    begun, kind = 0, ""
    for mark, sign in _find_marks(table):
        if sign == "!!" and kind != "!":
            continue
        if kind:
            found.append((kind, table[begun : mark.start()]))
        if sign == "|}":
            return found
        begun, kind = mark.end(), kind if sign in ("||", "!!") else sign[0] if sign[0] == "!" else sign[-1]
    return [*found, (kind, table[begun:])] if kind else found


def _find_marks(table: str) -> Iterator[tuple[re.Match[str], str]]:
    """Marks of the table's own rows and cells, up to the `|}` that ends it."""
    depths = {"{": 0, "[": 0}
    inner, tag = 0, False
    for mark in _MARK.finditer(table, table.find("\n") if "\n" in table else len(table)):
        sign = mark.group().strip(" \t\n:")
        if sign[0] == "<":
            tag = sign[1] != "/"
        elif tag or mark.group() == "|":
            continue
        elif sign in ("{{", "[["):
            depths[sign[0]] += 1
        elif sign in ("}}", "]]"):
            opened = "{" if sign == "}}" else "["
            depths[opened] = max(0, depths[opened] - 1)
        elif sign in ("{|", "|}"):
            inner += 1 if sign == "{|" else -1
            if inner < 0:
                yield mark, sign
                return
        elif not inner and not depths["{"] and (not depths["["] or mark.group()[0] == "\n"):
            depths["["] = 0  # no link goes on in the next line
            yield mark, sign


def _split_attributes(source: str) -> tuple[str, str]:
    """What stands before a bar of a cell's own is how it looks, what stands behind it is the cell."""
    before, bar, behind = source.partition("|")
    if not bar or "\n" in before or "<" in before or "[[" in before or "{{" in before:  # MediaWiki's own rule
        return "", source
    return before, behind


def _read_all(sources: list[str], read: Callable[[str], str]) -> list[str] | None:
    """Each source's text; None where they are nothing but marks."""
    joined = _PARTING.join(map(_flatten, sources))
    if is_dense(joined):
        return None
    texts = read(joined).split(_PARTING.strip())
    if len(texts) != len(sources):  # markup that goes on beyond its cell
        texts = [read(source) for source in sources]
    return [_MARKS_OF_LISTS.sub("", text).strip() for text in texts]


def _flatten(source: str) -> str:
    """The text of a cell's nested tables in their place."""
    if "{|" not in source:
        return source
    tables, between = cut_tables(source)
    parts = [between[0]]
    for table, behind in zip(tables, between[1:], strict=True):
        cells = [cell.source for row in _cut_rows(table)[1] for cell in row]
        parts += ["\n", "\n".join(map(_flatten, cells)), "\n", behind]
    return "".join(parts)


def _lay_out(rows: list[list[Cell]]) -> list[list[str]]:
    grid: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}  # by column: rows that a cell above still takes, and its text
    for row in rows:
        line: list[str] = []
        later = iter(row)
        cell = next(later, None)
        while len(line) < MAX_COLUMNS and (cell or any(at >= len(line) for at in hanging)):
            at = len(line)
            if at in hanging:
                left, text = hanging.pop(at)
                line.append(text)
                if left > 1:
                    hanging[at] = (left - 1, text)
                continue
            if cell is None:
                line.append("")
                continue
            for place in range(min(cell.columns, MAX_COLUMNS - at)):
                line.append("" if place else cell.source)
                if cell.rows > 1:
                    hanging[at + place] = (cell.rows - 1, line[-1])
            cell = next(later, None)
        grid.append(line)
    return grid
