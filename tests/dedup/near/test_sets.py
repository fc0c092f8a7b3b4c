"""Sets of shingles against plain Python."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup.near import sets


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.integers(0, 20), max_size=15), min_size=2, max_size=4))
def test_sets_and_what_they_share(lists):
    flat = np.array([x for one in lists for x in one], dtype=np.uint64)
    own, bounds = sets.make_sets(flat, np.cumsum([0, *map(len, lists)]))
    found = [own[a:b] for a, b in itertools.pairwise(bounds)]
    assert [one.tolist() for one in found] == [sorted(set(one)) for one in lists]
    shared = len(set(lists[0]) & set(lists[1]))
    assert sets.count_common(found[0], found[1]) == sets.count_common(found[0], found[1], shared) == shared
    assert sets.count_common(found[0], found[1], shared + 1) <= shared
