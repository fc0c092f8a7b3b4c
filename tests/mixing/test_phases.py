import json

import polars as pl
import pytest
from phase_runs import FIRST, HAVE, read_weights, run, write_plan

from winnow.mixing import phases


@pytest.fixture(scope="module")
def ran(prepared, tmp_path_factory):
    return run(prepared, tmp_path_factory.mktemp("phases"), max_loss=1.0)


def test_the_last_phase_is_of_what_its_evals_ask_for(ran):
    last = read_weights(ran["judged"] / "last")
    assert last["code"] > 0.6 and read_weights(ran["judged"] / "main") == FIRST
    report = json.loads((ran["judged"] / "confirmed.json").read_text())
    assert report["exported"] == "chosen" and len(report["seeds"]) == 3
    assert set(report["against"]) >= {"continued", "natural"}
    assert report["against"]["continued"]["gain"]["low"] > 0
    assert report["detectable"]["seeds"] == 3 and report["detectable"]["gain"] > 0


def test_what_the_proof_sees_is_said_before_it_is_run(ran):
    said = json.loads((ran["solved"] / "messages.json").read_text())["says"]
    solved = json.loads((ran["solved"] / "weights.json").read_text())
    assert f"{solved['detectable']['gain']:.4f}" in said[-1]


def test_the_table_counts_epochs_over_both_phases(ran):
    table = pl.read_parquet(ran["judged"] / "phases.parquet")
    assert table["phase"].unique(maintain_order=True).to_list() == ["main", "last"]
    for row in table.filter(phase="last").iter_rows(named=True):
        source = row["source"]
        read = (FIRST[source] * 160_000 + row["weight"] * 40_000) / HAVE[source]
        assert row["epochs_so_far"] == pytest.approx(read)
    page = (ran["judged"] / "phases.html").read_text()
    assert "main" in page and "<script" not in page


def test_a_loss_of_held_out_text_leaves_the_first_phases_mix(ran, tmp_path):
    plan = json.loads((ran["plan"] / "plan.json").read_text()) | {"max_loss": -1.0}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    out = tmp_path / "out"
    out.mkdir()
    files = [ran["proof"] / "scores.parquet"]
    phases.judge(files, out, phase=tmp_path, weights=ran["solved"])
    assert read_weights(out / "last") == pytest.approx(plan["continued"])
    assert "held-out text" in json.loads((out / "confirmed.json").read_text())["why"]


def test_two_seeds_are_no_proof(ran, tmp_path):
    scores = pl.read_parquet(ran["proof"] / "scores.parquet")
    few = scores.filter(pl.col("seed") < scores["seed"].max())
    few.write_parquet(tmp_path / "scores.parquet")
    with pytest.raises(ValueError, match="needs 3: raise `seeds`"):
        phases.judge([tmp_path / "scores.parquet"], tmp_path, phase=ran["plan"], weights=ran["solved"])


MAIN = {"name": "main", "tokens": 160_000}
LAST = {"name": "last", "tokens": 40_000, "evals": {"source:code": 1.0}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([{"name": "main"}, LAST], "phase 'main' has no budget: say how many tokens"),
        ([MAIN, LAST | {"tokens": 0}], "phase 'last' has tokens = 0"),
        ([MAIN, {"name": "last", "tokens": 9}], "phase 'last' has no evals"),
        ([MAIN, LAST | {"evals": {}}], "phase 'last' has no evals"),
        ([MAIN], "two are needed"),
        ([MAIN, LAST | {"name": "main"}], "both phases are called 'main'"),
        ([MAIN, LAST | {"name": "a/b"}], "phase 2 has no name that a folder can have"),
        ([MAIN, LAST | {"budget": 9}], r"phase 'last' has \['budget'\]"),
        ([MAIN, LAST | {"evals": {"gsm8k": 1.0}}], r"evals \['gsm8k'\] of the phases are not in"),
        ([MAIN | {"evals": {"mmlu": 1.0}}, LAST], r"evals \['mmlu'\] of the phases are not in"),
        ([MAIN | {"tokens": 1_600_000}, LAST], "would read 'prose' 6.40 times"),
        ([MAIN, LAST | {"tokens": 2_000_000}], "leaves of 1,600,000 too few"),
    ],
)
def test_a_plan_says_what_it_lacks(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        write_plan(tmp_path, phases=given)


def test_weights_of_an_unknown_source_are_refused(tmp_path):
    path = tmp_path / "first.json"
    path.write_text(json.dumps({"weights": {"prose": 0.5, "poems": 0.5}}))
    with pytest.raises(ValueError, match=r"phase 'main' name the sources \['poems'\].*there are \['code'"):
        write_plan(tmp_path, weights=path)


def read_plan(out):
    """What the screen says last, and which evals may stand in the documents."""
    says = json.loads((out / "messages.json").read_text())["says"]
    return says[-1], json.loads((out / "plan.json").read_text())["unchecked"]


def write_checked(path, left):
    docs = pl.DataFrame({"contamination_left": pl.Series(left, dtype=pl.List(pl.String))})
    docs.with_row_index("id").write_parquet(path)
    return [path]


@pytest.mark.parametrize("lacking", ["index", "documents", "documents but a mix"])
def test_what_is_not_known_of_the_evals_items_is_said(tmp_path, lacking):
    files = write_checked(tmp_path / "part-00000.parquet", [None, None])
    given = {"index": None, "files": files} if lacking == "index" else {}
    if lacking == "documents but a mix":
        (tmp_path / "weights.json").write_text("{}")
        pl.DataFrame({"mix": [1]}).write_parquet(tmp_path / "swarm.parquet")
        given = {"files": [tmp_path / "weights.json", tmp_path / "swarm.parquet"]}
    says, unchecked = read_plan(write_plan(tmp_path / "at", **given))
    assert says.startswith("whether documents that train hold items of english is not known")
    assert unchecked == ["english"]


def test_documents_without_items_of_the_phases_evals_are_counted(tmp_path):
    files = write_checked(tmp_path / "part-00000.parquet", [None, ["python"], None])  # asked by no phase
    says, unchecked = read_plan(write_plan(tmp_path / "at", files=files))
    assert says == "of 3 documents that train none holds an item of english" and unchecked == []


def test_documents_that_hold_items_of_a_phase_are_refused(tmp_path):
    files = write_checked(tmp_path / "part-00000.parquet", [None, ["english", "python"], ["english"]])
    last = LAST | {"evals": {"sense": 1.0}, "families": {"sense": ["python"]}}
    with pytest.raises(ValueError, match=r"of 3 documents .*: english in 2, python in 1; let"):
        write_plan(tmp_path / "at", files=files, phases=[MAIN, last])


def test_documents_that_were_not_checked_are_refused(tmp_path):
    pl.DataFrame({"id": ["a"]}).write_parquet(tmp_path / "part-00000.parquet")
    with pytest.raises(ValueError, match="have no 'contamination_left'"):
        write_plan(tmp_path / "at", files=[tmp_path / "part-00000.parquet"])


def test_what_the_first_phase_read_limits_the_last(tmp_path):
    out = write_plan(tmp_path, max_epochs=0.7)
    plan = json.loads((out / "plan.json").read_text())
    assert plan["before"] == pytest.approx({"code": 0.16, "prose": 0.64})
    assert plan["most"] == pytest.approx({"code": 1.0, "prose": 0.06 * 200_000 / 40_000})
    assert plan["continued"] == pytest.approx({"code": 0.7, "prose": 0.3})
