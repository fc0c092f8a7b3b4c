"""What a part takes of its machine: seconds on the clock and of CPU, and the most memory.

Children that work for the process count, as far as they are waited for or still there. Of a process that
works on several parts at once, each is told the cost of all.
"""

import contextlib
import os
import resource
import sys
import time
from pathlib import Path

PROC = Path("/proc")
_KIB = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


Started = tuple[float, float]


def begin() -> Started:
    """What `end` takes; from here on the kernel finds the peak anew, where it lets us say so (Linux)."""
    with contextlib.suppress(OSError):
        (PROC / "self/clear_refs").write_text("5")
    return time.perf_counter(), _count_cpu(_find_children())


def end(started: Started) -> dict[str, float]:
    """`seconds` and `cpu_seconds` since then, and `peak_bytes` of memory: that of the process, and of each
    child that is still there. Where the kernel did not begin anew it is the most since the process began."""
    children = _find_children()
    own = _read_peak("self") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
    return {
        "seconds": round(time.perf_counter() - started[0], 3),
        "cpu_seconds": round(max(_count_cpu(children) - started[1], 0.0), 3),
        "peak_bytes": own + sum(map(_read_peak, children)),
    }


def _count_cpu(children: list[str]) -> float:
    waited = os.times()
    return time.process_time() + waited.children_user + waited.children_system + sum(map(_read_cpu, children))


def _find_children() -> list[str]:
    return [
        child for path in (PROC / "self/task").glob("*/children") for child in _read(path).decode().split()
    ]


def _read_cpu(process: str) -> float:
    """Its own and that of the children that it waited for."""
    fields = _read(PROC / process / "stat").rpartition(b")")[2].split()  # a name may hold anything
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _read_peak(process: str) -> int:
    peak = _read(PROC / process / "status").partition(b"VmHWM:")[2].split(maxsplit=1)
    return int(peak[0]) * 1024 if peak else 0


def _read(path: Path) -> bytes:
    """Nothing where the process has ended."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
