"""Whom to name: authors, titles, places and licences of documents, beside the shards, and tokens by rights
holder."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.markdown import draw_table
from winnow.mixing.count import estimate_tokens

# Licences and dedications that ask for no name; every other one is taken to ask for it.
FREE = frozenset(
    [
        *("0bsd", "blueoak-1.0.0", "cc-pddc", "cc-pdm", "cc-pdm-1.0", "cc0", "cc0-1.0"),
        *("licenseref-public-domain", "mit-0", "pddl-1.0", "unlicense", "wtfpl", "dl-de-zero-2.0"),
    ]
)
RESERVED = "LicenseRef-all-rights-reserved"
SCHEMA = pa.schema(
    {
        **{name: pa.string() for name in ("id", "source", "holder", "author", "title", "place", "license")},
        "tokens": pa.int64(),
        "repeats": pa.int64(),
    }
)
HOLDERS = {
    "holder": pl.String(),
    "by": pl.String(),
    "license": pl.String(),
    "documents": pl.Int64(),
    "tokens": pl.Int64(),
    "tokens_with_repeats": pl.Int64(),
}
MAX_CHARS = 1_000  # of an author, title or place
SHOWN = 200  # holders on the page for people; all stand in holders.parquet
SHOWN_CHARS = 120  # of a name there
_COLUMNS = (
    "id",
    "source",
    "uri",
    "key",
    "url",
    "license",
    "author",
    "token_count",
    "metadata",
    "repeats",
    "text",
)
_WORD = re.compile(r"\s+(AND|OR|WITH)\s+|[()]")
_PUBLISHERS = ("publisher", "site_name", "journal", "rights_holder")


def write(
    files: Annotated[Sequence[Path], "[license]", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> None:
    """Write `attribution.parquet`, `holders.parquet` and, for people, `attribution.md`.

    `attribution.parquet`: a row for each document whose license asks for attribution, in the order of the
    files: `id`, `source`, `holder`, `author`, `title`, `place` (its URL, else file and key), `license`,
    `tokens`, and `repeats` (1 where the column is missing; documents with 0 are in no shard and left out).

    `holders.parquet`: tokens of all documents by holder and license, the most first: `holder`, `by` (what
    names it: `author`, else `publisher` of the metadata, else `domain` of the URL, else `source`),
    `license`, `documents`, `tokens`, `tokens_with_repeats`. Tokens that nobody counted are bytes / 4.

    A license asks unless it is a dedication to the public domain or one of the few that want no name
    (`FREE`); an OR of which one asks not does not ask. A document without a license is in `holders.parquet`
    alone: nothing says what it asks.
    """
    held: dict[tuple[str, str, str], list[int]] = {}
    asked = Counter[str]()
    with pq.ParquetWriter(out / "attribution.parquet", SCHEMA, compression="zstd") as writer:
        for docs in (batch for file in sorted(files) for batch in read(file, list(_COLUMNS))):
            rows = list(_describe(docs))
            for row in rows:
                entry = held.setdefault((row["holder"], row.pop("by"), row["license"]), [0, 0, 0])
                for k, more in enumerate((1, row["tokens"], row["tokens"] * row["repeats"])):
                    entry[k] += more
            listed = [row for row in rows if asks(row["license"])]
            asked.update(row["license"] for row in listed)
            if listed:
                writer.write_table(pa.Table.from_pylist(listed, SCHEMA))
    table = [(*names, *sizes) for names, sizes in held.items()]
    holders = pl.DataFrame(table, schema=HOLDERS, orient="row").sort(
        "tokens", "holder", "by", "license", descending=[True, False, False, False]
    )
    holders.write_parquet(out / "holders.parquet")
    (out / "attribution.md").write_text(_write_page(holders, asked), encoding="utf-8")


def asks(license: str) -> bool:
    """Whether a license, or an expression of several, asks for attribution; words that are no id do."""
    if not license or license == RESERVED:
        return False
    ids = [each for each in _WORD.sub(" ", license).split() if each]
    free = [each.lower() in FREE for each in ids]
    return not (any(free) if " OR " in license and " AND " not in license else all(free))


def _describe(docs: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """A row for each document that the shards have."""
    counted = (
        pl.col("token_count").cast(pl.Int64) if "token_count" in docs.columns else pl.lit(None, pl.Int64)
    )
    docs = docs.with_columns(token_count=pl.coalesce(counted, estimate_tokens())).drop("text")
    for doc in docs.iter_rows(named=True):
        repeats = doc.get("repeats")
        repeats = 1 if repeats is None else int(repeats)
        if repeats < 1:
            continue
        about = _read_metadata(doc.get("metadata"))
        author = _clean(doc.get("author")) or _join(about.get("author") or about.get("authors"))
        holder, by = _name_holder(doc, author, about)
        yield {
            "id": doc["id"],
            "source": doc["source"],
            "holder": holder,
            "by": by,
            "author": author or None,
            "title": _join(about.get("title")) or None,
            "place": _clean(doc.get("url"))
            or " ".join(filter(None, (_clean(doc.get("uri")), _clean(doc.get("key"))))),
            "license": _clean(doc.get("license")),
            "tokens": doc["token_count"],
            "repeats": repeats,
        }


def _name_holder(doc: dict[str, Any], author: str, about: dict[str, Any]) -> tuple[str, str]:
    """Who holds the rights as far as is known, and by what."""
    if author:
        return author, "author"
    if publisher := next((said for name in _PUBLISHERS if (said := _join(about.get(name)))), ""):
        return publisher, "publisher"
    try:
        host = (urlsplit(doc.get("url") or "").hostname or "").removeprefix("www.")
    except ValueError:  # no address
        host = ""
    return (host, "domain") if host else (str(doc["source"]), "source")


def _read_metadata(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _join(value: Any) -> str:
    """Text, or names in a list (of strings, or of objects with a `name`)."""
    if isinstance(value, list):
        return "; ".join(filter(None, (_join(each) for each in value[:100])))[:MAX_CHARS]
    return _clean(value.get("name") if isinstance(value, dict) else value)


def _clean(value: Any) -> str:
    return " ".join(value[: 4 * MAX_CHARS].split())[:MAX_CHARS] if isinstance(value, str) else ""


def _write_page(holders: pl.DataFrame, asked: Counter[str]) -> str:
    """What asks for attribution by license, and the holders with the most tokens, as Markdown."""
    whole = int(holders["tokens"].sum()) or 1
    lines = [
        "# Attribution",
        "",
        f"{sum(asked.values()):,} documents ask for attribution: each with author, title, place, licence in",
        "`attribution.parquet`. Tokens by rights holder: `holders.parquet`.",
        "",
        *draw_table(
            ["licence", "documents that ask for attribution"],
            (
                [name[:SHOWN_CHARS], f"{count:,}"]
                for name, count in sorted(asked.items(), key=lambda one: (-one[1], one[0]))
            ),
            right=1,
        ),
        "",
        *draw_table(
            ["rights holder", "by", "licence", "documents", "tokens", "of all tokens"],
            (_list_cells(row, whole) for row in holders.head(SHOWN).iter_rows(named=True)),
            right=3,
        ),
    ]
    if holders.height > SHOWN:
        lines += ["", f"{holders.height - SHOWN:,} more stand in `holders.parquet`."]
    return "\n".join(lines) + "\n"


def _list_cells(row: dict[str, Any], whole: int) -> list[str]:
    named = [row["holder"][:SHOWN_CHARS], row["by"], (row["license"] or "not stated")[:SHOWN_CHARS]]
    return [*named, f"{row['documents']:,}", f"{row['tokens']:,}", f"{100 * row['tokens'] / whole:.2f}%"]
