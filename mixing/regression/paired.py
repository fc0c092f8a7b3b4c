"""Mixes trained with the same seeds, compared: what a seed does to all alike is no noise of a difference."""

import numpy as np
import scipy


def estimate(values: np.ndarray, mix: int, reference: int, confidence: float) -> dict[str, float]:
    """The mean over seeds of a mix's value less the reference's (`mean`), and its two-sided interval
    (`low`, `high`).

    `values` (mixes, seeds) has at least two of each. A two-way analysis of variance: seeds are blocks, and
    the noise of a run is what mixes and seeds, added up, leave. Of two mixes it is Student's paired interval.
    """
    mixes, seeds = values.shape
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    freedom = (mixes - 1) * (seeds - 1)
    error = np.sqrt(2 * (left**2).sum() / freedom / seeds)
    mean = float((values[mix] - values[reference]).mean())
    wide = float(scipy.stats.t.ppf((1 + confidence) / 2, freedom) * error)
    return {"mean": mean, "low": mean - wide, "high": mean + wide}
