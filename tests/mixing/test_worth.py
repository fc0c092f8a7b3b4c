"""Plans of the mixes, and verdicts on scores whose truth is known."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.mixing import worth

TOKENS = {"kept.0": 600, "more.0": 400, "dropped.0": 400, "kept.1": 500, "after.1": 90, "before.1": 110}
TOKENS |= {"more.1": 60, "dropped.1": 40}


def plan(folder, tokens):
    (folder / "prepared.json").write_text(json.dumps({"sources": tokens}))
    worth.plan([folder / "prepared.json"], folder)
    return pl.read_parquet(folder / "swarm.parquet")


def scored(folder, effects, seeds=8, noise=0.01, proxy="ngram"):
    """Scores of which a seed shifts all alike by much more than the noise of a run; by eval the effect of the
    filter, in bits."""
    plan(folder, {f"{kind}.{block}": 100 for kind in ("kept", "more", "dropped") for block in range(seeds)})
    rng = np.random.default_rng(3)
    shift = rng.normal(0, 1, seeds)
    rows = [
        (mix, name, 5 + shift[seed] + (effect if role == "off" else 0) + rng.normal(0, noise), proxy, 0, 1000)
        for mix, role, seed in pl.read_parquet(folder / "swarm.parquet").select("mix", "role", "seed").rows()
        for name, effect in effects.items()
    ]
    table = pl.DataFrame(rows, ["mix", "eval", "value", "proxy", "size", "train_tokens"], orient="row")
    table.write_parquet(folder / "scores.parquet")
    return folder / "scores.parquet"


def judge(folder, *files, **settings):
    worth.judge(list(files), folder, mixes=folder, **settings)
    return json.loads((folder / "worth.json").read_text())


def test_a_pair_of_mixes_a_block_and_what_was_cut_stands_as_it_came_or_as_it_was_left(tmp_path):
    swarm = plan(tmp_path, TOKENS)
    assert swarm.select("mix", "role", "seed").rows() == [
        (0, "on", 0),
        (1, "off", 0),
        (2, "on", 1),
        (3, "off", 1),
    ]
    mixes = swarm.drop("mix", "role", "seed", "round").to_dicts()
    held = [{name: round(weight, 9) for name, weight in mix.items() if weight} for mix in mixes]
    assert held[0] == {"kept.0": 0.6, "more.0": 0.4}
    assert held[1] == {"kept.0": 0.6, "dropped.0": 0.4}
    assert held[2] == {name: round(TOKENS[name] / 650, 9) for name in ("kept.1", "after.1", "more.1")}
    assert held[3] == {name: round(TOKENS[name] / 650, 9) for name in ("kept.1", "before.1", "dropped.1")}
    assert pl.read_parquet(tmp_path / "mix=0003.parquet").equals(swarm[3:])
    assert json.loads((tmp_path / "plan.json").read_text())["taken"] == pytest.approx((440 + 110 - 90) / 1650)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ({"kept.0": 5, "web": 5}, "the source 'web' is none of"),
        ({"kept.0": 5, "dropped.0": 5}, "text of 1 blocks"),
        ({"kept.0": 5, "dropped.0": 5, "dropped.1": 5}, "block 1 has no text with the filter"),
    ],
)
def test_sources_that_make_no_pairs_are_refused(tokens, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        plan(tmp_path, tokens)


def test_an_effect_is_told_with_its_sign_and_below_the_least_it_is_not_seen(tmp_path):
    found = judge(tmp_path, scored(tmp_path, {"good": 0.1, "bad": -0.1, "even": 0.0, "text:in": 0.1}))
    told = found["proxies"]["ngram"]
    rows = told["evals"] | {"in": told["texts"]["in"]}
    said = {name: row["said"] for name, row in rows.items()}
    assert said == {"good": "helps", "bad": "harms", "even": "not seen", "in": "helps"}
    for name, truth in {"good": 0.1, "bad": -0.1, "even": 0.0}.items():
        row = rows[name]
        assert row["low"] <= truth <= row["high"]
        assert row["least"] == pytest.approx((row["high"] - row["low"]) / 2)
        assert row["worth"] == pytest.approx(row["off"] - row["on"])
        assert row["least"] < 0.03  # what a seed does to both is no noise
    assert told["seeds"] == list(range(8))
    assert told["mean"]["said"] == "not seen"


def test_intervals_cover_at_their_confidence(tmp_path):
    rng = np.random.default_rng(5)
    draws = [np.stack([rng.normal(0, 1, 5), rng.normal(0.3, 1, 5)]) for _ in range(2000)]
    rows = [worth._estimate(values, 0.9) for values in draws]
    covered = np.mean([row["low"] <= 0.3 <= row["high"] for row in rows])
    assert 0.88 < covered < 0.92
    seen = np.mean([worth._estimate(v - [[0], [0.3]], 0.9)["said"] != "not seen" for v in draws])
    assert 0.08 < seen < 0.12


def test_a_family_counts_as_one_and_what_has_no_weight_is_told_but_not_counted(tmp_path):
    file = scored(tmp_path, {"a": 0.4, "b": 0.2, "c": 0.0, "flat": 9.0}, noise=1e-6)
    alike = judge(tmp_path, file, families={"ab": ["a", "b"]})["proxies"]["ngram"]
    assert alike["families"]["ab"]["worth"] == pytest.approx(0.3, abs=1e-4)
    assert alike["mean"]["worth"] == pytest.approx((0.3 + 0.0 + 9.0) / 3, abs=1e-4)
    weighed = judge(tmp_path, file, families={"ab": ["a", "b"]}, evals={"ab": 3.0, "c": 1.0})["proxies"][
        "ngram"
    ]
    assert weighed["mean"]["worth"] == pytest.approx(0.225, abs=1e-4)
    assert weighed["evals"]["flat"]["said"] == "helps"


def test_a_pair_that_diverged_is_left_out_and_one_pair_alone_is_refused(tmp_path):
    file = scored(tmp_path, {"a": 0.1}, seeds=3)
    table = pl.read_parquet(file)
    table.with_columns(value=pl.when(pl.col("mix") == 2).then(float("nan")).otherwise("value")).write_parquet(
        file
    )
    assert judge(tmp_path, file)["proxies"]["ngram"]["seeds"] == [0, 2]
    table.filter(~pl.col("mix").is_in([2, 5])).write_parquet(file)
    with pytest.raises(ValueError, match="ngram: 1 of 3 seeds have all scores"):
        judge(tmp_path, file)
