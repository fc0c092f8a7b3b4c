"""Forms that only Adobe's reader lays out (dynamic XFA): pages say "Please wait", the XML has the text."""

import re
from collections.abc import Iterator
from typing import Any

import pymupdf
from lxml import etree

MAX_BYTES = 20_000_000
PLACEHOLDER = 1500  # characters: "Please wait... you may need Adobe Reader"
REFERENCE = re.compile(r"(\d+) 0 R")
UNSEEN = frozenset({"hidden", "invisible", "inactive"})
NO_TEXT = frozenset({"items", "event", "calculate", "validate", "assist", "bind", "traversal", "desc", "ui"})


def read_form(document: pymupdf.Document) -> str | None:
    """The text of a form whose pages do not show it, "" where it has none; None for all other documents.

    Static texts and captions stand in the template's order, each field's value from the data behind its
    caption. Raises ValueError where its XML is larger than `MAX_BYTES`.
    """
    root = document.pdf_catalog()
    packets = [int(number) for number in REFERENCE.findall(_find_packets(document, root))]
    dynamic = document.xref_get_key(root, "NeedsRendering")[1] == "true"
    if not dynamic and not (packets and _is_placeholder(document)):
        return None
    return "\n\n".join(_list_texts(_read_packets(document, packets)))


def _find_packets(document: pymupdf.Document, root: int) -> str:
    """The references to the XML's pieces; one is a stream, or an array of its own."""
    kind, value = document.xref_get_key(root, "AcroForm/XFA")
    if kind == "xref" and not document.xref_is_stream(_refer(value)):
        return str(document.xref_object(_refer(value)))
    return str(value) if kind in ("xref", "array") else ""


def _refer(value: str) -> int:
    found = REFERENCE.search(value)
    return int(found[1]) if found else 0


def _is_placeholder(document: pymupdf.Document) -> bool:
    page = document[0]
    if len(document) > 1 or page.first_widget:
        return False
    text = page.get_text()
    return len(text) < PLACEHOLDER and "Adobe" in text


def _read_packets(document: pymupdf.Document, packets: list[int]) -> Any:
    """The XML's root, or None; entities stay as they are, and nothing is fetched."""
    whole = b""
    for number in packets:
        whole += document.xref_stream(number) or b""
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
