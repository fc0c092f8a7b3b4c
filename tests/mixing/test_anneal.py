import json

import polars as pl
import pytest
from phase_runs import FIRST, write_plan

from winnow.mixing import anneal


@pytest.fixture(scope="module")
def begun(prepared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("begun")
    about = {"data": prepared, "phase": write_plan(folder / "given"), "proxy_tokens": 5_000, "size": 30_000}
    anneal.begin([], folder, **about, repeats=1, seeds=1)
    return folder


def write_mix(folder, seed, **mix):
    row = {"mix": 3, "role": "swarm", "seed": seed, "round": 0} | (mix or {"code": 1.0, "prose": 0.0})
    pl.DataFrame([row]).write_parquet(folder / "mix=0003.parquet")
    return [folder / "mix=0003.parquet"]


def test_scores_have_all_held_out_text_in_the_first_phases_shares(prepared, begun, tmp_path):
    anneal.train(write_mix(tmp_path, 1), tmp_path, data=prepared, checkpoint=begun)
    scores = dict(pl.read_parquet(tmp_path / "scores.parquet").select("eval", "value").iter_rows())
    wanted = sum(share * scores[f"source:{name}"] for name, share in FIRST.items())
    assert scores["source:*"] == pytest.approx(wanted) and set(scores) >= {"english", "python"}
    told = json.loads((tmp_path / "messages.json").read_text())
    assert told["counts"] == {"trained": 1, "failed": 0}


def test_the_tokens_are_shared_as_the_budgets_are(begun):
    first, last = json.loads((begun / "checkpoint.json").read_text())["sequences"]
    assert first == 4 * last + 1 or first == pytest.approx(4 * last, abs=4)


def test_what_cannot_go_on_is_told(prepared, begun, tmp_path):
    with pytest.raises(ValueError, match=r"no proxy of the first phase with seed 7: .* trained 2"):
        anneal.train(write_mix(tmp_path, 7), tmp_path, data=prepared, checkpoint=begun)
    with pytest.raises(ValueError, match="mix 3 is of"):
        anneal.train(write_mix(tmp_path, 0, poems=1.0), tmp_path, data=prepared, checkpoint=begun)
    with pytest.raises(ValueError, match="no file named mix="):
        anneal.train([], tmp_path, data=prepared, checkpoint=begun)
    about = {"data": prepared, "phase": begun / "given" / "plan"}
    with pytest.raises(ValueError, match="phase 'last' gets no sequence of 65 tokens"):
        anneal.begin([], tmp_path, **about, proxy_tokens=100)
