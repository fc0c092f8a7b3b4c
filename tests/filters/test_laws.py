"""The law of shard steps, f(a ++ b) == f(a) ++ f(b), and what else a step promises, for every filter."""

from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import c4, fineweb, gopher, repetition, text

STEPS = [
    text.nonempty,
    gopher.quality,
    repetition.repetition,
    c4.lines,
    c4.document,
    fineweb.quality,
]
LINES = st.sampled_from(
    [
        "The cat sat on the mat, and that was that.",
        "- a point",
        "",
        "wait...",
        "[12] We use cookies [edit].",
        "if (x) { y(); }",
        "漢字。",
        "Lorem Ipsum dolor?",
    ]
)
TEXT = st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=80)
DOCS = st.lists(TEXT, max_size=5).map(lambda t: pl.DataFrame({"text": t}, schema={"text": pl.String}))
Step = Callable[[pl.DataFrame], pl.DataFrame]


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=40, deadline=None)
@given(a=DOCS, b=DOCS)
def test_shard_law(step: Step, a: pl.DataFrame, b: pl.DataFrame) -> None:
    assert_frame_equal(step(pl.concat([a, b])), pl.concat([step(a), step(b)]))


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=20, deadline=None)
@given(docs=DOCS)
def test_columns(step: Step, docs: pl.DataFrame) -> None:
    out = step(docs.with_row_index("id"))
    assert out["id"].to_list() == list(range(len(docs)))
    module = step.__module__.removeprefix("winnow.filters.")
    signals = [name for name in out.columns if name.startswith(f"{module}_")]
    assert signals
    for name in signals:
        assert out[name].dtype in (pl.Float32, pl.Int64)
        assert out[name].is_finite().all() and not out[name].has_nulls()
    assert out["drop_reason"].dtype == pl.String
    assert out["drop_reason"].drop_nulls().str.starts_with(f"{module}.").all()


@pytest.mark.parametrize("step", STEPS)
def test_an_earlier_reason_stays(step: Step) -> None:
    docs = pl.DataFrame({"text": ["", ""], "drop_reason": ["other.reason", None]})
    assert step(docs)["drop_reason"][0] == "other.reason"
