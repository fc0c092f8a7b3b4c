"""What was made from documents that went says so until it is made anew; answers that say them leave."""

import asyncio
import fcntl
import json
import threading
from pathlib import Path

import polars as pl
import pytest

from winnow.budget import Attempt
from winnow.pipelines.commands import forget, run, verify
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.takedown import answers, outdated
from winnow.store import open_store

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
steps = [ { use = "mixing.tokens.tokenizer:train", vocabulary = 300 } ]
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
    stale = {name: stage.outdated for name, stage in run_summary.read(out).stages.items() if stage.outdated}
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


def keep(store, answers, key=b"k"):
    """Have a store hold answers, each of which was announced."""

    async def write(kept):
        for answer in answers:
            await kept.announce(key, Attempt(9, 9, "0.5"))
            await kept.conclude(key, Attempt(3, 4, "0.1", answer=answer))

    with open_store(store, alone=True) as kept:
        asyncio.run(write(kept))


def list_answers(store, key=b"k"):
    with open_store(store, alone=True) as kept:
        return [(attempt.fault, attempt.answer, attempt.cost) for attempt in kept.read(key)]


def test_answers_that_say_what_went_leave_their_store(made, tmp_path, monkeypatch, capsys):
    _, out, names = made
    store, older = tmp_path / "store", tmp_path / "older"
    keep(store, [json.dumps({"text": text(2)}), json.dumps({"text": text(3)}), "yes"])
    one = "ab" * 32  # the file of one question, and the file of all, as older code wrote them
    (older / "ab").mkdir(parents=True)
    page = {"temperature": 0, "max_tokens": 9, "answer": text(2)}
    (older / f"ab/{one}.jsonl").write_text(json.dumps(page) + "\n")
    paid = {"key": one, "in": 3, "out": 4, "cost": "0.1"}
    said = {"sent": False, "fault": None, "text": text(3), "finish": "stop"}
    asked = [paid | {"sent": True}, paid | said | {"text": text(2)}, paid | {"sent": True}, paid | said]
    (older / "requests.jsonl").write_text("".join(json.dumps(line) + "\n" for line in asked))
    proxies, mine = tmp_path / "proxies", older / "ab/mine.jsonl"
    proxies.mkdir()
    mine.write_text(text(2))
    settings = {"vlm": {"store": str(store)}, "a_store": str(older), "store": "not/here"}
    settings["b"] = {"store": str(proxies)}
    real = run_summary.read

    def read(folder):
        account = real(folder)
        account.stages["read"].steps[0]["settings"] = settings
        return account

    monkeypatch.setattr(forget.run_summary, "read", read)
    assert forget.forget(out, names, share=1.0) == 0
    assert list_answers(store) == [
        ("lost", "", "0.5"),
        (None, json.dumps({"text": text(3)}), "0.1"),
        (None, "yes", "0.1"),
    ]
    left = list_answers(older, bytes.fromhex(one))
    assert left == [("lost", "", "0.1"), (None, text(3), "0.1")]
    assert text(2).encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("*/*.sqlite3"))
    said = capsys.readouterr().out
    assert "not/here is not there from here" in said and "3 answers left their stores" in said
    assert mine.exists() and not list(proxies.iterdir()) and not list(older.rglob(f"{one}.jsonl"))
    assert list(answers._list_stores({"store": "a", "b": {"x_store": "c"}, "stores": "d"})) == ["a", "c"]


def test_who_asks_with_a_store_is_waited_for(tmp_path):
    keep(tmp_path, ["gone", "other"])
    with open_store(tmp_path, alone=False) as kept:
        found = {str(tmp_path): [digest for digest, record in kept.list_records() if "gone" in str(record)]}
    said = []
    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=answers.remove, args=(found, said.append))
        waiting.start()
        waiting.join(0.3)
        with open_store(tmp_path, alone=False) as kept:
            asyncio.run(kept.conclude(b"k", Attempt(answer="told meanwhile")))
    waiting.join(10)
    assert said == [f"waiting for another process that asks with the store {tmp_path}"]
    assert [answer for _, answer, _ in list_answers(tmp_path)] == ["", "other", "told meanwhile"]


def test_what_an_earlier_version_has_found_is_refused(tmp_path):
    with pytest.raises(ValueError, match="begun by an earlier version, which kept answers in /s/requests"):
        answers.remove({"/s/requests.jsonl": ["00"]}, print)


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        *((name, True) for name in ("a.bin", "a.csv.gz", "head.npz", "tokenizer.json")),
        *((name, False) for name in ("a.json", "a.html", "a.md", "sketches.npy")),
    ],
)
def test_what_cannot_be_read_for_a_document(name, closed):
    assert outdated._is_closed(Path(name), Path("sketches.npy")) is closed


def test_a_table_of_ids_of_tokens_cannot_be_read_either(tmp_path):
    pl.DataFrame({"input_ids": [[1, 2]]}).write_parquet(tmp_path / "tokens.parquet")
    assert outdated._is_closed(tmp_path / "tokens.parquet")
    for column in ("id", "doc"):
        pl.DataFrame({column: [1], "places": [[1, 2]]}).write_parquet(tmp_path / "rows.parquet")
        assert not outdated._is_closed(tmp_path / "rows.parquet")
