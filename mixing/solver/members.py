"""The fitted laws of all evals as a few arrays, and their values and slopes at a mix.

`mixing.regression` keeps a dict for each law of each member of each eval. Solved is on arrays: by member and
eval, a law is its constant, its slopes over its features, and, where it is a kernel, the duals of the mixes
that it was fitted to. Nearness to those is alike for all members of an eval, since refits keep the length
scales: one evaluation gives all members. `templates/solve.js` does the same with the same arrays.
"""

from typing import Any

import numpy as np

from winnow.mixing.regression.laws import FEATURES, FLOOR, LAWS, SLOTS

Pack = dict[str, Any]
BY_MEMBER, BY_EVAL = ("constant", "shift", "slopes", "dual", "base"), ("low", "high", "lengths")
NEVER = -1e3  # the shift of an exponential that has no weight
MOST = 30.0  # of an exponent


def pack(model: dict[str, Any], epochs: np.ndarray, decay: float, before: np.ndarray | None = None) -> Pack:
    """Arrays of all evals of a model, in its order.

    `epochs`: how often the target run would go through each source at weight 1. Read e > 1 times, a source
    counts as if 1 + decay * (1 - exp(-(e - 1) / decay)) times as much text of it had been read once
    (Muennighoff et al. 2023, arXiv:2305.16264: decay 15.4); an infinite `decay`: a repeat is as good.
    `before`: how often phases before this one read each source; it counts as what they left to be gained.

    `base` (members, evals); by law `constant`, `shift` (members, evals), `slopes` (members, evals, features)
    and `low` and `high` (evals), between which it is kept; `dual` (members, evals, rows); `lengths` (evals,
    sources); `rows`: cube roots of the mixes of the fit. A law's weight in the stack is in its numbers.
    """
    fitted, rows = list(model["evals"].values()), FEATURES["cube_roots"](np.asarray(model["mixes"]))
    shape = (len(fitted[0]["members"]), len(fitted))
    packed: Pack = {
        "constant": [np.zeros(shape) for _ in LAWS],
        "shift": [np.full(shape, NEVER) for _ in LAWS],
        "slopes": [np.zeros((*shape, len(SLOTS[name]) * rows.shape[1])) for _, name in LAWS.values()],
        "dual": np.zeros((*shape, len(rows))),
        "base": np.zeros(shape),
        "low": [np.array([one["weights"][name] * one["low"] for one in fitted]) for name in LAWS],
        "high": [np.array([one["weights"][name] * one["high"] for one in fitted]) for name in LAWS],
        "lengths": np.ones((len(fitted), rows.shape[1])),
        "rows": rows,
        "epochs": epochs if np.isfinite(decay) else np.zeros(len(epochs)),
        "before": before if before is not None and np.isfinite(decay) else np.zeros(len(epochs)),
        "decay": decay if np.isfinite(decay) else 1.0,
    }
    for column, one in enumerate(fitted):
        for number, member in enumerate(one["members"]):
            packed["base"][number, column] = one["weights"]["mean"] * member["mean"]
            for law, name in enumerate(LAWS):
                if one["weights"][name] > 0:
                    _add_law(packed, law, (number, column), member["laws"][name], one["weights"][name])
    return prepare(packed)


def take(packed: Pack, columns: list[int]) -> Pack:
    """The same with some of the evals."""
    taken: Pack = {name: packed[name] for name in ("rows", "epochs", "before", "decay")}
    for name in BY_MEMBER:
        part = packed[name]
        taken[name] = [one[:, columns] for one in part] if isinstance(part, list) else part[:, columns]
    for name in BY_EVAL:
        part = packed[name]
        taken[name] = [one[columns] for one in part] if isinstance(part, list) else part[columns]
    return prepare(taken)


def evaluate(packed: Pack, mix: np.ndarray, members: slice) -> tuple[np.ndarray, np.ndarray]:
    """Values (members, evals) at one mix and their slopes (members, evals, sources)."""
    phi, steep, _ = _take_features(packed, mix)
    near = packed["dual"][members] * _measure_nearness(packed, phi[None, 2])[0]
    values = packed["base"][members].copy()
    slopes = np.zeros((*values.shape, len(mix)))
    for law, (form, name) in enumerate(LAWS.values()):
        slots, tilts = list(SLOTS[name]), packed["slopes"][law][members]
        value, rise = tilts @ phi[slots].ravel(), np.ones(())
        if form == "exponential":
            value = rise = np.exp(np.minimum(value + packed["shift"][law][members], MOST))
        if form == "kernel":
            value = value + near.sum(2)
        value = value + packed["constant"][law][members]
        inside = (value > packed["low"][law]) & (value < packed["high"][law])
        values += np.clip(value, packed["low"][law], packed["high"][law])
        tilt = ((tilts * steep[slots].ravel()).reshape(*value.shape, len(slots), -1)).sum(2)
        if form == "kernel":
            pull = near @ packed["rows"] - near.sum(2)[..., None] * phi[2]
            tilt += pull * (packed["inverse"] * steep[2])
        slopes += (rise * inside)[..., None] * tilt
    return values, slopes


