"""Labels asked of a server that misbehaves: budget, resume, reasons, agreement."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

sys.path.insert(0, str(Path(__file__).parent / "raters"))

from rater_server import Server, plan, serving

from winnow import llm, store
from winnow.classifiers import ask
from winnow.classifiers.raters import asking, request_queue, sample
from winnow.pipelines.engine.disk.documents import read_batches
from winnow.pipelines.spec import columns

ROOT = Path(__file__).resolve().parents[2]
QUALITY = ROOT / "classifiers/raters/prompts/quality.txt"
CHILD = ROOT / "tests/classifiers/raters/rater_child.py"
KEY = "sk-very-secret-0123456789"
PLENTY = 10_000_000


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(llm, "BACKOFF_SECONDS", 0.01)
    monkeypatch.setattr(llm, "MAX_BACKOFF_SECONDS", 0.1)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("RATER_KEY", KEY)


def write(folder, texts, **more):
    folder.mkdir(parents=True, exist_ok=True)
    table = pl.DataFrame({"id": [f"d{i:03d}" for i in range(len(texts))], "text": texts, **more})
    table.write_parquet(folder / "part-0.parquet", row_group_size=7)
    return [folder / "part-0.parquet"]


def raters(url, **more):
    return [
        {"url": url, "model": model, "price_in": 2.0, "price_out": 8.0, "key_env": "RATER_KEY", **more}
        for model in ("a", "b")
    ]


def label(place, server, texts, *, out="out", columns=None, **chosen):
    files = write(place / "in", texts, **(columns or {}))
    (place / out).mkdir()
    ask.label(files, place / out, read=read_batches, **choose(place, server, texts, **chosen))
    return read(place / out)


def choose(place, server, texts, **chosen):
    told = {"raters": raters(server.url), "prompt": QUALITY, "store": str(place / "store")}
    return told | {"documents": len(texts), "max_tokens": PLENTY, "max_cost": 1000, "timeout": 5} | chosen


def start_child(place, server, texts, out, **chosen):
    """A process that labels as `label` does."""
    (file,) = write(place / "in", texts)
    told = json.dumps(choose(place, server, texts, **chosen), default=str)
    return subprocess.Popen([sys.executable, str(CHILD), str(file), str(place / out), told])


def read(out):
    labels = pl.read_parquet(out / "labels.parquet")
    report = json.loads((out / "agreement.json").read_text())
    return labels, pl.read_parquet(out / "labels_mean.parquet"), report


def test_documents_are_labelled_and_raters_compared(server, tmp_path):
    scores = [(0, 1), (1, 1), (2, 3), (5, 4), (4, 4), (3, 0)]
    labels, mean, report = label(
        tmp_path, server, [plan(f"p{i}", score=a, other=b) for i, (a, b) in enumerate(scores)]
    )
    assert labels.schema["score"] == pl.Float64 and labels.height == 12 and labels["error"].null_count() == 12
    found = dict(mean.select("id", pl.struct("score", "raters", "spread")).iter_rows())
    assert found["d000"] == {"score": 0.5, "raters": 2, "spread": 1}
    assert found["d003"] == {"score": 4.5, "raters": 2, "spread": 1}
    (pair,) = report["pairs"]
    kappa = cohen_kappa_score(*zip(*scores, strict=True), labels=range(6), weights="quadratic")
    assert pair["raters"] == ["a", "b"] and pair["n"] == 6
    assert (pair["kappa"], pair["equal"]) == (round(kappa, 4), round(2 / 6, 4))
    assert (
        report["spent"]["tokens"]
        == server.tokens
        == labels.select(pl.sum("tokens_in", "tokens_out")).sum_horizontal()[0]
    )
    sent, said = labels["tokens_in"].sum(), labels["tokens_out"].sum()
    assert report["spent"]["cost"] == pytest.approx((2 * sent + 8 * said) / 1e6) == labels["cost"].sum()
    told = json.loads((tmp_path / "out/messages.json").read_text())
    assert told["counts"] == {"documents to label": 6, "labelled": 6, "labels": 12, "failed": 0}
    assert told["says"][0] == (
        f"quality: a and b on 6 documents: quadratic weighted kappa {pair['kappa']:.2f},"
        f" rho {pair['rho']:.2f}, equal {pair['equal']:.2f}"
    )


def test_the_same_input_gives_the_same_bytes_and_nothing_is_asked_again(server, tmp_path):
    texts = [plan(f"p{i}", "no_json", "good", score=i % 6) for i in range(9)]
    label(tmp_path, server, texts)
    asked = sum(map(len, server.asked.values()))
    label(tmp_path, server, texts, out="again", in_flight=2, timeout=9)
    assert sum(map(len, server.asked.values())) == asked == 36
    for name in ("labels.parquet", "labels_mean.parquet", "agreement.json", "messages.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


BAD = ("truncated", "no_field", "no_json", "out_of_range", "half_a_pair")
FAULTS = ("wrong_json", "too_large", "http_500", "http_503", "broken", "deadline")


@pytest.mark.parametrize("does", [*BAD, *FAULTS])
def test_what_goes_wrong_is_asked_again_and_then_counted(server, tmp_path, does):
    texts = [plan("always", does), plan("once", does, "good"), plan("never")]
    labels, mean, report = label(tmp_path, server, texts, timeout=1 if does == "deadline" else 30)
    reason = "no_field" if does == "half_a_pair" else does
    assert labels.filter(id="d000")["error"].to_list() == [reason] * 2
    assert labels.filter(id="d000")["score"].null_count() == 2
    assert sorted(mean["id"]) == ["d001", "d002"]
    assert [report["raters"][name]["failed"] for name in "ab"] == [{reason: 1}] * 2
    assert len(server.asked["a", "always"]) == (asking.ANSWERS if does in BAD else request_queue.FAULTS)
    assert len(server.asked["a", "once"]) == 2
    heat = [each["temperature"] for each in server.asked["a", "always"]]
    assert heat == ([0, 0.5, 0.8] if does in BAD else [0] * 4)
    assert server.tokens <= report["spent"]["tokens"]
    told = json.loads((tmp_path / "out/messages.json").read_text())["says"]
    assert f"rater a: no label of 1 documents: 1 {reason}" in told


@pytest.mark.parametrize("does", ["http_400", "http_401", "http_302", "long_429"])
def test_what_a_server_refuses_is_asked_once_and_costs_nothing(server, tmp_path, does):
    labels, _, report = label(tmp_path, server, [plan("always", does), plan("never")])
    row = labels.filter(id="d000", rater="a").to_dicts()[0]
    assert row["error"] == does.replace("long", "http") and row["tokens_in"] == row["cost"] == 0
    assert len(server.asked["a", "always"]) == 1
    assert report["spent"]["tokens"] == server.tokens


def test_retry_after_holds_the_rater_back(server, tmp_path):
    label(tmp_path, server, [plan(f"p{i}", *["http_429"] * (i == 0), "good") for i in range(6)], in_flight=1)
    assert server.early == 0
    assert len(server.asked["a", "p0"]) == 2


def test_a_rater_that_is_held_back_gets_its_share_of_the_budget(server, tmp_path):
    server.busy = {"a"}
    texts = [plan(f"p{i}") for i in range(60)]
    labels, _, report = label(tmp_path, server, texts, max_tokens=60_000, in_flight=2)
    judged = [report["raters"][name]["labels"] for name in "ab"]
    assert 20 < sum(judged) < labels.height
    assert abs(judged[0] - judged[1]) <= 2


def test_where_the_budget_ends_a_rater_that_is_held_back_is_waited_for(server, tmp_path):
    server.busy = {"a"}
    one, other = (
        {**each, "price_in": 0, "price_out": cost}
        for each, cost in zip(raters(server.url), (0, 100), strict=True)
    )
    texts = [plan(f"p{i}") for i in range(9)]
    labels, _, _ = label(tmp_path, server, texts, max_cost=256 * 100 / 1e6, raters=[one, other], in_flight=2)
    judged = labels.filter(pl.col("error").is_null())
    assert judged["rater"].to_list() == ["a", "b", "a"]  # b had room for one, and a costs nothing


def test_a_server_without_usage_is_charged_the_most(server, tmp_path):
    labels, _, report = label(tmp_path, server, [plan("p", "no_usage")])
    assert labels["tokens_out"].to_list() == [256, 256]
    assert report["spent"]["tokens"] >= server.tokens


def test_a_text_that_stands_twice_is_paid_once(server, tmp_path):
    labels, mean, report = label(tmp_path, server, [plan("p", score=2)] * 3 + ["", "  \n"])
    assert labels["score"].drop_nulls().to_list() == [2] * 6 and mean.height == 3
    assert len(server.asked["a", "p"]) == len(server.asked["b", "p"]) == 1
    assert (
        report["spent"]["tokens"] == server.tokens == labels["tokens_in"].sum() + labels["tokens_out"].sum()
    )
    assert report["raters"]["a"]["failed"] == {"no_text": 2}


WORST = [
    "good",
    "no_usage",
    "no_json",
    "http_500",
    "broken",
    "wrong_json",
    "http_503",
    "too_large",
    "truncated",
]


@pytest.mark.parametrize("share", [0.07, 0.3, 0.6])
@pytest.mark.parametrize("of", ["max_tokens", "max_cost"])
def test_the_budget_is_never_exceeded(server, tmp_path, share, of):
    texts = [plan(f"p{i}", WORST[i % 9], WORST[(i + 4) % 9], text="ä" * i * 9) for i in range(27)]
    whole = 270_000 if of == "max_tokens" else 0.6
    limit = int(whole * share) if of == "max_tokens" else whole * share
    for out in ("out", "again"):  # what another run has paid for counts
        labels, _, report = label(tmp_path, server, texts, out=out, **{of: limit})
        billed = server.tokens if of == "max_tokens" else server.tokens * 2 / 1e6
        assert billed <= report["spent"][of[4:].replace("max_", "")] <= limit
    unasked = labels.filter(error="budget")
    assert 0 < unasked.height < labels.height and unasked["answer"].null_count() == unasked.height
    assert not unasked.filter(pl.col("tokens_in") > 0).height
    assert labels["score"].drop_nulls().len() > 0


def test_where_the_budget_ends_no_later_document_is_asked_about(server, tmp_path):
    texts = [plan(f"p{i}", text="long " * 1200 * (i % 2)) for i in range(30)]
    labels, _, report = label(tmp_path, server, texts, max_tokens=60_000)
    shortest = labels.filter(pl.col("tokens_in") > 0)["tokens_in"].min() + 256 + 64
    assert report["spent"]["tokens"] + shortest < 60_000  # there was room, but not for the next one
    asked = labels["error"].is_null().to_list()
    assert 0 < sum(asked) < len(asked) and asked == sorted(asked, reverse=True)


def test_what_is_held_for_requests_in_flight_is_given_back(server, tmp_path):
    server.latency = 0.02
    texts = [plan(f"p{i}") for i in range(15)]
    told = {"max_tokens": 20_000, "answer_tokens": 300}
    one = label(tmp_path, server, texts, out="one", in_flight=1, store=str(tmp_path / "a"), **told)[0]
    many = label(tmp_path, server, texts, out="many", in_flight=8, store=str(tmp_path / "b"), **told)[0]
    assert 0 < one["score"].count() == many["score"].count() < 30


def test_a_server_that_takes_more_than_its_bound_is_held_to_more(server, tmp_path):
    server.overuse = 3000
    texts = [plan(f"p{i}") for i in range(40)]
    labels, _, report = label(tmp_path, server, texts, max_tokens=60_000, in_flight=2)
    assert labels["score"].drop_nulls().len() > 4
    assert server.tokens == report["spent"]["tokens"] <= 60_000


def test_nothing_is_paid_twice_after_a_kill(server, tmp_path):
    texts = [plan(f"p{i:02d}", *["http_500"] * (i % 5 == 0), "good", score=i % 6) for i in range(40)]
    server.latency = 0.04
    limit, flying = 400_000, 4
    seen = 0
    for turn in range(2):
        process = start_child(tmp_path, server, texts, f"out{turn}", max_tokens=limit, in_flight=flying)
        until = time.monotonic() + 60
        while sum(server.answered.copy().values()) < seen + 20 and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        time.sleep(0.1)  # what the server does for a client that is gone
        seen = sum(server.answered.values())
    labels, mean, report = label(tmp_path, server, texts, max_tokens=limit, in_flight=flying)
    assert seen >= 40 and mean.height == 40 and labels["error"].null_count() == 80
    twice = sum(count - 1 for count in server.answered.values())
    assert twice <= 2 * flying
    assert server.tokens <= report["spent"]["tokens"] <= limit
    asked = sum(map(len, server.asked.values()))
    label(tmp_path, server, texts, out="last", max_tokens=limit)
    assert sum(map(len, server.asked.values())) == asked


def test_a_request_in_flight_at_a_kill_stays_charged(server, tmp_path):
    label(tmp_path, server, [plan("p")])
    with contextlib.closing(sqlite3.connect(tmp_path / "store" / store.NAME)) as kept, kept:
        ((number, key),) = kept.execute("SELECT number, key FROM attempts WHERE NOT is_sent LIMIT 1")
        kept.execute("DELETE FROM attempts WHERE number = ?", (number,))
        ((sent,),) = kept.execute("SELECT record FROM attempts WHERE key = ?", (key,))
    labels, _, report = label(tmp_path, server, [plan("p")], out="again")
    held = json.loads(sent)
    assert labels["error"].null_count() == 2
    assert (
        report["spent"]["tokens"]
        == server.tokens - labels["tokens_in"].min() + held["tokens_in"] + 256 - labels["tokens_out"].min()
    )


def test_a_store_is_used_by_one_process_at_a_time(server, tmp_path):
    server.latency = 0.3
    process = start_child(tmp_path, server, [plan("p")], "first")
    while not server.asked and process.poll() is None:
        time.sleep(0.01)
    label(tmp_path, server, [plan("p")])
    assert process.wait() == 0
    assert {who: len(asked) for who, asked in server.asked.items()} == {("a", "p"): 1, ("b", "p"): 1}


def test_a_key_is_sent_and_stands_nowhere(server, tmp_path, caplog):
    caplog.set_level("DEBUG")
    label(tmp_path, server, [plan("p0", "echo"), plan("p1", "http_401"), plan("p2")])
    labels, _, _ = read(tmp_path / "out")
    assert labels.filter(id="d000")["score"].to_list() == [3, 3]
    assert "no such key: Bearer [key]" in labels.filter(id="d001")["answer"][0]
    found = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    assert not [path for path in found if KEY[:8].encode() in path.read_bytes()]
    assert KEY[:8] not in labels.write_csv() + caplog.text


@pytest.mark.parametrize("key", ["good", "good-or-bad"])
def test_a_key_that_an_answer_names_spoils_none(server, tmp_path, monkeypatch, key):
    monkeypatch.setenv("RATER_KEY", key)
    prompt = tmp_path / "kind.txt"
    prompt.write_text(
        f'labels: quality {key}|poor\nIs it {key} or poor?\n{{text}}\nJSON: {{"quality": "{key}"}}\n'
    )
    labels, _, _ = label(tmp_path, server, [plan("p", score=key)], prompt=prompt)
    assert labels["label"].to_list() == [key] * 2 and len(server.asked["a", "p"]) == 1


def test_a_rater_that_is_down_ends_the_run_and_the_same_goes_on(server, tmp_path):
    gone = Server()
    gone.server_close()
    one, other = raters(server.url)
    texts = [plan(f"p{i}") for i in range(12)]
    with pytest.raises(ConnectionError, match=r"rater b: 10 requests in a row failed, the last with unreach"):
        label(tmp_path, server, texts, raters=[one, {**other, "url": gone.url}])
    assert not (tmp_path / "out/labels.parquet").exists()
    paid = {who for who in server.answered if who[0] == "a"}
    labels, _, _ = label(tmp_path, server, texts, out="again")
    assert paid and labels["error"].null_count() == 24
    assert set(server.answered.values()) == {1}


def test_a_rater_in_trouble_is_asked_one_question_at_a_time(server, tmp_path, monkeypatch):
    monkeypatch.setattr(request_queue, "SHY_AFTER", 1)
    server.latency = 0.02
    with pytest.raises(ConnectionError, match=r"failed, the last with http_500 \(.*the engine is dead"):
        label(tmp_path, server, [plan(f"p{i}", "http_500") for i in range(90)], in_flight=8)
    assert sum(map(len, server.asked.values())) <= 8 + 2 * request_queue.GIVE_UP_AFTER


def test_texts_on_which_a_server_always_fails_keep_no_others_out(server, tmp_path):
    server.latency = 0.003
    texts = [plan(f"p{i}", "http_500" if i < 16 else "good") for i in range(60)]
    labels, _, _ = label(tmp_path, server, texts, in_flight=8)
    assert labels["error"].drop_nulls().to_list() == ["http_500"] * 32 and labels["score"].count() == 88


def test_never_more_in_flight_than_set(server, tmp_path):
    server.latency = 0.02
    label(
        tmp_path,
        server,
        [plan(f"p{i}", *["http_500"] * (i % 4 == 0), "good") for i in range(20)],
        in_flight=3,
    )
    assert server.most == 3


def test_strata_are_equally_many_and_ids_decide(server, tmp_path):
    texts = [plan(f"p{i}") for i in range(60)]
    source = ["rare" if i % 12 == 0 else "common" for i in range(60)]
    _, mean, _ = label(tmp_path, server, texts, documents=8, by=["source"], columns={"source": source})
    names = dict(zip([f"d{i:03d}" for i in range(60)], source, strict=True))
    assert sorted(names[id_] for id_ in mean["id"]) == ["common"] * 4 + ["rare"] * 4
    _, more, _ = label(tmp_path, server, texts, documents=8, out="b", seed=5)
    assert more.height == 8 and set(more["id"]) != set(mean["id"])


def test_labels_of_classes(server, tmp_path):
    prompt = tmp_path / "kind.txt"
    prompt.write_text('labels: quality good|bad\nIs it good or bad?\n{text}\nJSON: {"quality": "good"}\n')
    said = [("good", "good"), ("bad", "good"), ("bad", "bad"), ("Good ", "good"), ("ugly", "bad")]
    texts = [plan(f"p{i}", score=a, other=b) for i, (a, b) in enumerate(said)]
    labels, mean, report = label(tmp_path, server, texts, prompt=prompt)
    assert dict(labels.filter(rater="a").select("id", "label").iter_rows())["d003"] == "good"
    assert labels.drop_nulls("error").select("id", "rater", "error").rows() == [
        ("d004", "a", "unknown_label")
    ]
    assert dict(mean.sort("id").select("id", "label").iter_rows()) == {
        "d000": "good", "d002": "bad", "d003": "good", "d004": "bad"
    }  # fmt: skip
    (pair,) = report["pairs"]
    expected = cohen_kappa_score(["good", "bad", "bad", "good"], ["good", "good", "bad", "good"])
    assert pair["n"] == 4 and pair["kappa"] == round(expected, 4) and "rho" not in pair


WRONG = {
    "raters: 1 given": {"raters": raters("http://127.0.0.1:1/v1")[:1]},
    "same name": {"raters": raters("http://127.0.0.1:1/v1", name="x")},
    "same url and model": {"raters": [{**raters("http://h/v1")[0], "name": n} for n in "xy"]},
    "'price_in'": {"raters": [{"url": "http://h/v1", "model": "m", "price_out": 0}] * 2},
    "no such settings: ..temperature": {"raters": raters("http://h/v1", temperature=1)},
    "NO_KEY holds no API key": {"raters": raters("http://h/v1", key_env="NO_KEY")},
    "url: name the address": {"raters": raters("localhost:8000/v1")},
    "may have no query": {"raters": raters("http://h/v1?api-version=2024")},
    "no fragment": {"raters": raters("http://h/v1#x")},
    "price_in and price_out are": {"raters": raters("http://h/v1", price_in=-1)},
    "model must be text": {"raters": raters("http://h/v1", model="")},
    "no room for one request": {"max_tokens": 900},
    "no room for one": {"max_cost": 0.0001},
    "the budget is 0 tokens": {"max_tokens": 0},
    "documents is 0": {"documents": 0},
    "timeout is 0": {"timeout": 0},
    "by: part-0.parquet has no column": {"by": ["nowhere"]},
    "store: name a folder": {"store": ""},
}


@pytest.mark.parametrize("message", WRONG)
def test_wrong_settings_are_refused_before_anything_is_asked(server, tmp_path, message):
    with pytest.raises(ValueError, match=message):
        label(tmp_path, server, [plan("p")], **WRONG[message])
    assert not server.asked


def test_a_prompt_without_a_score_field_is_refused_before_anything_is_asked(server, tmp_path):
    (tmp_path / "p.txt").write_text("Is this text any good?\n{text}\n")
    with pytest.raises(ValueError, match=r"p\.txt: no score field: the first line must declare"):
        label(tmp_path, server, [plan("p")], prompt=tmp_path / "p.txt")
    assert not server.asked and not (tmp_path / "store").exists()


def test_ids_that_stand_twice_are_refused(server, tmp_path):
    with pytest.raises(ValueError, match=r"ids that stand twice in the files: \['x'\]"):
        label(tmp_path, server, [plan("p"), plan("q")], columns={"id": ["x", "x"]})


def test_what_was_truncated_is_asked_again_with_more_tokens(server, tmp_path):
    texts = [plan("p", *["truncated"] * 3, "good")]
    assert label(tmp_path, server, texts)[0]["error"].to_list() == ["truncated"] * 2
    assert label(tmp_path, server, texts, out="same")[0]["error"].to_list() == ["truncated"] * 2
    labels, _, _ = label(tmp_path, server, texts, out="more", answer_tokens=512)
    assert labels["score"].to_list() == [3, 3] and len(server.asked["a", "p"]) == 4
    assert label(tmp_path, server, texts, out="less")[0]["score"].to_list() == [3, 3]


def test_a_step_declares_what_it_needs():
    needed, added = columns.describe(ask.label)
    assert needed == ["`id`", "`text`", "what `by` names"] and "`spread`" in added


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(20)), st.integers(1, 25), st.integers(1, 19))
def test_which_documents_are_chosen_hangs_on_ids_alone(tmp_path_factory, order, documents, cut):
    place = tmp_path_factory.mktemp("ids")
    table = pl.DataFrame({"id": [f"d{i}" for i in range(20)], "kind": [str(i % 3) for i in range(20)]})
    table.write_parquet(place / "whole.parquet")
    mixed = table[list(order)]
    mixed[:cut].write_parquet(place / "one.parquet", row_group_size=3)
    mixed[cut:].write_parquet(place / "two.parquet")
    whole = sample.choose([place / "whole.parquet"], documents, ["kind"], 1)
    parts = sample.choose([place / "one.parquet", place / "two.parquet"], documents, ["kind"], 1)
    assert whole["id"].to_list() == parts["id"].to_list()
    fewer = sample.choose([place / "whole.parquet"], max(1, documents - 3), ["kind"], 1)
    assert whole["id"].to_list()[: fewer.height] == fewer["id"].to_list()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=24), st.integers(1, 12), st.integers(1, 9))
def test_each_stratum_has_its_turn_whatever_the_batches(tmp_path_factory, kinds, documents, size):
    place = tmp_path_factory.mktemp("turns")
    table = pl.DataFrame({"id": [f"d{i}" for i in range(len(kinds))], "kind": kinds})
    table.write_parquet(place / "whole.parquet")
    files = [place / f"{start}.parquet" for start in range(0, len(kinds), size)]
    for number, file in enumerate(files):
        table[number * size : (number + 1) * size].write_parquet(file)
    chosen = sample.choose(files, documents, ["kind"], 3)["id"].to_list()
    lots = sample.choose([place / "whole.parquet"], len(kinds), [], 3)["id"].to_list()
    kind = dict(table.rows())
    turns = {id_: sum(kind[other] == kind[id_] for other in lots[:i]) for i, id_ in enumerate(lots)}
    assert chosen == sorted(turns, key=lambda id_: (turns[id_], lots.index(id_)))[:documents]


def test_strata_of_one_document_each_are_not_all_held(tmp_path, monkeypatch):
    held = []
    concat = pl.concat
    monkeypatch.setattr(
        pl, "concat", lambda frames, **how: held.append(frames[0].height) or concat(frames, **how)
    )
    files = []
    for number in range(5):
        files.append(tmp_path / f"{number}.parquet")
        names = [f"{number}-{i}" for i in range(40)]
        pl.DataFrame({"id": names, "url": names}).write_parquet(files[-1])
    assert sample.choose(files, 7, ["url"], 0).height == 7
    assert held == [7] * 4


@pytest.mark.parametrize("name", ["lot", "turn", "file", "row", "id", "by 0"])
def test_a_stratum_may_have_any_name(tmp_path, name):
    table = pl.DataFrame({"id": [f"d{i}" for i in range(12)], "plain": ["x", "y", "z"] * 4})
    table = table.with_columns(plain=pl.col("id")) if name == "id" else table
    named = table if name == "id" else table.rename({"plain": name})
    table.write_parquet(tmp_path / "plain.parquet")
    named.write_parquet(tmp_path / "named.parquet")
    plain = sample.choose([tmp_path / "plain.parquet"], 5, ["plain"], 0)
    assert sample.choose([tmp_path / "named.parquet"], 5, [name], 0).equals(plain)
