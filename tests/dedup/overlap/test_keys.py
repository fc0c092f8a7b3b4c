"""Keys of documents, as an index looks them up."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.overlap.keys import fill_filter, find_buckets, look_up, make_keys
from winnow.dedup.overlap.lexer.words import cut

WORDS = ["gulls", "nest", "on", "7", "steep", "cliffs", "of", "the", "grey", "x"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), max_size=4)


def written(texts: list[str]) -> list[tuple[int, int, int]]:
    """(document, key, first word) of every key, the slow way."""
    words, out = cut(pl.Series(texts, dtype=pl.String)), []
    for d in range(len(texts)):
        own = slice(words.doc[d], words.doc[d + 1])
        key, place, _, _ = make_keys(words.hash[own], words.kind[own], (words.end - words.start)[own])
        out += [(d, int(k), int(p + words.doc[d])) for k, p in zip(key, place, strict=True)]
    return out


@given(TEXTS, st.integers(1, 3))
def test_every_key_of_the_index_is_found_and_no_other(texts, step):
    known = np.unique(np.array([key for _, key, _ in written(texts)], np.uint64))[::step]
    bits = np.zeros(1 << 4, np.uint64)
    fill_filter(known, bits)
    found, place, at, _ = look_up(cut(pl.Series(texts, dtype=pl.String)), known, bits, find_buckets(known))
    document = np.repeat(np.arange(len(texts)), np.diff(at))
    rows = sorted(zip(document.tolist(), known[found].tolist(), place.tolist(), strict=True))
    held = set(known.tolist())
    assert rows == sorted(row for row in written(texts) if row[1] in held)


@given(st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=50))
def test_a_key_stands_in_the_bucket_of_its_first_bits(some):
    key = np.array(sorted(some), np.uint64)
    bucket = find_buckets(key)
    power = (len(bucket) - 1).bit_length() - 1
    for number, k in enumerate(key.tolist()):
        assert bucket[k >> (64 - power)] <= number < bucket[(k >> (64 - power)) + 1]
    assert len(bucket) - 1 == 1 << power
