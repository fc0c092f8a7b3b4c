"""What a filter is worth to a model: proxies trained with it and without it, on as many tokens each.

The documents come in blocks, one for each seed, so that no two seeds learn from the same one: intervals then
hold for other documents of the run too. A source of the mixes is named `<kind>.<block>`. Kinds:

    kept     stays as it is                                   with the filter and without
    more     stays as well: as many tokens as were taken away with the filter
    after    what the filter left of documents that it cut    with the filter
    before   these, as they came                              without
    dropped  went                                             without
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat

from winnow.files import write_json
from winnow.mixing.design.rows import tabulate, write
from winnow.mixing.regression import paired
from winnow.ranges import Ratio

TELLS = {"files": {"verdict": "worth.json"}}

ON, OFF = "on", "off"
HELD = {ON: ("kept", "more", "after"), OFF: ("kept", "before", "dropped")}
TEXT = "text:"  # evals of held-out text
MIN_SEEDS = 2

Row = dict[str, Any]


def plan(files: Sequence[Path], out: Path) -> Annotated[None, "mix", "role", "seed", "round"]:
    """Write `swarm.parquet` and each of its rows alone as `mix=0000.parquet`: of each block one mix with the
    filter (`role` on) and one without (off), `seed` being the block's number.

    Reads `prepared.json` of `mixing.proxies:prepare`, whose sources are named as above. A mix holds the text
    of its kinds by their tokens. `plan.json` says how many tokens each mix has (`tokens`), and which share
    of what came the filter takes away (`taken`, of tokens); `counts.json` is as `mixing.count:by_source`
    writes it.

    Errors: ValueError where a source is named otherwise, where a block has no text with the filter or
    without, or where there are fewer than two blocks.
    """
    path = next((file for file in files if file.name == "prepared.json"), None)
    if path is None:
        raise ValueError("no prepared.json: is this stage `after` mixing.proxies:prepare?")
    tokens: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["sources"]
    rows = [
        (role, block, _weigh(tokens, role, block)) for block in _list_blocks(tokens) for role in (ON, OFF)
    ]
    write(out, tabulate(list(tokens), rows, first=0, number=0))
    write_json(out / "plan.json", _describe(tokens))
    write_json(out / "counts.json", {source: {"tokens": number} for source, number in tokens.items()})


def judge(
    files: Annotated[Sequence[Path], "mix", "eval", "value", "proxy", "size", "train_tokens"],
    out: Path,
    *,
    mixes: Path,
    evals: dict[str, NonNegativeFloat] | None = None,
    families: dict[str, list[str]] | None = None,
    confidence: Ratio = 0.95,
) -> None:
    """Write `worth.json`: what the filter is worth in bits per byte, by proxy, with intervals.

    `files` holds the `scores.parquet` of proxies trained on the mixes of `plan`, whose folder is `mixes`; of
    one kind of proxy or of several. Of each it says, under `proxies`: `seeds`, `tokens` (that each proxy
    learned), `mean` (over evals), `families`, `evals` and `texts` (held-out text, by what is after `text:`),
    each a row: `on` and `off` (means over seeds), `worth` (off - on: above 0 the filter helps), `low` and
    `high` (its interval, Student's over paired seeds), `least` (half of that: the least effect that could be
    seen), and `said`: `helps`, `harms` or `not seen`, which is not to say that there is none.

    Each interval has the `confidence` for itself: of twenty, one lies beside the truth. It is for other
    documents and other first weights, but for these items of the evals. `families` name evals that count
    as one; `evals` weighs evals and families (alike where it is not given; what it does not name is told, and
    not in the mean). Changes in a proxy that is small are not those of a large model.

    Errors: ValueError where fewer than two seeds have all scores, both with the filter and without.
    """
    plans = pl.concat([pl.read_parquet(file, glob=False) for file in sorted(mixes.glob("mix=*.parquet"))])
    scores = _read_scores(files).join(plans.select("mix", "role", "seed"), on="mix")
    told = {}
    for (size, proxy), rows in sorted(scores.group_by("size", "proxy"), key=lambda found: found[0]):
        name = f"{proxy} {size / 1e6:.2g}M" if size else str(proxy)
        names, seeds, values = _tabulate(rows, name)
        told[name] = {
            "seeds": seeds,
            "tokens": int(rows["train_tokens"].max() or 0),  # type: ignore[arg-type]
            **_compare(names, values, evals, families or {}, confidence),
        }
    about = json.loads((mixes / "plan.json").read_text(encoding="utf-8"))
    unit = "bits per byte; worth is off - on"
    write_json(out / "worth.json", {"unit": unit, "confidence": confidence, **about, "proxies": told})


def _list_blocks(tokens: dict[str, int]) -> list[int]:
    named = {source: source.rpartition(".") for source in tokens}
    kinds = {kind for of in HELD.values() for kind in of}
    if wrong := [
        source for source, (kind, _, block) in named.items() if kind not in kinds or not block.isdigit()
    ]:
        raise ValueError(
            f"the source {wrong[0]!r} is none of {', '.join(sorted(kinds))} with a block's number"
        )
    blocks = sorted({int(block) for *_, block in named.values()})
    if len(blocks) < MIN_SEEDS:
        raise ValueError(
            f"text of {len(blocks)} blocks: at least {MIN_SEEDS} are needed to tell worth from noise"
        )
    return blocks


def _weigh(tokens: dict[str, int], role: str, block: int) -> np.ndarray:
    """The weights of all sources in the mix of a block, with the filter or without."""
    mine = {f"{kind}.{block}" for kind in HELD[role]}
    weights = np.array([float(number) if source in mine else 0.0 for source, number in tokens.items()])
    if not weights.any():
        raise ValueError(f"block {block} has no text {'with' if role == ON else 'without'} the filter")
    # What both mixes of a block hold has the same weight in both, so that it is drawn alike.
    both = np.array([source == f"kept.{block}" for source in tokens])
    sizes = [sum(tokens.get(f"{kind}.{block}", 0) for kind in HELD[each]) for each in (ON, OFF)]
    shared = weights[both].sum() / np.mean(sizes)
    if weights[~both].any() and shared < 1:
        weights = np.where(both, weights / np.mean(sizes), weights * (1 - shared) / weights[~both].sum())
    return np.asarray(weights / weights.sum())


def _describe(tokens: dict[str, int]) -> dict[str, Any]:
    sums = {
        kind: sum(number for source, number in tokens.items() if source.rpartition(".")[0] == kind)
        for kind in dict.fromkeys((*HELD[ON], *HELD[OFF]))
    }
    blocks, off = _list_blocks(tokens), sum(sums[kind] for kind in HELD[OFF])
    each = {
        f"{role} {block}": sum(tokens.get(f"{kind}.{block}", 0) for kind in HELD[role])
        for block in blocks
        for role in HELD
    }
    taken = sums["dropped"] + sums["before"] - sums["after"]
    return {"taken": taken / off, "by_kind": sums, "tokens": each}


def _read_scores(files: Sequence[Path]) -> pl.DataFrame:
    """Scores by mix, eval and proxy, lower is better."""
    tables = [pl.read_parquet(file, glob=False) for file in files if file.name == "scores.parquet"]
    if not tables:
        raise ValueError("no scores.parquet: is this stage `after` one that trains proxies?")
    return pl.concat(tables).select("mix", "eval", "value", "proxy", "size", "train_tokens")


def _tabulate(rows: pl.DataFrame, proxy: str) -> tuple[list[str], list[int], np.ndarray]:
    """Evals, the seeds that have all scores, and these by role (on, off), seed and eval."""
    rows = rows.filter(pl.col("value").is_finite())
    names = sorted(rows["eval"].unique())
    whole, values = paired.tabulate(rows, (ON, OFF), names)
    if len(whole) < MIN_SEEDS:
        raise ValueError(
            f"{proxy}: {len(whole)} of {rows['seed'].n_unique()} seeds have all scores with the filter and"
            f" without; at least {MIN_SEEDS} are needed to tell worth from noise"
        )
    return names, whole, values


def _compare(
    names: list[str],
    values: np.ndarray,
    evals: dict[str, float] | None,
    families: dict[str, list[str]],
    confidence: float,
) -> dict[str, Any]:
    by_name = {name: values[:, :, i] for i, name in enumerate(names)}
    texts = {name.removeprefix(TEXT): by_name.pop(name) for name in names if name.startswith(TEXT)}
    groups = {
        family: np.mean([by_name[name] for name in members if name in by_name], axis=0)
        for family, members in families.items()
        if any(name in by_name for name in members)
    }
    alone = by_name.keys() - {name for members in families.values() for name in members}
    weights = evals or dict.fromkeys([*groups, *sorted(alone)], 1.0)
    # An eval weighed by its own name counts by that, in a family or not.
    counted = {name: one for name, one in {**by_name, **groups}.items() if weights.get(name, 0) > 0}
    told = {
        "families": _estimate_all(groups, confidence),
        "evals": _estimate_all(by_name, confidence),
        "texts": _estimate_all(texts, confidence),
    }
    if not counted:
        return {"mean": None, **told}
    shares = [weights[name] for name in counted]
    return {"mean": _estimate(np.average(list(counted.values()), axis=0, weights=shares), confidence), **told}


def _estimate_all(values: dict[str, np.ndarray], confidence: float) -> dict[str, Row]:
    return {name: _estimate(one, confidence) for name, one in values.items()}


def _estimate(values: np.ndarray, confidence: float) -> Row:
    """A row of `worth.json`, of values (on and off, seeds)."""
    found = paired.estimate(values, 1, 0, confidence)
    said: Literal["helps", "harms", "not seen"] = (
        "helps" if found["low"] > 0 else "harms" if found["high"] < 0 else "not seen"
    )
    on, off = values.mean(axis=1).tolist()
    least = (found["high"] - found["low"]) / 2
    return {
        "on": on,
        "off": off,
        "worth": found["mean"],
        "low": found["low"],
        "high": found["high"],
        "least": least,
        "said": said,
    }
