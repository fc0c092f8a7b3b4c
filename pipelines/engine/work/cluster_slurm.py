"""Workers that are jobs of SLURM: asked for, looked after, and given back.

The scheduler runs in this process, with keys made for the run, which go along in the script of the jobs: its
owner alone reads that, and nothing else of the run need be on the nodes but the code and OUT. `dask-jobqueue`
writes the script. It is not left to look after the jobs: it does not see that one was cancelled.
"""

import shlex
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dask
import distributed
from distributed.diagnostics.plugin import SchedulerPlugin
from distributed.utils import get_ip, get_ip_interface

from winnow.extras import ROOT, is_checkout
from winnow.pipelines.engine.work import cluster, cluster_local, cluster_worker, heartbeat, tls
from winnow.pipelines.engine.work.cluster_file import Slurm, read_seconds
from winnow.pipelines.screen import interrupt

LOOK_SECONDS = 5.0
MOST_PAUSE_SECONDS = 300.0
COMMAND_SECONDS = 60.0
VAIN = 3
"""Jobs that may end one after the other, before a worker of theirs came, while there is no other worker."""
_LAST_LINES = 4
_ENDING = {"COMPLETING", "COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED"}


def render_script(asked: Slurm, scheduler: str, name: str, config: dict[str, Any]) -> str:
    """The script of a job: a worker for each core, with Dask's `config`, which may hold keys."""
    from dask_jobqueue.slurm import SLURMJob  # here: an extra

    code = [f"export PYTHONPATH={shlex.quote(str(ROOT))}${{PYTHONPATH:+:$PYTHONPATH}}"]
    ends = f"${{SLURM_JOB_END_TIME:-$(($(date +%s) + {read_seconds(asked.walltime)}))}}"
    prologue = [
        *(code if is_checkout() else []),
        f"export {cluster_worker.ENDS}={ends}",
        f"export DASK_INTERNAL_INHERIT_CONFIG={dask.config.serialize(config)}",
        *asked.prologue,
    ]
    job: Any = SLURMJob(  # type: ignore[no-untyped-call]
        scheduler,
        name="$SLURM_JOB_ID",
        job_name=name,
        cores=asked.cores,
        processes=asked.cores,
        memory=asked.memory,
        walltime=asked.walltime,
        queue=asked.queue,
        interface=asked.interface,
        job_extra_directives=asked.directives,
        job_script_prologue=prologue,
        worker_extra_args=["--preload", cluster_worker.__name__, "--no-dashboard"],
        death_timeout=cluster.PATIENCE_SECONDS * 2,
        log_directory=asked.logs,
        python=shlex.quote(asked.python),
    )
    return str(job.job_script())


class Jobs:
    """The jobs of a run: as many as were asked for, each of which that ends is asked for again."""

    def __init__(self, asked: Slurm, script: str, name: str, say: Callable[[str], None]) -> None:
        self.asked, self.script, self.name, self.say = asked, script, name, say
        self.ids: set[str] = set()
        self.came: set[str] = set()  # jobs of which a worker came
        self.seen = 0  # how many of them there were at the last look
        self.vain = 0  # jobs that ended in vain since then
        self.told = ""
        self.look_at = 0.0
        self.workers = Workers(self.came)

    def start(self) -> None:
        """Ask for all; ConnectionError where SLURM would never start one."""
        self._call("sbatch", "--test-only", script=self.script)
        self._ask()

    def tend(self) -> bool:
        """Look, at most every few seconds, which jobs ended, and ask for others; whether any is to come or is
        there. ConnectionError where they end again and again before a worker comes."""
        if time.monotonic() < self.look_at:
            return True
        try:
            alive = self._list()
        except ConnectionError as error:  # SLURM's own processes may be restarted
            self._tell(f"{error}; asked again")
            self.look_at = time.monotonic() + LOOK_SECONDS
            return True
        ended = sorted(self.ids - alive.keys())
        self._bury(ended)
        self.look_at = time.monotonic() + min(LOOK_SECONDS * 2**self.vain, MOST_PAUSE_SECONDS)
        self._ask()
        if not ended:
            self._tell(_describe(alive, self.workers.count))
        return True

    def cancel(self) -> None:
        """Give all back, also those of which the number was lost."""
        self._call("scancel", "--quiet", f"--name={self.name}", check=False)

    def _ask(self) -> None:
        while len(self.ids) < self.asked.jobs:
            answer = self._call("sbatch", "--parsable", script=self.script)
            self.ids.add(answer.split(";")[0].strip())

    def _list(self) -> dict[str, tuple[str, str]]:
        """State and reason of each job that waits or works."""
        answer = self._call("squeue", "--noheader", f"--name={self.name}", "--format=%A|%T|%r")
        rows = [line.strip().split("|", 2) for line in answer.splitlines() if line.strip()]
        return {job: (state, reason) for job, state, reason in rows if state not in _ENDING}

    def _bury(self, ended: list[str]) -> None:
        """Tell how jobs ended; ConnectionError where that goes on and no worker is left."""
        about = {job: self._show(job) for job in ended}
        self.ids.difference_update(ended)
        for words, jobs in self._find_vain(about).items():
            self.vain += len(jobs)
            said = "jobs " + ", ".join(jobs) if len(jobs) > 1 else f"job {jobs[0]}"
            self.say(f"{said} of SLURM ended before a worker came: {words}")
        if len(self.came) > self.seen:
            self.vain, self.seen = 0, len(self.came)
        if self.vain >= VAIN and not self.workers.count:
            raise ConnectionError(
                f"the last {self.vain} jobs of SLURM ended before a worker came, and no other is left: mend"
                " what their logs say, and run again to go on"
            )
        if ended:
            states = Counter(each.get("JobState", "unknown") for each in about.values())
            kinds = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
            self._tell(f"SLURM: {len(ended)} of {self.asked.jobs} jobs ended ({kinds}): asked for again")

    def _find_vain(self, about: dict[str, dict[str, str]]) -> dict[str, list[str]]:
        """Those jobs of which no worker came, by the last words of their logs."""
        found: dict[str, list[str]] = {}
        for job, each in about.items():
            if job in self.came:
                continue
            log = Path(self.asked.logs, f"{self.name}-{job}.err")
            try:
                words = log.read_text("utf-8", "replace").strip().splitlines()[-_LAST_LINES:]
            except OSError:
                words = [f"no log is here, {log}: `logs` must be a folder that all nodes see"]
            how = f"{each.get('JobState')}, exit code {each.get('ExitCode')}, on {each.get('NodeList')}"
            found.setdefault("\n  ".join([how, *words]), []).append(job)
        return found

    def _show(self, job: str) -> dict[str, str]:
        """What SLURM still knows of a job that ended."""
        answer = self._call("scontrol", "show", "job", "--oneliner", job, check=False)
        return dict(pair.split("=", 1) for pair in answer.split() if "=" in pair)

    def _tell(self, line: str) -> None:
        """Say it, where it is not what was said last."""
        if line != self.told:
            self.told = line
            self.say(line)

    def _call(self, *command: str, script: str | None = None, check: bool = True) -> str:
        """What a command of SLURM's prints; ConnectionError where it is not there, or fails and `check`."""
        try:
            done = subprocess.run(
                command, input=script, capture_output=True, text=True, timeout=COMMAND_SECONDS
            )
        except FileNotFoundError:
            told = f"{command[0]} is not on this machine: start the run where jobs of SLURM are submitted"
            raise ConnectionError(told) from None
        except subprocess.TimeoutExpired:
            raise ConnectionError(f"{command[0]} gave no answer in {COMMAND_SECONDS:.0f} s") from None
        if done.returncode and check:
            raise ConnectionError(f"{command[0]}: {done.stderr.strip() or done.returncode}")
        return done.stdout


