"""Forms that only Adobe's reader lays out (dynamic XFA): pages say "Please wait", the XML has the text."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from winnow.ocr.reader.page import Document

MAX_BYTES = 20_000_000
PLACEHOLDER = 1500  # characters: "Please wait... you may need Adobe Reader"
UNSEEN = frozenset({"hidden", "invisible", "inactive"})
NO_TEXT = frozenset({"items", "event", "calculate", "validate", "assist", "bind", "traversal", "desc", "ui"})


def read_form(document: Document) -> str | None:
    """The text of a form whose pages do not show it, "" where it has none; None for all other documents.

    Static texts and captions stand in the template's order, each field's value from the data behind its
    caption. Raises ValueError where its XML is larger than `MAX_BYTES`.
    """
    packets = document.list_packets()
    if not document.dynamic and not (packets and _is_placeholder(document)):
        return None
    return "\n\n".join(_list_texts(_read_packets(document, packets)))


def _is_placeholder(document: Document) -> bool:
    page = document[0]
    if len(document) > 1 or page.has_fields():
        return False
    text = page.read_text()
    return len(text) < PLACEHOLDER and "Adobe" in text


def _read_packets(document: Document, packets: Sequence[int]) -> Any:
    """The XML's root, or None; entities stay as they are, and nothing is fetched."""
    whole = b""
    for number in packets:
        whole += document.read_packet(number)
        if len(whole) > MAX_BYTES:
            raise ValueError(f"a form of more than {MAX_BYTES:,} bytes of XML")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    return etree.fromstring(b"<xfa>" + re.sub(rb"<\?xml[^>]*\?>", b"", whole) + b"</xfa>", parser)


def _list_texts(xml: Any) -> Iterator[str]:
    if xml is None:
        return
    values: dict[str, list[str]] = {}
    for data in xml.iter("{*}data"):
        for leaf in data.iter(tag=etree.Element):
            if not len(leaf) and leaf.text and leaf.text.strip():
                values.setdefault(_name(leaf), []).append(_squeeze(leaf))
    templates = list(xml.iter("{*}template"))
    for template in templates:
        yield from _walk(template, values)
    if not templates:
        yield from (f"{name}: {value}" for name, some in values.items() for value in some)


def _walk(element: Any, values: dict[str, list[str]]) -> Iterator[str]:
    """Texts of a part of the template; the values that it shows are taken out."""
    for part in element.iterchildren(tag=etree.Element):
        name = _name(part)
        if name in NO_TEXT or part.get("presence") in UNSEEN:
            continue
        if name == "draw":
            yield from filter(None, [" ".join(_list_parts(part))])
        elif name == "field":
            yield from filter(None, [_read_field(part, values)])
        else:
            yield from _walk(part, values)


def _read_field(field: Any, values: dict[str, list[str]]) -> str:
    caption = " ".join(text for part in field.iterchildren("{*}caption") for text in _list_parts(part))
    known = values.get(field.get("name", ""), [])
    value = known.pop(0) if known else " ".join(_list_parts(field, "{*}value"))
    return f"{caption.rstrip(':')}: {value}" if caption and value else caption or value


def _list_parts(element: Any, inside: str = "") -> Iterator[str]:
    """What stands in `text` and `exData` (XHTML)."""
    for part in element.iterchildren(inside) if inside else [element]:
        for text in part.iter("{*}text", "{*}exData"):
            yield from filter(None, [_squeeze(text)])


def _squeeze(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)
