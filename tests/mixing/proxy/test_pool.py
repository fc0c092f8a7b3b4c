"""Counts by document are those of a source that is this document, and a draw of them those of its text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.mixing.proxy import ngram, pool, windows
from winnow.mixing.proxy.streams import END

VOCABULARY, ORDER = 4, 3
STRENGTHS = np.array([[0.3, 0.0], [-0.5, 0.4], [0.1, 0.9]])
token = st.integers(1, VOCABULARY - 1)
texts = st.lists(st.lists(token, min_size=0, max_size=30), min_size=1, max_size=5)
asked = st.lists(st.lists(token, min_size=2, max_size=15), min_size=1, max_size=3)


def windows_of(found):
    pairs = [(np.array(window, dtype=np.uint16), 1) for window in found]
    return windows.join(pairs, [0] * len(pairs))


@settings(deadline=None)
@given(texts=texts, asked=asked, data=st.data())
def test_a_draw_of_documents_scores_as_sources_do_that_are_these_documents(texts, asked, data):
    docs = [np.array(text, dtype=np.uint16) for text in texts]
    weights = np.array([data.draw(st.sampled_from([0.0, 0.5, 1.0])) for _ in docs])
    wanted = windows_of(asked)
    drawn = pool.draw(pool.count(docs, wanted, VOCABULARY, ORDER), weights)
    streams = [np.concatenate([np.array([END], dtype=np.uint16), doc]) for doc in docs]
    whole = ngram.count(streams, wanted, VOCABULARY, ORDER)
    found = ngram.measure_bits(drawn, np.ones(1), STRENGTHS, VOCABULARY)
    expected = ngram.measure_bits(whole, weights, STRENGTHS, VOCABULARY)
    assert np.allclose(found, expected, rtol=1e-5)
