"""Proxies from a mix to its scores; see tests/mixing/trained.py for the text they learn."""

import functools
import json
import os
import re
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from trained import CHOICES, HALF, ROOT, SIZE, TOKENS, parts, scores, told

from winnow.mixing import proxies
from winnow.mixing.proxy import draws, windows
from winnow.mixing.proxy.train import limit_sources, load
from winnow.pipelines.engine.disk.documents import read_batches


def test_a_model_is_better_on_what_it_was_trained_on(prepared, tmp_path):
    code, prose, half = (
        dict(scores(prepared, tmp_path, mix).select("eval", "value").iter_rows())
        for mix in ({"code": 1.0, "prose": 0.0}, {"code": 0.0, "prose": 1.0}, {"code": 0.5, "prose": 0.5})
    )
    assert code["source:code"] < half["source:code"] < prose["source:code"]
    assert prose["source:prose"] < half["source:prose"] < code["source:prose"]
    assert code["python"] < prose["python"]
    assert all(0 < value < 9 for mix in (code, prose, half) for value in mix.values())


def test_the_table(prepared, tmp_path):
    table = scores(prepared, tmp_path, {"code": 0.5, "prose": 0.5}, number=17, seed=3)
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
    assert table["eval"].to_list() == ["english", "python", "source:code", "source:prose"]
    assert table["mix"].to_list() == [17] * 4 and table["seed"].to_list() == [3] * 4
    assert table["train_tokens"].unique().item() == TOKENS // 65 * 65
    assert table["size"].unique().item() == 512 * 33 + 32 + 12 * 32**2
    assert table["unit"].unique().item() == "bits per byte"
    assert table["proxy"].unique().item() == "transformer"
    rows = {row["eval"]: row for row in table.iter_rows(named=True)}
    # The space that ends the prompt is scored with the answer; the empty answer is not asked.
    assert (rows["english"]["items"], rows["english"]["bytes"]) == (30, 30 * len(" An expression."))
    assert rows["python"]["bytes"] == sum(len(f"\n    return self.value + {i}\n") for i in range(20))
    assert told(tmp_path) == {"trained": 1, "asked other evals": 0, "reused": 0, "failed": []}


def test_another_seed_is_another_run_of_the_same_mix(prepared, tmp_path):
    one, two = (scores(prepared, tmp_path, HALF, seed=seed)["value"] for seed in (0, 1))
    assert (one != two).all()
    assert ((one - two).abs() < 0.5).all()


def test_a_proxy_repeats_a_source_as_the_run_aimed_at_will(prepared, tmp_path):
    counts = {"code": {"tokens": 10_000}, "prose": {"tokens": 40_000}}
    (tmp_path / "counts.json").write_text(json.dumps(counts))
    data = load(prepared)
    limits = limit_sources(data, tmp_path, 20_000, 100_000)
    assert limits.tolist() == [2_000, 8_000]
    rows = draws.draw(data.streams, np.array([1.0, 0.0]), 300, 65, 0, limits)
    assert len(np.unique(rows, axis=0)) == 2_000 // 65
    budget = {"counts": tmp_path, "budget_tokens": 100_000}
    repeated = scores(prepared, tmp_path, {"code": 1.0, "prose": 0.0}, **budget)
    whole = scores(prepared, tmp_path, {"code": 1.0, "prose": 0.0})
    ours = pl.col("eval") == "source:code"
    assert repeated.filter(ours)["value"].item() > whole.filter(ours)["value"].item() + 0.02
    with pytest.raises(ValueError, match="go together"):
        scores(prepared, tmp_path, HALF, budget_tokens=100_000)
    with pytest.raises(ValueError, match=r"would repeat \['code'\] sooner"):
        scores(
            prepared,
            tmp_path,
            {"code": 1.0, "prose": 0.0},
            counts=tmp_path,
            budget_tokens=1_000,
            proxy_tokens=200_000,
        )
    (tmp_path / "counts.json").write_text(json.dumps({"code": {"tokens": 10_000}}))
    with pytest.raises(ValueError, match=r"no tokens of the sources \['prose'\]"):
        scores(prepared, tmp_path, HALF, **budget)


def test_a_proxy_that_diverges_is_named_and_has_no_scores(prepared, tmp_path):
    table = scores(prepared, tmp_path, HALF, number=4, seed=2, rate=1e4)
    assert table.is_empty() and "value" in table.columns
    (failed,) = told(tmp_path)["failed"]
    assert (failed["mix"], failed["seed"]) == (4, 2)
    assert re.fullmatch(r"the loss is .* at step \d+ of 77", failed["why"])


