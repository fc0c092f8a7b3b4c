"""Near duplicates by MinHash LSH over word shingles, each removal checked against its survivor.

`sign` (shard step) -> `bands` (by part) -> `pairs` (by bucket) -> `dedup.clusters:join` ->
`dedup.clusters:choose` (by bucket) -> `remove` (shard step). Only the first and the last see texts.

Two documents of Jaccard similarity s share a band, and so become candidates, with a probability of
1 - (1 - s^rows)^bands. The default of 14 bands of 8 rows over 5-word shingles is FineWeb's (Penedo et al.,
2024); 26 bands of 11 rows are Dolma 3's. A shared band only proposes: the sketches decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from dedup import buckets as tables
from dedup import ledger, signatures
from filters.words import ngrams, only_words, split

WINDOW = 256
"""Documents that a document is compared with within one band; bounds the time for huge groups."""


def sign(
    docs: pl.DataFrame, *, ngram: int = 5, bands: int = 14, rows: int = 8, seed: int = 1
) -> pl.DataFrame:
    """Add `minhash_bands` (a list of `bands` hashes), `minhash_sketch` (four bits of each minimum, in 64-bit
    words) and `minhash_bytes` (the length of the text).

    Shingles are runs of `ngram` words without punctuation, case ignored; a shorter document is one shingle
    of what there is, and one without words has neither bands nor sketch (null).
    """
    if bands < 1 or rows < 1 or bands * rows < signatures.FIELDS:
        raise ValueError(f"bands * rows must be {signatures.FIELDS} or more, not {bands} * {rows}")
    words = only_words(split(docs["text"]))
    hashes, offsets, _ = ngrams(words, ngram)
    hashes, offsets = signatures.filled(hashes, offsets, words.hash, words.doc)
    minima = signatures.minima(hashes, offsets, *signatures.permutations(bands * rows, seed))
    some = pl.Series(np.diff(offsets) > 0)
    return docs.with_columns(
        minhash_bands=_lists(signatures.band_hashes(minima, bands), some),
        minhash_sketch=_lists(signatures.sketches(minima), some),
        minhash_bytes=pl.col("text").str.len_bytes(),
    )


def _lists(table: signatures.U64, some: pl.Series) -> pl.Series:
    """The rows of a table as lists, null where there is not `some`thing to tell."""
    lists = pl.Series(table, dtype=pl.Array(pl.UInt64, table.shape[1])).arr.to_list()
    return pl.select(pl.when(some).then(lists)).to_series()


def bands(files: Sequence[Path], out: Path, *, buckets: int = 16, priority: list[str] | None = None) -> None:
    """Write each document once per band to `bucket=<number>.parquet`, equal bands to equal buckets. By part.

    `priority` names the sources whose documents survive, the first before the second and so on.
    """
    columns = ["id", "source", "duplicates", "minhash_bytes", "minhash_bands", "minhash_sketch"]
    with tables.writer(out, buckets) as write:
        for file in files:
            for batch in tables.batches(file, columns):
                docs = batch.filter(pl.col("minhash_bands").is_not_null())
                keep = {"minhash_sketch": "sketch", "minhash_bands": "band"}
                rows = ledger.ranked(docs, "minhash_bytes", priority, list(keep)).rename(keep)
                rows = rows.explode("band", empty_as_null=False, keep_nulls=False)
                write(rows, rows["band"].to_numpy())


def pairs(files: Sequence[Path], out: Path, *, min_similarity: float = 0.75) -> None:
    """Write which documents that share a band resemble each other, and how much. Run by bucket.

    Two documents of one band resemble each other if their sketches are at least `min_similarity` alike. The
    pairs are as few as can connect all that do, so a band of n documents makes less than n. One row per pair
    and one per document that only ends pairs: `id`, `link` (the other's id, or its own), `similarity`,
    `source`, `rank`, `duplicates`, `sketch`.
    """
    rows = tables.colliding(files, "band").sort("band", *ledger.ORDER)
    group = rows["band"].rle_id().to_numpy().astype(np.int64)
    later, earlier, similarity = signatures.links(sketched(rows), group, min_similarity, WINDOW)
    ends = np.setdiff1d(earlier, later)
    found = rows.drop("band")[np.concatenate([later, ends])].with_columns(
        link=rows["id"].gather(np.concatenate([earlier, ends])),
        similarity=np.concatenate([similarity, np.ones(len(ends), dtype=np.float32)]),
    )
    found.write_parquet(out / "pairs.parquet")


def sketched(rows: pl.DataFrame) -> signatures.U64:
    """The column `sketch` as a table of words."""
    return rows["sketch"].explode().to_numpy().reshape(len(rows), -1 if len(rows) else 0)


def remove(docs: pl.DataFrame, *, clusters: Path) -> pl.DataFrame:
    """Drop what the ledger that `dedup.clusters:choose` wrote removes, as `minhash.near_duplicate`.

    Adds the columns of `dedup.ledger.mark`; empties `minhash_bands` and `minhash_sketch`, which nothing
    needs from here on.
    """
    marked = ledger.mark(docs, clusters, "minhash.near_duplicate")
    return ledger.emptied(marked, ["minhash_bands", "minhash_sketch"])
