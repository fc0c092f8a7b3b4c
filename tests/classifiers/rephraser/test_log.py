"""The store of rewrites: what is whole and yet no request is named, before a cent is spent on it."""

import asyncio
import fcntl
import json
import os
import threading
from decimal import Decimal

import pytest

from winnow.classifiers.rephraser import log

SENT = {"key": "ab", "sent": True, "in": 3, "out": 4, "cost": "0.1"}
ENDED = SENT | {"sent": False, "fault": None, "text": "said", "finish": "stop"}


def write(folder, *records):
    (folder / log.NAME).write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.mark.parametrize(
    "broken",
    [
        {"cost": "a lot"},
        {"cost": "NaN"},
        {"cost": None},
        {"in": "3"},
        {"out": -1},
        {"key": 5},
        {"text": None},
    ],
)
def test_a_whole_line_that_is_no_request_is_named(tmp_path, broken):
    write(tmp_path, SENT, ENDED | broken)
    with (
        pytest.raises(ValueError, match=r"requests\.jsonl:2 is no request .*: mend the line"),
        log.hold(tmp_path),
    ):
        pass


def test_what_is_cut_off_is_passed_over(tmp_path):
    write(tmp_path, SENT, ENDED)
    with (tmp_path / log.NAME).open("a") as file:
        file.write(json.dumps(ENDED)[:-9])
    with log.hold(tmp_path) as held:
        assert held.past[b"\xab"].cost == Decimal("0.1")
        assert held.read_answer(b"\xab") == {"text": "said", "finish": "stop"}


def fill(folder):
    async def ask():
        with log.hold(folder) as held:
            await held.announce(b"\xab", 3, 4, Decimal("0.1"))
            await held.conclude(b"\xab", (3, 4, Decimal("0.1")), None, "said anew", "stop")

    asyncio.run(ask())
    return folder / log.NAME


def test_an_answer_is_read_as_it_was_written(tmp_path):
    fill(tmp_path)
    with log.hold(tmp_path) as held:
        assert held.read_answer(b"\xab") == {"text": "said anew", "finish": "stop"}


@pytest.mark.parametrize("change", [("said anew", "said a lie"), ('"out":4', '"out":5'), ('"ab"', '"ac"')])
def test_what_is_not_as_it_was_written_is_named_and_given_to_nobody(tmp_path, change):
    path = fill(tmp_path)
    first, second = path.read_text().splitlines(keepends=True)
    path.write_text(first + second.replace(*change))
    with pytest.raises(ValueError, match=r"requests\.jsonl:2 is not what was written"), log.hold(tmp_path):
        pass


def test_an_answer_that_changes_while_the_store_is_held_is_given_to_nobody(tmp_path):
    path = fill(tmp_path)
    with log.hold(tmp_path) as held:
        path.write_text(path.read_text().replace("said anew", "said alie"))
        with pytest.raises(ValueError, match="is not what was written"):
            held.read_answer(b"\xab")


def test_nothing_is_added_through_a_link(tmp_path):
    (tmp_path / "other").write_text("theirs")
    for name in ("lock", log.NAME):
        (tmp_path / name).symlink_to(tmp_path / "other")
        with pytest.raises(OSError), log.hold(tmp_path):
            pass
        (tmp_path / name).unlink()
    assert (tmp_path / "other").read_text() == "theirs"


def test_who_waited_for_the_store_writes_to_the_file_that_is_there_by_then(tmp_path):
    path, found = fill(tmp_path), []

    def ask():
        with log.hold(tmp_path) as held:
            found.append(os.fstat(held.file.fileno()).st_ino)

    with (tmp_path / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = threading.Thread(target=ask)
        waiting.start()
        waiting.join(0.3)
        (tmp_path / "other").write_bytes(path.read_bytes())
        (tmp_path / "other").replace(path)
    waiting.join(10)
    assert found == [path.stat().st_ino]
