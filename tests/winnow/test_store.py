"""Answers on disk: what was paid for is read again, whatever was cut off, and nobody is given another's."""

import asyncio
import contextlib
import errno
import fcntl
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow import store
from winnow.budget import Attempt
from winnow.store import make_key, open_store

ROOT = Path(__file__).resolve().parents[2]
KEY = make_key("rater", "model", "message")
HELD = Attempt(1000, 256, "0.004", max_tokens=256)
PAID = HELD._replace(tokens_in=300, tokens_out=9, cost="0.0007", is_told=True, answer="é {}\n", finish="stop")
LOST = HELD._replace(fault="lost")
ATTEMPTS = st.builds(
    Attempt,
    tokens_in=st.integers(0, 10**6),
    cost=st.decimals(0, 10**6, places=4).map(str),
    is_told=st.booleans(),
    fault=st.none() | st.text(),
    answer=st.text(st.characters()),
    finish=st.none() | st.text(),
    temperature=st.floats(0, 2),
    seconds=st.floats(0, 10**4),
)


def write(folder, *rows, alone=True):
    """Rows of a key: `(key, attempt)` ended, `(key, attempt, True)` was sent."""

    async def run(kept):
        for key, attempt, *is_sent in rows:
            await (kept.announce if is_sent else kept.conclude)(key, attempt)

    with open_store(folder, alone=alone) as kept:
        asyncio.run(run(kept))


def read(folder, key=KEY):
    with open_store(folder, alone=False) as kept:
        return kept.read(key)


def change(folder, statement, *values):
    with contextlib.closing(sqlite3.connect(folder / store.NAME)) as kept, kept:
        assert kept.execute(statement, values).rowcount


def test_what_was_concluded_is_read(tmp_path):
    assert read(tmp_path) == []
    write(tmp_path, (KEY, HELD, True), (KEY, PAID), (KEY, HELD, True), (KEY, PAID))
    assert read(tmp_path) == [PAID, PAID]
    with open_store(tmp_path, alone=True) as kept:
        assert kept.read(KEY) == [PAID, PAID] and kept.read(b"other") == []


def test_what_was_sent_and_not_answered_is_lost_at_its_full_price(tmp_path):
    write(tmp_path, (KEY, HELD, True))
    assert read(tmp_path) == [LOST]
    write(tmp_path, (KEY, HELD, True), (KEY, PAID))
    assert read(tmp_path) == [LOST, PAID]


@settings(max_examples=30, deadline=None)
@given(st.lists(ATTEMPTS, max_size=4))
def test_whatever_is_said_is_read_as_it_was_written(tmp_path_factory, attempts):
    folder = tmp_path_factory.mktemp("store")
    write(folder, *((KEY, attempt) for attempt in attempts))
    assert read(folder) == attempts


def test_a_question_is_named_by_all_that_was_asked():
    parts = [("a", "b", "c"), ("a", "bc", ""), ("b", "a", "c"), (b"ab", "", "c")]
    assert len({make_key(*each) for each in parts}) == 4 and make_key("a", b"b") == make_key(b"a", "b")


@pytest.mark.parametrize(
    "said",
    [
        "record = replace(record, 'stop', 'length')",
        "record = replace(record, '0.0007', '0.0001')",
        "record = replace(record, ':300', ':301')",
        "is_sent = 1",
        "key = x'ab'",
    ],
)
def test_what_is_not_as_it_was_written_is_named_and_given_to_nobody(tmp_path, said):
    write(tmp_path, (KEY, HELD, True), (KEY, PAID))
    change(tmp_path, f"UPDATE attempts SET {said} WHERE number = 2")
    with pytest.raises(ValueError, match=r"sqlite3: row 2 is not what was written: remove it \(DELETE FROM"):
        read(tmp_path, b"\xab" if "key" in said else KEY)


def test_an_answer_that_changes_while_the_store_is_held_is_given_to_nobody(tmp_path):
    write(tmp_path, (KEY, PAID))
    with open_store(tmp_path, alone=True) as kept:
        change(tmp_path, "UPDATE attempts SET record = replace(record, 'stop', 'length')")
        with pytest.raises(ValueError, match="row 1 is not what was written"):
            kept.read(KEY)


