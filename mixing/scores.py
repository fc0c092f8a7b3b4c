"""Bring your own trainer: the swarm goes out as a table of weights, scores come back as a table of values.

Whatever trained the mixes, from fit to report all runs on `scores.parquet` and `swarm.parquet`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import PositiveInt

from winnow.files import write_json
from winnow.mixing.regression import olmix
from winnow.mixing.regression.tables import NOT_SOURCES, list_sources

ROUNDING = 0.01  # of the sum of a mix's weights: what tables of rounded shares are off by
KEYS = ("mix", "eval", "seed", "size")
README = (Path(__file__).parent / "templates/scores.md").read_text(encoding="utf-8")


def ask(
    files: Annotated[Sequence[Path], ()], out: Path, *, swarm: Path, tokens: PositiveInt
) -> Annotated[None, "mix", "role", "seed", "round"]:
    """Write the swarm for a trainer elsewhere: which mixes to train, on `tokens` tokens each.

    `swarm` is the folder of `mixing.swarm:sample` (or of a later round); `files` is not read. Writes
    `weights.csv` (`mix`, `role`, `seed`, `round`, one share per source), `manifest.json` (`sources`,
    `tokens`, and a list of `mixes`, each with its `file`), for each row `mix=0007.json`, which
    `mixing.sample:draw` takes as its `weights`, and a README that says what comes back.
    """
    table = pl.read_parquet(swarm / "swarm.parquet", glob=False)
    sources = list_sources(table)
    table = table.with_columns(pl.lit(0).alias(name) for name in NOT_SOURCES if name not in table.columns)
    table = table.select(*NOT_SOURCES, *sources).sort("mix", "seed")
    table.write_csv(out / "weights.csv")
    mixes = []
    for row in table.iter_rows(named=True):
        weights = {source: row[source] for source in sources}
        name = f"mix={row['mix']:04d}.json"
        drawn = {"weights": weights, "settings": {"budget_tokens": tokens}}
        write_json(out / name, drawn)
        mixes.append({**{key: row[key] for key in NOT_SOURCES}, "file": name, "weights": weights})
    manifest = {"sources": sources, "tokens": tokens, "mixes": mixes}
    write_json(out / "manifest.json", manifest)
    (out / "README.md").write_text(README.format(tokens=f"{tokens:,}"), encoding="utf-8")


def read(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    table: Path,
    weights: Path,
    direction: Literal["loss", "accuracy"],
    priors: Path | None = None,
    unit: str | None = None,
    trainer: str = "own",
    incomplete: bool = False,
) -> Annotated[
    None, "mix", "seed", "eval", "value", "unit", "items", "bytes", "train_tokens", "size", "proxy"
]:
    """Take in what a trainer elsewhere scored: write `scores.parquet` and `swarm.parquet`.

    `table` (CSV or Parquet) has `mix`, `eval`, `value`, and may have `seed`, `size` (parameters of the model)
    and `tokens` (trained on), else 0; other columns are not read. `weights` is the folder of the swarm that
    was trained, or a table `mix`, one share per source, and maybe `role` (`natural` for the mix that changes
    are told from, `held_out` for what no fit sees; else `swarm`). Shares that sum to 1 within 0.01 are
    scaled to it. `files` is not read.

    Olmix's files are taken as they are: `metrics.csv` (`run` or `run_id`, a column for each metric) as
    `table`, `ratios.csv` (the same ids, a column for each domain) as `weights`, and as `priors` the YAML of
    the fit (or the launch's JSON), whose `priors.token_counts` say what is natural; `counts.json` is written
    too, as `mixing.count:by_source` has it. The number of a mix is the row of its run.

    `direction`: what `value` is. A loss is kept as it is (`unit`: `loss`, or as told); of an accuracy
    in [0, 1] 1 - value is kept, since lower is better from here on. `trainer` is the word for `proxy`.

    Errors: ValueError, by name and with what to do, for a column that is missing, weights that are negative,
    null or do not sum to 1, a mix that is unknown, a value that comes twice, is not finite or no accuracy,
    and a mix or an eval of a mix that did not come back. With `incomplete` the last and values that are not
    finite are let through: the fit leaves them out, by name.
    """
    found = _read(table)
    if olmix.is_wide(found):
        counts = olmix.read_counts(priors)
        runs = olmix.read_swarm(_read(weights), counts, weights)
        found = olmix.melt_metrics(found, runs, table, incomplete)
        swarm = _make_even(runs.drop("run"), weights)
        write_json(out / "counts.json", counts)
    else:
        swarm = read_weights(weights)
    scores = _take_scores(found, table, direction)
    check(scores, swarm, incomplete)
    told = unit or {"loss": "loss", "accuracy": "1 - accuracy"}[direction]
    count = pl.lit(0, dtype=pl.Int64)
    scores.select(
        *("mix", "seed", "eval", "value"),
        pl.lit(told).alias("unit"),
        count.alias("items"),
        count.alias("bytes"),
        pl.col("tokens").alias("train_tokens"),
        "size",
        pl.lit(trainer).alias("proxy"),
    ).sort(KEYS).write_parquet(out / "scores.parquet")
    swarm.write_parquet(out / "swarm.parquet")


def read_weights(place: Path) -> pl.DataFrame:
    """A swarm from its folder, or from a table of weights; its rows sum to 1."""
    return _make_even(
        pl.read_parquet(place / "swarm.parquet", glob=False) if place.is_dir() else _read(place), place
    )


def _make_even(table: pl.DataFrame, place: Path) -> pl.DataFrame:
    if "mix" not in table.columns:
        raise ValueError(f"{place} has no column `mix`; there are {table.columns}")
    sources = list_sources(table)
    odd = [name for name in sources if not table[name].dtype.is_numeric()]
    if odd or not sources:
        raise ValueError(f"{place}: shares of sources must be numbers; {odd or 'there are no sources'}")
    shares = table.select(sources).to_numpy().astype(float)
    sums = shares.sum(axis=1)
    bad = (np.abs(sums - 1) > ROUNDING) | ~np.isfinite(sums) | (shares < 0).any(axis=1)
    if bad.any():
        named = [
            f"{mix} ({total:.4g})" for mix, total in zip(table["mix"].filter(bad), sums[bad], strict=True)
        ]
        raise ValueError(f"{place}: weights must be at least 0 and sum to 1; not of the mixes {named[:10]}")
    if twice := table["mix"].filter(table["mix"].is_duplicated()).unique().sort().to_list():
        raise ValueError(f"{place}: the mixes {twice[:10]} have two rows of weights")
    even = pl.DataFrame(dict(zip(sources, (shares / sums[:, None]).T, strict=True)))
    return pl.DataFrame(
        {"mix": table["mix"].cast(pl.Int64), "role": _take(table, "role", "swarm").cast(pl.String)}
        | {name: _take(table, name, 0).cast(pl.Int64) for name in ("seed", "round")}
    ).hstack(even)


def _take_scores(table: pl.DataFrame, path: Path, direction: Literal["loss", "accuracy"]) -> pl.DataFrame:
    """What came back: `mix`, `eval`, `value` (lower is better), `seed`, `size`, `tokens`."""
    if missing := [name for name in ("mix", "eval", "value") if name not in table.columns]:
        raise ValueError(f"{path} has no columns {missing}; there are {table.columns}")
    value = table["value"].cast(pl.Float64, strict=False)
    if direction == "accuracy":
        if (outside := ((value < 0) | (value > 1)).fill_null(False)).any():
            named = _name_rows(table.filter(outside))
            raise ValueError(
                f"{path}: an accuracy is between 0 and 1; not for {named} (percents? divide by 100)"
            )
        value = 1 - value
    numbers = {name: _take(table, name, 0).cast(pl.Int64) for name in ("seed", "size", "tokens")}
    return pl.DataFrame({"mix": table["mix"].cast(pl.Int64), "eval": table["eval"], "value": value} | numbers)


def check(scores: pl.DataFrame, swarm: pl.DataFrame, incomplete: bool) -> None:
    """ValueError where what came back is not what was asked for."""
    if unknown := sorted(set(scores["mix"].to_list()) - set(swarm["mix"])):
        raise ValueError(f"scores of mixes that were not asked for: {unknown[:10]}; are these other weights?")
    if (twice := scores.select(KEYS).is_duplicated()).any():
        raise ValueError(
            f"two values for {_name_rows(scores.filter(twice))}: keep one of each mix, eval, seed and size"
        )
    if incomplete:
        return
    hint = "; train them, or set `incomplete` to leave them out"
    if not (finite := scores["value"].is_finite().fill_null(False)).all():
        raise ValueError(f"no finite value for {_name_rows(scores.filter(~finite))}{hint}")
    wanted = swarm.select("mix").join(scores.select("eval").unique(), how="cross")
    lost = wanted.join(scores, on=["mix", "eval"], how="anti").sort("mix", "eval")
    if gone := sorted(set(swarm["mix"]) - set(scores["mix"])):
        raise ValueError(f"no scores of the mixes {gone[:10]}{hint}")
    if len(lost):
        raise ValueError(f"no value for {_name_rows(lost)}{hint}")


def _read(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise ValueError(f"there is no table {path}")
    try:
        return (
            pl.read_parquet(path, glob=False) if path.suffix == ".parquet" else pl.read_csv(path, glob=False)
        )
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path} can not be read as a table: {error}") from error


def _take(table: pl.DataFrame, name: str, default: Any) -> pl.Series:
    """The column, or the default in its place."""
    if name in table.columns:
        return table[name].fill_null(default)
    return pl.Series(name, [default] * len(table))


def _name_rows(rows: pl.DataFrame) -> str:
    names = [f"mix {mix} ({name})" for mix, name in rows.select("mix", "eval").head(5).iter_rows()]
    return ", ".join(names) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")
