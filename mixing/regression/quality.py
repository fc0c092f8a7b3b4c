"""How well an eval's scores are predicted for mixes that the fit did not see."""

from typing import Any

import numpy as np
import scipy


def measure_quality(values: np.ndarray, guesses: np.ndarray, mean: float) -> dict[str, float | int | None]:
    """`r2` is against the mean of the training mixes; null where there is too little to say."""
    if len(values) == 0:
        return {"mixes": 0, "r2": None, "spearman": None, "mae": None, "mean_mae": None}
    baseline = float(((values - mean) ** 2).mean())
    varied = len(values) > 2 and np.ptp(values) > 0 and np.ptp(guesses) > 0
    return {
        "mixes": len(values),
        "r2": 1 - float(((values - guesses) ** 2).mean()) / baseline if baseline > 0 else None,
        "spearman": float(scipy.stats.spearmanr(values, guesses).statistic) if varied else None,
        "mae": float(np.abs(values - guesses).mean()),
        "mean_mae": float(np.abs(values - mean).mean()),
    }


def average_quality(quality: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    """Means over the evals."""
    means: dict[str, dict[str, float | None]] = {}
    for part in ("held_out", "cross_validated"):
        means[part] = {}
        for measure in ("r2", "spearman", "mae", "mean_mae"):
            found = [row[part][measure] for row in quality.values() if row[part][measure] is not None]
            means[part][measure] = sum(found) / len(found) if found else None
    return means
