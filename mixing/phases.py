"""Two phases of a training run: the last one's mix is solved against its own evals, given what the first one
read.

What is learned last weighs most, so the last phase is short, and of what its evals ask for; and what the
first phase read is read: repeats count over both.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from winnow.files import write_json, write_messages
from winnow.mixing.design.rows import Row, tabulate, take_turns, write
from winnow.mixing.design.space import Space, clip, fill
from winnow.mixing.phase import page, proof
from winnow.mixing.phase import plan as plans
from winnow.mixing.phase.plan import Phase
from winnow.mixing.regression.tables import NOT_SOURCES

TELLS = {
    "files": {"phases": "phases.parquet", "why": "confirmed.json"},
    "functions": {"phases": "mixing.phase.told:list_phases"},
}

REACH = 1.5  # a little more than the last phase may take, so that laws do not end where the answer may lie
NEAR = 0.05  # total variation, within which natural is not tried beside continued: their change is all noise


def plan(
    files: Annotated[Sequence[Path], plans.LEFT],
    out: Path,
    *,
    counts: Path,
    weights: Path,
    phases: list[Phase],
    index: Path | None = None,
    max_epochs: PositiveFloat = 4.0,
    max_loss: NonNegativeFloat = 0.02,
) -> None:
    """Write `plan.json`: what two phases are, and what the first leaves to the last.

    `phases` are two tables, `name`, `tokens`, and of the last `evals` and perhaps `families`, as in
    `mixing.optimize:solve`: `[{ name = "main", tokens = 6_000_000 }, { name = "last", tokens = 1_500_000,
    evals = { gsm8k = 1.0 } }]`. The evals of the first are its own `evals`, or those that its mix was solved
    for. `weights` is the first phase's mix: the folder of `mixing.confirm:judge`, or a file
    `{"weights": {source: share}}`; `counts` is the folder of `mixing.count:by_source`.

    `files` are the documents that train, of which only `contamination_left` is read: none may hold an item of
    an eval of either phase, and that of all of these was looked for, `index` says, the folder of
    `dedup.contamination:index` that `dedup.contamination:check` had. What is not given is said on the screen.

    `plan.json`: `phases` (each `name`, `tokens`, `evals`, `families`), `weights` (of the first), `tokens` by
    source, `before` (how often the first read each source), `most` (the weight that `max_epochs`, over both
    phases, leaves each source in the last), `continued` (the first's mix under these), `max_epochs`,
    `max_loss` (how much worse the proof may find all held-out text than with `continued`, bits per byte),
    `unchecked` (evals that may stand in the documents, as far as is known), `documents` (how many were seen).

    Errors: ValueError for a phase without a name or a budget, a last phase without evals, weights that name
    an unknown source, evals that are not in `index` or of which documents hold items, documents that were not
    checked, and budgets that `max_epochs` does not allow.
    """
    first, last = plans.check_phases(phases)
    tokens = plans.read_counts(counts)
    mix, aimed = plans.read_weights(weights, first["name"], tokens)
    budgets = first["tokens"], last["tokens"]
    before, most, continued = plans.leave(mix, tokens, budgets, max_epochs, first["name"])
    asked = plans.list_asked(first.get("evals"), first.get("families")) or aimed
    names = {*asked, *plans.list_asked(last["evals"], last.get("families"))}
    unchecked, documents = plans.check_evals(names, index, files)
    rows = [
        {"name": one["name"], "tokens": one["tokens"], "evals": evals, "families": one.get("families")}
        for one, evals in ((first, first.get("evals") or dict.fromkeys(aimed, 1.0)), (last, last["evals"]))
    ]
    found: dict[str, Any] = {"phases": rows, "weights": mix, "tokens": tokens, "before": before, "most": most}
    found |= {"continued": continued, "max_epochs": max_epochs, "max_loss": max_loss, "unchecked": unchecked}
    found["documents"] = documents
    write_json(out / "plan.json", found)
    says = [f"phase {one['name']}: {one['tokens']:,} tokens" for one in rows]
    says += plans.describe_check(names, unchecked, documents)
    if cut := [name for name in mix if continued[name] < mix[name] - 1e-9]:
        says.append(f"max_epochs = {max_epochs:g} leaves less than a continued first phase takes of {cut}")
    write_messages(out, says)


def sample(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    phase: Path,
    mixes: PositiveInt = 24,
    held_out: NonNegativeInt = 4,
    repeats: PositiveInt = 6,
    temperature: NonNegativeFloat = 0.5,
    min_strength: PositiveFloat = 1.0,
    max_strength: PositiveFloat = 30.0,
    seed: NonNegativeInt = 0,
) -> Annotated[None, NOT_SOURCES]:
    """Write the swarm of the last phase, as `mixing.swarm:sample` writes one.

    Roles: `continued` and `natural`, each with every one of `repeats` seeds (a proxy of the first phase
    stands behind each: `mixing.anneal:begin`), `corner` (one source alone, where it may be), `swarm` and
    `held_out`. `phase` is the folder of `plan`; `files` is not read. Draws are as there, the prior the mean
    of natural weight ** `temperature` and of `continued`. No source has more than REACH times what
    `max_epochs` leaves it, a little more than the last phase may take, so that laws do not end where the
    answer may lie; and no less than 2% of room.

    Errors: ValueError where `repeats` is below 2: what a seed does could not be told.
    """
    if repeats < 2:
        raise ValueError(f"repeats = {repeats}: of one seed it is not known what a seed does; two at least")
    found = plans.read(phase)
    sources = list(found["tokens"])
    tokens, most, continued = (
        np.array([found[name][source] for source in sources]) for name in ("tokens", "most", "continued")
    )
    natural = clip(tokens / tokens.sum(), np.minimum(most, 1.0))
    flat = (tokens / tokens.sum()) ** temperature
    prior = (flat / flat.sum() + np.maximum(continued, 1e-3)) / 2
    caps = np.minimum(np.maximum(REACH * most, 0.02), 1.0)
    space = Space(prior / prior.sum(), np.zeros(len(prior)), caps, (min_strength, max_strength))
    drawn = fill(space, mixes + held_out, seed)
    apart = bool(np.abs(natural - continued).sum() / 2 > NEAR)
    rows = _list_anchors(continued, natural if apart else None, repeats)
    others = [("corner", corner) for corner, cap in zip(np.eye(len(caps)), caps, strict=True) if cap >= 1]
    others += [("swarm" if at < mixes else "held_out", mix) for at, mix in enumerate(drawn.mixes)]
    turns = take_turns(repeats, len(others))
    rows += [(role, turn, mix) for turn, (role, mix) in zip(turns, others, strict=True)]
    write(out, tabulate(sources, rows, first=0, number=0))
    record: dict[str, Any] = {"round": 0, "drawn": drawn.tries, "clipped": drawn.clipped}
    bounds = {"natural": continued, "prior": space.prior, "floors": space.floors, "caps": caps}
    for name, values in (bounds | {"target_caps": most}).items():
        record[name] = dict(zip(sources, values.tolist(), strict=True))
    write_json(out / "swarm.json", record)
    says = [f"{len(rows)} runs of the last phase, of {repeats} proxies of the first"]
    if not apart:
        says.append("natural shares are those of the first phase, or nearly: they are not trained beside it")
    write_messages(out, says)


def _list_anchors(continued: np.ndarray, natural: np.ndarray | None, repeats: int) -> list[Row]:
    """The mixes that all seeds train, whose differences tell what a seed does."""
    rows: list[Row] = [("continued", seed, continued) for seed in range(repeats)]
    if natural is not None:
        rows += [("natural" if seed == 0 else "repeat", seed, natural) for seed in range(repeats)]
    return rows


def judge(
    files: Annotated[Sequence[Path], "mix", "seed", "eval", "value"],
    out: Path,
    *,
    phase: Path,
    weights: Path,
) -> Annotated[None, proof.TABLE]:
    """Decide the last phase's mix, and write both phases: weights, a table, a page.

    `files` holds the `scores.parquet` of `mixing.anneal:train` on the mixes of `mixing.optimize:solve` (its
    folder is `weights`, `phase` that of `plan`). The chosen mix is confirmed if the interval of its gain over
    `continued` lies above 0, all held-out text (`source:*`) is worse by at most `max_loss` at the upper end
    of its interval, and no target is worse by more than the guard's bound; else `continued` is the last
    phase's mix.

    Writes a folder for each phase, by its name, with `weights.json` (`weights`, `natural`, `tokens`,
    `epochs`, `settings.budget_tokens`), as `mixing.sample:draw`, `mixing.tokens.order:plan` and
    `mixing.export:shards` take them; `phases.parquet`: `phase`, `budget_tokens`, `source`, `weight`, `tokens`
    (of it in the phase), `epochs` (in the phase), `epochs_so_far`; `confirmed.json`: what was `exported` and
    `why`, `detectable` as it was said before the proof, by reference (`continued`, `natural`, `best`) the
    `gain`, the `held_out` change and by eval the `change`, each with `low` and `high`; `phases.html`.

    Errors: ValueError where a mix was not trained, or with fewer than three seeds that all have.
    """
    found = plans.read(phase)
    solved = json.loads((weights / "weights.json").read_text(encoding="utf-8"))
    report = proof.judge(files, weights, solved, found)
    mixes = [found["weights"], report["mix"]]
    table = proof.tabulate(found, mixes)
    table.write_parquet(out / "phases.parquet")
    for one, mix in zip(found["phases"], mixes, strict=True):
        rows = table.filter(phase=one["name"])
        about = {
            "phase": one["name"],
            "weights": mix,
            "natural": {
                name: value / sum(found["tokens"].values()) for name, value in found["tokens"].items()
            },
            "tokens": found["tokens"],
            "epochs": dict(rows.select("source", "epochs").iter_rows()),
            "settings": {"budget_tokens": one["tokens"], "max_epochs": found["max_epochs"]},
        }
        (out / one["name"]).mkdir()
        write_json(out / one["name"] / "weights.json", about)
    write_json(out / "confirmed.json", report)
    (out / "phases.html").write_text(page.render(found, solved, report, table), encoding="utf-8")
    write_messages(out, [f"phase {found['phases'][1]['name']}: {report['exported']}: {report['why']}"])