def measure_curvature(packed: Pack, mix: np.ndarray, member: int, weights: np.ndarray) -> np.ndarray:
    """The Hessian at one mix of the evals' sum, each times its weight, by one member."""
    phi, steep, bend = _take_features(packed, mix)
    near = packed["dual"][member] * _measure_nearness(packed, phi[None, 2])[0]
    hessian = np.zeros((len(mix), len(mix)))
    for law, (form, name) in enumerate(LAWS.values()):
        slots, tilts = list(SLOTS[name]), packed["slopes"][law][member]
        value = tilts @ phi[slots].ravel()
        if form == "exponential":
            value = np.exp(np.minimum(value + packed["shift"][law][member], MOST))
        weight = weights * (value if form == "exponential" else 1.0)
        value = value + packed["constant"][law][member] + (near.sum(1) if form == "kernel" else 0.0)
        weight = weight * ((value > packed["low"][law]) & (value < packed["high"][law]))
        hessian[np.diag_indices(len(mix))] += ((weight @ tilts).reshape(len(slots), -1) * bend[slots]).sum(0)
        if form == "exponential":
            tilt = (tilts * steep[slots].ravel()).reshape(len(weights), len(slots), -1).sum(1)
            hessian += (tilt.T * weight) @ tilt
        if form == "kernel":
            hessian += _bend_kernel(packed, near * weight[:, None], phi[2], steep[2], bend[2])
    return hessian


def _bend_kernel(
    packed: Pack, near: np.ndarray, root: np.ndarray, steep: np.ndarray, bend: np.ndarray
) -> np.ndarray:
    """Of the sum of `near` (evals, rows; duals and weights are in it)."""
    total, pull = near.sum(1), near @ packed["rows"]
    apart = pull - total[:, None] * root
    inner = packed["rows"].T @ (near[:, :, None] * packed["rows"])  # one matrix for each eval
    inner -= (
        pull[:, :, None] * root
        + root[:, None] * pull[:, None, :]
        - total[:, None, None] * np.outer(root, root)
    )
    scale = packed["inverse"] * steep
    hessian: np.ndarray = np.einsum("ei,eij,ej->ij", scale, inner, scale, optimize=True)
    straight = (apart * packed["inverse"]).sum(0) * bend - (total[:, None] * packed["inverse"]).sum(
        0
    ) * steep**2
    hessian[np.diag_indices(len(root))] += straight
    return hessian


def predict(packed: Pack, mixes: np.ndarray, members: slice = slice(None)) -> np.ndarray:
    """Values (members, evals, mixes) of many mixes."""
    phi = np.stack([_take_features(packed, mix)[0] for mix in mixes])
    values = np.repeat(packed["base"][members][..., None], len(mixes), axis=2)
    for law, (form, name) in enumerate(LAWS.values()):
        value = packed["slopes"][law][members] @ phi[:, list(SLOTS[name])].reshape(len(mixes), -1).T
        if form == "exponential":
            value = np.exp(np.minimum(value + packed["shift"][law][members][..., None], MOST))
        if form == "kernel":
            near = _measure_nearness(packed, phi[:, 2])
            value += np.einsum("mer,ner->men", packed["dual"][members], near, optimize=True)
        value += packed["constant"][law][members][..., None]
        values += np.clip(value, packed["low"][law][:, None], packed["high"][law][:, None])
    return values


def prepare(packed: Pack) -> Pack:
    """Adds what every evaluation needs of the arrays."""
    packed["inverse"] = packed["lengths"] ** -2.0
    packed["norms"] = packed["inverse"] @ (packed["rows"] ** 2).T
    return packed


def _add_law(packed: Pack, law: int, at: tuple[int, int], params: dict[str, Any], weight: float) -> None:
    form = list(LAWS.values())[law][0]
    if form == "exponential":
        packed["constant"][law][at] = weight * params["floor"]
        packed["shift"][law][at] = params["shift"] + np.log(weight)
        packed["slopes"][law][at] = params["slopes"]
        return
    packed["constant"][law][at] = weight * params["intercept"]
    packed["slopes"][law][at] = weight * np.asarray(params["slopes"])
    if form == "kernel":
        lengths = np.asarray(params["lengths"])
        if at[0] and not np.allclose(lengths, packed["lengths"][at[1]]):
            raise ValueError("a refit of a kernel has other length scales than the fit to all runs")
        packed["lengths"][at[1]] = lengths
        packed["dual"][at] = weight * np.asarray(params["dual"])


def _take_features(packed: Pack, mix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, square and cube roots and logs (4, sources) of what a mix amounts to; slopes, curvatures."""
    epochs, decay, before = packed["epochs"], packed["decay"], packed["before"]
    read = before + epochs * mix
    worth = np.exp(-np.maximum(read - 1.0, 0.0) / decay)  # of the last read
    repeated = read > 1.0
    safe = np.where(repeated, epochs, 1.0)
    had = np.where(before > 1.0, 1.0 + decay * -np.expm1(-(np.maximum(before, 1.0) - 1.0) / decay), before)
    seen = np.where(repeated, (1.0 + decay * (1.0 - worth) - had) / safe, mix)
    root, cube = np.sqrt(seen + FLOOR), np.cbrt(seen + FLOOR)
    phi = np.stack([seen, root, cube, np.log(seen + 0.01)])
    steep = np.stack([np.ones(len(mix)), 0.5 / root, 1 / (3 * cube**2), 1 / (seen + 0.01)])
    bend = np.stack([np.zeros(len(mix)), -2 * steep[1] ** 3, -2 * steep[2] ** 2 / cube, -(steep[3] ** 2)])
    bent = np.where(repeated, -epochs / decay * worth, 0.0)
    return phi, steep * worth, bend * worth**2 + steep * bent


def _measure_nearness(packed: Pack, roots: np.ndarray) -> np.ndarray:
    """Of mixes, by their cube roots, to each row of the fit: (mixes, evals, rows)."""
    scaled = roots[:, None, :] * packed["inverse"]
    own = np.einsum("nes,ns->ne", scaled, roots)
    distance = own[..., None] + packed["norms"] - 2 * scaled @ packed["rows"].T
    return np.asarray(np.exp(-0.5 * np.maximum(distance, 0.0)))
