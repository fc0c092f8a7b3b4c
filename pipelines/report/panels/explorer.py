"""What the report needs to try other thresholds: the signals of a replayable stage, packed for the page.

The page judges all documents anew with the rules of the stage, so that a moved threshold shows what a
rerun with it gives. Where the explorers of a page have more than `MAX_ROWS` documents each, or `MAX_CELLS`
numbers together, it does so on a sample, and says so. Of some documents the beginning of the text is there,
too: of those that a moved threshold brings back, or loses.
"""

import base64
import gzip
from typing import Any

import numpy as np
import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.histograms import name_unit
from winnow.pipelines.report.panels.moves import sample_moves
from winnow.pipelines.spec import rules
from winnow.pipelines.spec.row_filter import select

MAX_ROWS = 200_000
MAX_CELLS = 700_000  # of a page; each is up to 6 bytes of it
BEFORE = "dropped by the reader"
AFTER = "not judged by all steps"


def share_out(account: RunSummary) -> dict[str, float]:
    """The share of each stage's documents that the page can hold, all together."""
    rows = {stage.name: stage.total("kept") + stage.total("dropped") for stage in account.shard_stages()}
    cells = sum(
        rows[stage.name] * (2 + len({rule["signal"] for rule in stage.rules}))
        for stage in account.shard_stages()
        if stage.replayable
    )
    return {name: min(1.0, MAX_ROWS / max(n, 1), MAX_CELLS / max(cells, 1)) for name, n in rows.items()}


def of_stage(stage: Stage, account: RunSummary, share: float = 1.0) -> dict[str, Any] | None:
    """The stage's rules and its documents' signals; None where it is not replayable or not whole, or has no
    threshold.

    `rules` are in the order in which they judge. Those with a `setting` compare a column with it; the
    others are fixed: their column says that a document has this verdict (`code`). `data` holds the
    `columns` one behind the other, gzip in base64. `examples` are some documents, each with its `row`.
    """
    rows = _rows(stage, share) if stage.replayable and stage.done and stage.rules else pl.DataFrame()
    if rows.is_empty():
        return None
    pack = _Pack(rows.height)
    sources = sorted(rows["source"].unique().to_list())
    of = pl.Series(range(len(sources)), dtype=pl.UInt16)
    pack.add("source", rows["source"].replace_strict(sources, of, return_dtype=pl.UInt16))
    tokens, exact = _tokens(rows)
    pack.add("tokens", tokens)
    movable = _find_movable(stage, rows)
    found = _rules(stage, movable, rows, pack)
    total = stage.total("kept") + stage.total("dropped")
    return {
        "stage": stage.name,
        "rows": rows.height,
        "of": total if rows.height < total else rows.height,
        "kept": stage.total("kept"),
        "sources": sources,
        "tokens": bool(tokens.sum()),
        "exact": exact,
        "steps": [step["use"] for step in stage.own_steps],
        "rules": found,
        "fixed": _rerun(stage, movable),
        "examples": sample_moves(stage, account, rows, found, pack.read),
        **pack.pack(),
    }


def _rows(stage: Stage, share: float) -> pl.DataFrame:
    """Kept and dropped documents with the signals of the rules; a sample by id where they are too many."""
    wanted = ["id", "source", "token_count", "text_bytes", "reason", "verdicts", "error"]
    wanted += dict.fromkeys(rule["signal"] for rule in stage.rules)
    wanted += dict.fromkeys(name for step in stage.own_steps for name in step.get("where", ()))
    wanted = list(dict.fromkeys(wanted))
    bound = f"{int(share * 16**8):08x}"
    frames = [pl.DataFrame(schema={"reason": pl.String, "verdicts": pl.List(pl.String), "error": pl.String})]
    for fate in ("kept", "dropped"):
        for file in stage.files(fate):
            there = documents.columns(file)
            rows = pl.scan_parquet(file, glob=False).select(name for name in wanted if name in there)
            if share < 1:  # ids are hashes: those below a bound are a fair draw, always the same
                rows = rows.filter(pl.col("id").str.head(8) < bound)
            frames.append(rows.with_columns(part=pl.lit(file.stem), fate=pl.lit(fate)).collect())
    return pl.concat(frames, how="diagonal_relaxed")


def _tokens(rows: pl.DataFrame) -> tuple[pl.Series, bool]:
    """Tokens of each document as it leaves the steps, and whether all were counted; of one that was not they
    are taken from its bytes. None at all where one's bytes are not known either, or nothing was counted."""
    missing = rows["token_count"].is_null() & (rows["text_bytes"].fill_null(1) > 0)
    if (missing & rows["text_bytes"].is_null()).any():
        return pl.Series([0] * rows.height, dtype=pl.Int64), True
    counted = rows.filter(pl.col("token_count").is_not_null(), pl.col("text_bytes") > 0)
    rate = int(counted["token_count"].sum()) / max(int(counted["text_bytes"].sum()), 1)
    estimate = (pl.col("text_bytes").fill_null(0) * rate).round().cast(pl.Int64)
    return rows.select(pl.coalesce("token_count", estimate)).to_series(), not missing.any()


