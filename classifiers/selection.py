"""Which documents a score selects, and how often they come: by a cut, by a share of the tokens to keep, or by
the upsampling curve of OLMo 3 (arXiv:2512.13961), which repeats the best and leaves out the worst.

`solve` (corpus step) reads all scores; `keep` (shard step) decides each document. The score is any numeric
column: of a classifier, or `duplicates`, how many copies of a document there were (FineWeb2,
arXiv:2506.20920, upsamples by it).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from winnow.classifiers.curve import histogram, shape
from winnow.classifiers.curve.replay import check, find_place, replay, share_out
from winnow.files import cache_by_stamp
from winnow.ranges import Ratio

TELLS = {"files": {"selection": "selection.json"}}

__all__ = ["keep", "replay", "solve"]

ByGroup = float | dict[str, float] | None  # one number for every group, or one for each


def _name_columns(settings: Mapping[str, Any]) -> list[str]:
    """`score` and the columns of `by`."""
    return [settings["score"], *settings["by"]]


def solve(
    files: Annotated[Sequence[Path], "id", "token_count", _name_columns],
    out: Path,
    *,
    score: str = "score_quality",
    by: list[str] = [],  # noqa: B006 - never changed
    cut: float | dict[str, float] | None = None,
    keep_rate: Ratio | dict[str, Ratio] | None = None,
    tokens: PositiveFloat | dict[str, PositiveFloat] | None = None,
    times: PositiveFloat | dict[str, PositiveFloat] | None = None,
    budget: PositiveFloat | dict[str, NonNegativeFloat] | None = None,
    mix: Path | None = None,
    start: Ratio = 0.4,
    power: NonNegativeFloat = 2.0,
    max_mean: PositiveFloat = 7.0,
    buckets: PositiveInt = 20,
) -> None:
    """Write `selection.json`: how many copies of a document its group selects, by its score.

    Groups are by the values of the columns `by`, joined by a slash: `web/en`; a null is `none`; without `by`
    there is one, `all`. What is wanted of a group is exactly one of
    `cut`, the least score that is kept;
    `keep_rate`, the share of its tokens that is kept, the best first;
    `budget`, how many tokens are read, the best first and each once, or all as often where it has fewer;
    `tokens`, how many it gives with repeats; or `times`, the same as a multiple of what it has.
    A number holds for every group alike, a table names each: `{ web = 0.5, books = 2.0 }`.
    `mix`, the folder of `mixing.optimize:solve` or `mixing.shares:fix`, gives each source its weight of one
    budget (`budget`, by default the mix's): `by` is ["source"] then.

    `tokens` and `times` are met by f(x) = 0 below a, else C (x - a)^p e^(lambda (x - a)) copies, where x in
    [0, 1] is a document's place by tokens and a is `start`. The curve is the steepest with p <= `power` and
    0 <= lambda <= 2 that leaves the mean of each of `buckets` buckets of equal tokens at or below `max_mean`:
    p first, then lambda. The defaults of `start`, `max_mean` and `buckets` are OLMo 3's.

    Memory does not grow with the documents: scores are held as float32 in at most 2^20 bins over all groups
    (the lowest bits are cut off where there are more), and written as knots of less than 1/512 of a group's
    tokens, or one tied score. Inside a knot no order is known: all its documents have the knot's mean rate,
    so no total is off. Knots end at a cut, and at the bin where a share or the curve begins.

    The file: `score`, `by`, `settings`, `bits` (cut off), and `groups`: {name: `documents`, `tokens`, `knots`
    (`scores`, the least of each; `documents`; `tokens`), and what `replay` tells}.

    Errors: ValueError where a score is missing or not finite, or a `token_count` is missing; a group has no
    tokens; a table lacks a group or names another; the settings contradict each other; or a target is
    above what `max_mean` allows, with the most that can be reached.
    """
    shape.check(start, power, max_mean, buckets)
    if mix:
        if list(by) != ["source"] or isinstance(budget, dict):
            raise ValueError('a mix says the budget of each source: by = ["source"], and one budget for all')
        budget = share_out(mix, budget)
    wanted: dict[str, ByGroup] = {"cut": cut, "keep_rate": keep_rate, "tokens": tokens, "times": times}
    wanted |= {"budget": budget}
    check(wanted)
    bins, bits = histogram.count(files, score, by)
    names = sorted(bins["group"].unique())
    chosen = {name: _take(value, names) for name, value in wanted.items()}
    curve = {"start": start, "power": power, "max_mean": max_mean, "buckets": buckets}
    groups = {
        name: _solve_group(name, rows, {**curve, **{way: found[name] for way, found in chosen.items()}})
        for (name,), rows in sorted(bins.partition_by("group", as_dict=True).items())
    }
    settings = {**wanted, **curve}
    written = {"score": score, "by": list(by), "settings": settings, "bits": bits, "groups": groups}
    (out / "selection.json").write_text(json.dumps(written) + "\n", encoding="utf-8")


def keep(
    docs: Annotated[pl.DataFrame, "id", _name_columns],
    *,
    selection: Path,
    score: str = "score_quality",
    by: list[str] = [],  # noqa: B006 - never changed
    before: Path | None = None,
    seed: NonNegativeInt = 1,
) -> Annotated[
    pl.DataFrame,
    {
        "selection_quantile": pl.Float32,
        "selection_rate": pl.Float32,
        "selection_draw": pl.Float64,
        "repeats": pl.Int32,
    },
]:
    """Drop documents that the `selection` does not select, and set how often the others come.

    `selection` is the folder of `solve`; `score` and `by` are as there. Adds `selection_quantile` (Float32 in
    [0, 1]: the place of the score in its group by tokens, the middle of its knot), `selection_rate`
    (Float32: copies expected), `selection_draw` (Float64 in [0, 1), from the id and `seed` alone) and
    `repeats` (Int32): floor(rate), and one more where the draw is below the rest. So each document is decided
    by itself, and a tie at the cut is shared out as far as the rate says.

    `before` is the selection of an earlier phase of the training, made with the same `score`, `by` and
    `seed`: a document comes as often as both rates together say, less what it came there, so that what was
    not drawn there comes first. `selection_rate` is of this phase.

    Reasons: `selection.low_score`, where the rate is 0; `selection.not_drawn`, where no copy was drawn; of a
    selection by `budget` both are `budget.not_drawn`: nothing is wrong with what is beyond a budget.

    Errors: ValueError where `selection` is no such folder or was solved for another `score` or `by`, where a
    document is of a group that it does not know, or has no finite score.
    """
    names = histogram.name_groups(docs, by)
    (budgeted, groups), (_, earlier) = (
        _find_groups(each, score, by, names) if each else (False, None) for each in (selection, before)
    )
    scores = _require_scores(docs, score)
    places, rates = _look_up(names, scores, groups or {})
    draws = _draw_uniform(docs["id"], seed)
    repeats = _count_copies(rates, draws)
    if earlier is not None:
        _, had = _look_up(names, scores, earlier)
        repeats = _count_copies(had + rates, draws) - _count_copies(had, draws)
    low, passed = ("budget.not_drawn",) * 2 if budgeted else ("selection.low_score", "selection.not_drawn")
    reason = pl.when(pl.col("selection_rate") == 0).then(pl.lit(low))
    return docs.with_columns(
        pl.Series("selection_quantile", places),
        pl.Series("selection_rate", rates),
        pl.Series("selection_draw", draws),
        pl.Series("repeats", repeats.astype(np.int32)),
    ).with_columns(drop_reason=reason.when(pl.col("repeats") == 0).then(pl.lit(passed)))


def _count_copies(rates: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """floor(rate), and one more where the draw is below the rest."""
    whole = np.floor(rates)
    copies: np.ndarray = whole + (draws < rates - whole)
    return copies


def _find_groups(
    selection: Path, score: str, by: list[str], names: pl.Series
) -> tuple[bool, Mapping[str, Any]]:
    """Whether a selection is by a budget, and its groups; ValueError where it is of another score, or lacks
    one of `names`."""
    table = _load(selection / "selection.json" if selection.is_dir() else selection)
    if (score, list(by)) != (table["score"], table["by"]):
        raise ValueError(
            f"{selection} was solved for score = {table['score']!r}, by = {table['by']},"
            f" not for score = {score!r}, by = {list(by)}: name the same"
        )
    groups: Mapping[str, Any] = table["groups"]
    if unknown := sorted(set(names.unique()) - set(groups)):
        raise ValueError(f"{selection} knows no group {unknown}: solve it again with all documents")
    return table["budgeted"], groups


def _take(value: ByGroup, names: Sequence[str]) -> dict[str, float | None]:
    """A setting for each group."""
    if not isinstance(value, Mapping):
        return dict.fromkeys(names, value)
    if missing := sorted(set(names) - set(value)):
        raise ValueError(f"nothing is said of the groups {missing}: there are {list(names)}")
    if unknown := sorted(set(value) - set(names)):
        raise ValueError(f"there are no groups {unknown}: there are {list(names)}")
    return {name: value[name] for name in names}


def _solve_group(name: str, bins: pl.DataFrame, settings: dict[str, Any]) -> dict[str, Any]:
    total = int(bins["tokens"].sum())
    if total == 0:
        raise ValueError(
            f"group {name!r} has {bins['documents'].sum()} documents and no tokens: drop them before"
        )
    mark = settings["start"]
    if settings["keep_rate"] is not None:
        mark = 1.0 - settings["keep_rate"]
    elif settings["budget"] is not None:
        mark = 1.0 - min(settings["budget"] / total, 1.0)
    elif settings["cut"] is not None:
        mark = find_place(bins["score"].to_numpy(), bins["tokens"].to_numpy(), settings["cut"])
    knots = histogram.make_knots(bins, mark)
    group = {
        "documents": int(bins["documents"].sum()),
        "tokens": total,
        "knots": {
            "scores": knots["score"].to_list(),
            "documents": knots["documents"].to_list(),
            "tokens": knots["tokens"].to_list(),
        },
    }
    try:
        return {**group, **replay(group, **settings)}
    except ValueError as error:
        raise ValueError(f"group {name!r} of {total:,} tokens: {error}") from None


@cache_by_stamp(4)
def _load(path: Path) -> dict[str, Any]:
    """A selection, each group with `scores`, `places` and `rates` of its knots as arrays."""
    try:
        table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        cut = table["settings"]["cut"]
        for name, group in table["groups"].items():
            group["least"] = cut[name] if isinstance(cut, dict) else cut
            low, high = histogram.place(np.asarray(group["knots"]["tokens"], dtype=np.int64))
            group["scores"] = np.asarray(group["knots"]["scores"], dtype=np.float32)
            group["places"] = ((low + high) / 2).astype(np.float32)
            group["rates"] = np.asarray(group["rates"], dtype=np.float32)
            if not len(low) == len(group["scores"]) == len(group["rates"]):
                raise ValueError("its knots are not of one length")
        table["budgeted"] = table["settings"].get("budget") is not None
        return {name: table[name] for name in ("score", "by", "groups", "budgeted")}
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is no selection of classifiers.selection:solve: {error!r}") from error


def _require_scores(docs: pl.DataFrame, score: str) -> np.ndarray:
    found = histogram.take_scores(docs, score)
    if found.null_count():
        first = docs["id"].filter(found.is_null())[0]
        raise ValueError(f"{found.null_count()} documents have no finite {score}, the first is {first!r}")
    return found.to_numpy()


def _look_up(
    names: pl.Series, scores: np.ndarray, groups: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """The place and the rate of each document's knot; a score below all that were counted is in the first."""
    places, rates = np.zeros((2, len(scores)), np.float32)
    for name in names.unique():
        rows, group = (names == name).to_numpy(), groups[name]
        knots = np.searchsorted(group["scores"], scores[rows], side="right") - 1
        knots = np.maximum(knots, 0)
        places[rows], rates[rows] = group["places"][knots], group["rates"][knots]
        if group["least"] is not None:  # a cut is a cut, wherever the scores stood that were counted
            rates[rows] = scores[rows] >= np.float32(group["least"])
    return places, rates


def _draw_uniform(ids: Iterable[str], seed: int) -> np.ndarray:
    """A number in [0, 1) for each id, of 53 bits.

    Hashed under a name of its own: a mix that draws the same documents with the same seed must not draw the
    same numbers, or it would find that all that came here came by low ones.
    """
    key = seed.to_bytes(8, "little", signed=True)
    digests = b"".join(
        hashlib.blake2b(id_.encode(), digest_size=8, key=key, person=b"selection").digest() for id_ in ids
    )
    numbers: np.ndarray = (np.frombuffer(digests, dtype="<u8") >> np.uint64(11)) / 2.0**53
    return numbers
