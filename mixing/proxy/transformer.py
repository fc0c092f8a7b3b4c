"""The transformer proxy: trained from scratch on a text of the mix, then asked for the bits of the answers.

From .1M to 30M parameters and more. On a processor one thread, a fixed seed and the same first weights for
every mix: the same text gives the same bytes. Where there is a GPU, it is used, in bfloat16 and compiled.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from winnow.mixing.proxy import fused
from winnow.mixing.proxy.windows import Windows

HEAD, ASPECT = 32, 96  # width of a head; width of a model by its depth
WIDEST = 4096
RATED = 64  # the width that learning rates are said for
STEPS, LEAST_BATCH, MOST_BATCH = 1500, 4, 64  # updates aimed at, and sequences that one is made from
WARM_UP, DECAY = 0.1, 0.5
WORST = 2.0  # losses of a model that knows nothing, from which on a proxy is given up

Arrays = dict[str, np.ndarray]
Weights = dict[str, torch.Tensor]


class Diverged(Exception):
    """The loss of a proxy is no number any more, or far above that of a model that knows nothing."""


class Shape(NamedTuple):
    width: int
    depth: int


class Engine(NamedTuple):
    """What computes: a device, in which numbers, compiled or not."""

    device: str
    bf16: bool
    compiled: bool


CPU = Engine("cpu", bf16=False, compiled=False)


def find_engine() -> Engine:
    """A GPU where there is one; else one thread of the processor."""
    if torch.cuda.is_available():
        return Engine("cuda", bf16=torch.cuda.is_bf16_supported(), compiled=True)
    return CPU


def choose_shape(size: int, vocabulary: int) -> Shape:
    """Width, a multiple of 32, and depth of about `size` parameters: of the shapes that have them to a sixth,
    the one whose width is nearest to 96 times its depth; where there is none, the one that comes nearest."""
    shapes = [
        Shape(width, max(round((size - vocabulary * width) / (12 * width**2)), 1))
        for width in range(HEAD, WIDEST + 1, HEAD)
    ]

    def rank(shape: Shape) -> tuple[float, float]:
        miss = abs(np.log(count_parameters(shape, vocabulary) / size))
        return max(miss - 1 / 6, 0.0), abs(np.log(shape.width / shape.depth / ASPECT))

    return min(shapes, key=rank)


def count_parameters(shape: Shape, vocabulary: int) -> int:
    return vocabulary * (shape.width + 1) + shape.width + 12 * shape.depth * shape.width**2


def train(
    rows: np.ndarray,
    vocabulary: int,
    shape: Shape,
    rate: float,
    seed: int,
    engine: Engine | None = None,
) -> Arrays:
    """A model trained once over `rows` of tokens (number, length) in their order.

    AdamW; the rate rises for the first tenth of the steps, and falls to 0 over the last half. It is that of a
    model of width 64; wider ones take less in proportion (Yang et al. 2022, arXiv:2203.03466). An update is
    made from 4 to 64 sequences, so that there are about 1,500. Raises Diverged, with the step.
    """
    rate = rate * RATED / shape.width
    engine = engine or find_engine()
    weights = draw_weights(vocabulary, shape, seed, engine.device)
    size = choose_batch(len(rows))
    steps = -(-len(rows) // size)
    rates = [
        rate * min(1.0, (step + 1) / (WARM_UP * steps), (steps - step) / (DECAY * steps))
        for step in range(steps)
    ]
    descend(weights, make_optimizer(weights), rows, size, rates, engine)
    return take_arrays(weights)


def choose_batch(rows: int) -> int:
    """Sequences of an update, so that there are about 1,500 updates."""
    return min(max(rows // STEPS, LEAST_BATCH), MOST_BATCH)


def make_optimizer(weights: Weights) -> torch.optim.AdamW:
    return torch.optim.AdamW(weights.values(), betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0, fused=True)


def take_arrays(weights: Weights) -> Arrays:
    return {name: weight.detach().cpu().numpy() for name, weight in weights.items()}


def descend(
    weights: Weights,
    optimizer: torch.optim.Optimizer,
    rows: np.ndarray,
    size: int,
    rates: Sequence[float],
    engine: Engine,
    calm: int = 0,
) -> None:
    """Train `weights` once over `rows`, `size` sequences an update, each at its rate. Raises Diverged, for a
    loss beyond that of a model that knows nothing from update `calm` on."""
    _fix_threads()
    worst = WORST * np.log(len(weights["bias"]))
    compute = _make_loss(weights, rows.shape[1] - 1, engine)
    for step, rate in enumerate(rates):
        batch = torch.from_numpy(rows[step * size : (step + 1) * size].astype(np.int64)).to(engine.device)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = compute(batch)
        if not float(loss.detach()) < (worst if step >= calm else np.inf):
            raise Diverged(f"the loss is {float(loss.detach()):.3g} at step {step + 1} of {len(rates)}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def measure_bits(arrays: Arrays, windows: Windows) -> np.ndarray:
    """-log2 p of each window's scored tokens, summed; windows of like length go together."""
    _fix_threads()
    device = find_engine().device
    weights = {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}
    lengths = np.diff(windows.offsets)
    total = np.zeros(len(lengths))
    order = np.argsort(lengths, kind="stable")
    places = _make_places(weights, int(lengths.max(initial=0)))
    with torch.no_grad():
        for first in range(0, len(order), 32):
            chosen = order[first : first + 32]
            rows = np.zeros((len(chosen), lengths[chosen].max()), dtype=np.int64)
            for row, window in zip(rows, chosen, strict=True):
                row[: lengths[window]] = windows.tokens[windows.offsets[window] : windows.offsets[window + 1]]
            numbers = np.arange(1, rows.shape[1])
            asked = (numbers >= windows.answers[chosen, None]) & (numbers < lengths[chosen, None])
            tokens = torch.from_numpy(rows).to(device)
            chosen_tokens = torch.from_numpy(asked).to(device)
            # Scoring the vocabulary costs more than all before: of the tokens asked for only.
            states = _compute_states(weights, tokens[:, :-1], places)[chosen_tokens]
            scores = F.linear(states, weights["embedding"], weights["bias"])
            losses = np.zeros(asked.shape)
            found = F.cross_entropy(scores, tokens[:, 1:][chosen_tokens], reduction="none")
            losses[asked] = found.cpu().numpy()
            total[chosen] = losses.sum(axis=1) / np.log(2)
    return total


