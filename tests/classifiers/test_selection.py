import json

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers.selection import keep, replay, solve

SCORES = {
    "spread": lambda rng, rows: rng.beta(2, 5, rows),
    "sure": lambda rng, rows: 1 / (1 + np.exp(-rng.normal(6, 4, rows))),  # most are next to 1
    "tied": lambda rng, rows: np.round(rng.beta(2, 5, rows), 1),
    "copies": lambda rng, rows: rng.zipf(1.8, rows).clip(1, 10**6),  # most are 1
    "zeros": lambda rng, rows: np.where(rng.random(rows) < 0.7, 0.0, rng.random(rows)),
}


def corpus(kind, seed, rows=20_000):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "id": [f"{seed}-{number}" for number in range(rows)],
            "source": np.array(["web", "books"])[(rng.random(rows) < 0.3).astype(int)],
            "score_quality": SCORES[kind](rng, rows),
            "token_count": rng.integers(50, 1000, rows),
            "text": "a",
        }
    )


def select(folder, docs, name="out", **wanted):
    out = folder / name
    out.mkdir()
    docs.write_parquet(folder / "part.parquet")
    solve([folder / "part.parquet"], out, **wanted)
    return out, json.loads((out / "selection.json").read_text())


def count_tokens(docs):
    return int((docs["token_count"] * docs["repeats"]).sum())


def deviate(docs):
    """The standard deviation of the tokens that are drawn of documents with these rates."""
    rest = docs["selection_rate"].cast(pl.Float64) % 1
    return float((docs["token_count"] ** 2 * rest * (1 - rest)).sum()) ** 0.5


@pytest.mark.parametrize("kind", SCORES)
def test_a_share_is_hit_on_documents_that_were_not_counted(tmp_path, kind):
    for rate in (0.1, 0.5, 0.85):
        out, _ = select(tmp_path, corpus(kind, 1), f"{rate}", by=["source"], keep_rate=rate)
        unseen = keep(corpus(kind, 2), selection=out, by=["source"])
        assert count_tokens(unseen) / unseen["token_count"].sum() == pytest.approx(rate, abs=0.01)
        assert unseen["repeats"].max() == 1


@pytest.mark.parametrize("kind", SCORES)
def test_a_curve_draws_its_tokens(tmp_path, kind):
    docs = corpus(kind, 1)
    wanted = {"web": 0.5, "books": 3.0}
    out, found = select(tmp_path, docs, by=["source"], times=wanted, max_mean=6.0)
    drawn = keep(docs, selection=out, by=["source"])
    for name, times in wanted.items():
        group, ours = found["groups"][name], drawn.filter(source=name)
        target = times * group["tokens"]
        assert group["expected"]["tokens"] == pytest.approx(target, rel=0.005)
        expected = (ours["token_count"] * ours["selection_rate"].cast(pl.Float64)).sum()
        assert expected == pytest.approx(target, rel=0.005)
        assert abs(count_tokens(ours) - target) < 5 * deviate(ours) + 1e-6 * target
        assert max(group["buckets"]) <= 6.0 * (1 + 1e-9)
        by_score = ours.sort("score_quality")["selection_rate"]
        assert by_score.is_sorted()


def test_targets_in_tokens_are_those_of_each_group(tmp_path):
    _, found = select(tmp_path, corpus("spread", 1), by=["source"], tokens={"web": 3e6, "books": 2e6})
    came = {name: group["expected"]["tokens"] for name, group in found["groups"].items()}
    assert came == {"web": pytest.approx(3e6), "books": pytest.approx(2e6)}


@pytest.mark.parametrize("kind", SCORES)
@given(share=st.floats(0.02, 2.5))
@settings(max_examples=10, deadline=None)
def test_a_budget_is_read_best_first_and_what_is_beyond_it_is_not_drawn(tmp_path_factory, kind, share):
    docs, place = corpus(kind, 1), tmp_path_factory.mktemp("budget")
    total = docs["token_count"].sum()
    out, found = select(place, docs, budget=share * total)
    assert found["groups"]["all"]["expected"]["tokens"] == pytest.approx(share * total, rel=1e-6)
    drawn = keep(docs, selection=out)
    assert abs(count_tokens(drawn) - share * total) < 5 * deviate(drawn) + 1e-6 * total
    assert set(drawn["drop_reason"].drop_nulls()) <= {"budget.not_drawn"}
    assert drawn.sort("score_quality")["selection_rate"].is_sorted()
    if share >= 1:  # all as often
        assert drawn["selection_rate"].n_unique() == 1


