"""PowerPoint's slides (.pptx, .pptm, .potx; ISO 29500-1, 19): a section a slide, its notes told apart."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from winnow.ingest.markdown.blocks import Block, write, write_heading, write_item
from winnow.ingest.office.drawing import find_table, read_diagram, read_paragraph
from winnow.ingest.office.namespaces import MC, A, P, R
from winnow.ingest.office.numbering import read_int
from winnow.ingest.office.package import Damaged, Package, Relation

_TITLES = ("title", "ctrTitle")
_FURNITURE = ("sldNum", "dt", "ftr", "hdr")
_BODIES = ("body", "obj", "")  # of which a paragraph is an item, unless it says otherwise
_MAX_GROUPS = 30


class _Slide(NamedTuple):
    package: Package
    name: str
    relations: Mapping[str, Relation]
    counts: Counter[str]


def read(package: Package, main: str, *, comments: bool, hidden: bool) -> tuple[str, Counter[str]]:
    """Text and counts (`slides`, `hidden_slides`, `notes`, `comments`, ...) of the part `main`."""
    counts: Counter[str] = Counter()
    relations = package.find_relations(main)
    listed = package.parse(main).find(P + "sldIdLst")
    blocks: list[Block] = []
    for number, entry in enumerate(listed if listed is not None else (), 1):
        relation = relations.get(entry.get(R + "id", ""))
        if relation is None:
            counts["lost_slides"] += 1
            continue
        blocks += _read_slide(package, relation.target, number, counts, comments, hidden)
    return write(blocks), counts


def _read_slide(
    package: Package, name: str, number: int, counts: Counter[str], comments: bool, hidden: bool
) -> Iterator[Block]:
    try:
        root = package.parse(name)
    except Damaged:
        counts["lost_slides"] += 1
        return
    if root.get("show") in ("0", "false"):
        counts["hidden_slides"] += 1
        if not hidden:
            return
    counts["slides"] += 1
    slide = _Slide(package, name, package.find_relations(name), counts)
    shapes = list(_list_shapes(root.find(f"{P}cSld/{P}spTree"), 0))
    title = next((shape for shape in shapes if _place(shape) in _TITLES), None)
    words = "" if title is None else " ".join(read_paragraph(p, counts) for p in title.iter(A + "p"))
    yield write_heading(words.strip() or f"Slide {number}", 2)
    for shape in shapes:
        if shape is not title:
            yield from _read_shape(shape, slide)
    yield from _read_beside(slide, comments)


def _list_shapes(tree: etree._Element | None, depth: int) -> Iterator[etree._Element]:
    """Shapes in their order in the file, by which screen readers go, those of groups in their place."""
    for child in tree if tree is not None and depth < _MAX_GROUPS else ():
        if child.tag == P + "grpSp":
            yield from _list_shapes(child, depth + 1)
        elif child.tag == MC + "AlternateContent":
            yield from _list_shapes(child[0] if len(child) else None, depth + 1)
        elif child.tag in (P + "sp", P + "graphicFrame", P + "pic"):
            yield child


def _place(shape: etree._Element) -> str | None:
    """The kind of placeholder that a shape fills, None for a free one."""
    found = (shape.find(f"{P}{name}/{P}nvPr/{P}ph") for name in ("nvSpPr", "nvGraphicFramePr"))
    return next((holder.get("type", "") for holder in found if holder is not None), None)


def _read_shape(shape: etree._Element, slide: _Slide) -> Iterator[Block]:
    kind = _place(shape)
    if kind in _FURNITURE or shape.tag == P + "pic":
        slide.counts["headers_and_footers" if kind in _FURNITURE else "pictures"] += 1
        return
    if shape.tag == P + "graphicFrame":
        yield from _read_frame(shape, slide)
        return
    body = shape.find(P + "txBody")
    count = 0
    for paragraph in body.findall(A + "p") if body is not None else ():
        text = read_paragraph(paragraph, slide.counts)
        properties = paragraph.find(A + "pPr")
        level = 0 if properties is None else read_int(properties.get("lvl"), 0)
        mark = _find_mark(properties)
        count = count + 1 if mark == "buAutoNum" and text else 0
        if text and mark == "buAutoNum":
            yield write_item(text, f"{count}.", level)
        elif text and (mark in ("buChar", "buBlip") or (mark is None and kind in _BODIES)):
            yield write_item(text, "-", level)
        else:
            yield Block(text)


def _find_mark(properties: etree._Element | None) -> str | None:
    marks = ("buNone", "buChar", "buAutoNum", "buBlip")
    for child in properties if properties is not None else ():
        if isinstance(child.tag, str) and (name := child.tag.rpartition("}")[2]) in marks:
            return name
    return None


def _read_frame(frame: etree._Element, slide: _Slide) -> Iterator[Block]:
    """A table, a diagram, or a chart, which is counted."""
    data = frame.find(f"{A}graphic/{A}graphicData")
    for child in data if data is not None else ():
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name == "tbl":
            yield Block(find_table(child, slide.counts))
        elif name == "relIds":
            relation = slide.relations.get(child.get(R + "dm", ""))
            for text in read_diagram(slide.package, relation.target, slide.counts) if relation else ():
                yield write_item(text, "-", 0)
        elif name == "chart":
            slide.counts["charts"] += 1
        elif name:
            slide.counts["other_objects"] += 1


def _read_beside(slide: _Slide, comments: bool) -> Iterator[Block]:
    """Notes, behind what is shown, and comments where they are wanted."""
    for relation in slide.relations.values():
        if relation.kind == "notesSlide":
            root = slide.package.try_parse(relation.target)
            lines = _read_notes(root, slide.counts) if root is not None else []
            slide.counts["notes"] += bool(lines)
            if lines:
                yield Block("> Notes: " + "\n> ".join(lines))
        elif relation.kind == "comments":
            root = slide.package.try_parse(relation.target)
            for said in root if root is not None else ():
                slide.counts["comments"] += 1
                words = " ".join(text.strip() for text in said.itertext() if text.strip())
                if comments and words:
                    yield Block(f"> Comment: {words}")


def _read_notes(root: etree._Element, counts: Counter[str]) -> list[str]:
    shapes = _list_shapes(root.find(f"{P}cSld/{P}spTree"), 0)
    bodies = [shape for shape in shapes if _place(shape) == "body"]
    texts = (read_paragraph(p, counts) for shape in bodies for p in shape.iter(A + "p"))
    return [line for text in texts for line in text.split("\n") if line.strip()]
