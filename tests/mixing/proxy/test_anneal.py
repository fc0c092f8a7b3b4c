import numpy as np
import pytest

from winnow.mixing.proxy import anneal, transformer, windows
from winnow.mixing.proxy.transformer import Shape

SIZE, CONTEXT, TINY = 12, 16, Shape(32, 1)


def cycles(step, length=4000):
    return (np.arange(length) * step % SIZE).astype(np.uint16)


def rows(step, number):
    """Sequences of one more token than the context, as training takes them."""
    return np.stack([np.roll(cycles(step), -i)[: CONTEXT + 1] for i in range(number)])


def ask(texts, answer):
    return windows.join([(text, answer) for text in texts], [0] * len(texts))


@pytest.fixture(scope="module")
def begun():
    return anneal.begin(rows(1, 400), SIZE, TINY, 0.01, seed=0)


def test_what_is_read_last_is_learned_and_the_first_model_stays(begun):
    asked = ask([cycles(1, CONTEXT), cycles(5, CONTEXT)], answer=3)
    kept = {name: array.copy() for name, array in begun.weights.items()}
    before = transformer.measure_bits(begun.weights, asked)
    last = transformer.measure_bits(anneal.finish(begun, rows(5, 300), 0.01), asked)
    same = transformer.measure_bits(anneal.finish(begun, rows(1, 300), 0.01), asked)
    assert last[1] < before[1] / 2 and same[0] <= before[0] and same[1] > last[1]
    assert all((begun.weights[name] == array).all() for name, array in kept.items())


def test_the_rates_stay_in_the_first_phase_and_fall_to_zero_in_the_last(begun, monkeypatch):
    seen = []
    monkeypatch.setattr(anneal, "descend", lambda *given, calm: seen.append((given[3], given[4])))
    anneal.finish(begun, rows(1, 40), 0.01)
    (size, rates), peak = seen[0], 0.01 * transformer.RATED / TINY.width
    assert size == begun.batch and len(rates) == 10
    assert rates[0] == pytest.approx(peak) and rates[-1] == pytest.approx(peak / 10)
    assert np.allclose(np.diff(rates), -peak / 10)


def test_the_same_seed_gives_the_same_bytes_and_goes_on_where_it_was(begun):
    again = anneal.begin(rows(1, 400), SIZE, TINY, 0.01, seed=0)
    for name, array in begun.weights.items():
        assert (again.weights[name] == array).all()
    first, second = (anneal.finish(state, rows(5, 40), 0.01) for state in (begun, again))
    assert all((first[name] == second[name]).all() for name in first)
    empty = {
        which: {name: 0 * array for name, array in part.items()} for which, part in begun.moments.items()
    }
    forgetful = anneal.finish(begun._replace(moments=empty), rows(5, 40), 0.01)
    assert any((first[name] != forgetful[name]).any() for name in first)
