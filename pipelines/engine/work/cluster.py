"""Tasks on workers of Dask, of this machine or of a scheduler that runs already."""

import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import dask
import distributed
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from winnow.pipelines.engine.work import cluster_worker, heartbeat, tls
from winnow.pipelines.engine.work.cluster_file import Address, describe_lack, have
from winnow.pipelines.engine.work.pools import Done, WorkersLost
from winnow.pipelines.spec.recipe import Needs

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 5.0
GROW_SECONDS = 3.0
"""As long tasks wait for the first worker before the others start: to start one takes as much of a core."""
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
ABLE = "start it with PYTHONPATH=/path/to/winnow and the environment of this run (docs/running.md)"


class OnDask:
    """Tasks on Dask workers; two a thread under way, so that none waits for the driver. What is submitted
    goes out together, and what ended is fetched together: a call for each part would take twice the time."""

    def __init__(
        self,
        client: distributed.Client,
        sign: heartbeat.Tell,
        say: Callable[[str], None],
        grow: Callable[[], None] | None = None,
        tend: Callable[[], bool] | None = None,
        ours: dict[str, Any] | None = None,
    ) -> None:
        self.client = client
        self.say = say
        self.grow = grow  # starts the workers of this machine that are not there yet
        self.tend = tend  # looks after workers elsewhere; whether any are to come
        self.waited = 0.0  # seconds that a task waited for another one to end
        self.alive = time.monotonic()  # when there was a worker
        self.looked = 0.0
        self.topic = f"winnow-{uuid.uuid4().hex}"
        client.subscribe_topic(self.topic, lambda event: sign(event[1]))
        self.ours = ours  # what workers elsewhere must have; those of this machine have it
        self.able: set[str] = set()  # workers that have our modules
        self.needs: dict[str, Needs] = {}  # of stages that need anything
        self.lacking: set[str] = set()  # stages under way that no worker can work on
        self.threads: dict[Needs, int] = {}  # of the workers that offer so much
        self.counted = 0.0  # when
        self.outbox: list[tuple[Callable[[Any], dict[str, Any]], Any]] = []
        self.running: dict[distributed.Future[Any], Any] = {}
        self.told: SimpleQueue[distributed.Future[Any]] = SimpleQueue()  # those that ended
        self.ended: deque[Done] = deque()
        self._look()

    def need(self, needs: Mapping[str, Needs]) -> None:
        """Note what the tasks of stages need; ConnectionError where workers are there, and none of them, or
        of those that come within seconds, offers it."""
        self.needs = {stage: each for stage, each in needs.items() if each}
        until = time.monotonic() + 2 * LOOK_SECONDS
        while (lacking := self._find_lacking(set(self.needs))) and time.monotonic() < until:
            time.sleep(0.5)
        for stage in sorted(lacking):
            raise ConnectionError(self._describe_lack(stage))

    def capacity(self, needs: Needs = ()) -> int:
        """Twice the threads that the workers had a second ago which offer what is needed."""
        if (now := time.monotonic()) - self.counted >= 1.0:
            self.threads, self.counted = {}, now
        if needs not in self.threads:
            able = (threads for threads, offered in self._list_workers() if have(offered, needs))
            self.threads[needs] = sum(able)
        return max(2 * self.threads[needs], 2)

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
        if time.monotonic() - self.looked > LOOK_SECONDS:
            self._look()
        if not self.ended:
            self._send()
            self.ended.extend(self._fetch(self._wait_for_some()))
        return self.ended.popleft() if self.ended else None

    def _send(self) -> None:
        """Submit what is laid out; the dashboard groups tasks by the first word of their keys."""
        laid, self.outbox = self.outbox, []
        alike: dict[Any, list[Any]] = {}
        for function, task in laid:
            alike.setdefault((function, self.needs.get(task.folder.name, ())), []).append(task)
        for (function, needs), tasks in alike.items():
            keys = [(task.folder.name, task.name, uuid.uuid4().hex[:8]) for task in tasks]
            work = partial(_work, function, topic=self.topic)
            made = self.client.map(
                work, tasks, key=keys, pure=False, batch_size=None, resources=dict(needs) or None
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
        if ended or (self.client.status == "running" and self._look()):
            self.alive = time.monotonic()
        elif self.client.status != "running" or time.monotonic() - self.alive > PATIENCE_SECONDS:
            for stage in sorted(self.lacking):
                raise ConnectionError(f"{self._describe_lack(stage)}, and run again to go on")
            raise ConnectionError("no worker is left; start one, and run again to go on")
        return [future for future in ended if future in self.running]

    def _start_others(self, waited: float) -> None:
        """Once there was enough to do for them: what one worker soon does alone pays for no other."""
        self.waited += waited
        if self.grow and self.waited >= GROW_SECONDS:
            self.grow()
            self.grow = None

    def _look(self) -> bool:
        """Look after the workers; whether there are any, or more to come."""
        self.looked = time.monotonic()
        to_come = bool(self.tend and self.tend())
        return (self._probe() and self._tell_lacking()) or to_come

    def _list_workers(self) -> list[tuple[int, Mapping[str, float]]]:
        """Threads and resources of each worker; without resources where nobody needs any."""
        if not self.needs:
            return [(threads, {}) for threads in self.client.nthreads().values()]
        found = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return [(each["nthreads"], each["resources"]) for each in found]

    def _find_lacking(self, stages: set[str]) -> set[str]:
        """Those stages of whose needs there are workers, and none that offers them."""
        there = [offered for _, offered in self._list_workers()] if stages else []
        return {one for one in stages if there and not any(have(each, self.needs[one]) for each in there)}

    def _tell_lacking(self) -> bool:
        """Tell which of the stages under way no worker can work on; whether there is any other one."""
        under_way = {task.folder.name for task in self.running.values()}
        lacking = self._find_lacking(under_way & self.needs.keys())
        for stage in sorted(lacking - self.lacking):
            self.say(f"warning: {self._describe_lack(stage)}; its parts wait for one")
        self.lacking = lacking
        return lacking != under_way or not lacking

    def _describe_lack(self, stage: str) -> str:
        needs = self.needs[stage]
        asked = " ".join(f"{name}={amount:.15g}" for name, amount in needs)
        told = describe_lack(stage, needs, (offered for _, offered in self._list_workers()))
        return f"{told}: start one with --resources '{asked}'"

    def _probe(self) -> bool:
        """Whether there are workers. ConnectionError where one that is new here lacks our modules, or has
        others: it would die of each task, and say nothing here."""
        there = set(self.client.nthreads())
        new = list(there - self.able)
        if self.ours is None:
            return bool(there)
        told = self.client.run(describe, workers=new, on_error="return") if new else {}
        for address, answer in told.items():
            if not isinstance(answer, CommClosedError | TimeoutError):  # it is lost already
                refuse_other(f"the worker {address}", self.ours, answer, self.say)
                self.able.add(address)
        return bool(there)


def configure(resources: Mapping[str, float]) -> dict[str, Any]:
    """Settings of Dask for workers that offer these resources."""
    return {**QUIET, "distributed.worker.resources": dict(resources)}


def describe() -> Any:
    """What a worker or scheduler is asked, whose answer `refuse_other` judges."""
    from winnow.pipelines.engine.work import cluster_worker

    return cluster_worker.describe()


# Sent as it stands, not by the name of a module that may be absent there. And it is no builtin: of these Dask
# parses the signature, beside the task that the worker is at, and Python 3.11 does not bear two that parse.
describe.__module__ = "__main__"


def refuse_other(who: str, ours: dict[str, Any], answer: Any, say: Callable[[str], None]) -> None:
    """ConnectionError where a worker or scheduler said that it lacks the code of this run, or has other code;
    `say` is told where it has hardly any room for temporary files."""
    if isinstance(answer, Exception):
        told = answer if isinstance(answer, ImportError | OSError) else f"{type(answer).__name__}: {answer}"
        raise ConnectionError(f"{who} cannot import the code: {told}; {ABLE}")
    if other := cluster_worker.find_difference(ours, answer):
        raise ConnectionError(f"{who} on {answer['host']} has other code than this run: {other}; {ABLE}")
    if answer["free"] < cluster_worker.LEAST_FREE:
        room = f"{answer['free'] / 1e6:,.0f} MB free in {answer['temporary']} (TMPDIR)"
        say(f"warning: {who} on {answer['host']} has {room}; what it needs to write there may fail")


@contextmanager
def _connect(
    asked: Address, say: Callable[[str], None], ours: dict[str, Any]
) -> Iterator[distributed.Client]:
    """A client of a scheduler with a worker.

    ConnectionError where the address is none, nobody answers there, no worker comes, or the scheduler cannot
    import the code of this run, or has other code.
    """
    who = f"--scheduler {asked.address}"
    if "@" in asked.address:  # Dask would quote it in pieces that nobody can tell for a password
        raise ConnectionError("--scheduler: an address of Dask has no user and no password")
    files = [file for name in asked.FILES if (file := getattr(asked, name))]
    with ExitStack() as opened:
        try:
            security = tls.name_files(*files) if files else None
            client = opened.enter_context(distributed.Client(asked.address, security=security))
            client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
            answer = client.run_on_scheduler(describe)
        except ImportError as error:
            answer = error
        except (ValueError, OSError) as error:
            raise ConnectionError(f"{who}: {error or 'no answer'}") from None
        refuse_other(who, ours, answer, say)
        yield client


def _work(function: Callable[[Any], dict[str, Any]], task: Any, *, topic: str) -> dict[str, Any]:
    """Run a task on a worker, which hands its signs to those that listen to a topic."""
    worker = distributed.get_worker()
    with heartbeat.beat(task, lambda sign: worker.log_event(topic, sign)):
        return function(task)


@contextmanager
def open_scheduler(asked: Address, say: Callable[[str], None], sign: heartbeat.Tell) -> Iterator[OnDask]:
    """The workers of a scheduler; ConnectionError where there are none."""
    ours = cluster_worker.describe()
    with dask.config.set(QUIET), _connect(asked, say, ours) as client:
        say(f"scheduler {asked.address}, dashboard {client.dashboard_link}")
        yield OnDask(client, sign, say, ours=ours)
