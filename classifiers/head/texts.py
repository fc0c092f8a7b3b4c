"""Documents of a run that are chosen by their ids, and read wherever they stand; tables that name them."""

import gzip
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

Read = Callable[..., Iterator[pl.DataFrame]]


def read_table(path: Path) -> pl.DataFrame:
    """Parquet, or JSON lines that gzip may have packed: all of them say what columns there are, and of what
    type, as one may stand on the last alone."""
    if path.suffix == ".parquet":
        return pl.read_parquet(path, glob=False)
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    return pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)


def hash_id(name: str, seed: int) -> bytes:
    """16 bytes that say where an id stands in an order that hangs on nothing else."""
    return hashlib.blake2b(name.encode(), digest_size=16, key=seed.to_bytes(8, signed=True)).digest()


def read_chosen(files: Sequence[Path], read: Read, ids: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Columns (strings) of the documents with these ids, in the order of the files."""
    names, wanted = list(dict.fromkeys(columns)), ids.unique().to_frame("id")
    parts = [
        batch.join(wanted, on="id", how="semi", maintain_order="left").select(pl.col(names).cast(pl.String))
        for file in files
        for batch in read(file, names)
    ]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(names, pl.String)), *parts])
