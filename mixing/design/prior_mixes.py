"""Mixes of an earlier swarm, carried over to one of other sources or more mixes: their proxies are there."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.mixing.regression.tables import list_sources

ADDED = 0.25  # of the mixes: drawn anew where a source is new, which those carried over know nothing of


class Carried(NamedTuple):
    """Drawn mixes by role, with their seeds; how many were left out; whether a source is new."""

    rows: dict[str, list[tuple[str, int, np.ndarray]]]
    left_out: int
    new: list[str]


def carry(path: Path, sources: list[str], floors: np.ndarray, caps: np.ndarray) -> Carried:
    """The drawn mixes of an earlier `swarm.parquet` as mixes of `sources`.

    A source that they lack has weight 0. Left out is a mix with text of a source that is gone, or one beyond
    floors and caps. ValueError for a file that is no swarm.
    """
    try:
        table = pl.read_parquet(path, glob=False)
        known = [name for name in list_sources(table) if name in sources]
        drawn = table.filter(pl.col("role").is_in(["swarm", "held_out"])).sort("mix")
        weights = np.zeros((len(drawn), len(sources)))
        weights[:, [sources.index(name) for name in known]] = drawn.select(known).to_numpy()
        marks = drawn.select("role", "seed").rows()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ValueError(f"previous = {path} is no swarm.parquet of an earlier run: {error}") from error
    whole = np.abs(weights.sum(axis=1) - 1) < 1e-9
    inside = ((weights <= caps + 1e-9) & (weights >= floors - 1e-9)).all(axis=1)
    rows: dict[str, list[tuple[str, int, np.ndarray]]] = {"swarm": [], "held_out": []}
    for (role, seed), mix, good in zip(marks, weights, whole & inside, strict=True):
        if good:
            rows[role].append((role, seed, mix))
    return Carried(rows, int((~(whole & inside)).sum()), sorted(set(sources) - set(known)))


def count_drawn(carried: Carried | None, mixes: int, held_out: int) -> tuple[int, int]:
    """How many mixes of each role are still to be drawn."""
    if carried is None:
        return mixes, held_out
    least = int(np.ceil(ADDED * mixes)) if carried.new else 0
    kept = {role: len(rows) for role, rows in carried.rows.items()}
    return max(mixes - kept["swarm"], least), max(held_out - kept["held_out"], 0)
