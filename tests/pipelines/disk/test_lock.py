"""A folder is one run's, and who asks whether it is does not take it."""

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
    done = threading.Event()

    def ask():
        while not done.is_set():
            lock.is_held(tmp_path)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    try:
        for _ in range(50):
            with lock.hold(tmp_path):
                pass
    finally:
        done.set()
        for thread in asking:
            thread.join()
