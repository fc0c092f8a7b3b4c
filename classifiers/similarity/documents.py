"""A sample of documents, chosen by their ids alone."""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from winnow.classifiers.head.texts import Read, hash_id, read_chosen

COLUMNS = ["id", "source", "text"]


def draw(files: Sequence[Path], read: Read, most: int, seed: int) -> pl.DataFrame:
    """The documents whose ids have the smallest hashes, in the order of these; of equal texts the first.

    Texts without a word are left out.
    """
    chosen = heapq.nsmallest(most, _hash_ids(files, seed))
    order = pl.DataFrame(chosen, schema=["digest", "id"], orient="row", schema_overrides={"id": pl.String})
    texts = read_chosen(files, read, order["id"], COLUMNS)
    found = order.join(texts, on="id", maintain_order="left").filter(pl.col("text").str.contains(r"\w"))
    return found.select(COLUMNS).unique("text", keep="first", maintain_order=True)


def _hash_ids(files: Sequence[Path], seed: int) -> Iterator[tuple[bytes, str]]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["id"]):
            for id_ in pl.DataFrame(batch)["id"]:
                yield hash_id(id_, seed), id_
