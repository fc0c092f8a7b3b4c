"""The tables that a fit reads: the swarm's mixes and what was scored of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

NOT_SOURCES = ("mix", "role", "seed", "round")
RUN = ("mix", "seed", "size")  # what tells one trained proxy from another
MOST = 5  # sentences on things left out
ALIKE = "all mixes score alike"


def read_mixes(files: Sequence[Path], use: str, before: str) -> pl.DataFrame:
    """The rows of the files named `mix=...`; ValueError where there is none."""
    mixes = [pl.read_parquet(file, glob=False) for file in files if file.name.startswith("mix=")]
    if not mixes:
        raise ValueError(f"no file named mix=... to {use}: is this stage `after` {before}?")
    return pl.concat(mixes)


def find_folder(files: Sequence[Path], name: str) -> Path:
    """The folder of the one file of a name; ValueError where there is none, or several."""
    folders = [file.parent for file in files if file.name == name]
    if len(folders) != 1:
        raise ValueError(f"{len(folders)} files {name}, where one is needed: is this stage `after` the fit?")
    return folders[0]


def read_tokens(
    counts: Path, sources: Iterable[str], wrong: str = "the counts know no tokens of the sources"
) -> np.ndarray:
    """The tokens of each source; ValueError where one has none."""
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    tokens = {source: table.get(source, {}).get("tokens") for source in sources}
    if missing := [source for source, number in tokens.items() if not number]:
        raise ValueError(f"{wrong} {missing}")
    return np.array(list(tokens.values()), dtype=float)


def read_scores(files: Sequence[Path]) -> pl.DataFrame:
    """What the proxies scored: the rows of the files named `scores.parquet`; ValueError where none is."""
    paths = sorted(file for file in files if file.name == "scores.parquet")
    if not paths:
        raise ValueError("no scores.parquet among the files: is this stage `after` the proxies?")
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths], how="diagonal_relaxed")


def read_runs(files: Sequence[Path], swarm: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The runs (`mix`, `role`, `seed`, `size`, one weight per source), and their scores beside them.

    The scores are one column per eval, null where a run has none or one that is not finite. ValueError where
    proxies or units are mixed, a run scored an eval twice, or a mix is not in the swarm.
    """
    scored = read_scores(files)
    if scored["proxy"].n_unique() > 1:
        raise ValueError(f"scores of several proxies {sorted(scored['proxy'].unique())}: fit one at a time")
    units = scored.group_by("eval").agg(pl.col("unit").n_unique()).filter(pl.col("unit") > 1)
    if mixed := sorted(units["eval"]):
        raise ValueError(f"the evals {mixed[:5]} have scores in several units: tell each eval in one")
    if twice := scored.filter(scored.select(*RUN, "eval").is_duplicated())["mix"].unique().sort().to_list():
        raise ValueError(f"the mixes {twice[:10]} have two scores of one eval, seed and size: keep one")
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    if unknown := sorted(set(scored["mix"].unique()) - set(table["mix"])):
        raise ValueError(f"scores of the mixes {unknown[:10]}, which the swarm does not have")
    finite = scored.with_columns(pl.when(pl.col("value").is_finite()).then("value").alias("value"))
    wide = finite.sort("eval").pivot("eval", index=RUN, values="value").sort(RUN)
    runs = wide.select(RUN).join(
        table.drop("seed", "round", strict=False), on="mix", how="left", maintain_order="left"
    )
    return runs.select("mix", "role", "seed", "size", *list_sources(table)), wide.drop(RUN)


def list_unscored(runs: pl.DataFrame, swarm: Path) -> list[dict[str, Any]]:
    """The mixes of the swarm of which no score came back, by name and with why."""
    mixes = pl.read_parquet(swarm / "swarm.parquet", glob=False, columns=["mix"])["mix"]
    gone = sorted(set(mixes) - set(runs["mix"]))
    return [{"mix": mix, "why": "no score came back: its proxy failed, or was not trained"} for mix in gone]


def format_unit(files: Sequence[Path]) -> str:
    """The unit of the scores, or all of them."""
    return ", ".join(sorted(read_scores(files)["unit"].unique()))


def list_sources(table: pl.DataFrame) -> list[str]:
    """The sources of a swarm."""
    return [name for name in table.columns if name not in NOT_SOURCES]


def leave_out(runs: pl.DataFrame, scores: pl.DataFrame, least: int) -> tuple[list[str], list[dict[str, Any]]]:
    """The evals that can be fitted, and by name what is left out and why: single scores and whole evals."""
    evals, left = [], []
    train = (runs["role"] != "held_out").to_numpy()
    for name in scores.columns:
        values = scores[name].to_numpy()
        known = np.isfinite(values)
        why = _format_reason(values[known & train], least)
        if why:
            left.append({"eval": name, "why": why})
            continue
        evals.append(name)
        for row in runs.select(RUN).filter(~pl.Series(known)).iter_rows(named=True):
            left.append({"eval": name, **row, "why": "no finite score"})
    return evals, left


def _format_reason(values: np.ndarray, least: int) -> str | None:
    if len(values) < least:
        return f"{len(values)} runs have a finite score; a fit needs {least}"
    if np.ptp(values) <= 1e-12 * max(float(np.abs(values).max()), 1e-12):
        return ALIKE
    return None


def find_flat(folder: Path) -> list[str]:
    """The evals that `fit.json` has left out since all mixes score alike in them."""
    if not (folder / "fit.json").is_file():
        return []
    left = json.loads((folder / "fit.json").read_text(encoding="utf-8"))["left_out"]
    return [row["eval"] for row in left if row["why"] == ALIKE]


def list_floors(data: Path | None, evals: Iterable[str]) -> dict[str, float]:
    """By eval the bits per byte of a model that knows only how often each byte comes, as `data` has them."""
    if data is None:
        return {}
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    if "floors" not in facts:
        raise ValueError(
            f"{data} was prepared by an older Winnow, without floors: run mixing.proxies:prepare again"
        )
    floors = facts["floors"]
    return {name: floors[name] for name in evals if name in floors}


def list_left(left: Sequence[Mapping[str, Any]]) -> list[str]:
    """A sentence for each thing left out, for many of them with a last one that counts the rest."""
    lines = []
    for row in left[:MOST]:
        names = ", ".join(f"{name} {value}" for name, value in row.items() if name not in ("why", "size"))
        lines.append(f"left out: {names}: {row['why']}")
    if len(left) > MOST:
        lines.append(f"left out: {len(left) - MOST} more, see fit.json")
    return lines
