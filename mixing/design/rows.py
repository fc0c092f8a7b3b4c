"""Rows of a swarm: role, seed and mix."""

import numpy as np

from mixing.design.earlier import Carried
from mixing.design.space import clip, spread_evenly

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
