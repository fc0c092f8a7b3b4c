"""A plan of two phases: what it must say, what the first leaves to the last, and whether evals were looked
for."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NotRequired

import numpy as np
import polars as pl
from typing_extensions import TypedDict

from winnow import eval_items
from winnow.mixing.design.space import clip
from winnow.mixing.proxy.windows import EVERY, HELD_OUT

LEFT = "contamination_left"  # of dedup.contamination:check: the evals whose items it left in a document


class Phase(TypedDict):
    """A phase as a recipe says it, so that one without a budget is refused before any data are read."""

    name: str
    tokens: int
    evals: NotRequired[dict[str, float]]
    families: NotRequired[dict[str, list[str]]]


Phase.__pydantic_config__ = {"extra": "forbid", "strict": True}  # type: ignore[attr-defined]


def check_phases(phases: list[Phase]) -> tuple[Phase, Phase]:
    """The first and the last phase; ValueError, by name, where one does not say what it must."""
    if len(phases) != 2:
        raise ValueError(f"phases: {len(phases)} are named, and two are needed, the main one and the last")
    for number, phase in enumerate(phases, start=1):
        name = phase.get("name")
        if not isinstance(name, str) or not name or "/" in name or name.startswith("."):
            raise ValueError(f'phase {number} has no name that a folder can have: name = "last"')
        if unknown := sorted(set(phase) - set(Phase.__annotations__)):
            raise ValueError(f"phase {name!r} has {unknown}; a phase has {list(Phase.__annotations__)}")
        tokens = phase.get("tokens")
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 1:
            had = f"tokens = {tokens!r}" if "tokens" in phase else "no budget"
            raise ValueError(
                f"phase {name!r} has {had}: say how many tokens it trains on, tokens = 1_000_000"
            )
    if phases[0]["name"] == phases[1]["name"]:
        raise ValueError(f"both phases are called {phases[0]['name']!r}: name them apart")
    if not phases[1].get("evals"):
        raise ValueError(
            f"phase {phases[1]['name']!r} has no evals to be solved against: evals = {{ gsm8k = 1.0 }}"
        )
    return phases[0], phases[1]


def read_counts(counts: Path) -> dict[str, float]:
    """Tokens of each source that has some."""
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    return {name: float(row["tokens"]) for name, row in sorted(table.items()) if row["tokens"] > 0}


def read_weights(weights: Path, name: str, tokens: dict[str, float]) -> tuple[dict[str, float], list[str]]:
    """The mix of the phase `name`, a weight for each source; the evals that it was aimed at."""
    path = weights / "weights.json" if weights.is_dir() else weights
    solved = json.loads(path.read_text(encoding="utf-8"))
    given = solved["weights"]
    if unknown := sorted(set(given) - set(tokens)):
        raise ValueError(
            f"the weights of phase {name!r} name the sources {unknown}, of which the counts know no tokens;"
            f" there are {list(tokens)}"
        )
    mix = np.array([float(given.get(source, 0.0)) for source in tokens])
    if not abs(mix.sum() - 1) <= 1e-6 or (mix < 0).any():
        raise ValueError(f"the weights of phase {name!r} must be at least 0 and sum to 1, not {mix.sum():g}")
    aimed = [eval_ for eval_, weight in solved.get("targets", {}).items() if weight]
    return dict(zip(tokens, mix.tolist(), strict=True)), aimed


def leave(
    mix: dict[str, float], tokens: dict[str, float], budgets: tuple[int, int], max_epochs: float, name: str
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Of each source: how often the first phase read it, what the last may give it at most, and the mix that
    goes on as the first phase did, as far as that allows."""
    has, weights = np.array(list(tokens.values())), np.array([mix[source] for source in tokens])
    read = weights * budgets[0] / has
    for source, epochs in zip(tokens, read, strict=True):
        if epochs > max_epochs * (1 + 1e-6):
            raise ValueError(
                f"phase {name!r} would read {source!r} {epochs:.2f} times, above max_epochs = {max_epochs:g}"
            )
    caps = np.minimum(np.maximum(max_epochs - read, 0.0) * has / budgets[1], 1.0)
    if caps.sum() < 1:
        most = max_epochs * has.sum()
        raise ValueError(
            f"both phases have {sum(budgets):,} tokens, and max_epochs = {max_epochs:g} leaves of"
            f" {most:,.0f} too few for the last: {caps.sum():.1%} of its budget"
        )
    found = (read, caps, clip(weights, caps))
    before, most_of, on = (dict(zip(tokens, values.tolist(), strict=True)) for values in found)
    return before, most_of, on


