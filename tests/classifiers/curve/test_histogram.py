import random

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winnow.classifiers.curve import histogram
from winnow.classifiers.curve.histogram import KNOTS, count, make_knots, name_groups, place

FLOATS = st.floats(-1e6, 1e6, width=32)
ROWS = st.lists(st.tuples(st.sampled_from("ab"), FLOATS, st.integers(0, 50)), min_size=1, max_size=60)


def write(folder, rows, name="part.parquet"):
    docs = pl.DataFrame(
        rows, {"source": pl.String, "score": pl.Float32, "token_count": pl.Int64}, orient="row"
    )
    docs = docs.with_columns(id=pl.format("id{}", pl.int_range(pl.len())))
    docs.write_parquet(folder / name, row_group_size=7)
    return folder / name


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=ROWS)
def test_bins_are_the_scores_in_order_with_their_tokens(tmp_path, rows):
    bins, bits = count([write(tmp_path, rows)], "score", ["source"])
    expected: dict = {}
    for source, score, tokens in rows:
        documents, counted = expected.get((source, score), (0, 0))
        expected[source, score] = documents + 1, counted + tokens
    listed = [(source, score, *expected[source, score]) for source, score in sorted(expected)]
    assert bins.rows() == listed
    assert bits == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(rows=ROWS, most=st.integers(8, 20), seed=st.integers(0, 9))
def test_few_bins_lose_no_token_and_do_not_hang_on_the_order(tmp_path, rows, most, seed):
    bins, bits = count([write(tmp_path, rows)], "score", ["source"], most=most)
    assert bins.height <= most
    assert bins["documents"].sum() == len(rows)
    assert bins["tokens"].sum() == sum(tokens for *_, tokens in rows)
    for source in "ab":  # a bin's score is the least of its scores, so none is before the first
        ours = [score for name, score, _ in rows if name == source]
        assert not ours or min(ours) >= bins.filter(group=source)["score"].min()
        assert bins.filter(group=source)["score"].is_sorted()
    shuffled = random.Random(seed).sample(rows, len(rows))
    half = len(rows) // 2
    files = [write(tmp_path, shuffled[:half], "1.parquet"), write(tmp_path, shuffled[half:], "2.parquet")]
    again, same = count(files, "score", ["source"], most=most)
    assert (again.rows(), same) == (bins.rows(), bits)


def test_minus_zero_is_zero(tmp_path):
    bins, _ = count([write(tmp_path, [("a", -0.0, 1), ("a", 0.0, 2)])], "score", [])
    assert bins.rows() == [("all", 0.0, 2, 3)]


def test_the_greatest_scores_stay_numbers_in_wide_bins(tmp_path):
    worst = float(np.finfo(np.float32).min)
    rows = [("a", score, 1) for score in (worst, worst / 2, -1.0, 1.0, -worst)]
    bins, _ = count([write(tmp_path, rows)], "score", [], most=2)
    assert bins["score"].is_finite().all()
    assert bins["tokens"].sum() == 5


def test_more_groups_than_bins_are_refused(tmp_path):
    rows = [(str(number), 0.5, 1) for number in range(9)]
    with pytest.raises(ValueError, match="9 groups are more than 8 bins"):
        count([write(tmp_path, rows)], "score", ["source"], most=8)


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf")])
def test_scores_that_are_none_are_counted_and_one_is_named(tmp_path, monkeypatch, bad):
    monkeypatch.setattr(histogram, "BATCH_ROWS", 8)
    rows = [("a", 0.5, 1)] * 20 + [("b", bad, 1), ("a", bad, 1), ("b", bad, 1)]
    good = write(tmp_path, [("a", 0.5, 1)] * 30, "1.parquet")
    message = (
        r"3 documents have no finite score .* the first is 'id20' in 2.parquet \(by group: 'a': 1, 'b': 2\)"
    )
    with pytest.raises(ValueError, match=message):
        count([good, write(tmp_path, rows, "2.parquet")], "score", ["source"])


@pytest.mark.parametrize("tokens", [None, -1])
def test_documents_that_were_not_counted_are_named(tmp_path, tokens):
    with pytest.raises(ValueError, match=r"1 documents have .* no token_count, the first is 'id1'"):
        count([write(tmp_path, [("a", 0.5, 1), ("a", 0.5, tokens)])], "score", [])


def test_no_documents_no_column_and_no_number_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no documents to select from"):
        count([write(tmp_path, [])], "score", [])
    with pytest.raises(ValueError, match=r"part.parquet has no columns \['grade'\]"):
        count([write(tmp_path, [("a", 0.5, 1)])], "grade", [])
    with pytest.raises(ValueError, match="source is String, not a number"):
        count([write(tmp_path, [("a", 0.5, 1)])], "source", [])


def test_groups_are_named_by_all_their_columns():
    docs = pl.DataFrame({"source": ["web", None], "language": ["en", "de"]})
    assert name_groups(docs, ["source", "language"]).to_list() == ["web/en", "none/de"]
    assert name_groups(docs, []).to_list() == ["all", "all"]
    assert name_groups(docs.clear(), []).len() == 0


def table(tokens):
    scores = pl.Series("score", range(len(tokens)), dtype=pl.Float32)
    return pl.DataFrame(scores).with_columns(
        documents=pl.lit(1, pl.Int64), tokens=pl.Series(tokens, dtype=pl.Int64)
    )


@given(
    tokens=st.lists(st.integers(0, 5), min_size=1, max_size=3000).filter(any),
    tie=st.integers(0, 2999),
    mark=st.floats(0, 1),
)
@settings(deadline=None, max_examples=40)
def test_knots_are_small_or_one_score_and_lose_nothing(tokens, tie, mark):
    tie %= len(tokens)
    tokens[tie] += sum(tokens)
    bins = table(tokens)
    knots = make_knots(bins, mark)
    assert knots["documents"].sum() == len(tokens)
    assert knots["tokens"].sum() == sum(tokens)
    assert knots["score"].is_sorted()
    low, high = place(knots["tokens"].to_numpy())
    single = knots["documents"].to_numpy() == 1
    assert (single | (high - low < 2 / KNOTS)).all()
    assert single[knots["score"].to_list().index(tie)]
    # The mark is the edge of a knot or in one that holds one score.
    assert single[(low < mark) & (mark < high)].all()
