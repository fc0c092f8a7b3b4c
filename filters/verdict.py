"""How a rule's findings become columns."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl


def judge(
    docs: pl.DataFrame, signals: Mapping[str, np.ndarray], rules: Sequence[tuple[np.ndarray, str]]
) -> pl.DataFrame:
    """Add the signals, and as `drop_reason` the first rule that a document breaks.

    `rules` are pairs of a mask (true where the document breaks it) and the reason. A reason that is
    set already stays. Signals of floating point are stored as float32, counts as int64; a rule compares
    before rounding.
    """
    reason = pl.lit(None, pl.String)
    masks = pl.DataFrame({why: broken for broken, why in rules})
    for why in reversed(masks.columns):
        reason = pl.when(pl.col(why)).then(pl.lit(why)).otherwise(reason)
    found = masks.select(reason.alias("drop_reason")).to_series()
    if "drop_reason" in docs.columns:
        found = docs.select(pl.coalesce(pl.col("drop_reason").cast(pl.String), found)).to_series()
    columns = [
        pl.Series(name, value, dtype=pl.Float32 if value.dtype.kind == "f" else pl.Int64)
        for name, value in signals.items()
    ]
    return docs.with_columns(*columns, found.alias("drop_reason"))
