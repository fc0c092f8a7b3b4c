"""Documents of office suites: Word, PowerPoint, Excel, OpenDocument, RTF; one file is one document."""

import re
from collections.abc import Iterator
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import SOURCED, SourceRow, Unreadable, frames, name_license
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.uris import name_file
from winnow.ingest.office.process import read_apart

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (  # in the child process, for sheets and RTF
    ("openpyxl", "read", {}),
    ("striprtf", "read", {}),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?(?:Z|[+-]\d\d:\d\d)?")
_LOCKS = ("~$", ".~lock.")  # what a suite writes beside a file that is open


def read(
    uri: str,
    *,
    license: str | None = None,
    comments: bool = False,
    hidden: bool = False,
    max_cells: PositiveInt = 200_000,
    max_bytes: PositiveInt = 200_000_000,
    max_unpacked_bytes: PositiveInt = 1_000_000_000,
    max_seconds: PositiveInt = 60,
    max_memory_mb: PositiveInt = 2048,
) -> Annotated[
    Iterator[pl.DataFrame],
    *("text", "date", "author", "metadata", {"media_type": pl.String()}),
    name_license,
]:
    """A .docx, .pptx, .xlsx, .odt, .odp, .ods (macro and template forms, too), flat ODF or .rtf as Markdown.

    The format is told by the bytes. Text in its order: headings, lists with the labels that are shown,
    tables, footnotes and text boxes behind their paragraph, formulas as LaTeX; a slide or sheet is a section
    under its title or name, and speaker notes are quoted behind their slide. Changes count as accepted. Left
    out and counted: deleted text, comments (unless `comments`), hidden text, slides and sheets (unless
    `hidden`), headers and footers, tables of contents, pictures, charts. Macros are never run.

    `date` is that of the last change or of the making, `author` the creator that the file names, `license`
    what the recipe says, `media_type` text/markdown. `metadata`: `file`, `kind`, `title`, `created`,
    `language`, `subject`, the counts. Drops: `office.encrypted`, `office.old_binary` (.doc, .xls, .ppt,
    .xlsb: convert them with an office suite; `told` says which), `office.document_type` (XML that declares
    entities, which no suite does), `office.unpacks_too_large` (`max_unpacked_bytes` of XML),
    `office.too_large` (`max_bytes`), `office.lock_file`, `office.no_text`.
    `max_cells`: filled cells of a workbook; what is behind them is not read; `cut_sheets` tells of how many.

    The file is read in a child process: what takes over `max_seconds` of processor time or `max_memory_mb` is
    an error row, and so is what is damaged or no such document. Raises FileNotFoundError.
    """
    asked = {"comments": comments, "hidden": hidden, "max_cells": max_cells, "max_seconds": max_seconds}
    asked |= {"max_unpacked_bytes": max_unpacked_bytes, "max_memory_mb": max_memory_mb}
    row: SourceRow = {"key": "file", "place": 0, **_read_file(uri, max_bytes, asked)}
    if license:
        row["license"] = license
    for frame in frames([row], schema=SOURCED):
        # Said so that `ingest.html:extract`, behind several readers, lets the text pass.
        told = pl.lit("text/markdown", dtype=pl.String).alias("media_type")
        yield frame.drop("thread", "score_votes", "place").with_columns(told)


def _read_file(uri: str, max_bytes: int, asked: dict[str, Any]) -> SourceRow:
    name = name_file(uri)
    row: SourceRow = {"metadata": write_notes({"file": name})}
    try:
        data = read_bytes(uri, max_bytes)
    except Unreadable:
        return {**row, "drop_reason": "office.too_large"}
    if name.startswith(_LOCKS):
        return {**row, "drop_reason": "office.lock_file"}
    if not data:
        return {**row, "error": f"{name} is empty: fetch it again"}
    return _make_row(name, read_apart(data, **asked))


def _make_row(name: str, answer: dict[str, Any]) -> SourceRow:
    if "error" in answer:
        return {"metadata": write_notes({"file": name}), "error": f"{name}: {answer['error']}"}
    about, counts = answer.get("properties", {}), answer["counts"]
    notes = {"file": name, "kind": answer.get("kind"), **{n: about.get(n) for n in _TOLD}, **counts}
    row: SourceRow = {"metadata": write_notes(notes)}
    row["author"] = about.get("author") or about.get("first_author")
    row["date"] = _find_date(about.get("modified")) or _find_date(about.get("created"))
    if reason := answer.get("drop_reason"):
        return {**row, "drop_reason": reason}
    text = answer["text"].replace("\0", "")
    return {**row, "text": text} if text.strip() else {**row, "drop_reason": "office.no_text"}


_TOLD = ("title", "created", "language", "subject")


def _find_date(told: str | None) -> str | None:
    found = _DATE.match(told or "")
    return found[0] if found else None
