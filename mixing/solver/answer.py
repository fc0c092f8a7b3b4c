"""What is said of a chosen mix: tables by name, and the sentence."""

from typing import Any

import numpy as np

from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import Problem, measure_rises
from winnow.mixing.solver.problem import scale_residuals
from winnow.mixing.solver.uncertainty import measure_changes

Table = dict[str, Any]
HELD = 1e-4  # bits that the guard may be missed by: rounding
FIRM = (0.1, 0.5)  # a weight is firm that moves by less, and by less than this share of what it may


def judge_guard(problem: Problem, best: Table, settings: Table) -> Table:
    """Whether the guard holds, which evals bind it, and where it cannot, which are in conflict with what.

    `conflict`: for each eval that would be worse than allowed, the upper end of its `change` (bits), what the
    prediction's error alone amounts to (`error`), and the `sources` whose added weight makes it worse.
    """
    rises, limits = measure_rises(problem, best["mix"]), problem["limits"]
    values, slopes = fits.evaluate(problem["packed"], best["mix"], slice(0, 1))
    change = values[0] - problem["reference"][0]
    harm = slopes[0] * (best["mix"] - problem["natural"])
    conflict = {}
    for number, name in enumerate(problem["evals"]):
        if rises[number] > limits[number] + HELD:
            order = np.argsort(-harm[number], kind="stable")[:3]
            sources = [problem["sources"][source] for source in order if harm[number, source] > 0]
            error = rises[number] - change[number]
            conflict[name] = {"change": float(rises[number]), "error": float(error), "sources": sources}
    binding = [name for name, price in zip(problem["evals"], best["prices"], strict=True) if price > 1e-6]
    return {
        "max_rise": settings["max_rise"],
        "confidence": settings["confidence"],
        "held": not conflict,
        "binding": binding,
        "conflict": conflict,
    }


def list_changes(
    model: Table, packed: fits.Pack, natural: np.ndarray, mix: np.ndarray, reach: float
) -> Table:
    """Of every eval, also those not aimed at: `change` from natural with its interval."""
    stretch = np.array([one["stretch"] for one in model["evals"].values()])
    residual = scale_residuals(model, model["evals"], natural)
    about = {"packed": packed, "natural": natural, "stretch": stretch, "residual": residual}
    change, errors = measure_changes(about, mix)
    rows = zip(model["evals"], change.tolist(), (reach * errors).tolist(), strict=True)
    return {name: {"change": value, "low": value - far, "high": value + far} for name, value, far in rows}


def find_firm(problem: Problem, ranges: np.ndarray) -> list[str]:
    """Sources whose weight hardly moves among the mixes that cannot be told from the chosen one."""
    width, room = ranges[1] - ranges[0], problem["upper"] - problem["lower"]
    firm = width <= np.minimum(FIRM[0], FIRM[1] * np.maximum(room, 1e-9))
    return [name for name, is_firm in zip(problem["sources"], firm, strict=True) if is_firm]
