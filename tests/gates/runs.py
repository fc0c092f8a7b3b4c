"""Commands of winnow in processes of their own, as a user starts them: begun, watched, killed, asked; and the
digests of what they leave."""

import contextlib
import fcntl
import hashlib
import os
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]


class Used(NamedTuple):
    """What a command took: its exit code, wall seconds, the most GB of a process that it started, the
    CPU-seconds of the busiest of these, and the most GB of all together."""

    code: int
    seconds: float
    peak: float
    cpu: float
    together: float


def name_command(*words: object, module: str = "winnow") -> list[str]:
    return [sys.executable, "-m", module, *map(str, words)]


def begin(log: Path, *words: object, **more: Any) -> Process:
    """Begin a command in a group of its own; what it says is put behind what `log` holds."""
    with log.open("ab") as screen:
        return subprocess.Popen(
            name_command(*words), stdout=screen, stderr=screen, start_new_session=True, **more
        )


def finish(log: Path, *words: object, **more: Any) -> Used:
    """Run a command to its end, which must be well."""
    used = watch(begin(log, *words, **more))
    if used.code:
        raise SystemExit(f"winnow {' '.join(map(str, words))} ended with {used.code}; see {log}")
    return used


def ask(*words: object, module: str = "winnow", **more: Any) -> tuple[int, str]:
    """How a command ends, and all that it says."""
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(name_command(*words, module=module), **told, **more)
    return done.returncode, done.stdout


def record(width: int, *words: object, **more: Any) -> tuple[int, bytes]:
    """How a command ends in a terminal of this width, and all that it sent there."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    going = subprocess.Popen(name_command(*words), stdout=follower, stderr=follower, **more)
    os.close(follower)
    told = b""
    with contextlib.suppress(OSError):
        while piece := os.read(leader, 1 << 16):
            told += piece
    os.close(leader)
    return going.wait(), told


def count_cpu() -> float:
    """CPU-seconds of the processes waited for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def watch(going: Process) -> Used:
    """Wait for a command, and look every half second at what its processes take."""
    begun, seen, together = time.monotonic(), dict[int, tuple[int, float]](), 0
    while going.poll() is None:
        now = {each.pid: usage for each in list_processes(going.pid) if (usage := _read_usage(each))}
        seen |= {pid: (peak, cpu) for pid, (peak, cpu, _) in now.items()}
        together = max(together, sum(held for _, _, held in now.values()))
        time.sleep(0.5)
    started = [usage for pid, usage in seen.items() if pid != going.pid]
    peak, cpu = (max((usage[at] for usage in started), default=0) for at in (0, 1))
    return Used(going.returncode, time.monotonic() - begun, peak / 1e9, cpu, together / 1e9)


def list_processes(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def _read_usage(process: psutil.Process) -> tuple[int, float, int] | None:
    """The most bytes that were ever resident, CPU-seconds, and the bytes that are."""
    with contextlib.suppress(psutil.Error, OSError):
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        if peak:
            return int(peak[1]) * 1024, sum(process.cpu_times()[:2]), process.memory_info().rss
    return None


def kill(going: Process) -> bool:
    """Kill a command with all that it started; whether it was still at work."""
    met = going.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(going.pid, signal.SIGKILL)
    going.wait()
    return met


def digest(folder: Path, *patterns: str) -> dict[str, str]:
    """Of each table below a folder, or each file that a pattern names, by its place there."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in patterns or ("*.parquet", "*.shuffle")
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }


def count_others(one: dict[str, str], other: dict[str, str]) -> int:
    """Files of two digests that are not the same in both."""
    return sum(one.get(name) != other.get(name) for name in one.keys() | other.keys())
