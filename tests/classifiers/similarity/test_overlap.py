"""Which texts hold which items: against the definition, said in Python."""

import re
import tracemalloc

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.similarity.overlap import BLOCK, find_holders, find_near, list_runs

WORDS = ["one", "two", "three", "four", "five", "six", "7", "88"]
TEXT = st.lists(st.sampled_from([*WORDS, ",", "."]), max_size=24).map(" ".join)


def list_by_definition(text: str) -> set[tuple[str, ...]]:
    words = ["0" if word.isdigit() else word for word in re.findall(r"\w+", text)]
    if not words:
        return set()
    words += [""] * (5 - len(words))
    return {tuple(words[k : k + 5]) for k in range(len(words) - 4)}


@settings(max_examples=100, deadline=None)
@given(mine=st.lists(TEXT, max_size=5), theirs=st.lists(TEXT, max_size=5))
def test_near_and_holders_are_what_the_definition_says(mine: list[str], theirs: list[str]) -> None:
    a, b = ([list_by_definition(text) for text in texts] for texts in (mine, theirs))
    texts, others = (pl.Series(t, dtype=pl.String) for t in (mine, theirs))
    near = [any(x & y and len(x & y) * 2 >= min(len(x), len(y)) for y in b) for x in a]
    hold = [any(len(y) >= 8 and len(x & y) * 2 >= len(y) for y in b) for x in a]
    assert find_near(texts, others).tolist() == near
    assert find_holders(texts, others).tolist() == hold
    assert list_runs(texts).size.tolist() == [len(x) for x in a]


def test_documents_behind_the_first_block_are_looked_through() -> None:
    item = "Ann has three red boxes and puts four green balls into each of them tonight"
    texts = pl.Series(["nothing of the kind"] * (BLOCK + 3) + [f"Look: {item}. Well?"])
    found = find_holders(texts, pl.Series([item]))
    assert found.nonzero()[0].tolist() == [BLOCK + 3]


def test_items_behind_the_first_block_are_compared() -> None:
    item = "Ann has three red boxes and puts four green balls into each of them tonight"
    texts = pl.Series(["nothing of the kind"] * (BLOCK + 3) + [item])
    assert find_near(texts, pl.Series([item])).nonzero()[0].tolist() == [BLOCK + 3]


def test_pairs_that_share_a_run_are_not_all_held_at_once() -> None:
    """Where all items begin alike, each of them shares a run with each other."""
    others = pl.Series(["a word of five words"] * 400)

    def measure_peak(count: int) -> int:
        texts = pl.Series(["a word of five words"] * count)
        tracemalloc.start()
        assert find_near(texts, others).all()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    measure_peak(1)
    assert measure_peak(8 * BLOCK) < 2 * measure_peak(BLOCK)


def test_case_marks_and_numbers_do_not_hide_an_item() -> None:
    item = "Ann has 3 red boxes, and puts 12 green balls into each of them tonight."
    changed = "ANN HAS 40 RED BOXES and puts 1 green balls -- into each of them tonight"
    assert find_near(pl.Series([changed, "Ann has a dog"]), pl.Series([item])).tolist() == [True, False]
