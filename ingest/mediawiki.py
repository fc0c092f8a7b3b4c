"""Wikipedia and its kin: MediaWiki's XML dumps."""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Annotated, BinaryIO, NamedTuple
from urllib.parse import quote

import polars as pl
from lxml import etree

from ingest.io.batches import PLACED, PlacedRow, Row, frames, name_license, read_record
from ingest.io.compression import OUT_BYTES, read_pieces
from ingest.io.sections import cut, make_address
from ingest.io.stretches import Piece
from ingest.io.uris import open_uri
from ingest.wikitext import count_marks, count_quotes, drop_tables, measure_markup, plain_text

_OPENS = re.compile(rb"\s*<page>")
_TAG = re.compile(rb"<(/?)(siteinfo|page)>")
_TAG_BYTES = len(b"</siteinfo>")
_MAX_UNCLOSED = 1_000
_MAX_NESTED = 100  # MediaWiki itself expands templates of 100 levels at most ($wgMaxTemplateDepth)
_MAX_QUOTES, _CHARS_PER_QUOTE = 10_000, 8  # so many are allowed, or so few in as many characters
_MAX_MARKS, _CHARS_PER_MARK = 100, 4  # pages of the English Wikipedia have one in 11 characters at most
_HEAD_PIECES = 16  # the first is enough, unless a packer had whims
_FILES_AND_CATEGORIES = ("6", "14")


class _Site(NamedTuple):
    base: str
    hidden: frozenset[str]  # prefixes of links that show no text
    language: str


