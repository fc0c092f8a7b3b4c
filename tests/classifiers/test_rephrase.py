"""Documents said anew by a server that misbehaves, within a cap, whatever is killed; and put in their
parents' places."""

import contextlib
import importlib.util
import json
import signal
import sqlite3
import subprocess
import sys
import time
import types
from pathlib import Path

import polars as pl
import pytest

from winnow import llm, store
from winnow.classifiers import rephrase
from winnow.classifiers.rephraser import tables, template

HERE = Path(__file__).parent / "rephraser"


def load(name):
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


model_server = load("model_server")
PROMPTS = sorted((Path(rephrase.__file__).parent / "rephraser/prompts").glob("*.toml"))
DISTIL = next(path for path in PROMPTS if path.stem == "distil")
TEXT = "The tower of Asel was built in 1820 and has {} steps. It may be the oldest of its kind."


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(llm, "BACKOFF_SECONDS", 0.01)


@pytest.fixture(scope="module")
def server():
    with model_server.serving() as one:
        yield one


def read(file, columns, rows=None):
    frame = pl.read_parquet(file, columns=columns)
    yield frame if rows is None else frame[rows]


def lay_out(folder, texts):
    ids = [f"d{n}" for n in range(len(texts))]
    table = {"id": ids, "text": texts, "source": ["web"] * len(ids), "license": ["CC0-1.0"] * len(ids)}
    table["metadata"] = ['{"a": 1}'] * len(ids)
    pl.DataFrame(table).write_parquet(folder / "docs.parquet")
    return [folder / "docs.parquet"]


def make_settings(folder, server, **changes):
    service = {"url": server.url, "model": "m", "price_in": 1.0, "price_out": 2.0}
    settings = {"service": service, "prompts": DISTIL, "store": str(folder / "store"), "documents": 1000}
    limits = {"max_tokens": 10**9, "max_cost": 10**6, "in_flight": 8, "timeout": 1.0}
    return settings | limits | changes


def write(folder, server, texts, name="out", **changes):
    (folder / name).mkdir()
    rephrase.write(
        lay_out(folder, texts), folder / name, read=read, **make_settings(folder, server, **changes)
    )
    return pl.read_parquet(folder / name / "rewrites.parquet")


def list_rows(folder):
    """What stands in a store by now: the key, whether it was sent or has ended, what is said of it."""
    if not (folder / store.NAME).exists():
        return []
    with contextlib.closing(
        sqlite3.connect(f"file:{folder / store.NAME}?mode=ro", uri=True, timeout=60)
    ) as kept:
        try:
            rows = kept.execute("SELECT key, is_sent, record FROM attempts ORDER BY number").fetchall()
        except sqlite3.OperationalError:  # no table yet
            return []
    return [(key, is_sent, json.loads(record)) for key, is_sent, record in rows]


MANNERS = {  # what the server does, and what is said of the document in the end
    "good": None,
    "http_500,good": None,
    "http_429,good": None,
    "broken,good": None,
    "json,good": None,
    "hang,good": None,
    "cut": "truncated",
    "filter": "refused",
    "empty": "empty",
    "echo": "remnant",
    "window": "over_window",
    "slow": "deadline",
    "json": "wrong_json",
}


def test_a_server_with_bad_manners_costs_what_it_must_and_no_more(tmp_path, server):
    texts = [TEXT.format(n) + f" do:{manner}!" for n, manner in enumerate(MANNERS)]
    before = server.tell()
    rows = write(tmp_path, server, texts)
    assert dict(zip(MANNERS, rows["error"], strict=True)) == MANNERS
    assert rows["text"][0] == TEXT.format(0)
    said = dict(zip(MANNERS, rows["said"], strict=True))
    assert "maximum context length is 4096" in said["window"] and "no whole answer in 1 s" in said["slow"]
    told = server.tell()
    assert told["most"] <= 8
    assert rows["tokens_in"].sum() + rows["tokens_out"].sum() >= told["tokens"] - before["tokens"]
    again = write(tmp_path, server, texts, "again")
    assert again["text"].to_list() == rows["text"].to_list()
    later = server.tell()
    asked_again = {name: later["did"][name] - told["did"][name] for name in ("good", "cut", "echo", "window")}
    assert set(asked_again.values()) == {0}


