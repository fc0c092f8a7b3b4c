"""A problem as JSON, for `templates/solve.js`: arrays base64 of 64-bit floats, so no digit is lost."""

from base64 import b64encode
from typing import Any

import numpy as np
import scipy

from winnow.mixing.regression.gain import BEST, LEAST
from winnow.mixing.regression.laws import LAWS, SLOTS
from winnow.mixing.regression.model import take_own
from winnow.mixing.regression.stack import BLAMED, RESIDUAL, find_judged, measure_distance
from winnow.mixing.solver import members as fits
from winnow.mixing.solver.descent import Problem
from winnow.mixing.solver.problem import scale_residuals
from winnow.mixing.solver.uncertainty import ROUGH, draw_tilts


def embed_fit(packed: fits.Pack) -> dict[str, Any]:
    """The arrays of `mixing.solver.members:pack`."""
    members, evals = packed["base"].shape
    about = {"members": members, "evals": evals, "decay": packed["decay"]}
    laws = [{"form": form, "slots": SLOTS[features]} for form, features in LAWS.values()]
    names = ("base", "constant", "shift", "slopes", "low", "high", "dual", "inverse", "rows", "epochs")
    return about | {"laws": laws, "arrays": {name: _write(packed[name]) for name in names}}


def _write(values: Any) -> Any:
    if isinstance(values, list):
        return [_write(one) for one in values]
    return b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")


def _list_repeats(mixes: np.ndarray) -> list[list[int]]:
    """The runs of each mix that was run more than once."""
    _, group = np.unique(mixes.round(9), axis=0, return_inverse=True)
    rows = [np.flatnonzero(group.ravel() == number).tolist() for number in range(int(group.max()) + 1)]
    return [one for one in rows if len(one) > 1]


def embed_problem(
    model: dict[str, Any], problem: Problem, packed: fits.Pack, settings: dict[str, Any]
) -> Any:
    """All that the page needs to solve again, with all evals, also those not aimed at now."""
    names = list(model["evals"])
    omega = dict(zip(problem["evals"], problem["omega"].tolist(), strict=True))
    limits = dict(zip(problem["evals"], problem["limits"].tolist(), strict=True))
    bounds = ("natural", "lower", "upper", "groups", "least", "most", "reach", "kl")
    plain = {name: np.asarray(problem[name]).tolist() for name in bounds}
    raw = fits.pack(
        model, np.zeros(len(model["sources"])), np.inf
    )  # the proxies' own mixes, as they were read
    natural = fits.predict(raw, problem["natural"][None], slice(1, None))
    trained = fits.predict(raw, model["mixes"], slice(1, None)) - natural
    errors = np.array([model["evals"][name]["errors"] for name in names])
    hard = np.minimum(np.minimum(problem["caps"], take_own(model).max(axis=0)), 1.0)
    return plain | {
        "sources": model["sources"],
        "evals": names,
        "unit": model["unit"],
        "fit": embed_fit(packed) | {"epochs_at_one": (settings["max_epochs"] / problem["caps"]).tolist()},
        "candidates": model["mixes"].tolist(),
        "omega": [omega.get(name, 0.0) for name in names],
        "limits": [limits[name] if limits.get(name, np.inf) < np.inf else None for name in names],
        "stretch": [model["evals"][name]["stretch"] for name in names],
        "residual": scale_residuals(model, names, problem["natural"]).tolist(),
        "distance": measure_distance(take_own(model), problem["natural"]),
        "judged": np.flatnonzero(find_judged(take_own(model), problem["natural"])).tolist(),
        "repeats": _list_repeats(model["mixes"]),
        "tilts": draw_tilts(len(model["draws"]) - 1, len(model["sources"])).tolist(),
        "rough": ROUGH,
        "share": {"residual": RESIDUAL, "best": BEST, "least": LEAST, "blamed": BLAMED},
        "trained": _write(trained),
        "errors": _write(errors),
        "unseen": (model["draws"][1:] == 0).astype(int).tolist(),
        "hard": hard.tolist(),
        "two_sided": float(scipy.special.ndtri(0.5 + settings["confidence"] / 2)),
        "settings": settings,
    }
