"""A further round: what a proof measured enters the fit, where it did not bear the chosen mix out."""

import json

import numpy as np
import polars as pl
import pytest

from tests.mixing.test_optimize import SOURCES, solve, solved, write_scores  # noqa: F401
from winnow.mixing import confirm, refine
from winnow.mixing.regression.model import load

GUARD = {"max_rise": 0.08, "seeds": 3}


@pytest.fixture
def proven(solved, tmp_path):  # noqa: F811
    """A solution and the scores of its proof."""
    found = solve(solved, tmp_path / "weights", **GUARD)
    rows = pl.concat([pl.read_parquet(path) for path in sorted((tmp_path / "weights").glob("mix=*.parquet"))])
    (tmp_path / "proof").mkdir()
    write_scores(tmp_path / "proof/scores.parquet", rows, noise=0.003)
    (solved / "swarm/swarm.json").write_text("{}")
    return found


def refine_again(folder, made, exported="natural", lead=0.041):
    (folder / "judged").mkdir(exist_ok=True)
    gains = {"chosen": (0.05, 0.04), "best": (0.051, lead)}  # the mean, and the interval's lower end
    mixes = {name: {"gain": {"mean": mean, "low": low}} for name, (mean, low) in gains.items()}
    confirmed = [] if exported == "natural" else list(mixes)
    came = {
        "exported": exported,
        "why": "for a test",
        "sizes": {"0": {"mixes": mixes}},
        "confirmed": confirmed,
    }
    (folder / "judged/confirmed.json").write_text(json.dumps(came))
    out = folder / "again"
    out.mkdir(exist_ok=True)
    files = [made / "scores.parquet", folder / "proof/scores.parquet"]
    refine.solve(
        files, out, confirmed=folder / "judged", weights=folder / "weights", fitted=made / "fit",
        counts=made / "counts", swarm=made / "swarm", seeds=3,
    )  # fmt: skip
    return json.loads((out / "weights.json").read_text())


def test_a_proof_that_stands_leaves_nothing_to_train(proven, solved, tmp_path):  # noqa: F811
    again = refine_again(tmp_path, solved, exported="chosen")
    assert again == proven | {"stands": True}
    assert not list((tmp_path / "again").glob("mix=*"))
    for name in ("model.json", "fit.json", "predictions.parquet"):
        assert (tmp_path / "again" / name).read_bytes() == (solved / "fit" / name).read_bytes()
    report = json.loads((tmp_path / "judged/confirmed.json").read_text())
    (tmp_path / "judged/weights.json").write_text(json.dumps(proven))
    (tmp_path / "last").mkdir()
    confirm.judge([], tmp_path / "last", weights=tmp_path / "again", before=tmp_path / "judged")
    assert json.loads((tmp_path / "last/confirmed.json").read_text()) == report


@pytest.mark.parametrize(("lead", "stands"), [(0.049, True), (0.0501, False)])
def test_a_proof_bettered_within_the_noise_stands(proven, solved, tmp_path, lead, stands):  # noqa: F811
    assert refine_again(tmp_path, solved, exported="best", lead=lead).get("stands", False) == stands


def test_a_refuted_one_is_fitted_with_the_rest_and_solved_by_the_same_settings(proven, solved, tmp_path):  # noqa: F811
    again = refine_again(tmp_path, solved)
    assert again["settings"] == proven["settings"] and "stands" not in again
    table = pl.read_parquet(tmp_path / "again/swarm.parquet")
    assert {"chosen", "uniform", "unimax", "best"} <= set(table["role"])
    assert table["role"].to_list().count("natural") == 1
    assert len(load(tmp_path / "again")["mixes"]) == len(load(solved / "fit")["mixes"]) + 5 * 3
    rows = pl.concat([pl.read_parquet(path) for path in sorted((tmp_path / "again").glob("mix=*.parquet"))])
    before = pl.concat(
        [pl.read_parquet(path) for path in sorted((tmp_path / "weights").glob("mix=*.parquet"))]
    )
    assert not set(rows["seed"]) & set(before["seed"]) and not set(rows["mix"]) & set(before["mix"])
    assert np.allclose(rows.select(SOURCES).sum_horizontal(), 1)
    said = json.loads((tmp_path / "again/messages.json").read_text())["says"]
    assert said[0] == "a further round, since natural was exported: for a test"
