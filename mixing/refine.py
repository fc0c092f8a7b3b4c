"""A further round where the proof did not bear out the chosen mix: what it measured enters the fit.

Before the natural mix goes out, or one that nobody solved for, the runs of the proof are fitted beside the
swarm's, and the mix is solved again. Where the proof stands, what it judged is handed on as it is.
"""

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from pydantic import PositiveInt

from winnow.files import write_messages
from winnow.mixing import fit, optimize
from winnow.mixing.confirm import CHOSEN, NATURAL

TELLS = {"files": {"mix": "weights.json"}}
UNLIMITED = ("max_rise", "max_epochs", "decay")  # null in JSON: no limit
HANDED = ("model.json", "fit.json", "predictions.parquet")


def solve(
    files: Annotated[Sequence[Path], "mix", "seed", "eval", "value", "unit", "size", "proxy"],
    out: Path,
    *,
    confirmed: Path,
    weights: Path,
    fitted: Path,
    counts: Path,
    swarm: Path,
    data: Path | None = None,
    seeds: PositiveInt = 3,
) -> Annotated[None, "mix", "role", "seed", "round"]:
    """Where the proof refuted or bettered the chosen mix, fit and solve again with what the proof measured.

    `files` holds the `scores.parquet` of the swarm and of the proof, of one size; `confirmed` is the folder
    of `mixing.confirm:judge`, `weights` that of the solution which it judged, `fitted`, `counts`, `swarm` and
    `data` those that it was solved with, by the settings that `weights.json` has. Writes all that
    `mixing.fit:regress`, `mixing.optimize:solve` and the swarm's step write, `swarm.parquet` with the mixes
    of the proof, and new ones to prove, by `seeds` fresh seeds each. Where the chosen mix
    was confirmed and no other gained more beyond the noise, or natural was chosen, the earlier fit and
    solution are written as they are, `stands` in `weights.json`, and no mix: there is nothing to train.
    """
    came, solved = (json.loads(path.read_text(encoding="utf-8")) for path in _name_files(confirmed, weights))
    shutil.copyfile(swarm / "swarm.json", out / "swarm.json")
    if not came["sizes"] or _stands(came):
        for path in [*(fitted / name for name in HANDED), swarm / "swarm.parquet"]:
            shutil.copyfile(path, out / path.name)
        text = json.dumps(solved | {"stands": True}, indent=2, allow_nan=False)
        (out / "weights.json").write_text(text + "\n", encoding="utf-8")
        write_messages(out, ["the proof stands: no further round"])
        return
    _join_swarm(swarm, weights).write_parquet(out / "swarm.parquet")
    fit.regress([file for file in files if file.name == "scores.parquet"], out, swarm=out)
    settings = _read_settings(solved["settings"])
    predictions = [out / "predictions.parquet"]
    optimize.solve(predictions, out, counts=counts, swarm=out, data=data, seeds=seeds, **settings)
    said = json.loads((out / "messages.json").read_text(encoding="utf-8"))["says"]
    write_messages(out, [f"a further round, since {came['exported']} was exported: {came['why']}", *said])


def _stands(came: dict[str, Any]) -> bool:
    """Whether the chosen mix was confirmed, and no other gained more beyond the noise."""
    mixes = came["sizes"][max(came["sizes"], key=int)]["mixes"]
    others = [mixes[name]["gain"]["low"] for name in came["confirmed"] if name != CHOSEN]
    return CHOSEN in came["confirmed"] and mixes[CHOSEN]["gain"]["mean"] >= max(others, default=-math.inf)


def _name_files(confirmed: Path, weights: Path) -> tuple[Path, Path]:
    return confirmed / "confirmed.json", weights / "weights.json"


def _join_swarm(swarm: Path, weights: Path) -> pl.DataFrame:
    """The swarm and the mixes of the proof, of which natural is one more repeat."""
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    proven = [pl.read_parquet(path, glob=False) for path in sorted(weights.glob("mix=*.parquet"))]
    rows = pl.concat(proven, how="diagonal_relaxed").sort("mix", "seed")
    rows = rows.unique("mix", keep="last", maintain_order=True)  # the last seed: later ones are fresh
    role = pl.when(pl.col("role") == NATURAL).then(pl.lit("repeat")).otherwise("role")
    rows = rows.with_columns(role.alias("role")).select(table.columns)
    return pl.concat([table, rows], how="vertical_relaxed")


def _read_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """As `mixing.optimize:solve` takes them: null stands for no limit."""
    found = settings | {name: math.inf for name in UNLIMITED if settings[name] is None}
    rises = settings["max_rises"] or {}
    own = {name: math.inf if bound is None else bound for name, bound in rises.items()}
    return found | {"max_rises": own or None}
