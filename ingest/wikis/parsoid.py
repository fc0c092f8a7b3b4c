"""An article as Parsoid writes it (MediaWiki DOM spec 2.8), as Markdown."""

import re
from collections.abc import Iterator

from lxml import etree

from winnow.ingest.markdown.cells import local_name
from winnow.ingest.markdown.page import write_markdown
from winnow.ingest.markdown.trees import parse_html

_REFERENCES = re.compile(
    r"mw:(?:Extension/(?:ref|references|gallery|imagemap|timeline|score|indicator)|File|Image|Video)\b"
)
_GONE = re.compile(
    r"(?:^|\s)(?:reference|references|reflist|mw-references-wrap|mw-ref|refbegin|navbox\S*|vertical-navbox|sidebar|ambox|tmbox"
    r"|ombox|mbox-small|metadata|hatnote|dablink|noprint|mw-editsection|sistersitebox|side-box|toc|catlinks|authority-control"
    r"|shortdescription|thumb|gallery|mw-empty-elt|error|portalbox|stub|asbox|homonymie|bandeau\S*|vcard-navbox|mw-kartographer\S*"
    r"|geo-nondefault|coordinates|mw-indicators?|printfooter|navigation-not-searchable)(?:\s|$)"
)
_INFOBOX = re.compile(
    r"(?:^|\s)(?:infobox\S*|taxobox|biota|ficha\S*|infocaja|sinottico\S*|toccolours-infobox)(?:\s|$)"
)
_DISAMBIGUATION = "mw:PageProp/disambiguation"
_MATHS = "mwe-math-mathml"
_LINKED = 0.8
_MAX_FIELD_CHARS = 1_000


def read_article(html: str) -> tuple[str, dict[str, str], bool]:
    """Text, the fields of the infobox, and whether the page says that it is a disambiguation.

    References, navigation, notices and images go, and sections at the end that are nothing but links.
    Raises ValueError where elements nest too deep.
    """
    root = parse_html(html)
    if root is None:
        return "", {}, False
    ambiguous = any(node.get("property") == _DISAMBIGUATION for node in root.iter("meta"))
    infobox: dict[str, str] = {}
    for node in list(root.iter()):
        if node.getparent() is None and node is not root:
            continue
        if _MATHS in (node.get("class") or ""):
            node.attrib.pop("style", None)  # it hides the formula, in favor of a picture
        if _is_infobox(node):
            infobox = infobox or dict(_read_fields(node))
            _remove(node)
        elif _is_gone(node):
            _remove(node)
    _drop_link_sections(root)
    return write_markdown(root, empty_headings=False), infobox, ambiguous


def _is_infobox(node: etree._Element) -> bool:
    return local_name(node) in ("table", "div", "aside") and bool(
        _INFOBOX.search((node.get("class") or "").lower())
    )


def _is_gone(node: etree._Element) -> bool:
    if not isinstance(node.tag, str) or node.tag in ("html", "body"):
        return False
    kinds = node.get("typeof")
    if (kinds and _REFERENCES.search(kinds)) or node.tag in ("figure", "figure-inline", "title"):
        return True
    classes = node.get("class")
    return bool(classes and _GONE.search(classes.lower()))


def _remove(node: etree._Element) -> None:
    """Take an element out, and leave the text behind it."""
    tail = node.tail
    node.clear()
    node.tag, node.tail = "template", tail


def _read_fields(table: etree._Element) -> Iterator[tuple[str, str]]:
    for row in table.iter("tr"):
        head, cell = row.find("th"), row.find("td")
        if head is None:
            continue
        name = " ".join("".join(map(str, head.itertext())).split())
        if cell is None:
            if name:
                yield "name", name[:_MAX_FIELD_CHARS]
            continue
        for part in list(cell.iter()):
            if part is not cell and _is_gone(part):
                _remove(part)
        value = " ".join(write_markdown(cell).split())
        if name and value and len(value) <= _MAX_FIELD_CHARS:
            yield name, value


def _drop_link_sections(root: etree._Element) -> None:
    """Remove sections at the end of the page that only lead away from it."""
    body = next(root.iter("body"), root)
    sections = [node for node in body if local_name(node) == "section"]
    for section in reversed(sections[1:]):
        text = sum(
            len(str(part).strip()) for node in section if node.tag[:1] != "h" for part in node.itertext()
        )
        linked = sum(len("".join(map(str, link.itertext())).strip()) for link in section.iter("a"))
        if linked < _LINKED * text or (not text and section.find(".//math") is not None):
            return
        _remove(section)
