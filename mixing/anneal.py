"""Proxies of two phases: one is trained on the first phase for each seed, and goes on with each mix of the
last.

Only transformers tell in which order text was read: the n-grams' counts (`mixing.ngram`) are the same in any
order.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from pydantic import PositiveFloat, PositiveInt

from winnow.files import write_json, write_messages
from winnow.mixing.phase import plan as plans
from winnow.mixing.proxy import draws
from winnow.mixing.proxy import train as proxy
from winnow.mixing.proxy.windows import EVERY, HELD_OUT
from winnow.mixing.regression.tables import read_mixes

if TYPE_CHECKING:
    from winnow.mixing.proxy import anneal

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (("torch", "begin", {}), ("torch", "train", {}))


def begin(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    data: Path,
    phase: Path,
    proxy_tokens: PositiveInt,
    repeats: PositiveInt = 6,
    seeds: PositiveInt = 3,
    size: PositiveInt = 200_000,
    rate: PositiveFloat = 0.008,
) -> None:
    """Train a transformer on the first phase's mix with each seed, and keep it as it stands.

    `data` is the folder of `mixing.proxies:prepare`, `phase` that of `mixing.phases:plan`. `proxy_tokens` are
    of both phases together, shared as the plan's budgets are; `size` and `rate` as in `mixing.proxies:train`.
    The rate rises for a tenth of the updates and stays. Seeds are `repeats`, as many as
    `mixing.phases:sample` has, and after them `seeds` for the proof, as many as `mixing.optimize:solve` has.

    Writes `seed=0000.npz` (weights, AdamW's moments) and `checkpoint.json`: what `train` goes on with.
    `files` is not read. Errors: ValueError where data and plan are of different sources, or a phase gets no
    whole sequence."""
    from winnow.mixing.proxy import anneal, transformer  # need torch

    prepared, plan = proxy.load(data), plans.read(phase)
    weights = proxy.check_weights({"mix": "of the first phase", **plan["weights"]}, list(prepared.streams))
    numbers = _share_tokens(plan, proxy_tokens, prepared.length)
    shape = transformer.choose_shape(size, prepared.vocabulary)
    for seed in range(repeats + seeds):
        rows = draws.draw(prepared.streams, weights, numbers[0], prepared.length, seed)
        state = anneal.begin(rows, prepared.vocabulary, shape, rate, seed)
        arrays = {f"weights {name}": array for name, array in state.weights.items()}
        for which, moments in state.moments.items():
            arrays |= {f"{which} {name}": array for name, array in moments.items()}
        np.savez(out / f"seed={seed:04d}.npz", **arrays)  # type: ignore[arg-type]
    about = {
        "weights": plan["weights"],
        "sequences": numbers,
        "size": transformer.count_parameters(shape, prepared.vocabulary),
        **{"rate": rate, "seeds": repeats + seeds, "steps": state.steps, "batch": state.batch},
    }
    write_json(out / "checkpoint.json", about)
    tokens = numbers[0] * prepared.length
    write_messages(out, [f"{repeats + seeds} proxies read {tokens:,} tokens of the first phase"])


def train(
    files: Annotated[Sequence[Path], "mix", "seed"],
    out: Path,
    *,
    data: Path,
    checkpoint: Path,
) -> Annotated[
    None, "mix", "seed", "eval", "value", "unit", "items", "bytes", "train_tokens", "size", "proxy"
]:
    """Let the proxy of a mix's seed go on with the mix as its last phase, and write its scores.

    Meant for a stage `by = "mix"`; `checkpoint` is the folder of `begin`, `data` as there. The rate falls
    evenly to 0. Of each source are read the sequences that come after those of the first phase, so that none
    is read again before all were. `scores.parquet` and `messages.json` are as those of
    `mixing.proxies:train`; one eval more, `source:*`, is the mean of the sources' held-out texts, each by
    its share in the first phase.

    Errors: ValueError where a mix is of other sources, or there is no proxy of its seed.
    """
    from winnow.mixing.proxy import anneal, transformer  # need torch

    prepared = proxy.load(data)
    about = json.loads((checkpoint / "checkpoint.json").read_text(encoding="utf-8"))
    mixes = read_mixes(files, "train on", "mixing.phases:sample")
    first = np.array([about["weights"][source] for source in prepared.streams])
    taken = draws.share(first, about["sequences"][0])
    tables, failed = [pl.DataFrame(schema=proxy.SCHEMA)], []
    for row in mixes.sort("mix", "seed").iter_rows(named=True):
        weights = proxy.check_weights(row, list(prepared.streams))
        state = _load(checkpoint, about, row["seed"])
        rows = draws.draw(
            prepared.streams, weights, about["sequences"][1], prepared.length, row["seed"], taken=taken
        )
        try:
            bits = transformer.measure_bits(anneal.finish(state, rows, about["rate"]), prepared.windows)
        except transformer.Diverged as error:
            failed.append({"mix": row["mix"], "seed": row["seed"], "size": about["size"], "why": str(error)})
            continue
        tokens = sum(about["sequences"]) * prepared.length
        marks = {"train_tokens": tokens, "size": about["size"], "proxy": "transformer, two phases"}
        tables.append(_add_held_out(proxy.tabulate(row, bits, prepared, marks), about["weights"]))
    scores = pl.concat(tables)
    scores.write_parquet(out / "scores.parquet")
    counts = {"trained": scores.select("mix", "seed").n_unique(), "failed": len(failed)}
    says = [f"mix {one['mix']}, seed {one['seed']}: the proxy failed: {one['why']}" for one in failed]
    write_messages(out, says, counts, failed=failed)


def _share_tokens(plan: dict[str, Any], tokens: int, length: int) -> list[int]:
    """Sequences of each phase, in the shares of the budgets."""
    budgets = [one["tokens"] for one in plan["phases"]]
    numbers = [int(tokens * budget / sum(budgets)) // length for budget in budgets]
    for one, number in zip(plan["phases"], numbers, strict=True):
        if number < 1:
            raise ValueError(
                f"phase {one['name']!r} gets no sequence of {length} tokens of proxy_tokens = {tokens}:"
                " raise it"
            )
    return numbers


def _load(checkpoint: Path, about: dict[str, Any], seed: int) -> "anneal.State":
    from winnow.mixing.proxy import anneal

    path = checkpoint / f"seed={seed:04d}.npz"
    if not path.exists():
        raise ValueError(
            f"there is no proxy of the first phase with seed {seed}: mixing.anneal:begin trained"
            f" {about['seeds']}; its `repeats` are those of mixing.phases:sample, its `seeds` those of"
            " mixing.optimize:solve"
        )
    with np.load(path) as kept:
        parts: dict[str, dict[str, np.ndarray]] = {}
        for key in kept.files:
            which, name = key.split(" ", 1)
            parts.setdefault(which, {})[name] = kept[key]
    weights = parts.pop("weights")
    return anneal.State(weights, parts, about["steps"], about["batch"])


def _add_held_out(table: pl.DataFrame, weights: dict[str, float]) -> pl.DataFrame:
    """With a row for all held-out text, in the first phase's shares."""
    shares = pl.DataFrame(
        {"eval": [HELD_OUT + name for name in weights], "share": list(weights.values())},
        schema_overrides={"share": pl.Float64},
    )
    rows = table.join(shares, on="eval", how="inner")
    if not len(rows) or not rows["share"].sum():
        return table
    value = float((rows["value"] * rows["share"]).sum()) / float(rows["share"].sum())
    whole = table.head(1).with_columns(
        eval=pl.lit(EVERY),
        value=pl.lit(value),
        items=pl.lit(int(rows["items"].sum()), pl.Int64),
        bytes=pl.lit(int(rows["bytes"].sum()), pl.Int64),
    )
    return pl.concat([table, whole])
