"""OpenDocument (.odt, .ods, .odp, their templates and flat forms; ISO 26300): text in order, as Markdown."""

from collections import Counter
from collections.abc import Callable, Iterator

from lxml import etree

from winnow.ingest.markdown.blocks import (
    Block,
    Cell,
    is_note,
    read_cell,
    write,
    write_heading,
    write_item,
    write_table,
)
from winnow.ingest.office.inline import Inline
from winnow.ingest.office.namespaces import DRAW, OFFICE, SHOWN, STYLE, TABLE, TEXT
from winnow.ingest.office.numbering import read_int, write_number
from winnow.ingest.office.package import Package, Refused, name_properties
from winnow.ingest.office.spans import (
    MAX_DEPTH,
    SKIPPED,
    Orders,
    ReadContext,
    find_unseen,
    read_comment,
    read_list_styles,
    read_object,
    read_words,
)

_MAX_REPEATS = 1_000
_INDEXES = ("table-of-content", "illustration-index", "table-index", "alphabetical-index")
_COUNTED = dict.fromkeys((TEXT + name for name in _INDEXES), "tables_of_contents")
_COUNTED |= {DRAW + "image": "pictures", DRAW + "object-ole": "other_objects"}
_ROWS = (TABLE + "table-header-rows", TABLE + "table-rows", TABLE + "table-row-group")


def read(
    package: Package, *, comments: bool, hidden: bool, max_cells: int
) -> tuple[str, dict[str, str], str, Counter[str]]:
    """Kind, properties, text and counts of a package."""
    manifest = package.try_parse("META-INF/manifest.xml")
    if manifest is not None and manifest.find(".//{*}encryption-data") is not None:
        raise Refused("office.encrypted")
    about = package.try_parse("meta.xml")
    properties = {} if about is None else name_properties(about)
    styles = package.try_parse("styles.xml")
    root = package.parse("content.xml")
    return _read(root, styles, properties, package, comments, hidden, max_cells)


def read_flat(
    root: etree._Element, *, comments: bool, hidden: bool, max_cells: int
) -> tuple[str, dict[str, str], str, Counter[str]]:
    """The same of a document in one file of XML."""
    about = root.find(OFFICE + "meta")
    properties = {} if about is None else name_properties(about)
    return _read(root, root, properties, None, comments, hidden, max_cells)


def _read(
    root: etree._Element,
    styles: etree._Element | None,
    properties: dict[str, str],
    package: Package | None,
    comments: bool,
    hidden: bool,
    max_cells: int,
) -> tuple[str, dict[str, str], str, Counter[str]]:
    counts: Counter[str] = Counter()
    ordered: Orders = {}
    unseen: set[str] = set()
    for tree in (styles, root) if styles is not root else (root,):
        if tree is not None:
            ordered |= read_list_styles(tree)
            unseen |= find_unseen(tree)
    _count_aside(root, styles, counts)
    context = ReadContext(package, counts, ordered, unseen, comments, hidden, max_cells)
    body = root.find(OFFICE + "body")
    content = None if body is None else next(body.iterchildren(etree.Element), None)
    if content is None:
        return "odt", properties, "", counts
    kind = {"text": "odt", "spreadsheet": "ods", "presentation": "odp"}.get(content.tag[len(OFFICE) :], "odg")
    blocks = list(_read_sheets(content, context) if kind == "ods" else _read_blocks(content, context, 0))
    return kind, properties, write(blocks), counts


def _count_aside(root: etree._Element, styles: etree._Element | None, counts: Counter[str]) -> None:
    """What is left out, but told: changes taken back, headers and footers."""
    for change in (one for region in root.iter(TEXT + "changed-region") for one in region):
        if change.tag in (TEXT + "insertion", TEXT + "deletion"):
            counts[change.tag[len(TEXT) :] + "s"] += 1
    for name in ("header", "footer") if styles is not None else ():
        parts = styles.iter(STYLE + name)  # type: ignore[union-attr]
        counts[name + "s"] = sum(any(text.strip() for text in part.itertext()) for part in parts)


# ---- blocks ------------------------------------------------------------------------------------------------


