"""Wikipedia and its kin: MediaWiki's XML dumps."""

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import Annotated, Any, BinaryIO, Literal, NamedTuple
from urllib.parse import quote

import polars as pl
from lxml import etree
from pydantic import NonNegativeInt, PositiveInt

from winnow.ingest.io.batches import PLACED, PlacedRow, Row, frames, name_license, read_record
from winnow.ingest.io.byte_range import OUT_BYTES, Piece
from winnow.ingest.io.compression import read_pieces
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.presence import report_empty
from winnow.ingest.io.splits import cut, make_address, search
from winnow.ingest.io.uris import open_uri
from winnow.ingest.wikis.kinds import HIDDEN, count_words, detect_kind, find_redirect
from winnow.ingest.wikis.limits import find_broken
from winnow.ingest.wikis.tables import cut_tables
from winnow.ingest.wikis.text import Page, plain_text

TELLS = {"kind": "public", "content": ["non-fiction"]}

_OPENS = re.compile(rb"\s*<page>")
_PAGE = re.compile(rb"<page>")
_TAG = re.compile(rb"<(/?)(siteinfo|page)>")
_TAG_BYTES = len(b"</siteinfo>")
_HEAD_PIECES = 4  # the first is enough, unless a packer had whims
_FILES_AND_CATEGORIES = ("6", "14")
_PROJECT = re.compile(r"(?:wiki|wiktionary|wikibooks|wikinews|wikiquote|wikisource|wikiversity|wikivoyage)$")

_NONE = "no <page> here: empty, or not a MediaWiki XML dump"
_EMPTY: PlacedRow = {"key": "file", "place": 0, "error": _NONE}


class _Site(NamedTuple):
    base: str
    hidden: frozenset[str]  # prefixes of links that show no text
    language: str


_UNKNOWN = _Site("", HIDDEN, "")


