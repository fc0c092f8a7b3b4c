"""PDFs: each page from its text layer where that says what the page shows, else from its picture."""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from winnow.ocr.engines.cascade import Engine, check_engine
from winnow.ocr.engines.languages import TesseractLanguage
from winnow.ocr.engines.tesseract import check_languages
from winnow.ocr.layout.documents import FailedPages, Row, make_documents, sort_out
from winnow.ocr.panel.drawn import panel as panel
from winnow.ocr.process.fetch import fetch
from winnow.ocr.process.model import check_settings, read_again
from winnow.ocr.process.needs import list_needs
from winnow.ocr.process.pages import read_pages
from winnow.ocr.process.passwords import list_passwords
from winnow.ocr.process.samples import show_pages, try_pages
from winnow.ocr.process.work import COLUMN, count_work, write_work
from winnow.ocr.reader.page import Reader, check_reader

# Beside the steps, for the engine: what it asks the module of a reader for.
__all__ = ["extract", "read", "show_pages", "try_pages"]

NEEDS = list_needs("read", "extract")
SIGNALS: dict[str, type[pl.DataType]] = {
    "pdf_pages": pl.Int64,
    "pdf_ocr_pages": pl.Int64,
    "pdf_failed_pages": pl.Int64,
    "ocr_quality": pl.Float32,
}
TEXTS = (
    *("key", "text", "license", "license_evidence", "metadata", "preferences"),
    *("drop_reason", "error"),
)
SAID = {"license_evidence": pl.String(), "preferences": pl.String()}
SCHEMA = pl.Schema([*((name, pl.String) for name in TEXTS), *SIGNALS.items()])
WHOLE = float("inf")


class PdfError(Exception):
    """A body that is no PDF to be read; the message says why and what to do."""