@pytest.mark.parametrize("name", ["lock", store.NAME, f"{store.NAME}-journal"])
def test_nothing_is_written_through_a_link(tmp_path, name):
    folder = tmp_path / "store"
    write(folder, (KEY, PAID))
    (tmp_path / "other").write_text("theirs")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "other")
    with pytest.raises(OSError):
        write(folder, (KEY, PAID))
    assert (tmp_path / "other").read_text() == "theirs"


def test_what_is_no_store_or_is_damaged_is_named(tmp_path):
    (tmp_path / store.NAME).write_text("no database at all, but a text of some length\n" * 99)
    with pytest.raises(
        ValueError, match=r"answers\.sqlite3 is damaged, or no store of answers .*move it away"
    ):
        read(tmp_path)
    (tmp_path / store.NAME).unlink()
    write(tmp_path, *((make_key(str(n)), PAID) for n in range(200)))
    whole = (tmp_path / store.NAME).read_bytes()
    (tmp_path / store.NAME).write_bytes(whole[:4096] + b"\xa5" * 20_000 + whole[24_096:])
    with pytest.raises(ValueError, match="is damaged"):
        for n in range(200):
            read(tmp_path, make_key(str(n)))


def test_a_full_disk_and_a_store_that_stays_held_are_told_as_such(tmp_path, monkeypatch):
    with open_store(tmp_path, alone=True) as kept:
        kept._connection.execute("PRAGMA max_page_count = 9")

        async def fail():
            large = PAID._replace(answer="x" * 99_999)
            tasks = [kept.announce(b"sent", large), kept.conclude(KEY, large), kept.conclude(b"other", PAID)]
            return await asyncio.gather(*tasks, return_exceptions=True)

        for error in asyncio.run(fail()):
            assert isinstance(error, OSError) and error.errno == errno.ENOSPC and "full" in str(error)
        kept._connection.execute("PRAGMA max_page_count = 9999")
    assert [len(read(tmp_path, key)) for key in (KEY, b"other", b"sent")] == [1, 1, 0]  # kept at the end
    monkeypatch.setattr(store, "WAIT_SECONDS", 0.1)
    with contextlib.closing(sqlite3.connect(tmp_path / store.NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError, match="another process has held it"):
            write(tmp_path, (KEY, PAID))


def test_what_has_come_is_kept_also_where_nobody_waits_for_it(tmp_path):
    async def give_up(kept):
        tasks = [kept.announce(b"sent", HELD), kept.conclude(b"one", PAID), kept.conclude(b"two", PAID)]
        tasks = [asyncio.ensure_future(task) for task in tasks]
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    with open_store(tmp_path, alone=True) as kept:
        asyncio.run(give_up(kept))
    assert read(tmp_path, b"one") == read(tmp_path, b"two") == [PAID]
    assert read(tmp_path, b"sent") in ([], [LOST])


CHILD = """
import asyncio, sys
from pathlib import Path
from winnow.budget import Attempt
from winnow.store import make_key, open_store
name = sys.argv[2]

async def run(kept):
    for n in range(int(sys.argv[3])):
        await kept.conclude(make_key(name, str(n)), Attempt(answer=name * 200))
        print(n, flush=True)

with open_store(Path(sys.argv[1]), alone=False) as kept:
    asyncio.run(run(kept))
"""


def start(folder, name, count):
    command = [sys.executable, "-c", CHILD, str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_two_processes_write_at_once_and_a_kill_loses_nothing_that_was_on_the_disk(tmp_path):
    other = start(tmp_path, "b", 60)
    told = 0
    for _ in range(3):
        killed = start(tmp_path, "a", 1000)
        for _ in range(15):
            told = max(told, int(killed.stdout.readline()))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
    out, _ = other.communicate()
    assert other.returncode == 0 and len(out.split()) == 60
    for name, count in (("a", told + 1), ("b", 60)):
        for n in range(count):
            assert {attempt.answer for attempt in read(tmp_path, make_key(name, str(n)))} == {name * 200}


def test_who_waits_for_a_store_is_told_and_then_reads_what_was_written_meanwhile(tmp_path):
    write(tmp_path, (KEY, PAID))
    found, said = [], []

    def ask():
        with open_store(tmp_path, alone=True, say=said.append) as kept:
            found.extend(kept.read(KEY))

    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=ask)
        waiting.start()
        waiting.join(0.3)
        write(tmp_path, (KEY, PAID), alone=False)
    waiting.join(10)
    assert found == [PAID, PAID] and said == [
        f"waiting for another process that asks with the store {tmp_path}"
    ]


def test_what_is_removed_leaves_no_byte(tmp_path):
    said = PAID._replace(answer="of a person " * 999)
    write(tmp_path, (KEY, HELD, True), (KEY, said), (KEY, HELD, True), (KEY, PAID))
    with open_store(tmp_path, alone=True) as kept:
        kept.remove([digest for digest, record in kept.list_records() if "person" in str(record)])
    assert read(tmp_path) == [LOST, PAID]
    assert b"person" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


# What older code wrote: a file for each question of a rater and for each page, one file of all rewrites.
RATED = (
    '{"is_sent":true,"attempt":{"heat":1,"max_tokens":256,"tokens_in":1000,"tokens_out":256,"cost":"0.004",'
    '"is_told":false,"fault":null,"answer":"","finish":null,"said":""},'
    '"digest":"122732266b66c608ec2635e0f17532f3"}',
    '{"is_sent":false,"attempt":{"heat":1,"max_tokens":256,"tokens_in":300,"tokens_out":9,"cost":"0.0007",'
    '"is_told":true,"fault":null,"answer":"\\u00e9 {}\\n","finish":"stop","said":""},'
    '"digest":"c999f749a92087440a5f8bcbed070337"}',
)
PAGE = (
    '{"temperature":0.2,"max_tokens":6000,"seconds":1.5,"fault":null,"answer":"the page",'
    '"finish_reason":"stop","tokens":7,"said":"","digest":"7b050b27ca5e6d12b041d2dcd4fbe385"}',
    '{"temperature":0.5,"max_tokens":6000,"seconds":2.0,"fault":"http_503","answer":"","finish_reason":null,'
    '"tokens":null,"said":"busy","digest":"7ddf73f68f0bfc14a7c15bfa857c0425"}',
)
REWRITES = (
    f'{{"key":"{"ab" * 32}","sent":true,"in":3,"out":4,"cost":"0.1",'
    '"digest":"465ba1fff14d6cd802302e157b1426a4"}',
    f'{{"key":"{"ab" * 32}","sent":false,"in":3,"out":2,"cost":"0.05","fault":null,"text":"said anew",'
    '"finish":"stop","digest":"10d86b488e8f787ad77fe16fcfc17604"}',
    f'{{"key":"{"cd" * 32}","sent":false,"in":0,"out":0,"cost":"0","fault":"over_window","text":"too long",'
    '"finish":null,"digest":"d9a783ac2cedb848144cff6e81a24533"}',
)
PAGE_KEY = make_key(b"png", "model", "prompt")
OLDER = {KEY: RATED, PAGE_KEY: PAGE}
FILES = [*OLDER, None]


def find_older(folder, key):
    return folder / ("requests.jsonl" if key is None else f"{key.hex()[:2]}/{key.hex()}.jsonl")


def put_older(folder, key, *lines, end="\n"):
    path = find_older(folder, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + end)
    return path


def test_a_store_of_older_code_is_taken_over_once_and_nothing_is_lost(tmp_path):
    old = [put_older(tmp_path, key, *lines) for key, lines in OLDER.items()]
    old.append(put_older(tmp_path, None, *REWRITES))
    mine = tmp_path / KEY.hex()[:2] / "mine.jsonl"
    mine.write_text("not of a store")
    for _ in range(2):
        assert read(tmp_path) == [PAID._replace(temperature=0.5)]
        assert read(tmp_path, PAGE_KEY) == [
            Attempt(0, 7, "0", True, None, "the page", "stop", "", 6000, 0.2, 1.5),
            Attempt(0, 0, "0", False, "http_503", "", None, "busy", 6000, 0.5, 2.0),
        ]
        assert read(tmp_path, b"\xab" * 32) == [Attempt(3, 2, "0.05", answer="said anew", finish="stop")]
        assert read(tmp_path, b"\xcd" * 32) == [Attempt(fault="over_window", said="too long")]
        assert not any(path.exists() for path in old) and mine.exists()
        for path, lines in zip(old, [*OLDER.values(), REWRITES], strict=True):
            path.parent.mkdir(exist_ok=True)  # as where the machine stopped before they were removed
            path.write_text("\n".join(lines) + "\n")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 700))
