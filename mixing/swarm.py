"""The swarm: the mixes that the proxy models are trained on, in rounds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from threadpoolctl import threadpool_limits

from winnow.files import write_json, write_messages
from winnow.mixing.design.prior_mixes import carry, count_drawn
from winnow.mixing.design.rows import Row, list_anchors, list_drawn, tabulate, take_turns, write
from winnow.mixing.design.space import Space, fill, limit_epochs
from winnow.mixing.design.thompson import Values, draw, explore, find_best
from winnow.mixing.regression.model import Model, load, predict_members
from winnow.mixing.regression.tables import NOT_SOURCES, find_folder
from winnow.mixing.solver.noise import detectable_gain, foresee
from winnow.mixing.solver.problem import weigh_evals
from winnow.ranges import Ratio

STRENGTHS = (1.0, 30.0)  # of the draws among which a round looks for optima
PROOF_SEEDS = 5  # of a proof, when it is said which gain it will see
_BOUNDS = ("natural", "prior", "floors", "caps", "target_caps")


def sample(
    files: Sequence[Path],
    out: Path,
    *,
    counts: Path,
    proxy_tokens: PositiveInt,
    mixes: PositiveInt = 64,
    held_out: NonNegativeInt = 8,
    repeats: PositiveInt = 6,
    temperature: NonNegativeFloat = 0.5,
    min_strength: PositiveFloat = 1.0,
    max_strength: PositiveFloat = 30.0,
    max_epochs: PositiveFloat = 15.0,
    floors: dict[str, Ratio] | None = None,
    caps: dict[str, Ratio] | None = None,
    budget_tokens: PositiveInt | None = None,
    budget_epochs: PositiveFloat = 4.0,
    previous: Path | None = None,
    seed: NonNegativeInt = 0,
) -> Annotated[None, NOT_SOURCES]:
    """Write `swarm.parquet`, and each of its rows alone as `mix=0000.parquet`, for stages `by = "mix"`.

    Columns: `mix` (Int64, from 0), `role` (String), `seed` (Int64: what the proxy is trained with), `round`
    (Int64: 0) and one Float64 column per source, named as the source: its share of the training tokens. A row
    sums to 1. Roles, in this order: `natural`; `repeat` (the natural mix again, so that it is trained with
    each of `repeats` seeds: what all changes are told from is known best); `uniform`; `unimax`; `corner` (one
    source alone, where the cap allows it); `swarm`; `held_out` (drawn as the swarm is, but kept from every
    fit, to measure it). The others take these seeds in turn, so that no seed is what the fit learns.

    `counts` is the folder of `mixing.count:by_source`; `files` is not read. A draw is
    Dirichlet(strength * prior), with the prior proportional to natural weight ** temperature and the strength
    log-uniform in [min_strength, max_strength]; all draws are points of one scrambled Sobol sequence, so that
    they leave no gaps (`mixing/design/space.py`). `floors` and `caps` (by source) bound draws and corners;
    the natural, the uniform and the UniMax mix are as they are.

    No mix repeats a source more than `max_epochs` times in `proxy_tokens` tokens (of the counts' tokenizer;
    the proxies' own tokens are shorter, so that their text repeats less than this): a draw that would is
    passed over and the next taken. Where the caps are so tight that 200 draws per mix do not suffice, the
    rest are clipped: a source above its cap is set to it, and the excess goes to the others in proportion.
    The uniform mix, and a natural one under `max_epochs` below 1, are clipped in the same way. The UniMax mix
    (Chung et al. 2023, arXiv:2304.09151) is as even as it can be where a run of `budget_tokens` tokens (by
    default: all there are) reads no source more than `budget_epochs` times. `swarm.json` records caps,
    floors, prior and how many draws were rejected and clipped.

    `previous`, the `swarm.parquet` of an earlier run, has its drawn mixes come again, as far as their sources
    and these bounds allow, and only what lacks to `mixes` is drawn, or a quarter of `mixes` where a source is
    new, which all others have none of: with the `store` of `mixing.proxies:train` only those are trained.

    The screen says which gain a proof may see, by the noise of the demo's runs: this swarm's is unknown yet.

    Errors: ValueError where even all sources at their caps do not give `proxy_tokens`, where floors and caps
    contradict each other or name no source, where the strengths are not 0 < min <= max, where `repeats` is
    below 1, or where a source is called as a column of the swarm.
    """
    counted, empty = _read_tokens(counts)
    tokens = np.array(list(counted.values()), dtype=np.float64)
    natural = tokens / tokens.sum()
    limits = limit_epochs(tokens, max_epochs, proxy_tokens)
    if limits.sum() < 1:
        raise ValueError(
            f"proxy_tokens = {proxy_tokens} is more than all sources give in max_epochs = {max_epochs}; "
            f"they have {int(tokens.sum())} tokens"
        )
    low, high = _bound(list(counted), floors or {}, caps or {}, limits)
    target = np.minimum(limit_epochs(tokens, budget_epochs, budget_tokens or tokens.sum()), limits)
    prior = natural**temperature / (natural**temperature).sum()
    carried = carry(previous, list(counted), low, high) if previous else None
    wanted = count_drawn(carried, mixes, held_out)
    kept = sum(len(rows) for rows in carried.rows.values()) if carried else 0
    # Those before were the first of the same sequence, where nothing changed but `mixes`.
    drawn = fill(Space(prior, low, high, (min_strength, max_strength)), kept + sum(wanted), seed)
    anchors = list_anchors(natural, limits, target, (low, high), repeats)
    rows = [*anchors, *list_drawn(drawn.mixes[kept:], wanted, carried, repeats)]
    write(out, tabulate(list(counted), rows, first=0, number=0))
    record: dict[str, Any] = {"round": 0, "drawn": drawn.tries, "rejected": drawn.tries - len(drawn.mixes)}
    if carried:
        record |= {"carried": kept, "left_out": carried.left_out, "new_sources": carried.new}
    by_source = {"natural": natural, "prior": prior, "floors": low, "caps": high, "target_caps": target}
    named = {name: dict(zip(counted, values.tolist(), strict=True)) for name, values in by_source.items()}
    write_json(out / "swarm.json", record | {"clipped": drawn.clipped} | named)
    says = [f"the source {name} has no tokens and is in no mix" for name in empty]
    says.append(foresee(PROOF_SEEDS, len(rows), proxy_tokens))
    if carried:
        says += [f"previous: {kept} mixes come again, {carried.left_out} could not; {sum(wanted)} are drawn"]
    write_messages(out, says)


def propose(
    files: Annotated[Sequence[Path], "predicted"],
    out: Path,
    *,
    swarm: Path,
    mixes: PositiveInt = 16,
    max_mixes: PositiveInt = 128,
    evals: dict[str, NonNegativeFloat] | None = None,
    families: dict[str, list[str]] | None = None,
    kl: NonNegativeFloat = 0.0,
    epsilon: NonNegativeFloat = 0.005,
    apart: NonNegativeFloat = 0.02,
    seed: NonNegativeInt = 0,
) -> Annotated[None, NOT_SOURCES]:
    """Write the swarm with one more round: mixes near what may be the optimum.

    `files` are those of `mixing.fit:regress`, fitted to the rounds before; `swarm` is the folder of the last
    round, whose `swarm.parquet` comes again, with up to `mixes` new rows of role `swarm`, each of them alone
    as `mix=0071.parquet`. A later fit reads the scores of all rounds, and this folder.

    A new row is the optimum of one of the model's members (Thompson sampling), each member in turn, at least
    `apart` (total variation) from every other row; the members are fits to bootstraps of the runs, so the
    rows gather where the runs leave open what is best. Optimal is the lowest mean of the predicted values,
    weighted by `evals` and `families` as in `mixing.optimize:solve`, plus `kl` times KL(w || natural), under
    the swarm's floors and caps and the target run's epochs (`target_caps` in `swarm.json`).

    No row is proposed where `max_mixes` rows are there, and where the best mix has not moved: where what was
    best at the round before is, by the fit of now, within `epsilon` (of the evals' unit) of the best of now.
    `swarm.json` has `proposed`, `why`, the `best` mix, and `behind`: what the last round's best lacks to it.
    The screen also says which gain a proof with five seeds will be able to see.

    Errors: ValueError for an eval that was not fitted, and where fit and swarm are of different sources.
    """
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    record = json.loads((swarm / "swarm.json").read_text(encoding="utf-8"))
    model = load(find_folder(files, "model.json"))
    sources: list[str] = model["sources"]
    if set(sources) != set(table.columns) - set(NOT_SOURCES):
        raise ValueError(f"the fit is of the sources {sources}, the swarm of others")
    bounds = [np.array([record[name][source] for source in sources]) for name in _BOUNDS]
    aims = {"evals": evals, "families": families, "weighting": "even", "max_rises": None}
    targets = weigh_evals(model, aims)
    measure = _make_measure(model, targets, kl, bounds[0])
    number = record["round"] + 1
    known = table.select(sources).to_numpy()
    space = Space(bounds[1], bounds[2], np.minimum(bounds[3], bounds[4]), STRENGTHS)
    with threadpool_limits(1):
        posterior = explore(measure, space, known, seed + number)
        best = posterior.mixes[find_best(posterior)]
        behind = _measure_behind(measure, best, record.get("best"), sources)
    wanted = min(mixes, max_mixes - len(table))
    why = _format_reason(wanted, behind, epsilon, max_mixes)
    chosen = [] if why else draw(posterior, known, wanted, apart)
    seeds = sorted(table.filter(pl.col("role").is_in(["natural", "repeat"]))["seed"].unique()) or [0]
    turns = take_turns(len(seeds), len(chosen))
    rows: list[Row] = [
        ("swarm", seeds[turn], posterior.mixes[row]) for turn, row in zip(turns, chosen, strict=True)
    ]
    first = int(table["mix"].max()) + 1  # type: ignore[arg-type]
    write(out, tabulate(sources, rows, first, number).select(table.columns), table)
    found = {"proposed": len(rows), "why": why or "the best mix may still move"}
    best_mix = dict(zip(sources, best.tolist(), strict=True))
    write_json(out / "swarm.json", record | {"round": number, **found, "best": best_mix, "behind": behind})
    says = [f"round {number}: {found['why']}; {len(rows)} mixes more", *_foresee(model, targets)]
    write_messages(out, says)


def _foresee(model: Model, targets: dict[str, float]) -> list[str]:
    """Which gain a proof will be able to see, by the noise of the runs there are."""
    noise = [model["evals"][name]["noise"] for name in targets]
    if not noise or None in noise:
        return ["no mix was run twice: which gain can be seen is not known (`repeats`)"]
    least = detectable_gain(np.array(noise), np.array(list(targets.values())), PROOF_SEEDS)
    seen = f"a gain of {least['gain']:.4f} {model['unit']} or more in four cases of five"
    half = f"half of that takes {least['seeds_for_half']} seeds, or proxies of half the noise"
    return [f"a proof with {PROOF_SEEDS} seeds will see {seen}; {half}"]


def _make_measure(model: Model, targets: dict[str, float], kl: float, natural: np.ndarray) -> Values:
    """What each member says of mixes: (members, mixes)."""
    aimed = {**model, "evals": {name: model["evals"][name] for name in targets}}

    def measure(mixes: np.ndarray) -> np.ndarray:
        safe = np.maximum(mixes, 1e-12)
        pull = kl * (safe * np.log(safe / natural)).sum(axis=1)
        scores = np.einsum("e,mex->mx", np.array(list(targets.values())), predict_members(aimed, mixes))
        return np.asarray(scores + pull)

    return measure


def _measure_behind(
    measure: Values, best: np.ndarray, before: dict[str, float] | None, sources: list[str]
) -> float | None:
    """What the last round's best lacks to that of now, by all members together; null where none was said."""
    if before is None:
        return None
    values = measure(np.array([best, [before[source] for source in sources]])).mean(axis=0)
    return float(values[1] - values[0])


def _format_reason(wanted: int, behind: float | None, epsilon: float, max_mixes: int) -> str | None:
    """Why no mix is proposed; None where some are."""
    if wanted <= 0:
        return f"max_mixes = {max_mixes} mixes are there"
    if behind is not None and behind <= epsilon:
        return f"the best mix has not moved: that of the round before is within {epsilon} of it"
    return None


def _read_tokens(counts: Path) -> tuple[dict[str, int], list[str]]:
    """Tokens by source, without the sources that have none; these."""
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    tokens = {source: row["tokens"] for source, row in sorted(table.items()) if row["tokens"] > 0}
    if clash := sorted(set(tokens) & set(NOT_SOURCES)):
        raise ValueError(f"a source may not be called {clash[0]!r}: the swarm has a column of that name")
    return tokens, sorted(set(table) - set(tokens))


def _bound(
    sources: list[str], floors: dict[str, float], caps: dict[str, float], limits: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least and most of each source's weight."""
    if unknown := sorted((set(floors) | set(caps)) - set(sources)):
        raise ValueError(f"floors or caps for {unknown}, but the sources with tokens are {sources}")
    low = np.array([floors.get(source, 0.0) for source in sources])
    high = np.minimum([caps.get(source, 1.0) for source in sources], limits)
    if (low < 0).any() or low.sum() > 1:
        raise ValueError("floors must be at least 0 and sum to at most 1")
    if crossed := [source for source, least, most in zip(sources, low, high, strict=True) if least > most]:
        raise ValueError(f"the floors of {crossed} are above their caps (those of max_epochs counted)")
    if high.sum() < 1:
        raise ValueError(f"all sources at their caps sum to {high.sum():.3g}, below 1")
    return low, high