class Workers(SchedulerPlugin):
    """Notes of which jobs workers came, and how many workers there are."""

    def __init__(self, came: set[str]) -> None:
        self.came, self.count = came, 0

    def add_worker(self, scheduler: Any, worker: str) -> None:
        """See Dask."""
        self.came.add(str(scheduler.workers[worker].name).partition("-")[0])
        self.count += 1

    def remove_worker(self, scheduler: Any, worker: str, **_: Any) -> None:
        """See Dask."""
        self.count -= 1


def _describe(alive: dict[str, tuple[str, str]], workers: int) -> str:
    """How many jobs are in which state, why those that wait do, and how many workers came."""
    counts = Counter(
        f"{state.lower()} ({reason})" if state == "PENDING" else state.lower()
        for state, reason in alive.values()
    )
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"SLURM: {told}; {workers} workers"


@contextmanager
def open_jobs(
    asked: Slurm, say: Callable[[str], None], sign: heartbeat.Tell, dashboard: int | None
) -> Iterator[cluster.OnDask]:
    """Workers in jobs of SLURM, for as long as it is open; ConnectionError where there are none to be had."""
    name = f"winnow-{uuid.uuid4().hex[:8]}"
    try:
        host = get_ip_interface(asked.interface) if asked.interface else get_ip()
    except ValueError as error:
        raise ConnectionError(f"interface: {error}") from None
    with (
        dask.config.set(cluster.QUIET),
        tls.make_keys(say) as keys,
        cluster_local.end(cluster_local.start(0, "auto", keys, dashboard, host), say) as here,
        distributed.Client(here) as client,
    ):
        if not keys:
            raise ConnectionError("without openssl anybody on the network could send work to the jobs")
        script = render_script(asked, here.scheduler_address, name, _configure(keys["security"], asked))
        jobs = Jobs(asked, script, name, say)
        scheduler: Any = here.scheduler
        scheduler.add_plugin(jobs.workers)
        with interrupt.undo(jobs.cancel):
            try:
                jobs.start()
                say(f"{asked.jobs} jobs of {asked.cores} workers each asked of SLURM, {name}")
                yield cluster.OnDask(client, sign, say, tend=jobs.tend, ours=cluster_worker.describe())
            finally:
                jobs.cancel()


def _configure(security: tls.Security, asked: Slurm) -> dict[str, Any]:
    """What workers in jobs are to know of Dask's settings: ours, and the run's keys in words."""
    files: Any = security.get_tls_config_for_role("worker")  # type: ignore[no-untyped-call]
    ca, cert, key = (Path(files[name]).read_text("utf-8") for name in ("ca_file", "cert", "key"))
    config: dict[str, Any] = {}
    dask.config.set(cluster.configure(asked.offer()), config=config)
    known = {"ca-file": ca, "worker": {"cert": cert, "key": key}}
    return dask.config.merge(config, {"distributed": {"comm": {"tls": known, "require-encryption": True}}})
