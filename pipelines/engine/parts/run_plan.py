"""What a run has before it, for its user: which files changed, which parts run, which stages are behind."""

from collections.abc import Collection, Iterator
from typing import Any

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.parts import rounds, tasks
from winnow.pipelines.engine.parts.packed import Packed
from winnow.pipelines.engine.parts.plan import Change
from winnow.pipelines.engine.parts.tasks import State
from winnow.pipelines.spec.recipe import Stage

SHOWN = 10  # names of files
WORKER_BYTES = 2**22
"""Bytes of sources that pay for a worker of their own: to start one takes a core two seconds."""


def describe_changes(state: State) -> list[str]:
    """A line for each source that had files before and has others now."""
    return [
        f"source {name}: {_describe_change(change)}"
        for name, change in state.plan.changes.items()
        if change and change.known
    ]


def _describe_change(change: Change) -> str:
    counts = {"new": len(change.new), "changed": len(change.changed), "gone": len(change.gone)}
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    told = told.replace(" ", " file " if told.startswith("1 ") else " files ", 1)
    away = f", {change.taken_away:,} taken away" if change.taken_away else ""
    return f"{told}: {_count('part', change.to_run)} to run{away}"


def describe_behind(old: dict[str, Any], state: State, stage: Stage, todo: int, total: int) -> str | None:
    """Why parts of a stage that was whole are to run, where the files of the sources do not tell it.

    Of a corpus stage it says how many of its inputs changed, of others which stage that their settings name.
    """
    if "inputs" not in old:
        return None
    was, now = old["inputs"], tasks.inputs_of(state, stage)
    named = [
        name.removeprefix("stage:")
        for name in now
        if name.startswith("stage:") and was.get(name) != now[name]
    ]
    before = {name: content for name, content in was.items() if not name.startswith("stage:")}
    after = {name: content for name, content in now.items() if not name.startswith("stage:")}
    counts = {
        "new": len(after.keys() - before.keys()),
        "changed": sum(before[name] != after[name] for name in after.keys() & before.keys()),
        "gone": len(before.keys() - after.keys()),
    }
    reasons = [f"{count:,} {what}" for what, count in counts.items() if count]
    reasons = [f"of {len(after):,} inputs {', '.join(reasons)}"] if reasons else []
    reasons += [f"stage {', '.join(named)} made anew"] if named else []
    if not reasons:
        return None
    parts = _count("part" if stage.kind == "shard" else "group", total)
    return f"stage {stage.name} is behind: {'; '.join(reasons)}: {todo:,} of {parts} to run"


def describe_others(state: State) -> str | None:
    """Names the stages on disk that are none of the recipe's."""
    found = sorted(path.parent.name for path in state.out.glob("[!.]*/stage.json"))
    others = [name for name in found if name not in state.recipe.stages]
    if not others:
        return None
    return f"{state.out} also holds {', '.join(others)}, no stage of this recipe; nothing reads or removes it"


def count_parts(state: State) -> dict[str, int]:
    """How many parts or groups each stage will have, before it is known: groups `by` a key are as many as its
    `buckets` says, else one."""
    names = {name: {part.label for part in parts} for name, parts in state.plan.parts.items()}
    counts: dict[str, int] = {}
    for stage in state.recipe.stages.values():
        before = _follow(state, stage, names)
        if stage.kind == "shard" or stage.by == "part":
            names[stage.name], counts[stage.name] = before, len(before)
            continue
        names[stage.name] = set()
        counts[stage.name] = stage.buckets or 1
    return counts


def count_workers(state: State) -> int:
    """How many workers have enough to do from the beginning."""
    sizes = [part.size for parts in state.plan.parts.values() for part in parts]
    return max(int(min(sum(sizes) / WORKER_BYTES, len(sizes))), 1)


def describe(state: State, redo: Collection[str]) -> Iterator[str]:
    """What a run would do, a line or more for each source and stage. `redo`: stages to be made anew.

    What follows from parts that are yet to run is not known: whatever they give may be what stands already.
    """
    for name, change in state.plan.changes.items():
        parts = state.plan.parts[name]
        files = len({file.name for part in parts for file in part.files})
        told = f": {_describe_change(change)}" if change and change.known else ""
        yield f"source {name}: {_count('file', files)}, {_count('part', len(parts))}{told}"
        if change.known:
            yield from _name_files(change)
    names = {name: {part.label for part in parts} for name, parts in state.plan.parts.items()}
    open_: dict[str, set[str]] = {name: set() for name in names}
    for stage in state.recipe.stages.values():
        names[stage.name] = _follow(state, stage, names) if stage.kind == "shard" else set()
        before = {*stage.references, *(stage.after if stage.kind == "corpus" else ())}
        if stage.name in redo or any(open_[name] for name in before):
            told = "made anew" if stage.name in redo else "follows"
            open_[stage.name] = names[stage.name] or {stage.name}
            state.receipts[stage.name] = Packed()
        else:
            told = _describe_stage(state, stage, names, open_)
        yield f"stage {stage.name} ({stage.kind}) after {', '.join(stage.after)}: {told}"


def _follow(state: State, stage: Stage, parts: dict[str, set[str]]) -> set[str]:
    """The parts of a stage that follow those of the sources and stages before it."""
    copies = state.plan.copies.get(stage.name, {})
    return {copies.get(name, name) for before in stage.after for name in parts[before]}


def _describe_stage(
    state: State, stage: Stage, names: dict[str, set[str]], open_: dict[str, set[str]]
) -> str:
    """What of a stage would run; enters its receipts, and the names of those that may be others then."""
    stage_progress, made = rounds.look(state, stage)
    follow = _follow(state, stage, open_) if stage.kind == "shard" else set()
    gone = set(stage_progress.gone) - follow
    open_[stage.name] = {task.name for task in stage_progress.todo} | follow
    unit, total = ("part", len(names[stage.name])) if stage.kind == "shard" else ("group", len(made))
    told = [f"{len(stage_progress.todo):,} of {_count(unit, total)} to run"] if stage_progress.todo else []
    told += [f"{len(follow):,} of {total:,} follow"] if follow else []
    told += [f"{len(gone):,} taken away"] if gone else []
    lines = manifest.differences_of_code(
        state.out, state.about[stage.name], state.receipts[stage.name].values()
    )
    told += stage_progress.broken
    told += [f"made by other code: {line}" for line in lines]
    return ", ".join(told) or "nothing to run"


def _name_files(change: Change) -> Iterator[str]:
    for what in ("new", "changed", "gone"):
        files = getattr(change, what)
        if files:
            more = f" and {len(files) - SHOWN:,} more" if len(files) > SHOWN else ""
            yield f"  {what}: {', '.join(files[:SHOWN])}{more}"


def _count(word: str, count: int) -> str:
    return f"{count:,} {word if count == 1 else f'{word}s'}"
