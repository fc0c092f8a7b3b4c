"""The text of a JATS article as Markdown, in the order of the document."""

from collections.abc import Callable, Iterator, Sequence

from winnow.ingest.markdown.cells import write_table
from winnow.ingest.papers.article.inline import MAX_DEPTH, Element, TooDeep, find_formula, name, words

_SECTIONS = frozenset(("sec", "app", "ack", "notes", "glossary", "app-group", "fn-group"))
_CAPTIONED = frozenset(
    ("fig", "table-wrap", "boxed-text", "supplementary-material", "media", "chem-struct-wrap")
)
_GROUP_NAMES = """
fig-group table-wrap-group alternatives p-group floats-group bio question-wrap answer-set speech statement
"""
_LINE_NAMES = "title subtitle attrib label sig-block sig speaker fn question answer"
_BLOCK_NAMES = """
list def-list disp-formula disp-formula-group disp-quote table-wrap fig fig-group code preformat boxed-text
supplementary-material verse-group table-wrap-group array media statement
"""
_GROUPS, _LINES, _BLOCKS = (frozenset(each.split()) for each in (_GROUP_NAMES, _LINE_NAMES, _BLOCK_NAMES))
_ORDERED = ("order", "alpha-lower", "alpha-upper", "roman-lower", "roman-upper")
_BULLETS = "\u2022\u2013-*"
_MAX_COLUMNS, _MAX_SPAN = 200, 100
Write = Callable[[Element, int, int], Iterator[str]]


def write_blocks(node: Element, level: int, depth: int = 0) -> Iterator[str]:
    """The blocks of Markdown of what an element holds; `level` is that of a heading in it."""
    if depth > MAX_DEPTH:
        raise TooDeep(f"elements nest more than {MAX_DEPTH} deep")
    for child in node:
        kind = name(child)
        if kind not in ("title", "label") or name(node) not in _SECTIONS:
            yield from write_block(child, level, depth + 1)


def write_block(node: Element, level: int, depth: int) -> Iterator[str]:
    kind = name(node)
    if kind in _SECTIONS:
        yield from _write_section(node, level, depth)
    elif kind == "p":
        yield from _write_paragraph(node, level, depth)
    elif kind in _WRITERS:
        yield from _WRITERS[kind](node, level, depth)
    elif kind in _CAPTIONED:
        yield from _write_captioned(node, level, depth)
    elif kind in _GROUPS:
        yield from write_blocks(node, level, depth)
    elif kind in _LINES and (text := words(node, depth)):
        yield text


def _write_section(node: Element, level: int, depth: int) -> Iterator[str]:
    label, title = words(node.find("label"), depth), words(node.find("title"), depth)
    kind = name(node)
    head = " ".join(filter(None, (label, title))) or {"ack": "Acknowledgments", "glossary": "Glossary"}.get(
        kind, ""
    )
    inner = list(write_blocks(node, level + 1, depth))
    if head and (inner or kind == "sec"):
        yield f"{'#' * min(level, 6)} {head}"
    yield from inner


def _write_paragraph(node: Element, level: int, depth: int) -> Iterator[str]:
    """A paragraph; lists, formulas and tables in it stand by themselves, in their places."""
    if not any(name(child) in _BLOCKS for child in node):
        if text := words(node, depth):
            yield text
        return
    piece = node.makeelement("p")
    piece.text = node.text
    for child in list(node):
        if name(child) not in _BLOCKS:
            piece.append(child)
            continue
        tail, child.tail = child.tail, None
        if text := words(piece, depth):
            yield text
        yield from write_block(child, level, depth + 1)
        piece = node.makeelement("p")
        piece.text = tail
    if text := words(piece, depth):
        yield text


def _write_captioned(node: Element, level: int, depth: int) -> Iterator[str]:
    """A label with its caption, then what is in it."""
    label, caption = words(node.find("label"), depth), node.find("caption")
    parts = [] if caption is None else [child for child in caption if name(child) in ("title", "p")]
    said = " ".join(filter(None, (words(child, depth) for child in parts)))
    if head := ". ".join(filter(None, (label.rstrip(". "), said))):
        yield head
    for child in node:
        kind = name(child)
        if kind == "table-wrap-foot":
            yield from (text for each in child if (text := words(each, depth)))
        elif kind not in ("label", "caption", "permissions", "object-id"):
            yield from write_block(child, level, depth + 1)


