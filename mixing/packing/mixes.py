"""Budgets of a run by phase and source, and how often samples come that several sources share."""

import json
import math
import re
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

WHOLE = "train"
NAME = re.compile(r"(?!validation)[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Phase(NamedTuple):
    """A stretch of the run: its tokens by source, and the weights that they were apportioned by."""

    name: str
    weights: dict[str, float]
    tokens: dict[str, int]


def apportion(shares: dict[str, float], total: int) -> dict[str, int]:
    """A total in whole numbers by shares: the largest remainders get what is left (Hamilton's method)."""
    sums = sum(shares.values())
    exact = {name: share / sums * total for name, share in shares.items()}
    whole = {name: math.floor(value) for name, value in exact.items()}
    left = total - sum(whole.values())
    for name in sorted(exact, key=lambda each: (whole[each] - exact[each], each))[:left]:
        whole[name] += 1
    return whole


def read_phases(weights: Path, tokens: int | None) -> list[Phase]:
    """The phases that a mix names or, where it names none, the whole run as one, called `train`.

    ValueError where a budget is missing or said twice, or a phase has no weight or name of its own.
    """
    solved = _read(weights)
    if "phases" not in solved:
        budget = tokens or solved.get("settings", {}).get("budget_tokens")
        if not budget:
            raise ValueError(f"{weights} names no budget: say how many tokens the run has")
        return [Phase(WHOLE, solved["weights"], apportion(solved["weights"], int(budget)))]
    if tokens is not None:
        raise ValueError(f"tokens: the phases of {weights} have budgets of their own")
    found: list[Phase] = []
    for each in solved["phases"]:
        name, shares, budget = (each.get(key) for key in ("name", "weights", "tokens"))
        if not NAME.fullmatch(str(name)) or name in [phase.name for phase in found]:
            raise ValueError(
                f"{weights}: {name!r} is no name for a phase: letters, digits, _, - and ., once each"
            )
        if not isinstance(budget, int | float) or budget < 1:
            raise ValueError(f"{weights}: phase {name!r} has no budget: say its tokens")
        if not shares or min(shares.values()) < 0 or sum(shares.values()) <= 0:
            raise ValueError(f"{weights}: phase {name!r} has no weights")
        found.append(Phase(str(name), shares, apportion(shares, int(budget))))
    if not found:
        raise ValueError(f"{weights}: its list of phases is empty")
    return found


def _read(weights: Path) -> dict[str, Any]:
    """A mix as JSON, or a folder with a table of phases (`phase`, `budget_tokens`, `source`, `weight`)."""
    if (weights / "phases.parquet").exists():
        rows = pl.read_parquet(weights / "phases.parquet", glob=False)
        return {
            "phases": [
                {
                    "name": name,
                    "tokens": int(own["budget_tokens"][0]),
                    "weights": dict(own.select("source", "weight").iter_rows()),
                }
                for (name,), own in rows.partition_by("phase", as_dict=True, maintain_order=True).items()
            ]
        }
    path = weights / "weights.json" if weights.is_dir() else weights
    return dict(json.loads(path.read_text("utf-8")))


def is_named(phases: list[Phase]) -> bool:
    """Whether the mix names phases, and is not one for the whole run."""
    return [phase.name for phase in phases] != [WHOLE]


def refuse_unmet(phases: list[Phase], has: dict[str, int], most: float) -> None:
    """ValueError where a source of the mix has no tokens, or would come too often in all phases together."""
    for phase in phases:
        missing = sorted(name for name, number in phase.tokens.items() if number and not has.get(name))
        if missing:
            raise ValueError(f"the mix gives weight to sources without a token: {missing}")
    for name, number in sorted(has.items()):
        rate = sum(phase.tokens.get(name, 0) for phase in phases) / number
        if rate > most * (1 + 1e-6):
            raise ValueError(f"source {name!r} would come {rate:.2f} times, above max_epochs = {most}")


def refuse_shared(
    samples: pl.DataFrame,
    strata: list[dict[str, Any]],
    mixed: list[int],
    left: list[dict[str, int]],
    most: float,
) -> None:
    """ValueError where what is `left` for the windows that a source has alone would take more than `most` of
    their tokens: the rest stands in windows that it shares with sources that come less often."""
    sizes = samples.filter(~pl.col("stratum").is_in(mixed)).group_by("stratum").agg(pl.col("length").sum())
    own: dict[str, int] = {}
    for number, size in sizes.iter_rows():
        own[strata[number]["source"]] = own.get(strata[number]["source"], 0) + size
    for name in sorted(left[0]):
        wanted, there = sum(phase[name] for phase in left), own.get(name, 0)
        if wanted and wanted > most * there * (1 + 1e-6) and mixed:
            raise ValueError(
                f"source {name!r} has {there:,} tokens in windows of its own, to be read for {wanted:,}:"
                f" above max_epochs = {most}. The others stand in windows with rarer sources: say"
                " isolate_sources = true in mixing.tokens.pack:samples (`groups/tokens.toml` has the setting)"
            )


def spend_mixed(
    pieces: pl.DataFrame, mixed: list[int], phases: list[Phase], has: dict[str, int]
) -> tuple[list[dict[int, int]], list[dict[str, int]]]:
    """How often samples of several sources (strata `mixed`) come in each phase, and what is left there of
    each source's tokens: as often, by the end of a phase, as the least of their sources by then, rounded
    down, and never with a source that has nothing left in it."""
    rows = (
        pieces.filter(pl.col("stratum").is_in(mixed))
        .group_by("sample", pl.col("source").cast(pl.String))
        .agg(pl.col("length").cast(pl.Int64).sum())
        .sort("sample", "source")
    )
    made: dict[int, list[tuple[str, int]]] = {}
    for sample, source, length in rows.iter_rows():
        made.setdefault(sample, []).append((source, length))
    given = dict.fromkeys(made, 0)
    read = dict.fromkeys(has, 0.0)
    times: list[dict[int, int]] = []
    left: list[dict[str, int]] = []
    for phase in phases:
        room = {name: phase.tokens.get(name, 0) for name in has}
        read = {name: sofar + room[name] / has[name] for name, sofar in read.items()}
        own = {}
        for sample, parts in made.items():
            often = math.floor(min(read[source] for source, _ in parts)) - given[sample]
            own[sample] = max(0, min(often, *(room[source] // length for source, length in parts)))
            given[sample] += own[sample]
            for source, length in parts:
                room[source] -= own[sample] * length
        times.append(own)
        left.append(room)
    return times, left


def describe_phases(phases: list[Phase] | None) -> dict[str, Any]:
    """For `plan.json`: `weights` of the whole run, and those of each phase where the mix names them."""
    if phases is None:
        return {"weights": None}
    if not is_named(phases):
        return {"weights": phases[0].weights}
    sums = [sum(phase.tokens.values()) for phase in phases]
    names = sorted({name for phase in phases for name in phase.weights})
    whole = {name: sum(phase.tokens.get(name, 0) for phase in phases) / sum(sums) for name in names}
    own = [
        {"name": phase.name, "tokens": size, "weights": phase.weights}
        for phase, size in zip(phases, sums, strict=True)
    ]
    return {"weights": whole, "phases": own}
