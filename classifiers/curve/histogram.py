"""Documents and tokens by score, group by group, in bounded memory.

A bin is a float32 with its lowest bits cut off. Bits are cut off only where there would be more bins than
MOST_BINS, and then in all groups alike: so the bins are the same in whatever order the documents come. A bin
that holds many scores is a tie, and a tie has one rate: no total is off, only the order inside it is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from numpy.typing import NDArray

MOST_BINS = 2**20  # over all groups
KNOTS = 1024  # of a group: neighbours that begin in the same 1 / KNOTS of its tokens are held as one
BATCH_ROWS = 2**18
NONE = "none"  # what stands for a null in a group's name
ALL = "all"  # the name of the one group where documents are not grouped
_KEY = ["group", "bin"]
_SIGN = np.uint32(2**31)


def name_groups(docs: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """Each document's group: the values of the columns `by`, joined by a slash; a null is `none`."""
    if not by:
        return pl.Series("group", [ALL], dtype=pl.String).new_from_index(0, docs.height)
    values = [pl.col(name).cast(pl.String).fill_null(NONE) for name in by]
    return docs.select(group=pl.concat_str(values, separator="/")).to_series()


def take_scores(docs: pl.DataFrame, score: str) -> pl.Series:
    """The scores as float32, null where there is none or none that is finite.

    Raises ValueError where the column does not hold numbers.
    """
    if not (docs.schema[score].is_numeric() or docs.schema[score] == pl.Null):
        raise ValueError(f"{score} is {docs.schema[score]}, not a number: name a column of scores")
    found = docs[score].cast(pl.Float32, strict=False)
    return found.set(~found.is_finite(), None)


def count(
    files: Sequence[Path], score: str, by: Sequence[str], most: int = MOST_BINS
) -> tuple[pl.DataFrame, int]:
    """`group`, `score` (Float32, the least of its bin), `documents` and `tokens`, by group and score; and how
    many bits were cut off.

    Raises ValueError where a document has no finite score or no `token_count`, or there are none.
    """
    table = pl.DataFrame(schema={"group": pl.String, "bin": pl.UInt32})
    table = table.with_columns(documents=pl.lit(0, pl.Int64), tokens=pl.lit(0, pl.Int64))
    waiting, held, bits = [table], 0, 0
    for batch in _read(files, score, by):
        waiting.append(batch)
        held += batch.height
        if held > most:
            table, bits = _merge(waiting, bits, most)
            waiting, held = [table], 0
    table, bits = _merge(waiting, bits, most)
    if table.is_empty():
        raise ValueError("no documents to select from: look at what the stages before dropped")
    table = table.with_columns(pl.Series("score", _to_scores(table["bin"].to_numpy())))
    return table.select("group", "score", "documents", "tokens"), bits


def make_knots(bins: pl.DataFrame, mark: float) -> pl.DataFrame:
    """The bins of one group with neighbours put together: `score`, `documents`, `tokens`.

    A tie of 1 / KNOTS of the tokens or more stands alone, and so does the bin that holds the quantile `mark`:
    what is decided there is decided by the score as far as the bins know it.
    """
    tokens = bins["tokens"].to_numpy()
    low, high = place(tokens)
    alone = (high - low >= 1 / KNOTS) | ((low < mark) & (mark < high))
    sides = np.floor(low * KNOTS) + (low >= mark)
    first = np.ones(len(tokens), bool)
    first[1:] = (sides[1:] != sides[:-1]) | alone[1:] | alone[:-1]
    knots = bins.with_columns(knot=pl.Series(first).cum_sum()).group_by("knot", maintain_order=True)
    return knots.agg(pl.col("score").first(), pl.col("documents", "tokens").sum()).drop("knot")


def place(tokens: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where knots begin and end among all tokens of their group, in [0, 1]."""
    passed = np.concatenate([[0], np.cumsum(tokens)])
    share = passed / passed[-1]
    return share[:-1], share[1:]


def _read(files: Sequence[Path], score: str, by: Sequence[str]) -> Iterator[pl.DataFrame]:
    bad: Counter[str] = Counter()
    example = ""
    for file in files:
        source, start = pq.ParquetFile(file), 0
        columns = list(dict.fromkeys([score, "token_count", *by]))
        if missing := sorted(set(columns) - set(source.schema_arrow.names)):
            raise ValueError(f"{file.name} has no columns {missing}: run the steps that make them before")
        for batch in source.iter_batches(BATCH_ROWS, columns=columns):
            docs = pl.DataFrame(batch)
            rows = docs.select(
                name_groups(docs, by),
                take_scores(docs, score).alias("score"),
                pl.col("token_count").cast(pl.Int64).alias("tokens"),
            )
            wrong = rows["score"].is_null() | (rows["tokens"].fill_null(-1) < 0)
            if wrong.any():
                example = example or _find_id(file, start + int(wrong.arg_true()[0]))
                bad.update(rows.filter(wrong)["group"])
            start += docs.height
            yield _count_batch(rows.filter(~wrong))
    if bad:
        groups = ", ".join(f"{name!r}: {found}" for name, found in sorted(bad.items()))
        raise ValueError(
            f"{bad.total()} documents have no finite {score} or no token_count, the first is {example}"
            f" (by group: {groups}): score and count them, or drop them before with a reason"
        )


def _count_batch(rows: pl.DataFrame) -> pl.DataFrame:
    keys = pl.Series("bin", _to_keys(rows["score"].to_numpy()), dtype=pl.UInt32)
    return _sum(rows.with_columns(keys, documents=pl.lit(1, pl.Int64)))


def _sum(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(_KEY).agg(pl.col("documents", "tokens").sum()).select(*_KEY, "documents", "tokens")


def _merge(frames: list[pl.DataFrame], bits: int, most: int) -> tuple[pl.DataFrame, int]:
    """The frames in one, with more bits cut off where there are more than `most` bins."""
    table = pl.concat(frames)
    while True:
        mask = (0xFFFFFFFF >> bits) << bits
        table = _sum(table.with_columns(pl.col("bin") & pl.lit(mask, pl.UInt32)))
        if table.height <= most:
            return table.sort(_KEY), bits
        if bits == 31:
            groups = table["group"].n_unique()
            raise ValueError(f"{groups} groups are more than {most} bins can hold: group by fewer columns")
        bits += 1


def _to_keys(scores: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Whole numbers in the order of the scores."""
    bits = (scores + np.float32(0.0)).view(np.uint32)  # -0.0 has other bits than the 0.0 that it equals
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _to_scores(keys: NDArray[np.uint32]) -> NDArray[np.float32]:
    scores = np.where(keys & _SIGN, keys ^ _SIGN, ~keys).view(np.float32)
    return np.fmax(scores, np.finfo(np.float32).min)  # below it there are only numbers that are none


def _find_id(file: Path, row: int) -> str:
    found = pl.scan_parquet(file, glob=False).select("id").slice(row, 1).collect().item()
    return f"{found!r} in {file.name}"
