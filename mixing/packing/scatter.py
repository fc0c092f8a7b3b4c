"""A shuffle that needs no more memory than one bucket: rows scattered by a hash, then sorted in each."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

BUCKET_BYTES = 64 * 2**20  # about what a bucket holds when it is sorted
BUFFER_BYTES = 128 * 2**20  # held while scattering, before all buckets are appended to


def scatter(batches: Iterator[pl.DataFrame], folder: Path, buckets: int, seed: int) -> list[pl.DataFrame]:
    """Append each row of the batches (`id`, `epoch`, ...) to the file of its bucket in `folder`; rows that
    are few enough to be held are given back, and nothing is written.

    A row's place in the shuffled order is `order` (UInt64), a hash of its id, its epoch and the seed; a
    bucket holds a range of it. So the order does not depend on how the rows came in, nor on the number
    of buckets.
    """
    waiting: list[pl.DataFrame] = []
    held, written = 0, False
    for batch in batches:
        order = hash_names(
            (f"{epoch}\0{id_}" for id_, epoch in batch.select("id", "epoch").iter_rows()), seed
        )
        waiting.append(batch.with_columns(pl.Series("order", order, dtype=pl.UInt64)))
        held += int(batch.estimated_size())
        if held > BUFFER_BYTES:
            _append(waiting, folder, buckets)
            waiting, held, written = [], 0, True
    if not written:
        return waiting
    _append(waiting, folder, buckets)
    return []


def gather(
    held: list[pl.DataFrame], folder: Path, buckets: int, then: Callable[[pl.DataFrame], None]
) -> None:
    """Hand over what `scatter` held, or the buckets in order, each sorted, without `order`."""
    if held:
        then(pl.concat(held).sort("order", "id", "epoch").drop("order"))
        return
    for bucket in range(buckets):
        path = _bucket_path(folder, bucket)
        if path.exists():
            frame = pl.concat(list(_read(path)))
            path.unlink()
            then(frame.sort("order", "id", "epoch").drop("order"))


def hash_names(names: Iterable[str], seed: int) -> np.ndarray:
    """A number of 64 bits for each name, alike on any machine; another `seed` gives others."""
    key = seed.to_bytes(8, "little", signed=True)
    digests = b"".join(hashlib.blake2b(name.encode(), digest_size=8, key=key).digest() for name in names)
    return np.frombuffer(digests, dtype="<u8")


def _bucket_path(folder: Path, bucket: int) -> Path:
    return folder / f"{bucket:06d}.arrows"


def _append(waiting: list[pl.DataFrame], folder: Path, buckets: int) -> None:
    """One Arrow stream after another in a bucket's file: no handle stays open, however many buckets."""
    if not waiting:
        return
    frame = pl.concat(waiting)
    high = pl.col("order") // 2**32
    for rows in frame.with_columns(_bucket=high * buckets // 2**32).partition_by("_bucket"):
        bucket = int(rows["_bucket"][0])
        rows = rows.drop("_bucket")
        table = rows.to_arrow(compat_level=pl.CompatLevel.oldest())
        with (
            _bucket_path(folder, bucket).open("ab") as sink,
            pa.ipc.new_stream(sink, table.schema) as stream,
        ):
            stream.write_table(table)


def _read(path: Path) -> Iterator[pl.DataFrame]:
    size = path.stat().st_size
    with path.open("rb") as source:
        while source.tell() < size:
            with pa.ipc.open_stream(source) as stream:
                frame = pl.from_arrow(stream.read_all())
            assert isinstance(frame, pl.DataFrame)
            yield frame
