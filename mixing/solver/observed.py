"""What the swarm itself showed: which of its mixes scored best."""

import numpy as np
import polars as pl

from winnow.mixing.solver.descent import Problem

OBSERVED = ("swarm", "corner")  # roles of which the best is trained again


def find_best_observed(problem: Problem, table: pl.DataFrame, predictions: pl.DataFrame) -> np.ndarray | None:
    """The mix of the swarm that scored best, of those within the bounds; None where there is none."""
    omega = pl.DataFrame({"eval": problem["evals"], "omega": problem["omega"]})
    scored = (
        take_one_size(predictions)
        .filter(pl.col("role").is_in(OBSERVED))
        .join(omega, on="eval")
        .group_by("mix", "eval")
        .agg(pl.col("value").mean(), pl.col("omega").first())
        .group_by("mix")
        .agg(score=(pl.col("value") * pl.col("omega")).sum())
        .sort("score", "mix")
    )
    rows = table.join(scored, on="mix").sort("score", "mix").select(problem["sources"]).to_numpy()
    within = rows @ problem["groups"].T
    allowed = (rows >= problem["lower"] - 1e-9).all(axis=1) & (rows <= problem["upper"] + 1e-9).all(axis=1)
    allowed &= (within >= problem["least"] - 1e-9).all(axis=1) & (within <= problem["most"] + 1e-9).all(
        axis=1
    )
    return rows[allowed][0] if allowed.any() else None


def take_one_size(predictions: pl.DataFrame) -> pl.DataFrame:
    """Runs of the size that most mixes were trained at: scores of two sizes do not compare."""
    if "size" not in predictions.columns:
        return predictions
    counts = predictions.group_by("size").agg(pl.col("mix").n_unique()).sort("mix", "size", descending=True)
    return predictions.filter(size=counts["size"][0])
