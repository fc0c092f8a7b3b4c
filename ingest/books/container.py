"""The container of an EPUB (OCF 3.3): a ZIP file with a package, read within bounds, never unpacked to disk.

A name in it is looked up and nothing else, so that none leads out of it.
"""

import io
import posixpath
import re
import struct
import zipfile
from contextlib import suppress
from html.entities import html5
from typing import Any, NamedTuple
from urllib.parse import unquote

from lxml import etree

from winnow.ingest.books.reservations import find_reservations
from winnow.ingest.io.charset import decode
from winnow.ingest.io.zips import open_zip
from winnow.ingest.markdown.trees import parse_html

_FONT_MANGLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_MAX_PACKAGE_BYTES = 10_000_000
_TEXTS = (
    *("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"),
    *("application/xml", "text/xml"),
)
_LEFT_OUT = ("image/", "application/x-dtbncx+xml")  # pictures, and contents that some put there
_MAX_FALLBACKS = 8  # of one item, each of which may have one
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]{0,500}(?:\[.{0,100000}?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_FIRST = re.compile(r"<(?:!DOCTYPE|[a-z])", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z_]")
_ENTITY = re.compile(r"&([a-zA-Z][a-zA-Z0-9]{1,31});")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})

_SAFE: dict[str, Any] = {"no_network": True, "remove_pis": True, "resolve_entities": False}
_SAFE |= {"load_dtd": False, "encoding": "utf-8"}


class BookError(Exception):
    """The file is no EPUB that can be read; the message says what was met."""


class Package(NamedTuple):
    """What the package document says: names and values of its metadata, and the texts in reading order."""

    metadata: dict[str, list[str]]
    spine: list[str]  # names of members
    preferences: list[dict[str, str]]  # what it says of the use of the book
    lost: dict[str, str]  # what the spine names beside them that can be no text, and why