_UNKNOWN = _Site("", frozenset({"file", "image", "category"}), "")


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: of bzip2, by its name, if it is many streams."""
    return name.lower().endswith(".bz2")


def read(
    uri: str,
    *,
    license: str | None = None,
    namespaces: list[int] | None = None,
    max_page_bytes: int = 20_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", name_license, "metadata"]:
    """Pages of a `pages-articles` dump (.xml, .bz2, .gz, .xz, .zst), as plain text under their title.

    Between the bytes `start` and `stop` of the file: of the blocks (4 MiB) that begin there. What is no bzip2
    of many streams (`multistream`) is read by the range that begins at 0.
    See `ingest.wikitext` for what becomes of the markup. `url` and `date` (of the revision) are set;
    `metadata` holds title, page id and the wiki's language, `license` what the recipe says. Dropped:
    `mediawiki.redirect`, `mediawiki.namespace` (not in `namespaces`; if not set, all but articles),
    `mediawiki.model` (scripts and styles), `mediawiki.no_text`. Errors: pages that are no valid XML,
    of broken markup or over `max_page_bytes`, and damage of the compressed file; reading goes on at the
    next page. Raises FileNotFoundError.
    """
    wanted = {str(number) for number in (namespaces if namespaces is not None else [0])}
    with open_uri(uri, start, stop) as raw:
        for frame in frames(_read_rows(raw, wanted, max_page_bytes, start, stop), schema=PLACED):
            yield frame.with_columns(pl.lit(license, dtype=pl.String).alias("license"))


def _read_rows(
    raw: BinaryIO, wanted: set[str], max_page_bytes: int, start: int, stop: int | None
) -> Iterator[PlacedRow]:
    any_row = False
    for row in _read_pages(raw, wanted, max_page_bytes, start, stop):
        any_row = True
        yield row
    if start or any_row:
        return
    if stop is None or next(_read_pages(raw, wanted, max_page_bytes, stop, None), None) is None:
        yield {"key": "file", "place": 0, "error": "no <page> here: empty, or not a MediaWiki XML dump"}


def _read_pages(
    raw: BinaryIO, wanted: set[str], max_page_bytes: int, start: int, stop: int | None
) -> Iterator[PlacedRow]:
    head = _find_site(raw)
    for section, source, _ in cut(raw, start, stop, _OPENS):
        for count, row in enumerate(_read_section(_recode(source), head, wanted, max_page_bytes)):
            key, place = make_address("page", section.start, count)
            yield {"key": key, "place": place, **row}


def _find_site(raw: BinaryIO) -> _Site:
    """What the <siteinfo> at the head of the file says, which a later range has to read there."""
    for element, error in _cut_elements(islice(_recode(read_pieces(raw)), _HEAD_PIECES), OUT_BYTES):
        if error or not element.startswith(b"<siteinfo>"):
            break
        with suppress(etree.XMLSyntaxError):
            return _read_site(_parse(element))
    return _UNKNOWN


def _read_section(
    source: Iterator[Piece], site: _Site, wanted: set[str], max_page_bytes: int
) -> Iterator[Row]:
    for element, error in _cut_elements(source, max_page_bytes):
        if error:
            yield {"error": error}
            continue
        if element.startswith(b"<page>"):
            yield read_record(_read_page, element, site, wanted)
            continue
        try:
            site = _read_site(_parse(element))
        except etree.XMLSyntaxError as bad:
            yield {"error": _say_invalid(bad)}


def _recode(source: Iterator[Piece]) -> Iterator[Piece]:
    """The dump in UTF-8; some re-saved extracts are in UTF-16."""
    first = next(source, None)
    if first is None:
        return
    if not first.data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first
        yield from source
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for piece in chain([first], source):
        yield piece._replace(data=decoder.decode(piece.data).encode("utf-8", "replace"))


def _parse(element: bytes) -> etree._Element:
    # A page cut out of the dump carries no DTD, so there is no entity to expand.
    return etree.fromstring(element, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _cut_elements(source: Iterator[Piece], max_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    """The siteinfo and page elements as bytes, in order; what is lost is (b"", error).

    Each byte is looked at once, in however many pieces it comes.
    """
    data, looked, name = bytearray(), 0, b""  # `name`: the element that `data` begins with
    for piece in source:
        if piece.damage:
            yield b"", piece.damage + (" (inside a page)" if name == b"page" else "")
            data, looked, name = bytearray(), 0, b""
            continue
        data += piece.data
        begun = 0
        for tag in _TAG.finditer(data, looked):
            looked = tag.end()
            if tag[1] and tag[2] == name:
                yield bytes(data[begun:looked]), None
                name = b""
            elif not tag[1] and (not name or tag[2] == b"page"):
                if name:  # its closing tag is damaged; so is this page, but not the next
                    yield bytes(data[begun : tag.start()]), None
                begun, name = tag.start(), bytes(tag[2])
        looked = max(looked, len(data) - _TAG_BYTES + 1)
        begun = begun if name else looked
        del data[:begun]
        looked -= begun
        if len(data) > max_bytes:
            yield b"", f"a page has more than max_page_bytes ({max_bytes}); raise it"
            data, looked, name = bytearray(), 0, b""
    if name == b"page":
        yield b"", "cut off inside a page"


def _read_site(node: etree._Element) -> _Site:
    base = node.findtext("base") or ""
    names = set(_UNKNOWN.hidden)
    for space in node.iterfind("namespaces/namespace"):
        if space.get("key") in _FILES_AND_CATEGORIES and space.text:
            names.add(space.text.lower())
    language = (node.findtext("dbname") or "").removesuffix("wiki")
    return _Site(base.rsplit("/", 1)[0] if base else "", frozenset(names), language)


def _say_invalid(bad: etree.XMLSyntaxError) -> str:
    return f"invalid XML ({bad}); skipped to the next page"


def _find_broken(wikitext: str) -> str | None:
    """What would keep the parser busy for longer than the page is worth."""
    unclosed, deepest = measure_markup(wikitext)
    if unclosed > _MAX_UNCLOSED:
        return f"{unclosed} templates, links, tags or tables are never closed, more than {_MAX_UNCLOSED}"
    if deepest > _MAX_NESTED:
        return f"markup nests {deepest} deep, more than {_MAX_NESTED}"
    marks = count_marks(drop_tables(wikitext))
    if marks > _MAX_MARKS and marks * _CHARS_PER_MARK > len(wikitext):
        return f"{marks} marks of lists and arguments in {len(wikitext)} characters"
    quotes = count_quotes(wikitext)
    dense = quotes > _MAX_QUOTES and quotes * _CHARS_PER_QUOTE > len(wikitext)
    return f"{quotes} marks of bold and italics in {len(wikitext)} characters" if dense else None


def _read_page(element: bytes, site: _Site, wanted: set[str]) -> Row:
    try:
        node = _parse(element)
    except etree.XMLSyntaxError as bad:
        return {"error": _say_invalid(bad)}
    title = node.findtext("title") or ""
    revision = node.find("revision")
    notes = {"title": title, "page_id": node.findtext("id"), "language": site.language}
    row: Row = {"metadata": json.dumps({k: v for k, v in notes.items() if v}, ensure_ascii=False)}
    if site.base:
        row["url"] = f"{site.base}/{quote(title.replace(' ', '_'), safe='/:(),!*@~')}"
    if revision is None:
        return {**row, "error": "the page has no revision"}
    row["date"] = revision.findtext("timestamp")
    if node.find("redirect") is not None:
        return {**row, "drop_reason": "mediawiki.redirect"}
    if (node.findtext("ns") or "0") not in wanted:
        return {**row, "drop_reason": "mediawiki.namespace"}
    if (revision.findtext("model") or "wikitext") != "wikitext":
        return {**row, "drop_reason": "mediawiki.model"}
    wikitext = revision.findtext("text") or ""
    if broken := _find_broken(wikitext):
        return {**row, "error": f"broken markup: {broken}; mend the page in the dump, or leave it out"}
    text = plain_text(wikitext, site.hidden)
    if not text:
        return {**row, "drop_reason": "mediawiki.no_text"}
    return {**row, "text": f"{title}\n\n{text}"}
