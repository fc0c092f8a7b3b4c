"""OLMo-core's and Dolma's `.npy`, ids without a header, and `.csv.gz`: begin, end, id, source, place."""

import gzip
from pathlib import Path

import numpy as np

from winnow.mixing.formats.shard import Info, Shard, dtype_of

SUFFIX = ".npy"
SNIPPET = """from olmo_core.data import NumpyFSLDatasetConfig, NumpyDatasetDType, TokenizerConfig

config = NumpyFSLDatasetConfig(
    paths=["{folder}/olmo/{name}.npy"],
    sequence_length={window},
    dtype=NumpyDatasetDType.{dtype},
    tokenizer=TokenizerConfig(vocab_size={size}, eos_token_id={eos}, pad_token_id={pad}),
    work_dir="{work}",
)
dataset = config.build()
dataset.prepare()
sample = dataset[0]["input_ids"]"""


def write(shard: Shard, folder: Path) -> None:
    """`NAME.npy` and, for the borders of documents, `NAME.csv.gz`; padding is no document's."""
    shard.ids.tofile(folder / f"{shard.name}.npy")
    rows = shard.documents.select("begin", "end", "id", "source", "row")
    text = rows.write_csv(include_header=False)
    with (folder / f"{shard.name}.csv.gz").open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, 0) as file:
        file.write(text.encode())


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids."""
    return np.fromfile(folder / f"{name}.npy", dtype_of(info))