def _fix_threads() -> None:
    """The sum of floats depends on how many threads share it, so: one."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(not torch.cuda.is_available())
    # A help for debugging, and 2% of the time:
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def draw_weights(vocabulary: int, shape: Shape, seed: int, device: str) -> Weights:
    """First weights, the same on every device."""
    generator = torch.Generator().manual_seed(seed)
    width = shape.width

    def normal(*shape: int, scale: float) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * scale

    weights = {
        "embedding": normal(vocabulary, width, scale=0.02),
        "bias": torch.zeros(vocabulary),
        "shift": torch.zeros(width),
    }
    for layer in range(shape.depth):
        qkv = normal(width, 3 * width, scale=width**-0.5)
        # The last of each head is kept for places, in queries and keys.
        qkv.view(width, -1, HEAD)[:, : 2 * width // HEAD, -1] = 0.0
        weights |= {
            f"qkv.{layer}": qkv,
            f"out.{layer}": torch.zeros(width, width),
            f"up.{layer}": normal(width, 4 * width, scale=width**-0.5),
            f"down.{layer}": torch.zeros(width, 4 * width),
        }
    return {name: weight.to(device).requires_grad_() for name, weight in weights.items()}


def _make_loss(weights: Weights, length: int, engine: Engine) -> Callable[[torch.Tensor], torch.Tensor]:
    """The mean loss of a batch of sequences."""
    places = _make_places(weights, length)
    plain = engine != CPU  # the compiler fuses it

    def compute(batch: torch.Tensor) -> torch.Tensor:
        with torch.autocast(engine.device, torch.bfloat16, enabled=engine.bf16):
            widen = _widen if plain else fused.FusedMLP.apply
            states = _compute_states(weights, batch[:, :-1], places, widen).flatten(0, 1)
            asked = batch[:, 1:].flatten()
            if plain:
                return F.cross_entropy(F.linear(states, weights["embedding"], weights["bias"]), asked)
            loss: Callable[..., torch.Tensor] = fused.Loss.apply
            return loss(states, weights["embedding"], weights["bias"], asked)

    return torch.compile(compute) if engine.compiled else compute


def _widen(x: torch.Tensor, up: torch.Tensor, down: torch.Tensor) -> torch.Tensor:
    return F.linear(F.relu(x @ up).square(), down)


def _compute_states(
    weights: Weights,
    tokens: torch.Tensor,
    places: torch.Tensor,
    widen: Callable[..., torch.Tensor] = _widen,
) -> torch.Tensor:
    """What the model holds at every place; the first block sees each token's neighbour too."""
    batch, length = tokens.shape
    width = len(weights["shift"])
    x = F.layer_norm(F.embedding(tokens, weights["embedding"]), (width,))
    x = x + F.pad(x, (0, 0, 1, 0))[:, :-1] * weights["shift"]
    for layer in range((len(weights) - 3) // 4):
        heads = F.layer_norm(x, (width,)) @ weights[f"qkv.{layer}"] + places[:length]
        query, key, value = heads.view(batch, length, 3, -1, HEAD).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + F.linear(seen.transpose(1, 2).reshape(batch, length, width), weights[f"out.{layer}"])
        normed = F.layer_norm(x, (width,)).flatten(0, 1)
        x = x + widen(normed, weights[f"up.{layer}"], weights[f"down.{layer}"]).view(x.shape)
    return F.layer_norm(x, (width,))


def _make_places(weights: Weights, length: int) -> torch.Tensor:
    """What is added to queries, keys and values of each place, so that far tokens count less.

    The penalty on distance of ALiBi (Press et al. 2022, arXiv:2108.12409), slope * (i - j), as one more
    coordinate: 1 in the query and slope * j in the key. What depends on i alone cancels.
    """
    width = len(weights["shift"])
    heads = width // HEAD
    places = torch.zeros(length, 3, heads, HEAD)
    slopes = 2.0 ** -(torch.arange(1, heads + 1) * 8 / heads)
    places[:, 0, :, -1] = HEAD**0.5  # attention divides by it
    places[:, 1, :, -1] = torch.arange(length)[:, None] * slopes
    return places.flatten(1).to(weights["bias"].device)
