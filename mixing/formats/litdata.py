"""LitData's chunks of tokens, for `TokensLoader`, and one `index.json`. Samples of one length alone.

torch has no name there for uint32, so that ids of 32 bits are int32, of the same bytes.
"""

import json
from pathlib import Path

import numpy as np

from winnow.mixing.formats.shard import Info, Shard, dtype_of

SUFFIX = ".bin"
TYPES = {"uint16": 20, "uint32": 15}  # numbers of torch.uint16 and torch.int32 in litdata.constants
SPEC = '[1, {"type": null, "context": null, "children_spec": []}]'  # of a lone tensor
SNIPPET = """from litdata import StreamingDataset, TokensLoader

dataset = StreamingDataset("{folder}/litdata/{split}", item_loader=TokensLoader(block_size={window}))
sample = dataset[0]"""


def write(shard: Shard, folder: Path) -> None:
    """`SPLIT/NAME.bin`: how many samples, where each begins, and the ids."""
    place = folder / shard.name.rpartition("-")[0]
    place.mkdir(exist_ok=True)
    count, width = len(shard.ends), shard.ids.dtype.itemsize
    head = 4 * (count + 2)
    offsets = head + np.concatenate([[0], shard.ends]).astype(np.int64) * width
    if offsets[-1] >= 2**32:
        raise ValueError(
            f"{shard.name}.bin would be over 4 GiB, which LitData cannot name: take a smaller shard_tokens"
        )
    with (place / f"{shard.name}.bin").open("wb") as file:
        file.write(np.uint32(count).tobytes() + offsets.astype("<u4").tobytes())
        shard.ids.tofile(file)


def join(folder: Path, info: Info) -> None:
    """`SPLIT/index.json`, which names the chunks of a split in order."""
    config = {
        "compression": None,
        "chunk_size": None,
        "chunk_bytes": 2**32 - 1,
        "data_format": [f"no_header_tensor:{TYPES[info['dtype']]}"],
        "data_spec": SPEC,
        "encryption": None,
        "item_loader": "TokensLoader",
    }
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        chunks = []
        for path in sorted(place.glob("*.bin")):
            with path.open("rb") as file:
                count = int(np.fromfile(file, "<u4", 1)[0])
            size = path.stat().st_size
            ids = (size - 4 * (count + 2)) // dtype_of(info).itemsize
            chunks.append({"chunk_bytes": size, "chunk_size": count, "dim": ids, "filename": path.name})
        text = json.dumps({"chunks": chunks, "config": config, "updated_at": "0"}, sort_keys=True)
        (place / "index.json").write_text(text, encoding="utf-8")


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids behind the head."""
    path = folder / name.rpartition("-")[0] / f"{name}.bin"
    count = int(np.fromfile(path, "<u4", 1)[0])
    return np.fromfile(path, dtype_of(info), offset=4 * (count + 2))
