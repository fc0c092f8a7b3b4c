"""What is trained, asked anew or taken as it is, when something changes or dies."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from trained import CODE, HALF, ROOT, prepare, scores, told, write_inputs


def test_nothing_is_trained_twice(prepared, tmp_path):
    store = str(tmp_path / "store")
    without = scores(prepared, tmp_path, HALF)
    runs = []
    for seed in (0, 0, 1):
        runs.append(scores(prepared, tmp_path, HALF, seed=seed, store=store))
        runs.append(told(tmp_path))
    assert runs[0].equals(without) and runs[2].equals(without)
    assert runs[1::2] == [
        {"trained": 1, "asked other evals": 0, "reused": 0, "failed": []},
        {"trained": 0, "asked other evals": 0, "reused": 1, "failed": []},
        {"trained": 1, "asked other evals": 0, "reused": 0, "failed": []},
    ]
    scores(prepared, tmp_path, HALF, store=store, rate=0.004)
    assert told(tmp_path)["trained"] == 1
    scores(prepared, tmp_path, HALF, store=store, size=60_000)
    assert told(tmp_path)["trained"] == 1


def test_other_evals_are_asked_of_the_proxies_there_are(prepared, tmp_path, monkeypatch):
    store = str(tmp_path / "store")
    scores(prepared, tmp_path, HALF, store=store)
    fewer = prepare(prepared, tmp_path / "fewer", max_items_per_eval=7)
    anew = scores(fewer, tmp_path, HALF)
    monkeypatch.delattr("winnow.mixing.proxy.transformer.train")
    again = scores(fewer, tmp_path, HALF, store=store)
    assert told(tmp_path) == {"trained": 0, "asked other evals": 1, "reused": 0, "failed": []}
    assert again.equals(anew)
    scores(fewer, tmp_path, HALF, store=store)
    assert told(tmp_path)["reused"] == 1


def test_after_a_change_of_sources_only_what_holds_them_is_trained(prepared, tmp_path):
    """A new source leaves mixes without it as they are, and so does changed text of one without weight."""
    store = str(tmp_path / "store")
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write_inputs(inputs)
    first = prepare(inputs, tmp_path / "first", store=store)
    for mix in (HALF, CODE):
        scores(first, tmp_path, mix, store=store)
    news = [(f"n{i}", "news", f"On day {i} nothing of note was reported.\n" * 20) for i in range(40)]
    more = pl.DataFrame(news, schema=["id", "source", "text"], orient="row")
    more.write_parquet(inputs / "part-00002.parquet")
    second = prepare(inputs, tmp_path / "second", store=store)
    assert (second / "vocabulary.json").read_bytes() == (first / "vocabulary.json").read_bytes()
    assert count(second, tmp_path, [HALF | {"news": 0.0}, CODE | {"news": 0.0}], store) == (0, 2, 0)
    assert count(second, tmp_path, [{"code": 0.4, "news": 0.2, "prose": 0.4}], store) == (1, 0, 0)
    changed = pl.read_parquet(inputs / "part-00000.parquet").filter(
        (pl.col("source") == "code") | (pl.int_range(pl.len()) % 3 > 0)
    )
    changed.write_parquet(inputs / "part-00000.parquet")
    third = prepare(inputs, tmp_path / "third", store=store)
    assert count(third, tmp_path, [HALF | {"news": 0.0}, CODE | {"news": 0.0}], store)[0] == 1
    (inputs / "part-00002.parquet").unlink()
    fourth = prepare(inputs, tmp_path / "fourth", store=store)
    assert count(fourth, tmp_path, [HALF, CODE], store)[0] == 0


def count(data, folder, mixes, store):
    """How many of these mixes are trained, asked other evals, reused."""
    ways = []
    for mix in mixes:
        scores(data, folder, mix, store=store)
        ways.append([told(folder)[way] for way in ("trained", "asked other evals", "reused")])
    return tuple(np.sum(ways, axis=0).tolist())


def test_a_vocabulary_that_is_damaged_is_named(prepared, tmp_path):
    (tmp_path / "vocabulary-512.json").write_text("{")
    with pytest.raises(ValueError, match=r"vocabulary-512\.json is no vocabulary"):
        prepare(prepared, tmp_path / "out", store=str(tmp_path))


KILLED = """
import sys; sys.path.insert(0, sys.argv[1])
import os, signal
from pathlib import Path
from winnow.mixing import proxies
moment, calls, rename = int(sys.argv[4]), 0, Path.rename
def die(path, target):
    global calls
    calls += 1
    if calls == moment:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(path, target)
Path.rename = die
inputs, out = Path(sys.argv[2]), Path(sys.argv[3])
mixes, store = [out / "mix=0000.parquet"], sys.argv[5]
proxies.train(mixes, out, data=inputs, proxy_tokens=2000, size=30000, store=store)
"""


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_a_killed_training_leaves_nothing_that_is_broken(prepared, tmp_path, moment):
    """Killed before each rename in turn; then gone on with, to the scores of one that was not disturbed."""
    store = str(tmp_path / "store")
    undisturbed = scores(prepared, tmp_path, HALF, proxy_tokens=2000)
    command = [sys.executable, "-c", KILLED, str(ROOT), str(prepared), str(tmp_path), str(moment), store]
    assert subprocess.run(command, check=False).returncode == -9
    assert scores(prepared, tmp_path, HALF, proxy_tokens=2000, store=store).equals(undisturbed)
    assert told(tmp_path)["trained" if moment < 3 else "asked other evals"] == 1
