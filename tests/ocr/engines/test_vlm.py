"""Pages asked of a server that misbehaves: each ends with its text or with a reason."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from vlm_server import Server, draw

from winnow import llm
from winnow.ocr.engines import vlm_request
from winnow.ocr.engines.vlm import Picture, transcribe

ROOT = Path(__file__).resolve().parents[3]
PROSE = (
    "The keeper of the archive wrote down every parcel that came in on the morning train and gave it a "
    "number, a shelf and a day, so that whoever asked for it later could be told at once where it lay and "
    "who had asked for it before."
)
OTHER = (
    "Seventeen herons stood in the shallow estuary while fishermen mended nets beside upturned boats, "
    "talking quietly about weather, prices, marriages and the new bridge promised by distant engineers."
)
PROMPTS = ROOT / "ocr/prompts"


@contextlib.contextmanager
def serving(port=0):
    server = Server(port=port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server():
    with serving() as server:
        yield server


def find_dead_url():
    gone = Server()
    gone.server_close()
    return gone.url


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(llm, "BACKOFF_SECONDS", 0.02)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def page(name, *does, text=PROSE, words=None):
    text = f"{name}. {text}"
    words = tuple(text.split()) if words is None else words
    return Picture(name, draw(name, text, does or ("good",), OTHER), words)


def ask(server, pages, **settings):
    chosen = {"store": None, "page_seconds": 20, "prompt": PROMPTS / "plain.txt", **settings}
    url = server if isinstance(server, str) else server.url
    return {done.key: done for done in transcribe(pages, url=url, model="m", **chosen)}


def ask_one(server, *does, **settings):
    (done,) = ask(server, [page("p", *does)], **settings).values()
    return done


def test_a_page_is_read(server):
    done = ask_one(server)
    assert (done.text, done.reason, done.attempts) == (f"p. {PROSE}", None, 1)
    assert done.detail["finish_reason"] == "stop"
    assert done.detail["recall"] > 0.9 and done.detail["precision"] > 0.9
    (asked,) = server.asked["p"]
    assert asked["prompt"] == [(PROMPTS / "plain.txt").read_text().strip()]
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("m", 0, 6000)


def test_an_empty_prompt_sends_the_picture_alone(server, tmp_path):
    (tmp_path / "none.txt").write_text("\n")
    assert ask_one(server, prompt=tmp_path / "none.txt").text
    assert server.asked["p"][0]["prompt"] == []


@pytest.mark.parametrize(
    ("does", "reason"),
    {
        "http_500": "http_500",
        "http_502": "http_502",
        "truncated": "truncated",
        "repetition": "repetition",
        "line": "repetition",
        "other": "other_words",
        "refusal": "other_words",
        "empty": "empty",
        "null": "empty",
        "torn_json": "wrong_json",
        "no_choices": "wrong_json",
        "html": "wrong_json",
        "close": "broken",
    }.items(),
)
def test_what_goes_wrong_is_asked_for_again_and_then_named(server, does, reason):
    done = ask(server, [page("always", does), page("once", does, "good")])
    assert done["always"][1:4] == (None, reason, 4)
    assert done["once"].text and done["once"].attempts == 2
    assert len(server.asked["always"]) == 4 and len(server.asked["once"]) == 2


def test_answers_get_hotter_but_faults_do_not(server):
    ask(server, [page("bad", "empty"), page("down", "http_500"), page("both", "http_500", "empty")])
    heat = {name: [each["temperature"] for each in asked] for name, asked in server.asked.items()}
    assert heat == {"bad": [0, 0.2, 0.5, 0.8], "down": [0] * 4, "both": [0, 0, 0.2, 0.5]}


@pytest.mark.parametrize("does", ["hang", "drip", "drip_headers"])
def test_a_request_and_a_page_have_deadlines(server, does):
    begun = time.monotonic()
    done = ask(server, [page("always", does), page("once", does, "good")], page_seconds=0.6)
    assert time.monotonic() - begun < 1.5
    assert done["always"][1:4] == (None, "deadline", 2)
    assert done["once"].text


def test_attempts_share_the_time_of_a_page(server):
    server.latency = 0.8
    done = ask_one(server, "empty", page_seconds=2)
    assert (done.reason, done.attempts) == ("deadline", 3) and done.seconds < 2.3


def test_what_the_server_refuses_is_asked_once(server):
    done = ask(server, [page("a", "http_400"), page("b", "http_401")])
    assert [(each.reason, each.attempts) for each in (done["a"], done["b"])] == [
        ("http_400", 1),
        ("http_401", 1),
    ]
    assert done["a"].detail["said"] == '{"error": {"message": "the picture is too large"}}'


def test_retry_after_is_waited_for(server):
    done = ask_one(server, "http_429", "good")
    assert done.text and done.seconds >= 1 and not server.early
    late = ask(server, [page("late", "long_429")])["late"]
    assert (late.reason, late.attempts) == ("http_429", 1) and late.seconds < 1


def test_never_more_in_flight_than_set_and_pages_are_pulled_as_needed(server):
    server.latency = 0.01
    does = ["good", "http_500", "close", "empty", "hang", "torn_json"]
    pulled, done = [], []

    def pages():
        for number in range(40):
            pulled.append(number)
            yield page(f"p{number}", does[number % len(does)], "good")

    settings = {"store": None, "page_seconds": 1, "prompt": PROMPTS / "plain.txt", "in_flight": 3}
    for each in transcribe(pages(), url=server.url, model="m", **settings):
        done.append(each)
        assert len(pulled) <= len(done) + 3
    assert {each.key for each in done} == {f"p{number}" for number in range(40)}
    assert all(each.text for each in done)
    assert server.most == 3


def test_a_server_that_is_down_is_given_up_fast(monkeypatch):
    monkeypatch.setattr(llm, "BACKOFF_SECONDS", 30)
    monkeypatch.setattr(vlm_request, "UNREACHABLE_AFTER", 8)
    begun = time.monotonic()
    done = ask(find_dead_url(), [page(f"p{number}") for number in range(50)], page_seconds=100)
    assert time.monotonic() - begun < 5
    assert {each.reason for each in done.values()} == {"unreachable"} and len(done) == 50


def test_a_server_that_was_down_is_asked_by_a_later_run(server, tmp_path):
    pages = [page(f"p{number}") for number in range(6)]
    assert {each.reason for each in ask(find_dead_url(), pages, store=tmp_path).values()} == {"unreachable"}
    assert all(each.text for each in ask(server, pages, store=tmp_path).values())
    assert all(len(asked) == 1 for asked in server.asked.values())


def test_a_server_that_comes_back_is_found_in_the_same_run(monkeypatch):
    monkeypatch.setattr(vlm_request, "UNREACHABLE_AFTER", 4)
    monkeypatch.setattr(vlm_request, "PROBE_SECONDS", 0.1)
    url = find_dead_url()

    def pages():
        for number in range(6):
            yield page(f"down{number}")
        with serving(int(url.split(":")[2].split("/")[0])):
            time.sleep(0.15)
            for number in range(6):
                yield page(f"up{number}")

    done = ask(url, pages(), in_flight=1)
    assert {each.reason for name, each in done.items() if "down" in name} == {"unreachable"}
    assert all(each.text for name, each in done.items() if "up" in name) and len(done) == 12


def test_no_page_with_an_answer_is_asked_for_again(server, tmp_path):
    pages = [page("good"), page("slow", "empty", "good"), page("bad", "empty"), page("no", "http_400")]
    first = ask(server, pages, store=tmp_path)
    again = ask(server, pages, store=tmp_path)
    assert again == first
    assert {name: len(asked) for name, asked in server.asked.items()} == {
        "good": 1,
        "slow": 2,
        "bad": 4,
        "no": 1,
    }
    ask(server, pages[:1], store=tmp_path, prompt=PROMPTS / "markdown.txt")
    assert len(server.asked["good"]) == 2


def test_attempts_of_an_earlier_run_count(server, tmp_path):
    pages = [page("p", "empty", "torn_json", "other", "good")]
    assert ask(server, pages, store=tmp_path, attempts=2)["p"].reason == "wrong_json"
    assert ask(server, pages, store=tmp_path, attempts=3)["p"].reason == "other_words"
    done = ask(server, pages, store=tmp_path)["p"]
    assert done.text and done.attempts == 4 and len(server.asked["p"]) == 4
    assert [asked["temperature"] for asked in server.asked["p"]] == [0, 0.2, 0.5, 0.8]


def test_the_time_of_an_earlier_run_counts(server, tmp_path):
    pages = [page("p", "hang")]
    first = ask(server, pages, store=tmp_path, page_seconds=0.4)["p"]
    assert ask(server, pages, store=tmp_path, page_seconds=0.4)["p"] == first
    assert len(server.asked["p"]) == 2
    assert ask(server, pages, store=tmp_path, page_seconds=0.8)["p"].attempts > 2


def test_a_page_truncated_at_fewer_tokens_is_asked_for_anew(server, tmp_path):
    pages = [page("p", *["truncated"] * 4, "good")]
    assert ask(server, pages, store=tmp_path, max_tokens=100)["p"].reason == "truncated"
    assert ask(server, pages, store=tmp_path, max_tokens=100)["p"].attempts == 4
    assert ask(server, pages, store=tmp_path, max_tokens=200)["p"].text


def test_the_same_picture_twice_is_asked_for_once(server, tmp_path):
    server.latency = 0.05
    same = page("p")
    done = list(
        transcribe(
            [same, same._replace(key="q")] * 3,
            url=server.url,
            model="m",
            prompt=PROMPTS / "plain.txt",
            store=tmp_path,
        )
    )
    assert sorted(each.key for each in done) == ["p"] * 3 + ["q"] * 3
    assert {each.text for each in done} == {f"p. {PROSE}"} and len(server.asked["p"]) == 1


def test_reasons_are_the_same_each_time(server, tmp_path):
    does = ["other", "empty", "torn_json", "close", "http_500", "truncated", "repetition", "http_400", "html"]

    def run(name):
        pages = [page(f"{name}{number}", does[number % len(does)]) for number in range(18)]
        return [each.reason for _, each in sorted(ask(server, pages).items())]

    assert run("a") == run("b")


CLIENT = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from vlm_server import draw
from winnow import llm
from winnow.ocr.engines.vlm import Picture, transcribe
llm.BACKOFF_SECONDS = 0.02
does = [["http_500", "good"], ["good"], ["good"]]
pages = [Picture(f"p{{n}}", draw(f"p{{n}}", "some text", does[n % 3]), ()) for n in range(40)]
where = dict(url={url!r}, model="m", prompt=Path({prompt!r}), store=Path({store!r}) if {store!r} else None)
for done in transcribe(pages, in_flight=4, **where):
    print(done.key, bool(done.text), flush=True)
"""


