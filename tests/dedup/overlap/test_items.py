"""What an item is found by, of questions of any form."""

import polars as pl
import pytest

from winnow.dedup.overlap.items import make_arrays

FENCE, ALONE = '"""', "'''"


@pytest.mark.parametrize(
    "text",
    [
        "def f(" * 20_000,
        f"def f(a, b):\n{FENCE * 20_000}{'x' * 40}",
        f"def f(a):\n    {FENCE}" + "\n" * 60_000,
        f"{ALONE}{FENCE * 20_000}",
        f"def f(a):\n{ALONE}" + f"{FENCE}{'b ' * 20}" * 2_000,
        '"' * 60_000,
        '"' + "a" * 60_000,
        "def " * 20_000,
        "for " * 20_000,
    ],
    ids=range(9),
)
def test_hostile_questions_are_read(text):
    none = {"answer_index": [None], "context": [None], "solution": [None]}
    items = pl.DataFrame({"question": [text], "answer": ["a"], "choices": [["a"]], **none})
    items = items.cast({"answer_index": pl.Int64, "context": pl.String, "solution": pl.String})
    assert len(make_arrays(items, 256, None).word_at) == 2
