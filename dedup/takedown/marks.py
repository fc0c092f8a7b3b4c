"""What is remembered of documents that were taken down: enough to know them and their near duplicates again.

Digests of ids, of pages' URLs, of domains and of texts as they were read; of each text the set of its
shingles (hashes of five words in a row), sorted, so that no order of words is told. Whoever guesses five
words can still ask whether they stood there: that is the price of exact similarities.

A document is a near duplicate of a marked text where both share `min_similarity` of their shingles (Jaccard),
or where one has `min_containment` of the other's, which must be LEAST shingles or more: a shorter one is
said by others, too.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.near.sets import make_sets
from winnow.dedup.near.tokens import BITS, Terms, make_shingles
from winnow.dedup.overlap.lexer.words import Cut, cut
from winnow.kernels import I64, U64

NGRAM, LEAST = 5, 50
FILE = "marks.parquet"
SCHEMA: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "digest": pl.String(),
    "shingles": pl.List(pl.UInt64()),
    "of": pl.String(),
}
"""`kind` is one of NAMES or TEXT; `of`, for people who have the ledger, the digest of the id."""
NAMES = ("id", "url", "section", "domain", "read")
TEXT = "words"  # of an earlier version `text`, of words that were read otherwise
"""What a document is known by without its words; `read`: the `digest` of its text as it was read."""
NEAR: dict[str, pl.DataType] = {
    "row": pl.UInt32(),
    "mark": pl.UInt32(),
    "similarity": pl.Float32(),
    "containment": pl.Float32(),
}


class Marks(NamedTuple):
    """Digests by kind; the shingles of all texts, sorted, of which text each is, and how many each has."""

    digests: dict[str, frozenset[str]]
    shingles: U64
    owners: I64
    sizes: I64


def digest(kind: str, value: str) -> str:
    """32 hexadecimal digits that tell nobody the value who does not know it."""
    return hashlib.blake2b(f"{kind}\0{value}".encode(), digest_size=16).hexdigest()


def make_rows(texts: pl.DataFrame, named: Iterable[tuple[str, str]]) -> pl.DataFrame:
    """The table of marks of `texts` (`id`, `text`) and of (kind, value) pairs; each once."""
    sets, bounds = _make_sets(texts["text"])
    lists = pl.Series([sets[a:b] for a, b in itertools.pairwise(bounds)], dtype=pl.List(pl.UInt64))
    marked = pl.DataFrame(
        {
            "kind": [TEXT] * len(texts),
            "digest": [
                hashlib.blake2b(row.tobytes(), digest_size=16).hexdigest() for row in map(np.asarray, lists)
            ],
            "shingles": lists,
            "of": [digest("id", one) for one in texts["id"]],
        },
        schema=SCHEMA,
    ).filter(pl.col("shingles").list.len() > 0)
    others = [(kind, digest(kind, value)) for kind, value in named]
    plain = pl.DataFrame(others, schema={"kind": pl.String, "digest": pl.String}, orient="row")
    plain = plain.with_columns(shingles=pl.lit(None, SCHEMA["shingles"]), of=pl.lit(None, pl.String))
    return pl.concat([plain, marked]).unique(["kind", "digest"], keep="first").sort("kind", "digest")


def load(path: Path | None) -> Marks:
    """The marks of a file, or of the folder that `make forget` wrote; none of None."""
    rows = pl.DataFrame(schema=SCHEMA)
    if path is not None:
        file = path / FILE if path.is_dir() else path
        rows = pl.read_parquet(file, glob=False)
        if (rows["kind"] == "text").any():
            raise ValueError(f"{file} is of an earlier version: give its lists to make forget again")
    return arrange(rows)


def arrange(rows: pl.DataFrame) -> Marks:
    """The marks of a table of `make_rows`."""
    digests = {kind: frozenset(rows.filter(pl.col("kind") == kind)["digest"]) for kind in NAMES}
    lists = rows.filter(pl.col("kind") == TEXT)["shingles"]
    sizes = lists.list.len().cast(pl.Int64).to_numpy()
    values = lists.explode().drop_nulls().to_numpy().astype(np.uint64)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    order = np.argsort(values, kind="stable")
    return Marks(digests, values[order], owners[order], sizes)


def of_texts(texts: pl.Series) -> Marks:
    """Marks of texts alone, numbered as these are."""
    sets, bounds = _make_sets(texts)
    sizes = np.diff(bounds)
    order = np.argsort(sets, kind="stable")
    digests: dict[str, frozenset[str]] = dict.fromkeys(NAMES, frozenset())
    return Marks(digests, sets[order], np.repeat(np.arange(len(sizes)), sizes)[order], sizes)


def compare(
    texts: pl.Series, marks: Marks, min_similarity: float = 0.75, min_containment: float = 0.95
) -> pl.DataFrame:
    """The near duplicates among texts, each with the mark that it is most like: see NEAR."""
    pairs = count_shared(texts, marks)
    shared, own, other = pl.col("shared"), pl.col("own"), pl.col("other")
    smaller = pl.min_horizontal(own, other)
    rows = pairs.with_columns(
        similarity=(shared / (own + other - shared)).cast(pl.Float32),
        containment=(shared / smaller).cast(pl.Float32),
    )
    near = (pl.col("similarity") >= min_similarity) | (
        (pl.col("containment") >= min_containment) & (smaller >= LEAST)
    )
    best = rows.filter(near).sort("row", "similarity", "mark", descending=[False, True, False])
    best = best.unique("row", keep="first", maintain_order=True).select(*NEAR)
    return best.cast(NEAR)  # type: ignore[arg-type]


def count_shared(texts: pl.Series, marks: Marks) -> pl.DataFrame:
    """How many shingles each text shares with each mark that has any of its: `row`, `mark`, `shared`, and how
    many each has, `own` and `other`."""
    sets, bounds = _make_sets(texts if len(marks.shingles) else texts.clear())
    first = np.searchsorted(marks.shingles, sets, "left")
    counts = np.searchsorted(marks.shingles, sets, "right") - first
    hits = np.flatnonzero(counts)
    row = np.repeat(np.searchsorted(bounds, hits, "right") - 1, counts[hits])
    starts = np.repeat(first[hits] - np.concatenate([[0], np.cumsum(counts[hits])[:-1]]), counts[hits])
    mark = marks.owners[starts + np.arange(len(row))] if len(row) else np.empty(0, np.int64)
    pairs = pl.DataFrame({"row": row, "mark": mark}, schema={"row": pl.Int64, "mark": pl.Int64})
    pairs = pairs.group_by("row", "mark").agg(shared=pl.len().cast(pl.Int64)).sort("row", "mark")
    own = np.diff(bounds)[pairs["row"].to_numpy()]
    return pairs.with_columns(own=own, other=marks.sizes[pairs["mark"].to_numpy()])


def read_words(texts: pl.Series) -> Cut:
    """The words of texts as a reader sees them; a hyphen is one, however it is written, also in numbers."""
    return cut(texts.str.replace_all("[\u2010-\u2013\u2212]", "-"))


def _make_sets(texts: pl.Series) -> tuple[U64, I64]:
    words = read_words(texts)
    terms = Terms((words.hash >> np.uint64(32)).astype(np.uint32) & ~BITS, words.doc)
    return make_sets(*make_shingles(terms, NGRAM))
