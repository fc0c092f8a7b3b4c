"""The exact comparison against plain Python, and the rule of leaders."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.dedup import minhash
from winnow.dedup.near import index, signatures, tokens, verify


def leaders(
    texts, group, old=None, similarity=0.5, containment=0.9, facts=0, window=100, site=None, alone=False
):
    found = tokens.undate(tokens.scan(pl.Series(texts)))
    grams, offsets = tokens.make_shingles(found, 2)
    docs = minhash.sign(pl.DataFrame({"text": texts}), ngram=2)
    sketches = index.stack_sketches(docs["minhash_sketch"])
    limits = verify.Limits(
        similarity, containment, signatures.find_least_share(containment), facts, window, not alone
    )
    own = np.array(old or [False] * len(texts))
    sites = np.array(site or [0] * len(texts))
    return verify.find_leaders(found, grams, offsets, sketches, np.array(group), own, sites, 2, limits)


def pairs(text):
    words = text.split()
    return {tuple(words[i : i + 2]) for i in range(max(1, len(words) - 1))}


def covered(text, other):
    """The share of a text's words that stand in a pair of words that the other has."""
    words, known = text.split(), pairs(other)
    held = [i for i in range(len(words)) for k in (i - 1, i) if k >= 0 and tuple(words[k : k + 2]) in known]
    return len(set(held)) / len(words)


TEXT = st.lists(st.sampled_from("abc"), min_size=1, max_size=6).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.booleans(), TEXT, st.integers(0, 2)), min_size=1, max_size=8),
    st.booleans(),
)
def test_leaders_follow_the_rule(rows, alone):
    """With `alone` only old rows lead."""
    rows = sorted(rows, key=lambda row: (row[0], not row[1]))
    group, old, texts, site = ([row[k] for row in rows] for k in range(4))
    leader, similarity, containment, _ = leaders(texts, group, old, site=site, alone=alone)
    for i, text in enumerate(texts):
        own = pairs(text)
        heads = [k for k in range(i) if group[k] == group[i] and leader[k] == k and (old[k] or not alone)]
        alike = {k: len(own & pairs(texts[k])) / len(own | pairs(texts[k])) for k in heads}
        within = {k: covered(text, texts[k]) for k in heads}
        share = {k: len(own & pairs(texts[k])) / len(own) for k in heads}
        # Pages of one site must be contained whole, those of two may have words changed here and there.
        least = {k: 0.9 if not (site[i] and site[k]) else 1 if site[i] == site[k] else 0.75 for k in heads}
        fit = [k for k in heads if alike[k] >= 0.5 or (within[k] >= 0.9 and share[k] >= least[k])]
        if fit and not old[i]:
            best = leader[i]
            assert best in fit
            # The sketches of sets so small say little; what is as similar as can be is always seen.
            assert similarity[i] == pytest.approx(alike[best]) and containment[i] == pytest.approx(
                within[best]
            )
        else:
            assert leader[i] == i
