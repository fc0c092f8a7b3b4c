"""Ctrl-C as a terminal sends it: to a command and all that it started, at a given moment."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Ending(NamedTuple):
    """How a command ended: its code (as a shell says it), its lines, seconds from the signal to its end, and
    processes of its that were left."""

    code: int
    lines: list[str]
    seconds: float
    left: list[str]


def is_begun(process: int) -> bool:
    """Whether our first line has run: Python itself is at its own start before."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False
    blocked = re.search(r"SigBlk:\s*(\w+)", told)
    return bool(blocked and int(blocked[1], 16) >> (signal.SIGINT - 1) & 1)


def interrupt(
    command: list[str],
    delay: float,
    *,
    times: int = 1,
    until: Callable[[], bool] | None = None,
    **more: object,
) -> Ending:
    """Send it `delay` seconds after `until` holds (else once the command has begun), `times` over."""
    going = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
        preexec_fn=_hear,
        **more,  # type: ignore[call-overload]
    )
    begun = until or (lambda: any(map(is_begun, _list_group(going.pid))))
    while not begun() and going.poll() is None:
        time.sleep(0.002)
    time.sleep(delay)
    sent = time.monotonic()
    for number in range(times):
        time.sleep(0.02 * bool(number))
        if _list_group(going.pid):
            os.killpg(going.pid, signal.SIGINT)
    told, _ = going.communicate(timeout=60)
    seconds = time.monotonic() - sent
    time.sleep(0.3)
    left = [_name(process) for process in _list_group(going.pid)]
    code = going.returncode if going.returncode >= 0 else 128 - going.returncode
    return Ending(code, [line for line in told.splitlines() if line.strip()], seconds, left)


def _hear() -> None:
    """A shell in the background starts commands that do not hear of the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _list_group(group: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            _, _, about = (folder / "stat").read_text().rpartition(")")
        except OSError:
            continue
        state, _, its_group = about.split()[:3]
        if int(its_group) == group and state != "Z":
            found.append(int(folder.name))
    return found


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:120]
    except OSError:
        return "one that ended since"
