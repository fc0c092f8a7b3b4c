"""Patents in full text: the USPTO's files of grants and applications, many documents of XML in one."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO

import polars as pl
from lxml import etree
from pydantic import PositiveInt

from winnow.ingest.decisions.patent_text import format_words, list_blocks, list_claim
from winnow.ingest.io.batches import SOURCED, PlacedRow, Row, SourceRow, frames, name_license, read_record
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.presence import report_empty
from winnow.ingest.io.splits import cut, make_address
from winnow.ingest.io.uris import open_uri
from winnow.ingest.markdown.blocks import Block, write, write_heading

TELLS = {"kind": "public", "content": ["legal and official"]}

_ROOTS = ("us-patent-grant", "us-patent-application")
# Each document begins with a declaration of its own: XML allows that once a file, so the file is cut there.
_OPENS = re.compile(rb"\s*<\?xml\s")
_DECLARED = re.compile(rb"<\?xml\s")
_DOCTYPE = re.compile(rb"<!DOCTYPE\s[^\[<>]*(?:\[[^\]]{0,20000}\]\s{0,100})?>")
# Pictures are declared as entities too, of no text (NDATA), and are not read.
_ENTITY = re.compile(rb"<!ENTITY\s+(?!\S+\s+SYSTEM\s+\"[^\"]*\"\s+NDATA)")
_MARK_BYTES = len(b"<?xml ")

_NONE = "no XML document here: empty, or not a file of patents"
_EMPTY: PlacedRow = {"key": "file", "place": 0, "error": _NONE}


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is not packed, by its name."""
    return name.lower().endswith(".xml")


