"""A run of many parts, simulated.

The scheduler is the real one, and so are the receipts that it keeps, reads and writes; workers and the time
that passes are made up of what an earlier run took.

Each part is like one of that run: its receipt is that one's, under another name, and its files are links to
that one's files. What the scheduler itself takes is measured, without what the made-up workers take.
"""

import hashlib
import heapq
import itertools
import os
import random
import resource
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import pieces, proof, storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.parts import copies, plan
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.receipts import Task
from winnow.pipelines.engine.shard import ShardTask
from winnow.pipelines.engine.work import pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec.recipe import Needs, Recipe

LOST, SLOW, SLOW_TIMES = 0.001, 0.001, 20.0
"""Shares of tasks that lose their worker, and that take so many times as long."""
LOOK_SECONDS = 5.0
Receipt = dict[str, Any]


class Clock:
    """The time of the simulation."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """Seconds since its beginning."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class Told:
    """Of a stage: its parts, CPU-seconds of the scheduler, and memory at its end in bytes."""

    stage: str
    parts: int
    seconds: float
    memory: int


@dataclass
class Simulated:
    """What a simulation told: its stages; tasks in all, lost and run twice; seconds of its clock, CPU-seconds
    of the scheduler, seconds of all workers at tasks, and memory in bytes after each tenth of the parts."""

    stages: list[Told] = field(default_factory=list)
    tasks: int = 0
    lost: int = 0
    twice: int = 0
    seconds: float = 0.0
    driver: float = 0.0
    busy: float = 0.0
    memory: list[int] = field(default_factory=list)


class Workers:
    """Made-up workers, each with one task at a time in the clock's time; `like` gives what a task is like."""

    def __init__(self, count: int, clock: Clock, like: Callable[[Task], tuple[Receipt, Path]]) -> None:
        self.count, self.clock, self.like = count, clock, like
        self.hear: Callable[[dict[str, Any]], None] = lambda _: None
        self.random = random.Random(count)
        self.waiting: deque[Task] = deque()
        self.ends: list[tuple[float, int, Task, Receipt | None, Path]] = []  # None: its worker is lost
        self.number = itertools.count()
        self.dropped: set[int] = set()
        self.own = 0.0  # CPU-seconds of all this
        self.told = Simulated()

    def capacity(self, _: Needs = ()) -> int:
        """Two tasks a worker."""
        return 2 * self.count

    def submit(self, _: Callable[[Any], Receipt], task: Task) -> None:
        """Lay a task before the workers."""
        with self._apart():
            self.waiting.append(task)
            self._begin()

    def drop(self, task: Task) -> None:
        """Hear of an attempt no longer; its worker has it till it ends."""
        self.dropped.add(id(task))
        self.told.twice += 1

    def wait(self) -> pools.Done | None:
        """Let time pass till a task ends, or for some seconds."""
        with self._apart():
            if not self.ends or self.ends[0][0] > self.clock.now + LOOK_SECONDS:
                self.clock.sleep(LOOK_SECONDS)
                return None
            end, _, task, receipt, files = heapq.heappop(self.ends)
            self.clock.now = max(self.clock.now, end)
            self._begin()
            if id(task) in self.dropped:
                self.dropped.discard(id(task))
                return None
            self.told.tasks += 1
            if receipt is None:
                self.told.lost += 1
                return pools.Done(task, pools.WorkersLost(1))
            return pools.Done(task, commit(task, receipt, files))

    def _begin(self) -> None:
        while self.waiting and len(self.ends) < self.count:
            task = self.waiting.popleft()
            receipt, files = self.like(task)
            took = max(float(receipt["seconds"]), 0.01)
            if self.random.random() < SLOW:
                took *= SLOW_TIMES
            lost = self.random.random() < LOST
            took *= self.random.random() if lost else 1.0
            self.told.busy += took
            end = self.clock.now + took
            heapq.heappush(self.ends, (end, next(self.number), task, None if lost else receipt, files))
            self.hear({"stage": task.folder.name, "part": task.name})

    @contextmanager
    def _apart(self) -> Iterator[None]:
        began = time.process_time()
        try:
            yield
        finally:
            self.own += time.process_time() - began


