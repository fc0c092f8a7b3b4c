"""What tasks of a trial took, and what is asked of a whole run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from winnow import shuffle
from winnow.pipelines.engine.corpus import keep_last_round
from winnow.pipelines.engine.costs import meetings
from winnow.pipelines.engine.costs.trial import Trial
from winnow.pipelines.engine.parts.tasks import State


class Cost(NamedTuple):
    """What a stage takes: tasks, CPU-seconds, bytes written and those of them that go to the shuffle, rows
    there, the most memory of a task; objects put and read where files are objects of a store; and of a stage
    by bucket how many rows met in the trial."""

    tasks: float
    cpu: float
    written: float
    shuffled: float
    rows: float
    peak: float
    puts: float
    reads: float
    met: int | None = None


class Flow(NamedTuple):
    """How many times what it gave in the trial a stage or a source gives in a run, by part and in all."""

    parts: dict[str, float]
    whole: float


@dataclass(frozen=True)
class Plan:
    """Of a run: parts of each stage, files and ranges of each source; and CPU-seconds for a byte of the
    shuffle that is merged."""

    parts: Mapping[str, int]
    files: Mapping[str, int]
    merge: float = 0.0


class Took(NamedTuple):
    """What tasks took together."""

    tasks: int
    cpu: float
    written: float
    shuffled: float
    files: int
    peak: float
    came: int


def add_up(receipts: Iterable[dict[str, Any]]) -> Took:
    """What the tasks of these receipts took."""
    each = list(receipts)
    files = [(name, size) for receipt in each for name, (size, _) in receipt["files"].items()]
    return Took(
        len(each),
        sum(receipt["cpu_seconds"] for receipt in each),
        sum(size for _, size in files),
        sum(size for name, size in files if name.endswith(".shuffle")),
        len(files),
        max((receipt["peak_bytes"] for receipt in each), default=0),
        sum(receipt.get("bytes_in", 0) for receipt in each),
    )


def find_fixed(tiny: tuple[float, float], whole: tuple[float, float]) -> float:
    """What is taken where there is nothing, by the line through two points of size and cost."""
    if whole[0] <= tiny[0]:
        return 0.0
    slope = (whole[1] - tiny[1]) / (whole[0] - tiny[0])
    return min(max(tiny[1] - slope * tiny[0], 0.0), tiny[1], whole[1])


def measure_parts(state: State) -> dict[str, float]:
    """Bytes of its source that each part stands for, also those of copies."""
    sizes = {
        part.label: float(sum(file.length for file in part.files))
        for parts in state.plan.parts.values()
        for part in parts
    }
    for labels in state.plan.copies.values():
        sizes |= {copy: sizes[label] for label, copy in labels.items() if label in sizes}
    return sizes


def weigh(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The mean of the values that have a weight, by it; 1 where there is none."""
    named = [name for name in values if name in weights]
    if total := sum(weights[name] for name in named):
        return sum(values[name] * weights[name] for name in named) / total
    return sum(values[name] for name in named) / len(named) if named else 1.0


def meet(trial: Trial, name: str) -> meetings.Meetings:
    """The meetings of what a stage gave to the shuffle."""
    folder = trial.whole.out / name
    last = keep_last_round(trial.whole.receipts.get(name, {}))
    files = {part: [folder / path for path in receipt["files"]] for part, receipt in last.items()}
    return meetings.count({part: list(filter(shuffle.is_shuffle, paths)) for part, paths in files.items()})
