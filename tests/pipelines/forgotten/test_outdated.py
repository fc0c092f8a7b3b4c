"""What was made from documents that went says so until it is made anew; answers that say them leave."""

import fcntl
import hashlib
import json
import threading
from pathlib import Path

import polars as pl
import pytest

from winnow.pipelines import forget, run, verify
from winnow.pipelines.forgotten import answers, outdated
from winnow.pipelines.report import figures

WORDS = (Path(__file__).parents[3] / "docs/running.md").read_text().split()
STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short" } ]
[[stage]]
name = "copied"
after = "read"
steps = [ { use = "toy:copy" } ]
[[stage]]
name = "weighed"
after = "copied"
steps = [ { use = "toy:weigh" } ]
[[stage]]
name = "judged"
after = "read"
steps = [ { use = "toy:name_list", names = "stage:weighed/weights.bin" } ]
[[stage]]
name = "vocabulary"
after = "judged"
steps = [ { use = "mixing.tokenizer:train", vocabulary = 300 } ]
[[stage]]
name = "beside"
after = "other"
steps = [ { use = "toy:weigh" } ]
[[stage]]
name = "other"
after = "more"
steps = [ { use = "toy:short" } ]
"""
MORE = """
[[source]]
name = "more"
uris = ["{folder}/*.more"]
read = {{ use = "toy:read" }}
"""


def text(number: int) -> str:
    return " ".join([*WORDS[number * 60 : number * 60 + 60], f"number{number}"])


@pytest.fixture
def made(tmp_path, make_recipe):
    texts = {"a.txt": f"{text(1)}\n{text(2)}\n{text(3)}", "b.more": f"{text(4)}\n{text(5)}"}
    path = make_recipe(texts, STAGES, extra=MORE.format(folder=tmp_path / "in"))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    (tmp_path / "list.txt").write_text(f"text:{json.dumps(text(2))}\n")
    return path, tmp_path / "out", tmp_path / "list.txt"


def test_every_stage_with_what_cannot_be_read_for_it_is_named_until_it_is_made_anew(made):
    path, out, names = made
    assert forget.forget(out, names, share=1.0) == 0
    stale = {name: stage.outdated for name, stage in figures.read(out).stages.items() if stage.outdated}
    assert list(stale) == [
        "weighed",
        "vocabulary",
    ]  # what was made of a third, and what of others' documents, is not
    weighed, vocabulary = outdated.describe(out)
    assert "--redo weighed makes it anew" in weighed and "--redo vocabulary makes it anew" in vocabulary
    assert verify.verify(out).wrong == {}
    assert run.execute(path, out, 0, None, "auto", ()) == 6
    assert run.execute(path, out, 0, None, "auto", ("vocabulary",)) == 6
    assert [line.split()[1] for line in outdated.describe(out)] == ["weighed"]
    assert run.execute(path, out, 0, None, "auto", ("weighed",)) == 0
    assert outdated.describe(out) == []


def test_answers_that_say_what_went_leave_their_store(made, tmp_path, monkeypatch, capsys):
    _, out, names = made
    store = tmp_path / "store"
    said = {"gone": text(2), "other": text(3), "short": "yes"}
    files = {}
    for name, answer in said.items():
        digest = hashlib.sha256(name.encode()).hexdigest()
        files[name] = store / digest[:2] / f"{digest}.jsonl"
        files[name].parent.mkdir(parents=True, exist_ok=True)
        lines = [
            {"is_sent": True, "attempt": [0, ""]},
            {"is_sent": False, "attempt": [0, json.dumps({"text": answer})]},
        ]
        files[name].write_text("".join(json.dumps(line) + "\n" for line in lines))
    (store / "ab").mkdir(exist_ok=True)
    mine = store / "ab/mine.jsonl"
    mine.write_text(text(2))
    log = store / "requests.jsonl"
    asked = [{"key": "00", "sent": True}, {"key": "00", "sent": False, "text": text(2)}]
    asked += [{"key": "01", "sent": True}, {"key": "01", "sent": False, "text": text(3)}]
    log.write_text("".join(json.dumps(line) + "\n" for line in asked))
    settings = {"vlm": {"store": str(store)}, "store": "not/here"}
    real = figures.read

    def read(folder):
        account = real(folder)
        account.stages["read"].steps[0]["settings"] = settings
        return account

    monkeypatch.setattr(forget.accounts, "read", read)
    assert forget.forget(out, names, share=1.0) == 0
    assert not files["gone"].exists()
    assert [json.loads(line) for line in log.read_text().splitlines()] == [*asked[:1], *asked[2:]]
    assert "not/here is not there from here" in capsys.readouterr().out
    assert files["other"].exists() and files["short"].exists() and mine.exists()
    assert list(answers._list_stores({"store": "a", "b": {"x_store": "c"}, "stores": "d"})) == ["a", "c"]


def test_who_asks_with_a_store_is_waited_for(tmp_path):
    path, said = tmp_path / "requests.jsonl", []
    path.write_text('{"text": "gone"}\n{"text": "other"}\n')
    found = {str(path): [hashlib.sha256(b'{"text": "gone"}\n').hexdigest()]}
    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=answers.remove, args=(found, said.append))
        waiting.start()
        waiting.join(0.3)
        with path.open("a") as file:
            file.write('{"text": "told meanwhile"}\n')
    waiting.join(10)
    assert said == [f"waiting for another process that asks with the store {tmp_path}"]
    assert path.read_text() == '{"text": "other"}\n{"text": "told meanwhile"}\n'


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        *((name, True) for name in ("a.bin", "a.csv.gz", "head.npz", "tokenizer.json")),
        *((name, False) for name in ("a.json", "a.html", "a.md", "sketches.npy")),
    ],
)
def test_what_cannot_be_read_for_a_document(name, closed):
    assert outdated._is_closed(Path(name)) is closed


def test_a_table_of_ids_of_tokens_cannot_be_read_either(tmp_path):
    pl.DataFrame({"input_ids": [[1, 2]]}).write_parquet(tmp_path / "tokens.parquet")
    assert outdated._is_closed(tmp_path / "tokens.parquet")
    for column in ("id", "doc"):
        pl.DataFrame({column: [1], "places": [[1, 2]]}).write_parquet(tmp_path / "rows.parquet")
        assert not outdated._is_closed(tmp_path / "rows.parquet")
