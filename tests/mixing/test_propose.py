"""Later rounds, from real fits of scores whose law is known."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.mixing import fit, swarm

TOKENS = {"books": 4_000_000, "code": 2_000_000, "web": 10_000_000}
NEEDS = {"reading": [3.0, 0.2, 0.5], "coding": [0.2, 4.0, 0.3], "source:books": [2.0, 0.1, 0.1]}


def score(folder, bend=0.0):
    """Scores of the mixes that stand in a folder alone; `bend` moves the optimum."""
    mixes = pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("mix=*.parquet"))])
    weights = np.sqrt(mixes.select(list(TOKENS)).to_numpy())
    tables = [
        mixes.select("mix", "seed").with_columns(
            pl.lit(name).alias("eval"),
            pl.Series("value", 1.0 + np.exp(0.5 - weights @ np.array(need)) + bend * weights[:, 0]),
            pl.lit("bits per byte").alias("unit"),
            pl.lit(0, pl.Int64).alias("size"),
            pl.lit("toy").alias("proxy"),
        )
        for name, need in NEEDS.items()
    ]
    pl.concat(tables).write_parquet(folder / "scores.parquet")
    return folder / "scores.parquet"


@pytest.fixture
def first(tmp_path):
    """The first round: swarm, scores and fit."""
    folder = tmp_path / "first"
    folder.mkdir()
    counts = {name: {"tokens": tokens} for name, tokens in TOKENS.items()}
    (folder / "counts.json").write_text(json.dumps(counts))
    swarm.sample([], folder, counts=folder, proxy_tokens=500_000, mixes=12, held_out=2, budget_epochs=3.0)
    regress(folder, [score(folder)], folder)
    return folder


def regress(out, scores, folder):
    fit.regress(scores, out, swarm=folder, members=6)


def propose(fitted, before, out, **choices):
    out.mkdir()
    swarm.propose(sorted(fitted.iterdir()), out, swarm=before, **choices)
    return pl.read_parquet(out / "swarm.parquet"), json.loads((out / "swarm.json").read_text())


def test_a_round_adds_rows_near_the_optimum(first, tmp_path):
    before = pl.read_parquet(first / "swarm.parquet")
    table, record = propose(first, first, tmp_path / "second", mixes=8)
    assert table[: len(before)].equals(before)
    new = table[len(before) :]
    assert new["mix"].to_list() == list(range(len(before), len(before) + 8))
    assert (
        set(new["role"]) == {"swarm"} and set(new["round"]) == {1} and set(new["seed"]) == {0, 1, 2, 3, 4, 5}
    )
    files = sorted((tmp_path / "second").glob("mix=*.parquet"))
    assert pl.concat([pl.read_parquet(file) for file in files]).equals(new)
    weights = new.select(list(TOKENS)).to_numpy()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights <= 3 * np.array([4, 2, 10]) / 16 + 1e-9).all()  # budget_epochs of all tokens there are
    assert record["proposed"] == 8 and record["round"] == 1 and record["behind"] is None
    drawn = before.filter(pl.col("role") == "swarm").select(list(TOKENS)).to_numpy()
    value = np.exp(0.5 - np.sqrt(weights) @ np.array([NEEDS["reading"], NEEDS["coding"]]).T).mean(axis=1)
    others = np.exp(0.5 - np.sqrt(drawn) @ np.array([NEEDS["reading"], NEEDS["coding"]]).T).mean(axis=1)
    assert np.median(value) < np.quantile(others, 0.25)


def test_rounds_end_when_the_best_mix_stays(first, tmp_path):
    second = tmp_path / "second"
    propose(first, first, second, mixes=8)
    both = tmp_path / "fit"
    both.mkdir()
    (tmp_path / "both").mkdir()
    regress(both, [first / "scores.parquet", score(second)], second)
    table, record = propose(both, second, tmp_path / "third", mixes=8)
    assert record["proposed"] == 0 and "has not moved" in record["why"] and record["behind"] <= 0.005
    assert table.equals(pl.read_parquet(second / "swarm.parquet"))
    assert not list((tmp_path / "third").glob("mix=*"))
    _, record = propose(both, second, tmp_path / "asked", mixes=8, epsilon=-1.0)
    assert record["proposed"] == 8 and record["round"] == 2


def test_rounds_go_on_when_the_best_mix_moves(first, tmp_path):
    second = tmp_path / "second"
    propose(first, first, second, mixes=8)
    moved = tmp_path / "fit"
    moved.mkdir()
    regress(moved, [score(first, bend=2.0), score(second, bend=2.0)], second)
    _, record = propose(moved, second, tmp_path / "third", mixes=8)
    assert record["proposed"] == 8 and record["behind"] > 0.005


def test_rounds_end_with_the_budget(first, tmp_path):
    rows = len(pl.read_parquet(first / "swarm.parquet"))
    table, record = propose(first, first, tmp_path / "last", mixes=8, max_mixes=rows + 3)
    assert len(table) == rows + 3 and record["proposed"] == 3
    _, record = propose(first, tmp_path / "last", tmp_path / "none", mixes=8, max_mixes=rows + 3)
    assert record["proposed"] == 0 and "mixes are there" in record["why"]


def test_the_target_evals_decide_where_to_look(first, tmp_path):
    reading, _ = propose(first, first, tmp_path / "reading", evals={"reading": 1.0})
    coding, _ = propose(first, first, tmp_path / "coding", evals={"coding": 2.0, "reading": 0.0})
    means = [table.filter(pl.col("round") == 1)["code"].mean() for table in (reading, coding)]
    assert means[0] < means[1]


def test_the_same_bytes_again(first, tmp_path):
    for name in ("one", "two"):
        propose(first, first, tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_refusals(first, tmp_path):
    with pytest.raises(ValueError, match="flying"):
        propose(first, first, tmp_path / "a", evals={"flying": 1.0})
    with pytest.raises(ValueError, match="no eval to aim at"):
        propose(first, first, tmp_path / "b", evals={"reading": 0.0})
    with pytest.raises(ValueError, match="where one is needed"):
        swarm.propose([], tmp_path, swarm=first)
    table = pl.read_parquet(first / "swarm.parquet").rename({"web": "film"})
    table.write_parquet(first / "swarm.parquet")
    with pytest.raises(ValueError, match="the swarm of others"):
        propose(first, first, tmp_path / "c")
