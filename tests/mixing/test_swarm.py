import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.mixing import swarm

SOURCES = {"books": 40_000, "code": 300_000, "forum": 5_000, "web": 655_000}


def write_counts(folder, tokens):
    folder.mkdir(exist_ok=True)
    rows = {source: {"tokens": number} for source, number in tokens.items()}
    (folder / "counts.json").write_text(json.dumps(rows))


def draw(folder, tokens=SOURCES, **choices):
    write_counts(folder, tokens)
    swarm.sample([], folder, counts=folder, **choices)
    return pl.read_parquet(folder / "swarm.parquet")


@settings(max_examples=30, deadline=None)
@given(
    tokens=st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
    max_epochs=st.floats(0.5, 20),
    share=st.floats(0.001, 1),
    seed=st.integers(0, 2**32),
)
def test_rows_sum_to_one_and_respect_the_caps(tmp_path_factory, tokens, max_epochs, share, seed):
    named = {f"s{number}": amount for number, amount in enumerate(tokens)}
    budget = max(int(sum(tokens) * max_epochs * share), 1)
    if sum(min(max_epochs * n / budget, 1) for n in tokens) < 1:  # rounding at share = 1
        return
    table = draw(
        tmp_path_factory.mktemp("swarm"),
        named,
        proxy_tokens=budget,
        max_epochs=max_epochs,
        mixes=5,
        held_out=2,
        seed=seed,
    )
    weights = table.select(*named).to_numpy()
    assert np.isfinite(weights).all() and (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-9)
    assert (weights * budget <= max_epochs * np.array(tokens) + 1e-6 * budget).all()


def test_roles_and_files(tmp_path):
    table = draw(tmp_path, proxy_tokens=1000, max_epochs=4, mixes=10, held_out=3, repeats=3)
    assert table.columns == ["mix", "role", "seed", "round", *SOURCES]
    assert table.dtypes[:4] == [pl.Int64, pl.String, pl.Int64, pl.Int64]
    roles = ["natural", "repeat", "repeat", "uniform", "unimax"]
    assert table["role"].to_list() == roles + ["corner"] * 4 + ["swarm"] * 10 + ["held_out"] * 3
    turns = [0, 1, 2, 0, *([0, 1, 2] * 5)[:13]]
    assert table["seed"].to_list() == [0, 1, 2, 0, 0, *turns] and set(table["round"]) == {0}
    natural = table.row(0, named=True)
    assert natural["web"] == pytest.approx(0.655)
    assert table.row(0)[4:] == table.row(1)[4:] == table.row(2)[4:]
    assert set(table.row(3)[4:]) == {0.25}
    files = sorted(tmp_path.glob("mix=*.parquet"))
    assert [file.name for file in files][:2] == ["mix=0000.parquet", "mix=0001.parquet"]
    assert pl.concat([pl.read_parquet(file) for file in files]).equals(table)


def test_a_source_too_small_to_stand_alone_has_no_corner_and_draws_are_rejected(tmp_path):
    table = draw(tmp_path, proxy_tokens=100_000, max_epochs=4, mixes=40)
    corners = table.filter(pl.col("role") == "corner")
    assert corners["forum"].sum() == 0 and len(corners) == 3
    assert table["forum"].max() <= 0.2
    record = json.loads((tmp_path / "swarm.json").read_text())
    assert record["rejected"] > 0 and record["clipped"] == 0
    assert record["caps"]["forum"] == pytest.approx(0.2)


def test_strength_spreads_the_swarm(tmp_path):
    spread = []
    for strength in (0.1, 5.0, 500.0):
        table = draw(tmp_path, proxy_tokens=1000, min_strength=strength, max_strength=strength)
        spread.append(table.filter(pl.col("role") == "swarm")["web"].std())
    assert spread[0] > spread[1] > spread[2]


def test_same_seed_same_bytes_other_seed_other_mixes(tmp_path):
    bytes_ = []
    for seed in (3, 3, 4):
        draw(tmp_path, proxy_tokens=1000, seed=seed)
        bytes_.append((tmp_path / "swarm.parquet").read_bytes())
    assert bytes_[0] == bytes_[1] != bytes_[2]


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match="more than all sources give"):
        draw(tmp_path, proxy_tokens=5_000_000, max_epochs=4)
    with pytest.raises(ValueError, match="0 < min <= max"):
        draw(tmp_path, proxy_tokens=1000, min_strength=2.0, max_strength=1.0)
    with pytest.raises(ValueError, match="may not be called 'role'"):
        draw(tmp_path, {"role": 10, "web": 10}, proxy_tokens=1)
    with pytest.raises(ValueError, match="trained at least once"):
        draw(tmp_path, proxy_tokens=1000, repeats=0)
    with pytest.raises(ValueError, match=r"floors or caps for \['film'\]"):
        draw(tmp_path, proxy_tokens=1000, caps={"film": 0.1})
    with pytest.raises(ValueError, match=r"the floors of \['code'\] are above their caps"):
        draw(tmp_path, proxy_tokens=1000, floors={"code": 0.5}, caps={"code": 0.4})
    with pytest.raises(ValueError, match="sum to at most 1"):
        draw(tmp_path, proxy_tokens=1000, floors={"code": 0.5, "web": 0.6})
    with pytest.raises(ValueError, match="below 1"):
        draw(tmp_path, proxy_tokens=1000, caps=dict.fromkeys(SOURCES, 0.2))


