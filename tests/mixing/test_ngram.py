"""The exact tier on what `mixing.proxies:prepare` makes of real text."""

import argparse as argparse_module
import inspect
import json
from pydoc_data.topics import topics

import numpy as np
import polars as pl
import pytest

from winnow.mixing import ngram, proxies
from winnow.pipelines.engine.disk.documents import read_batches

TOKENS = {"code": 300_000, "prose": 100_000}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Streams and windows of the running interpreter's own code and language reference."""
    folder = tmp_path_factory.mktemp("prepared")
    texts = {"code": inspect.getsource(argparse_module).split("\n\n\n"), "prose": list(topics.values())}
    rows = [(source, text) for source, part in texts.items() for text in part]
    docs = pl.DataFrame(rows, schema=["source", "text"], orient="row").with_row_index("id")
    docs.with_columns(pl.col("id").cast(pl.String)).write_parquet(folder / "part-00000.parquet")
    items = [("python", f"def add{i}(self, value):", f"\n    return self.value + {i}\n") for i in range(20)]
    items += [("english", f"Question {i}: what is it?\nAnswer: ", "An expression.") for i in range(30)]
    table = pl.DataFrame(items, schema=["eval", "prompt", "answer"], orient="row").with_row_index("item")
    table.with_columns(pl.col("item").cast(pl.String)).write_parquet(folder / "items.parquet")
    choices = {"max_bytes_per_source": 120_000, "held_out_bytes": 8_000, "vocabulary": 512, "context": 64}
    proxies.prepare([folder / "part-00000.parquet"], folder, read=read_batches, items=folder, **choices)
    return folder


@pytest.fixture
def score(prepared, tmp_path):
    (tmp_path / "counts.json").write_text(json.dumps({name: {"tokens": n} for name, n in TOKENS.items()}))

    def run(*mixes, **choices):
        files = []
        for number, (code, prose) in enumerate(mixes):
            row = {
                "mix": number,
                "role": "swarm",
                "seed": number % 3,
                "round": 0,
                "code": code,
                "prose": prose,
            }
            files.append(tmp_path / f"mix={number:04d}.parquet")
            pl.DataFrame([row]).write_parquet(files[-1])
        choices = {"data": prepared, "counts": tmp_path, "order": 4} | choices
        ngram.score([*files, tmp_path / "swarm.json"], tmp_path, **choices)
        return pl.read_parquet(tmp_path / "scores.parquet")

    return run


def values(table, mix):
    return dict(table.filter(pl.col("mix") == mix).select("eval", "value").iter_rows())


def test_a_model_is_better_on_what_it_was_trained_on(score):
    table = score((1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.5, 0.5))
    code, prose, half, again = (values(table, mix) for mix in range(4))
    assert max(code["source:code"], half["source:code"]) < prose["source:code"]
    assert max(prose["source:prose"], half["source:prose"]) < code["source:prose"]
    assert code["python"] < prose["python"]
    assert half == again  # whatever the seed
    assert all(0 < value < 10 for value in code.values())


def test_the_smoothing_is_chosen_by_the_evals_that_are_named(score):
    by_text = values(score((0.5, 0.5)), 0)
    by_code, by_prose = (values(score((0.5, 0.5), smoothing=[name]), 0) for name in ("python", "english"))
    assert by_code["python"] <= min(by_text["python"], by_prose["python"])
    assert by_prose["english"] <= min(by_text["english"], by_code["english"])
    with pytest.raises(ValueError, match=r"`smoothing` names the evals \['chess'\]"):
        score((0.5, 0.5), smoothing=["chess"])


def test_the_tables(score, tmp_path):
    table = score((0.5, 0.5), (0.2, 0.8), proxy_tokens=50_000)
    assert table.schema == {
        "mix": pl.Int64,
        "seed": pl.Int64,
        "eval": pl.String,
        "value": pl.Float64,
        "unit": pl.String,
        "items": pl.Int64,
        "bytes": pl.Int64,
        "train_tokens": pl.Int64,
        "size": pl.Int64,
        "proxy": pl.String,
    }
    assert table["eval"].to_list() == ["english", "python", "source:code", "source:prose"] * 2
    assert table["seed"].to_list() == [0] * 4 + [1] * 4
    assert table.select("unit", "train_tokens", "size", "proxy").unique().row(0) == (
        "bits per byte",
        50_000,
        0,
        "ngram",
    )
    english = table.row(0, named=True)
    assert (english["items"], english["bytes"]) == (30, 30 * len(" An expression."))
    experts = pl.read_parquet(tmp_path / "experts.parquet")
    assert experts.columns == ["source", "eval", "value"] and experts.height == 2 * 4
    own = dict(experts.filter(pl.col("eval") == "source:prose").select("source", "value").iter_rows())
    assert own["prose"] < own["code"]


def test_a_mix_scores_the_same_whatever_is_scored_beside_it(score):
    alone, beside = score((0.3, 0.7)), score((0.3, 0.7), (1.0, 0.0))
    assert beside[:4].equals(alone)


def test_a_source_that_the_run_repeats_is_worth_less(score):
    once = values(score((0.5, 0.5), budget_tokens=200_000), 0)
    often = values(score((0.5, 0.5), budget_tokens=20_000_000), 0)
    assert often["source:prose"] > once["source:prose"]


def test_refusals(score, prepared, tmp_path):
    with pytest.raises(ValueError, match="no file named mix="):
        score()
    with pytest.raises(ValueError, match="sum to 1"):
        score((0.5, 0.5), (0.5, 0.6))
    with pytest.raises(ValueError, match="sum to 1"):
        score((np.nan, 0.5))
    with pytest.raises(ValueError, match="too large"):
        score((0.5, 0.5), order=9)
    (tmp_path / "counts.json").write_text(json.dumps({"code": {"tokens": 1}}))
    with pytest.raises(ValueError, match=r"no tokens of the sources \['prose'\]"):
        score((0.5, 0.5))


def test_what_knows_only_how_often_bytes_come_is_never_better_than_its_floor(prepared, score):
    """Of each eval the entropy of its scored bytes: a bound of all models of no order."""
    floors = json.loads((prepared / "prepared.json").read_text())["floors"]
    assert set(floors) == {"python", "english", "source:code", "source:prose"}
    answer = "An expression."  # all answers are alike
    counts = np.array([answer.count(letter) for letter in set(answer)])
    assert floors["english"] == pytest.approx(float(-(counts / 14) @ np.log2(counts / 14)))
    assert 3.5 < floors["source:prose"] < 5.5


def test_a_proof_that_stands_has_nothing_to_score(prepared, tmp_path):
    (tmp_path / "weights.json").write_text("{}")
    ngram.score([tmp_path / "weights.json"], tmp_path, data=prepared, counts=tmp_path)
    assert not (tmp_path / "scores.parquet").exists()