def open_container(data: bytes) -> zipfile.ZipFile:
    """The ZIP file. Raises BookError where it is none, or has too many members."""
    try:
        return open_zip(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise BookError(f"a damaged ZIP file: {error}") from error


def read_member(container: zipfile.ZipFile, name: str, max_bytes: int) -> bytes:
    """The bytes of a member. Raises BookError where it is not there, damaged, or larger than `max_bytes`."""
    info = container.NameToInfo.get(name)
    if info is None:
        raise BookError(f"{name} is not there")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without bounds
        raise BookError(f"{name} is packed by a method that no EPUB has: {info.compress_type}")
    if info.file_size > max_bytes:
        raise BookError(f"{name} unpacks to more than is left of max_text_bytes ({max_bytes}); raise it")
    try:
        with container.open(info) as member:
            return member.read(info.file_size + 1)  # else 2 GiB of a member that says less are unpacked
    except MemoryError:
        raise
    except Exception as error:  # zlib and zipfile have no one error; of the store nothing is open
        raise BookError(f"{name} is damaged: {error}") from error


def is_encrypted(container: zipfile.ZipFile) -> bool:
    """Whether texts of the book are encrypted (DRM). Mangled fonts are no hindrance."""
    if any(info.flag_bits & 1 for info in container.infolist()):
        return True
    names = set(container.namelist())
    if "META-INF/encryption.xml" not in names:
        return False
    root = parse_xml(read_member(container, "META-INF/encryption.xml", _MAX_PACKAGE_BYTES))
    found = [] if root is None else list(root.iter("{*}EncryptedData"))
    methods = [method.get("Algorithm") for each in found for method in each.iterfind("{*}EncryptionMethod")]
    return any(method not in _FONT_MANGLING for method in methods) or len(methods) < len(found)


def read_package(container: zipfile.ZipFile) -> Package:
    """The package document. Raises BookError where there is none."""
    name = _find_package(container)
    root = parse_xml(read_member(container, name, _MAX_PACKAGE_BYTES))
    if root is None:
        raise BookError(f"{name} is no XML")
    metadata: dict[str, list[str]] = {}
    for node in root.iterfind("{*}metadata//*"):
        if isinstance(node.tag, str) and node.tag.startswith("{http://purl.org/dc/"):
            value = " ".join("".join(map(str, node.itertext())).split())
            if value:
                metadata.setdefault(node.tag.rpartition("}")[2].lower(), []).append(value)
    spine, lost = _read_spine(root, name)
    if not spine and not lost:
        raise BookError(f"{name} lists no texts in its spine")
    return Package(metadata, spine, find_reservations(root), lost)


def _read_spine(root: etree._Element, name: str) -> tuple[list[str], dict[str, str]]:
    """The texts in their order, and what can be none."""
    items = {node.get("id"): node for node in root.iterfind("{*}manifest/{*}item")}
    apart = {_resolve(name, node.get("href")) for node in root.iterfind("{*}guide/{*}reference")
             if node.get("type") in ("toc", "cover")}  # fmt: skip
    spine: list[str] = []
    lost = {}
    for node in root.iterfind("{*}spine/{*}itemref"):
        key = node.get("idref") or ""
        item = _find_text(items, key)
        if item is None:
            lost[key] = f"the spine names {key!r}, which the manifest does not have"
        elif _detect_type(item) not in _TEXTS:
            if not _detect_type(item).startswith(_LEFT_OUT):
                lost[key] = f"{item.get('href')} in the spine is no text: {_detect_type(item)}"
        elif "nav" not in (item.get("properties") or "").split():
            spine.append(_resolve(name, item.get("href")))
    return [member for member in dict.fromkeys(spine) if member not in apart], lost


def _find_text(items: dict[str | None, etree._Element], key: str) -> etree._Element | None:
    """An item of the manifest; of what is no text the first of its fallbacks that is one, if any."""
    item = each = items.get(key)
    for _ in range(_MAX_FALLBACKS):
        if each is None or _detect_type(each) in _TEXTS:
            break
        each = items.get(each.get("fallback") or "")
    return item if each is None or _detect_type(each) not in _TEXTS else each


def _detect_type(item: etree._Element) -> str:
    return (item.get("media-type") or _TEXTS[0]).strip().lower()


def _find_package(container: zipfile.ZipFile) -> str:
    names = container.namelist()
    if "META-INF/container.xml" in names:
        root = parse_xml(read_member(container, "META-INF/container.xml", _MAX_PACKAGE_BYTES))
        for node in () if root is None else root.iter("{*}rootfile"):
            if (path := unquote(node.get("full-path") or "")) in names:
                return path
    found = next((name for name in names if name.lower().endswith(".opf")), None)
    if found is None:
        raise BookError("no EPUB: it has no package document")
    return found


def _resolve(package: str, href: str | None) -> str:
    """The member that a link of the package leads to."""
    path = unquote((href or "").split("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(package), path)).lstrip("/")


def parse_xml(data: bytes) -> etree._Element | None:
    """A document of the package. Raises BookError where it is so damaged that elements of it are lost."""
    encoded = _clean(data).encode("utf-8", "replace")
    parser = etree.XMLParser(recover=True, **_SAFE)
    root = etree.fromstring(encoded, parser) if encoded.strip() else None
    if root is not None and len(parser.error_log):
        seen = sum(len(_TAG.findall(node.text or "")) for node in root.iter(etree.Comment))
        seen += sum(1 for _ in root.iter("*"))
        if (lost := len(_TAG.findall(encoded.decode())) - seen) > 0:
            raise BookError(
                f"its package is damaged, {lost} elements of it are lost: {parser.error_log[0].message}"
            )
    return root


def parse_text(data: bytes) -> etree._Element | None:
    """A text: XML or, where it is not well-formed, HTML. Raises ValueError where it nests too deep.

    No entity is expanded but the characters that HTML names.
    """
    text = _clean(data)
    if "<!ENTITY" not in text:  # some releases of libxml2 do not bound entities in a huge tree
        with suppress(etree.XMLSyntaxError):
            parser = etree.XMLParser(huge_tree=True, remove_comments=True, **_SAFE)
            return etree.fromstring(text.encode("utf-8", "replace"), parser)
    return parse_html(text)


def _clean(data: bytes) -> str:
    """The document without declaration, document type and entities that are none of XML."""
    text, _ = decode(data, markup=True)
    text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    first = _FIRST.search(text)
    doctype = _DOCTYPE.match(text, first.start()) if first else None
    if doctype:
        text = text[: doctype.start()] + text[doctype.end() :]
    return _ENTITY.sub(_name_character, text) if "&" in text else text


def _name_character(entity: re.Match[str]) -> str:
    name = entity[1]
    return entity.group() if name in _OF_XML else html5.get(f"{name};", "")