def check_evals(names: Iterable[str], index: Path | None, files: Sequence[Path]) -> tuple[list[str], int]:
    """The evals of which it is not known whether documents hold items; how many documents were seen.

    A source's held-out text is none. ValueError where it is known that some do, or that nobody looked. Files
    without documents (the phases come after a mix, say) tell nothing.
    """
    asked = sorted(name for name in names if not name.startswith(HELD_OUT))
    if asked and index is not None:
        known = eval_items.read(index / eval_items.FILE, ["eval"])["eval"].unique()
        if missing := sorted(set(asked) - set(known)):
            raise ValueError(
                f"the evals {missing} of the phases are not in {index}: the documents were not searched for"
                " their items; read them with the others, before dedup.contamination:index"
            )
    held, documents = _count_left(files) if asked else ({}, 0)
    if left := {name: held[name] for name in asked if name in held}:
        raise ValueError(
            f"of {documents:,} documents that train, some hold items of the phases' evals, and no mix can be"
            f" told by these: {', '.join(f'{name} in {number:,}' for name, number in left.items())}; let"
            " dedup.contamination:check act on them (its `evals`, `classes` and `action`)"
        )
    return ([] if index is not None and documents else asked), documents


def _count_left(files: Sequence[Path]) -> tuple[dict[str, int], int]:
    """By eval, the documents that hold items which the contamination check left; all documents."""
    held: dict[str, int] = {}
    documents = 0
    for file in files:
        columns = pl.read_parquet_schema(file) if file.suffix == ".parquet" else {}
        if "id" not in columns:  # a mix, say: the phases come after something else than documents
            continue
        if LEFT not in columns:
            raise ValueError(
                f"the documents in {file.name} were not checked for items of the phases' evals, they have no"
                f" {LEFT!r}: dedup.contamination:check comes before, and the phases come after what trains"
            )
        left = pl.read_parquet(file, glob=False, columns=[LEFT])[LEFT]
        documents += len(left)
        for name, number in left.drop_nulls().explode().value_counts().iter_rows():
            held[name] = held.get(name, 0) + number
    return held, documents


def describe_check(names: Iterable[str], unchecked: list[str], documents: int) -> list[str]:
    """What is known of the evals' items in the documents that train."""
    if unchecked:
        return [
            f"whether documents that train hold items of {', '.join(unchecked)} is not known: let the phases"
            " come after documents that dedup.contamination:check saw, and name its index"
        ]
    asked = sorted(name for name in names if not name.startswith(HELD_OUT))
    return [f"of {documents:,} documents that train none holds an item of {', '.join(asked)}"] * bool(asked)


def list_asked(evals: dict[str, float] | None, families: dict[str, list[str]] | None) -> list[str]:
    """The evals behind names and families."""
    groups = families or {}
    return sorted({one for name in evals or {} for one in groups.get(name, [name])})


def read(folder: Path) -> dict[str, Any]:
    """What `mixing.phases:plan` wrote."""
    path = folder / "plan.json"
    if not path.exists():
        raise ValueError(f"{folder} holds no plan.json: `phase` is the folder of mixing.phases:plan")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def set_problem(folder: Path) -> dict[str, Any]:
    """The settings of `mixing.optimize:solve` that the plan gives: what its last phase is solved for."""
    plan = read(folder)
    last = plan["phases"][1]
    return {
        "evals": last["evals"],
        "families": last["families"],
        "max_epochs": plan["max_epochs"],
        "budget_tokens": last["tokens"],
        "before": plan["before"],
        "max_rises": {EVERY: plan["max_loss"]},
    }
