"""A transformer proxy of two phases: the rate warms up and stays in the first, and falls to 0 in the last.

Warmup, stable, decay (Hu et al. 2024, MiniCPM, arXiv:2404.06395): what is read while the rate falls is what a
model keeps most of, and one model of the first phase serves all mixes of the last.
"""

from typing import NamedTuple

import numpy as np
import torch

from winnow.mixing.proxy.transformer import (
    RATED,
    WARM_UP,
    Arrays,
    Engine,
    Shape,
    choose_batch,
    descend,
    draw_weights,
    find_engine,
    make_optimizer,
    take_arrays,
)

MOMENTS = ("exp_avg", "exp_avg_sq")


class State(NamedTuple):
    """A model in the midst of its training."""

    weights: Arrays
    moments: dict[str, Arrays]  # what AdamW remembers of each weight
    steps: int  # updates so far
    batch: int  # sequences of an update


def begin(
    rows: np.ndarray, vocabulary: int, shape: Shape, rate: float, seed: int, engine: Engine | None = None
) -> State:
    """Train once over the first phase's `rows`: the rate rises for a tenth of the updates, and stays.

    Settings as in `mixing.proxy.transformer:train`. Raises Diverged.
    """
    engine = engine or find_engine()
    weights = draw_weights(vocabulary, shape, seed, engine.device)
    optimizer = make_optimizer(weights)
    size = choose_batch(len(rows))
    steps = -(-len(rows) // size)
    peak = rate * RATED / shape.width
    rates = [peak * min(1.0, (step + 1) / (WARM_UP * steps)) for step in range(steps)]
    descend(weights, optimizer, rows, size, rates, engine)
    kept = {name: optimizer.state[weight] for name, weight in weights.items()}
    moments = {which: {name: state[which].cpu().numpy() for name, state in kept.items()} for which in MOMENTS}
    return State(take_arrays(weights), moments, steps, size)


def finish(state: State, rows: np.ndarray, rate: float, engine: Engine | None = None) -> Arrays:
    """Go on over the last phase's `rows`, the rate falling evenly to 0; `state` stays as it is. Raises
    Diverged."""
    engine = engine or find_engine()
    weights = {
        name: torch.from_numpy(array.copy()).to(engine.device).requires_grad_()
        for name, array in state.weights.items()
    }
    optimizer = make_optimizer(weights)
    for name, weight in weights.items():
        optimizer.state[weight] = {"step": torch.tensor(float(state.steps), device=engine.device)} | {
            which: torch.from_numpy(state.moments[which][name].copy()).to(engine.device) for which in MOMENTS
        }
    steps = -(-len(rows) // state.batch)
    peak = rate * RATED / len(state.weights["shift"])
    rates = [peak * (steps - step) / steps for step in range(steps)]
    # A model sure of other text may be worse than one that knows nothing, for a while.
    descend(weights, optimizer, rows, state.batch, rates, engine, calm=steps // 2)
    return take_arrays(weights)