def _find_movable(stage: Stage, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The rules that can be judged again: not those of a step whose signals a later step wrote anew."""
    wheres = [step.get("where") for step in stage.own_steps]
    lost = rules.find_lost(stage.rules, wheres, rows.columns)
    return [rule for rule in stage.rules if rule["step"] not in lost and rule["value"] is not None]


def _rules(
    stage: Stage, movable: list[dict[str, Any]], rows: pl.DataFrame, pack: "_Pack"
) -> list[dict[str, Any]]:
    """Thresholds and fixed verdicts, step by step, the fixed ones of a step first."""
    found = _find_fixed(BEFORE, pl.col("verdicts").is_null() & pl.col("reason").is_not_null(), rows, pack)
    for place in range(len(stage.own_steps)):
        own = [rule for rule in movable if rule["step"] == place]
        verdict = rows["verdicts"].list.get(place, null_on_oob=True)
        other = verdict.filter(~verdict.is_in([rule["reason"] for rule in own])).drop_nulls()
        for reason in other.unique().sort():
            found += _find_fixed(reason, verdict == reason, rows, pack, place)
        for rule in own:
            name, values = rule["signal"], rows[rule["signal"]]
            if judged := stage.own_steps[place].get("where"):  # a null breaks no rule
                values = values.set(~select(rows, judged), None)
                name = f"{place} {name}"
            scale = {**_scale(values, rule["value"]), "unit": name_unit(rule["signal"])}
            found.append({**rule, "column": pack.add(name, values), **scale})
    return found + _find_fixed(AFTER, pl.col("error").is_not_null(), rows, pack)


def _find_fixed(
    reason: str, where: pl.Series | pl.Expr, rows: pl.DataFrame, pack: "_Pack", step: int | None = None
) -> list[dict[str, Any]]:
    """A verdict that no threshold moves, if any document has it."""
    broken = rows.select(where.fill_null(False).cast(pl.UInt8)).to_series()
    if not broken.sum():
        return []
    return [{"reason": reason, "step": step, "column": pack.add(f"{step} {reason}", broken)}]


def _scale(values: pl.Series, threshold: Any) -> dict[str, Any]:
    """The range of a slider: nearly all documents and the threshold; by factors where it spans many."""
    whole = values.dtype.is_integer()
    finite = values.cast(pl.Float64).drop_nulls().drop_nans()
    low = min(finite.quantile(0.005) or 0.0, 0.5 * threshold)
    high = max(finite.quantile(0.995) or 0.0, 1.25 * threshold)
    grows = whole and high > 200
    return {
        "low": max(low, 1.0) if grows else low,
        "high": max(high, low + whole),
        "log": grows,
        "whole": whole,
    }


def _rerun(stage: Stage, movable: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Settings that change more than where a line is drawn: other texts, other signals, other lists."""
    moved = {(rule["step"], rule["setting"]) for rule in movable}
    found = []
    for place, step in enumerate(stage.own_steps):
        names = [
            name
            for name, value in step["settings"].items()
            if (place, name) not in moved and isinstance(value, bool | int | float)
        ]
        if names:
            found.append({"use": step["use"], "settings": {name: step["settings"][name] for name in names}})
    return found


class _Pack:
    """Columns as the page reads them: typed arrays in one buffer, each once, at a multiple of 8 bytes."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: list[dict[str, Any]] = []
        self.buffer = bytearray()

    def add(self, name: str, values: pl.Series) -> int:
        """The number of the column."""
        for number, column in enumerate(self.columns):
            if column["name"] == name:
                return number
        kind, array = _read_type(values)
        self.columns.append({"name": name, "type": kind, "at": len(self.buffer)})
        self.buffer += array.tobytes() + bytes(-array.nbytes % 8)
        return len(self.columns) - 1

    def read(self, number: int) -> np.ndarray:
        """A column as the page reads it."""
        column = self.columns[number]
        return np.frombuffer(self.buffer, f"<{column['type']}", self.rows, column["at"])

    def pack(self) -> dict[str, Any]:
        """The list of columns, and the buffer as text."""
        squeezed = gzip.compress(bytes(self.buffer), 6, mtime=0)
        return {"columns": self.columns, "data": base64.b64encode(squeezed).decode()}


def _read_type(values: pl.Series) -> tuple[str, np.ndarray]:
    """The numbers unchanged in the smallest type that holds them all; null as NaN, which breaks no rule."""
    if values.dtype == pl.Float32:
        return "f4", values.fill_null(float("nan")).to_numpy().astype("<f4")
    if values.dtype.is_integer() and not values.null_count():
        low, high = values.min(), values.max()
        for kind in ("u1", "u2", "i4"):
            limits = np.iinfo(kind)
            if limits.min <= low and high <= limits.max:  # type: ignore[operator]
                return kind, values.to_numpy().astype(f"<{kind}")
    return "f8", values.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype("<f8")