def test_held_out_text_is_not_in_the_training_stream(prepared):
    asked = windows.load(prepared)
    evals = json.loads((prepared / "prepared.json").read_text())["evals"]
    stream = np.load(prepared / "train-00.npy").tobytes()
    held = np.flatnonzero(asked.evals == evals.index("source:code"))[:-1]  # the last may be of few tokens
    texts = [asked.tokens[asked.offsets[i] : asked.offsets[i + 1]].tobytes() for i in held]
    assert len(texts) > 10
    assert sum(text in stream for text in texts) == 0


def test_limits_on_items(prepared, tmp_path):
    proxies.prepare(
        parts(prepared), tmp_path, read=read_batches, items=prepared, **CHOICES, max_items_per_eval=7
    )
    table = scores(tmp_path, tmp_path, {"code": 0.5, "prose": 0.5})
    assert table.filter(~pl.col("eval").str.starts_with("source:"))["items"].to_list() == [7, 7]


def test_items_without_an_answer_are_told_and_where_no_other_is_refused(prepared, tmp_path):
    items = pl.DataFrame({"eval": ["none", "one"], "prompt": ["a b"] * 2, "answer": ["", "c"]})
    items = items.with_columns(item=pl.lit("0"))
    (tmp_path / "items").mkdir()
    items.write_parquet(tmp_path / "items/items.parquet")
    prepare = functools.partial(
        proxies.prepare, parts(prepared), tmp_path, read=read_batches, items=tmp_path / "items", **CHOICES
    )
    prepare()
    assert (
        "eval none: 1 of 1 items have no answer and are not asked" in (tmp_path / "messages.json").read_text()
    )
    items.filter(answer="").write_parquet(tmp_path / "items/items.parquet")
    with pytest.raises(ValueError, match=r"items\.parquet has no item with an answer"):
        prepare()


def test_a_source_of_one_document_is_trained_on_but_not_scored(prepared, tmp_path):
    pl.DataFrame({"id": ["x"], "source": ["note"], "text": ["A short note."]}).write_parquet(
        tmp_path / "part-00002.parquet"
    )
    proxies.prepare(
        [*parts(prepared), *parts(tmp_path)], tmp_path, read=read_batches, items=prepared, **CHOICES
    )
    table = scores(tmp_path, tmp_path, {"code": 0.5, "note": 0.1, "prose": 0.4})
    assert table["eval"].to_list() == ["english", "python", "source:code", "source:prose"]
    assert table["value"].is_finite().all()


SCRIPT = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
import torch
from winnow.mixing import proxies
from winnow.pipelines.engine.disk.documents import read_batches
torch.set_num_threads(int(sys.argv[4]))
inputs, out = Path(sys.argv[2]), Path(sys.argv[3])
parts = sorted(inputs.glob("part-*.parquet"))
proxies.prepare(parts, out, read=read_batches, items=inputs, **eval(sys.argv[5]))
tokens, size = int(sys.argv[6]), int(sys.argv[7])
proxies.train([inputs / "mix=0000.parquet"], out, data=out, proxy_tokens=tokens, size=size)
"""


def test_the_same_bytes_in_another_process_with_other_threads(prepared, tmp_path):
    scores(prepared, tmp_path, {"code": 0.3, "prose": 0.7})
    for file in [*parts(prepared), prepared / "items.parquet"]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    other = tmp_path / "other"
    other.mkdir()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "2")
    command = [sys.executable, "-c", SCRIPT, ROOT, tmp_path, other, "2", repr(CHOICES), TOKENS, SIZE]
    subprocess.run([str(part) for part in command], check=True, env=os.environ | threads)
    for file in other.iterdir():
        before = tmp_path if file.name in ("scores.parquet", "messages.json") else prepared
        assert file.read_bytes() == (before / file.name).read_bytes(), file.name


def test_refusals(prepared, tmp_path):
    with pytest.raises(ValueError, match="but the data are of"):
        scores(prepared, tmp_path, {"code": 1.0})
    with pytest.raises(ValueError, match="but the data are of"):
        scores(prepared, tmp_path, {"code": 0.5, "prose": 0.5, "web": 0.0})
    with pytest.raises(ValueError, match="sum to 1"):
        scores(prepared, tmp_path, {"code": 0.5, "prose": 0.6})
    with pytest.raises(ValueError, match="no file named mix="):
        proxies.train(parts(prepared), tmp_path, data=prepared, proxy_tokens=TOKENS)
    empty = pl.DataFrame(schema={"id": pl.String, "source": pl.String, "text": pl.String})
    empty.write_parquet(tmp_path / "part-00000.parquet")
    with pytest.raises(ValueError, match="no text"):
        proxies.prepare([tmp_path / "part-00000.parquet"], tmp_path, read=read_batches, items=prepared)
