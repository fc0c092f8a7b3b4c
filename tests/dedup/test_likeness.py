"""The exact comparison against plain Python, the rule of leaders, and facts."""

import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import likeness, minhash, terms


@settings(deadline=None, max_examples=100)
@given(st.lists(st.lists(st.integers(0, 20), max_size=15), min_size=2, max_size=4))
def test_sets_and_what_they_share(lists):
    flat = np.array([x for one in lists for x in one], dtype=np.uint64)
    own, bounds = likeness.sets(flat, np.cumsum([0, *map(len, lists)]))
    found = [own[a:b] for a, b in itertools.pairwise(bounds)]
    assert [one.tolist() for one in found] == [sorted(set(one)) for one in lists]
    assert likeness.common(found[0], found[1]) == len(set(lists[0]) & set(lists[1]))


def leaders(texts, group, old=None, similarity=0.5, containment=0.9, facts=0, window=100):
    found = terms.undated(terms.scan(pl.Series(texts)))
    grams, offsets = terms.shingles(found, 2)
    docs = minhash.sign(pl.DataFrame({"text": texts}), ngram=2)
    return likeness.leaders(
        *found, grams, offsets, minhash.sketched(docs["minhash_sketch"]), np.array(group),
        np.array(old or [False] * len(texts)), 2, similarity, containment, facts, window,
    )  # fmt: skip


def pairs(text):
    words = text.split()
    return {tuple(words[i : i + 2]) for i in range(max(1, len(words) - 1))}


TEXT = st.lists(st.sampled_from("abc"), min_size=1, max_size=6).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 1), st.booleans(), TEXT), min_size=1, max_size=8))
def test_leaders_follow_the_rule(rows):
    rows = sorted(rows, key=lambda row: (row[0], not row[1]))
    group, old, texts = ([row[k] for row in rows] for k in range(3))
    leader, similarity, containment, _ = leaders(texts, group, old)
    for i, text in enumerate(texts):
        own = pairs(text)
        heads = [k for k in range(i) if group[k] == group[i] and leader[k] == k]
        alike = {k: len(own & pairs(texts[k])) / len(own | pairs(texts[k])) for k in heads}
        within = {k: len(own & pairs(texts[k])) / len(own) for k in heads}
        fit = [k for k in heads if alike[k] >= 0.5 or within[k] >= 0.9]
        if fit and not old[i]:
            best = leader[i]
            assert best in fit
            # The sketches of sets so small say little; what is as similar as can be is always seen.
            assert similarity[i] == pytest.approx(alike[best]) and containment[i] == pytest.approx(
                within[best]
            )
        else:
            assert leader[i] == i


def differ(mine, theirs, least=2):
    found = terms.undated(terms.scan(pl.Series([mine, theirs])))
    grams, offsets = terms.shingles(found, 5)
    own, bounds = likeness.sets(grams, offsets)
    parts = [
        (found.value[found.doc[d] : found.doc[d + 1]], grams[offsets[d] : offsets[d + 1]]) for d in (0, 1)
    ]
    return likeness.differ(*parts[0], *parts[1], own[bounds[1] : bounds[2]], 5, least)


HEAD = "this page of our register tells what is known about the ship that is called"
TAIL = "the register is kept by the harbour office and may be read there by all who ask"
WIDE = "her papers can be seen on any day of the week in the reading room of the house by the gate"


@pytest.mark.parametrize(
    "mine, theirs, stays",
    [
        # other facts in the same places
        (f"{HEAD} Aurora of 471 tons {TAIL}", f"{HEAD} Borealis of 380 tons {TAIL}", True),
        (f"{HEAD} Aurora {WIDE} Panama {TAIL}", f"{HEAD} Borealis {WIDE} Malta {TAIL}", True),
        # one fact alone, a date, and a fact that only one has
        (f"{HEAD} Aurora {TAIL}", f"{HEAD} Borealis {TAIL}", False),
        (f"{HEAD} it {WIDE} on 12 May 2020 {TAIL}", f"{HEAD} it {WIDE} on 3 June 2021 {TAIL}", False),
        (f"{HEAD} {TAIL}", f"{HEAD} Aurora of 471 tons {TAIL}", False),
        # the frame around the text, before and after
        (f"Home News 471 {HEAD} {TAIL} Contact 12", f"Start Blog 380 {HEAD} {TAIL} About Us 9", False),
        # the same names in another order, and an edit that swaps ordinary words too
        (f"{HEAD} Aurora 4 {WIDE} Borealis 3 {TAIL}", f"{HEAD} Borealis 3 {WIDE} Aurora 4 {TAIL}", False),
        (
            f"{HEAD} Aurora small old wooden red 471 {TAIL}",
            f"{HEAD} Borealis large new iron green grey fast 380 {TAIL}",
            False,
        ),
    ],
)  # fmt: skip
def test_other_facts_in_the_same_places_are_another_page(mine, theirs, stays):
    assert differ(mine, theirs) is stays
    assert differ(theirs, mine) is stays


def test_one_name_in_many_places_is_many_facts():
    """Of any case, if it stands in three places."""
    page = f"{HEAD} {{0}} {WIDE} {{0}} {TAIL} {{0}} {WIDE[::-1]}"
    assert differ(page.format("Aurora"), page.format("Borealis"))
    assert differ(page.format("weak"), page.format("shared"))
    page = f"{HEAD} {{0}} {WIDE} {{0}} {TAIL}"
    assert not differ(page.format("weak"), page.format("shared"))


def test_how_many_facts_is_a_setting():
    a, b = f"{HEAD} Aurora {TAIL}", f"{HEAD} Borealis {TAIL}"
    assert differ(a, b, 1) and not differ(a, b, 2)
