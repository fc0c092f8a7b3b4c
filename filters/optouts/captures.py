"""Captures of files that speak for a site, by URL and date: written by bucket, looked up where they lie.

A bucket holds a range of keys (the hash of a URL), sorted by key and date. It is an Arrow file that is mapped
into memory: a table of a whole crawl costs a worker the pages that it touches. `histories` searches it.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from winnow.files import cache_by_stamp
from winnow.filters.optouts.paths import split_urls
from winnow.filters.optouts.timestamps import read_dates
from winnow.kernels import I64, U8, U64

FILE = "captures.arrow"
ROBOTS, AI_TXT, TDMREP = PATHS = ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")
TABLE = {
    "key": pl.UInt64(),
    "url": pl.String(),
    "at": pl.Int64(),
    "status": pl.Int64(),
    "location": pl.String(),
    "text": pl.String(),
}
MAX_BYTES = 512_000  # of a file, 500 KiB: what RFC 9309 asks to be read
NO_CAPTURE, BEFORE_FIRST = -1, -2
_OLDEST = b"oldest"  # the second of a bucket's first capture, beside its columns
NOW = np.iinfo(np.int64).max


class Bucket(NamedTuple):
    """One file of the table; `key` and `at` are sorted."""

    key: U64
    at: I64
    status: I64
    data: U8
    offsets: I64
    url: pa.Array
    location: pa.Array
    oldest: int


class Table(NamedTuple):
    """The buckets in order; `first` are their first keys, `base` the numbers of their first rows.

    `oldest` is the second of the first capture, None where there is none; `known` is what pages before have
    asked for, for those to come.
    """

    buckets: tuple[Bucket, ...]
    first: U64
    base: I64
    oldest: int | None
    known: dict[Any, Any]


def make_keys(urls: Iterable[str]) -> U64:
    """The numbers that stand for URLs in the table."""
    digests = [hashlib.blake2b(url.encode(), digest_size=8).digest() for url in urls]
    return np.frombuffer(b"".join(digests), "<u8")


def take(docs: pl.DataFrame) -> pl.DataFrame:
    """The captures among documents, as `TABLE` has them: those with a `robots_status`, and files in `PATHS`.

    A capture without a status was found. One without a URL or a date is none.
    """
    lacks = [pl.lit(None, TABLE[name[7:]]).alias(name) for name in ("robots_status", "robots_location")
             if name not in docs.columns]  # fmt: skip
    docs = docs.with_columns(lacks)
    urls = split_urls(docs["url"])
    rows = docs.select(
        url=urls["site"] + urls["path"],
        at=read_dates(docs["date"], last=False),
        status=pl.col("robots_status").cast(pl.Int64),
        location=pl.col("robots_location").cast(pl.String),
        text=pl.col("text").fill_null(""),
    )
    rows = rows.filter(is_answer(docs), pl.col("url").is_not_null(), pl.col("at").is_not_null())
    keys = pl.Series("key", make_keys(rows["url"]), dtype=pl.UInt64)
    cut = [(text or "").encode()[:MAX_BYTES].decode("utf-8", "ignore") if len(text) * 4 > MAX_BYTES else text
           for text in rows["text"]]  # fmt: skip
    return rows.with_columns(
        keys, pl.col("status").fill_null(200), pl.Series("text", cut, dtype=pl.String)
    ).select(pl.col(name).cast(dtype) for name, dtype in TABLE.items())


def is_answer(docs: pl.DataFrame) -> pl.Series:
    """Which documents are captures: those with a `robots_status`, and files in `PATHS`."""
    named = split_urls(docs["url"])["path"].is_in(PATHS).fill_null(False)
    return named | docs["robots_status"].is_not_null() if "robots_status" in docs.columns else named


def condense(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in order; of captures of a URL that follow each other and say the same, the first."""
    rows = rows.sort("key", "url", "at", "status", "text", nulls_last=True)
    own = ("url", "status", "location", "text")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in own)
    return rows.filter(~same | (pl.int_range(pl.len()) == 0))


def write(rows: pl.DataFrame, path: Path) -> None:
    """Write a bucket, in one piece and unpacked, so that it can be mapped."""
    table = rows.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    table = table.replace_schema_metadata({_OLDEST: str(rows["at"].min() or 0)})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(table.num_rows, 1))


@cache_by_stamp(2)
def load(files: tuple[Path, ...]) -> Table:
    """The table that lies in files. ValueError where one is no table of captures."""
    buckets = sorted((each for file in files if (each := _open(file))), key=lambda each: int(each.key[0]))
    first = np.array([each.key[0] for each in buckets], np.uint64)
    base = np.cumsum([0, *(len(each.key) for each in buckets)]).astype(np.int64)
    return Table(tuple(buckets), first, base, min((each.oldest for each in buckets), default=None), {})


def _open(file: Path) -> Bucket | None:
    try:
        table = pa.ipc.open_file(pa.memory_map(str(file))).read_all()
        if not table.num_rows:
            return None
        columns = {name: table[name].chunk(0) for name in TABLE}
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise ValueError(f"{file}: not what `filters.optouts:merge` writes ({error}); make it anew") from None
    key, at, status = (columns[name].to_numpy() for name in ("key", "at", "status"))
    _, offsets, data = columns["text"].buffers()
    text = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    where = np.frombuffer(offsets, np.int64)[: len(key) + 1]
    oldest = int((table.schema.metadata or {}).get(_OLDEST, 0))
    return Bucket(key, at, status, text, where, columns["url"], columns["location"], oldest)


def locate_all(table: Table, rows: I64) -> tuple[list[Bucket], list[int]]:
    """The bucket of each row, and its number in there: two lists, as many pairs would set Python's collector
    of garbage to work."""
    number = np.searchsorted(table.base, rows, side="right") - 1
    return [table.buckets[k] for k in number.tolist()], (rows - table.base[number]).tolist()


def locate(table: Table, row: int) -> tuple[Bucket, int]:
    """The bucket of a row, and its number in there."""
    number = int(np.searchsorted(table.base, row, side="right")) - 1
    return table.buckets[number], row - int(table.base[number])
