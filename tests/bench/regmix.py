"""RegMix's tables (17 domains of the Pile, 13 losses, two sizes), and our fit of some of their rows."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from winnow.mixing import fit, scores
from winnow.mixing.regression import model as regression

FOLDER = Path(os.environ.get("WINNOW_DATA", "data")) / "mixing" / "regmix"
SMALL, LARGE = 1_000_000, 60_000_000
Rows = list[tuple[np.ndarray, np.ndarray, int]]  # mixes, losses, size


def read(part: str, size: str) -> tuple[np.ndarray, np.ndarray]:
    """Mixes and losses of a part (`train`, `test`) at a size (`1m`, `60m`)."""
    tables = [pl.read_csv(FOLDER / f"{part}_{what}_{size}.csv") for what in ("mixture", "pile_loss")]
    assert tables[0]["index"].equals(tables[1]["index"])
    mixes, losses = (table.drop("index").to_numpy().astype(float) for table in tables)
    return mixes, losses


def fit_rows(rows: Rows, members: int, natural: int | None = None) -> dict[str, Any]:
    """The model of these runs, taken in as tables from another's trainer; `natural`: the row of that role."""
    folder = Path(tempfile.mkdtemp())
    mixes = np.vstack([one[0] for one in rows])
    roles = ["natural" if row == natural else "swarm" for row in range(len(mixes))]
    table = pl.DataFrame({"mix": range(len(mixes)), "role": roles})
    table.with_columns(pl.Series(f"s{i:02d}", mixes[:, i]) for i in range(mixes.shape[1])).write_csv(
        folder / "weights.csv"
    )
    losses = np.vstack([one[1] for one in rows])
    sizes = np.concatenate([np.full(len(one[0]), one[2]) for one in rows])
    pl.DataFrame(
        {
            "mix": np.repeat(np.arange(len(mixes)), losses.shape[1]),
            "eval": np.tile([f"e{i:02d}" for i in range(losses.shape[1])], len(mixes)),
            "value": losses.ravel(),
            "size": np.repeat(sizes, losses.shape[1]),
        }
    ).write_csv(folder / "table.csv")
    scores.read([], folder, table=folder / "table.csv", weights=folder / "weights.csv", direction="loss")
    fit.regress([folder / "scores.parquet"], folder, swarm=folder, members=members)
    found = regression.load(folder)
    shutil.rmtree(folder)
    return found


def rank(guesses: np.ndarray, losses: np.ndarray) -> list[float]:
    """Spearman's correlation of each loss (columns); 0 where all guesses are one."""
    return [
        float(spearmanr(guess, loss).statistic) if np.ptp(guess) > 0 else 0.0
        for guess, loss in zip(guesses.T, losses.T, strict=True)
    ]


def judge(guesses: np.ndarray, small: np.ndarray, large: np.ndarray) -> dict[str, Any]:
    """What guesses (mixes x losses) are worth: ranks at both sizes, and nats lost by the best guessed."""
    mean, best = large.mean(axis=1), guesses.mean(axis=1).argmin()
    return {
        "per_loss_1m": rank(guesses, small),
        "per_loss_60m": rank(guesses, large),
        "mean_60m": rank(guesses.mean(axis=1)[:, None], mean[:, None])[0],
        "regret": float(mean[best] - mean.min()),
        "regret_per_loss": float(
            np.mean(large[guesses.argmin(axis=0), range(large.shape[1])] - large.min(axis=0))
        ),
        "error": float(np.abs(guesses.mean(axis=1) - mean).mean()),
    }