def test_a_write_of_older_code_that_was_cut_off_costs_no_more_than_was_held(tmp_path_factory, size):
    folder = tmp_path_factory.mktemp("store")
    path = put_older(folder, KEY, *RATED)
    path.write_bytes(path.read_bytes()[:size])
    found = [attempt._replace(temperature=0.0) for attempt in read(folder)]
    assert found in ([], [LOST], [PAID]) and (found or size < len(RATED[0]))


@pytest.mark.parametrize("key", FILES)
def test_what_is_cut_off_is_passed_over_also_where_more_follows(tmp_path, key):
    lines = REWRITES if key is None else OLDER[key]
    put_older(tmp_path, key, lines[0], lines[1][:-9], lines[1])
    assert len(read(tmp_path, b"\xab" * 32 if key is None else key)) == (2 if key == PAGE_KEY else 1)


@pytest.mark.parametrize("key", FILES)
def test_a_line_of_older_code_without_a_digest_is_read_and_a_changed_one_named(tmp_path, key):
    line = (REWRITES if key is None else OLDER[key])[-1]
    record = json.loads(line)
    del record["digest"]
    path = put_older(tmp_path, key, json.dumps(record))
    assert read(tmp_path, b"\xcd" * 32 if key is None else key)
    put_older(tmp_path, key, line, line.replace("0", "1"))
    with pytest.raises(ValueError, match=rf"{path.name}:2 is not what was written: mend the line"):
        read(tmp_path)
    assert path.exists()


