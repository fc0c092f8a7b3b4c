"""The transformer proxy: trained from scratch on a text of the mix, then asked for the bits of the answers.

Small enough for seconds on one core, so the mixes run side by side. One thread, a fixed seed and the
same first weights for every mix: the same text gives the same bytes.
"""

import numpy as np
import torch
from torch.nn import functional as F

from mixing.proxy.windows import Windows

WIDTH, HEADS, BATCH = 64, 2, 4
RATE, WARM_UP = 0.008, 0.1

Weights = dict[str, torch.Tensor]


def train(rows: np.ndarray, size: int, seed: int) -> Weights:
    """A model of `size` tokens, trained once over `rows` of tokens (number, length) in their order."""
    _fix_threads()
    weights = _draw_weights(size, seed)
    optimizer = torch.optim.AdamW(weights.values(), betas=(0.9, 0.95), eps=1e-10, weight_decay=0.0)
    steps = -(-len(rows) // BATCH)
    mask = _make_mask(rows.shape[1] - 1)
    for step in range(steps):
        batch = torch.from_numpy(rows[step * BATCH : (step + 1) * BATCH].astype(np.int64))
        rate = RATE * min((step + 1) / (WARM_UP * steps), 1.0) * min((steps - step) / steps * 2, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        scores = _score_tokens(weights, _compute_states(weights, batch[:, :-1], mask).flatten(0, 1))
        loss = F.cross_entropy(scores, batch[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return weights


def measure_bits(weights: Weights, windows: Windows) -> np.ndarray:
    """-log2 p of each window's scored tokens, summed; windows of like length go together."""
    _fix_threads()
    lengths = np.diff(windows.offsets)
    total = np.zeros(len(lengths))
    order = np.argsort(lengths, kind="stable")
    mask = _make_mask(int(lengths.max(initial=0)))
    with torch.no_grad():
        for first in range(0, len(order), 32):
            chosen = order[first : first + 32]
            rows = np.zeros((len(chosen), lengths[chosen].max()), dtype=np.int64)
            for row, window in zip(rows, chosen, strict=True):
                row[: lengths[window]] = windows.tokens[windows.offsets[window] : windows.offsets[window + 1]]
            places = np.arange(1, rows.shape[1])
            asked = (places >= windows.answers[chosen, None]) & (places < lengths[chosen, None])
            losses = np.zeros(asked.shape)
            losses[asked] = _measure_losses(weights, torch.from_numpy(rows), torch.from_numpy(asked), mask)
            total[chosen] = losses.sum(axis=1) / np.log(2)
    return total


def _fix_threads() -> None:
    """The sum of floats depends on how many threads share it, so: one."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)


def _draw_weights(size: int, seed: int) -> Weights:
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int, scale: float) -> torch.Tensor:
        return torch.randn(*shape, generator=generator) * scale

    weights = {
        "embedding": normal(size, WIDTH, scale=0.02),
        "bias": torch.zeros(size),
        "shift": torch.zeros(WIDTH),
        "qkv": normal(3 * WIDTH, WIDTH, scale=WIDTH**-0.5),
        "out": torch.zeros(WIDTH, WIDTH),
        "up": normal(4 * WIDTH, WIDTH, scale=WIDTH**-0.5),
        "down": torch.zeros(WIDTH, 4 * WIDTH),
    }
    return {name: weight.requires_grad_() for name, weight in weights.items()}


def _compute_states(weights: Weights, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """What the model holds at every place: one block, its attention seeing each token's neighbour too."""
    batch, length = tokens.shape
    x = F.rms_norm(F.embedding(tokens, weights["embedding"]), (WIDTH,))
    x = x + F.pad(x, (0, 0, 1, 0))[:, :-1] * weights["shift"]
    heads = F.linear(F.rms_norm(x, (WIDTH,)), weights["qkv"])
    query, key, value = heads.view(batch, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
    seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, :length, :length])
    x = x + F.linear(seen.transpose(1, 2).reshape(batch, length, WIDTH), weights["out"])
    x = x + F.linear(F.relu(F.linear(F.rms_norm(x, (WIDTH,)), weights["up"])).square(), weights["down"])
    return F.rms_norm(x, (WIDTH,))


def _score_tokens(weights: Weights, states: torch.Tensor) -> torch.Tensor:
    """Of every token to come next."""
    return F.linear(states, weights["embedding"], weights["bias"])


def _measure_losses(
    weights: Weights, rows: torch.Tensor, asked: torch.Tensor, mask: torch.Tensor
) -> np.ndarray:
    """Of the tokens asked for only: scoring the vocabulary costs more than all before."""
    scores = _score_tokens(weights, _compute_states(weights, rows[:, :-1], mask)[asked])
    return F.cross_entropy(scores, rows[:, 1:][asked], reduction="none").numpy().astype(np.float64)


def _make_mask(length: int) -> torch.Tensor:
    """No look ahead, and a penalty on distance per head (ALiBi, Press et al. 2022, arXiv:2108.12409)."""
    distance = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    slopes = 2.0 ** -(torch.arange(1, HEADS + 1) * 8 / HEADS)
    return (-slopes[:, None, None] * distance).masked_fill(distance < 0, float("-inf"))
