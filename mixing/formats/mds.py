"""MosaicML Streaming's MDS: a shard a file, and one `index.json`."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from winnow.mixing.formats.shard import Info, Shard, dtype_of

SUFFIX = ".mds"
SNIPPET = """from streaming import StreamingDataset

dataset = StreamingDataset(local="{folder}/mds/{split}", shuffle=False, batch_size=1)
sample = dataset[0]["input_ids"]"""


def write(shard: Shard, folder: Path) -> None:
    """`SPLIT/NAME.mds`: columns `document_ends` (uint32) and `input_ids`, arrays of a length of their own."""
    place = folder / shard.name.rpartition("-")[0]
    place.mkdir(exist_ok=True)
    about = json.dumps(describe(shard.ids.dtype.name), sort_keys=True).encode()
    begins = shard.begins
    samples = []
    for number, end in enumerate(shard.ends):
        ends, ids = _pack(shard.borders_of(number)), _pack(shard.ids[begins[number] : end])
        samples.append(np.array([len(ends), len(ids)], "<u4").tobytes() + ends + ids)
    head = 4 + 4 * (len(samples) + 1) + len(about)
    offsets = head + np.concatenate([[0], np.cumsum([len(each) for each in samples])])
    if offsets[-1] >= 2**32:
        raise ValueError(
            f"{shard.name}.mds would be over 4 GiB, which MDS cannot name: take a smaller shard_tokens"
        )
    parts = [np.uint32(len(samples)).tobytes(), offsets.astype("<u4").tobytes(), about, *samples]
    (place / f"{shard.name}.mds").write_bytes(b"".join(parts))


def describe(dtype: str) -> dict[str, Any]:
    """What stands in each shard and of each in the index."""
    return {
        "version": 2,
        "format": "mds",
        "compression": None,
        "hashes": [],
        "size_limit": 2**32 - 1,
        "column_names": ["document_ends", "input_ids"],
        "column_encodings": ["ndarray:uint32", f"ndarray:{dtype}"],
        "column_sizes": [None, None],
    }


def join(folder: Path, info: Info) -> None:
    """`SPLIT/index.json`, which names the shards of a split in order."""
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        shards = []
        for path in sorted(place.glob("*.mds")):
            with path.open("rb") as file:
                samples = int(np.fromfile(file, "<u4", 1)[0])
            raw = {"basename": path.name, "bytes": path.stat().st_size, "hashes": {}}
            shards.append({**describe(info["dtype"]), "samples": samples, "raw_data": raw, "zip_data": None})
        text = json.dumps({"version": 2, "shards": shards}, sort_keys=True)
        (place / "index.json").write_text(text, encoding="utf-8")


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids of all samples end to end."""
    data = (folder / name.rpartition("-")[0] / f"{name}.mds").read_bytes()
    dtype = dtype_of(info)
    count = int(np.frombuffer(data, "<u4", 1)[0])
    offsets = np.frombuffer(data, "<u4", count + 1, 4)
    found = [np.empty(0, dtype)]
    for begin in offsets[:-1]:
        ends, size = np.frombuffer(data, "<u4", 2, int(begin))
        at = int(begin) + 8 + int(ends)
        head = 1 + (1 << (data[at] % 4))
        found.append(np.frombuffer(data, dtype, (int(size) - head) // dtype.itemsize, at + head))
    return np.concatenate(found)


def _pack(array: np.ndarray) -> bytes:
    """One axis, the type of its length, the length, the values."""
    kind = next(i for i in range(4) if len(array) < 1 << (8 << i))
    return bytes([1 << 2 | kind]) + len(array).to_bytes(1 << kind, "little") + array.tobytes()
