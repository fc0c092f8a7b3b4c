"""A problem as JSON, for `templates/solve.js`: arrays as base64 of their 64-bit floats, so that no digit is lost."""

from base64 import b64encode
from typing import Any

import numpy as np

from mixing.regression.laws import LAWS
from mixing.solver import members as fits


def embed_fit(packed: fits.Pack) -> dict[str, Any]:
    """The arrays of `mixing.solver.members:pack`."""
    members, evals = packed["base"].shape
    about = {"members": members, "evals": evals, "decay": packed["decay"]}
    laws = [{"form": form, "features": features} for form, features in LAWS.values()]
    names = ("base", "constant", "shift", "slopes", "low", "high", "dual", "inverse", "rows", "epochs")
    return about | {"laws": laws, "arrays": {name: _write(packed[name]) for name in names}}


def _write(values: Any) -> Any:
    if isinstance(values, list):
        return [_write(one) for one in values]
    return b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")