class _Options(NamedTuple):
    """Which pages a recipe wants, and how."""

    namespaces: frozenset[str]
    drop: frozenset[str]
    min_words: int
    tables: bool
    max_page_bytes: int


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves, by its name: of bzip2 if it is many streams."""
    return name.lower().endswith((".bz2", ".xml"))


def read(
    uri: str,
    *,
    license: str | None = None,
    namespaces: list[int] | None = None,
    tables: Literal["markdown", "drop"] = "markdown",
    drop: list[Literal["disambiguation", "stub"]] = ["disambiguation"],  # noqa: B006 - never changed
    min_words: NonNegativeInt = 0,
    max_page_bytes: PositiveInt = 20_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", name_license, "metadata"]:
    """Pages of a `pages-articles` dump (.xml, .bz2, .gz, .xz, .zst) in any language, as Markdown.

    Between the bytes `start` and `stop` of the file: of the blocks (4 MiB) that begin there. What is neither
    plain nor bzip2 of many streams (`multistream`) is read by the range that begins at 0. What becomes of
    the markup says `ingest.wikis.text`; `tables = "drop"` leaves tables out. `url` and `date` (of the
    revision) are set, `license` is what the recipe says. `metadata` holds title, page id and the wiki's
    language, `infobox` (its name and fields), `kind` (`disambiguation` or `stub`, by templates in the
    languages that `ingest/wikis/templates.toml` knows) and of a redirect where it leads.
    Dropped: `mediawiki.redirect`, `mediawiki.namespace` (not in `namespaces`; if not set, all but articles),
    `mediawiki.model` (scripts and styles), `mediawiki.disambiguation` and `mediawiki.stub` (where `drop`
    names them), `mediawiki.too_short` (fewer than `min_words`), `mediawiki.no_text`. Errors: pages that are
    no valid XML, of broken markup or over `max_page_bytes`, and damage of the compressed file; reading goes
    on at the next page. Raises FileNotFoundError.
    """
    spaces = frozenset(str(number) for number in (namespaces if namespaces is not None else [0]))
    choice = _Options(spaces, frozenset(drop), min_words, tables == "markdown", max_page_bytes)
    with open_uri(uri, start, stop) as raw:
        rows = report_empty(partial(_read_pages, raw, choice), _EMPTY, start, stop)
        for frame in frames(rows, schema=PLACED):
            yield frame.with_columns(pl.lit(license, dtype=pl.String).alias("license"))


def _read_pages(raw: BinaryIO, choice: _Options, start: int, stop: int | None) -> Iterator[PlacedRow]:
    head = _find_site(raw)
    for section, source, _ in cut(raw, start, stop, _OPENS, _find_page):
        for count, row in enumerate(_read_section(_recode(source), head, choice)):
            key, place = make_address("page", section.start, count)
            yield {"key": key, "place": place, **row}


def _find_page(raw: BinaryIO, start: int, stop: int) -> int | None:
    """Where a page begins in a plain dump: `<` stands in no text. None in UTF-16, which is one section."""
    return next(search(raw, _PAGE, start, stop, _TAG_BYTES), None)


def _find_site(raw: BinaryIO) -> _Site:
    """What the <siteinfo> at the head of the file says, which a later range has to read there."""
    for element, error in _cut_elements(islice(_recode(read_pieces(raw)), _HEAD_PIECES), OUT_BYTES):
        if error or not element.startswith(b"<siteinfo>"):
            break
        with suppress(etree.XMLSyntaxError):
            return _read_site(_parse(element))
    return _UNKNOWN


def _read_section(source: Iterator[Piece], site: _Site, choice: _Options) -> Iterator[Row]:
    for element, error in _cut_elements(source, choice.max_page_bytes):
        if error:
            yield {"error": error}
            continue
        if element.startswith(b"<page>"):
            yield read_record(_read_page, element, site, choice)
            continue
        try:
            site = _read_site(_parse(element))
        except etree.XMLSyntaxError as bad:
            yield {"error": _format_invalid(bad)}


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
    names = set(HIDDEN)
    for space in node.iterfind("namespaces/namespace"):
        if space.get("key") in _FILES_AND_CATEGORIES and space.text:
            names.add(space.text.lower())
    language = _PROJECT.sub("", node.findtext("dbname") or "").replace("_", "-")
    return _Site(base.rsplit("/", 1)[0] if base else "", frozenset(names), language)


def _format_invalid(bad: etree.XMLSyntaxError) -> str:
    return f"invalid XML ({bad}); skipped to the next page"


def _read_page(element: bytes, site: _Site, choice: _Options) -> Row:
    try:
        node = _parse(element)
    except etree.XMLSyntaxError as bad:
        return {"error": _format_invalid(bad)}
    title = node.findtext("title") or ""
    revision = node.find("revision")
    notes: dict[str, Any] = {"title": title, "page_id": node.findtext("id"), "language": site.language}
    row = Row()
    if site.base:
        row["url"] = f"{site.base}/{quote(title.replace(' ', '_'), safe='/:(),!*@~')}"
    if revision is None:
        return {**row, "metadata": write_notes(notes), "error": "the page has no revision"}
    row["date"] = revision.findtext("timestamp")
    wikitext = revision.findtext("text") or ""
    target = node.find("redirect")
    leads = find_redirect(wikitext) if target is None else target.get("title") or find_redirect(wikitext)
    if leads or target is not None:
        notes["redirect"] = leads
        return {**row, "metadata": write_notes(notes), "drop_reason": "mediawiki.redirect"}
    if (node.findtext("ns") or "0") not in choice.namespaces:
        return {**row, "metadata": write_notes(notes), "drop_reason": "mediawiki.namespace"}
    if (revision.findtext("model") or "wikitext") != "wikitext":
        return {**row, "metadata": write_notes(notes), "drop_reason": "mediawiki.model"}
    if broken := find_broken(wikitext, "".join(cut_tables(wikitext)[1])):
        error = f"broken markup: {broken}; mend the page in the dump, or leave it out"
        return {**row, "metadata": write_notes(notes), "error": error}
    page = Page(site.hidden, site.language, title, choice.tables)
    text = plain_text(wikitext, page)
    notes |= {"kind": detect_kind(wikitext, page.templates), "infobox": page.infobox}
    row["metadata"] = write_notes(notes)
    if why := _judge(text, notes["kind"], choice):
        return {**row, "drop_reason": f"mediawiki.{why}"}
    return {**row, "text": f"# {title}\n\n{text}"}


def _judge(text: str, kind: str | None, choice: _Options) -> str | None:
    """Why a page is left out, or None."""
    if kind in choice.drop:
        return kind
    if not text:
        return "no_text"
    few = choice.min_words and count_words(text) < choice.min_words
    return "too_short" if few else None
