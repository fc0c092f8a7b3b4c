"""Arrow of ids, as `mixing.formats.parquet`: a file that is mapped into memory, not read."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from winnow.mixing.formats.parquet import make_table
from winnow.mixing.formats.shard import Info, Shard

SUFFIX = ".arrow"
SNIPPET = """import datasets

dataset = datasets.load_dataset("arrow", data_files="{folder}/arrow/{name}.arrow", split="train")
sample = dataset[0]["input_ids"]"""


def write(shard: Shard, folder: Path) -> None:
    """`NAME.arrow`, a stream of batches as `datasets` writes them."""
    table = make_table(shard)
    with pa.ipc.new_stream(folder / f"{shard.name}.arrow", table.schema) as file:
        file.write_table(table, max_chunksize=1000)


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids of all rows end to end."""
    with pa.memory_map(str(folder / f"{name}.arrow")) as source:
        found = pa.ipc.open_stream(source).read_all()["input_ids"]
        return np.array(found.combine_chunks().flatten())
