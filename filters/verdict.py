"""How a rule's findings become columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl


def find_broken(
    rules: Sequence[tuple[str, str, str]], signals: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> list[tuple[np.ndarray, str]]:
    """Which documents break the rules of a table, in its order, as `judge` takes them.

    A rule is a reason, a signal and a setting: it is broken below a `min_`, above a `max_`, and by
    anything above zero where a `drop_` is true; a setting of null breaks nothing. A signal is compared
    as it will be stored (ratios as float32), so that a threshold can be replayed from the columns.
    A module keeps its table as `RULES`, where the report finds it too; rules whose setting this step
    does not have are another step's.
    """
    found = []
    for reason, signal, setting in rules:
        limit, kind = settings.get(setting), setting.partition("_")[0]
        if limit is None or limit is False:
            continue
        value = signals[signal]
        value = value.astype(np.float32) if value.dtype.kind == "f" else value
        found.append((value < limit if kind == "min" else value > (0 if kind == "drop" else limit), reason))
    return found


def judge_by_rules(
    docs: pl.DataFrame,
    signals: Mapping[str, np.ndarray],
    rules: Sequence[tuple[str, str, str]],
    settings: Mapping[str, Any],
    *,
    also: Sequence[tuple[np.ndarray, str]] = (),
) -> pl.DataFrame:
    """`judge` by a module's `RULES`, after what was found broken by other means (`also`).

    `settings` is the step's `locals()`: its settings are found there by the names that the rules have.
    """
    return judge(docs, signals, [*also, *find_broken(rules, signals, settings)])


def judge(
    docs: pl.DataFrame, signals: Mapping[str, np.ndarray], rules: Sequence[tuple[np.ndarray, str]]
) -> pl.DataFrame:
    """Add the signals, and as `drop_reason` the first rule that a document breaks.

    `rules` are pairs of a mask (true where the document breaks it) and the reason. A reason that is
    set already stays. Signals of floating point are stored as float32, counts as int64.
    """
    first = np.full(docs.height, len(rules), np.int64)
    for number in reversed(range(len(rules))):
        first[rules[number][0]] = number
    found = pl.Series("drop_reason", [*(why for _, why in rules), None], dtype=pl.String)[first]
    if "drop_reason" in docs.columns:
        found = docs.select(pl.coalesce(pl.col("drop_reason").cast(pl.String), found)).to_series()
    columns = [
        pl.Series(name, value, dtype=pl.Float32 if value.dtype.kind == "f" else pl.Int64)
        for name, value in signals.items()
    ]
    return docs.with_columns(*columns, found)
