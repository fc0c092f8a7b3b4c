"""Wikipedia and its kin as Wikimedia Enterprise gives them: articles with their HTML, JSON line by line."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Annotated, Any, Literal, NamedTuple

import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.ingest.io.batches import PLACED, SourceRow, frames
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.compression import read_pieces
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.presence import EMPTY_FILE, report_empty
from winnow.ingest.io.tars import BLOCK, parse
from winnow.ingest.io.uris import open_uri
from winnow.ingest.jsonl import cut_lines, make_rows
from winnow.ingest.wikis.kinds import count_words, detect_kind
from winnow.ingest.wikis.parsoid import read_article

TELLS = {"kind": "public", "content": ["non-fiction"]}

_COLUMNS = pl.Schema({**PLACED, "license": pl.String()})


class _Options(NamedTuple):
    """Which articles a recipe wants."""

    namespaces: frozenset[int]
    drop: frozenset[str]
    min_words: int
    license: str | None


def read(
    uri: str,
    *,
    license: str | None = None,
    namespaces: list[int] | None = None,
    drop: list[Literal["disambiguation", "stub"]] = ["disambiguation"],  # noqa: B006 - never changed
    min_words: NonNegativeInt = 0,
    max_line_bytes: PositiveInt = 50_000_000,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata", "license"]:
    """Articles of an Enterprise snapshot: .tar.gz of .ndjson, or .ndjson plain or packed; as Markdown.

    `article_body.html` is read by `ingest.wikis.parsoid`. `url`, `date` (`date_modified`) and `license` are
    the article's own (several joined by " OR "; where it names none, what the recipe says). `metadata` holds
    title, page id, language, project, revision, `infobox` and `kind`. Dropped: `enterprise.namespace` (not in
    `namespaces`; if not set, all but articles), `enterprise.deleted`, `enterprise.disambiguation` and
    `enterprise.stub` (where `drop` names them), `enterprise.too_short` (fewer than `min_words`),
    `enterprise.no_text`. Errors: lines that are no JSON object, without a body, or of more than
    `max_line_bytes`; damage of the packing or the tar. Raises FileNotFoundError.
    """
    spaces = frozenset(namespaces if namespaces is not None else [0])
    choice = _Options(spaces, frozenset(drop), min_words, license)
    with open_uri(uri) as raw:
        lines = cut_lines(_open_tar(read_pieces(raw)), max_line_bytes, 0, None)
        rows = make_rows(lines, partial(_read_article, choice=choice))
        yield from frames(report_empty(lambda *_: rows, EMPTY_FILE), schema=_COLUMNS)


def _open_tar(source: Iterator[Piece]) -> Iterator[Piece]:
    """The files of a tar archive one behind the other, a line break between them; what is none as it is."""
    first = next(source, None)
    if first is None:
        return iter(())
    whole = chain([first], source)
    return _read_files(whole) if first.data[257:262] == b"ustar" else whole


def _read_files(source: Iterator[Piece]) -> Iterator[Piece]:
    """What the files of a tar archive hold. Names and links are not followed, for nothing is written."""
    data = bytearray()
    left, span = 0, 0  # bytes of a member that are still to come, without and with its padding
    wanted, ended = False, False  # by a block of zeros
    for piece in source:
        if piece.damage:
            yield piece
            return
        data += piece.data
        while len(data) >= (1 if span else BLOCK):
            if span:
                taken = min(span, len(data))
                part = bytes(data[: min(left, taken)])
                left, span = left - len(part), span - taken
                if wanted and part:
                    yield Piece(part + (b"" if left else b"\n"))
            else:
                taken, ended = BLOCK, not any(data[:BLOCK])
                header = None if ended else parse(bytes(data[:BLOCK]))
                if header and header.size >= 0:
                    left, wanted = header.size, header.isfile()
                    span = left + -left % BLOCK
                elif not ended:
                    yield Piece(damage="a damaged tar header; the rest of the archive is lost")
                    return
            del data[:taken]
    if data or not ended:
        yield Piece(damage="the archive is cut off" + " inside a file" * (left > 0))


def _read_article(article: dict[str, Any], choice: _Options) -> SourceRow:
    notes: dict[str, Any] = {
        "title": article.get("name"),
        "page_id": article.get("identifier"),
        "language": _get_field(article, "in_language", "identifier"),
        "project": _get_field(article, "is_part_of", "identifier"),
        "revision": _get_field(article, "version", "identifier"),
    }
    row = SourceRow(
        url=_string(article.get("url")),
        date=_string(article.get("date_modified")),
        license=" OR ".join(_list_names(article, "license", "identifier")) or choice.license,
    )
    if why := _refuse(article, choice):
        return {**row, "metadata": write_notes(notes), "drop_reason": f"enterprise.{why}"}
    html = _get_field(article, "article_body", "html")
    if not isinstance(html, str):
        return {**row, "metadata": write_notes(notes), "error": "the article has no article_body.html"}
    try:
        text, notes["infobox"], ambiguous = read_article(html)
    except ValueError as error:
        return {**row, "metadata": write_notes(notes), "error": f"article_body.html: {error}"}
    names = _list_names(article, "templates", "name")
    kind = detect_kind("", [name.rpartition(":")[2].strip().lower() for name in names])
    notes["kind"] = kind = "disambiguation" if ambiguous else kind
    row["metadata"] = write_notes(notes)
    few = choice.min_words and count_words(text) < choice.min_words
    why = kind if kind in choice.drop else "no_text" if not text else "too_short" if few else None
    if why:
        return {**row, "drop_reason": f"enterprise.{why}"}
    title = _string(article.get("name"))
    return {**row, "text": f"# {title}\n\n{text}" if title else text}


def _refuse(article: dict[str, Any], choice: _Options) -> str | None:
    space = _get_field(article, "namespace", "identifier")
    if isinstance(space, int) and space not in choice.namespaces:
        return "namespace"
    return "deleted" if _get_field(article, "event", "type") == "delete" else None


def _list_names(article: dict[str, Any], outer: str, inner: str) -> list[str]:
    """The strings `inner` of the objects in the list `outer`."""
    given = article.get(outer)
    found = [each.get(inner) for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return [name for name in found if isinstance(name, str) and name]


def _get_field(article: dict[str, Any], outer: str, inner: str) -> Any:
    value = article.get(outer)
    return value.get(inner) if isinstance(value, dict) else None


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None