def test_a_mix_says_the_budget_of_each_source(tmp_path):
    docs, mix = corpus("spread", 1), tmp_path / "weights.json"
    mix.write_text(json.dumps({"weights": {"web": 0.25, "books": 0.75}, "settings": {"budget_tokens": 2e6}}))
    for name, budget, total in (("own", None, 2e6), ("given", 1e6, 1e6)):
        _, found = select(tmp_path, docs, name, by=["source"], mix=mix, budget=budget)
        for source, weight in (("web", 0.25), ("books", 0.75)):
            came = found["groups"][source]["expected"]["tokens"]
            assert came == pytest.approx(weight * total, rel=1e-6)
    mix.write_text(json.dumps({"weights": {"web": 1.0, "books": 0.0}, "settings": {"budget_tokens": 2e6}}))
    out, _ = select(tmp_path, docs, "one", by=["source"], mix=mix)
    drawn = keep(docs, selection=out, by=["source"])
    assert drawn.filter(pl.col("repeats") > 0)["source"].unique().to_list() == ["web"]
    assert set(drawn["drop_reason"].drop_nulls()) == {"budget.not_drawn"}


@pytest.mark.parametrize(
    ("weights", "by", "budget", "message"),
    [
        ({"web": 1.0}, ["source"], None, r"nothing is said of the groups \['books'\]"),
        ({"web": 1.0, "books": 0.0}, [], None, "a mix says the budget of each source"),
        ({"web": 1.0, "books": 0.0}, ["source"], {"web": 1.0, "books": 1.0}, "one budget for all"),
        (None, ["source"], None, "is no mix with weights and a budget"),
    ],
)
def test_a_mix_that_says_no_budgets_is_refused(tmp_path, weights, by, budget, message):
    mix = tmp_path / "weights.json"
    mix.write_text(json.dumps({"weights": weights, "settings": {"budget_tokens": 1e6}}))
    with pytest.raises(ValueError, match=message):
        select(tmp_path, corpus("spread", 1), by=by, mix=mix, budget=budget)


def test_a_budget_of_more_than_may_be_read_is_refused(tmp_path):
    docs = corpus("spread", 1)
    with pytest.raises(ValueError, match="would be read 5 times, above max_mean = 4"):
        select(tmp_path, docs, budget=5.0 * docs["token_count"].sum(), max_mean=4.0)


def test_the_file_says_what_there_is_and_replays_it(tmp_path):
    docs = corpus("tied", 1)
    _, found = select(tmp_path, docs, by=["source"], times=1.0)
    assert (found["score"], found["by"], found["bits"]) == ("score_quality", ["source"], 0)
    for name, group in found["groups"].items():
        ours = docs.filter(source=name)
        assert group["documents"] == ours.height == sum(group["knots"]["documents"])
        assert group["tokens"] == ours["token_count"].sum() == sum(group["knots"]["tokens"])
        again = replay(group, times=1.0)
        assert {key: group[key] for key in again} == again
        assert replay(group, keep_rate=0.25)["expected"]["tokens"] == pytest.approx(group["tokens"] / 4)


def test_a_cut_is_where_it_is_said(tmp_path):
    docs = corpus("spread", 1)
    wanted = {"web": 0.3, "books": 0.2}
    out, found = select(tmp_path, docs, by=["source"], cut=wanted)
    unseen = keep(corpus("spread", 2), selection=out, by=["source"])
    cut = unseen["source"].replace_strict(wanted, return_dtype=pl.Float32)
    above = unseen["score_quality"].cast(pl.Float32) >= cut
    assert (unseen["drop_reason"].is_null() == above).all()
    assert set(unseen["drop_reason"].drop_nulls()) == {"selection.low_score"}
    kept = keep(docs, selection=out, by=["source"])
    assert sum(group["expected"]["tokens"] for group in found["groups"].values()) == count_tokens(kept)


