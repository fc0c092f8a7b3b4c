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
from functools import partial
from multiprocessing import resource_tracker
from queue import Empty, SimpleQueue
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
    """Tasks on Dask workers; two a thread under way, so that none waits for the driver. What is submitted
    goes out together, and what ended is fetched together: a call for each part would take twice the time."""

    def __init__(
        self, client: distributed.Client, sign: heartbeat.Tell, grow: Callable[[], None] | None = None
    ) -> None:
        self.client = client
        self.grow = grow  # starts the workers that are not there yet
        self.waited = 0.0  # seconds that a task waited for another one to end
        self.alive = time.monotonic()  # when there was a worker
        self.topic = f"winnow-{uuid.uuid4().hex}"
        client.subscribe_topic(self.topic, lambda event: sign(event[1]))
        self.able: set[str] = set()  # workers that have our modules
        self._probe()
        self.threads = 0, -LOOK_SECONDS  # of the workers, and when they were counted
        self.outbox: list[tuple[Callable[[Any], dict[str, Any]], Any]] = []
        self.running: dict[distributed.Future[Any], Any] = {}
        self.told: SimpleQueue[distributed.Future[Any]] = SimpleQueue()  # those that ended
        self.ended: deque[Done] = deque()

    def capacity(self) -> int:
        """Twice the threads that the workers had a second ago."""
        if (now := time.monotonic()) - self.threads[1] >= 1.0:
            self.threads = int(sum(self.client.nthreads().values())), now
        return max(2 * self.threads[0], 2)

    def submit(self, function: Callable[[Any], dict[str, Any]], task: Any) -> None:
        """Lay it out; it goes to the scheduler when the next task is waited for."""
        self.outbox.append((function, task))

    def drop(self, task: Any) -> None:
        """Wait for an attempt no longer; a worker that is at it comes to its end, which nobody hears of."""
        for future in [future for future, other in self.running.items() if other is task]:
            del self.running[future]
            future.cancel()

    def wait(self) -> Done | None:
        """Wait for any; None where none ended for some seconds."""
        if not self.ended:
            self._send()
            self.ended.extend(self._fetch(self._wait_for_some()))
        return self.ended.popleft() if self.ended else None

    def _send(self) -> None:
        """Submit what is laid out; the dashboard groups tasks by the first word of their keys."""
        laid, self.outbox = self.outbox, []
        for function in dict.fromkeys(function for function, _ in laid):
            tasks = [task for each, task in laid if each is function]
            keys = [(task.folder.name, task.name, uuid.uuid4().hex[:8]) for task in tasks]
            made = self.client.map(
                partial(_work, function, topic=self.topic), tasks, key=keys, pure=False, batch_size=None
            )
            for future, task in zip(made, tasks, strict=True):
                self.running[future] = task
                future.add_done_callback(self.told.put)

    def _fetch(self, ended: list[distributed.Future[Any]]) -> Iterator[Done]:
        """The outcomes of tasks that ended, in one message where all came to their end."""
        whole = [future for future in ended if future.status == "finished"]
        try:
            receipts = dict(zip(whole, self.client.gather(whole), strict=True)) if whole else {}
        except Exception:  # one of them was lost since with its worker, or is: each says what it is
            receipts = {}
        for future in ended:
            task = self.running.pop(future)
            if future in receipts:
                yield Done(task, receipts[future])
                continue
            try:
                yield Done(task, future.result())
            except CancelledError:
                yield Done(task, ConnectionError("the scheduler was lost or cancelled the task"))
            except KilledWorker as error:
                yield Done(task, WorkersLost(error.allowed_failures + 1))
            except Exception as error:  # what a task raised is its outcome
                yield Done(task, error)

    def _wait_for_some(self) -> list[distributed.Future[Any]]:
        """Those that ended; ConnectionError where no worker is left for a minute to end one."""
        began, look = time.monotonic(), 1.0 if self.grow else LOOK_SECONDS
        ended: dict[distributed.Future[Any], None] = {}
        try:
            ended[self.told.get(timeout=look)] = None
            while True:
                ended[self.told.get_nowait()] = None
        except Empty:
            pass
        finally:
            self._start_others(time.monotonic() - began if len(self.running) > 1 else 0.0)
        if ended:
            self.alive = time.monotonic()
        elif self.client.status == "running" and self.client.nthreads():
            self.alive = time.monotonic()
            self._probe()
        elif self.client.status != "running" or time.monotonic() - self.alive > PATIENCE_SECONDS:
            raise ConnectionError("no worker is left; start one, and run again to go on")
        return [future for future in ended if future in self.running]

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


def _work(function: Callable[[Any], dict[str, Any]], task: Any, *, topic: str) -> dict[str, Any]:
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
