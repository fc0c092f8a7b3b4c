"""Signatures against plain Python."""

import itertools
import random

import networkx
import numpy as np
import percolation
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup.near import links, signatures


def test_minima_are_those_of_plain_python():
    multipliers, additions = signatures.draw_permutations(20, seed=7)
    draw = random.Random(0)
    sets = [[draw.randrange(2**64) for _ in range(size)] for size in (3, 0, 1, 40)]
    flat = np.array([x for one in sets for x in one], dtype=np.uint64)
    offsets = np.cumsum([0, *map(len, sets)])
    got = signatures.find_minima(flat, offsets, multipliers, additions)
    for row, one in zip(got.tolist(), sets, strict=True):
        pairs = zip(multipliers.tolist(), additions.tolist(), strict=True)
        assert row == [min((((x >> 32) * a + b) % 2**32 for x in one), default=2**32 - 1) for a, b in pairs]


def test_permutations_are_odd_and_differ_by_seed():
    multipliers, additions = signatures.draw_permutations(500, seed=1)
    assert (multipliers % 2 == 1).all()
    assert len(set(multipliers.tolist())) == len(set(additions.tolist())) == 500
    assert not np.array_equal(multipliers, signatures.draw_permutations(500, seed=2)[0])


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_estimates_are_unbiased_and_as_sharp_as_theory_says(share):
    rng = np.random.default_rng(1)
    size, pairs = 200, 1500
    common = round(2 * size * share / (1 + share))
    truth = common / (2 * size - common)
    draws = rng.integers(0, 2**64, (pairs, 2 * size - common), dtype=np.uint64)
    flat = np.concatenate([np.concatenate([row[:size], row[:common], row[size:]]) for row in draws])
    offsets = np.arange(0, 2 * pairs * size + 1, size)
    sketched = signatures.make_sketches(
        signatures.find_minima(flat, offsets, *signatures.draw_permutations(112, 1))
    )
    got = [signatures.compare(sketched[i], sketched[i + 1]) for i in range(0, 2 * pairs, 2)]
    agree = truth + (1 - truth) / 16  # four bits agree by chance once in sixteen
    error = np.sqrt(agree * (1 - agree) / 112) / (1 - 1 / 16)
    assert np.mean(got) == pytest.approx(truth, abs=4 * error / np.sqrt(pairs))
    assert np.std(got) == pytest.approx(error, rel=0.15)


def test_first_shingles_are_those_of_the_first_minima_in_plain_python():
    bands, rows = 5, 4
    multipliers, additions = signatures.draw_permutations(bands * rows, seed=3)
    draw = random.Random(0)
    sets = [[draw.randrange(2**64) for _ in range(size)] for size in (3, 0, 1, 900)]
    sets.append([x + more for x in (draw.randrange(2**32) << 32,) for more in (9, 7, 8)])  # one upper half
    flat = np.array([x for one in sets for x in one], dtype=np.uint64)
    offsets = np.cumsum([0, *map(len, sets)])
    minima = signatures.find_minima(flat, offsets, multipliers, additions)
    got = signatures.find_first_shingles(flat, offsets, minima, bands, multipliers, additions).tolist()
    for row, one in zip(got, sets, strict=True):
        for band, shingle in enumerate(row if one else []):
            a, b = int(multipliers[band * rows]), int(additions[band * rows])
            assert shingle == min(one, key=lambda x: (((x >> 32) * a + b) % 2**32, x))
    assert got[4] == [sets[4][1]] * bands


def test_keys_differ_by_content_and_by_place_and_begin_with_the_first_shingle_and_half_a_band():
    band = [[1, 2, 3, 4], [1, 2, 3, 9], [1, 2, 7, 4], [1, 8, 3, 4], [6, 2, 3, 4]]
    signature = np.array([2 * each for each in band], dtype=np.uint32)
    firsts = np.array([[5, 5]] * 4 + [[5 + 2**20] * 2], dtype=np.uint64)
    keys = signatures.make_band_keys(signature, firsts).tolist()
    assert len({key for both in keys for key in both}) == 10
    for place in range(2):
        whole = [key[place] for key in keys]
        first = [key & int(signatures.FIRST) for key in whole]
        half = [key & int(signatures.HALF) for key in whole]
        assert len(set(first[:4])) == 1 and first[4] != first[0]
        assert len(set(half[:3])) == 1 and len(set(half)) == 3
    again = signatures.make_band_keys(signature[:1], firsts[:1]).tolist()
    assert again == keys[:1]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), max_size=12), st.booleans())
