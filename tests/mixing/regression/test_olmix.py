"""Olmix's files, in the shapes that its code and papers have; wrong ones are refused by name."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.mixing import fit, optimize, scores

TOKENS = {"code": 2_000_000, "web": 6_000_000}
NATURAL = [0.25, 0.75]


def make(folder, key="run", runs=16, named=True):
    """Tables of Olmix: shares that sum to 1, and two losses a run; the fit's YAML beside them."""
    code = np.concatenate([[0.25, 0.25, 1.0], np.random.default_rng(0).uniform(0.02, 0.9, runs - 3)])
    names = [f"mix_{number:03d}" if named else number for number in range(runs)]
    ratios = pl.DataFrame({key: names, "code": code, "web": 1 - code})
    losses = {"coding": 1 + np.exp(-3 * code), "reading": 1 + np.exp(-2 * (1 - code))}
    metrics = pl.DataFrame({key: names} | losses)
    if named:
        ratios = ratios.with_columns(name=pl.col(key) + "-swarm")
    ratios.write_csv(folder / "ratios.csv")
    metrics.write_csv(folder / "metrics.csv")
    counts = "".join(f"    {name}: {number}\n" for name, number in TOKENS.items())
    (folder / "fit.yaml").write_text(f"priors:\n  token_counts:\n{counts}regression:\n  type: log_linear\n")
    return ratios, metrics


def take(folder, **settings):
    ours = {"table": folder / "metrics.csv", "weights": folder / "ratios.csv", "priors": folder / "fit.yaml"}
    scores.read([], folder, direction="loss", **(ours | settings))
    return pl.read_parquet(folder / "scores.parquet"), pl.read_parquet(folder / "swarm.parquet")


@pytest.mark.parametrize(("key", "named"), [("run", True), ("run_id", True), ("run", False)])
def test_the_tables_are_taken_as_they_are(tmp_path, key, named):
    ratios, metrics = make(tmp_path, key, named=named)
    took, swarm = take(tmp_path)
    assert swarm.columns == ["mix", "role", "seed", "round", "code", "web"]
    assert swarm["role"].to_list()[:4] == ["natural", "repeat", "corner", "swarm"]
    assert np.allclose(swarm.select("code", "web"), ratios.select("code", "web"))
    assert took.filter(eval="coding").sort("mix")["value"].to_list() == metrics["coding"].to_list()
    assert json.loads((tmp_path / "counts.json").read_text()) == {k: {"tokens": n} for k, n in TOKENS.items()}


def test_the_launch_s_json_names_the_tokens_too_and_all_of_it_is_solved(tmp_path):
    make(tmp_path)
    (tmp_path / "launch.json").write_text(json.dumps({"priors": {"token_counts": TOKENS}}))
    take(tmp_path, priors=tmp_path / "launch.json")
    fit.regress([tmp_path / "scores.parquet"], tmp_path, swarm=tmp_path, members=4)
    optimize.solve(
        [tmp_path / "predictions.parquet"], tmp_path, counts=tmp_path, swarm=tmp_path, max_rise=np.inf
    )
    solved = json.loads((tmp_path / "weights.json").read_text())
    assert list(solved["natural"].values()) == pytest.approx(NATURAL)
    assert "by your own runs" in solved["verdict"] and solved["gain"]["corrected"] > 0


def drop(folder, name, change):
    table = pl.read_csv(folder / name)
    change(table).write_csv(folder / name)


WRONG = {
    "no priors": (lambda f: {"priors": None}, "name the fit's YAML, which has `priors.token_counts`"),
    "no counts in them": (
        lambda f: (f / "fit.yaml").write_text("priors: {}\n"),
        r"fit\.yaml has no `priors\.token_counts`",
    ),
    "counts that are none": (
        lambda f: (f / "fit.yaml").write_text("priors: {token_counts: {code: 2, web: many}}\n"),
        r"whole numbers above 0; not of \['web'\]",
    ),
    "no YAML": (lambda f: (f / "fit.yaml").write_text("a: [1\n"), r"fit\.yaml can not be read"),
    "another domain": (
        lambda f: drop(f, "ratios.csv", lambda t: t.rename({"web": "crawl"})),
        r"do not name the same domains: \['crawl', 'web'\]",
    ),
    "a run twice": (
        lambda f: drop(f, "ratios.csv", lambda t: pl.concat([t, t[3:4]])),
        r"\['mix_003'\] have two",
    ),
    "shares over 1": (
        lambda f: drop(f, "ratios.csv", lambda t: t.with_columns(web=pl.col("web") + 0.2)),
        "sum to 1; not of the mixes",
    ),
    "a run that was not drawn": (
        lambda f: drop(f, "ratios.csv", lambda t: t[:-1]),
        r"runs that the ratios do not have: \['mix_015'\]",
    ),
    "a run that did not come back": (
        lambda f: drop(f, "metrics.csv", lambda t: t[1:]),
        r"no row of the runs \['mix_000'\]; set `incomplete`",
    ),
    "a loss that is none": (
        lambda f: drop(f, "metrics.csv", lambda t: t.with_columns(coding=pl.lit("nan"))),
        r"no finite value for run mix_000 \(coding\)",
    ),
    "no metrics": (lambda f: drop(f, "metrics.csv", lambda t: t.select("run")), "has no metrics"),
    "ratios without runs": (
        lambda f: drop(f, "ratios.csv", lambda t: t.drop("run", "name")),
        "has no column `run` or `run_id`",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_ones_are_refused_by_name(tmp_path, wrong):
    make(tmp_path)
    change, message = WRONG[wrong]
    changed = change(tmp_path)
    with pytest.raises(ValueError, match=message):
        take(tmp_path, **(changed if isinstance(changed, dict) else {}))


def test_what_did_not_come_back_is_let_through_where_that_is_told(tmp_path):
    make(tmp_path)
    drop(tmp_path, "metrics.csv", lambda t: t[1:])
    took, swarm = take(tmp_path, incomplete=True)
    assert 0 not in took["mix"] and 0 in swarm["mix"]
