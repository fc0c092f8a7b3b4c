"""How common words are: in English by a shipped table, and in a corpus of one's own by counting."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from dedup import buckets
from dedup.contamination_words import WORD, cut, word_hash

FILE = "frequencies.parquet"
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


def shares(own: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of words, sorted, and the share of text that each is: in English or, if more, in a corpus.

    `own` is what `count` wrote, or the folder that holds it.
    """
    rows: dict[int, float] = {}
    for line in Path(__file__).with_name("contamination_frequencies.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            bits, *words = line.split()
            rows |= {int(word_hash(word)): 2.0 ** -float(bits) for word in words}
    if own is not None:
        table = buckets.read(own / FILE if own.is_dir() else own, ["word", "share"])
        for word, share in table.iter_rows():
            rows[word] = max(share, rows.get(word, 0.0))
    hashes = np.array(sorted(rows), np.uint64)
    return hashes, np.array([rows[h] for h in hashes.tolist()])
