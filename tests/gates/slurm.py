"""A SLURM of this machine alone, from the packages `slurm-wlm` and `munge`: no systemd, no cgroups."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

CPUS = 8  # as many as SLURM is told: jobs of a gate mostly wait
CONF = """ClusterName=gate
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={port}
SlurmdPort={next_port}
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
MpiDefault=none
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=64000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def start(folder: Path) -> Iterator[None]:
    """Its three daemons, for as long as it is open; SLURM_CONF names it to commands of this process and of
    those that it starts."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True)
    os.environ["SLURM_CONF"] = _write(folder)
    try:
        _start_munge(folder / "munge")
        for command in ("slurmctld", "slurmd"):
            subprocess.run([command], check=True, timeout=60)
        wait_for(lambda: "idle" in ask("sinfo", "--noheader", "--format=%T"), 60)
        yield
    finally:
        subprocess.run(["scancel", "--quiet", "--user=root"], timeout=60)
        wait_for(lambda: not ask("squeue", "--noheader"), 30)
        for name in ("slurmd.pid", "slurmctld.pid", "munge/pid"):
            _stop(folder / name)
        del os.environ["SLURM_CONF"]


def ask(*command: str) -> str:
    """What a command says, or nothing."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.strip()


def list_running() -> set[str]:
    """The numbers of the jobs that run."""
    return set(ask("squeue", "--noheader", "--states=RUNNING", "--format=%A").split())


def wait_for(said: Callable[[], bool], seconds: float) -> float:
    """Wait until a function says yes, for so many seconds at most; how long it took."""
    begun = time.monotonic()
    while not said() and time.monotonic() - begun < seconds:
        time.sleep(0.3)
    return time.monotonic() - begun


def _write(folder: Path) -> str:
    with socket.socket() as one, socket.socket() as other:
        ports = [(each.bind(("127.0.0.1", 0)), each.getsockname()[1])[1] for each in (one, other)]
    host = socket.gethostname().partition(".")[0]
    about = {"folder": folder, "host": host, "port": ports[0], "next_port": ports[1], "cpus": CPUS}
    (folder / "cgroup.conf").write_text("CgroupPlugin=disabled\n")
    (folder / "slurm.conf").write_text(CONF.format(**about))
    return str(folder / "slurm.conf")


def _start_munge(folder: Path) -> None:
    """Munge, which knows who a process of this machine is."""
    (folder / "key").write_bytes(os.urandom(1024))
    (folder / "key").chmod(0o400)
    folder.chmod(0o755)
    user = pwd.getpwnam("munge")
    for path in (folder, folder / "key"):
        os.chown(path, user.pw_uid, user.pw_gid)
    places = {
        "key-file": "key",
        "socket": "socket",
        "pid-file": "pid",
        "log-file": "log",
        "seed-file": "seed",
    }
    options = [f"--{name}={folder / place}" for name, place in places.items()]
    subprocess.run(["munged", "--force", *options], check=True, timeout=60, user="munge", group="munge")


def _stop(file: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        number = int(file.read_text())
        os.kill(number, signal.SIGTERM)
        wait_for(lambda: not Path(f"/proc/{number}").exists(), 20)
