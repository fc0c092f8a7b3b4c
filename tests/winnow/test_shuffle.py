"""The shuffle: each row in one bucket, whatever the parts, the merges and the order."""

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow import shuffle


def make(rows: int, seed: int = 0) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "key": draw.integers(0, 2**64, rows, np.uint64),
            "doc": np.arange(rows),
            "text": pl.Series([f"{seed}-{n}" * (n % 3) for n in range(rows)], dtype=pl.String),
        }
    )


def write(folder, frames):
    folder.mkdir(parents=True)
    with shuffle.open_writer(folder, "key") as write_rows:
        for frame in frames:
            write_rows(frame)
    return sorted(folder.iterdir())


def read(files, buckets):
    """The rows of each bucket."""
    found = []
    for bucket in range(buckets):
        own = shuffle.Reader(bucket, buckets)
        found.append(pl.concat([frame for file in files for frame in own(file)], how="diagonal_relaxed"))
    return found


def merge_until(files, folder, buckets, fan=shuffle.FAN):
    while shuffle.count_cells(files[0]) < buckets:
        cells, merged = min(shuffle.count_cells(files[0]) * fan, buckets), []
        for start in range(0, len(files), fan):
            out = folder / f"{cells}-{start}"
            out.mkdir(parents=True)
            shuffle.merge(files[start : start + fan], out, cells=cells)
            merged += out.iterdir()
        files = merged
    return files


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.integers(0, 7), st.sampled_from([2, 4, 128]))
def test_every_row_is_in_one_bucket_and_equal_keys_in_the_same(tmp_path_factory, sizes, bits, fan):
    folder, buckets = tmp_path_factory.mktemp("shuffle"), 2**bits
    frames = [make(size, seed) for seed, size in enumerate(sizes)]
    files = [file for n, frame in enumerate(frames) for file in write(folder / f"part-{n}", [frame])]
    found = read(merge_until(files, folder, buckets, fan), buckets)
    assert pl.concat(found).sort("key", "doc").equals(pl.concat(frames).sort("key", "doc"))
    for bucket, rows in enumerate(found):
        assert all(int(key) * buckets >> 64 == bucket for key in rows["key"])


def test_a_bucket_without_rows_has_its_columns(tmp_path):
    files = write(tmp_path / "a", [make(1)])
    for rows in read(files, 4):
        assert rows.schema == make(1).schema
    assert [rows.height for rows in read(write(tmp_path / "b", [make(0)]), 2)] == [0, 0]
    assert write(tmp_path / "c", []) == []


def test_a_large_part_is_several_files_and_none_is_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(shuffle, "HELD_BYTES", 1000)
    frames = [make(100, seed) for seed in range(4)]
    files = write(tmp_path / "a", [*frames, make(0)])
    assert [file.name for file in files] == [f"rows-{n:04d}.4.shuffle" for n in range(4)]
    assert pl.concat(read(files, 2)).sort("key").equals(pl.concat(frames).sort("key"))


def test_a_merge_that_reads_in_pieces_gives_the_same_bytes(tmp_path, monkeypatch):
    files = [file for n in range(5) for file in write(tmp_path / f"{n}", [make(300, n)])]
    whole = merge_until(files, tmp_path / "whole", 64)
    monkeypatch.setattr(shuffle, "HELD_BYTES", 1)
    pieces = merge_until(files, tmp_path / "pieces", 64)
    assert [file.read_bytes() for file in whole] == [file.read_bytes() for file in pieces]


def test_keys_of_bytes_meet_by_their_first_eight(tmp_path):
    names = [hashlib.blake2b(b"%d" % (n % 50), digest_size=16).digest() for n in range(200)]
    frame = pl.DataFrame({"key": pl.Series(names, dtype=pl.Binary), "n": range(200)})
    found = read(write(tmp_path / "a", [frame]), 4)
    assert sum(rows["key"].n_unique() for rows in found) == 50
    assert pl.concat(found).sort("n").equals(frame)


def test_columns_are_read_alone_and_then_all(tmp_path):
    [file] = write(tmp_path / "a", [make(50)])
    own = shuffle.Reader(0, 1)
    assert pl.concat(own(file, ["key", "absent"])).columns == ["key"]
    assert pl.concat(own(file)).height == 50 and not own.held


def test_files_of_other_columns_merge_as_tables_do(tmp_path):
    [one] = write(tmp_path / "a", [make(20)])
    [two] = write(tmp_path / "b", [make(20, 1).with_columns(more=pl.lit(1, pl.Int64))])
    [rows] = read(merge_until([one, two], tmp_path / "merged", 8)[:1], 1)
    assert rows.height == 40 and rows["more"].null_count() == 20


@pytest.mark.parametrize("place", [10, -12, -20])
def test_a_damaged_file_is_named(tmp_path, place):
    [file] = write(tmp_path / "a", [make(500)])
    data = bytearray(file.read_bytes())
    data[place] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(shuffle.DamagedCellError, match=r"rows-0000\.4\.shuffle"):
        read([file], 4)
    file.write_bytes(data[:20])
    with pytest.raises(shuffle.DamagedCellError, match="too short"):
        read([file], 4)


def test_what_is_no_file_of_the_shuffle_or_has_too_few_cells_is_refused(tmp_path):
    [file] = write(tmp_path / "a", [make(5)])
    with pytest.raises(ValueError, match="4 cells, too few for 8 buckets"):
        shuffle.fetch(file, 0, 8)
    with pytest.raises(ValueError, match="is named rows"):
        shuffle.count_cells(tmp_path / "part-00000.parquet")
    assert shuffle.is_shuffle(file) and not shuffle.is_shuffle(tmp_path / "rows.parquet")


def test_buckets_are_as_many_as_the_size_asks_for():
    sizes = [0, 2**20, 2**20 + 1, 2**29, 2**29 + 1, 2**30, 14 * 53 * 10**10]
    assert [shuffle.count_buckets(size) for size in sizes] == [1, 1, 4, 4, 8, 8, 65536]
    assert [shuffle.count_rounds(buckets) for buckets in (1, 4, 8, 512, 1024, 65536, 131072)] == [
        *(0, 0, 1, 1, 2, 2, 3)
    ]