class Likeness:
    """Which part or group of the recorded run each task is like."""

    def __init__(self, recorded: Path, recipe: Recipe) -> None:
        self.recorded, self.recipe = recorded, recipe
        self.receipts = {name: read_receipts(recorded / name) for name in recipe.stages}
        self.like: dict[str, str] = {}  # the part that a part is like
        self.of_source: dict[str, list[str]] = {name: [] for name in recipe.sources}
        for place in plan.read_places(recorded):
            if place.source in self.of_source and place.state is not None:
                self.of_source[place.source].append(plan.label(place.part))
        self.copied = {
            name: {one["copy_of"]: part for part, one in parts.items() if "copy_of" in one}
            for name, parts in self.receipts.items()
        }

    def lay_out(self, count: int) -> plan.Plan:
        """So many parts, of each source as large a share as it had; those without one have none."""
        known_parts = {name: sorted(set(found)) for name, found in self.of_source.items()}
        total = max(sum(map(len, known_parts.values())), 1)
        parts: dict[str, list[plan.Part]] = {}
        places: list[plan.Place] = []
        for name, known in known_parts.items():
            parts[name] = []
            for at in range(round(count * len(known) / total)):
                file = File(f"{known[at % len(known)]}/{at}", "", 2**26, "made up")
                parts[name].append(plan.Part(len(places), name, (file,)))
                places.append(plan.Place(len(places), name, file.name, file.size, file.state, 0, None))
        made = copies.number(self.recipe, plan.Plan(parts, places, {}))
        self.like = {
            part.label: part.files[0].name.partition("/")[0] for all_ in parts.values() for part in all_
        }
        for stage, labels in made.copies.items():
            self.like |= {new: self.copied[stage].get(self.like[old], "") for old, new in labels.items()}
        return made

    def find(self, task: Task) -> tuple[Receipt, Path]:
        """The receipt that a task is to give but for its name, and the folder of its files."""
        stage = task.folder.name
        known = self.receipts[stage]
        name = self.like.get(task.name, task.name)
        if name not in known:
            names = sorted(known)
            if not names:
                raise ValueError(
                    f"{self.recorded / stage} has no receipt: the run that is recorded must be whole"
                )
            name = names[int(hashlib.sha256(task.name.encode()).hexdigest()[:8], 16) % len(names)]
        return known[name] | {"like": name}, self.recorded / stage


def read_receipts(folder: Path) -> dict[str, Receipt]:
    """All receipts of a stage; none where it is not whole."""
    about = storage.read_json(folder / "stage.json") or {}
    return dict(pieces.read(folder, about) or {})


def commit(task: Task, recorded: Receipt, files: Path) -> Receipt:
    """What a worker leaves: files, and the receipt."""
    like = recorded["like"]
    listed = {}
    for inner, entry in recorded["files"].items():
        name = _rename(task, inner, like)
        listed[name] = entry
        place = task.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        _link(files / inner, place)
    made = {"identity": task.identity, "code": code.of_stage(task.code), "input": task.input}
    told = {key: value for key, value in recorded.items() if key not in ("like", "copy_of")}
    receipt = {**told, **made, "files": listed}
    if isinstance(task, ShardTask) and task.copy_as and task.upstream:
        receipt["copy_of"] = task.upstream.stem
    path = task.folder / "receipts" / f"{task.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(proof.encode(path, receipt))
    return receipt


def _rename(task: Task, inner: str, like: str) -> str:
    """The name of a file of a part that is like another one."""
    if isinstance(task, ShardTask):
        return inner.replace(f"{like}.parquet", f"{task.name}.parquet")
    name = f"{task.name}/{inner.partition('/')[2]}"
    if task.merges:  # of so many cells as this round makes
        name = f"{task.name}/rows-0000.{task.step.settings['cells']}.shuffle"
    return name


def _link(source: Path, place: Path) -> None:
    try:
        os.link(source, place)
    except OSError:  # another disk, or as many links as a file may have
        place.write_bytes(source.read_bytes())


class _Watch(Progress):
    """A screen that shows nothing, and notes what the scheduler took."""

    def __init__(self, workers: Workers, tasks: int) -> None:
        super().__init__("the simulation")
        self.workers, self.every = workers, max(tasks // 10, 1)
        self.began = self.before = time.process_time()
        self.parts = 0

    def measure(self) -> float:
        """CPU-seconds of the scheduler so far."""
        return time.process_time() - self.began - self.workers.own

    def part(self, stage: str, name: str, receipt: Receipt, reasons: Any) -> None:
        """Note the memory now and then."""
        super().part(stage, name, receipt, reasons)
        self.parts += 1
        if self.parts % self.every == 0:
            self.workers.told.memory.append(find_memory())

    def end(self, stage: str) -> None:
        """Note what a stage took, with all since the stage that ended before it."""
        super().end(stage)
        now = self.measure()
        told = self.workers.told
        told.stages.append(Told(stage, self.work.stages[stage].done, now - told.driver, find_memory()))
        told.driver = now


def simulate(recipe: Recipe, recorded: Path, out: Path, parts: int, workers: int) -> Simulated:
    """Run a recipe over so many parts, each like one of the run in `recorded`, into the empty folder `out`.

    What ends a run ends a simulation. ValueError where a stage of that run is not whole.
    """
    clock, likeness = Clock(), Likeness(recorded, recipe)
    made_up = Workers(workers, clock, likeness.find)
    watch = _Watch(made_up, parts)
    listed: dict[str, list[File]] = {name: [] for name in recipe.sources}
    run = schedule.Run(recipe, out, None, watch, listed=listed, clock=clock)
    run.state.plan = likeness.lay_out(parts)
    made_up.hear = run.hear
    run.go(made_up)
    told = made_up.told
    told.seconds, told.driver = clock.now, watch.measure()
    return told


def find_memory() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
