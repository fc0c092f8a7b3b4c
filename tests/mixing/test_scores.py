import json

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from winnow.mixing import fit, scores
from winnow.mixing.regression import model as regression
from winnow.mixing.sample import draw

SOURCES = ["code", "maths", "web"]


def make(folder, rows=24):
    mixes = np.random.default_rng(0).dirichlet([0.7] * 3, size=rows).round(3)
    weights = pl.DataFrame({"mix": range(rows)} | dict(zip(SOURCES, mixes.T, strict=True)))
    table = pl.DataFrame(
        [
            {"mix": m, "eval": name, "value": float(np.exp(-2 * np.sqrt(mixes[m, column])))}
            for m in range(rows)
            for column, name in enumerate(("coding", "counting"))
        ]
    )
    weights.write_csv(folder / "weights.csv")
    table.write_csv(folder / "table.csv")
    return weights, table


def take(folder, **settings):
    ours = {"table": folder / "table.csv", "weights": folder / "weights.csv", "direction": "loss"}
    scores.read([], folder, **(ours | settings))
    return pl.read_parquet(folder / "scores.parquet")


def test_a_table_from_anywhere_is_fitted(tmp_path):
    _, table = make(tmp_path)
    took = take(tmp_path)
    assert took["unit"].unique().to_list() == ["loss"]
    assert took.height == table.height
    fit.regress([tmp_path / "scores.parquet"], tmp_path, swarm=tmp_path, members=3)
    best = regression.predict(regression.load(tmp_path), np.eye(3))
    assert best[0].argmin() == 0 and best[1].argmin() == 1


def test_an_accuracy_is_turned_around_and_parquet_is_read_as_csv(tmp_path):
    _, table = make(tmp_path)
    table.with_columns(seed=pl.lit(7), size=pl.lit(1000), tokens=pl.lit(5)).write_parquet(
        tmp_path / "t.parquet"
    )
    took = take(tmp_path, table=tmp_path / "t.parquet", direction="accuracy").sort("mix", "eval")
    assert took["value"].to_list() == pytest.approx((1 - table.sort("mix", "eval")["value"]).to_list())
    assert took["unit"][0] == "1 - accuracy"
    assert took.select("seed", "size", "train_tokens").row(0) == (7, 1000, 5)


BAD_TABLES = {
    "mix missing": (lambda t: t.filter(pl.col("mix") != 4), r"no scores of the mixes \[4\]; train them"),
    "eval missing": (
        lambda t: t.filter((pl.col("mix") != 4) | (pl.col("eval") != "coding")),
        r"no value for mix 4 \(coding\); train",
    ),
    "unknown mix": (lambda t: t.with_columns(pl.col("mix") + 1), r"not asked for: \[24\]"),
    "twice": (lambda t: pl.concat([t, t.head(1)]), r"two values for mix 0 \(coding\)"),
    "not finite": (
        lambda t: t.with_columns(value=pl.when(pl.col("mix") == 2).then(float("nan")).otherwise("value")),
        r"no finite value for mix 2 \(coding\), mix 2 \(counting\)",
    ),
    "no column": (lambda t: t.rename({"value": "loss"}), r"has no columns \['value'\]; there are"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_table_that_is_not_what_was_asked_for_is_refused(tmp_path, name):
    _, table = make(tmp_path)
    spoil, message = BAD_TABLES[name]
    spoil(table).write_csv(tmp_path / "table.csv")
    with pytest.raises(ValueError, match=message):
        take(tmp_path)


def test_percents_are_no_accuracies(tmp_path):
    _, table = make(tmp_path)
    table.with_columns(pl.col("value") * 100 + 1).write_csv(tmp_path / "table.csv")
    with pytest.raises(ValueError, match="divide by 100"):
        take(tmp_path, direction="accuracy")


BAD_WEIGHTS = {
    "sum": (
        lambda w: w.with_columns(web=pl.when(pl.col("mix") == 3).then(9.0).otherwise("web")),
        "sum to 1",
    ),
    "negative": (
        lambda w: w.with_columns(code=-pl.col("code"), web=1 + pl.col("code") - pl.col("maths")),
        "at least 0",
    ),
    "null": (
        lambda w: w.with_columns(web=pl.when(pl.col("mix") == 3).then(None).otherwise("web")),
        "sum to 1",
    ),
    "twice": (lambda w: pl.concat([w, w.head(1)]), r"mixes \[0\] have two rows"),
    "words": (lambda w: w.with_columns(note=pl.lit("x")), "must be numbers"),
}


@pytest.mark.parametrize("name", BAD_WEIGHTS)
def test_weights_that_are_no_mix_are_refused(tmp_path, name):
    weights, _ = make(tmp_path)
    spoil, message = BAD_WEIGHTS[name]
    spoil(weights).write_csv(tmp_path / "weights.csv")
    with pytest.raises(ValueError, match=message):
        take(tmp_path)


def test_what_did_not_come_back_is_let_through_on_request_and_named_by_the_fit(tmp_path):
    _, table = make(tmp_path)
    table.filter((pl.col("mix") != 4) | (pl.col("eval") != "coding")).write_csv(tmp_path / "table.csv")
    take(tmp_path, incomplete=True)
    fit.regress([tmp_path / "scores.parquet"], tmp_path, swarm=tmp_path, members=3)
    (row,) = json.loads((tmp_path / "fit.json").read_text())["left_out"]
    assert (row["mix"], row["eval"]) == (4, "coding")


def test_what_is_asked_for_can_be_drawn_and_read_back(tmp_path):
    make(tmp_path)
    take(tmp_path)
    asked = tmp_path / "asked"
    asked.mkdir()
    scores.ask([], asked, swarm=tmp_path, tokens=1000)
    again = scores.read_weights(asked / "weights.csv")
    assert_frame_equal(again, pl.read_parquet(tmp_path / "swarm.parquet"))
    manifest = json.loads((asked / "manifest.json").read_text())
    assert [row["mix"] for row in manifest["mixes"]] == list(range(24))
    counts = {name: {"tokens": 10_000} for name in SOURCES}
    (tmp_path / "counts.json").write_text(json.dumps(counts))
    docs = pl.DataFrame({"id": [f"{i}" for i in range(3000)], "source": SOURCES * 1000})
    mix = manifest["mixes"][3]
    drawn = draw(docs, weights=asked / mix["file"], counts=tmp_path)
    rate = drawn.group_by("source").agg(pl.col("sample_rate").first())
    for source, value in rate.iter_rows():
        assert value == pytest.approx(mix["weights"][source] * 1000 / 10_000)
