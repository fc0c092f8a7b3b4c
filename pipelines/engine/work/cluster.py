"""Tasks on workers of Dask, of this machine or of a scheduler that runs already."""

import logging
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

import dask
import distributed
from distributed.scheduler import KilledWorker

from winnow.pipelines.engine.work import heartbeat, tls
from winnow.pipelines.engine.work.pools import Done, WorkersLost
from winnow.pipelines.screen import interrupt

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 5.0
GROW_SECONDS = 3.0
"""As long tasks wait for the first worker before the others start: to start one takes as much of a core."""
SIDES = ("client", "scheduler", "worker")
QUIET = {
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
IMPORTS = "import winnow.pipelines.engine.shard, winnow.pipelines.engine.corpus"
ABLE = "start it with PYTHONPATH=/path/to/winnow and the environment of this run (docs/running.md)"


class OnDask:
    """Tasks on Dask workers; two a thread under way, so that none waits for the driver."""

    def __init__(
        self, client: distributed.Client, sign: heartbeat.Tell, grow: Callable[[], None] | None = None
    ) -> None:
        self.client = client
        self.grow = grow  # starts the workers that are not there yet
        self.waited = 0.0  # seconds that a task waited for another one to end
        self.topic = f"winnow-{uuid.uuid4().hex}"
        client.subscribe_topic(self.topic, lambda event: sign(event[1]))
        self.able: set[str] = set()  # workers that have our modules
        self._probe()
        self.running: dict[distributed.Future[Any], Any] = {}
        self.ended: deque[distributed.Future[Any]] = deque()

    def capacity(self) -> int:
        """Twice the threads that the workers have now."""
        return max(2 * int(sum(self.client.nthreads().values())), 2)

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Send it to the scheduler, whose dashboard groups tasks by the first word of their keys."""
        key = (task.folder.name, task.name, uuid.uuid4().hex[:8])
        future = self.client.submit(_work, function, task, self.topic, key=key, pure=False)
        self.running[future] = task

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
        except KilledWorker as error:
            return Done(task, WorkersLost(error.allowed_failures + 1))
        except Exception as error:  # what a task raised is its outcome
            return Done(task, error)

    def _wait_for_some(self) -> list[distributed.Future[Any]]:
        """Those that ended; ConnectionError where no worker is left for a minute to end one."""
        waiting = list(self.running)
        alive = time.monotonic()
        while True:
            began, look = time.monotonic(), 1.0 if self.grow else LOOK_SECONDS
            try:
                done = distributed.wait(waiting, timeout=look, return_when="FIRST_COMPLETED").done
                return [future for future in waiting if future in done]
            except CancelledError:
                return [future for future in waiting if future.done()]
            except TimeoutError:
                if self.client.status == "running" and self.client.nthreads():
                    alive = time.monotonic()
                    self._probe()
                elif self.client.status != "running" or time.monotonic() - alive > PATIENCE_SECONDS:
                    raise ConnectionError("no worker is left; start one, and run again to go on") from None
            finally:
                self._start_others(time.monotonic() - began if len(waiting) > 1 else 0.0)

    def _start_others(self, waited: float) -> None:
        """Once there was enough to do for them: what one worker soon does alone pays for no other."""
        self.waited += waited
        if self.grow and self.waited >= GROW_SECONDS:
            self.grow()
            self.grow = None

    def _probe(self) -> None:
        """ConnectionError where a worker that is new here lacks our modules: it would die of each task, and
        say nothing here."""
        new = [address for address in self.client.nthreads() if address not in self.able]
        told = self.client.run(exec, IMPORTS, {}, workers=new, on_error="return") if new else {}
        for address, answer in told.items():
            if isinstance(answer, ImportError):
                raise ConnectionError(f"the worker {address} cannot import the code: {answer}; {ABLE}")
        self.able.update(new)


def _connect(scheduler: str) -> distributed.Client:
    """A client of a scheduler with a worker.

    ConnectionError where the address is none, nobody answers there, no worker comes, or the scheduler cannot
    import the code of this run.
    """
    if "@" in scheduler:  # Dask would quote it in pieces that nobody can tell for a password
        raise ConnectionError("--scheduler: an address of Dask has no user and no password")
    try:
        client = distributed.Client(scheduler)
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        client.run_on_scheduler(exec, IMPORTS, {})
    except (ValueError, OSError) as error:
        raise ConnectionError(f"--scheduler {scheduler}: {error or 'no answer'}") from None
    except ImportError as error:
        raise ConnectionError(f"--scheduler {scheduler} cannot import the code: {error}; {ABLE}") from None
    return client


def _work(function: Callable[[Any], dict[str, Any]], task: Any, topic: str) -> dict[str, Any]:
    """Run a task on a worker, which hands its signs to those that listen to a topic."""
    worker = distributed.get_worker()
    with heartbeat.beat(task, lambda sign: worker.log_event(topic, sign)):
        return function(task)


@contextmanager
def _make_keys(say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Settings with which a local cluster answers to this run alone: keys for one run, by `openssl`.

    A worker does what it is sent, with the rights of who started it, and on one machine every user can send.
    """
    with (
        tempfile.TemporaryDirectory(prefix="winnow-") as folder,  # nobody else can read it
        interrupt.undo(lambda: shutil.rmtree(folder, ignore_errors=True)),
    ):
        cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
        made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=winnow"
        command = ["openssl", *made.split(), "-keyout", key, "-out", cert]
        if not shutil.which("openssl") or subprocess.run(command, capture_output=True).returncode:
            say("warning: without openssl other users of this machine can send work to the workers")
            yield {}
            return
        sides = {f"tls_{who}_{what}": path for who in SIDES for what, path in (("cert", cert), ("key", key))}
        security = tls.Security(tls_ca_file=cert, require_encryption=True, **sides)
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
def open_scheduler(scheduler: str, say: Callable[[str], None], sign: heartbeat.Tell) -> Iterator[OnDask]:
    """The workers of a scheduler; ConnectionError where there are none."""
    with dask.config.set(QUIET), _connect(scheduler) as client:
        say(f"scheduler {scheduler}, dashboard {client.dashboard_link}")
        yield OnDask(client, sign)


@contextmanager
def open_workers(
    workers: int, memory: str, say: Callable[[str], None], sign: heartbeat.Tell, dashboard: int | None
) -> Iterator[OnDask]:
    """Workers on this machine, for as long as it is open: one at once, the others when they have work.

    ConnectionError where they do not start.
    """
    with (
        dask.config.set(QUIET),
        _make_keys(say) as keys,
        _end(_start(1, memory, keys, dashboard), say) as cluster,
        distributed.Client(cluster) as client,
    ):
        shown = f", dashboard {client.dashboard_link}" if dashboard else ""
        say(f"{workers} workers{shown}" if workers > 1 else f"1 worker{shown}")
        yield OnDask(client, sign, (lambda: cluster.scale(workers)) if workers > 1 else None)


def _start_tracker() -> None:
    """Start the process that takes back what workers leave in shared memory: without its warnings of what it
    finds, and so that signals which are blocked stay so: Python lets them through to start it."""
    blocked, given = signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        resource_tracker.ensure_running()
    finally:
        os.environ.pop("PYTHONWARNINGS") if given is None else os.environ.update(PYTHONWARNINGS=given)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _start(
    workers: int, memory: str, keys: dict[str, Any], dashboard: int | None
) -> distributed.LocalCluster:
    if dashboard is not None:
        with socket.socket() as probe:  # Dask itself would take another port, and only warn
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", dashboard))
            except OSError as error:
                raise ConnectionError(f"--dashboard {dashboard}: {error.strerror}") from None
    _start_tracker()
    try:
        return distributed.LocalCluster(
            **keys,
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=memory,
            host="127.0.0.1",
            dashboard_address=f"127.0.0.1:{dashboard}" if dashboard else None,
            # Without a dashboard its server is there all the same, and warns where a second one is.
            scheduler_kwargs={} if dashboard else {"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError as error:
        raise ConnectionError(f"the workers did not start: {error.__cause__ or error}") from error
