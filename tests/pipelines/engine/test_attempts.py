"""What runs far longer than its like is tried twice: the first attempt that commits counts, to the byte."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.commands import verify
from winnow.pipelines.commands.run import execute
from winnow.pipelines.engine import attempts, outcomes, schedule
from winnow.pipelines.engine.disk.storage import read_json
from winnow.pipelines.engine.work import cluster, pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.schema import ContractError

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:shout" } ]

[[stage]]
name = "counted"
after = "read"
by = "part"
steps = [ { use = "toy:total" } ]
"""


class Clock:
    """Time that passes when nothing else does."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class TwoWorkers:
    """Two workers, of which the first gets stuck in a task and is there again when it is asked to."""

    def __init__(self, clock: Clock, stuck: tuple[str, str], ends: BaseException | None = None) -> None:
        self.clock, self.stuck, self.ends = clock, stuck, ends
        self.queue: list[tuple[Callable[[Any], dict[str, Any]], Any]] = []
        self.held: tuple[Callable[[Any], dict[str, Any]], Any] | None = None
        self.dropped: list[Any] = []
        self.hear: Callable[[dict[str, Any]], None] = lambda _: None

    def capacity(self, _=()) -> int:
        return 4

    def submit(self, function, task) -> None:
        self.hear({"stage": task.folder.name, "part": task.name})
        if (task.folder.name, task.name) == self.stuck and not self.held:
            self.held = function, task
        else:
            self.queue.append((function, task))

    def drop(self, task) -> None:
        self.dropped.append(task)
        self.queue = [laid for laid in self.queue if laid[1] is not task]

    def wait(self) -> pools.Done | None:
        self.clock.sleep(5)
        if self.ends and self.queue and self.held and self.queue[0][1].name == self.held[1].name:
            error, self.ends = self.ends, None
            return pools.Done(self.held[1], error)
        if not self.queue:
            return None
        function, task = self.queue.pop(0)
        return pools.Done(task, function(task))


def go(path: Path, out: Path, pool_of: Callable[[Clock], Any]) -> Any:
    out.mkdir()
    clock = Clock()
    pool = pool_of(clock)
    going = schedule.Run(toml.load(path), out.resolve(), None, Progress(), clock=clock)
    pool.hear = going.hear
    going.go(pool)
    return pool


def list_bytes(out: Path) -> dict[str, bytes]:
    """All that stages gave, without what says when."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.suffix not in (".json", ".log")
    }


@pytest.mark.parametrize("stuck", [("read", "part-00003"), ("counted", "part-00003")])
def test_what_is_stuck_is_done_by_another_worker_and_who_ends_late_changes_nothing(
    make_recipe, tmp_path, capsys, stuck
):
    path = make_recipe({f"{n}.txt": f"a line\nof file {n}\n" for n in range(8)}, STAGES)
    go(path, tmp_path / "one", lambda clock: TwoWorkers(clock, ("nothing", "")))
    assert "another worker" not in capsys.readouterr().out
    pool = go(path, tmp_path / "two", lambda clock: TwoWorkers(clock, stuck))
    assert f"stage {stuck[0]}, {stuck[1]} has run" in capsys.readouterr().out
    assert pool.held and pool.dropped == [pool.held[1]]
    before = {path: path.read_bytes() for path in (tmp_path / "two").rglob("*") if path.is_file()}
    function, task = pool.held
    with pytest.raises(ContractError, match="belongs to another run by now"):
        function(task)
    assert before == {path: path.read_bytes() for path in (tmp_path / "two").rglob("*") if path.is_file()}
    assert list_bytes(tmp_path / "one") == list_bytes(tmp_path / "two")


