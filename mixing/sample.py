"""Draw documents so that the sources come in the shares of a mix."""

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl

from filters.words.files import cache_by_stamp
from mixing.domains import find_domain
from mixing.scatter import hash_names


def draw(
    docs: Annotated[pl.DataFrame, "id", "source"],
    *,
    weights: Path,
    counts: Path,
    tokens: int | None = None,
    seed: int = 1,
    max_epochs: float = 4.0,
) -> Annotated[pl.DataFrame, "repeats", "sample_rate", "sample_draw"]:
    """Set `repeats` (Int32): how often the document comes in the training data.

    A source's rate is its weight * `tokens` / the tokens it has. A document comes floor(rate) times, and
    once more where a number in [0, 1) drawn from its id and `seed` alone is below the rest: so the
    tokens of a source meet their share in expectation, and each document is decided by itself. Where
    documents have a `domain`, the mix is of domains instead of sources. The numbers are kept as `sample_rate`
    and `sample_draw` (Float64). Reason: `sample.not_drawn`.

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
    names = docs.select(find_domain(docs.columns)).to_series()
    if unknown := sorted(set(names.unique()) - set(rates)):
        raise ValueError(f"no counts for the sources {unknown}: were they counted before the mix was solved?")
    rate = names.replace_strict(rates, return_dtype=pl.Float64)
    draws = pl.Series("sample_draw", _draw_uniform(docs["id"].to_list(), seed), dtype=pl.Float64)
    whole = rate.floor()
    repeats = (whole + (draws < rate - whole)).cast(pl.Int32)
    return docs.with_columns(rate.alias("sample_rate"), draws, repeats.alias("repeats")).with_columns(
        drop_reason=pl.when(pl.col("repeats") == 0).then(pl.lit("sample.not_drawn"))
    )


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
    for name, rate in rates.items():
        if rate > max_epochs * (1 + 1e-6):
            raise ValueError(f"source {name!r} would come {rate:.2f} times, above max_epochs = {max_epochs}")
    return rates


def _draw_uniform(ids: list[str], seed: int) -> np.ndarray:
    """A number in [0, 1) for each id, of 53 bits, as many as a float has."""
    numbers: np.ndarray = (hash_names(ids, seed) >> np.uint64(11)) / 2.0**53
    return numbers
