"""What a recipe will cost on its whole input, by a trial on a sample of it."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from math import log10
from pathlib import Path
from typing import NamedTuple

from winnow import shuffle
from winnow.pipelines.engine.costs import meetings, sample, scaling, trial
from winnow.pipelines.engine.costs.took import Cost, Plan
from winnow.pipelines.engine.costs.trial import Trial
from winnow.pipelines.engine.parts import run_plan
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.tasks import read_state
from winnow.pipelines.engine.work import pools
from winnow.pipelines.engine.work.cluster_file import Local
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec.recipe import Recipe

HOUR = 3600
HEAD = ("core-hours", "written", "shuffled", "rows there", "peak", "tasks", "objects put", "reads")


class Forecast(NamedTuple):
    """The costs of each stage, CPU-seconds that a worker takes to load what it needs, and what could not be
    tried."""

    costs: dict[str, Cost]
    once: float
    left_out: dict[str, str]
    samples: dict[str, sample.Sample]


def try_recipe(recipe: Recipe, listed: dict[str, list[File]], share: float | None, memory: str) -> Forecast:
    """Try the recipe on a share of what is `listed`, in a temporary folder, and scale what it took to a run
    into a new one. Raises OSError and RecipeError as a run does."""
    samples = {name: sample.draw(source, listed[name], share) for name, source in recipe.sources.items()}
    with tempfile.TemporaryDirectory(prefix="winnow-dry-run-") as place:
        state = read_state(recipe, Path(place), listed, ())
    files = {name: sum(len(part.files) for part in parts) for name, parts in state.plan.parts.items()}
    return try_samples(recipe, samples, run_plan.count_parts(state), files, memory)


def try_samples(
    recipe: Recipe,
    samples: dict[str, sample.Sample],
    parts: Mapping[str, int],
    files: Mapping[str, int],
    memory: str,
) -> Forecast:
    """Try the recipe on samples, and scale what it took to a run of so many parts of each stage, and files of
    each source."""
    with tempfile.TemporaryDirectory(prefix="winnow-dry-run-") as place, Progress("dry-run") as progress:
        folder = Path(place)
        with pools.open_pool(Local(workers=1, memory=memory), progress.say, progress.sign) as pool:
            tried = trial.run(recipe, samples, folder, pool, progress)
        plan = Plan(parts, files, time_merge(tried, folder))
        costs = scaling.scale(tried, {name: one.factor for name, one in samples.items()}, plan)
    cold, warm = (
        sum(one["cpu_seconds"] for stage in each.receipts.values() for one in stage.values())
        for each in (tried.cold, tried.tiny)
    )
    return Forecast(costs, max(cold - warm, 0.0), tried.left_out, samples)


def time_merge(tried: Trial, folder: Path) -> float:
    """CPU-seconds that a byte of the shuffle takes to be merged, in the stage that gives most to it."""
    files: list[Path] = []
    for name, receipts in tried.whole.receipts.items():
        paths = [tried.whole.out / name / path for one in receipts.values() for path in one["files"]]
        paths = [path for path in paths if shuffle.is_shuffle(path)]
        if _measure(files) < _measure(paths) and {shuffle.count_cells(path) for path in paths} == {
            shuffle.CELLS
        }:
            files = paths
    if not files:
        return 0.0
    (folder / "merged").mkdir()
    begun = time.process_time()
    shuffle.merge(files, folder / "merged", cells=shuffle.CELLS * shuffle.FAN)
    return (time.process_time() - begun) / _measure(files)


def _measure(files: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in files)


def describe(found: Forecast) -> Iterator[str]:
    """A line for each source and stage, and the sums."""
    for name, one in found.samples.items():
        read, files = f"{_show_bytes(one.size)}", sum(map(len, one.parts))
        yield f"source {name}: {files:,} files or ranges of them tried, {read}, 1 of {one.factor:,.4g} bytes"
    rows = [(name, _show(cost)) for name, cost in found.costs.items()]
    total = _add_up(list(found.costs.values()))
    rows = [("stage", HEAD), *rows, ("all", _show(total))]
    name_width = max(len(name) for name, _ in rows)
    widths = [max(len(cells[at]) for _, cells in rows) for at in range(len(HEAD))]
    for name, cells in rows:
        told = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        yield f"  {name:<{name_width}}  {told}"
    yield f"  beyond that {found.once / HOUR:,.3g} core-hours for each worker, to load what steps need"
    factor = max((one.factor for one in found.samples.values()), default=1.0)
    few = [
        f"{name} ({one.met:,}: {max(one.met, 1) * factor:,.2g} to {max(one.met, 1) * factor**2:,.2g})"
        for name, one in found.costs.items()
        if one.met is not None and one.met < meetings.SURE
    ]
    if few and factor > 1:
        yield f"  few rows met in the sample, how many will is a guess within wide bounds: {', '.join(few)}"
    for name, why in found.left_out.items():
        yield f"  stage {name} is not in these sums: {why}"


def _add_up(costs: Sequence[Cost]) -> Cost:
    names = [name for name in Cost._fields if name != "met"]
    sums = {name: sum(getattr(cost, name) for cost in costs) for name in names}
    return Cost(**sums)._replace(peak=max((cost.peak for cost in costs), default=0.0))


def _show(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.cpu / HOUR:,.3g}",
        _show_bytes(cost.written),
        _show_bytes(cost.shuffled),
        f"{cost.rows:,.3g}",
        _show_bytes(cost.peak),
        f"{cost.tasks:,.0f}",
        f"{cost.puts:,.0f}",
        f"{cost.reads:,.0f}",
    )


def _show_bytes(count: float) -> str:
    power = min(max(int(log10(count)) // 3, 0), 5) if count >= 1 else 0
    return f"{count / 1000**power:,.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"
