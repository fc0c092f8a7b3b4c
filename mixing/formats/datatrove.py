"""datatrove's and nanotron's `.ds`: ids, ends of documents (`.ds.index`, uint64) and `.ds.metadata`.

Their reader takes windows of one id more than the length of a sequence: pack with `window` = length + 1.
"""

from pathlib import Path

import numpy as np

from winnow.mixing.formats.shard import Info, Shard, dtype_of

SUFFIX = ".ds"
SNIPPET = """from datatrove.utils.dataset import DatatroveFileDataset

dataset = DatatroveFileDataset("{folder}/datatrove/{name}.ds", seq_len={window} - 1, token_size={width})
sample = dataset[0]["input_ids"]"""


def write(shard: Shard, folder: Path) -> None:
    """`NAME.ds`, `NAME.ds.index` with the end of each document or padding, `NAME.ds.metadata`."""
    shard.ids.tofile(folder / f"{shard.name}.ds")
    shard.borders.astype("<u8").tofile(folder / f"{shard.name}.ds.index")
    count = len(shard.ids)
    said = f"{shard.tokenizer}|{shard.ids.dtype.itemsize}\n{count}\n{count:,}"
    (folder / f"{shard.name}.ds.metadata").write_text(said, encoding="utf-8")


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids."""
    return np.fromfile(folder / f"{name}.ds", dtype_of(info))
