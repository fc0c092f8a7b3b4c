"""How often a document comes: so that the sources have the shares of a mix, or by how many copies it had."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from winnow.files import cache_by_stamp
from winnow.mixing.domains import find_domain
from winnow.mixing.packing.scatter import hash_names

TELLS = {"measure": "sampling"}


def draw(
    docs: Annotated[pl.DataFrame, "id", "source"],
    *,
    weights: Path,
    counts: Path,
    before: Path | None = None,
    tokens: PositiveInt | None = None,
    seed: NonNegativeInt = 1,
    max_epochs: PositiveFloat = 4.0,
) -> Annotated[pl.DataFrame, "repeats", "sample_rate", "sample_draw"]:
    """Set `repeats` (Int32): how often the document comes in the training data.

    A source's rate is its weight * `tokens` / the tokens it has. A document comes floor(rate) times, and
    once more where a number in [0, 1) drawn from its id and `seed` alone is below the rest: so the
    tokens of a source meet their share in expectation, and each document is decided by itself. Where
    documents have a `domain`, the mix is of domains instead of sources. The numbers are kept as `sample_rate`
    and `sample_draw` (Float64). Reason: `sample.not_drawn`.

    `before`, the weights of an earlier phase with a budget of its own: what it drew (with the same `seed`) is
    counted. A document comes as often as it would in both together, less what it came there: of a source all
    that was not read comes before anything is read again, and `max_epochs` is of both.

    `weights` is the folder of `mixing.optimize:solve` (or a file of `mixing.scores:ask`), `counts` that of
    `mixing.count:by_source`; `tokens` by default is the budget that the mix was solved for. A source without
    tokens has rate 0.

    Errors: ValueError where a source is not among the counts, a rate is above `max_epochs`, or the documents
    have `repeats` already: another step selected them, and to draw again would undo its choice.
    """
    if "repeats" in docs.columns:
        raise ValueError(
            "the documents have `repeats` already, and to draw again would undo that: give the tokens of "
            "each source to `classifiers.selection:solve` instead (`tokens = { name = number }`)"
        )
    rates = _read_rates(weights, counts, tokens, max_epochs)
    had = _read_rates(before, counts, None, max_epochs) if before else dict.fromkeys(rates, 0.0)
    _check_rates({name: rate + had[name] for name, rate in rates.items()}, max_epochs)
    names = docs.select(find_domain(docs.columns)).to_series()
    if unknown := sorted(set(names.unique()) - set(rates)):
        raise ValueError(f"no counts for the sources {unknown}: were they counted before the mix was solved?")
    rate = names.replace_strict(rates, return_dtype=pl.Float64)
    draws = pl.Series("sample_draw", _draw_uniform(docs["id"].to_list(), seed), dtype=pl.Float64)
    read = names.replace_strict(had, return_dtype=pl.Float64)
    repeats = _count_copies(read + rate, draws) - _count_copies(read, draws)
    return docs.with_columns(rate.alias("sample_rate"), draws, repeats.alias("repeats")).with_columns(
        drop_reason=pl.when(pl.col("repeats") == 0).then(pl.lit("sample.not_drawn"))
    )


# FineWeb2: Penedo et al. 2025 (arXiv:2506.20920), as its repository's README gives them.
TIMES = {"1": 1, "2": 2, "3": 3, "5": 5, "100": 8, "1000": 1}


def rehydrate(
    docs: Annotated[pl.DataFrame, "duplicates"], *, times: dict[str, PositiveInt] = TIMES
) -> Annotated[pl.DataFrame, "repeats"]:
    """Set `repeats` (Int32), how often the document comes in the training data, by how many it stands for.

    `times` names sizes of clusters (`duplicates` of dedup: the survivor and all that went for it) and how
    often documents come from that size on, up to the next one named. The default is FineWeb2's: what many
    pages have is good, and what a thousand have is not.

    Errors: ValueError where `times` does not begin with 1, or has what is no whole number from 1 on.
    """
    try:
        sizes = sorted((int(size), often) for size, often in times.items())
    except ValueError:
        raise ValueError(f"times: sizes of clusters are whole numbers, not {list(times)}") from None
    if not sizes or sizes[0][0] != 1 or min(often for _, often in sizes) < 1:
        raise ValueError(f"times: sizes of clusters begin with 1, and documents come once or more: {times}")
    limits, often = np.array([size for size, _ in sizes]), np.array([number for _, number in sizes])
    known = docs["duplicates"].cast(pl.Int64).fill_null(1).clip(1).to_numpy()
    found = often[np.searchsorted(limits, known, side="right") - 1]
    return docs.with_columns(pl.Series("repeats", found, dtype=pl.Int32))


@cache_by_stamp(8)
def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _read_rates(weights: Path, counts: Path, tokens: int | None, max_epochs: float) -> dict[str, float]:
    solved = _read_json(weights / "weights.json" if weights.is_dir() else weights)
    table = _read_json(counts / "counts.json")
    wanted = tokens or solved["settings"]["budget_tokens"]
    if missing := sorted(set(solved["weights"]) - {name for name, row in table.items() if row["tokens"]}):
        raise ValueError(f"the mix has sources of which the counts know no tokens: {missing}")
    rates = {
        name: solved["weights"].get(name, 0.0) * wanted / max(row["tokens"], 1) for name, row in table.items()
    }
    _check_rates(rates, max_epochs)
    return rates


def _check_rates(rates: dict[str, float], max_epochs: float) -> None:
    for name, rate in rates.items():
        if rate > max_epochs * (1 + 1e-6):
            raise ValueError(f"source {name!r} would come {rate:.2f} times, above max_epochs = {max_epochs}")


def _count_copies(rates: pl.Series, draws: pl.Series) -> pl.Series:
    """floor(rate), and one more where the draw is below the rest."""
    whole = rates.floor()
    return (whole + (draws < rates - whole)).cast(pl.Int32)


def _draw_uniform(ids: list[str], seed: int) -> np.ndarray:
    """A number in [0, 1) for each id, of 53 bits, as many as a float has."""
    return np.asarray((hash_names(ids, seed) >> np.uint64(11)) / 2.0**53)
