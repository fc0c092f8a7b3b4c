"""Child processes: what they answer, how they end, and that none is left."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from winnow import IMPORT_PATH, sandbox
from winnow.sandbox import Child, Death, borrow

CHILD = """
import os, resource, signal, sys, time
from winnow.sandbox import allow_seconds, confine, name_memory, read_jobs, write_message

if sys.argv[2:]:
    resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[2]),) * 2)
out = confine(int(sys.argv[1]))
print("a library speaks")
for message in read_jobs(out):
    match message:
        case b"exit": os.write(2, b"odd\\nit broke\\n"); os._exit(7)
        case b"crash": os.kill(os.getpid(), signal.SIGSEGV)
        case b"spin":
            allow_seconds(0)
            while True: pass
        case b"work":
            while True: pass
        case b"sleep": time.sleep(600)
        case b"bound": message = str(resource.getrlimit(resource.RLIMIT_DATA)).encode()
        case b"name": message = name_memory(int(sys.argv[1])).encode()
    write_message(out, message)
"""
PARENT = """
import sys
from winnow.sandbox import Child
child = Child("echo", 0, listen=False)
child.send(b"ready")
child.receive()
print(child.process.pid, flush=True)
sys.stdin.read()
"""


class Echo(Child):
    def __init__(self, *arguments):
        super().__init__("echo", *arguments)

    def ask(self, message, *bounds):
        self.send(message)
        answer = bytes(self.receive(*bounds))
        self.busy = False
        return answer


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    (tmp_path / "echo.py").write_text(CHILD)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    yield
    sandbox.stop_all()


def ask(message, *bounds):
    with borrow(Echo, 1 << 30) as child:
        return child.ask(message, *bounds)


def test_messages_of_any_size_come_back():
    for size in (0, 1, 1 << 16, 5_000_000):
        message = os.urandom(size)
        assert ask(message) == ask(message, 60, size) == message


def test_a_child_stays_for_the_next_job_until_it_is_worn_busy_or_dead(monkeypatch):
    monkeypatch.setattr(sandbox, "MAX_JOBS", 3)
    used = []
    for _ in range(5):
        with borrow(Echo, 1 << 30) as child:
            child.ask(b"x")
        used.append(child.process.pid)
    assert used[0] == used[1] == used[2] != used[3] == used[4]
    with borrow(Echo, 1 << 30) as busy:
        busy.send(b"sleep")
    assert busy.process.poll() is not None and busy.process.pid == used[3]
    with borrow(Echo, 1 << 30) as dead, borrow(Echo, 1 << 29) as other:
        assert other.ask(b"x") == dead.ask(b"x") and other.process.pid != dead.process.pid
    dead.process.kill()
    dead.process.wait()
    assert ask(b"x") == b"x"


@pytest.mark.parametrize(
    ("message", "bounds", "kind", "told"),
    [
        (b"exit", (), "exit", "exit code 7: it broke"),
        (b"crash", (), "signal", "signal 11: a library speaks"),
        (b"spin", (), "time", "signal 24"),
        (b"work", (0.2,), "deadline", ""),
        (b"sleep", (60,), "hang", ""),
        (b"four", (60, 3), "flood", ""),
    ],
)
def test_how_a_child_ended_is_told(monkeypatch, message, bounds, kind, told):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setattr(sandbox, "HANG_SECONDS", 1)
    with borrow(Echo, 1 << 30) as child, pytest.raises(Death) as death:
        child.ask(message, *bounds)
    assert death.value.kind == kind and str(death.value).startswith(told)
    assert child.process.poll() is not None and not child.fresh


def test_one_that_cannot_start_is_still_fresh():
    with (
        borrow(Child, "no_such_module") as child,
        pytest.raises(Death, match=r"exit code 1: .*no_such_module"),
    ):
        child.send(b"x")
        child.receive()
    assert child.fresh


def test_a_hard_bound_is_never_raised():
    with borrow(Echo, 1 << 30) as wide, borrow(Echo, 2 << 30, 1 << 30) as tight:
        assert wide.ask(b"bound") == tight.ask(b"bound") == b"(1073741824, 1073741824)"
        assert wide.ask(b"name") == b"max_memory_mb allows: raise it"
        assert tight.ask(b"name") == b"this shell allows (ulimit -d 1048576): raise that"


def test_a_child_ends_when_its_parent_is_killed(tmp_path):
    path = os.pathsep.join([str(tmp_path), IMPORT_PATH])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until = time.monotonic() + 30
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
