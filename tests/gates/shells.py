"""Commands in a shell, with what each ended with, took, and how long it said nothing."""

import os
import resource
import select
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

RECORD = (
    """__run_code=$?; printf '%s\\t%s\\t%s\\n' {number} $__run_code $EPOCHREALTIME >&3; (exit $__run_code)"""
)
# In a root of its own: what is asked of it are Python, make, git and what they need.
CHROOT = (
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && cp /etc/resolv.conf /etc/hosts "$0/etc/"'
    ' && exec chroot "$0" /usr/bin/env -i HOME=/root TERM=dumb ${PIP_CERT:+PIP_CERT=$PIP_CERT}'
    ' PATH="$3/.venv/bin:/usr/bin:/bin" bash -c "cd $3; exec 3>&$2; $1"'
)
# A machine without a network has its loopback all the same, by which workers are reached.
LOOPBACK = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
    fcntl.ioctl(told, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])
"""
OFFLINE = ["unshare", *["--map-root-user"] * (os.geteuid() != 0), "--net", sys.executable, "-c", LOOPBACK]


def split_commands(text: str) -> list[str]:
    """The commands of a block: lines, each with those that belong to it; comments alone are none."""
    commands: list[str] = []
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        told = subprocess.run(["bash", "-n"], input=pending, text=True, capture_output=True)
        if told.returncode or told.stderr or line.rstrip("\n").endswith("\\"):
            continue
        if any(each.strip() and not each.lstrip().startswith("#") for each in pending.splitlines()):
            commands.append(pending.strip("\n"))
        pending = ""
    return commands + [pending] * bool(pending.strip())


def run_commands(
    commands: list[str], folder: Path, log: BinaryIO, root: Path | None = None, *, offline: bool = False
) -> tuple[list[dict[str, Any]], float]:
    """Run commands in one shell; of each its `code` (None: never reached), `seconds` and longest `silence`;
    and the CPU seconds of all. `root`: a tree to which the shell is confined; `offline`: no network."""
    script = "\n".join(f"{each}\n{RECORD.format(number=number)}" for number, each in enumerate(commands))
    left_out = {"PYTHONPATH", "OUT", "KEEP", "ONLY", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    read, write = os.pipe()
    shell = ["bash", "-c", f"exec 3>&{write} {write}>&-\n{script}"]
    if root:
        inside = f"/{folder.relative_to(root)}"
        shell = ["unshare", "--mount", "bash", "-c", CHROOT, str(root), script, str(write), inside]
    else:
        environment["PATH"] = f"{folder}/.venv/bin:{os.environ['PATH']}"
    used, began = _count_cpu(), time.time()
    child = subprocess.Popen(
        [*OFFLINE, *shell] if offline else shell,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[write],
        start_new_session=True,
    )
    os.close(write)
    heard = _listen(child, log)
    found: list[dict[str, Any]] = [{"command": each, "code": None, "seconds": None} for each in commands]
    os.set_blocking(read, False)  # a program that a block leaves behind holds the pipe
    for line in os.read(read, 1_000_000).decode().splitlines():
        number, code, at = line.split("\t")
        end = float(at)
        silence = measure_silence(heard, began, end)
        found[int(number)] |= {"code": int(code), "seconds": round(end - began, 1), "silence": silence}
        began = end
    os.close(read)
    end_session(child.pid)
    return found, round(_count_cpu() - used, 1)


def measure_silence(heard: list[float], began: float, ended: float) -> float:
    """The longest time between two words, or before the first or after the last."""
    times = [began, *(at for at in heard if began < at < ended), ended]
    return round(max(after - before for before, after in pairwise(times)), 1)


def _listen(child: subprocess.Popen[bytes], log: BinaryIO) -> list[float]:
    """Write down what a shell says till it ends, and when it said something."""
    heard = []
    assert child.stdout
    while True:
        ended = child.poll() is not None
        ready, _, _ = select.select([child.stdout], [], [], 0 if ended else 0.2)
        said = os.read(child.stdout.fileno(), 65536) if ready else b""
        if said:
            heard.append(time.time())
            log.write(said)
            log.flush()
        elif ended:
            return heard


def _count_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def end_session(session: int) -> None:
    """End what a block left running."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                os.kill(int(stat.parent.name), signal.SIGTERM)
        except (OSError, ValueError):
            continue
