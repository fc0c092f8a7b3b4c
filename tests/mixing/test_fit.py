import json

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from winnow.mixing import fit
from winnow.mixing.regression import model as regression

SOURCES = ["code", "maths", "web"]


def bits(weights):
    """Scores that fall fast with a source's first tokens: one eval per source, and one of pure noise."""
    noise = np.random.default_rng(5).normal(size=len(weights))
    return {
        "coding": 1 + 2 * np.exp(-3 * np.sqrt(weights[:, 0])),
        "counting": 0.5 + np.exp(-2 * np.sqrt(weights[:, 1]) - 0.5 * weights[:, 0]),
        "noise": 1 + 0.1 * noise,
    }


def write_swarm(folder, mixes=32, held_out=24):
    rng = np.random.default_rng(0)
    weights = rng.dirichlet([0.5] * 3, size=mixes + held_out)
    roles = ["swarm"] * mixes + ["held_out"] * held_out
    frame = pl.DataFrame({"mix": range(len(roles)), "role": roles}).with_columns(
        pl.Series(name, weights[:, i]) for i, name in enumerate(SOURCES)
    )
    (folder / "swarm").mkdir()
    frame.write_parquet(folder / "swarm" / "swarm.parquet")
    files = []
    for mix in range(len(roles)):
        place = folder / f"mix={mix:04d}"
        place.mkdir()
        rows = [
            (mix, 0, name, float(v[mix]), "bits per byte", 0, "ngram") for name, v in bits(weights).items()
        ]
        columns = ["mix", "seed", "eval", "value", "unit", "size", "proxy"]
        pl.DataFrame(rows, schema=columns, orient="row").write_parquet(place / "scores.parquet")
        files.append(place / "scores.parquet")
    return files, folder / "swarm", weights


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    files, swarm, weights = write_swarm(folder)
    (folder / "out").mkdir()
    fit.regress(files, folder / "out", swarm=swarm)
    return folder / "out", files, swarm, weights


def test_a_known_law_is_recovered_on_mixes_the_fit_never_saw(fitted):
    out, _, _, _ = fitted
    model = regression.load(out)
    fresh = np.random.default_rng(9).dirichlet([1.0] * 3, size=200)
    truth = bits(fresh)
    predicted = dict(zip(model["evals"], regression.predict(model, fresh), strict=True))
    for name in ("coding", "counting"):
        assert spearmanr(predicted[name], truth[name]).statistic > 0.99
    report = json.loads((out / "fit.json").read_text())["evals"]
    assert report["coding"]["held_out"]["r2"] > 0.97
    assert report["coding"]["held_out"]["mae"] < 0.25 * report["coding"]["held_out"]["mean_mae"]
    assert report["coding"]["cross_validated"]["r2"] > 0.9


def test_an_eval_of_noise_is_not_claimed_to_be_understood(fitted):
    out, _, _, _ = fitted
    report = json.loads((out / "fit.json").read_text())["evals"]["noise"]
    assert report["held_out"]["r2"] < 0.2
    assert report["weights"]["mean"] > 0.25
    assert sum(report["weights"].values()) == pytest.approx(1)


def test_predictions_tell_every_mix_and_never_come_from_a_model_that_saw_it(fitted):
    out, _, _, weights = fitted
    frame = pl.read_parquet(out / "predictions.parquet")
    assert frame.height == 3 * len(weights)
    assert frame.filter(pl.col("role") == "held_out")["fold"].null_count() == 3 * 24
    assert frame.filter(pl.col("role") == "swarm")["fold"].null_count() == 0


def test_a_mix_has_hardly_a_say_in_its_own_prediction(fitted, tmp_path):
    out, files, swarm, _ = fitted
    changed = pl.concat([pl.read_parquet(file) for file in files])
    wrong = pl.when((pl.col("mix") == 3) & (pl.col("eval") == "coding")).then(9.0).otherwise("value")
    changed.with_columns(value=wrong).write_parquet(tmp_path / "scores.parquet")
    (tmp_path / "out").mkdir()
    fit.regress([tmp_path / "scores.parquet"], tmp_path / "out", swarm=swarm)
    own = (pl.col("eval") == "coding") & (pl.col("mix") == 3)
    before, after = (
        pl.read_parquet(place / "predictions.parquet").filter(own) for place in (out, tmp_path / "out")
    )
    assert after["value"].item() == 9.0
    assert after["predicted"].item() == pytest.approx(before["predicted"].item(), abs=0.05)