@pytest.mark.parametrize("stuck", [("read", "part-00003"), ("counted", "part-00003")])
def test_of_two_attempts_that_both_end_the_first_receipt_counts(make_recipe, tmp_path, stuck):
    path = make_recipe({f"{n}.txt": f"a line\nof file {n}\n" for n in range(8)}, STAGES)
    met = []

    class Both(TwoWorkers):
        """The stuck worker ends right behind the other one, before the stage is whole."""

        def wait(self):
            done = super().wait()
            at = self.held and (self.held[1].folder, self.held[1].name)
            if done and not met and at == (done.task.folder, done.task.name):
                function, task = self.held
                met.append((done.outcome, function(task)))
            return done

    go(path, tmp_path / "out", lambda clock: Both(clock, stuck))
    ((first, second),) = met
    assert first == second  # also seconds and memory, which no two attempts have in common
    assert read_json(tmp_path / f"out/{stuck[0]}/receipts/{stuck[1]}.json") == first
    assert not list((tmp_path / "out").rglob("*.tmp"))


def test_an_attempt_that_fails_leaves_the_part_to_the_other_one(make_recipe, tmp_path, capsys):
    path = make_recipe({f"{n}.txt": f"a line\nof file {n}\n" for n in range(8)}, STAGES)
    gone = OSError(5, "Input/output error")
    pool = go(path, tmp_path / "out", lambda clock: TwoWorkers(clock, ("read", "part-00003"), gone))
    told = capsys.readouterr().out
    assert "read, part-00003: of two attempts one failed, the other goes on: OSError" in told
    assert pool.dropped == []


def test_the_thread_that_brings_signs_is_free_while_workers_are_counted(make_recipe, tmp_path):
    path = make_recipe({f"{n}.txt": f"a line\nof file {n}\n" for n in range(8)}, STAGES)
    stuck = []

    class Asking(TwoWorkers):
        """It asks by a thread that has a sign to bring first."""

        def capacity(self, _=()) -> int:
            sign = threading.Thread(
                target=self.hear, args=({"stage": "read", "part": "part-00003"},), daemon=True
            )
            sign.start()
            sign.join(5)
            stuck.append(sign.is_alive())
            return super().capacity()

    go(path, tmp_path / "out", lambda clock: Asking(clock, ("nothing", "")))
    assert stuck and not any(stuck)


def test_slow_is_what_takes_three_times_as_long_as_nine_of_ten():
    assert attempts.find_bound([1.0] * 4) == float("inf")
    assert attempts.find_bound([1.0] * 100) == attempts.SLOW_SECONDS
    assert attempts.find_bound([*[20.0] * 95, *[500.0] * 5]) == 60.0


def test_a_part_that_reads_others_than_its_receipt_says_are_kept_ends_the_run(make_recipe, tmp_path):
    stages = STAGES.partition('[[stage]]\nname = "counted"')[0]
    texts = {f"{n}.txt": f"a line\nof file {n}\n" for n in range(3)}
    path = make_recipe(texts, stages + stages.replace('"read"', '"again"').replace('"lines"', '"read"'))

    class Lying(pools.InProcess):
        def wait(self) -> pools.Done:
            task, outcome = super().wait()
            return pools.Done(task, outcome | {"rows_in": 1} if task.name == "part-00001" else outcome)

    (tmp_path / "out").mkdir()
    going = schedule.Run(toml.load(path), (tmp_path / "out").resolve(), None, Progress())
    told = "stage again, part-00001 read 1 documents, and the receipt of part-00001 of stage read says that"
    with pytest.raises(outcomes.Unforeseen, match=told):
        going.go(Lying())


def test_a_worker_that_is_stuck_holds_up_no_run(make_recipe, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "GROW_SECONDS", 0.1)
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(attempts, "SLOW_SECONDS", 1.0)
    texts = {f"{n}.txt": "STICK\n" if n == 20 else f"file {n}\n" for n in range(40)}
    stages = STAGES.replace('"toy:shout"', f'"toy:stick", folder = "{tmp_path}"')
    path = make_recipe(texts, stages)
    began = time.monotonic()
    assert execute(path, tmp_path / "out", 2, None, "auto", ()) == 0
    took = time.monotonic() - began
    assert (tmp_path / "stuck").exists() and "another worker tries it, too" in capsys.readouterr().out
    assert took < 200  # and it would be stuck for 300 s
    told = (tmp_path / "out/events.jsonl").read_text()
    assert told.count('"run_twice"') >= 1 and not verify.verify(tmp_path / "out").wrong