def test_a_killed_run_is_resumed(server, tmp_path):
    server.latency = 0.03
    where = {"here": str(Path(__file__).parent), "prompt": str(PROMPTS / "plain.txt")}
    script = CLIENT.format(url=server.url, store=str(tmp_path), **where)
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    told = {first.stdout.readline().split()[0] for _ in range(8)}
    first.send_signal(signal.SIGKILL)
    first.wait()
    with first.stdout as rest:
        told |= {line.split()[0] for line in rest.read().splitlines() if len(line.split()) == 2}
    before = {name: len(asked) for name, asked in server.counts()["asked"].items()}
    assert len(told) < 40
    second = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment, check=True)
    lines = dict(line.split() for line in second.stdout.splitlines())
    assert lines == {f"p{number}": "True" for number in range(40)}
    after = {name: len(asked) for name, asked in server.asked.items()}
    assert {name: after[name] for name in told} == {name: before[name] for name in told}
    assert sum(after.values()) <= 40 + 14 + 4 and server.most <= 4


KEY = "sk-a/secret+of-48-letters.0123456789abcdefghijkl"


def test_the_key_is_sent_and_never_kept_or_told(server, tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PAGES_KEY", KEY)
    pages = [page("told", "http_401"), page("good"), page("echo", "echo")]
    done = ask(server, pages, store=tmp_path, key_env="PAGES_KEY")
    assert server.keys == {f"Bearer {KEY}"}
    assert (done["told"].reason, done["echo"].text is None) == ("http_401", False)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*.sqlite3")).decode("latin-1")
    assert "no such key" in kept and "[key]" in done["told"].detail["said"]
    for text in (kept, repr(done), caplog.text):
        assert KEY not in text and json.dumps(KEY).replace("/", "\\/") not in text and KEY[:12] not in text


def test_settings_that_are_wrong_are_refused(server, monkeypatch):
    monkeypatch.setenv("PAGES_KEY", "")
    for wrong in ({"key_env": "PAGES_KEY"}, {"in_flight": 0}, {"attempts": 0}, {"page_seconds": 0}):
        with pytest.raises(ValueError):
            ask(server, [page("p")], **wrong)
    with pytest.raises(ValueError, match="url"):
        ask("localhost:8000", [page("p")])
    monkeypatch.setenv("PAGES_KEY", "a secret\nof two lines")
    with pytest.raises(ValueError) as refused:
        ask(server, [page("p")], key_env="PAGES_KEY")
    assert "secret" not in str(refused.value)


def test_a_reader_that_stops_early_leaves_nothing_behind(server):
    server.latency = 5
    threads = set(threading.enumerate())
    going = transcribe(
        [page("q")], url=server.url, model="m", prompt=PROMPTS / "plain.txt", store=None, in_flight=2
    )
    server.latency = 0
    assert next(going).text
    going.close()
    begun = time.monotonic()
    pages = (page(f"p{number}", "hang" if number else "good") for number in range(3))
    going = transcribe(
        pages, url=server.url, model="m", prompt=PROMPTS / "plain.txt", store=None, in_flight=3
    )
    next(going)
    going.close()
    assert time.monotonic() - begun < 2
    ours = {each for each in set(threading.enumerate()) - threads if "process_request" not in each.name}
    assert not ours


def test_a_program_that_ends_with_an_open_reader_ends(server):
    where = {"here": str(Path(__file__).parent), "prompt": str(PROMPTS / "plain.txt")}
    script = CLIENT.format(url=server.url, store="", **where)
    script = script[: script.index("for done")].replace('["good"]', '["hang"]').replace('"http_500", ', "")
    script += "reader = transcribe(pages, **where)\nprint(next(reader).key)"
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30)
    assert ended.returncode == 0 and ended.stdout in ("p0\n", "p3\n", "p6\n"), ended.stderr


def test_a_proxy_that_cannot_be_used_is_refused_and_leaves_nothing_behind(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://proxy.org:1")
    monkeypatch.setenv("http_proxy", "")
    threads = set(threading.enumerate())
    with pytest.raises(ValueError, match="is one of socks5"):
        ask("http://api.invalid/v1", [page("p")])
    assert not set(threading.enumerate()) - threads


def test_a_failure_of_the_pages_or_of_the_disk_goes_up(server, tmp_path):
    def pages():
        yield page("p")
        raise RuntimeError("the renderer is gone")

    with pytest.raises(RuntimeError, match="renderer"):
        ask(server, pages())
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        ask(server, [page("p")], store=tmp_path / "file")
