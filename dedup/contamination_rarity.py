"""How common words are in a corpus of one's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from dedup import buckets
from dedup.overlap.rarity import FILE
from dedup.overlap.words import WORD, cut

_LEAST = 3  # documents that must say a word: what one or two repeat is not common
_BATCH = 1000


def count(
    files: Annotated[Sequence[Path], "text"], out: Path, *, max_documents: int = 100_000
) -> Annotated[None, "word", "documents", "share"]:
    """Count how common words are in documents, for `frequencies` of `dedup.contamination:index`.

    Of more than `max_documents` every so manieth is read. Writes `frequencies.parquet`: `word` (its hash),
    `documents` (those that say it, three at least) and `share` (of a document's words, the mean over the
    documents, so that no long one decides). Stop words and numbers are left out.
    `max_documents` below 1 raises ValueError.
    """
    if max_documents < 1:
        raise ValueError(f"max_documents is {max_documents}; at least one document must be read")
    every = max(1, -(-sum(pq.ParquetFile(file).metadata.num_rows for file in files) // max_documents))
    counted, documents, at = [], 0, 0
    for file in files:
        text = buckets.read(file, ["text"])["text"]
        chosen = text.gather_every(every, -at % every)
        at += len(text)
        documents += len(chosen)
        for begin in range(0, len(chosen), _BATCH):
            counted.append(_counted(chosen[begin : begin + _BATCH]))
        counted = [_added(counted)]
    table = _added(counted).filter(pl.col("documents") >= _LEAST).sort("word")
    table.with_columns(pl.col("share") / max(1, documents)).write_parquet(out / FILE)


def _counted(text: pl.Series) -> pl.DataFrame:
    words = cut(text)
    sizes = np.diff(words.doc)
    document = np.repeat(np.arange(len(sizes)), sizes)
    frame = pl.DataFrame({"word": words.hash, "document": document, "share": 1 / sizes[document]})
    frame = (
        frame.filter(pl.Series(words.kind == WORD)).group_by("word", "document").agg(pl.col("share").sum())
    )
    # Sums of floats depend on their order.
    return (
        frame.sort("word", "document")
        .group_by("word", maintain_order=True)
        .agg(documents=pl.len().cast(pl.Int64), share=pl.col("share").sum())
    )


def _added(frames: list[pl.DataFrame]) -> pl.DataFrame:
    schema = {"word": pl.UInt64, "documents": pl.Int64, "share": pl.Float64}
    joined = pl.concat([pl.DataFrame(schema=schema), *frames]).sort("word", maintain_order=True)
    return joined.group_by("word", maintain_order=True).agg(pl.col("documents", "share").sum())
