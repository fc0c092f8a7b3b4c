"""A folder is one run's, and who asks whether it is does not take it."""

import fcntl
import threading

import pytest

from pipelines.disk import lock


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
