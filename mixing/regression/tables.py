"""The tables that a fit reads: the swarm's mixes and what was scored of them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl


def read_scores(files: Sequence[Path]) -> pl.DataFrame:
    """What the proxies scored: the rows of the files named `scores.parquet`; ValueError where none is."""
    paths = sorted(file for file in files if file.name == "scores.parquet")
    if not paths:
        raise ValueError("no scores.parquet among the files: is this stage `after` the proxies?")
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths], how="vertical_relaxed")


def read_tables(files: Sequence[Path], swarm: Path) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """The swarm's rows that were scored, and their scores: one column per eval, in the same order; the unit."""
    scored = read_scores(files)
    if scored["proxy"].n_unique() > 1:
        raise ValueError(f"scores of several proxies {sorted(scored['proxy'].unique())}: fit one at a time")
    unit = "; ".join(sorted(scored["unit"].unique()))
    wide = scored.sort("eval").pivot("eval", index="mix", values="value", aggregate_function="mean")
    table = (
        pl.read_parquet(swarm / "swarm.parquet", glob=False)
        .join(wide.select("mix"), on="mix", how="semi")
        .sort("mix")
    )
    scores = table.select("mix").join(wide, on="mix", how="left", maintain_order="left").drop("mix")
    for name in scores.columns:
        missing = table.filter(~scores[name].is_finite().fill_null(False))["mix"].to_list()
        if missing:
            raise ValueError(f"eval {name!r} has no finite score for the mixes {missing[:10]}")
    return table, scores, unit