def test_a_cut_is_the_same_for_scores_that_were_not_counted(tmp_path):
    docs = corpus("spread", 1, 9)
    low, high = (docs.with_columns(score_quality=pl.lit(score)) for score in (0.2, 0.6))
    for name, counted in (("low", low), ("high", high)):
        out, _ = select(tmp_path, counted, name, cut=0.4)
        assert keep(low, selection=out)["repeats"].sum() == 0
        assert keep(high, selection=out)["repeats"].sum() == 9


def test_a_tie_at_the_cut_is_drawn_and_says_so(tmp_path):
    docs = corpus("spread", 1).with_columns(score_quality=pl.lit(0.5))
    out, found = select(tmp_path, docs, keep_rate=0.3)
    drawn = keep(docs, selection=out)
    assert found["groups"]["all"]["cut_rate"] == pytest.approx(0.3)
    assert set(drawn["drop_reason"]) == {None, "selection.not_drawn"}
    assert count_tokens(drawn) / docs["token_count"].sum() == pytest.approx(0.3, abs=0.02)
    assert set(drawn["selection_quantile"]) == {0.5}
    other = keep(docs, selection=out, seed=2)
    assert (other["repeats"] != drawn["repeats"]).mean() == pytest.approx(2 * 0.3 * 0.7, abs=0.05)


def test_repeats_are_the_rate_and_one_more_where_the_draw_says(tmp_path):
    docs = corpus("spread", 1)
    out, _ = select(tmp_path, docs, times=2.0)
    drawn = keep(docs, selection=out)
    rate = drawn["selection_rate"].cast(pl.Float64)
    more = drawn["selection_draw"] < rate - rate.floor()
    assert (drawn["repeats"] == rate.floor() + more).all()
    assert drawn["repeats"].max() >= 5
    assert (drawn["drop_reason"].is_null() == (drawn["repeats"] > 0)).all()
    low = drawn.filter(drop_reason="selection.low_score")
    assert low["selection_quantile"].max() < 0.4
    assert (low["selection_rate"] == 0).all()
    assert drawn.filter(drop_reason="selection.not_drawn")["selection_rate"].min() > 0


def test_the_place_of_a_document_is_that_of_its_tokens(tmp_path):
    docs = corpus("spread", 1)
    out, _ = select(tmp_path, docs, keep_rate=0.5)
    ranked = keep(docs, selection=out).sort("score_quality")
    share = ranked["token_count"].cum_sum() / ranked["token_count"].sum()
    assert (ranked["selection_quantile"] - share).abs().max() < 2 / 1024


def test_scores_beyond_those_that_were_counted_are_the_first_and_the_last(tmp_path):
    docs = corpus("spread", 1)
    out, _ = select(tmp_path, docs, times=1.0)
    ends = docs.head(2).with_columns(score_quality=pl.Series([-5.0, 5.0]))
    rates = keep(ends, selection=out)["selection_rate"]
    assert rates[0] == 0
    assert rates[1] == keep(docs, selection=out)["selection_rate"].max()


@pytest.fixture(scope="module")
def solved(tmp_path_factory):
    return select(tmp_path_factory.mktemp("selection"), corpus("tied", 1), by=["source"], times=1.0)[0]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(cut=st.integers(0, 60), order=st.randoms())
def test_a_document_is_decided_by_itself(solved, cut, order):
    docs = corpus("tied", 3, 60)
    whole = keep(docs, selection=solved, by=["source"])
    parts = [keep(part, selection=solved, by=["source"]) for part in (docs[:cut], docs[cut:])]
    assert_frame_equal(pl.concat(parts), whole)
    rows = order.sample(range(60), 60)
    assert_frame_equal(keep(docs[rows], selection=solved, by=["source"]), whole[rows])


def test_columns_have_their_types_also_without_documents(solved):
    found = keep(corpus("tied", 3, 0), selection=solved / "selection.json", by=["source"]).schema
    assert found["selection_quantile"] == found["selection_rate"] == pl.Float32
    assert (found["selection_draw"], found["repeats"]) == (pl.Float64, pl.Int32)
    assert found["drop_reason"] == pl.String