def read(
    uri: str,
    *,
    license: str | None = None,
    claims: bool = True,
    max_patent_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[
    Iterator[pl.DataFrame],
    *("text", "date", "author", "thread", "metadata"),
    name_license,
]:
    """A grant or application each (.xml, plain or packed): title, abstract, description, claims as Markdown.

    Read are `us-patent-grant` and `us-patent-application` (ICE DTD 4.x, since 2005), one behind the other in
    one file. In a plain file the range from `start` to `stop` are the blocks (4 MiB) that begin there.
    Headings of the description stay headings, claims are numbered, lists are items, tables are Markdown (an
    entry over several rows stands in each of them, if it is short), MathML is LaTeX; `claims = false` leaves
    the claims out. Pictures, drawings and chemical structures are left out and counted.

    `date` of publication, `author`: the inventors, `thread`: the application's number, which a grant and its
    application share, `license` what the recipe says. `metadata`: `title`, `number`, `kind`, `application`,
    `country`, `ipc`, `assignees`, `claims`, `pictures`. Drops: `patents.design` (grants of drawings: one
    sentence), `patents.sequence` (sequence listings, `sequence-cwu`), `patents.no_text`,
    `patents.document_type` (one that declares entities of text). Errors: XML that cannot be read, over
    `max_patent_bytes`; reading goes on at the next. Raises FileNotFoundError.
    """
    with open_uri(uri, start, stop) as raw:
        rows = report_empty(partial(_read_rows, raw, claims, max_patent_bytes), _EMPTY, start, stop)
        for frame in frames(rows, schema=SOURCED):
            yield frame.with_columns(pl.lit(license, dtype=pl.String).alias("license")).drop("score_votes")


def _read_rows(
    raw: BinaryIO, claims: bool, max_bytes: int, start: int, stop: int | None
) -> Iterator[PlacedRow]:
    for section, source, _ in cut(raw, start, stop, _OPENS, _find_declaration):
        for count, (document, error) in enumerate(_cut_documents(source, max_bytes)):
            key, place = make_address("patent", section.start, count)
            row: Row = {"error": error} if error else read_record(_read_document, document, claims)
            yield {"key": key, "place": place, **row}


def _find_declaration(raw: BinaryIO, start: int, stop: int) -> int | None:
    """The first declaration of a document that begins a line between two bytes."""
    raw.seek(max(start - 1, 0))
    data = raw.read(stop - start + 1 + _MARK_BYTES)
    found = re.compile(rb"(?:\A|(?<=[\n>]))<\?xml\s").search(data, 0 if start == 0 else 1)
    at = None if found is None else max(start - 1, 0) + found.start()
    return at if at is not None and at < stop else None


def _cut_documents(source: Iterator[Piece], max_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    """The documents, each from its declaration to the next one; what is lost is (b"", error)."""
    held, looked, skipping = bytearray(), 0, False
    for piece in source:
        if piece.damage:
            yield b"", f"{piece.damage} (inside a document)"
            held, looked, skipping = bytearray(), 0, True
            continue
        held += piece.data
        while (found := _DECLARED.search(held, max(looked, 1))) is not None:
            if not skipping and held[: found.start()].strip():
                yield _bound(bytes(held[: found.start()]), max_bytes)
            del held[: found.start()]
            looked, skipping = 0, False
        looked = max(len(held) - _MARK_BYTES, 0)
        if len(held) > max_bytes:
            if not skipping:
                yield _bound(bytes(held), max_bytes)
            held, looked, skipping = bytearray(held[-_MARK_BYTES:]), 0, True
    if held.strip() and not skipping:
        yield _bound(bytes(held), max_bytes)


def _bound(document: bytes, max_bytes: int) -> tuple[bytes, str | None]:
    if len(document) > max_bytes:
        return b"", f"a patent has more than max_patent_bytes ({max_bytes}); raise it"
    return document, None


def _read_document(document: bytes, claims: bool) -> Row:
    doctype = _DOCTYPE.search(document[:50_000])
    if (doctype and _ENTITY.search(doctype[0])) or b"<!ENTITY" in _strip(document, doctype)[:50_000]:
        return {"drop_reason": "patents.document_type"}
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    try:
        root = etree.fromstring(_strip(document, doctype).lstrip(), parser)
    except etree.XMLSyntaxError as bad:
        return {"error": f"invalid XML ({bad}); skipped to the next document"}
    if root.tag.startswith("sequence"):
        return {"drop_reason": "patents.sequence"}
    if root.tag not in _ROOTS:
        return {"error": f"<{root.tag[:100]}> is no patent that is known here: {', '.join(_ROOTS)}"}
    return _read_patent(root, claims)


def _strip(document: bytes, doctype: re.Match[bytes] | None) -> bytes:
    """The document without its type, whose entities name pictures."""
    return document if doctype is None else document[: doctype.start()] + document[doctype.end() :]


def _read_patent(root: etree._Element, claims: bool) -> SourceRow:
    head = next((child for child in root if "bibliographic" in str(child.tag)), root)
    title = format_words(head.find(".//invention-title"))
    publication = head.find(".//publication-reference//document-id")
    reference = head.find(".//application-reference")
    application = None if reference is None else reference.find(".//document-id")
    notes: dict[str, Any] = {
        "title": title,
        "number": _find(publication, "doc-number"),
        "kind": _find(publication, "kind"),
        "country": _find(publication, "country") or root.get("country"),
        "application": _find(application, "doc-number"),
        "ipc": list(dict.fromkeys(map(_write_class, head.iter("classification-ipcr"))))[:20],
        "assignees": _list_names(head, ".//assignee"),
        "claims": len(root.findall(".//claims/claim")),
        "pictures": sum(1 for _ in root.iter("img", "chemistry")),
    }
    inventors = _list_names(head, ".//inventor") or _list_names(head, ".//applicant")
    row: SourceRow = {"metadata": write_notes(notes)}
    row["author"] = "; ".join(inventors) or None
    row["date"] = _write_date(_find(publication, "date") or root.get("date-publ"))
    number = notes["application"] or notes["number"]
    row["thread"] = f"{notes['country'] or 'US'} {number}" if number else None
    if reference is not None and reference.get("appl-type") == "design":
        return {**row, "drop_reason": "patents.design"}
    text = _write_text(root, title, claims)
    return {**row, "text": text} if text else {**row, "drop_reason": "patents.no_text"}


def _write_text(root: etree._Element, title: str, claims: bool) -> str:
    blocks: list[Block] = []
    for abstract in root.findall("abstract")[:1]:
        blocks += [write_heading("Abstract", 2), *list_blocks(abstract)]
    for description in root.findall("description")[:1]:
        blocks += [write_heading("Description", 2), *list_blocks(description)]
    listed = root.find("claims") if claims else None
    if listed is not None:
        blocks.append(write_heading("Claims", 2))
        for at, claim in enumerate(listed.findall("claim"), 1):
            blocks += list_claim(claim, at)
    if not any(block.text.strip() and not block.heading for block in blocks):
        return ""
    return write([write_heading(title, 1), *blocks])


def _find(element: etree._Element | None, path: str) -> str:
    return "" if element is None else format_words(element.find(path))


def _list_names(head: etree._Element, path: str) -> list[str]:
    found = []
    for one in head.iterfind(path):
        book = one.find("addressbook")
        book = one if book is None else book
        first, last = _find(book, "first-name"), _find(book, "last-name")
        found.append(" ".join(filter(None, (first, last))) or _find(book, "orgname"))
    return list(dict.fromkeys(filter(None, found)))


def _write_class(element: etree._Element) -> str:
    names = ("section", "class", "subclass", "main-group", "subgroup")
    one, two, three, group, sub = (_find(element, name) for name in names)
    return f"{one}{two}{three} {group}/{sub}".strip(" /")


def _write_date(digits: str | None) -> str | None:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if digits and re.fullmatch(r"\d{8}", digits) else None
