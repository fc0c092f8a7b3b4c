"""Processes side by side: a loop is compiled by one of them, and nobody waits for one that died or failed."""

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import numba
import pytest

from winnow.kernels import kernel
from winnow.pipelines.engine.work import sharing

ROOT = Path(__file__).parents[4]
LOOPS = """from winnow.kernels import kernel

@kernel
def inner(value):
    return value + 1

@kernel
def outer(value):
    total = 0
    for number in range(value):
        total += inner(number)
    return total
"""
WORKER = """import sys, time
from pathlib import Path
import numba, loops
from numba.core import event
from winnow import compiler
from winnow.pipelines.engine.work import sharing
names = []
class Compiled(event.Listener):
    def on_start(self, event): names.append(event.data["dispatcher"].py_func.__qualname__)
    def on_end(self, event): ...
sharing.share()
Path(sys.argv[1]).touch()
while len(list(Path(sys.argv[1]).parent.iterdir())) < 3:
    time.sleep(0.01)
with event.install_listener("numba:compile", Compiled()):
    assert loops.outer(4) == 10
print(*[name for name in names if name in ("outer", "inner")])
"""
HOLDER = """import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(600)
"""


def test_one_of_several_processes_compiles_a_loop(tmp_path):
    (tmp_path / "loops.py").write_text(LOOPS)
    (tmp_path / "ready").mkdir()
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    command = [sys.executable, "-c", WORKER]
    began = [
        subprocess.Popen(
            [*command, tmp_path / "ready" / str(number)], env=env, stdout=subprocess.PIPE, text=True
        )
        for number in range(3)
    ]
    told = [process.communicate()[0] for process in began]
    assert not any(process.returncode for process in began)
    assert sorted(" ".join(told).split()) == ["inner", "outer"]


def test_a_process_that_is_killed_lets_go_and_one_that_takes_too_long_is_not_waited_for(
    tmp_path, monkeypatch
):
    name = str(tmp_path / "loop.nbi")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, f"{name}.lock"], stdout=subprocess.PIPE)
    assert holder.stdout and holder.stdout.readline() == b"held\n"
    monkeypatch.setattr(sharing, "WAIT_SECONDS", 0.2)
    assert sharing._wait_for(name) is None
    monkeypatch.setattr(sharing, "WAIT_SECONDS", 60.0)
    holder.kill()
    began = time.monotonic()
    lock = sharing._wait_for(name)
    assert lock and time.monotonic() - began < 30
    lock.close()
    holder.wait()


def test_where_files_have_no_locks_it_is_compiled_all_the_same(tmp_path, monkeypatch):
    assert sharing._wait_for(str(tmp_path / "none/loop.nbi")) is None

    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert sharing._wait_for(str(tmp_path / "loop.nbi")) is None


def test_a_loop_that_cannot_be_compiled_is_let_go(monkeypatch, tmp_path):
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    sharing.share()

    @kernel
    def broken(value):
        return value + value.no_such_thing

    with pytest.raises(numba.TypingError):
        broken(1)
    (lock,) = tmp_path.rglob("*.lock")
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