def test_the_same_scores_in_any_order_give_the_same_bytes(fitted, tmp_path):
    out, files, swarm, _ = fitted
    fit.regress(list(reversed(files)), tmp_path, swarm=swarm)
    for name in ("model.json", "fit.json", "predictions.parquet"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def refit(fitted, tmp_path, frame):
    _, _, swarm, _ = fitted
    frame.write_parquet(tmp_path / "scores.parquet")
    fit.regress([tmp_path / "scores.parquet"], tmp_path, swarm=swarm, members=3)
    return json.loads((tmp_path / "fit.json").read_text())


def read(fitted):
    return pl.concat([pl.read_parquet(file) for file in fitted[1]])


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_a_missing_score_is_left_out_by_name(fitted, tmp_path, value):
    here = (pl.col("eval") == "coding") & (pl.col("mix") == 3)
    frame = read(fitted).with_columns(pl.when(here).then(value).otherwise("value").alias("value"))
    frame = frame.filter(~here) if value is None else frame
    report = refit(fitted, tmp_path, frame)
    row = {"eval": "coding", "mix": 3, "seed": 0, "size": 0, "why": "no finite score"}
    assert report["left_out"] == [row]
    assert report["evals"]["coding"]["held_out"]["r2"] > 0.95
    model = regression.load(tmp_path)
    duals = model["evals"]["coding"]["members"][0]["laws"]["gaussian_process"]["dual"]
    assert len(duals) == len(model["mixes"]) == 32 and duals[3] == 0


def test_a_mix_without_any_score_is_left_out_by_name(fitted, tmp_path):
    report = refit(fitted, tmp_path, read(fitted).filter(pl.col("mix") != 3))
    assert [(row["mix"], row["why"][:20]) for row in report["left_out"]] == [(3, "no score came back: ")]


def test_a_proxy_that_diverged_is_left_out_by_name(fitted, tmp_path):
    worse = pl.when(pl.col("mix") == 5).then(pl.col("value") + 9).otherwise("value")
    report = refit(fitted, tmp_path, read(fitted).with_columns(value=worse))
    assert [(row["mix"], row["why"][:8]) for row in report["left_out"]] == [(5, "diverged")]
    assert report["training_mixes"] == 31
    assert report["evals"]["coding"]["held_out"]["r2"] > 0.95


def test_an_eval_in_which_all_mixes_tie_is_left_out_by_name(fitted, tmp_path):
    tied = pl.when(pl.col("eval") == "noise").then(0.5).otherwise("value")
    report = refit(fitted, tmp_path, read(fitted).with_columns(value=tied))
    assert report["left_out"] == [{"eval": "noise", "why": "all mixes score alike"}]
    assert set(report["evals"]) == {"coding", "counting"}


def test_what_can_not_be_fitted_is_refused(fitted, tmp_path):
    frame = read(fitted)
    with pytest.raises(ValueError, match="no eval can be fitted"):
        refit(fitted, tmp_path, frame.with_columns(value=pl.lit(1.0)))
    with pytest.raises(ValueError, match=r"mixes \[99\], which the swarm does not have"):
        refit(fitted, tmp_path, pl.concat([frame, frame.head(1).with_columns(mix=pl.lit(99, pl.Int64))]))
    with pytest.raises(ValueError, match=r"mixes \[0\] have two scores"):
        refit(fitted, tmp_path, pl.concat([frame, frame.head(1)]))
    with pytest.raises(ValueError, match="9 training mixes"):
        refit(fitted, tmp_path, frame.filter(pl.col("mix") < 9))


def test_two_proxies_are_not_averaged(fitted, tmp_path):
    _, files, swarm, _ = fitted
    other = tmp_path / "scores.parquet"
    pl.read_parquet(files[0]).with_columns(proxy=pl.lit("transformer")).write_parquet(other)
    with pytest.raises(ValueError, match="several proxies"):
        fit.regress([*files, other], tmp_path, swarm=swarm)


def test_a_natural_mix_whose_proxy_failed_is_known_by_its_repeats():
    runs = pl.DataFrame({"role": ["repeat", "swarm"]})
    mixes = np.array([[0.2, 0.8], [0.6, 0.4]])
    assert fit._find_natural(runs, mixes).tolist() == [0.2, 0.8]
    assert fit._find_natural(runs[1:], mixes[1:]).tolist() == [0.6, 0.4]


def test_what_a_seed_does_to_all_alike_is_no_gain(tmp_path):
    """Seed 0 is lucky by far more than mixes differ."""
    rng = np.random.default_rng(0)
    anchors = [[0.5, 0.5], [0.4, 0.6], [0.6, 0.4]]
    drawn = rng.dirichlet([2.0, 2.0], size=24).tolist()
    runs = [
        ("natural" if n == 0 else "swarm", seed, mix) for n, mix in enumerate(anchors) for seed in range(3)
    ]
    runs += [("swarm", n % 3, mix) for n, mix in enumerate(drawn)]
    rows = [
        {"mix": n, "role": r, "seed": s, "round": 0, "a": m[0], "b": m[1]} for n, (r, s, m) in enumerate(runs)
    ]
    swarm = pl.DataFrame(rows)
    swarm.write_parquet(tmp_path / "swarm.parquet")
    values = 1 - 0.1 * swarm["a"].to_numpy() + np.array([-0.5, 0.2, 0.3])[swarm["seed"].to_numpy()]
    scores = swarm.select("mix", "seed").with_columns(
        pl.lit("one").alias("eval"),
        pl.Series("value", values + rng.normal(0, 0.002, len(values))),
        pl.lit("bits per byte").alias("unit"),
        pl.lit(1).alias("size"),
        pl.lit("transformer").alias("proxy"),
    )
    scores.write_parquet(tmp_path / "scores.parquet")
    fit.regress([tmp_path / "scores.parquet"], tmp_path, swarm=tmp_path, members=4)
    model = regression.load(tmp_path)
    natural, rich = regression.predict(model, np.array([[0.5, 0.5], [0.9, 0.1]]))[0]
    assert natural == pytest.approx(0.95, abs=0.01)
    assert rich - natural == pytest.approx(-0.04, abs=0.01)
    assert model["evals"]["one"]["noise"] < 0.02
