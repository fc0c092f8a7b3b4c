"""What other thresholds would drop: the recorded facts of a replayable stage, judged again, and other values
for its rules, taken from these facts."""

import math
import typing
from dataclasses import dataclass
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.spec import row_filter, rules
from winnow.pipelines.spec.address import resolve
from winnow.pipelines.spec.recipe import RecipeError

DRAWN = 31  # seed of the hash by which documents are drawn
STRICTER = (0.02, 0.05, 0.1, 0.2, 0.3)  # of the documents kept: what a stricter value drops
SAID = ("id", "source", "text_bytes", "reason", "verdicts", "error")


@dataclass(frozen=True)
class Option:
    """A value that a rule may have: `column` says which documents break it so; None breaks nothing."""

    kind: str
    value: Any
    column: str | None


@dataclass(frozen=True)
class TunableThreshold:
    """A rule whose threshold can be moved: as it is (`base`), and what else it may be."""

    step: int
    use: str
    reason: str
    signal: str
    setting: str
    where: dict[str, list[str]] | None
    base: Option
    options: tuple[Option, ...] = ()

    @property
    def name(self) -> str:
        """`gopher.too_few_words`, and for which documents."""
        of = "; ".join(f"{' '.join(values)}" for values in (self.where or {}).values())
        return f"{self.reason} ({of})" if of else self.reason


def read_rows(stage: Stage, share: float) -> pl.DataFrame:
    """A share of the kept and dropped documents, drawn by id, with what the rules go by: `id`, `source`,
    `part`, `kept`, `text_bytes`, `reason`, `verdicts`, `error`, signals, and columns that a `where` names."""
    wanted = [*SAID, *(rule["signal"] for rule in stage.rules)]
    wanted += [name for step in stage.own_steps for name in step.get("where") or ()]
    frames = []
    for fate in ("kept", "dropped"):
        for file in stage.files(fate):
            there = documents.columns(file)
            stored = set(pl.scan_parquet(file, glob=False).collect_schema().names())
            names = [n for n in dict.fromkeys(wanted) if n in there or n in stored]
            rows = pl.scan_parquet(file, glob=False).select(names).filter(_unit() < share)
            frames.append(rows.with_columns(part=pl.lit(file.stem), kept=pl.lit(fate == "kept")).collect())
    found = pl.concat(frames, how="diagonal_relaxed").unique("id", keep="first", maintain_order=True)
    absent: dict[str, Any] = {"verdicts": pl.List(pl.String), "reason": pl.String, "error": pl.String}
    return found.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in absent.items() if name not in found.columns
    ).sort("part", "id")


def _unit() -> pl.Expr:
    return pl.col("id").hash(DRAWN) / 2.0**64


def list_thresholds(stage: Stage, rows: pl.DataFrame) -> tuple[list[TunableThreshold], list[str]]:
    """The rules that can be moved, as they are set, and a sentence for each that cannot."""
    wheres = [step.get("where") for step in stage.own_steps]
    lost = rules.find_lost(stage.rules, wheres, rows.columns)
    thresholds: list[TunableThreshold] = []
    left: list[str] = []
    for rule in stage.rules:
        step, value = stage.own_steps[rule["step"]], rule["value"]
        if rule["step"] in lost:
            left.append(f"{rule['reason']}: a later step wrote its signal anew")
        elif not isinstance(value, bool | int | float | None):
            left.append(f"{rule['reason']}: {rule['setting']} is no number")
        elif not rows[rule["signal"]].dtype.is_numeric():
            left.append(f"{rule['reason']}: no document has {rule['signal']}")
        else:
            column = None if value is None or value is False else f"{len(thresholds)}.0"
            base = Option("base", value, column)
            named = (rule["step"], step["use"], rule["reason"], rule["signal"], rule["setting"])
            thresholds.append(TunableThreshold(*named, step.get("where"), base))
    return thresholds, left


def find_fixed(stage: Stage, thresholds: list[TunableThreshold], rows: pl.DataFrame) -> pl.Series:
    """Which documents are dropped by what no threshold moves."""
    fixed = rows["error"].is_not_null() | (rows["verdicts"].is_null() & ~rows["kept"])
    for place in range(len(stage.own_steps)):
        own = [threshold.reason for threshold in thresholds if threshold.step == place]
        verdict = rows["verdicts"].list.get(place, null_on_oob=True)
        fixed |= (verdict.is_not_null() & ~verdict.is_in(own)).fill_null(False)
    return fixed


