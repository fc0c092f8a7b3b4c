"""Sketches as they go through the shuffle."""

import numpy as np
import polars as pl
import pytest

from winnow.dedup.near import index


@pytest.mark.parametrize("rows", [slice(None), slice(0), slice(100, 200), slice(None, None, 7)])
def test_packed_sketches_are_the_first_words(rows):
    table = np.random.default_rng(1).integers(0, 2**64, (300, 7), np.uint64)
    column = index.list_rows(table, pl.Series([True] * len(table)))
    packed = index.pack_sketches(column, 5)
    assert packed.dtype == pl.Binary and packed.name == "sketch"
    some = packed.gather(np.arange(len(table))[rows])
    assert index.unpack_sketches(some).tolist() == table[rows, :5].tolist()
    again = pl.concat([some, packed[:3]])
    assert index.unpack_sketches(again).tolist() == [*table[rows, :5].tolist(), *table[:3, :5].tolist()]
    assert len(index.pack_sketches(column[:0], 5)) == 0


def test_a_sketch_of_fewer_words_is_packed_whole():
    column = index.list_rows(np.full((2, 3), 9, np.uint64), pl.Series([True, True]))
    assert index.unpack_sketches(index.pack_sketches(column, 5)).tolist() == [[9] * 3] * 2