def test_floors_and_caps_bound_draws_and_corners(tmp_path):
    table = draw(tmp_path, proxy_tokens=1000, floors={"books": 0.1}, caps={"web": 0.4}, mixes=50)
    drawn = table.filter(pl.col("role").is_in(["swarm", "held_out"]))
    assert drawn["books"].min() >= 0.1 and drawn["web"].max() <= 0.4 and len(drawn) == 58
    corners = table.filter(pl.col("role") == "corner")
    assert len(corners) == 1 and corners["books"].item() == 1  # the others have no room for books' floor
    assert table.row(0, named=True)["web"] == pytest.approx(0.655)


def test_unimax_is_as_even_as_the_epochs_of_the_run_allow(tmp_path):
    table = draw(tmp_path, proxy_tokens=1000, max_epochs=1000, budget_tokens=1_000_000, budget_epochs=4)
    found = table.filter(pl.col("role") == "unimax").row(0, named=True)
    assert found["forum"] == pytest.approx(0.02) and found["books"] == pytest.approx(0.16)
    assert found["code"] == found["web"] == pytest.approx(0.41)
    table = draw(tmp_path, proxy_tokens=1000, budget_tokens=10_000_000, budget_epochs=4)
    found = table.filter(pl.col("role") == "unimax").row(0, named=True)
    assert found["web"] == pytest.approx(0.655)  # all sources together fill 4M of the 10M


def test_an_earlier_swarm_comes_again_and_only_what_lacks_is_drawn(tmp_path):
    first = draw(tmp_path / "first", proxy_tokens=1000, max_epochs=4, mixes=12, held_out=3)
    kept = tmp_path / "first/swarm.parquet"
    more = draw(tmp_path / "more", proxy_tokens=1000, max_epochs=4, mixes=16, held_out=3, previous=kept)
    drawn = {row[2:] for row in first.drop("mix").rows()}
    assert drawn <= {row[2:] for row in more.drop("mix").rows()} and len(more) == len(first) + 4
    whole = draw(tmp_path / "whole", proxy_tokens=1000, max_epochs=4, mixes=16, held_out=0)
    fresh = more.filter(pl.col("role") == "swarm")[12:]
    assert not set(fresh.select(list(SOURCES)).rows()) & drawn
    assert set(first.filter(pl.col("role") == "swarm").select(list(SOURCES)).rows()) < set(
        whole.select(list(SOURCES)).rows()
    )
    record = json.loads((tmp_path / "more/swarm.json").read_text())
    assert (record["carried"], record["left_out"], record["new_sources"]) == (15, 0, [])
    told = json.loads((tmp_path / "more/messages.json").read_text())
    assert told["says"][-1] == "previous: 15 mixes come again, 0 could not; 4 are drawn"


def test_a_source_that_is_new_has_no_weight_before_and_one_that_is_gone_takes_its_mixes_along(tmp_path):
    first = draw(tmp_path / "first", proxy_tokens=1000, max_epochs=4, mixes=12, held_out=3)
    kept = tmp_path / "first/swarm.parquet"
    fewer = {name: number for name, number in SOURCES.items() if name != "code"} | {"news": 50_000}
    table = draw(
        tmp_path / "gone", fewer, proxy_tokens=1000, max_epochs=4, mixes=12, held_out=3, previous=kept
    )
    record = json.loads((tmp_path / "gone/swarm.json").read_text())
    assert record["carried"] == 0 and record["left_out"] == 15 and record["new_sources"] == ["news"]
    more = SOURCES | {"news": 50_000}
    table = draw(tmp_path / "new", more, proxy_tokens=1000, max_epochs=4, mixes=12, held_out=3, previous=kept)
    rows = table.filter(pl.col("role") == "swarm")
    assert len(rows) == 12 + 3 and (rows["news"][:12] == 0).all() and (rows["news"][12:] > 0).all()
    assert (
        rows[:12].select(list(SOURCES)).equals(first.filter(pl.col("role") == "swarm").select(list(SOURCES)))
    )
    with pytest.raises(ValueError, match="is no swarm"):
        draw(tmp_path / "bad", more, proxy_tokens=1000, previous=tmp_path / "new/swarm.json")


def test_a_source_without_tokens_is_named(tmp_path):
    table = draw(tmp_path, SOURCES | {"empty": 0}, proxy_tokens=1000)
    assert "empty" not in table.columns
    told = json.loads((tmp_path / "messages.json").read_text())
    assert told["says"][0] == "the source empty has no tokens and is in no mix"
    assert "a proof with 5 seeds sees a gain of" in told["says"][1]
