"""Tasks under way.

One that runs far longer than its like, or waits as long at a worker that is stuck with another one, is tried
a second time while workers have nothing else to do: the first attempt that commits counts, the other one is
waited for no longer.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy

from winnow.pipelines.engine import corpus, shard
from winnow.pipelines.engine.parts.receipts import Task
from winnow.pipelines.engine.work import pools

SLOW_SECONDS = 30.0
"""No task is tried twice that has run for less."""
SLOW_TIMES = 3.0
"""How many times as long as nine of ten parts of its stage a task runs that is tried twice."""
LEAST_DONE = 5
"""Parts of a stage that must be done before any of it is called slow."""
LOOK_SECONDS = 1.0

Key = tuple[str, str]


class Clock(Protocol):
    """The time that passes in a run: the module `time`, or that of a simulation."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


class Attempts:
    """The attempts at each task that is under way, by stage and name."""

    def __init__(self, clock: Clock = time) -> None:
        self.clock = clock
        self.tasks: dict[Key, list[Task]] = defaultdict(list)
        self.counts: Counter[str] = Counter()  # of attempts, by stage
        self.since: dict[
            Key, float
        ] = {}  # when a worker began with it, or else when it was given to the pool
        self.heard: set[Key] = set()  # with which a worker began
        self.looked = clock.monotonic()
        self.lock = threading.Lock()  # signs of workers come in another thread

    def hear(self, sign: Mapping[str, Any]) -> None:
        """A sign of the worker that is at a task."""
        key = sign["stage"], sign["part"]
        with self.lock:
            if key not in self.heard and key in self.since:
                self.heard.add(key)
                self.since[key] = self.clock.monotonic()

    def begin(self, pool: pools.Pool, task: Task) -> None:
        """Give a task to the pool."""
        key = find_key(task)
        if key not in self.tasks:
            with self.lock:
                self.heard.discard(key)
                self.since[key] = self.clock.monotonic()
        self.tasks[key].append(task)
        self.counts[key[0]] += 1
        pool.submit(shard.run_part if isinstance(task, shard.ShardTask) else corpus.run_group, task)

    def end(self, pool: pools.Pool, task: Task, outcome: pools.Outcome) -> bool:
        """Whether an outcome counts: that of the first attempt that commits, or of the last that fails."""
        key = find_key(task)
        others = [other for other in self.tasks[key] if other is not task]
        if others and isinstance(outcome, BaseException):
            self.tasks[key] = others
            self.counts[key[0]] -= 1
            with self.lock:
                self.since[key] = self.clock.monotonic()
            return False
        for other in others:
            pool.drop(other)
        self.counts[key[0]] -= len(self.tasks.pop(key))
        with self.lock:
            del self.since[key]
            self.heard.discard(key)
        return True

    def try_twice(
        self, pool: pools.Pool, seconds: Mapping[str, Sequence[float]]
    ) -> Iterator[tuple[Task, str]]:
        """Try slow tasks once more on workers that have nothing to do; each, and a line on it. `seconds` are
        those that the parts of a stage took which are done."""
        now = self.clock.monotonic()
        workers = pool.capacity() // 2  # not under the lock: the thread that asks Dask may wait for it
        with self.lock:
            idle = workers - sum(len(self.tasks[key]) for key in self.heard)
        if idle <= 0 or now - self.looked < LOOK_SECONDS:
            return
        self.looked = now
        bounds = {stage: find_bound(seconds.get(stage, ())) for stage, _ in self.tasks}
        with self.lock:
            ran = {key: now - self.since[key] for key, tried in self.tasks.items() if len(tried) == 1}
        slow = [key for key, took in ran.items() if took > bounds[key[0]]]
        for key in sorted(slow, key=lambda key: -ran[key])[:idle]:
            self.begin(pool, replace(self.tasks[key][0]))
            told = f"stage {key[0]}, {key[1]} has run {ran[key]:.0f} s, longer than its like"
            yield self.tasks[key][0], f"{told}: another worker tries it, too, and what is done first counts"


def find_key(task: Task) -> Key:
    """The stage and the name of a task."""
    return task.folder.name, task.name


def find_bound(seconds: Sequence[float]) -> float:
    """After how many seconds a task is slow, by those that others of its stage took."""
    if len(seconds) < LEAST_DONE:
        return float("inf")
    return max(SLOW_SECONDS, SLOW_TIMES * float(numpy.quantile(seconds, 0.9)))
