"""A sample of documents, chosen by their ids alone."""

import hashlib
import heapq
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

Read = Callable[..., Iterator[pl.DataFrame]]
COLUMNS = ["id", "source", "text"]


def draw(files: Sequence[Path], read: Read, most: int, seed: int) -> pl.DataFrame:
    """The documents whose ids have the smallest hashes, in the order of these; of equal texts the first.

    Texts without a word are left out.
    """
    chosen = heapq.nsmallest(most, _hash_ids(files, seed))
    order = pl.DataFrame(chosen, schema=["digest", "id"], orient="row", schema_overrides={"id": pl.String})
    parts = [
        batch.join(order, on="id", how="semi").select(COLUMNS)
        for file in files
        for batch in read(file, COLUMNS)
    ]
    texts = pl.concat([pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), *parts])
    found = order.join(texts, on="id", maintain_order="left").filter(pl.col("text").str.contains(r"\w"))
    return found.select(COLUMNS).unique("text", keep="first", maintain_order=True)


def _hash_ids(files: Sequence[Path], seed: int) -> Iterator[tuple[bytes, str]]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["id"]):
            for id_ in pl.DataFrame(batch)["id"]:
                yield hash_name(id_, seed), id_


def hash_name(name: str, seed: int) -> bytes:
    """16 bytes that say where a name stands in an order without a pattern."""
    return hashlib.blake2b(name.encode(), digest_size=16, key=seed.to_bytes(8, signed=True)).digest()
