"""Sketches and words as they go through the shuffle."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


TEXTS = st.lists(st.text(alphabet="ab Cé1.,\n", max_size=20), max_size=8)


def runs(terms):
    """Words and marks of each document."""
    bounds = terms.doc.tolist()
    return [
        (terms.value[start:stop].tolist(), terms.mark[start:stop].tolist())
        for start, stop in itertools.pairwise(bounds)
    ]


@given(TEXTS, TEXTS, st.data())
def test_words_come_back_from_bytes_and_from_lists(texts, more, data):
    read = [index.read_terms(pl.Series(some, dtype=pl.String)) for some in (texts, more)]
    expected = runs(read[0]) + runs(read[1])
    packed = pl.concat([pl.DataFrame(index.pack_terms(terms)) for terms in read])
    assert packed.schema == {"terms": pl.Binary, "marks": pl.Binary}
    assert runs(index.unpack_terms(packed)) == expected
    start = data.draw(st.integers(0, len(expected)))
    assert runs(index.unpack_terms(packed[start:])) == expected[start:]
    order = data.draw(st.permutations(range(len(expected))))
    assert runs(index.unpack_terms(packed[list(order)])) == [expected[k] for k in order]
    listed = pl.DataFrame(index.list_terms(pl.Series(texts + more, dtype=pl.String)))
    assert listed.schema == index.TERMS
    assert runs(index.unlist_terms(listed)) == expected


def test_words_are_one_number_wherever_they_stand():
    terms = index.read_terms(pl.Series(["a b", "", "A, b!", "b a"]))
    first, nothing, same, other = index.hash_terms(terms)
    assert first == same and len({first, nothing, other}) == 3
    assert index.hash_terms(index.read_terms(pl.Series(["B A"]))).to_list() == [other]
    assert index.hash_terms(index.read_terms(pl.Series([], dtype=pl.String))).dtype == pl.UInt64