def test_the_draw_is_not_that_of_a_mix_with_the_same_seed(solved):
    from winnow.mixing.sample import _draw_uniform

    docs = corpus("tied", 3, 5000)
    ours = keep(docs, selection=solved, by=["source"], seed=1)["selection_draw"].to_numpy()
    theirs = _draw_uniform(docs["id"].to_list(), 1)
    assert abs(np.corrcoef(ours, theirs)[0, 1]) < 0.1


def test_the_same_documents_give_the_same_bytes(tmp_path):
    docs = corpus("spread", 1)
    first, _ = select(tmp_path, docs, "first", by=["source"], times=1.0)
    second, _ = select(tmp_path, docs.reverse(), "second", by=["source"], times=1.0)
    assert (first / "selection.json").read_bytes() == (second / "selection.json").read_bytes()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({}, "name one of cut, keep_rate, tokens, times"),
        ({"times": 1.0, "keep_rate": 0.5}, "keep_rate and times is given"),
        ({"keep_rate": {"web": 0.5}}, r"nothing is said of the groups \['books'\]"),
        ({"cut": {"web": 0.5, "books": 0.5, "wbe": 0.5}}, r"there are no groups \['wbe'\]"),
        ({"times": {"web": 1.0, "books": 4.3}}, r"group 'books' of [\d,]+ tokens: 4.3 times .* at most 4.2"),
        ({"keep_rate": {"web": 0.5, "books": 0.0}}, "keep_rate = 0.0"),
        ({"times": 1.0, "start": 1.0}, "start = 1.0"),
    ],
)
def test_settings_that_cannot_be_met_are_refused(tmp_path, wanted, message):
    with pytest.raises(ValueError, match=message):
        select(tmp_path, corpus("spread", 1, 100), by=["source"], **wanted)


def test_a_group_without_tokens_is_refused(tmp_path):
    docs = corpus("spread", 1, 100).with_columns(
        token_count=pl.when(pl.col("source") == "web").then("token_count").otherwise(0)
    )
    with pytest.raises(ValueError, match=r"group 'books' has \d+ documents and no tokens"):
        select(tmp_path, docs, by=["source"], times=1.0)


def test_a_group_or_a_score_that_is_not_known_is_refused(solved):
    docs = corpus("tied", 3, 10)
    strange = docs.with_columns(source=pl.lit("forum"))
    with pytest.raises(ValueError, match=r"knows no group \['forum'\]"):
        keep(strange, selection=solved, by=["source"])
    lost = docs.with_columns(score_quality=pl.lit(None, pl.Float64))
    with pytest.raises(ValueError, match="10 documents have no finite score_quality, the first is '3-0'"):
        keep(lost, selection=solved, by=["source"])
    with pytest.raises(ValueError, match=r"was solved for score = 'score_quality', by = \['source'\]"):
        keep(docs, selection=solved)


@pytest.mark.parametrize(
    "text", ["no json", "[]", "{}", '{"score": "s", "by": [], "groups": {"all": {"knots": {"tokens": [1]}}}}']
)
def test_a_file_that_is_no_selection_is_named(tmp_path, text):
    (tmp_path / "selection.json").write_text(text)
    with pytest.raises(ValueError, match=r"selection.json is no selection of classifiers.selection:solve"):
        keep(corpus("tied", 3, 0), selection=tmp_path)


def test_a_later_phase_selects_first_what_an_earlier_one_did_not(tmp_path):
    docs = corpus("spread", 3, rows=4000)
    flat, _ = select(tmp_path, docs, "flat", times=0.8, start=0.0, power=0.0)
    steep, _ = select(tmp_path, docs, "steep", times=0.5, start=0.6)
    main, last = keep(docs, selection=flat), keep(docs, selection=steep, before=flat)
    alone = keep(docs, selection=steep)
    assert last["selection_rate"].equals(alone["selection_rate"])
    assert count_tokens(last) == pytest.approx(count_tokens(alone), rel=0.05)
    both = (main["repeats"] + last["repeats"]).to_numpy()
    rates = (main["selection_rate"].cast(pl.Float64) + last["selection_rate"].cast(pl.Float64)).to_numpy()
    assert (np.abs(both - rates) < 1 + 1e-6).all()  # drawn apart, some would come twice too often
    assert (np.abs((main["repeats"] + alone["repeats"]).to_numpy() - rates) >= 1).any()
