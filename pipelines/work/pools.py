"""Where tasks run: in this process, on local workers, or on a scheduler that runs already."""

import logging
import multiprocessing
import shutil
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import dask
import distributed
from distributed.scheduler import KilledWorker

PATIENCE_SECONDS = 60.0
BEGUN = ".begun.tmp"
SIDES = ("client", "scheduler", "worker")
Outcome = dict[str, Any] | BaseException


class Done(NamedTuple):
    """A task that ended: its receipt, or what it raised."""

    task: Any
    outcome: Outcome


class Pool(Protocol):
    """What the run needs of a place to work in."""

    def capacity(self) -> int:
        """How many tasks to have under way."""

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Begin a task."""

    def wait(self) -> Done:
        """The next task that ends."""


class InProcess:
    """One task at a time, here: for debugging. A step that kills its process kills the run; a file beside the
    stage's parts tells the next run which of them that was."""

    def __init__(self) -> None:
        self.queue: deque[tuple[Callable[[Any], dict[str, Any]], Any]] = deque()

    def capacity(self) -> int:
        """One."""
        return 1

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Put it in the queue."""
        self.queue.append((function, task))

    def wait(self) -> Done:
        """Run the next one."""
        function, task = self.queue.popleft()
        note = task.folder / f".{task.name}{BEGUN}"
        note.touch()
        try:
            return Done(task, function(task))
        except (Exception, SystemExit) as error:  # what a task raised is its outcome
            return Done(task, error)
        finally:
            note.unlink(missing_ok=True)


def find_begun(folder: Path) -> set[str]:
    """Names of the tasks of a stage in which the process of an earlier run died."""
    return {path.name[1 : -len(BEGUN)] for path in folder.glob(f".*{BEGUN}")}


class OnDask:
    """Tasks on Dask workers; two a thread under way, so that none waits for the driver."""

    def __init__(self, client: distributed.Client) -> None:
        self.client = client
        self.running: dict[distributed.Future[Any], Any] = {}
        self.ended: deque[distributed.Future[Any]] = deque()

    def capacity(self) -> int:
        """Twice the threads that the workers have now."""
        return max(2 * int(sum(self.client.nthreads().values())), 2)

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Send it to the scheduler."""
        self.running[self.client.submit(function, task, pure=False)] = task

    def wait(self) -> Done:
        """Wait for any."""
        if not self.ended:
            self.ended.extend(self._wait_for_some())
        future = self.ended.popleft()
        task = self.running.pop(future)
        try:
            return Done(task, future.result())
        except CancelledError:
            return Done(task, ConnectionError("the scheduler was lost or cancelled the task"))
        except Exception as error:  # what a task raised is its outcome
            return Done(task, error)

    def _wait_for_some(self) -> list[distributed.Future[Any]]:
        """Those that ended; ConnectionError where no worker is left for a minute to end one."""
        waiting = list(self.running)
        while True:
            try:
                done = distributed.wait(waiting, timeout=PATIENCE_SECONDS, return_when="FIRST_COMPLETED").done
                return [future for future in waiting if future in done]
            except CancelledError:
                return [future for future in waiting if future.done()]
            except TimeoutError:
                if self.client.status != "running" or not self.client.nthreads():
                    raise ConnectionError("no worker is left; start one, and run again to go on") from None


def count_losses(outcome: Outcome) -> int:
    """How many workers were lost, one after the other, while they had the task, at work or waiting."""
    return outcome.allowed_failures + 1 if isinstance(outcome, KilledWorker) else 0


def _connect(scheduler: str) -> distributed.Client:
    """A client of a scheduler; ConnectionError where the address is none, or nobody answers there."""
    if "@" in scheduler:  # Dask would quote it in pieces that nobody can tell for a password
        raise ConnectionError("--scheduler: an address of Dask has no user and no password")
    try:
        return distributed.Client(scheduler)
    except (ValueError, OSError) as error:
        raise ConnectionError(f"--scheduler {scheduler}: {error or 'no answer'}") from error


@contextmanager
def _make_keys(say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Settings with which a local cluster answers to this run alone: keys for one run, by `openssl`.

    A worker does what it is sent, with the rights of who started it, and on one machine every user can send.
    """
    with tempfile.TemporaryDirectory(prefix="winnow-") as folder:  # nobody else can read it
        cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
        made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=winnow"
        command = ["openssl", *made.split(), "-keyout", key, "-out", cert]
        if not shutil.which("openssl") or subprocess.run(command, capture_output=True).returncode:
            say("warning: without openssl other users of this machine can send work to the workers")
            yield {}
            return
        sides = {f"tls_{who}_{what}": path for who in SIDES for what, path in (("cert", cert), ("key", key))}
        security = distributed.Security(tls_ca_file=cert, require_encryption=True, **sides)
        yield {"protocol": "tls://", "security": security}


@contextmanager
def _end(cluster: distributed.LocalCluster, say: Callable[[str], None]) -> Iterator[distributed.LocalCluster]:
    """The cluster, closed in the end; workers that do not end in time are killed: their work is done."""
    done = False
    try:
        with cluster:
            yield cluster
            done = True
    except TimeoutError:
        if not done:
            raise
        say("workers did not end in time and were killed; what they did is whole")
        for process in multiprocessing.active_children():
            process.kill()


@contextmanager
def open_pool(workers: int, scheduler: str | None, memory: str, say: Callable[[str], None]) -> Iterator[Pool]:
    """The pool that the command line asks for; says where the dashboard is."""
    if scheduler is None and workers == 0:
        yield InProcess()
        return
    quiet = {
        # Each loss is told: a part that lost its worker twice runs in a child process.
        "distributed.scheduler.allowed-failures": 0,
        "distributed.worker.memory.spill": False,
        "distributed.worker.memory.target": False,
        # The profiler holds frames of the working thread, and so drops objects in another thread than
        # the one that made them: some C libraries forbid that.
        "distributed.worker.profile.enabled": False,
        # Dask's own default gives memory back at every turn: training spent half its time in the kernel.
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**30,
        "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**30,
        # Some time after a loss the cluster looks whether there is a worker again; if it is just then being
        # started once more, it is given up for good.
        "distributed.deploy.lost-worker-timeout": "1000 days",
        "distributed.logging.distributed": "error",
    }
    with dask.config.set(quiet):
        if scheduler is not None:
            with _connect(scheduler) as client:
                say(f"scheduler {scheduler}, dashboard {client.dashboard_link}")
                client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
                yield OnDask(client)
            return
        with (
            _make_keys(say) as keys,
            _end(
                distributed.LocalCluster(
                    **keys,
                    n_workers=workers,
                    threads_per_worker=1,
                    memory_limit=memory,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                ),
                say,
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            say(f"{workers} workers, dashboard {client.dashboard_link}")
            yield OnDask(client)
