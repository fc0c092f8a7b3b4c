"""A fitted model: what it predicts of a mix, and how far that may be wrong.

A model is `model.json` of `mixing.fit:regress` with its lists as arrays. Scores are in its `unit`, lower is
better. Mixes are rows of weights, the sources in the model's order; evals come in the order of `evals`.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from winnow.mixing.regression.stack import predict_member

Model = dict[str, Any]


def load(folder: Path) -> Model:
    """The model that `mixing.fit:regress` wrote into `folder`."""
    model: Model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for name in ("mixes", "natural", "draws"):
        model[name] = np.array(model[name])
    for fitted in model["evals"].values():
        fitted["errors"] = np.array(fitted["errors"], dtype=float)
        for member in fitted["members"]:
            for law in member["laws"].values():
                law.update({k: np.array(v) for k, v in law.items() if isinstance(v, list)})
    return model


def save(model: Model, folder: Path) -> None:
    """Write `model.json` into `folder`; numbers that are not finite are null."""
    (folder / "model.json").write_text(json.dumps(model, default=_to_plain) + "\n", encoding="utf-8")


def take_own(model: Model) -> np.ndarray:
    """The mixes of the fit's own training runs, which tell of its errors: an earlier fit's follow."""
    return np.asarray(model["mixes"][: model.get("own", len(model["mixes"]))])


def predict(model: Model, mixes: np.ndarray) -> np.ndarray:
    """Scores (evals x mixes) by member 0, which was fitted to all training mixes."""
    return np.stack(
        [predict_member(f, f["members"][0], mixes, model["mixes"]) for f in model["evals"].values()]
    )


def predict_members(model: Model, mixes: np.ndarray) -> np.ndarray:
    """Scores (members x evals x mixes); member 0 was fitted to all training mixes, others to bootstraps."""
    evals = [
        [predict_member(fitted, member, mixes, model["mixes"]) for member in fitted["members"]]
        for fitted in model["evals"].values()
    ]
    return np.stack(evals, axis=1)


def _to_plain(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"no JSON for {type(value).__name__}")
    if value.dtype == float and not np.isfinite(value).all():
        return [None if not np.isfinite(one) else one for one in value.tolist()]
    return value.tolist()
