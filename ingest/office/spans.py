"""The words of OpenDocument's paragraphs, and what hangs on them: notes, comments, boxes, formulas."""

from collections import Counter
from typing import NamedTuple

from lxml import etree

from winnow.ingest.latex.mathml import translate
from winnow.ingest.office.inline import Inline
from winnow.ingest.office.namespaces import DRAW, OFFICE, SHOWN, STYLE, TABLE, TEXT
from winnow.ingest.office.numbering import read_int
from winnow.ingest.office.package import Package

_XLINK = "{http://www.w3.org/1999/xlink}href"
SKIPPED = {TEXT + "tracked-changes", TEXT + "ruby-text", OFFICE + "forms", TEXT + "sequence-decls"}
MAX_DEPTH = 40
_MAX_SPACES = 1_000

Orders = dict[str, dict[int, tuple[str, str, str]]]  # by list style and level: prefix, form, suffix


class ReadContext(NamedTuple):
    """What all text of a document is read with."""

    package: Package | None
    counts: Counter[str]
    ordered: Orders
    unseen: set[str]  # styles of hidden tables and slides
    comments: bool
    hidden: bool
    max_cells: int


def read_words(element: etree._Element, inline: Inline, context: ReadContext, depth: int) -> None:
    """Add to `inline` what an element says."""
    if depth > MAX_DEPTH:
        context.counts["too_deep"] += 1
        return
    inline.text.append(_fold(element.text))
    for child in element:
        tag = child.tag
        if tag == TEXT + "s":
            inline.text.append(" " * min(read_int(child.get(TEXT + "c"), 1), _MAX_SPACES))
        elif tag == TEXT + "tab":
            inline.text.append("\t")
        elif tag == TEXT + "line-break":
            inline.text.append("\n")
        elif tag == TEXT + "note":
            _read_note(child, inline, context)
        elif tag == OFFICE + "annotation":
            read_comment(child, inline, context)
        elif isinstance(tag, str) and tag.startswith(DRAW):
            _read_drawn(child, inline, context)
        elif isinstance(tag, str) and tag not in SKIPPED:
            read_words(child, inline, context, depth + 1)
        inline.text.append(_fold(child.tail))


def _fold(text: str | None) -> str:
    """White space as ODF means it: runs of it are one space."""
    if not text:
        return ""
    folded = " ".join(text.split())
    return f"{' ' * text[0].isspace()}{folded}{' ' * (bool(folded) and text[-1].isspace())}"


def _read_note(note: etree._Element, inline: Inline, context: ReadContext) -> None:
    kind = note.get(TEXT + "note-class", "footnote")
    context.counts[kind + "s"] += 1
    name = f"{'' if kind == 'footnote' else 'e'}{context.counts[kind + 's']}"
    body = note.find(TEXT + "note-body")
    inline.text.append(f"[^{name}]")
    if body is not None:
        inline.notes.append((name, body))


def read_comment(said: etree._Element, inline: Inline, context: ReadContext) -> None:
    """A comment, in the text where it is wanted."""
    context.counts["comments"] += 1
    if context.comments:
        who = said.findtext("{http://purl.org/dc/elements/1.1/}creator") or "Comment"
        words = " ".join(" ".join(p.itertext()) for p in said.iter(TEXT + "p"))
        inline.text.append(f" [{who}: {' '.join(words.split())}]")


def _read_drawn(shape: etree._Element, inline: Inline, context: ReadContext) -> None:
    """What hangs on a paragraph: a formula stands in it, a box behind it."""
    formula = shape.find(DRAW + "object")
    if formula is not None and (tex := read_object(formula, context, shown=False)):
        inline.text.append(tex)
        inline.formulas.append(tex)
    elif shape.find(f".//{TEXT}p") is not None:
        inline.boxes.append(shape)
    else:
        context.counts["pictures"] += 1


def read_object(element: etree._Element, context: ReadContext, *, shown: bool) -> str:
    """An embedded formula as LaTeX; other objects are counted."""
    root = element.find("{http://www.w3.org/1998/Math/MathML}math")
    target = element.get(_XLINK, "").removeprefix("./").strip("/")
    if root is None and context.package is not None and target:
        root = context.package.try_parse(f"{target}/content.xml")
    if root is None or not root.tag.endswith("}math"):
        context.counts["other_objects"] += 1
        return ""
    context.counts["formulas"] += 1
    tex = translate(etree.tostring(root, encoding="unicode")).strip()
    mark = "$$" if shown else "$"
    return f"{mark}{tex}{mark}" if tex else ""


def read_list_styles(root: etree._Element) -> Orders:
    """The levels of lists that are numbered."""
    found: Orders = {}
    for style in root.iter(TEXT + "list-style"):
        levels = found.setdefault(style.get(STYLE + "name", ""), {})
        for level in style.findall(TEXT + "list-level-style-number"):
            form = level.get(STYLE + "num-format", "")
            prefix, suffix = level.get(STYLE + "num-prefix", ""), level.get(STYLE + "num-suffix", "")
            levels[read_int(level.get(TEXT + "level"), 1)] = (prefix, form, suffix)
    return found


def find_unseen(root: etree._Element) -> set[str]:
    """Styles of tables and slides that are hidden."""
    unseen = set()
    for style in root.iter(STYLE + "style"):
        hides = style.find(f"{STYLE}table-properties[@{TABLE}display='false']") is not None
        page = style.find(f"{STYLE}drawing-page-properties[@{SHOWN}visibility='hidden']")
        if hides or page is not None:
            unseen.add(style.get(STYLE + "name", ""))
    return unseen
