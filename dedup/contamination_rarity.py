"""How common words are in a corpus of one's own."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from pydantic import PositiveInt

from winnow.dedup import buckets
from winnow.dedup.overlap.lexer.words import WORD, cut
from winnow.dedup.overlap.rarity import FILE

_LEAST = 3  # documents that must say a word: what one or two repeat is not common
_BATCH = 1000
_WHOLE = 2**36  # all words of a document: shares are whole numbers, whose sum is the same in any order


def count(
    files: Annotated[Sequence[Path], "id", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    max_documents: PositiveInt = 100_000,
) -> Annotated[None, "word", "documents", "share"]:
    """Count how common words are in documents, for `frequencies` of `dedup.contamination:index`.

    Of more than `max_documents` about that many are read: those that a hash of the id chooses, whatever files
    they are in. Stop words and numbers are left out. `max_documents` below 1 raises ValueError.

    Writes `frequencies.parquet`: `word` (its hash), `documents` (those that say it, three at least) and
    `share` (of a document's words, the mean over the documents, so that no long one decides).
    """
    if max_documents < 1:
        raise ValueError(f"max_documents is {max_documents}; at least one document must be read")
    every = max(1, -(-sum(pq.ParquetFile(file).metadata.num_rows for file in files) // max_documents))
    counted, documents = [], 0
    for file in files:
        chosen = _choose_rows(buckets.read(file, ["id"])["id"], every)
        documents += len(chosen)
        text = pl.concat(read(file, ["text"], chosen))["text"]
        for begin in range(0, len(text), _BATCH):
            counted.append(_count_words(text[begin : begin + _BATCH]))
        counted = [_add_counts(counted)]
    table = _add_counts(counted).filter(pl.col("documents") >= _LEAST).sort("word")
    table.with_columns(pl.col("share") / (_WHOLE * max(1, documents))).write_parquet(out / FILE)


def _choose_rows(ids: pl.Series, every: int) -> list[int]:
    """The rows of one document in `every`, whatever file it is in."""
    digests = (hashlib.blake2b(name.encode(), digest_size=8).digest() for name in ids)
    return [row for row, digest in enumerate(digests) if int.from_bytes(digest) % every == 0]


def _count_words(text: pl.Series) -> pl.DataFrame:
    words = cut(text)
    sizes = np.diff(words.doc)
    document = np.repeat(np.arange(len(sizes)), sizes)
    frame = pl.DataFrame({"word": words.hash, "document": document, "share": _WHOLE // sizes[document]})
    frame = (
        frame.filter(pl.Series(words.kind == WORD)).group_by("word", "document").agg(pl.col("share").sum())
    )
    return frame.group_by("word").agg(documents=pl.len().cast(pl.Int64), share=pl.col("share").sum())


def _add_counts(frames: list[pl.DataFrame]) -> pl.DataFrame:
    schema = {"word": pl.UInt64, "documents": pl.Int64, "share": pl.Int64}
    joined = pl.concat([pl.DataFrame(schema=schema), *frames])
    return joined.group_by("word").agg(pl.col("documents", "share").sum())
