"""The swarm: the mixes that the proxy models are trained on.

After RegMix (Liu et al. 2024, arXiv:2407.01492), `mixture_config/synthesize_mixture.py`: Dirichlet draws
around the natural mix, at strengths from nearly one-source to nearly natural.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl

TRIES = 200  # candidates drawn per wanted mix before a candidate is clipped instead of rejected
NOT_SOURCES = ("mix", "role")


def sample(
    files: Sequence[Path],
    out: Path,
    *,
    counts: Path,
    proxy_tokens: int,
    mixes: int = 64,
    held_out: int = 8,
    temperature: float = 0.5,
    min_strength: float = 0.1,
    max_strength: float = 5.0,
    max_epochs: float = 15.0,
    seed: int = 0,
) -> Annotated[None, NOT_SOURCES]:
    """Write `swarm.parquet`, and each of its rows alone as `mix=0000.parquet`, for stages `by = "mix"`.

    Columns: `mix` (Int64, from 0), `role` (String), and one Float64 column per source, named as the
    source: its share of the training tokens. A row sums to 1. Roles, in this order: `natural`, `uniform`,
    `corner` (one source alone, where the cap allows it), `swarm`, `held_out` (drawn as the swarm is, but
    kept from every fit, to measure it).

    `counts` is the folder of `mixing.count:by_source`; `files` is not read. A draw is
    Dirichlet(strength * prior), with the prior proportional to natural weight ** temperature and the
    strength log-uniform in [min_strength, max_strength].

    No mix repeats a source more than `max_epochs` times in `proxy_tokens` tokens (of the counts' tokenizer;
    the proxies' own tokens are shorter, so that their text repeats less than this): a draw that would is
    rejected and drawn again. Where the caps are so tight that 200 draws per mix do not suffice, the rest
    are clipped: a source above its cap is set to it, and the excess goes to the others in proportion.
    The uniform mix, and a natural one under `max_epochs` below 1, are clipped in the same way. `swarm.json`
    records the caps and how many draws were rejected and clipped.

    Errors: ValueError where even all sources at `max_epochs` do not give `proxy_tokens`, where the strengths
    are not 0 < min <= max, or where a source is called `mix` or `role`.
    """
    counted = _read_tokens(counts)
    tokens = np.array(list(counted.values()))
    caps = _limit_weights(tokens, max_epochs, proxy_tokens)
    natural = tokens / tokens.sum()
    prior = natural**temperature / (natural**temperature).sum()
    drawn, record = _draw(seed, prior, caps, mixes + held_out, min_strength, max_strength)
    roles = ["swarm"] * mixes + ["held_out"] * held_out
    _write(out, list(counted), [*_list_anchors(natural, caps), *zip(roles, drawn, strict=True)])
    record["caps"] = dict(zip(counted, caps.tolist(), strict=True))
    (out / "swarm.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def clip(weights: np.ndarray, caps: np.ndarray) -> np.ndarray:
    """`weights`, with none above its cap and the excess given to the others in proportion; sums to 1.

    `caps` must sum to at least 1. A source of weight 0 gets a part only where the others are all full.
    """
    clipped: np.ndarray = weights / weights.sum()
    full = np.zeros(len(caps), dtype=bool)
    while (clipped > caps).any():
        full |= clipped >= caps
        room = max(1.0 - caps[full].sum(), 0.0)
        free = np.where(full, 0.0, weights)
        if not free.any():  # the others had no weight: share by the room they have
            free = np.where(full, 0.0, caps)
        if free.any():
            free = free / free.max()  # before the sum: weights may be as small as floats get
            free = free / free.sum()
        clipped = np.where(full, caps, free * room)
    return clipped


def _read_tokens(counts: Path) -> dict[str, int]:
    """Tokens by source, without the sources that have none."""
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    tokens = {source: row["tokens"] for source, row in sorted(table.items()) if row["tokens"] > 0}
    if clash := set(tokens) & set(NOT_SOURCES):
        raise ValueError(f"a source may not be called {clash.pop()!r}: the swarm has a column of that name")
    return tokens


def _list_anchors(natural: np.ndarray, caps: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The mixes that are not drawn, with their roles."""
    corners = [corner for corner, cap in zip(np.eye(len(caps)), caps, strict=True) if cap == 1]
    uniform = np.full(len(caps), 1 / len(caps))
    return [
        ("natural", clip(natural, caps)),
        ("uniform", clip(uniform, caps)),
        *(("corner", corner) for corner in corners),
    ]


def _limit_weights(tokens: np.ndarray, max_epochs: float, proxy_tokens: int) -> np.ndarray:
    """The largest weight of each source."""
    caps = np.minimum(max_epochs * tokens / proxy_tokens, 1.0)
    if caps.sum() < 1:
        raise ValueError(
            f"proxy_tokens = {proxy_tokens} is more than all sources give in max_epochs = {max_epochs}; "
            f"they have {tokens.sum()} tokens"
        )
    return caps


def _draw(
    seed: int, prior: np.ndarray, caps: np.ndarray, wanted: int, low: float, high: float
) -> tuple[list[np.ndarray], dict[str, Any]]:
    if not 0 < low <= high:
        raise ValueError(f"strengths must be 0 < min <= max, not {low} and {high}")
    rng = np.random.default_rng(seed)
    drawn: list[np.ndarray] = []
    clipped = tries = 0
    while len(drawn) < wanted:
        strength = np.exp(rng.uniform(np.log(low), np.log(high)))
        weights = rng.dirichlet(strength * prior)
        tries += 1
        if (weights <= caps).all():
            drawn.append(weights)
        elif tries > TRIES * wanted:
            drawn.append(clip(weights, caps))
            clipped += 1
    return drawn, {"drawn": tries, "rejected": tries - len(drawn), "clipped": clipped}


def _write(out: Path, sources: list[str], rows: list[tuple[str, np.ndarray]]) -> None:
    weights = np.array([weights for _, weights in rows])
    table = pl.DataFrame({"mix": range(len(rows)), "role": [role for role, _ in rows]}).with_columns(
        pl.Series(source, weights[:, i]) for i, source in enumerate(sources)
    )
    table.write_parquet(out / "swarm.parquet")
    for mix in range(len(rows)):
        table[mix : mix + 1].write_parquet(out / f"mix={mix:04d}.parquet")
