"""Which format a file is of, told by its bytes, and its text by the reader of that format."""

from collections import Counter
from typing import Any, NamedTuple

from winnow.ingest.office import docx, odf, pptx, rtf, xlsx
from winnow.ingest.office.package import Damaged, Package, Refused, declares, parse, read_properties

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD_BYTES = 1 << 16
_BINARY = {"WordDocument": "Word 97 (.doc)", "Workbook": "Excel 97 (.xls)", "Book": "Excel 5 (.xls)"}
_BINARY |= {"PowerPoint Document": "PowerPoint 97 (.ppt)"}


_MAINS = ("word/document.xml", "ppt/presentation.xml", "xl/workbook.xml")


class Document(NamedTuple):
    """The text of a file, its format, what its properties say, and what was met in it, counted."""

    text: str
    kind: str
    properties: dict[str, str]
    counts: dict[str, int]


def read_document(
    data: bytes, *, comments: bool, hidden: bool, max_cells: int, max_unpacked_bytes: int
) -> Document:
    """The document that the bytes are; raises Refused or Damaged."""
    if data.startswith(_OLE):
        raise _refuse_binary(data)
    if data.lstrip()[:5] == b"{\\rtf":
        return _finish("rtf", *rtf.read(data, hidden=hidden))
    if data.startswith(b"PK"):
        package = Package(data, max_unpacked_bytes)
        if package.has("mimetype") or package.has("content.xml"):
            return _finish(*odf.read(package, comments=comments, hidden=hidden, max_cells=max_cells))
        return _read_office(package, comments, hidden, max_cells)
    if b"urn:oasis:names:tc:opendocument" in data[:_HEAD_BYTES]:
        root = parse(data, "the file")
        return _finish(*odf.read_flat(root, comments=comments, hidden=hidden, max_cells=max_cells))
    if declares(data[:_HEAD_BYTES]):
        raise Refused("office.document_type")
    raise Damaged("no document of an office suite; leave it out of the recipe's uris")


def _read_office(package: Package, comments: bool, hidden: bool, max_cells: int) -> Document:
    named = package.find_relations("").values()
    main = next((one.target for one in named if one.kind == "officeDocument"), "")
    main = main or next((name for name in _MAINS if package.has(name)), "")  # its relations are lost
    if not main:
        raise Damaged("a zip that is no document of an office suite; leave it out of the recipe's uris")
    folder = main.partition("/")[0]
    properties = read_properties(package)
    if main.endswith(".bin"):
        raise Refused("office.old_binary", told="Excel's binary workbook (.xlsb)")
    root = package.parse(main).tag.rpartition("}")
    if root[2] == "document":
        return _finish("docx", properties, *docx.read(package, main, comments=comments, hidden=hidden))
    if root[2] == "presentation":
        return _finish("pptx", properties, *pptx.read(package, main, comments=comments, hidden=hidden))
    if root[2] == "workbook":
        asked: dict[str, Any] = {"comments": comments, "hidden": hidden, "max_cells": max_cells}
        return _finish("xlsx", properties, *xlsx.read(package, main, **asked))
    raise Damaged(f"a package of {folder!r}, not of a document, slides or sheets; leave it out")


def _finish(kind: str, properties: dict[str, str], text: str, counts: Counter[str]) -> Document:
    return Document(text, kind, properties, {name: count for name, count in sorted(counts.items()) if count})


def _refuse_binary(data: bytes) -> Exception:
    """Why a compound file (OLE) is not read: encrypted packages lie in one, too."""
    if any(name.encode("utf-16-le") in data for name in ("EncryptedPackage", "DataSpaces")):
        return Refused("office.encrypted")
    for name, told in _BINARY.items():
        if name.encode("utf-16-le") in data:
            return Refused("office.old_binary", told=told)
    return Damaged("a compound file (OLE) that is no document; leave it out of the recipe's uris")