def read(
    uri: str,
    *,
    ocr: bool = True,
    languages: list[TesseractLanguage] | None = None,
    engine: Engine = "tesseract",
    reader: Reader = "mupdf",
    passwords: Path | None = None,
    vlm: dict[str, str | int | float] | None = None,
    page_seconds: PositiveFloat = 20,
    max_memory_mb: PositiveInt = 2048,
    max_pages: PositiveInt = 5000,
    max_file_mb: PositiveInt = 512,
    min_chapter_pages: NonNegativeInt = 20,
    max_document_chars: PositiveInt = 1_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", "license", "metadata", SAID, SIGNALS]:
    """Source step: a PDF as Markdown, page by page from its text layer or its picture, one document a chapter
    or a file.

    A page is recognized (Tesseract, in `languages`, by its names: `["eng"]` by default) where it has no text
    layer, or one that is not what the page shows. A layer that only its letters speak against stays unless
    OCR has a model of its script and reads better (`fallbacks`). With `ocr = false` all pages are taken from
    their layer.
    `engine = "cascade"` asks RapidOCR (an extra, `cascade`) too: where Tesseract is unsure of a line both
    vote, and what is Chinese or Japanese, or hard as a whole, RapidOCR may read alone. A page that is read
    by both takes two to four times as long.

    `reader` opens the file: `"mupdf"` (PyMuPDF: AGPL or commercial), or `"pdfium"` (pypdfium2: Apache-2.0 or
    BSD), with which no code under the AGPL is loaded. PDFium is slower, does not say what of a page is
    damaged (`damaged_pages` is missing, and a page that is empty for that is blank), and finds a license or a
    reservation only where the XMP packet stands in the file as it is. What MuPDF cannot open, and pages that
    it reads nothing or only a part of, are asked of PDFium where that is installed, but for those over a
    bound; what PDFium reads more of counts in `fallbacks` ("read by pdfium"). Not the other way round.

    `passwords` names a file of passwords, one a line (UTF-8): they are tried in order where the empty one
    does not open a file (`unlocked` in `metadata`). They stand in no output, and not even a digest of the
    file does: another list makes no stage stale (`--redo`).

    With `vlm` the pages that are recognized are read again by a vision-language model: `url` (of an
    OpenAI-compatible server, with /v1), `model`, and if wanted `prompt` (a file), `store` (a folder in which
    answers are kept: no page is paid for twice), `in_flight` (8), `page_seconds` (120), `attempts` (4),
    `max_tokens` (6000), `key_env` (the variable that holds the key). A page of which it gives no answer that
    agrees with what Tesseract read stays as that read it: `fallbacks` in `metadata` counts those by reason.

    A PDF of more than `min_chapter_pages` pages whose outline has a top level is split there (key
    `pages 12-19: Title`); longer documents than `max_document_chars` are split between pages. Running
    heads, feet and page numbers are taken out, hyphens of line ends resolved; columns come one after the
    other; tables, headings, lists and code are marked.

    `license` is an SPDX name out of the XMP packet, or of plain words on the first or last page
    (`LicenseRef-all-rights-reserved` where rights are kept), `license_evidence` what says so
    (docs/licenses.md).

    `metadata` is JSON: `title`, `author`, `created`, `license`, `producer`, `chapter`, `document_type`
    (article, manual, form, table_of_contents, index, slides, catalogue, letter, other), `pages` [first,
    last], `page_count`, `repaired`, `pages_without_text`, `routes` {"route: reason": pages}, `page_spans` (of
    each page its number, where its text begins and ends, engine, route, reason, quality), `holes` (first and
    last page, where in the text they are missing, error), `layout` (what was removed and marked, counted),
    `models` (pages by the languages that they were recognized in: others where another script is seen),
    `fallbacks`, `noise_lines` (of which the engine was so unsure that they were left out: stains, drawings),
    `sharpened_pages` (blurred ones), `pages_with_unread` (of which a twentieth of what may be text, by its
    area, could not be recognized) and `damaged_pages` (of which something could not be read, and the rest
    was).
    `preferences` is what the XMP packet says of mining (TDM Reservation Protocol), in JSON as
    `ingest.warc:read` writes it, `in` "xmp".
    Signals: `pdf_pages`, `pdf_ocr_pages`, `pdf_failed_pages`, and `ocr_quality`, the share of characters
    that are expected to be right: on the pages that were recognized by their letters, all on the others, by
    pages (null: none was recognized).

    The file is read in a child process. A page that crashes it, takes longer than `page_seconds` (of
    processor time) or more than `max_memory_mb`, or that is empty because it is damaged, becomes an `error`
    row (key `page 7`), and so do the pages behind `max_pages` together; the rest is kept. An encrypted,
    damaged, empty or too large (`max_file_mb`) file is one `error` row. Documents without text get
    `pdf.no_text` (`pdf.no_text_layer` where no page was recognized, `pdf.xfa` for forms of Adobe's reader),
    those whose fonts do not say which characters they draw `pdf.unmapped_fonts`. Raises FileNotFoundError
    where there is no file, MissingLanguage where a language has no model, ImportError where `engine` or
    `reader` needs a package that is not installed.
    """
    asked = _ask(ocr, languages, engine, reader, passwords, page_seconds, max_memory_mb, max_pages)
    model = check_settings(vlm) if vlm else None
    began = time.thread_time()
    with fetch(uri, max_file_mb) as (path, wrong), tempfile.TemporaryDirectory() as pictures:
        if wrong:
            yield _make_frame([{"key": None, "error": f"{uri}: {wrong}"}])
            return
        answers = read_pages(path, pictures=pictures if model else "", **asked)
        head = next(answers)
        if "error" in head:
            yield _make_frame([{"key": None, "error": f"{uri}: {head['error']}"}])
            return
        said = read_again(answers, model) if model else answers
        pages, failed = sort_out(said, head["pages"], max_pages)
    documents = make_documents(
        head, pages, failed, min_chapter_pages=min_chapter_pages, max_chars=max_document_chars
    )
    rows = _put_in_order(documents, [_make_error(uri, one) for one in failed])
    work = count_work(head, pages, failed, time.thread_time() - began)
    for number, row in enumerate(rows):
        yield _make_frame([row]).with_columns(
            pl.lit(None if number else write_work(work), pl.String).alias(COLUMN)
        )


def extract(
    docs: Annotated[pl.DataFrame, "media_type?", "body?", "[preferences]"],
    *,
    ocr: bool = True,
    languages: list[TesseractLanguage] | None = None,
    engine: Engine = "tesseract",
    reader: Reader = "mupdf",
    passwords: Path | None = None,
    page_seconds: PositiveFloat = 20,
    max_memory_mb: PositiveInt = 2048,
    max_pages: PositiveInt = 5000,
) -> Annotated[pl.DataFrame, "text", "license", "metadata", "body?", SAID, SIGNALS]:
    """Shard step: `text` of PDFs out of the Binary column `body`, as a reader of archives hands them on.

    Rows whose `media_type` is application/pdf and whose body is not null become one document each, as `read`
    makes it of a file without chapters, by the same `reader` and with its signals, and their `body` becomes
    null; other rows pass as they are. `license` is set where it was null. The PDF's title and the like are
    added to `metadata`, what it says of its use to `preferences`. Pages that crashed, took too long, or lie
    behind `max_pages` are `holes` in `metadata`. Drops `pdf.no_text`, `pdf.no_text_layer`, `pdf.xfa`,
    `pdf.unmapped_fonts`.
    `passwords` as `read` has it. Raises PdfError for a body that is encrypted, damaged or no PDF.
    """
    asked = _ask(ocr, languages, engine, reader, passwords, page_seconds, max_memory_mb, max_pages)
    if "body" not in docs.columns:
        lacks: dict[str, Any] = {name: dtype for name, dtype in SAID.items() if name not in docs.columns}
        return docs.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in (lacks | SIGNALS).items())
    work: list[str | None] = [None] * docs.height
    columns = ("text", "metadata", "drop_reason", *SAID, "license")
    values = {name: _list_strings(docs, name) for name in columns}
    signals: dict[str, list[Any]] = {name: [None] * docs.height for name in SIGNALS}
    mine = docs.select(
        (pl.col("media_type") == "application/pdf") & pl.col("body").is_not_null() & _is_undropped(docs)
    ).to_series()
    for i in mine.arg_true():
        row, work[i] = _read_bytes(docs["body"][i], asked)
        notes = {**json.loads(values["metadata"][i] or "{}"), **json.loads(row["metadata"])}
        values["text"][i], values["drop_reason"][i] = row["text"], row["drop_reason"]
        values["metadata"][i] = json.dumps(notes, ensure_ascii=False)
        if not values["license"][i]:
            values["license"][i], values["license_evidence"][i] = row["license"], row["license_evidence"]
        if row["preferences"]:
            said = json.loads(values["preferences"][i] or "[]") + json.loads(row["preferences"])
            values["preferences"][i] = json.dumps(said, ensure_ascii=False)
        for name, column in signals.items():
            column[i] = row[name]
    return docs.with_columns(
        *(pl.Series(name, values[name], dtype=pl.String) for name in columns),
        pl.when(mine.not_()).then(pl.col("body")).alias("body"),
        *(pl.Series(name, signals[name], dtype=dtype) for name, dtype in SIGNALS.items()),
        pl.Series(COLUMN, work, dtype=pl.String),
    )


