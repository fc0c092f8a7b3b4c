"""Transformers for the bench `budget`: an arm beside FineWeb's text at random, of the same sites and size."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from data_scores import BYTES_PER_TOKEN, EVALS, score
from scipy import stats

from winnow.mixing.importance.choice import take_best

ARMS = ("general", "text", "quality, short first")
BASE = "FineWeb"
LEAD = 1.1  # as `data_scores.draw` draws


def train(
    side: Any, orders: dict[str, tuple[Any, int]], share: float, pairs: int, items: Path, place: Path
) -> pl.DataFrame:
    """`recipe` (arm_draw), `eval`, `value` of transformers that learn what an arm reads of sites drawn."""
    random = np.random.default_rng(11)
    kept, least = {}, np.inf
    for number in range(pairs):
        sites = (random.random(int(side.bench.sites.max()) + 1) < 0.8)[side.bench.sites]
        chance = random.permutation(len(sites))
        theirs = sites & (side.part == 1)
        budget = share * side.sizes[theirs].sum()
        for arm in (BASE, *ARMS):
            value, of = (None, 1) if arm == BASE else orders[arm]
            order = chance if value is None else chance[np.argsort(-value[chance], kind="stable")]
            read = take_best(side.sizes, order, sites & (side.part == of), budget)
            kept[f"{arm.replace(', ', '-')}_{number}"] = cut(side.docs, read)
        least = min(least, budget)
    tokens = int(least / BYTES_PER_TOKEN / LEAD)
    return score(kept, items, place, proxy="transformer", tokens=tokens, seeds=1)


def cut(docs: pl.DataFrame, read: np.ndarray) -> pl.DataFrame:
    """The documents that are read, the last one in part."""
    rows = docs.with_columns(read=pl.Series(read)).filter(pl.col("read") > 0)
    length = (pl.col("text").str.len_chars() * pl.col("read")).ceil().cast(pl.Int64)
    return rows.select("id", text=pl.col("text").str.head(length))


def tell(scores: list[pl.DataFrame], confidence: float) -> None:
    """Print of each arm the mean percent over all pairs beside FineWeb, by group of evals."""
    rows = pl.concat(scores).with_columns(
        arm=pl.col("recipe").str.replace(r"_\d+$", ""), draw=pl.col("recipe").str.extract(r"_(\d+)$")
    )
    for arm in (name.replace(", ", "-") for name in ARMS):
        told = []
        for group, members in EVALS.items():
            mean = (
                rows.filter(pl.col("eval").is_in(members))
                .group_by("half", "draw", "arm")
                .agg(pl.col("value").mean())
            )
            wide = mean.pivot("arm", index=["half", "draw"], values="value").sort("half", "draw")
            change = 100 * (wide[arm] / wide[BASE] - 1).to_numpy()
            error = (
                stats.t.ppf((1 + confidence) / 2, len(change) - 1) * change.std(ddof=1) / len(change) ** 0.5
            )
            told.append(f"{group} {change.mean():+.2f} +- {error:.2f}")
        print(f"  {arm:22} {len(change)} pairs: " + ", ".join(told), flush=True)