def test_the_answer_to_another_question_is_none_to_this_one(tmp_path):
    put_older(tmp_path, make_key("other"), *RATED)
    with pytest.raises(ValueError, match=r"\.jsonl:1 is not what was written"):
        read(tmp_path)


BROKEN = [
    *((KEY, {"attempt": {"cost": value}}) for value in ("a lot", "NaN", "Infinity", "-1", None)),
    *((KEY, {"attempt": each}) for each in ({"tokens_in": "3"}, {"answer": 5}, {"no_such": 1}, 7)),
    *((PAGE_KEY, each) for each in ({"temperature": "x"}, {"answer": None}, {"other": 1})),
    *((None, each) for each in ({"cost": "NaN"}, {"in": "3"}, {"out": -1}, {"key": 5}, {"text": None})),
    *((key, []) for key in FILES),
    *((key, 3) for key in FILES),
]


@pytest.mark.parametrize(("key", "broken"), BROKEN)
def test_a_whole_line_of_older_code_that_is_no_request_is_named_and_left(tmp_path, key, broken):
    good = REWRITES[0] if key is None else OLDER[key][0]
    record = json.loads((REWRITES if key is None else OLDER[key])[1])
    del record["digest"]
    if isinstance(broken, dict):
        inner = broken.get("attempt")
        broken = record | ({"attempt": record["attempt"] | inner} if isinstance(inner, dict) else broken)
    path = put_older(tmp_path, key, good, json.dumps(broken))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=rf"{path.name}:2 is no request .*: mend the line, or remove it"):
        read(tmp_path)
    assert path.read_bytes() == before
    put_older(tmp_path, key, good)
    assert read(tmp_path, b"\xab" * 32 if key is None else key)


def test_many_files_of_older_code_are_taken_over_by_many_at_once(tmp_path):
    page = json.loads(PAGE[0])
    del page["digest"]
    keys = [make_key(str(n)) for n in range(300)]
    for key in keys:
        put_older(tmp_path, key, json.dumps(page))
    threads = [threading.Thread(target=read, args=(tmp_path,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {len(read(tmp_path, key)) for key in keys} == {1}
    assert [path.name for path in tmp_path.iterdir() if "journal" not in path.name] == [store.NAME]


def test_a_folder_that_holds_no_answers_is_told_from_one_that_does(tmp_path):
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab/mine.jsonl").write_text("{}")
    assert not store.holds_answers(tmp_path) and not store.holds_answers(tmp_path / "none")
    put_older(tmp_path, KEY, *RATED)
    assert store.holds_answers(tmp_path)
    read(tmp_path)
    assert store.holds_answers(tmp_path)
