"""Rows of a swarm: role, seed and mix."""

from pathlib import Path

import numpy as np
import polars as pl

from winnow.mixing.design.prior_mixes import Carried
from winnow.mixing.design.space import clip, spread_evenly

Row = tuple[str, int, np.ndarray]  # role, seed, weights


def list_anchors(
    natural: np.ndarray,
    limits: np.ndarray,
    target: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    repeats: int,
) -> list[Row]:
    """The mixes that are not drawn."""
    if repeats < 1:
        raise ValueError(f"repeats = {repeats}: the natural mix is trained at least once")
    low, high = bounds
    corners = [corner for corner in np.eye(len(natural)) if ((corner <= high) & (corner >= low)).all()]
    uniform = np.full(len(natural), 1 / len(natural))
    start = clip(natural, limits)
    return [
        ("natural", 0, start),
        *(("repeat", number, start) for number in range(1, repeats)),
        ("uniform", 0, clip(uniform, limits)),
        ("unimax", 0, spread_evenly(target, start)),
        *(
            ("corner", turn, mix)
            for turn, mix in zip(take_turns(repeats, len(corners)), corners, strict=True)
        ),
    ]


def list_drawn(
    drawn: np.ndarray, wanted: tuple[int, int], carried: Carried | None, repeats: int
) -> list[Row]:
    """The mixes of the swarm, then those held out; of each first those carried over."""
    roles = ["swarm"] * wanted[0] + ["held_out"] * wanted[1]
    new: list[Row] = list(zip(roles, take_turns(repeats, len(roles)), drawn, strict=True))
    old = carried.rows if carried else {"swarm": [], "held_out": []}
    return [*old["swarm"], *new[: wanted[0]], *old["held_out"], *new[wanted[0] :]]


def take_turns(seeds: int, rows: int) -> list[int]:
    """The seed of each row, so that each comes as often."""
    return [row % seeds for row in range(rows)]


def tabulate(sources: list[str], rows: list[Row], first: int, number: int) -> pl.DataFrame:
    """The rows of a round, numbered from `first`."""
    weights = np.array([weights for _, _, weights in rows]).reshape(len(rows), len(sources))
    return pl.DataFrame(
        {
            "mix": pl.Series(range(first, first + len(rows)), dtype=pl.Int64),
            "role": pl.Series([role for role, _, _ in rows], dtype=pl.String),
            "seed": pl.Series([seed for _, seed, _ in rows], dtype=pl.Int64),
            "round": pl.Series([number] * len(rows), dtype=pl.Int64),
            **{source: weights[:, i] for i, source in enumerate(sources)},
        }
    )


def write(out: Path, rows: pl.DataFrame, before: pl.DataFrame | None = None) -> None:
    """All rows so far as one table; those of this round also alone."""
    table = rows if before is None else pl.concat([before, rows])
    table.write_parquet(out / "swarm.parquet")
    for mix in rows["mix"]:
        rows.filter(pl.col("mix") == mix).write_parquet(out / f"mix={mix:04d}.parquet")
