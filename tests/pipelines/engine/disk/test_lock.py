"""A folder is one run's, and who asks whether it is does not take it."""

import fcntl
import os
import threading

import pytest

from winnow.ingest.io import connection_limit
from winnow.mixing.tuning.scored import Scored
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.disk import lock
from winnow.pipelines.screen import log


def test_one_at_a_time(tmp_path):
    assert not lock.is_held(tmp_path)
    with lock.hold(tmp_path / "out"):
        assert lock.is_held(tmp_path / "out")
        with pytest.raises(BlockingIOError, match="another run is under way in"), lock.hold(tmp_path / "out"):
            pass
    assert not lock.is_held(tmp_path / "out")


def test_a_question_at_the_same_moment_refuses_no_run(tmp_path):
    (tmp_path / lock.FILE).touch()
    with (tmp_path / lock.FILE).open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        answered = threading.Timer(lock.PAUSE_SECONDS * 1.5, fcntl.flock, (asking, fcntl.LOCK_UN))
        answered.start()
        with lock.hold(tmp_path):
            answered.join()


def hold(out):
    with lock.hold(out):
        pass


@pytest.mark.parametrize(
    ("name", "act"),
    [
        (lock.FILE, hold),
        (lock.FILE, lock.is_held),
        (log.FILE, log.begin),
        (log.FILE, lambda out: log.write(out / log.FILE, "a line")),
        (exit_codes.FILE, lambda out: exit_codes._keep(ValueError("odd"), out)),
        ("scored.jsonl", lambda out: Scored(out / "scored.jsonl")),
        ("again.lock", lambda out: connection_limit._open(out / "again.lock")),
    ],
)
def test_nothing_is_written_or_locked_through_a_link(tmp_path, name, act):
    out, other = tmp_path / "out", tmp_path / "diary"
    out.mkdir()
    other.write_text("dear diary\n")
    (out / name).symlink_to(other)
    with other.open() as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)  # as who locks what is theirs does
        try:
            act(out)
        except OSError as error:
            assert not isinstance(error, BlockingIOError), "it is not our lock that they hold"
            assert "is a link" in str(error) or name in ("scored.jsonl", "again.lock")
    assert other.read_text() == "dear diary\n"


def test_a_fifo_in_place_of_the_lock_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / lock.FILE)
    with pytest.raises(OSError), lock.hold(tmp_path):
        pass