def _ask(
    ocr: bool,
    languages: list[str] | None,
    engine: Engine,
    reader: Reader,
    passwords: Path | None,
    page_seconds: float,
    max_memory_mb: int,
    max_pages: int,
) -> dict[str, Any]:
    """What `read_pages` is to be told; MissingLanguage and ImportError before any page is read."""
    named = languages or ["eng"]
    if ocr:
        check_languages(named)
        check_engine(engine)
    check_reader(reader)
    bounds: dict[str, Any] = {
        "page_seconds": page_seconds,
        "max_memory_mb": max_memory_mb,
        "max_pages": max_pages,
    }
    bounds["passwords"] = list_passwords(passwords)
    return bounds | {"languages": named, "ocr": ocr, "engine": engine, "reader": reader}


def _is_undropped(docs: pl.DataFrame) -> pl.Expr:
    return pl.col("drop_reason").is_null() if "drop_reason" in docs.columns else pl.lit(True)


def _list_strings(docs: pl.DataFrame, name: str) -> list[str | None]:
    return docs[name].to_list() if name in docs.columns else [None] * docs.height


def _read_bytes(body: bytes, asked: dict[str, Any]) -> tuple[Row, str]:
    """A whole PDF as one row, and what was done for it."""
    began = time.thread_time()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        copy.write(body)
        copy.flush()
        answers = read_pages(copy.name, **asked)
        head = next(answers)
        if "error" in head:
            raise PdfError(head["error"].replace(copy.name, "the body"))
        pages, failed = sort_out(answers, head["pages"], asked["max_pages"])
    if not pages:
        raise PdfError(f"none of the PDF's {head['pages']} pages can be read: fetch it again")
    ((_, row),) = make_documents(head, pages, failed, min_chapter_pages=WHOLE, max_chars=WHOLE)
    return row, write_work(count_work(head, pages, failed, time.thread_time() - began))


def _make_error(uri: str, failed: FailedPages) -> tuple[int, Row]:
    """An error row, by the number of its first page."""
    place = uri if failed.rest else f"{uri}, {failed.key}"
    return failed.first, {"key": failed.key, "error": f"{place}: {failed.error}"}


def _put_in_order(
    rows: Iterator[tuple[int, Row]], errors: Sequence[tuple[int, Row]]
) -> list[Mapping[str, Any]]:
    """Documents and failed pages by first page; a failed page behind the document that it is missing in."""
    ordered = [(number, 0, row) for number, row in rows]
    ordered += [(number, 1, row) for number, row in errors]
    return [row for _, _, row in sorted(ordered, key=lambda item: item[:2])]


def _make_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA)
