"""The styles of a .docx, as far as they say what a paragraph is."""

import re
from typing import NamedTuple

from lxml import etree

from winnow.ingest.office.namespaces import W
from winnow.ingest.office.numbering import find_value, read_int

_HEADING = re.compile(r"heading (\d)")
_CONTENTS = re.compile(r"toc \d")
_MAX_BASES = 20


class Style(NamedTuple):
    """What a style makes of its paragraphs: a heading (`outline` from 0), an item of a `list`, or a line of a
    table of contents."""

    outline: int | None = None
    list: str = ""
    level: int = 0
    contents: bool = False


class Styles:
    """The paragraph styles of a document, each with what it takes over from others; `default` has no name."""

    def __init__(self, root: etree._Element | None) -> None:
        styles = root.findall(W + "style") if root is not None else []
        paragraphs = [one for one in styles if one.get(W + "type", "paragraph") == "paragraph"]
        self.elements = {one.get(W + "styleId", ""): one for one in paragraphs}
        defaults = (one for one in paragraphs if one.get(W + "default") in ("1", "true"))
        self.default = next((one.get(W + "styleId", "") for one in defaults), "")
        self.found: dict[str, Style] = {}

    def find(self, name: str | None) -> Style:
        """The style of a paragraph that names it, or none."""
        wanted = self.default if name is None else name
        if wanted not in self.found:
            self.found[wanted] = _inherit(wanted, self.elements)
        return self.found[wanted]


def _inherit(name: str, elements: dict[str, etree._Element]) -> Style:
    style, found = Style(), False
    known: set[str] = set()
    while name in elements and name not in known and len(known) < _MAX_BASES:
        known.add(name)
        one = elements[name]
        own = _read_own(one)
        if style.outline is None:
            style = style._replace(outline=own.outline)
        if not found and own.list:
            style, found = style._replace(list=own.list, level=style.level or own.level), True
        elif not found and own.level:
            style = style._replace(level=own.level)
        style = style._replace(contents=style.contents or own.contents)
        name = find_value(one, "basedOn")
    return style


def _read_own(one: etree._Element) -> Style:
    called = find_value(one, "name").lower()
    heading = _HEADING.fullmatch(called)
    outline = int(heading[1]) - 1 if heading else 0 if called == "title" else None
    if one.find(f"{W}pPr/{W}outlineLvl") is not None:
        outline = read_int(find_value(one, "pPr/outlineLvl"), 9)
    ident, level = find_value(one, "pPr/numPr/numId"), read_int(find_value(one, "pPr/numPr/ilvl"), 0)
    return Style(outline, ident, level, bool(_CONTENTS.fullmatch(called)))
