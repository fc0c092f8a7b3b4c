"""A rule as a user writes one: it imports a module, a library, and reads a table beside it."""

import time
from pathlib import Path

import polars as pl
from limits import LOUD
from resiliparse.parse.encoding import bytes_to_str


def calm(docs: pl.DataFrame, *, seconds: float = 0.0) -> pl.DataFrame:
    """Drops what is loud or holds a bad word."""
    time.sleep(seconds)  # so that a run can be interrupted
    bad = bytes_to_str(Path(__file__).with_name("bad.txt").read_bytes()).split()
    loud = pl.col("text").str.count_matches("!", literal=True) > LOUD
    rude = pl.col("text").str.contains_any(bad)
    reason = pl.when(loud).then(pl.lit("rule.loud")).when(rude).then(pl.lit("rule.rude"))
    return docs.with_columns(drop_reason=reason)
