"""Books in EPUB."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Annotated, Literal

import polars as pl
from lxml import etree
from pydantic import PositiveInt

from winnow.ingest.books.container import (
    BookError,
    Package,
    is_encrypted,
    open_container,
    parse_text,
    read_member,
    read_package,
)
from winnow.ingest.io.batches import PLACED, SourceRow, Unreadable, frames, read_record
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.uris import name_file
from winnow.ingest.licenses.links import name_license
from winnow.ingest.markdown.cells import local_name
from winnow.ingest.markdown.page import write_markdown

_COLUMNS = pl.Schema({**PLACED, **dict.fromkeys(("license", "author", "thread", "preferences"), pl.String())})
_TYPE = "{http://www.idpf.org/2007/ops}type"
_NOTE_MARK = re.compile(r"\b(?:doc-)?note-?ref\b|\bfootnote-?ref(?:erence)?\b")
_NO_TEXT = re.compile(
    r"\b(?:doc-)?page-?break\b|\bpagenum(?:ber)?\b|\bheaderlink\b|^ocn$|^related$|^sphinxsidebar$"
)
_SPELLED = re.compile(
    r"Creative Commons (Attribution[A-Za-z -]{0,50}?)(?: (\d\.\d)|(?=[,.;)]|$))", re.IGNORECASE
)
_PARTS = (("attribution", "BY"), ("noncommercial", "NC"), ("noderiv", "ND"), ("sharealike", "SA"))
_MIN_NAME = 10  # of an identifier; "unknown" and the like name no book
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_FEW_WORDS = 50
_MIN_LINKS, _MIN_LINKED = 5, 0.75
_MAX_MARK_CHARS = 12


class BookRow(SourceRow, total=False):
    """A row of a book, which may say what it may be used for."""

    preferences: str | None


def read(
    uri: str,
    *,
    by: Literal["book", "chapter"] = "book",
    license: str | None = None,
    max_bytes: PositiveInt = 300_000_000,
    max_text_bytes: PositiveInt = 100_000_000,
) -> Annotated[
    Iterator[pl.DataFrame],
    *("text", "date", "metadata", "license", "author", "thread"),
    {"preferences": pl.String()},
]:
    """A book in EPUB 2 or 3 as Markdown, in the order of its spine: a row, or a row for each chapter.

    A chapter is a document of the spine, with those of a few words before it. Headings, lists, tables, code,
    quotations, formulas and footnotes are kept (a mark is `[1]`); tables of contents, covers, images and
    page numbers are left out, and nothing is judged as boilerplate. From the package are `author`, `date`,
    `license` (where `rights` names one that has an SPDX identifier, else what the recipe says) and, in
    `metadata`, title, language, publisher, identifier and rights; `thread` is the book. `preferences` is
    what the package says of mining (TDM Reservation Protocol), in JSON as `ingest.warc:read` writes it, `in`
    "epub".
    Dropped: `epub.drm` (encrypted texts; mangled fonts are none), `epub.no_text`. Errors: what is no EPUB or
    has more than `max_bytes`, and each text that is missing, damaged, no XHTML or brings the book over
    `max_text_bytes` of unpacked texts; the others are read, and `lost` in `metadata` of the book is how many
    are not in it. Nothing is written to disk, no entity expanded and nothing fetched. Raises
    FileNotFoundError.
    """
    yield from frames(_read_rows(uri, by, license, max_bytes, max_text_bytes), schema=_COLUMNS)


def _read_rows(
    uri: str, by: str, license: str | None, max_bytes: int, max_text_bytes: int
) -> Iterator[BookRow]:
    name = name_file(uri)
    try:
        data = read_bytes(uri, max_bytes)
    except Unreadable as error:
        yield {"key": "book", "place": 0, "error": str(error)}
        return
    found: list[tuple[zipfile.ZipFile, Package]] = []
    about = read_record(_open_book, data, name, license, found)
    if not found:
        yield {"key": "book", "place": 0, **about}
        return
    rows = _read_chapters(*found[0], max_text_bytes)
    for place, row in enumerate(_join(rows) if by == "chapter" else _gather(rows)):
        notes = json.loads(about["metadata"] or "{}") | json.loads(row.get("metadata") or "{}")
        if by == "chapter" and row.get("text"):
            notes |= {"member": row["key"], "order": place}
        yield {**about, **row, "metadata": json.dumps(notes, ensure_ascii=False), "place": place}


def _read_chapters(container: zipfile.ZipFile, package: Package, max_text_bytes: int) -> Iterator[SourceRow]:
    """The texts of the spine that hold any, and those that could not be read."""
    left = max_text_bytes
    sizes = {info.filename: info.file_size for info in container.infolist()}  # no more is unpacked than these
    for member in package.spine:
        row = read_record(_read_chapter, container, member, left)
        left -= sizes[member] if sizes.get(member, left + 1) <= left else 0
        if row.get("text") or row.get("error"):
            yield {**row, "key": member}
    for key, why in package.lost.items():
        yield {"key": f"item {key}", "error": why}


def _gather(rows: Iterator[SourceRow]) -> Iterator[SourceRow]:
    """The row of the whole book, which counts the texts that are lost, and one for each of those."""
    texts, lost = [], 0
    for row in rows:
        if row.get("error"):
            lost += 1
            yield row
        else:
            texts.append(str(row["text"]))
    text = "\n\n".join(texts)
    whole = SourceRow(text=text) if text else SourceRow(drop_reason="epub.no_text")
    yield {"key": "book", **whole, "metadata": write_notes({"lost": lost})}


def _join(rows: Iterator[SourceRow]) -> Iterator[SourceRow]:
    """A row for each chapter, with the texts of a few words that stand before it."""
    texts: list[str] = []
    key, any_row = "book", False
    for row in rows:
        if row.get("error"):
            any_row = True
            yield row
            continue
        texts.append(str(row["text"]))
        key = row["key"]
        if len(texts[-1].split()) >= _FEW_WORDS:
            any_row = True
            yield {"key": key, "text": "\n\n".join(texts)}
            texts = []
    if texts:
        yield {"key": key, "text": "\n\n".join(texts)}
    elif not any_row:
        yield {"key": "book", "drop_reason": "epub.no_text"}


def _open_book(
    data: bytes, name: str, license: str | None, found: list[tuple[zipfile.ZipFile, Package]]
) -> BookRow:
    """What is told of the book; alone where it cannot be read, else with container and package in `found`."""
    try:
        container = open_container(data)
        if is_encrypted(container):
            return BookRow(drop_reason="epub.drm", metadata=write_notes({"file": name}))
        package = read_package(container)
    except BookError as error:
        return BookRow(error=f"{name} is no EPUB that can be read: {error}")
    said = package.metadata
    one = {key: values[0] for key, values in said.items()}
    rights = "; ".join(said.get("rights", []))
    spdx = name_license(_SPELLED.sub(_abbreviate, rights))
    notes = {"file": name, **{key: one.get(key) for key in ("title", "language", "publisher", "identifier")}}
    date = _DATE.match(one.get("date", ""))
    found.append((container, package))
    return BookRow(
        author="; ".join(said.get("creator", [])) or None,
        date=date.group() if date else None,
        license=spdx if spdx and " " not in spdx else license,
        preferences=json.dumps(package.preferences, ensure_ascii=False) if package.preferences else None,
        thread=f"epub:{one['identifier'] if len(one.get('identifier', '')) >= _MIN_NAME else _digest(data)}",
        metadata=write_notes({**notes, "rights": rights}),
    )


def _abbreviate(found: re.Match[str]) -> str:
    parts = [short for word, short in _PARTS if word in found[1].lower().replace(" ", "").replace("-", "")]
    return f"CC {'-'.join(parts)} {found[2] or ''}"


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def _read_chapter(container: zipfile.ZipFile, member: str, max_bytes: int) -> SourceRow:
    try:
        root = parse_text(read_member(container, member, max_bytes))
    except BookError as error:
        return SourceRow(error=str(error))
    except ValueError as error:
        return SourceRow(error=f"{member} is no XHTML that can be read: {error}")
    if root is None:
        return SourceRow(error=f"{member} is no XHTML")
    if _is_contents(root):
        return SourceRow(text="")
    for node in list(root.iter()):
        _prune(node)
    return SourceRow(text=write_markdown(root))


def _is_contents(root: etree._Element) -> bool:
    """Whether a document is little but links into the book: contents that the package does not tell."""
    links = [node for node in root.iter("{*}a") if _is_inner(node.get("href") or "")]
    if len(links) < _MIN_LINKS:
        return False
    body = next(root.iter("{*}body"), root)
    linked = sum(len("".join(map(str, node.itertext()))) for node in links)
    return linked > _MIN_LINKED * sum(len(str(text).strip()) for text in body.itertext())


def _is_inner(href: str) -> bool:
    return bool(href) and "//" not in href and not href.startswith("mailto:")


def _prune(node: etree._Element) -> None:
    """Take page numbers out, and write the marks of notes in brackets."""
    name = local_name(node)
    if name not in ("a", "span", "div", "sup", "hr", "label"):
        return
    kinds = " ".join(
        filter(None, [node.get(_TYPE), node.get("epub:type"), node.get("role"), node.get("class")])
    ).lower()
    if not kinds:
        return
    if _NO_TEXT.search(kinds) or node.get("role") == "navigation":
        tail = node.tail
        node.clear()
        node.tail = tail
    elif _NOTE_MARK.search(kinds) and name in ("a", "sup"):
        mark = "".join(map(str, node.itertext())).strip(" \n[]()")
        if 0 < len(mark) <= _MAX_MARK_CHARS:
            tail = node.tail
            node.clear()
            node.tag, node.text, node.tail = "span", f"[{mark}]", tail
