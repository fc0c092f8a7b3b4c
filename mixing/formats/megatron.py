"""Megatron-LM's `.bin` and `.idx` (`megatron.core.datasets.indexed_dataset`): a sequence is a sample.

Megatron knows int32 and uint16 alone, so that ids of 32 bits are int32, of the same bytes.
"""

import struct
from pathlib import Path

import numpy as np

from winnow.mixing.formats.shard import Info, Shard, dtype_of

SUFFIX = ".bin"
HEADER = b"MMIDIDX\x00\x00"
CODES = {2: 8, 4: 4}  # by bytes of an id: uint16, int32
SNIPPET = """from megatron.core.datasets.indexed_dataset import IndexedDataset

dataset = IndexedDataset("{folder}/megatron/{name}")  # --data-path megatron/{name}
sample = dataset[0]"""


def write(shard: Shard, folder: Path) -> None:
    """`NAME.bin`, the ids, and `NAME.idx`: length and place of each sequence, each a document of its own."""
    shard.ids.tofile(folder / f"{shard.name}.bin")
    width, count = shard.ids.dtype.itemsize, len(shard.ends)
    with (folder / f"{shard.name}.idx").open("wb") as file:
        file.write(HEADER + struct.pack("<QBQQ", 1, CODES[width], count, count + 1))
        np.diff(shard.ends, prepend=0).astype("<i4").tofile(file)
        (shard.begins * width).astype("<i8").tofile(file)
        np.arange(count + 1, dtype="<i8").tofile(file)


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids by the index."""
    index = (folder / f"{name}.idx").read_bytes()
    assert index[:9] == HEADER, f"{name}.idx is no index of Megatron's"
    count = struct.unpack_from("<Q", index, 18)[0]
    lengths = np.frombuffer(index, "<i4", count, 34)
    places = np.frombuffer(index, "<i8", count, 34 + 4 * count)
    ids = np.fromfile(folder / f"{name}.bin", dtype_of(info))
    starts = places // ids.itemsize
    return np.concatenate([ids[:0], *(ids[a : a + n] for a, n in zip(starts, lengths, strict=True))])
