"""Word's documents (.docx, .docm, .dotx; ISO 29500-1, 17): their text in order, as Markdown."""

from collections import Counter
from collections.abc import Iterator

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
from winnow.ingest.office.namespaces import MC, W
from winnow.ingest.office.numbering import BULLET, Numbering, find_value, read_int
from winnow.ingest.office.package import Package
from winnow.ingest.office.runs import ReadContext, read_inline
from winnow.ingest.office.styles import Style, Styles

_THROUGH = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag")}
_PARTS = ("styles", "numbering", "footnotes", "endnotes", "comments")
_MAX_NESTED = 30


def read(package: Package, main: str, *, comments: bool, hidden: bool) -> tuple[str, Counter[str]]:
    """Text and counts (`insertions`, `deletions`, `comments`, `headers`, ...) of the part `main`."""
    relations = package.find_relations(main)
    parts = {kind: package.try_parse(at) for kind, at in relations.values() if kind in _PARTS}
    counts: Counter[str] = Counter()
    styles = Styles(parts.get("styles"))
    notes = {
        (kind, note.get(W + "id", "")): note
        for kind in ("footnote", "endnote")
        if (root := parts.get(kind + "s")) is not None
        for note in root.findall(W + kind)
    }
    said = parts.get("comments")
    remarks = {one.get(W + "id", ""): one for one in said.findall(W + "comment")} if said is not None else {}
    counts["comments"] = len(remarks)
    for kind in ("header", "footer"):
        counts[kind + "s"] = sum(_has_text(package, at) for named, at in relations.values() if named == kind)
    counts["other_documents"] = sum(kind == "aFChunk" for kind, _ in relations.values())
    counts["charts"] = sum(kind == "chart" for kind, _ in relations.values())
    context = ReadContext(
        styles, Numbering(parts.get("numbering")), notes, remarks if comments else {}, counts, hidden
    )
    body = package.parse(main).find(W + "body")
    blocks = list(_read_blocks(body, context, 0)) if body is not None else []
    return write(blocks), counts


def _has_text(package: Package, name: str) -> bool:
    root = package.try_parse(name)
    return root is not None and any((t.text or "").strip() for t in root.iter(W + "t"))


def _read_blocks(parent: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    held = Inline()  # of paragraphs whose end is deleted, which run on into the next
    for child in _list_blocks(parent, context, 0):
        if child.tag == W + "tbl":
            yield from _read_table(child, context, depth)
            continue
        held = read_inline(child, context, held)
        if _loses_end(child):
            continue
        yield from _finish(child, held, context, depth)
        held = Inline()
    if held.text:
        yield Block("".join(held.text))


def _list_blocks(parent: etree._Element, context: ReadContext, depth: int) -> Iterator[etree._Element]:
    """Paragraphs and tables, those in content controls and the like, too."""
    for child in parent:
        if child.tag in (W + "p", W + "tbl"):
            yield child
        elif child.tag in _THROUGH and depth < _MAX_NESTED:
            if child.tag == W + "sdt" and _is_contents(child):
                context.counts["tables_of_contents"] += 1
                continue
            yield from _list_blocks(child, context, depth + 1)
        elif child.tag == MC + "AlternateContent" and depth < _MAX_NESTED and len(child):
            yield from _list_blocks(child[0], context, depth + 1)


def _is_contents(sdt: etree._Element) -> bool:
    return find_value(sdt, "sdtPr/docPartObj/docPartGallery") == "Table of Contents"


def _loses_end(paragraph: etree._Element) -> bool:
    mark = paragraph.find(f"{W}pPr/{W}rPr")
    return mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None)


