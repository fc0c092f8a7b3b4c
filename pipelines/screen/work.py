"""What is known of a run's work while it goes: what of it is done, under way and left, and for how long."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import fmean
from typing import Any

FAILURES_SHOWN = 3
MOST_LETTERS = 150


@dataclass
class Stage:
    """A stage: parts or groups in all (as far as is known) and done, what became of documents, and what runs.

    `seconds` are those of parts that are done, in whichever run; `running` says since when, by part.
    """

    name: str
    total: int
    done: int = 0
    started: float | None = None
    whole: bool = False
    documents: int = 0
    kept: int = 0
    failed: int = 0
    size: int = 0
    seconds: list[float] = field(default_factory=list)
    running: dict[str, float] = field(default_factory=dict)
    compiles: dict[str, str] = field(default_factory=dict)
    far: dict[str, dict[str, int]] = field(default_factory=dict)

    def is_open(self) -> bool:
        """Whether it is under way."""
        return self.started is not None and not self.whole

    def hear(self, sign: dict[str, Any]) -> None:
        """A sign of the worker that is at a part: it began, is so far, compiles a loop, or has done so."""
        self.running.setdefault(sign["part"], time.monotonic())
        if "far" in sign:
            self.far[sign["part"]] = sign["far"]
            return
        if sign.get("compiles"):
            self.compiles[sign["part"]] = sign["compiles"]
        else:
            self.compiles.pop(sign["part"], None)

    def forget(self, part: str) -> None:
        """Nobody is at the part any more."""
        self.running.pop(part, None)
        self.compiles.pop(part, None)
        self.far.pop(part, None)

    def add(self, receipt: dict[str, Any]) -> None:
        """A part that is done."""
        self.done += 1
        self.documents += receipt.get("rows_in", 0)
        self.kept += receipt.get("kept", 0)
        self.failed += receipt.get("failed", 0)
        sources = receipt.get("by_source", {}).values()
        self.size += sum(entry.get("bytes_in", 0) for entry in sources) or receipt.get("bytes_in", 0)
        self.seconds.append(receipt.get("seconds", 0.0))

    def describe(self) -> str:
        """Its documents, and those that failed; of what runs longest since when."""
        told = (
            [f"{self.documents:,} documents, {self.kept / self.documents:.1%} kept"] if self.documents else []
        )
        told += [f"{self.failed:,} failed"] if self.failed else []
        if self.started is not None:
            told.append(f"{self.size / 1e6 / max(time.monotonic() - self.started, 1e-3):.1f} MB/s")
        if self.running and not self.whole:
            part = min(self.running, key=self.running.__getitem__)
            told.append(f"{part} has run {show(time.monotonic() - self.running[part])}")
            told += [f"so far {_show_far(self.far[part])}"] if part in self.far else []
            told += [f"compiling {self.compiles[part]}"] if part in self.compiles else []
        return ", ".join(told)


@dataclass
class Work:
    """All stages of a run, its failures by reason, and what it does between stages."""

    started: float = field(default_factory=time.monotonic)
    stages: dict[str, Stage] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    phase: tuple[str, float] | None = None
    fresh: float = 0.0  # seconds of work that this run did

    def list_open(self) -> list[Stage]:
        """The stages under way."""
        return [stage for stage in self.stages.values() if stage.is_open()]

    def count_failed(self) -> int:
        """Rows that failed in any stage."""
        return sum(stage.failed for stage in self.stages.values())

    def measure(self) -> tuple[float, float] | None:
        """The share of all work that is done, and the seconds that the rest takes at the pace so far.

        A part weighs what those of its stage took on average or, where none of them is done, those of other
        stages; None where nothing is measured yet.
        """
        now = time.monotonic()
        known = {name: fmean(stage.seconds) for name, stage in self.stages.items() if stage.seconds}
        if not known:
            return None
        done = whole = under_way = 0.0
        for name, stage in self.stages.items():
            runs = [now - since for since in stage.running.values()]
            each = max(known.get(name, fmean(known.values())), 1e-3)
            under_way += sum(runs)
            done += each * stage.done + sum(min(run, each) for run in runs)
            whole += each * max(stage.total, stage.done)
        since = min(
            (stage.started for stage in self.stages.values() if stage.started is not None), default=now
        )
        pace = (self.fresh + under_way) / max(now - since, 1e-3)
        return min(done / whole, 1.0), max(whole - done, 0.0) / max(pace, 1e-3)

    def describe(self) -> str:
        """Time, share done and time left of all, in a line."""
        told = [f"{show(time.monotonic() - self.started)} elapsed"]
        if self.stages and (measured := self.measure()):
            told += [f"{measured[0]:.0%} of all done", f"about {show(measured[1])} left"]
        whole = sum(stage.whole for stage in self.stages.values())
        told += [f"{whole} of {len(self.stages)} stages done"] if self.stages else []
        if self.phase and not self.list_open():
            told.append(f"{self.phase[0]}, {show(time.monotonic() - self.phase[1])}")
        return ", ".join(told)


def _show_far(far: dict[str, int]) -> str:
    """`12 of 300 files, 1,204 pages`: files where there are several, pages or else documents."""
    files = [f"{far['files']:,} of {far['of_files']:,} files"] if far["of_files"] > 1 else []
    unit = "pages" if far["pages"] else "documents"
    return ", ".join([*files, f"{far[unit]:,} {unit}"])


def show(seconds: float) -> str:
    """45 s, or 0:03:12."""
    return f"{seconds:.0f} s" if seconds < 100 else str(timedelta(seconds=round(seconds)))


def describe_failures(found: Counter[str]) -> list[tuple[int, str]]:
    """The most frequent kinds, each in a line's length, and how many are of others."""
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    lines = [
        (number, kind if len(kind) <= MOST_LETTERS else f"{kind[:MOST_LETTERS]}…") for kind, number in ordered
    ]
    others = sum(number for number, _ in lines[FAILURES_SHOWN:])
    return lines[:FAILURES_SHOWN] + (
        [(others, f"for {len(lines) - FAILURES_SHOWN} other reasons")] if others else []
    )
