"""Parquet of ids: a row a sample, `input_ids` and the ends of its documents."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.mixing.formats.shard import Info, Shard

SUFFIX = ".parquet"
GROUP_TOKENS = 2**20
SNIPPET = """import datasets

dataset = datasets.load_dataset("parquet", data_files="{folder}/parquet/{name}.parquet", split="train")
sample = dataset[0]["input_ids"]"""


def make_table(shard: Shard) -> pa.Table:
    """`input_ids` (list of uint16 or uint32) and `document_ends` (list of uint32) of each sample."""
    starts = shard.begins
    first = np.searchsorted(shard.borders, np.concatenate([[0], shard.ends]), side="right")
    sample = np.repeat(np.arange(len(shard.ends)), np.diff(first))
    ends = (shard.borders[first[0] : first[-1]] - starts[sample]).astype(np.uint32)
    offsets = pa.array(np.concatenate([[0], shard.ends]).astype(np.int32))
    ids = pa.ListArray.from_arrays(offsets, pa.array(shard.ids))
    documents = pa.ListArray.from_arrays(pa.array((first - first[0]).astype(np.int32)), pa.array(ends))
    return pa.table({"input_ids": ids, "document_ends": documents})


def write(shard: Shard, folder: Path) -> None:
    """`NAME.parquet`, in row groups of about a million ids."""
    rows = max(1, GROUP_TOKENS * len(shard.ends) // max(1, len(shard.ids)))
    table = make_table(shard)
    path = folder / f"{shard.name}.parquet"
    pq.write_table(
        table, path, row_group_size=rows, compression="zstd", use_dictionary=False, write_page_checksum=True
    )


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids of all rows end to end."""
    found = pq.read_table(folder / f"{name}.parquet", columns=["input_ids"])["input_ids"]
    return np.asarray(found.combine_chunks().flatten())