def _finish(paragraph: etree._Element, held: Inline, context: ReadContext, depth: int) -> Iterator[Block]:
    properties = paragraph.find(W + "pPr")
    styled = properties is not None and properties.find(W + "pStyle") is not None
    style = context.styles.find(find_value(properties, "pStyle") if styled else None)
    text = "".join(held.text).strip()
    if style.contents:
        context.counts["contents_lines"] += bool(text)
        return
    level = _find_outline(properties, style)
    label, indent = _count(properties, style, context) if text else ("", 0)
    if level is not None:
        yield write_heading(f"{label} {text}" if label not in ("", BULLET) else text, level + 1)
    elif label:
        yield write_item(text, label, indent)
    else:
        yield Block(text)
    for box in held.boxes if depth < _MAX_NESTED else ():
        context.counts["text_boxes"] += 1
        yield from _read_blocks(box, context, depth + 1)
    for name, note in held.notes:
        words = " ".join(block.text for block in _read_blocks(note, context, depth + 1)) if depth < 3 else ""
        yield Block(f"[^{name}]: {' '.join(words.split())}", tight=True)


def _find_outline(properties: etree._Element | None, style: Style) -> int | None:
    own = properties is not None and properties.find(W + "outlineLvl") is not None
    level = read_int(find_value(properties, "outlineLvl"), 9) if own else style.outline
    return level if level is not None and 0 <= level < 9 else None


def _count(properties: etree._Element | None, style: Style, context: ReadContext) -> tuple[str, int]:
    """The label of a paragraph and its level in its list."""
    own = None if properties is None else properties.find(W + "numPr")
    ident, level = style.list, style.level
    if own is not None:
        for child in own:
            if child.tag == W + "numId":
                ident = child.get(W + "val", "")
            elif child.tag == W + "ilvl":
                level = read_int(child.get(W + "val"), 0)
    return (context.numbering.count(ident, level), level) if ident and ident != "0" else ("", 0)


# ---- tables ------------------------------------------------------------------------------------------------


def _read_table(table: etree._Element, context: ReadContext, depth: int) -> Iterator[Block]:
    """A table; one that only lays out a page (a column, or tables in its cells) as what is in its cells."""
    rows = list(_list_rows(table, context))
    cells = [list(_list_inside(row, W + "tc")) for row in rows]
    nested = any(cell.find(f".//{W}tbl") is not None for row in cells for cell in row)
    if max((len(row) for row in cells), default=0) < 2 or nested:
        if depth < _MAX_NESTED:
            for cell in (cell for row in cells for cell in row):
                yield from _read_blocks(cell, context, depth + 1)
        return
    context.counts["tables"] += 1
    notes: list[Block] = []
    grid = []
    for row, inside in zip(rows, cells, strict=True):
        skipped = read_int(find_value(row, "trPr/gridBefore"), 0)
        grid.append([Cell("", skipped)] if skipped > 0 else [])
        grid[-1] += [_read_cell(cell, context, depth, notes) for cell in inside]
    yield Block(write_table(grid))
    yield from notes


def _list_rows(table: etree._Element, context: ReadContext) -> Iterator[etree._Element]:
    for row in _list_inside(table, W + "tr"):
        changed = row.find(W + "trPr")
        if changed is not None and changed.find(W + "del") is not None:
            context.counts["deletions"] += 1
            continue
        if changed is not None and changed.find(W + "ins") is not None:
            context.counts["insertions"] += 1
        yield row


def _list_inside(parent: etree._Element, tag: str, depth: int = 0) -> Iterator[etree._Element]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _THROUGH and depth < _MAX_NESTED:
            yield from _list_inside(child, tag, depth + 1)


def _read_cell(cell: etree._Element, context: ReadContext, depth: int, notes: list[Block]) -> Cell:
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    columns = max(read_int(find_value(cell, "tcPr/gridSpan"), 1), 1)
    if merge is not None and merge.get(W + "val", "continue") == "continue":
        return Cell("", columns, down=True)
    blocks = list(_read_blocks(cell, context, depth + 1)) if depth < _MAX_NESTED else []
    notes += filter(is_note, blocks)
    return Cell(read_cell(blocks), columns)
