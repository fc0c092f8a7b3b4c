"""Books of Project Gutenberg in plain text, without its header and license."""

import json
from collections.abc import Iterator
from typing import Annotated, Literal

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.books.chapters import Chapter, count_words, cut_chapters, write_chapter
from winnow.ingest.books.header import read_header
from winnow.ingest.books.license import cut_license, detect_rights, drop_notes
from winnow.ingest.io.batches import PLACED, SourceRow, frames, read_record
from winnow.ingest.io.charset import decode
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.uris import name_file

TELLS = {"kind": "public", "content": ["fiction", "non-fiction"]}

_COLUMNS = pl.Schema({**PLACED, **dict.fromkeys(("license", "author", "thread"), pl.String())})
_DECLARED = {"iso-latin-1": "iso-8859-1", "iso 8859-1": "iso-8859-1", "unicode utf-8": "utf-8"}
_FEW_WORDS = 50
_HEAD_BYTES = 20_000
_FREE = "Public domain in the USA"


def read(
    uri: str,
    *,
    by: Literal["book", "chapter"] = "book",
    license: str | None = None,
    copyrighted: Literal["drop", "keep"] = "drop",
    max_bytes: PositiveInt = 50_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata", "license", "author", "thread"]:
    """A book of one file (.txt, plain or packed), as Markdown: a row, or a row for each chapter.

    Header and license go by their marks in all forms since 1991, with transcribers' notes, credits,
    illustrations' captions and page numbers; hard-wrapped lines are joined, verse keeps its lines; chapters
    have headings, a list of contents has none. From the header are `author`, `date` (of the release), `url`
    and `thread` (by the book's number) and, in `metadata`, title, translator, language and number.
    `license` is "Public domain in the USA" where the file says so, else what the recipe says. Dropped:
    `gutenberg.copyrighted` (by its own word, unless `copyrighted = "keep"`), `gutenberg.no_text`. A file of
    more than `max_bytes`, or that is no text, is an error row. Raises FileNotFoundError.
    """
    yield from frames(_read_rows(uri, by, license, copyrighted, max_bytes), schema=_COLUMNS)


def _read_rows(
    uri: str, by: str, license: str | None, copyrighted: str, max_bytes: int
) -> Iterator[SourceRow]:
    data = read_bytes(uri, max_bytes, unpack=True)
    whole: list[tuple[SourceRow, list[Chapter]]] = []
    row = read_record(_read_book, data, name_file(uri), license, copyrighted, whole)
    if not whole:
        yield {"key": "book", **row, "place": 0}
        return
    about, chapters = whole[0]
    if by == "book":
        yield {"key": "book", **read_record(_write_book, about, chapters), "place": 0}
        return
    for number, group in enumerate(_join_short(chapters)):
        yield {"key": f"chapter {number}", **read_record(_write_one, about, group, number), "place": number}


def _read_book(
    data: bytes,
    name: str,
    license: str | None,
    copyrighted: str,
    whole: list[tuple[SourceRow, list[Chapter]]],
) -> SourceRow:
    """What is told of the book, alone where it is none to keep, else in `whole` with its chapters."""
    if b"\0" in data[:_HEAD_BYTES] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return SourceRow(error=f"{name} is no text: a NUL byte")
    declared = read_header(data[:_HEAD_BYTES].decode("latin-1").splitlines()).get("character set encoding")
    text, _ = decode(data, _DECLARED.get((declared or "").lower(), declared))
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    header, lines, marked = cut_license(text.split("\n"))
    fields = read_header(header or text[:_HEAD_BYTES].split("\n"))
    rights = detect_rights(text) if marked else None
    number = fields.get("number")
    about = SourceRow(
        author=fields.get("author"),
        date=fields.get("release"),
        url=f"https://www.gutenberg.org/ebooks/{number}" if number else None,
        thread=f"gutenberg:{number or name}",
        license=_FREE if rights == "free" else license,
    )
    notes = {"file": name, **{key: fields.get(key) for key in ("title", "number", "language", "translator")}}
    about["metadata"] = write_notes(notes | {"marks": None if marked else "none"})
    if rights == "copyrighted" and copyrighted == "drop":
        return {**about, "drop_reason": "gutenberg.copyrighted"}
    chapters = cut_chapters(drop_notes(lines))
    if not chapters:
        return {**about, "drop_reason": "gutenberg.no_text"}
    whole.append((about, chapters))
    return about


def _write_book(about: SourceRow, chapters: list[Chapter]) -> SourceRow:
    title = json.loads(about["metadata"] or "{}").get("title")
    written = [f"# {title}"] * bool(title) + [write_chapter(chapter) for chapter in chapters]
    return {**about, "text": "\n\n".join(filter(None, written))}


def _join_short(chapters: list[Chapter]) -> Iterator[list[Chapter]]:
    """Chapters, each behind the headings and few words (of a title page, of a part) that stand before it."""
    group: list[Chapter] = []
    for chapter in chapters:
        group.append(chapter)
        if count_words(chapter.lines) >= _FEW_WORDS:
            yield group
            group = []
    if group:
        yield group


def _write_one(about: SourceRow, group: list[Chapter], number: int) -> SourceRow:
    notes = json.loads(about["metadata"] or "{}") | {"chapter": group[-1].heading or None, "order": number}
    text = "\n\n".join(filter(None, map(write_chapter, group)))
    row: SourceRow = {**about, "metadata": json.dumps(notes, ensure_ascii=False), "text": text}
    return row if text else {**row, "text": None, "drop_reason": "gutenberg.no_text"}