def test_links_connect_what_resembles_and_are_as_few_as_can(rows, by_half):
    rows = sorted(rows, key=lambda row: row[0])
    group = np.array([row[0] for row in rows], dtype=np.int64)
    mask, bits = (
        (signatures.HALF, signatures.HALF_BITS) if by_half else (signatures.FIRST, signatures.FIRST_BITS)
    )
    keys = group.astype(np.uint64) << np.uint64(bits)
    sketch = np.array([[int("1" * (3 * kind) or "0", 16)] for _, kind in rows], dtype=np.uint64).reshape(
        -1, 1
    )
    size = np.full(len(rows), 50, dtype=np.uint32)
    least = 0.7 + signatures.SPREAD / 4  # of sixteen fields
    later, earlier = links.find_links(sketch, size, keys, mask, least, 2.0, 100)
    full = networkx.Graph()
    full.add_nodes_from(range(len(rows)))
    for a, b in itertools.combinations(range(len(rows)), 2):
        if group[a] == group[b] and signatures.compare(sketch[a], sketch[b]) >= 0.7:
            full.add_edge(a, b)
    forest = networkx.Graph(zip(later.tolist(), earlier.tolist(), strict=True))
    forest.add_nodes_from(range(len(rows)))
    assert set(map(frozenset, forest.edges)) <= set(map(frozenset, full.edges))
    parts = [sorted(map(sorted, networkx.connected_components(graph))) for graph in (forest, full)]
    assert parts[0] == parts[1]
    assert len(later) == len(rows) - len(parts[1])
    assert (later > earlier).all()


def test_documents_that_agree_in_one_minimum_alone_are_linked_where_their_sketches_tell():
    """Of a text and one three times as long 20 of 112 fields agree: too few to tell of a containment."""
    none = 0x1111111111111111
    sketches = [[0] * 7, [0, 0x1111111111110000] + [none] * 5, [none - 1] + [none] * 6, [none] * 7]
    sketches = np.array(sketches, dtype=np.uint64)
    size = np.array([40, 120, 120, 120], dtype=np.uint32)
    same, one = np.array([5, 5], dtype=np.uint64), np.array([5, 6 << 8], dtype=np.uint64)

    def link(keys, mask, which):
        rows = np.array(which)
        found = links.find_links(sketches[rows], size[rows], keys, mask, 0.75, 0.75, 100)
        return [each.tolist() for each in found]

    assert signatures.compare(sketches[0], sketches[1]) > signatures.TOLD / np.sqrt(112)
    assert link(same, signatures.FIRST, [0, 1]) == [[1], [0]]  # they agree in half a band
    assert link(one, signatures.FIRST, [0, 1]) == [[], []]
    assert link(one, signatures.FIRST, [1, 2]) == [[1], [0]]
    assert link(one, signatures.HALF, [1, 2]) == [[], []]
    size[1:] = 400
    assert signatures.may_reach(0.0, 40, 400, 112, 0.75, 0.75)
    assert link(same, signatures.FIRST, [0, 3]) == [[], []]  # the half by chance: sketches tell of nothing


def test_strangers_are_not_linked_at_ten_billion_pages():
    """Keys of 32-bit minima, 0.3.0's, are beyond these bounds at a tenth of the pages."""
    signed = percolation.sign(10_000, 1e10 / 10_000)
    seen = percolation.propose(signed, percolation.narrow(signed))
    assert 0.05 < seen.met < 0.2 and seen.links <= 0.0005 and seen.largest <= 3
    signed = percolation.sign(10_000, 1e9 / 10_000)
    old = percolation.propose(signed, percolation.narrow_old(signed))
    assert old.met > 500 and old.links > 2 * percolation.LINKS


def test_pages_that_share_a_footer_alone_are_not_one_cluster():
    """Of more than are compared with one (256) the shingle is common: twice as much is asked of sketches."""
    signed = percolation.sign(10_000, 1, footer=20)
    seen = percolation.propose(signed, signed.keys.ravel())
    assert seen.met > 1000 and seen.clustered < 0.1 and seen.largest < 1000


def test_what_may_be_a_part_of_the_other_is_hopeful():
    assert signatures.may_reach(0.5, 500, 1000, 112, 0.8, 0.95)
    assert not signatures.may_reach(0.5, 1000, 1000, 112, 0.8, 0.95)
    assert not signatures.may_reach(0.5, 500, 1000, 112, 0.8, 1.6)
    assert signatures.may_reach(0.75, 1000, 1000, 112, 0.8, 1.6)
