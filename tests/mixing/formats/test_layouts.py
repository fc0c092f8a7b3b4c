"""Heads of forms, byte by byte, as their libraries' sources say; the gate `tokens` has these read them."""

import json
import struct

import numpy as np
import polars as pl

from winnow.mixing.formats import litdata, mds, megatron, olmo
from winnow.mixing.formats.shard import Shard

SHARD = Shard(
    "train-00000",
    np.array([5, 6, 0, 7, 8, 0], "<u2"),
    np.array([3, 6]),
    np.array([2, 3, 6]),
    pl.DataFrame({"id": ["a", "b"], "source": ["s", "t"], "begin": [0, 3], "end": [2, 6], "row": [4, 1]}),
    9,
    "tokenizer.json",
)


def test_an_index_of_megatron(tmp_path):
    megatron.write(SHARD, tmp_path)
    data = (tmp_path / "train-00000.idx").read_bytes()
    assert data[:9] == b"MMIDIDX\0\0" and struct.unpack_from("<QBQQ", data, 9) == (1, 8, 2, 3)
    assert struct.unpack_from("<2i2q3q", data, 34) == (3, 3, 0, 6, 0, 1, 2) and len(data) == 34 + 48


def test_a_shard_of_mds(tmp_path):
    mds.write(SHARD, tmp_path)
    mds.join(tmp_path, {"dtype": "uint16"})
    data = (tmp_path / "train/train-00000.mds").read_bytes()
    count, *offsets = struct.unpack_from("<4I", data)
    assert count == 2 and offsets[-1] == len(data)
    assert json.loads(data[16 : offsets[0]])["column_encodings"] == ["ndarray:uint32", "ndarray:uint16"]
    # Sizes of the columns; then of each axes and type of the length, the length, the values.
    assert data[offsets[0] : offsets[1]] == struct.pack("<2I2B2I2B3H", 10, 8, 4, 2, 2, 3, 4, 3, 5, 6, 0)
    (shard,) = json.loads((tmp_path / "train/index.json").read_text())["shards"]
    assert shard["samples"] == 2 and shard["raw_data"]["bytes"] == len(data)


def test_a_chunk_of_litdata(tmp_path):
    litdata.write(SHARD, tmp_path)
    litdata.join(tmp_path, {"dtype": "uint16"})
    data = (tmp_path / "train/train-00000.bin").read_bytes()
    assert struct.unpack_from("<4I6H", data) == (2, 16, 22, 28, 5, 6, 0, 7, 8, 0) and len(data) == 28
    index = json.loads((tmp_path / "train/index.json").read_text())
    assert index["chunks"] == [{"chunk_bytes": 28, "chunk_size": 2, "dim": 6, "filename": "train-00000.bin"}]
    assert index["config"]["data_format"] == ["no_header_tensor:20"]


def test_ids_and_metadata_of_olmo(tmp_path):
    olmo.write(SHARD, tmp_path)
    assert (tmp_path / "train-00000.npy").read_bytes() == SHARD.ids.tobytes()
    rows = pl.read_csv(tmp_path / "train-00000.csv.gz", has_header=False).rows()
    assert rows == [(0, 2, "a", "s", 4), (3, 6, "b", "t", 1)]
