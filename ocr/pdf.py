"""PDF files with a text layer."""

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem

from ocr.layout.assembly import build_page
from ocr.layout.chapters import cut_sections, find_chapters, split_long
from ocr.layout.furniture import remove_furniture
from ocr.layout.headings import Style, find_style
from ocr.layout.hyphens import collect_words
from ocr.layout.lines import Page
from ocr.layout.text import write
from ocr.process.pages import read_pages

SCHEMA = pl.Schema(dict.fromkeys(("key", "text", "metadata", "drop_reason", "error"), pl.String))
MAX_UNMAPPED_RATIO = 0.2
UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
Row = dict[str, str | None]


class PdfError(Exception):
    """A body that is no PDF to be read; the message says why and what to do."""


def read(
    uri: str,
    *,
    page_seconds: float = 20,
    max_memory_mb: int = 2048,
    max_pages: int = 5000,
    max_file_mb: int = 512,
    min_chapter_pages: int = 20,
    max_document_chars: int = 1_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", "metadata"]:
    """Source step: the text layer of a PDF as paragraphs, one document a chapter or a file.

    A PDF of more than `min_chapter_pages` pages whose outline has a top level is split there (key
    `pages 12-19: Title`); longer documents than `max_document_chars` are split between pages. Running
    heads, feet and page numbers are taken out, hyphens of line ends resolved, code keeps its lines.
    `metadata` is JSON: `title`, `chapter`, `pages` [first, last], `page_count`, `producer`,
    `pages_without_text`,
    `repaired`.

    The file is read in a child process. A page that crashes it, takes longer than `page_seconds` or more
    than `max_memory_mb`, becomes an `error` row (key `page 7`), and so do the pages behind `max_pages`
    together; the rest is kept. An encrypted, damaged, empty or too large (`max_file_mb`) file is one
    `error` row. Documents without text get `pdf.no_text_layer`, those whose fonts do not say which
    characters they draw `pdf.unmapped_fonts`. Raises FileNotFoundError where there is no file.
    """
    with _fetch(uri, max_file_mb) as (path, wrong):
        if wrong:
            yield _make_frame([{"key": None, "error": f"{uri}: {wrong}"}])
            return
        answers = read_pages(
            path, page_seconds=page_seconds, max_memory_mb=max_memory_mb, max_pages=max_pages
        )
        head = next(answers)
        if "error" in head:
            yield _make_frame([{"key": None, "error": f"{uri}: {head['error']}"}])
            return
        pages, errors = _sort_out(uri, answers, head["pages"], max_pages)
    rows = _make_documents(head, pages, min_chapter_pages, max_document_chars)
    for row in _put_in_order(rows, errors):
        yield _make_frame([row])


def extract(
    docs: Annotated[pl.DataFrame, "id", "media_type?", "body?"],
    *,
    page_seconds: float = 20,
    max_memory_mb: int = 2048,
    max_pages: int = 5000,
) -> Annotated[pl.DataFrame, "text", "metadata", "body?", "pdf_pages", "pdf_failed_pages"]:
    """Shard step: `text` of PDFs out of the Binary column `body`, as a reader of archives hands them on.

    Rows whose `media_type` is application/pdf and whose body is not null become one document each, as `read`
    makes it of a file without chapters, and their `body` becomes null; other rows pass as they are. The
    PDF's title and the like are added to `metadata`. Signals: `pdf_pages`, and `pdf_failed_pages`, those
    that crashed, took too long, or lie behind `max_pages`. Drops `pdf.no_text_layer`, `pdf.unmapped_fonts`.
    Raises PdfError for a body that is encrypted, damaged or no PDF.
    """
    if "body" not in docs.columns:
        return docs.with_columns(pdf_pages=pl.lit(None, pl.Int64), pdf_failed_pages=pl.lit(None, pl.Int64))
    place, columns = docs["id"].to_list(), ("text", "metadata", "drop_reason")
    values = {name: _list_strings(docs, name) for name in columns}
    counts: list[tuple[int | None, int | None]] = [(None, None)] * docs.height
    mine = docs.select(
        (pl.col("media_type") == "application/pdf") & pl.col("body").is_not_null() & _is_undropped(docs)
    ).to_series()
    for i in mine.arg_true():
        row, counts[i] = _read_bytes(place[i], docs["body"][i], page_seconds, max_memory_mb, max_pages)
        notes = {**json.loads(values["metadata"][i] or "{}"), **json.loads(row["metadata"] or "{}")}
        values["text"][i], values["drop_reason"][i] = row["text"], row["drop_reason"]
        values["metadata"][i] = json.dumps(notes, ensure_ascii=False)
    return docs.with_columns(
        *(pl.Series(name, values[name], dtype=pl.String) for name in columns),
        pl.when(mine.not_()).then(pl.col("body")).alias("body"),
        pl.Series("pdf_pages", [count for count, _ in counts], dtype=pl.Int64),
        pl.Series("pdf_failed_pages", [failed for _, failed in counts], dtype=pl.Int64),
    )


def _is_undropped(docs: pl.DataFrame) -> pl.Expr:
    return pl.col("drop_reason").is_null() if "drop_reason" in docs.columns else pl.lit(True)


def _list_strings(docs: pl.DataFrame, name: str) -> list[str | None]:
    return docs[name].to_list() if name in docs.columns else [None] * docs.height


def _read_bytes(
    name: str, body: bytes, page_seconds: float, max_memory_mb: int, max_pages: int
) -> tuple[Row, tuple[int, int]]:
    """A whole PDF as one row, and its number of pages and of those that failed."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        copy.write(body)
        copy.flush()
        answers = read_pages(
            copy.name, page_seconds=page_seconds, max_memory_mb=max_memory_mb, max_pages=max_pages
        )
        head = next(answers)
        if "error" in head:
            raise PdfError(head["error"].replace(copy.name, "the body"))
        pages, _ = _sort_out(name, answers, head["pages"], max_pages)
    if not pages:
        raise PdfError(f"none of the PDF's {head['pages']} pages can be read: fetch it again")
    clean = remove_furniture(pages)
    style = find_style(clean, head["outline"])
    row = _make_row(head, "", clean, collect_words(clean), style)
    return row, (head["pages"], head["pages"] - len(pages))


@contextmanager
def _fetch(uri: str, max_file_mb: int) -> Iterator[tuple[str, str | None]]:
    """A path of the file on this machine, and what is wrong with it."""
    system, path = (LocalFileSystem(), uri) if _is_local(uri) else fsspec.url_to_fs(uri)
    if not system.exists(path):
        raise FileNotFoundError(f"no file {uri}")
    size = system.size(path)
    if size == 0:
        yield path, "an empty file: fetch it again"
    elif size and size > max_file_mb * 2**20:
        yield path, f"larger than {max_file_mb} MiB: raise max_file_mb or split it"
    elif isinstance(system, LocalFileSystem):
        yield path, None
    else:
        with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
            system.get_file(path, copy.name)
            yield copy.name, None


def _is_local(uri: str) -> bool:
    """Whether it is a file's name, which may hold `::`, at which fsspec would split it."""
    try:
        return Path(uri).is_file()
    except OSError:  # too long for a name
        return False


def _sort_out(
    uri: str, answers: Iterator[dict[str, Any]], count: int, max_pages: int
) -> tuple[list[Page], dict[int, Row]]:
    """The pages that could be read, and an error row for each of the others, by page number from 0."""
    pages: list[Page] = []
    errors: dict[int, Row] = {}
    for answer in answers:
        number = answer["page"]
        if "lost" in answer:
            errors[number] = {
                "key": f"pages {number + 1}-{count}",
                "error": f"{uri}: the rest of the file is lost from page {number + 1}: {answer['lost']}",
            }
        elif "error" in answer:
            errors[number] = {
                "key": f"page {number + 1}",
                "error": f"{uri}, page {number + 1}: {answer['error']}",
            }
        else:
            pages.append(build_page(answer))
    if count > max_pages and not any("-" in (row["key"] or "") for row in errors.values()):
        errors[max_pages] = {
            "key": f"pages {max_pages + 1}-{count}",
            "error": f"{uri}: the rest of the file is not read, {count} pages: raise max_pages",
        }
    return pages, errors


def _make_documents(
    head: dict[str, Any], pages: Sequence[Page], min_chapter_pages: int, max_chars: int
) -> Iterator[tuple[int, Row]]:
    """A row for each document, with the number of its first page."""
    clean = remove_furniture(pages)
    words, style = collect_words(clean), find_style(clean, head["outline"])
    found = find_chapters(head["outline"]) if head["pages"] > min_chapter_pages else []
    for section in cut_sections(clean, found):
        for part in split_long(section.pages, max_chars):
            yield part[0].number, _make_row(head, section.title, part, words, style)


def _make_row(
    head: dict[str, Any], title: str, pages: Sequence[Page], words: frozenset[str], style: Style
) -> Row:
    text = write(pages, words, style).text
    first, last = pages[0].number + 1, pages[-1].number + 1
    span = f"page {first}" if first == last else f"pages {first}-{last}"
    metadata = {
        "title": head["title"],
        "chapter": title,
        "pages": [first, last],
        "page_count": head["pages"],
        "producer": head["producer"],
        "repaired": head["repaired"],
        "pages_without_text": sum(not page.lines for page in pages),
    }
    letters = len(text) - text.count(" ") - text.count("\n")
    reason = None
    if not letters:
        reason = "pdf.no_text_layer"
    elif len(UNMAPPED.findall(text)) > MAX_UNMAPPED_RATIO * letters:
        reason = "pdf.unmapped_fonts"
    return {
        "key": f"{span}: {title}" if title else span,
        "text": text,
        "metadata": json.dumps({k: v for k, v in metadata.items() if v not in ("", 0)}, ensure_ascii=False),
        "drop_reason": reason,
    }


def _put_in_order(rows: Iterator[tuple[int, Row]], errors: dict[int, Row]) -> Iterator[Row]:
    """Documents and failed pages by first page; a failed page behind the document that it is missing in."""
    ordered = [(number, 0, row) for number, row in rows]
    ordered += [(number, 1, row) for number, row in errors.items()]
    yield from (row for _, _, row in sorted(ordered, key=lambda item: item[:2]))


def _make_frame(rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)
