"""Histograms of the signals that steps decide by: kept and dropped documents, and the thresholds."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.spec import declarations, rules, schema

MAX_ROWS = 40_000  # read per stage and fate, evenly over its parts
MAX_PARTS = 200
BINS = 40
UNITS = {
    **dict.fromkeys(("ratio", "share"), "share"),
    **dict.fromkeys(("score", "quality"), "score"),
    **{name: name for name in ("bytes", "characters", "words", "lines", "pages", "seconds", "tokens")},
    "length": "characters",
}
SKEWED = 10  # times the median: from here on the axis is logarithmic


def of_stage(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """One entry per numeric signal that is new in this stage, in the order of its columns.

    Each has `name`, `unit`, `edges` of the bins, `groups` ({group: counts}), `thresholds` ({setting: value})
    and `outside` ({setting: "below" or "above"}), those of them that lie beyond the axis.
    Groups are kept, dropped by the signal's own rule, and dropped by another rule.
    """
    names = _new_signals(stage, account)
    kept = sample(stage.files("kept"), names).with_columns(reason=pl.lit(None, pl.String))
    dropped = sample(stage.files("dropped"), [*names, "reason"])
    rows = pl.concat([kept, dropped], how="diagonal_relaxed")
    return [entry for name in names if name in rows.columns and (entry := _histogram(rows, name, stage))]


def _new_signals(stage: Stage, account: RunSummary) -> list[str]:
    """The numbers among its columns that no stage upstream had; of a document's own columns only those
    that a step here sets."""
    before = {name for up in stage.upstream for name in _numbers(account.stages[up])}
    told = (declarations.read(step["use"]).get("measure") for step in stage.steps)
    judged = {"language_score"} if "language" in told else set()
    plain = set(schema.DOCUMENT) - judged
    return [name for name in _numbers(stage) if name in judged or name not in before | plain]


def _numbers(stage: Stage) -> list[str]:
    for file in stage.files("kept")[:1]:
        columns = documents.columns(file)
        return [name for name, dtype in columns.items() if dtype.is_numeric()]
    return []


def sample(files: list[Path], names: list[str]) -> pl.DataFrame:
    """Every n-th row of the parts, or of every n-th part, of the columns that are there: of each part alike,
    so that a document of a small part counts as much as one of a large part."""
    chosen = bin_values(files, MAX_PARTS)
    step = max(1, -(-sum(pq.read_metadata(file).num_rows for file in chosen) // MAX_ROWS))
    frames, begun = [], 0
    for file in chosen:
        columns = documents.columns(file)
        there = [name for name in names if name in columns]
        rows = pl.scan_parquet(file, glob=False).select(there)
        frames.append(rows.gather_every(step, offset=-begun % step).collect())
        begun += pq.read_metadata(file).num_rows
    return pl.concat([pl.DataFrame(), *frames], how="diagonal_relaxed")


def bin_values(items: list[Any], most: int) -> list[Any]:
    """At most `most` items, evenly over the list."""
    return items[:: max(1, -(-len(items) // most))]


def _histogram(rows: pl.DataFrame, name: str, stage: Stage) -> dict[str, Any] | None:
    values = rows[name].cast(pl.Float64).to_numpy()  # of arrays, since a frame's every filter costs more
    there = np.isfinite(values)
    if not there.any() or values[there].min() == values[there].max():
        return None
    judging = rules.of_signal(name, stage.rules)
    thresholds = {rule["setting"]: float(rule["value"]) for rule in judging if rule["value"] is not True}
    edges = _edges(values[there], whole=rows[name].dtype.is_integer())
    gone = rows["reason"].is_not_null().to_numpy()
    own = rows["reason"].str.starts_with(f"{module_of(name, stage.steps)}.").fill_null(False).to_numpy()
    groups = {
        "kept": values[there & ~gone],
        "dropped by this rule's module": values[there & own],
        "dropped by others": values[there & gone & ~own],
    }
    counts = {
        group: np.histogram(np.clip(some, edges[0], edges[-1]), edges)[0].tolist()
        for group, some in groups.items()
        if len(some)
    }
    outside = {
        setting: "below" if value < edges[0] else "above"
        for setting, value in thresholds.items()
        if not edges[0] <= value <= edges[-1]
    }
    return {
        "name": name,
        "unit": name_unit(name),
        "edges": edges.tolist(),
        "groups": counts,
        "thresholds": thresholds,
        "outside": outside,
    }


def name_unit(signal: str) -> str:
    """What a signal is measured in, by the last word of its name, as all steps of ours are named."""
    return UNITS.get(signal.rpartition("_")[2], "number")


def _edges(values: np.ndarray, *, whole: bool) -> np.ndarray:
    """Bins over all but the outermost half percents, which the end bins take in; growing ones where a
    few values are far above the rest."""
    low, middle, high = np.quantile(values, [0.005, 0.5, 0.995])
    if low == high:
        low, high = values.min(), values.max()
    if whole and high - low < BINS:
        return np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    if low >= 0 and middle > 0 and high > SKEWED * middle:
        return np.geomspace(max(low, middle / 1000), high, BINS + 1)
    return np.linspace(low, high, BINS + 1)


def module_of(signal: str, steps: list[dict[str, Any]]) -> str:
    """The module whose name the signal carries: `gopher` for `gopher_word_count`, given a gopher step."""
    modules = {step["use"].partition(":")[0].rpartition(".")[2] for step in steps}
    fitting = [name for name in modules if signal.startswith(f"{name}_") or signal.endswith(f"_{name}")]
    return max(fitting, key=len, default=signal.partition("_")[0])
