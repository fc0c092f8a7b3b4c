"""Which documents of two runs are the same: by place and text, key, URL, text, or place alone.

An id is of source, file and place: where a line was taken out of a file, or the file renamed, the documents
behind it have others. What no pair of the strictest kind has goes on to the next, by way of the disk, so
that memory is bounded however large the runs are.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.ledger import run_summary, verdicts
from winnow.pipelines.engine.ledger.run_summary import RunSummary

BUCKET_ROWS = 4_000_000  # of both runs, that are matched at a time
PASSES = (
    ("id", ("name", "known")),
    ("key", ("own_key", "digest")),
    ("url", ("url", "digest")),
    ("key", ("own_key",)),
    ("url", ("url",)),
    ("text", ("digest", "source")),
    ("text", ("digest",)),
    ("id", ("name",)),
)
"""What a pair has in common, the surest first. Of several with one text as many are paired as both runs have;
of several with one key or URL, and other texts, none is."""
_OF_PLACE = (
    r"^(?:file|book|manifest|(?:(?:line|item) at )?byte \d+|(?:row|row group|index line|chapter) \d+)$"
)
"""Keys that readers make of the place of a record, and that another record has in a changed file."""

Read = Callable[[str, int, int], pl.DataFrame]


def match(a: RunSummary, b: RunSummary, folder: Path) -> Iterator[pl.DataFrame]:
    """The documents of both runs, a bounded number at a time: pairs, and at last those of one run alone.

    Columns: `by`, what a pair has in common (`id`, `key`, `url`, `text`; null for one alone), `name`, which
    one that is, and those of `verdicts.SCHEMA` after `a_` and `b_`. In `folder` lies what waits.
    """
    reads: tuple[Read, Read] = (partial(_read_run, a), partial(_read_run, b))
    rows = _count_rows(a) + _count_rows(b)
    for number, (by, columns) in enumerate(PASSES):
        buckets = rows // BUCKET_ROWS + 1
        waiting: tuple[list[Path], list[Path]] = ([], [])
        left = [0, 0]
        for bucket in range(buckets):
            ours, theirs = (read(columns[0], bucket, buckets) for read in reads)
            pairs, *alone = _pair(ours, theirs, by, columns)
            yield pairs
            for side, frame in enumerate(alone):
                waiting[side].append(folder / f"{number}-{bucket}-{side}.parquet")
                frame.write_parquet(waiting[side][-1])
                left[side] += frame.height
        reads, rows = (partial(_read_waiting, waiting[0]), partial(_read_waiting, waiting[1])), sum(left)
        if not all(left):
            break
    buckets = rows // BUCKET_ROWS + 1
    for bucket in range(buckets):
        ours, theirs = (read("name", bucket, buckets) for read in reads)
        yield _lay_out(None, ours, theirs.clear())
        yield _lay_out(None, ours.clear(), theirs)


def find(account: RunSummary, row: dict[str, Any]) -> tuple[str | None, pl.DataFrame]:
    """The document of a run that is the same as the one of another run with the verdict `row`: by what, and
    the verdicts on it, several where several have its text; none where the run has no such document."""
    given = mark(pl.DataFrame([row], schema=verdicts.SCHEMA)).row(0, named=True)
    names = [(pl.col(one), given[one]) for one in ("key", "url", "digest")]
    names.append((verdicts.BY_ID, given["name"]))
    known = [column == value for column, value in names if value is not None]
    rows = mark(verdicts.select(account, pl.any_horizontal(known)))
    for by, columns in PASSES:
        if any(given[one] is None for one in columns):
            continue
        found = rows.filter(pl.all_horizontal(pl.col(one) == given[one] for one in columns))
        if found.height == 1 or (found.height and "digest" in columns):
            return by, found.sort(pl.col("fate") != "kept", "step", "name")
    return None, rows.clear()


def _count_rows(account: RunSummary) -> int:
    totals = run_summary.add_totals(account)
    return sum(totals[fate] for fate in ("kept", "dropped", "failed"))


def _read_run(account: RunSummary, _: str, bucket: int, buckets: int) -> pl.DataFrame:
    """The verdicts of a bucket by name."""
    return mark(verdicts.read(account, bucket=bucket, buckets=buckets))


def mark(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `own_key`, the key where it is not made of the record's place, and `known`, the digest
    or, where there is none, an empty text."""
    own = pl.when(~pl.col("key").str.contains(_OF_PLACE)).then("key")
    return rows.with_columns(own_key=own, known=pl.col("digest").fill_null(""))


def _read_waiting(paths: list[Path], column: str, bucket: int, buckets: int) -> pl.DataFrame:
    """Of what waits those rows that can be paired with one another by the column."""
    mine = pl.coalesce(column, "name").hash(0) % buckets == bucket  # nulls alike would all be in one
    return pl.concat(pl.scan_parquet(path, glob=False).filter(mine) for path in paths).collect()


def _pair(
    a: pl.DataFrame, b: pl.DataFrame, by: str, columns: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The pairs, and what is left of both."""
    numbered = [_number(frame, columns) for frame in (a, b)]
    shared = numbered[0].join(numbered[1], on=[*columns, "turn"], suffix="_b").select("row", "row_b")
    pairs = _lay_out(by, a[shared["row"]], b[shared["row_b"]])
    return pairs, _leave_out(a, shared["row"]), _leave_out(b, shared["row_b"])


def _leave_out(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    return frame.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(rows.implode()))


def _number(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """The rows that can be paired, by their number `row`: of those alike the first kept one has `turn` 0."""
    rows = frame.with_row_index("row").drop_nulls(columns)
    if "digest" not in columns:
        rows = rows.filter(pl.len().over(columns) == 1)
    order = rows.sort(pl.col("fate") != "kept", "step", "name")
    return order.select("row", *columns, turn=pl.int_range(pl.len()).over(columns))


def _lay_out(by: str | None, a: pl.DataFrame, b: pl.DataFrame) -> pl.DataFrame:
    """Pairs of rows side by side, or the rows of the one that has any."""
    column = {"key": "key", "url": "url", "text": "digest"}.get(by or "id", "name")
    name = (a if a.height else b)[column]
    sides = [
        frame.select(pl.col(each).alias(f"{side}_{each}") for each in verdicts.SCHEMA if each != "name")
        for side, frame in (("a", a), ("b", b))
    ]
    both = pl.concat(sides, how="horizontal") if by else pl.concat(sides, how="diagonal")
    return both.select(pl.lit(by, pl.String).alias("by"), name.alias("name"), pl.all())