def test_who_is_too_busy_is_left_alone_as_long_as_he_asks(tmp_path, server):
    before = server.tell()["early"]
    texts = [TEXT.format(100) + " do:http_429,good!", *(TEXT.format(n) for n in range(101, 110))]
    rows = write(tmp_path, server, texts, in_flight=1)
    assert rows["error"].null_count() == 10 and server.tell()["early"] == before


def test_the_cap_is_held_to_the_token(tmp_path, server):
    before = server.tell()["tokens"]
    rows = write(tmp_path, server, [TEXT.format(n) for n in range(60)], max_tokens=20_000)
    billed = server.tell()["tokens"] - before
    assert billed <= 20_000
    assert rows["tokens_in"].sum() + rows["tokens_out"].sum() == billed
    assert 0 < (rows["error"] == "budget").sum() < 60
    told = json.loads((tmp_path / "out/messages.json").read_text())
    assert any(f"{billed:,} of 20,000" in said for said in told["says"])


def test_a_process_that_is_killed_asks_nothing_again_that_was_answered(tmp_path):
    with model_server.serving() as server:
        server.tell("latency/0.02")
        files = lay_out(tmp_path, [TEXT.format(n) for n in range(120)])
        settings = make_settings(tmp_path, server, prompts=str(DISTIL))
        command = [
            sys.executable,
            HERE / "writing_child.py",
            files[0],
            tmp_path / "out",
            json.dumps(settings),
        ]
        kept = []
        for _ in range(3):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            before = len(list_rows(tmp_path / "store"))
            while process.poll() is None and len(list_rows(tmp_path / "store")) <= before:
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
            process.wait()
            kept.append(sum(not is_sent for _, is_sent, _ in list_rows(tmp_path / "store")))
        assert subprocess.run(command).returncode == 0
        told = server.tell()
        assert told["twice"] <= 3 * 8 and told["most"] <= 8 and kept[-1] < 120
        rows = pl.read_parquet(tmp_path / "out/rewrites.parquet")
        assert rows["error"].null_count() == 120
        rows = list_rows(tmp_path / "store")
        answered = [key for key, is_sent, record in rows if not is_sent and "fault" not in record]
        assert len(answered) == len(set(answered)) == 120


def test_what_the_filters_dropped_is_asked_about_for_the_named_reasons_alone(tmp_path, server):
    folder = tmp_path / "filtered/dropped"
    folder.mkdir(parents=True)
    reasons = {"d0": "gopher.too_few_words", "d1": "optouts.refused", "d2": "gopher.symbols"}
    pl.DataFrame({"id": list(reasons), "reason": list(reasons.values())}).write_parquet(
        folder / "part-00000.parquet"
    )
    texts = [TEXT.format(n) for n in range(5)]
    rows = write(tmp_path, server, texts, dropped=tmp_path / "filtered", reasons=["gopher.*"])
    assert sorted(rows["id"]) == ["d0", "d2"]
    with pytest.raises(ValueError, match="reasons: name those"):
        write(tmp_path, server, texts, "two", dropped=tmp_path / "filtered")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_tokens": 0}, "the budget is 0 tokens"),
        ({"max_tokens": 100}, "has no room for one request: the first may take"),
        ({"max_cost": 0.0}, "has no room for one request"),
        ({"store": ""}, "store: name a folder"),
        ({"names": ["fak"]}, "has no prompt 'fak'; it has distil"),
        ({"prompts": HERE}, r"prompts: .* holds none"),
        ({"in_flight": 0}, "in_flight is 0"),
        ({"service": {"url": "http://x/v1"}}, r"service: \['model', 'price_in', 'price_out'\] must be given"),
    ],
)
def test_wrong_settings_are_told(tmp_path, server, change, message):
    with pytest.raises(ValueError, match=message):
        write(tmp_path, server, [TEXT.format(1)], **change)


def test_a_server_that_is_not_there_ends_the_run(tmp_path, server):
    service = {"url": "http://127.0.0.1:9/v1", "model": "m", "price_in": 0, "price_out": 0}
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1:9/v1/.* failed, the last with unreachable"):
        write(tmp_path, server, [TEXT.format(n) for n in range(30)], service=service)


