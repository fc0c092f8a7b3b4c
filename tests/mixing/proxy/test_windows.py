import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.proxy import windows
from winnow.mixing.proxy.streams import END

tokens = st.lists(st.integers(1, 9), min_size=1, max_size=40).map(lambda t: np.array(t, dtype=np.uint16))


@given(prompt=tokens, answer=tokens, context=st.integers(4, 50))
def test_an_item_fits_and_keeps_the_joint(prompt, answer, context):
    window, first = windows.make_item_window(prompt, answer, context)
    assert len(window) <= context and 1 <= first < len(window)
    assert list(window[first:]) == list(answer[: len(window) - first])
    assert list(window[:first]) == [END, *prompt][len(prompt) + 1 - first :]
    if len(prompt) + 1 + len(answer) <= context:
        assert len(window) == len(prompt) + 1 + len(answer)
    else:
        assert len(window) == context
        assert len(window) - first == len(answer) or len(window) - first >= context // 2


@given(stream=tokens, context=st.integers(2, 20))
def test_stream_windows_cover_the_stream(stream, context):
    cut = windows.cut_stream(stream, context)
    together = np.concatenate([window for window, _ in cut]) if cut else stream[:0]
    assert list(together) == list(stream[: len(together)]) and len(stream) - len(together) <= 1
    assert all(first == 1 for _, first in cut)


@given(st.lists(st.tuples(tokens, tokens), min_size=1, max_size=5))
def test_scored_and_per_window(pairs):
    joined = windows.join(
        [(np.concatenate([head, tail]), len(head)) for head, tail in pairs], list(range(len(pairs)))
    )
    positions, ages = windows.find_scored(joined)
    assert list(joined.tokens[positions]) == [token for _, tail in pairs for token in tail]
    assert list(ages) == [len(head) + i for head, tail in pairs for i in range(len(tail))]
    sums = windows.sum_windows(joined, joined.tokens[positions])
    assert list(sums) == [tail.sum() for _, tail in pairs]


def test_saved_is_loaded(tmp_path):
    joined = windows.join([(np.array([0, 1, 2], dtype=np.uint16), 2)], [3])
    windows.save(joined, tmp_path)
    for before, after in zip(joined, windows.load(tmp_path), strict=True):
        np.testing.assert_array_equal(before, after)
