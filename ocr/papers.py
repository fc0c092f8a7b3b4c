"""Lists of scientific papers, each a PDF taken apart: title, authors, abstract, sections, references."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveFloat, PositiveInt

from winnow.ocr.engines.cascade import Engine, check_engine
from winnow.ocr.engines.languages import TesseractLanguage
from winnow.ocr.engines.tesseract import check_languages
from winnow.ocr.layout.documents import count_routes, detect_rights, find_reason, sort_out, write_preferences
from winnow.ocr.layout.lines import Page
from winnow.ocr.panel.drawn import panel as panel
from winnow.ocr.process.fetch import fetch
from winnow.ocr.process.needs import list_needs
from winnow.ocr.process.pages import read_pages
from winnow.ocr.process.passwords import list_passwords
from winnow.ocr.process.work import COLUMN, count_work, write_work
from winnow.ocr.reader.page import Reader, check_reader
from winnow.ocr.scholar import Paper, outline
from winnow.ocr.scholar.lists import RecordError, find_place, parse, read_lines

TELLS = {"content": ["scientific"]}
NEEDS = list_needs("read")
SCHEMA = pl.Schema(
    dict.fromkeys(
        (
            "key",
            "text",
            "url",
            "date",
            "license",
            "license_evidence",
            "metadata",
            "preferences",
            "drop_reason",
            "error",
            COLUMN,
        ),
        pl.String,
    )
)
IDS = ("id", "paper_id", "paperId", "arxiv_id", "corpusid", "corpusId", "doi")
DATES = ("date", "published", "publicationDate", "publicationdate", "update_date", "created", "year")
REFERENCES = "## References"
WEB = ("http://", "https://")
Row = dict[str, str | None]


def read(
    uri: str,
    *,
    ocr: bool = True,
    languages: list[TesseractLanguage] | None = None,
    engine: Engine = "tesseract",
    reader: Reader = "mupdf",
    passwords: Path | None = None,
    page_seconds: PositiveFloat = 20,
    max_memory_mb: PositiveInt = 2048,
    max_pages: PositiveInt = 2000,
    max_file_mb: PositiveInt = 512,
) -> Annotated[
    Iterator[pl.DataFrame],
    "text",
    "url",
    "date",
    "license",
    "metadata",
    {"license_evidence": pl.String(), "preferences": pl.String()},
]:
    """Source step: the papers of a list in JSON lines (plain, gzip, zstd), as arXiv's or Semantic Scholar's.

    A line is an object with the PDF's address (`path`, `pdf`, `pdf_url`, `openAccessPdf` or `url`: a URL of
    the web or of a store, or a path in the list's folder or below) and, where known, `id`, `title`,
    `abstract`, `authors` (names, or objects with a `name`), `license`, `date` (or `year`, `published`,
    `update_date`) and `source`.

    Pages are read as `ocr.pdf:read` reads them, with the same `ocr`, `languages`, `engine`, `reader` and
    `passwords`. The text is Markdown: `# title`, a line of authors, `## Abstract`, the sections under their
    headings, and `## References` last. What the PDF does not show is taken
    from the list: title, authors, abstract.
    `metadata` is JSON: `paper_id`, `title`, `authors`, `notes` (the rest of the front: affiliations,
    keywords), `pages` [first, last], `page_count`, `section_pages` [[heading, page], ...], `references_at`
    (the character where the references start, for `drop_references`), `pages_without_text`, `routes` and
    `tex_source` where the line names a `source`: a recipe may prefer that. `preferences` as `ocr.pdf:read`.

    A line that cannot be read, or whose PDF is missing, damaged or too large (`max_file_mb`), is one `error`
    row that names the line; so is a page that crashes the reader or takes too long (see `ocr.pdf:read`).
    Drops as `ocr.pdf:read` does. Raises FileNotFoundError where there is no list, MissingLanguage,
    ImportError.
    """
    asked: dict[str, Any] = {"ocr": ocr, "languages": languages or ["eng"], "page_seconds": page_seconds}
    asked |= {"max_memory_mb": max_memory_mb, "max_pages": max_pages, "engine": engine, "reader": reader}
    if ocr:
        check_languages(asked["languages"])
        check_engine(engine)
    check_reader(reader)
    asked["passwords"] = list_passwords(passwords)
    any_line = False
    for number, line, wrong in read_lines(uri):
        any_line = True
        rows = [_make_error(number, wrong)] if wrong else []
        if not wrong:
            try:
                record = parse(line)
                place = find_place(record, uri)
                rows = _read_paper(number, record, place, asked, max_file_mb)
            except (RecordError, FileNotFoundError, PermissionError, IsADirectoryError) as error:
                rows = [_make_error(number, str(error))]
        yield pl.DataFrame(rows, schema=SCHEMA)
    if not any_line:
        yield pl.DataFrame([{"key": "file", "error": f"{uri}: the list is empty"}], schema=SCHEMA)


def drop_references(
    docs: Annotated[pl.DataFrame, "text", "metadata"],
) -> Annotated[pl.DataFrame, "text", "metadata", "papers_reference_chars"]:
    """Shard step: cut the text where `references_at` in `metadata` says that the references start.

    Signal: `papers_reference_chars`, the characters cut. A text that another step has changed, so that no
    `## References` stands there, and one without references stay as they are, with 0.
    """
    texts, notes, cut = docs["text"].to_list(), docs["metadata"].to_list(), [0] * docs.height
    for i, (text, said) in enumerate(zip(texts, notes, strict=True)):
        if not text or not said or "references_at" not in said:
            continue
        known = json.loads(said)
        at = known.get("references_at") if isinstance(known, dict) else None
        if not isinstance(at, int) or at < 0 or not text.startswith(REFERENCES, at):
            continue
        texts[i] = text[:at].rstrip()
        cut[i] = len(text) - len(texts[i])
        notes[i] = json.dumps({k: v for k, v in known.items() if k != "references_at"}, ensure_ascii=False)
    return docs.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        pl.Series("metadata", notes, dtype=pl.String),
        pl.Series("papers_reference_chars", cut, dtype=pl.Int64),
    )


def _make_error(number: int, wrong: str) -> Row:
    return {"key": f"line {number}", "error": f"line {number}: {wrong}"}


def _read_paper(
    number: int, record: dict[str, Any], place: str, asked: dict[str, Any], max_file_mb: int
) -> list[Row]:
    began = time.thread_time()
    with fetch(place, max_file_mb) as (path, wrong):
        if wrong:
            raise RecordError(f"{place}: {wrong}")
        answers = read_pages(path, **asked)
        head = next(answers)
        if "error" in head:
            raise RecordError(f"{place}: {head['error']}")
        pages, failed = sort_out(answers, head["pages"], asked["max_pages"])
    errors: list[Row] = [
        {
            "key": f"line {number}, {one.key}",
            "error": f"line {number}: {place}, {one.key}: {one.error}",
        }
        for one in sorted(failed)
    ]
    rows = errors
    if pages:
        paper = outline(pages, _format_value(record.get("title")) or head["title"], bookmarks=head["outline"])
        rows = [_make_row(number, record, place, head, _complete(paper, record), pages), *errors]
    work = write_work(count_work(head, pages, failed, time.thread_time() - began))
    return [row | ({} if at else {COLUMN: work}) for at, row in enumerate(rows)]


def _complete(paper: Paper, record: dict[str, Any]) -> Paper:
    """The paper with what its list says where its pages do not."""
    return paper._replace(
        title=paper.title or _format_value(record.get("title")),
        authors=paper.authors or _list_authors(record.get("authors")),
        abstract=paper.abstract or _format_value(record.get("abstract")),
    )


def _make_row(
    number: int, record: dict[str, Any], place: str, head: dict[str, Any], paper: Paper, pages: list[Page]
) -> Row:
    page_of = [page.number + 1 for page in pages for _ in page.lines]
    text, references_at = write_markdown(paper)
    said = next((_format_value(record.get(name)) for name in IDS if _format_value(record.get(name))), "")
    metadata: dict[str, Any] = {
        "paper_id": said,
        "title": paper.title,
        "authors": paper.authors,
        "notes": paper.notes,
        "pages": [page_of[0], page_of[-1]] if page_of else [],
        "page_count": head["pages"],
        "section_pages": [[s.heading, page_of[s.line]] for s in paper.sections if s.heading],
        "references_at": references_at,
        "pages_without_text": head["pages"] - len(set(page_of)),
        "routes": count_routes(pages),
        "tex_source": _format_value(record.get("source")),
    }
    kept = {k: v for k, v in metadata.items() if v not in ("", 0, None, [], {})}
    given = _format_value(record.get("license"))
    license, evidence = (given, None) if given else detect_rights(head, pages)
    return {
        "key": said or f"line {number}",
        "text": text,
        "url": next((one for one in (place, _format_value(record.get("url"))) if one.startswith(WEB)), None),
        "date": next(
            (_format_value(record.get(name)) for name in DATES if _format_value(record.get(name))), None
        ),
        "license": license,
        "license_evidence": evidence,
        "metadata": json.dumps(kept, ensure_ascii=False),
        "preferences": write_preferences(head),
        "drop_reason": find_reason(text if page_of else "", pages),
    }


def write_markdown(paper: Paper) -> tuple[str, int | None]:
    """A paper as Markdown, references last, and the character where these start (None: there are none)."""
    parts = [f"# {paper.title}"] if paper.title else []
    parts += [", ".join(paper.authors)] if paper.authors else []
    parts += [f"## Abstract\n\n{paper.abstract}"] if paper.abstract else []
    for section in paper.sections:
        heading = f"{'#' * min(section.level + 1, 6)} {section.heading}" if section.heading else ""
        parts.append("\n\n".join(filter(None, [heading, section.text])))
    text = "\n\n".join(filter(None, parts))
    if not paper.bibliography:
        return text, None
    at = len(text) + 2 if text else 0
    return "\n\n".join(filter(None, [text, REFERENCES, paper.bibliography])), at


def _list_authors(said: Any) -> list[str]:
    """The names in a list of names or of objects, or in a string of names."""
    if isinstance(said, str):
        return [name.strip() for name in said.replace(" and ", ", ").split(",") if name.strip()]
    if not isinstance(said, list):
        return []
    names = [each.get("name") if isinstance(each, dict) else each for each in said]
    return [name.strip() for name in names if isinstance(name, str) and name.strip()]


def _format_value(value: Any) -> str:
    """A value of the list as one line of text; nothing where it is no text and no number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).encode("utf-8", "replace").decode().split())