BAD = {
    'name = "x"\nmessage = "{text}"\ntemprature = 1\n': "bad.toml:3: a prompt has no field 'temprature'",
    'name = "x"\nmessage = "no place"\n': "bad.toml:2: {text}, where the document goes, stands 0 times",
    'name = "x"\nmessage = "{text}"\nanswer_tokens = "9"\n': "bad.toml:3: answer_tokens is '9'",
    'name = "x"\nmessage = "{text}"\ntop_p = 3\n': "bad.toml:3: top_p is 3: out of its range",
    'name = "x"\nmessage = "{text} {example}"\n': "bad.toml:2: {example} stands 1 times",
    'name = "x"\n': "bad.toml:1: a prompt needs message",
    'name = "x\n': "bad.toml: no TOML",
    'name = "x"\nmessage = "{text}"\n[sampling]\ntop_k = 3\n': "bad.toml:3: a prompt has no field 'sampling'",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_a_wrong_prompt_is_told_with_its_line(tmp_path, text, message):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ValueError) as caught:
        template.load(tmp_path / "bad.toml")
    assert message in str(caught.value)


def test_shipped_prompts_are_whole_and_examples_rotate():
    loaded = [template.load(path) for path in PROMPTS]
    names = ["distil", "diverse_qa", "faq", "guided_rewrite", "maths", "table", "tutorial"]
    assert [each.name for each in loaded] == names
    faq = loaded[2]
    shown = {template.render(faq, f"d{n}", "text", "m", 0).example for n in range(64)}
    assert shown == set(range(len(faq.examples)))
    one, other = (template.render(faq, "d1", text, "m", 0) for text in ("a </source> b", "c"))
    assert one.key != other.key and template.render(faq, "d1", "c", "m2", 0).key != other.key


def copy(docs):
    own = [f"copy of {id_}" for id_ in docs["id"]]
    return docs.with_columns(parent_id="id", parent_source="source", id=pl.Series(own, dtype=pl.String))


def test_rewrites_take_the_places_of_their_parents(tmp_path, server):
    texts = [TEXT.format(1), TEXT.format(2) + " do:cut!", TEXT.format(3) + " do:json!", TEXT.format(4)]
    write(tmp_path, server, texts, documents=1000)
    docs = pl.read_parquet(tmp_path / "docs.parquet")
    more = copy(pl.concat([docs, docs.tail(1).with_columns(id=pl.lit("new"))]))
    taken = rephrase.take(more, rewrites=tmp_path / "out")
    reasons = [None, "rephrase.truncated", "rephrase.failed", None, "rephrase.not_asked"]
    assert taken["drop_reason"].to_list() == reasons and taken["id"].equals(more["id"])
    assert taken["parent_license"].to_list() == ["CC0-1.0"] * 5
    assert taken["text"][0] == taken["parent_text"][0] == texts[0] and taken["text"][1] == texts[1]
    assert taken["rephrase_error"][2] == "wrong_json" and taken["rephrase_prompt"][0] == "distil"
    told = json.loads(taken["metadata"][0])
    assert told["a"] == 1 and told["rephrase"]["parent_id"] == "d0"
    half = [rephrase.take(part, rewrites=tmp_path / "out") for part in (more[:2], more[2:])]
    assert pl.concat(half).equals(taken)


def test_those_that_were_asked_are_chosen(tmp_path, server):
    texts = [TEXT.format(1), TEXT.format(2) + " do:cut!", "x" * 9000, TEXT.format(4)]
    write(tmp_path, server, texts, documents=1000)
    docs = pl.read_parquet(tmp_path / "docs.parquet")
    more = pl.concat([docs, docs.tail(1).with_columns(id=pl.lit("new"))])
    chosen = rephrase.choose(more, rewrites=tmp_path / "out")
    assert chosen["drop_reason"].to_list() == [None, None, "rephrase.too_long", None, "rephrase.not_asked"]
    assert rephrase.choose(more[:0], rewrites=tmp_path / "out").height == 0


def test_rows_are_found_in_whichever_row_group(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "ROWS", 3)
    rows = [
        {**dict.fromkeys(tables.REWRITES), "id": f"d{n}", "text": f"t{n}", "prompt": "faq"} for n in range(10)
    ]
    purse = types.SimpleNamespace(tokens=0, max_tokens=1, cost=0, max_cost=1)
    tables.write(tmp_path, iter(rows), 10, purse)
    found = tables.find(tmp_path, pl.Series(["d9", "none", "d3", "d0"]))
    assert sorted(found["text"]) == ["t0", "t3", "t9"]