def find_broken(threshold: TunableThreshold, option: Option, rows: pl.DataFrame) -> pl.Series:
    """Which documents break a rule with a value, among those that it judges."""
    broken = rules.find_broken(rows[threshold.signal], threshold.setting, option.value)
    return broken & row_filter.select(rows, threshold.where) if threshold.where else broken


def replay(thresholds: list[TunableThreshold], fixed: pl.Series, rows: pl.DataFrame) -> pl.Series:
    """Which documents the stage keeps with its rules as they are in `base`."""
    kept = ~fixed
    for threshold in thresholds:
        kept &= ~find_broken(threshold, threshold.base, rows)
    return kept


def prove(stage: Stage, kept: pl.Series, rows: pl.DataFrame) -> None:
    """RecipeError where a replay of the rules as they are does not give what the stage did."""
    if wrong := int((kept != rows["kept"]).sum()):
        raise RecipeError(
            f"stage {stage.name}: its recorded facts give another fate to {wrong:,} of {rows.height:,}"
            " documents than they had: its thresholds cannot be replayed"
        )


def add_options(
    threshold: TunableThreshold, number: int, rows: pl.DataFrame, fixed: pl.Series, kept: pl.Series
) -> TunableThreshold:
    """The rule with the values that it might have besides: off, looser (half of what it drops), and stricter
    ones, as long as each drops other documents than all before."""
    judged = ~fixed & (row_filter.select(rows, threshold.where) if threshold.where else True)
    facts = rows[threshold.signal]
    now = find_broken(threshold, threshold.base, rows)
    seen = [now.filter(~fixed)]
    found: list[Option] = []
    for kind, value in _list_values(threshold, facts.filter(judged & now), facts.filter(kept & judged)):
        option = Option(kind, value, None if kind == "off" else f"{number}.{len(found) + 1}")
        broken = find_broken(threshold, option, rows).filter(~fixed)
        if (kind == "off" and broken.any()) or any(broken.equals(other) for other in seen):
            continue
        seen.append(broken)
        found.append(option)
    return TunableThreshold(**{**vars(threshold), "options": tuple(found)})


def _list_values(threshold: TunableThreshold, dropped: pl.Series, kept: pl.Series) -> list[tuple[str, Any]]:
    """Kinds and values, looser ones first; of facts of documents dropped and kept."""
    kind = threshold.setting.partition("_")[0]
    if kind == "drop":
        return [("off", False)] if threshold.base.value else [("stricter", True)]
    whole = float not in _list_types(threshold)
    low = kind == "min"
    dropped, kept = (side.cast(pl.Float64).fill_nan(None).drop_nulls() for side in (dropped, kept))
    values: list[tuple[str, Any]] = []
    if threshold.base.value is not None:
        highest = max(float(side.max() or 0) for side in (dropped, kept))  # type: ignore[arg-type]
        lowest = min(float(side.min() or 0) for side in (dropped, kept))  # type: ignore[arg-type]
        values.append(("off", _find_bound(threshold.setting, whole, lowest, highest)))
        if (middle := dropped.quantile(0.5)) is not None:
            values.append(("looser", _round(middle, whole)))
    for share in STRICTER:
        if (at := kept.quantile(share if low else 1 - share)) is not None:
            values.append(("stricter", _round(at, whole)))
    base = threshold.base.value
    return [
        (kind_, value)
        for kind_, value in values
        if base is None or kind_ != "stricter" or (value > base if low else value < base)
    ]


def _list_types(threshold: TunableThreshold) -> tuple[Any, ...]:
    hint = typing.get_type_hints(resolve(threshold.use))[threshold.setting]
    return typing.get_args(hint) or (hint,)


def _find_bound(setting: str, whole: bool, lowest: float, highest: float) -> float:
    """A value that drops nothing: not what was seen, nor what else may come."""
    if setting.startswith("min_"):
        bound = min(0.0, float(math.floor(lowest)))
    else:
        bound = 1.0 if setting.endswith("_ratio") and highest <= 1 else 1e9
    return int(bound) if whole else bound


def _round(value: float, whole: bool) -> float:
    """Three digits, as people write thresholds."""
    return round(value) if whole else float(f"{value:.3g}")
