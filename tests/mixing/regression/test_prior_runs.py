"""Two runs of planted laws of words: the second with one source changed, and few mixes."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing import fit, optimize
from winnow.mixing.proxy import sketches
from winnow.mixing.regression import model, prior_runs

SOURCES = ["a", "b", "c"]
WORDS = {"a": "abcd", "b": "efgh", "c": "ijkl", "other": "wxyz"}


def write_run(
    folder, mixes, harm=1.0, sources=SOURCES, held_out=0, seed=0, noise=0.01, evals="same", **texts
):
    """Data, swarm and scores: much of `a` serves the eval, or harms it."""
    folder.mkdir()
    drawn = {name: [" ".join(texts.get(name, WORDS[name]))] * 4 for name in sources}
    sketches.save(drawn, {"one": [evals], "two": ["x"]}, {"vocabulary": "v"}, folder)
    roles = ["natural", *["swarm"] * (len(mixes) - 1 - held_out), *["held_out"] * held_out]
    table = {"mix": range(len(mixes)), "role": roles} | dict(zip(sources, mixes.T, strict=True))
    pl.DataFrame(table).write_parquet(folder / "swarm.parquet")
    rng = np.random.default_rng(seed)
    values = {
        "one": 2 - harm * mixes[:, 0] + rng.normal(0, noise, len(mixes)),
        "two": 1 + mixes[:, 1] ** 2 + rng.normal(0, noise, len(mixes)),
    }
    rows = [
        {"mix": mix, "seed": seed, "eval": name, "value": value, "unit": "bits", "size": 7, "proxy": "p"}
        for name, found in values.items()
        for mix, value in enumerate(found.tolist())
    ]
    pl.DataFrame(rows).write_parquet(folder / "scores.parquet")
    return folder


def regress(run, out, **choices):
    out.mkdir()
    fit.regress([run / "scores.parquet"], out, swarm=run, data=run, members=4, **choices)
    report = json.loads((out / "fit.json").read_text())
    if told := report.get("previous"):  # each run enters, or is left out for one reason
        assert told["entered"] + sum(told[name] for name in prior_runs.LEFT) == told["runs"]
    return model.load(out), report.get("previous")


def draw_mixes(count, seed=0):
    return np.vstack([np.full(3, 1 / 3), np.random.default_rng(seed).dirichlet([1.0] * 3, count - 1)])


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    folder = tmp_path_factory.mktemp("earlier")
    regress(write_run(folder / "run", draw_mixes(30)), folder / "fit")
    return folder / "fit"


def slope_of_a(fitted):
    """By how much more of `a` in the place of `c` changes the first eval."""
    points = np.array([[0.2, 0.3, 0.5], [0.5, 0.3, 0.2]])
    return float(np.diff(model.predict(fitted, points)[0])[0])


@given(
    st.floats(1e-3, 1.0),
    st.floats(1e-3, 10.0),
    st.lists(st.floats(0, 1), min_size=2, max_size=8),
)
def test_a_run_counts_the_less_the_farther_its_text_moved(error, slope, moved):
    counts = prior_runs.trust(error, slope, np.sort(moved)[:, None])
    assert ((counts > 0) & (counts <= 1)).all() and (np.diff(counts) <= 1e-12).all()
    assert (prior_runs.trust(error, slope, np.zeros((3, 2))) == 1).all()


def test_where_nothing_moved_earlier_runs_count_in_full(earlier, tmp_path):
    run = write_run(tmp_path / "run", draw_mixes(12, seed=1), seed=3)
    fitted, told = regress(run, tmp_path / "fit", previous=earlier)
    assert told["entered"] == 30 and told["moved"] == {"a": 0.0, "b": 0.0, "c": 0.0}
    assert told["trust"] == {"one": 1.0, "two": 1.0}
    assert fitted["own"] == 12 and len(fitted["mixes"]) == 42
    errors = fitted["evals"]["one"]["errors"]
    assert np.isfinite(errors[:12]).all() and np.isnan(errors[12:]).all()
    predictions = pl.read_parquet(tmp_path / "fit/predictions.parquet")
    assert predictions.filter(eval="one")["mix"].to_list() == list(range(12))
    says = json.loads((tmp_path / "fit/messages.json").read_text())["says"]
    assert says[0] == "previous: 30 of 30 earlier runs enter"
    assert "moved: no source; a run counts 1.00" in says[1]


def test_what_moved_entirely_does_not_turn_the_law(earlier, tmp_path):
    """`a` now harms; earlier runs, in which it served, would have it serve."""
    run = write_run(tmp_path / "run", draw_mixes(12, seed=1), harm=-1.0, seed=3, a=WORDS["other"])
    fitted, told = regress(run, tmp_path / "fit", previous=earlier)
    assert told["moved"]["a"] == pytest.approx(1.0) and told["trust"]["one"] < 0.1
    assert slope_of_a(fitted) == pytest.approx(0.3, abs=0.06)
    assert fitted["evals"]["one"]["mean"] > 2.2  # of today's runs alone


def test_what_is_chosen_lies_within_what_todays_runs_cover(earlier, tmp_path):
    """More of `a` is better, of which earlier runs had up to .9."""
    mixes = draw_mixes(60, seed=1)
    run = write_run(tmp_path / "run", mixes[mixes[:, 0] < 0.5][:14], seed=3)
    regress(run, tmp_path / "fit", previous=earlier)
    counts = {name: {"tokens": 10**6, "natural_weight": 1 / 3} for name in SOURCES}
    (run / "counts.json").write_text(json.dumps(counts))
    (tmp_path / "solved").mkdir()
    files, most = [tmp_path / "fit/predictions.parquet"], pl.read_parquet(run / "swarm.parquet")["a"].max()
    optimize.solve(files, tmp_path / "solved", counts=run, swarm=run, kl=0.0, max_rise=9.0)
    chosen = json.loads((tmp_path / "solved/weights.json").read_text())["weights"]["a"]
    assert chosen <= most + 1e-6 and chosen > most - 0.05


def test_a_run_that_is_among_todays_does_not_count_twice(earlier, tmp_path):
    run = write_run(tmp_path / "run", draw_mixes(30)[:14])
    told = regress(run, tmp_path / "fit", previous=earlier)[1]
    assert (told["entered"], told["among_todays"]) == (16, 14)
    other = write_run(tmp_path / "moved", draw_mixes(30)[:14], a="abcx")
    assert regress(other, tmp_path / "moved-fit", previous=earlier)[1]["among_todays"] == 0


def test_what_is_held_out_today_is_not_learned_from_an_earlier_run(earlier, tmp_path):
    run = write_run(tmp_path / "run", draw_mixes(30)[:16], held_out=3, seed=5)
    told = regress(run, tmp_path / "fit", previous=earlier)[1]
    assert (told["entered"], told["held_out_today"]) == (27, 3)


def test_a_run_is_left_out_for_one_reason(earlier, tmp_path):
    mixes = draw_mixes(30)
    _, told = regress(write_run(tmp_path / "held", mixes, held_out=4), tmp_path / "one", previous=earlier)
    assert (told["among_todays"], told["held_out_today"], told["entered"]) == (30, 0, 0)
    bare = write_run(tmp_path / "bare", draw_mixes(14, seed=3))
    one = pl.read_parquet(bare / "scores.parquet").filter(pl.col("eval") == "one")
    one.with_columns(eval=pl.lit("three")).write_parquet(bare / "scores.parquet")
    _, told = regress(bare, tmp_path / "two", previous=earlier)
    assert (told["unscored"], told["entered"]) == (30, 0)


def test_a_source_that_is_gone_and_one_that_is_new(tmp_path, earlier):
    mixes = np.random.default_rng(4).dirichlet([1.0] * 3, 14)
    run = write_run(tmp_path / "run", mixes, sources=["a", "b", "other"])
    told = regress(run, tmp_path / "fit", previous=earlier)[1]
    assert (told["entered"], told["gone_source"]) == (0, 30)
    assert told["moved"] == {"a": 0.0, "b": 0.0, "other": None}


def test_other_items_and_another_vocabulary_do_not_compare(tmp_path, earlier):
    run = write_run(tmp_path / "run", draw_mixes(12, seed=1), evals="others")
    fitted, told = regress(run, tmp_path / "fit", previous=earlier)
    assert told["other_evals"] == ["one"] and list(told["trust"]) == ["two"]
    assert np.isfinite(fitted["evals"]["one"]["errors"]).sum() == 12
    marks = json.loads((run / "prints.json").read_text())
    (run / "prints.json").write_text(json.dumps(marks | {"reading": {"vocabulary": "w"}}))
    told = regress(run, tmp_path / "again", previous=earlier)[1]
    assert told["entered"] == 0 and "another vocabulary" in told["unlike"]


def test_what_lacks_is_said(tmp_path, earlier):
    run = write_run(tmp_path / "run", draw_mixes(12, seed=1))
    with pytest.raises(ValueError, match="`previous` needs `data`"):
        fit.regress([run / "scores.parquet"], tmp_path, swarm=run, previous=earlier)
    with pytest.raises(ValueError, match=r"has no prints.json.*run that stage again"):
        regress(run, tmp_path / "fit", previous=tmp_path)
    with pytest.raises(ValueError, match=r"has no evidence.parquet"):
        regress(run, tmp_path / "again", previous=run)