def _write_formula(node: Element, level: int, depth: int) -> Iterator[str]:
    tex = find_formula(node)
    label = words(node.find("label"), depth).strip("()[] ")
    if tex:
        mark = f" \\tag{{{label}}}" if label and "\\tag" not in tex else ""
        yield f"$${tex}{mark}$$"
    elif text := words(node, depth):
        yield text


def _write_formulas(node: Element, level: int, depth: int) -> Iterator[str]:
    for child in node:
        if name(child) == "disp-formula":
            yield from _write_formula(child, level, depth)


def _write_list(node: Element, level: int, depth: int) -> Iterator[str]:
    """Items, those in them set in; a label of an item is its mark."""
    ordered = node.get("list-type", "") in _ORDERED
    lines: list[str] = []
    for count, item in enumerate((child for child in node if name(child) == "list-item"), 1):
        label = words(item.find("label"), depth)
        mark = f"{count}." if ordered else "-"
        parts = (child for child in item if name(child) != "label")
        blocks = (block for child in parts for block in write_block(child, level, depth + 1))
        text = "\n".join(blocks).replace("\n", "\n" + " " * (len(mark) + 1))
        own = f"{label} " if label and not ordered and label not in _BULLETS else ""
        lines.append(f"{mark} {own}{text}")
    if lines:
        yield "\n".join(lines)


def _write_definitions(node: Element, level: int, depth: int) -> Iterator[str]:
    lines = []
    for item in node:
        if name(item) == "def-item":
            term, meaning = words(item.find("term"), depth), words(item.find("def"), depth)
            lines.append(f"- **{term}** {meaning}")
    if lines:
        yield "\n".join(lines)


def _write_quote(node: Element, level: int, depth: int) -> Iterator[str]:
    for block in write_blocks(node, level, depth):
        yield "> " + block.replace("\n", "\n> ")


def _write_code(node: Element, level: int, depth: int) -> Iterator[str]:
    code = "".join(node.itertext()).strip("\n")
    if code.strip():
        language = (node.get("language") or "").lower()
        yield f"```{language if language.isalnum() else ''}\n{code}\n```"


def _write_verse(node: Element, level: int, depth: int) -> Iterator[str]:
    if lines := [words(line, depth) for line in node.iter("verse-line")]:
        yield "\n".join(lines)


# ---- tables ------------------------------------------------------------------------------------------------


def _write_table(node: Element, level: int, depth: int) -> Iterator[str]:
    rows = _lay_out([row for row in node.iter() if name(row) == "tr"], depth)
    if not rows:
        return
    if max(map(len, rows)) < 2:
        yield "\n".join(row[0] for row in rows if row and row[0])
        return
    yield write_table(rows)


def _lay_out(rows: Sequence[Element], depth: int) -> list[list[str]]:
    """Cells in their columns; one that is wide or high is written once, in its first place."""
    laid: list[list[str]] = []
    taken: dict[int, int] = {}  # columns that a cell from above still fills, and for how many rows
    for row in rows:
        line: list[str] = []
        for cell in row:
            if name(cell) not in ("td", "th"):
                continue
            while taken.get(len(line), 0) > 0:
                taken[len(line)] -= 1
                line.append("")
            wide, high = _span(cell.get("colspan")), _span(cell.get("rowspan"))
            for at in range(wide):
                if high > 1:
                    taken[len(line)] = high - 1
                line.append(words(cell, depth) if not at else "")
            if len(line) > _MAX_COLUMNS:
                break
        while taken.get(len(line), 0) > 0 and len(line) < _MAX_COLUMNS:
            taken[len(line)] -= 1
            line.append("")
        if any(line):
            laid.append(line[:_MAX_COLUMNS])
    return laid


def _span(said: str | None) -> int:
    return min(int(said), _MAX_SPAN) if said and said.isascii() and said.isdigit() and int(said[:6]) else 1


_WRITERS: dict[str, Write] = {
    **dict.fromkeys(("disp-formula", "tex-math"), _write_formula),
    "disp-formula-group": _write_formulas,
    "list": _write_list,
    "def-list": _write_definitions,
    "disp-quote": _write_quote,
    **dict.fromkeys(("code", "preformat"), _write_code),
    "verse-group": _write_verse,
    **dict.fromkeys(("table", "array"), _write_table),
}
