"""Tables and formulas of a marked-up page, and what its elements are to its text."""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from winnow.ingest.latex.mathml import translate

_GONE = """
head script style template noscript svg img picture audio video canvas object iframe map area input button
select textarea nav rp rt colgroup meta link
"""
_BLOCKS = """
address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2
h3 h4 h5 h6 header hr html legend li main ol p pre section summary table tbody td tfoot th thead tr ul caption
"""
GONE, BLOCKS = frozenset(_GONE.split()), frozenset(_BLOCKS.split())
_HIDING = re.compile(r"display\s*:\s*none")
_NUMBER = re.compile(r"[\d,.+\u2212\u2013-]+|[a-z]")
_BAR = re.compile(r"((?<!\\)\$(?:\\.|[^$\\\n])*\$(?!\d))|\|")
_SIGNS = re.compile(r"\\(?:\||(.))|\|")  # in a formula; `\\` is no part of `\|`
_PREFIX = re.compile(r"(</?)\w+:")
_MAX_CELLS = 100_000  # of a table; the rest of it is left out
_MAX_SPAN = 100


def local_name(node: etree._Element) -> str:
    """The name of an element in lower case without its namespace; of a comment or the like, none."""
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def join_text(node: etree._Element) -> str:
    """All words in an element."""
    return "".join(map(str, node.itertext())).strip()


def is_hidden(node: etree._Element) -> bool:
    """Whether an element says that it is not shown."""
    style = node.get("style") or ""
    return node.get("hidden") is not None or ("display" in style and bool(_HIDING.search(style)))


def set_beside(text: str, name: str) -> str:
    """The mark before what is set higher or lower: `10^5`, `x_i`, but `H2O` and `19th`."""
    if name == "sup":
        return "^" if _NUMBER.fullmatch(text) and not text.isalpha() else ""
    return "_" if len(text) == 1 and text.isalpha() else ""


def write_formula(node: etree._Element) -> str:
    """A `math` element as LaTeX between dollars."""
    source = _PREFIX.sub(r"\1", etree.tostring(node, encoding="unicode", with_tail=False))
    tex = " ".join(translate(source).split())
    return (f"\n$${tex}$$\n" if node.get("display") == "block" else f"${tex}$") if tex else ""


def escape_bars(cell: str) -> str:
    """A cell without bars: in LaTeX an escaped one is another sign; `\\vert` and `\\Vert` are the same."""
    if "|" not in cell:
        return cell
    return _BAR.sub(lambda bar: _SIGNS.sub(_name_sign, bar[1]) if bar[1] else "\\|", cell)


def _name_sign(found: re.Match[str]) -> str:
    return found[0] if found[1] else "\\vert " if found[0] == "|" else "\\Vert "


def write_table(lines: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table of Markdown, the first as its head; short ones are filled up."""
    width = max(map(len, lines))
    full = ([*map(escape_bars, line), *[""] * (width - len(line))] for line in lines)
    written = ["| " + " | ".join(line) + " |" for line in full]
    return "\n".join([written[0], "|" + " --- |" * width, *written[1:]])


def write_html_table(table: etree._Element) -> str:
    """A table as Markdown; one row or one column: its cells as paragraphs. Nested ones are in their cell."""
    rows: list[list[str]] = []
    hanging: dict[int, tuple[int, str]] = {}
    caption, size = "", 0
    for row in _list_rows(table):
        if local_name(row) == "caption":
            caption = _read_cell(row)
            continue
        rows.append(_lay_out(row, hanging))
        size += len(rows[-1])
        if size > _MAX_CELLS:
            break
    width = [any(at < len(row) and row[at] for row in rows) for at in range(max(map(len, rows), default=0))]
    used = [at for at, has in enumerate(width) if has]
    lines = [[row[at] if at < len(row) else "" for at in used] for row in rows if any(row)]
    if len(used) == 1 or len(lines) == 1:
        return "\n\n".join(filter(None, [caption, *(cell for line in lines for cell in line)]))
    if not lines:
        return caption
    return "\n\n".join(filter(None, [caption, write_table(lines)]))


def _list_rows(table: etree._Element) -> Iterator[etree._Element]:
    """Caption and rows of a table, without those of tables in its cells."""
    for part in table:
        inner = part if local_name(part) in ("thead", "tbody", "tfoot") else (part,)
        for row in inner:
            if local_name(row) in ("tr", "caption") and not is_hidden(row):
                yield row


def _lay_out(row: etree._Element, hanging: dict[int, tuple[int, str]]) -> list[str]:
    """The cells of a row; one that spans rows stands in each of them, one that spans columns in the first."""
    line: list[str] = []

    def hang() -> None:
        while len(line) in hanging:
            left, text = hanging.pop(len(line))
            if left > 1:
                hanging[len(line)] = (left - 1, text)
            line.append(text)

    for cell in row:
        if local_name(cell) not in ("td", "th"):
            continue
        hang()
        text = _read_cell(cell)
        for place in range(_read_span(cell, "colspan")):
            shown = "" if place else text
            if (rows := _read_span(cell, "rowspan")) > 1:
                hanging[len(line)] = (rows - 1, shown)
            line.append(shown)
    hang()
    return line


def _read_span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return max(1, min(int(value), _MAX_SPAN)) if value.isdigit() and len(value) < 6 else 1


def _read_cell(cell: etree._Element) -> str:
    parts = []
    gone = 0
    for event, part in etree.iterwalk(cell, events=("start", "end")):
        name = local_name(part)
        hides = name in GONE or not name or (part is not cell and is_hidden(part))
        if event == "start":
            gone += hides or name == "math"
            if name == "math" and gone == 1:
                parts.append(write_formula(part))
            elif not gone:
                mark = " " if name in BLOCKS or name == "br" else ""
                mark = set_beside(join_text(part), name) if name in ("sup", "sub") else mark
                parts.append(mark + (part.text or ""))
        else:
            gone -= hides or name == "math"
            if not gone and part is not cell:
                parts.append((" " if name in BLOCKS else "") + (part.tail or ""))
    return " ".join("".join(parts).split())