def _read_blocks(parent: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    """Paragraphs, headings, lists, tables and slides, in the order in which they stand."""
    if depth > MAX_DEPTH:
        context.counts["too_deep"] += 1
        return
    for child in parent:
        yield from _read_one(child, context, depth)


def _read_one(child: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    """The blocks of one element."""
    tag = child.tag
    if tag in _READERS:
        yield from _READERS[tag](child, context, depth)
    elif tag in _COUNTED:
        context.counts[_COUNTED[tag]] += 1
    elif tag == OFFICE + "annotation":  # of a cell
        said = Inline()
        read_comment(child, said, context)
        if said.text:
            yield Block(said.text[0].strip())
    elif tag == DRAW + "object":
        yield Block(read_object(child, context, shown=True))
    elif isinstance(tag, str) and tag not in SKIPPED:
        yield from _read_blocks(child, context, depth + 1)


def _read_paragraph(paragraph: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    inline = Inline()
    read_words(paragraph, inline, context, depth)
    text = "".join(inline.text).strip()
    if paragraph.tag == TEXT + "h":
        yield write_heading(text, read_int(paragraph.get(TEXT + "outline-level"), 1))
    elif text and text in inline.formulas:
        yield Block(f"${text}$")  # it stands alone
    else:
        yield Block(text)
    for box in inline.boxes:
        context.counts["text_boxes"] += 1
        yield from _read_blocks(box, context, depth + 1)
    for name, note in inline.notes:
        words = " ".join(block.text for block in _read_blocks(note, context, depth + 1))
        yield Block(f"[^{name}]: {' '.join(words.split())}", tight=True)


def _read_list(
    parent: etree._Element, context: ReadContext, depth: int, level: int = 1, style: str = ""
) -> Iterator[Block]:
    style = parent.get(TEXT + "style-name", style)
    count = 0
    for item in parent if depth <= MAX_DEPTH else ():
        if item.tag not in (TEXT + "list-item", TEXT + "list-header"):
            continue
        count = read_int(item.get(TEXT + "start-value"), count + 1)
        label = _write_label(context.ordered.get(style, {}).get(level), count)
        for child in item:
            if child.tag == TEXT + "list":
                yield from _read_list(child, context, depth + 1, level + 1, style)
                continue
            for block in _read_one(child, context, depth):
                tabled = child.tag == TABLE + "table" and block.text.startswith("| ")
                if label and not (block.heading or tabled or is_note(block)):
                    yield write_item(block.text, label, level - 1)
                    label = ""
                else:
                    yield block._replace(tight=True)


def _write_label(form: tuple[str, str, str] | None, count: int) -> str:
    if form is None or not form[1]:
        return "-"
    return f"{form[0]}{write_number(count, form[1])}{form[2]}".strip()


# ---- slides and tables -------------------------------------------------------------------------------------


def _read_slide(page: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    if page.get(DRAW + "style-name", "") in context.unseen:
        context.counts["hidden_slides"] += 1
        if not context.hidden:
            return
    context.counts["slides"] += 1
    title = next((frame for frame in page if frame.get(SHOWN + "class") == "title"), None)
    words = "" if title is None else " ".join(" ".join(title.itertext()).split())
    yield write_heading(words or f"Slide {context.counts['slides']}", 2)
    for child in page:
        if child is not title and child.tag != SHOWN + "notes":
            yield from _read_one(child, context, depth)
    for notes in page.findall(SHOWN + "notes"):
        yield from _read_notes(notes, context, depth)


def _read_notes(notes: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    lines: list[str] = []
    for frame in notes:
        for block in _read_blocks(frame, context, depth + 1):
            lines += [line for line in block.text.split("\n") if line.strip()]
    if lines:
        context.counts["notes"] += 1
        yield Block("> Notes: " + "\n> ".join(lines))


def _read_sheets(content: etree._Element, context: ReadContext) -> Iterator[Block]:
    for table in content.iter(TABLE + "table"):
        if table.get(TABLE + "style-name", "") in context.unseen:
            context.counts["hidden_sheets"] += 1
            if not context.hidden:
                continue
        if context.counts["cells"] >= context.max_cells:
            context.counts["cut_sheets"] += 1
            continue
        context.counts["sheets"] += 1
        written = write_table(list(_read_rows(table, context, 0)))
        if written:
            yield write_heading(table.get(TABLE + "name", ""), 2)
            yield Block(written)


def _read_table(table: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    """A table; one of a single column, or with tables in it, as what is in its cells."""
    rows = list(_list_rows(table, 0))
    cells = [[cell for cell in row if cell.tag == TABLE + "table-cell"] for row in rows]
    if max(map(len, cells), default=0) < 2 or table.find(f".//{TABLE}table") is not None:
        for cell in (cell for row in cells for cell in row):
            yield from _read_blocks(cell, context, depth + 1)
        return
    context.counts["tables"] += 1
    notes: list[Block] = []
    yield Block(write_table(list(_read_rows(table, context, depth, notes))))
    yield from notes


def _list_rows(parent: etree._Element, depth: int) -> Iterator[etree._Element]:
    for child in parent:
        if child.tag == TABLE + "table-row":
            yield child
        elif depth < 10 and child.tag in _ROWS:
            yield from _list_rows(child, depth + 1)


def _read_rows(
    table: etree._Element, context: ReadContext, depth: int, notes: list[Block] | None = None
) -> Iterator[list[Cell]]:
    """Rows as cells. A row or cell that is repeated is written once more only so often, an empty one once."""
    going: dict[int, int] = {}  # by column: rows that a cell still spans
    for row in _list_rows(table, 0):
        if context.counts["cells"] >= context.max_cells:
            context.counts["cut_sheets"] += 1
            return
        cells: list[Cell] = []
        for cell in row:
            if not isinstance(cell.tag, str):
                continue
            times = read_int(cell.get(TABLE + "number-columns-repeated"), 1)
            blocks = list(_read_blocks(cell, context, depth + 1))
            if notes is not None:
                notes += filter(is_note, blocks)
            text = read_cell(blocks)
            covered = cell.tag == TABLE + "covered-table-cell"
            span = read_int(cell.get(TABLE + "number-rows-spanned"), 1)
            for _ in range(max(min(times, _MAX_REPEATS), 1)):
                at = len(cells)
                down = covered and going.get(at, 0) > 0
                cells.append(Cell("" if covered else text, down=down))
                going[at] = going.get(at, 0) - 1 if covered else span - 1
            context.counts["cut_repeats"] += bool(text) and times > _MAX_REPEATS
        filled = sum(bool(cell.text) for cell in cells)
        times = read_int(row.get(TABLE + "number-rows-repeated"), 1) if filled else 1
        left = (context.max_cells - context.counts["cells"]) // max(filled, 1)
        context.counts["cut_repeats"] += times > min(_MAX_REPEATS, left + 1)
        for _ in range(max(min(times, _MAX_REPEATS, left + 1), 1)):
            context.counts["cells"] += filled
            yield cells


_READERS: dict[str, Callable[[etree._Element, ReadContext, int], Iterator[Block]]] = {
    TEXT + "p": _read_paragraph,
    TEXT + "h": _read_paragraph,
    TEXT + "list": _read_list,
    TABLE + "table": _read_table,
    DRAW + "page": _read_slide,
    SHOWN + "notes": _read_notes,
}
