"""What two runs said otherwise of the same documents: how often, and some of them as texts."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq

from pipelines.disk import documents, storage
from pipelines.ledger import verdicts
from pipelines.report import figures as accounts
from pipelines.report.figures import Account
from pipelines.report.panels import cuts, samples
from pipelines.report.panels.shown import PLACE

BUCKET_ROWS = 4_000_000  # of both runs, that are compared at a time
EXAMPLES = 3  # of each kind of change
KINDS = 40  # that are shown with examples
LENGTH = "kept, of another length"
_NAMES = {"id": verdicts.BY_ID, "url": verdicts.BY_URL}


class Changes(NamedTuple):
    """What became of the documents of two runs, A and B.

    `by`: what they were told apart by, "id" or "url"; how many are in `both`, or in one alone; how many of
    each have no such name, or that of another, and are not compared (`left_a`, `left_b`); of how many of both
    the verdict `changed`, and how many both kept in another `length`. `kinds` of these: verdicts `a` and `b`,
    `documents`, `bytes` of text (in A, or else in B) and `examples`, the most frequent first.
    """

    by: str
    both: int
    only_a: int
    only_b: int
    left_a: int
    left_b: int
    changed: int
    length: int
    kinds: list[dict[str, Any]]


def find(a: Account, b: Account, file: Path) -> Changes:
    """Compare the verdicts of two runs, and write those that changed to a Parquet file, a row a document.

    Documents are told apart by their ids or, where the runs share none, by their URLs.
    """
    counts, kinds, drawn = _compare(a, b, "id", file)
    by = "id" if counts["both"] else "url"
    if not counts["both"]:
        counts, kinds, drawn = _compare(a, b, "url", file)
    shown = [_show_kind(kind, drawn if n < KINDS else drawn.clear(), a, b) for n, kind in enumerate(kinds)]
    left_a, left_b = (
        _count_rows(account) - counts["both"] - counts[only]
        for account, only in ((a, "only_a"), (b, "only_b"))
    )
    return Changes(by, **counts, left_a=left_a, left_b=left_b, kinds=shown)


def _count_rows(account: Account) -> int:
    totals = accounts.add_totals(account)
    return sum(totals[fate] for fate in ("kept", "dropped", "failed"))


def _compare(
    a: Account, b: Account, by: str, file: Path
) -> tuple[dict[str, int], list[dict[str, Any]], pl.DataFrame]:
    """Counts over all documents, the kinds of changes, and some documents of each."""
    counts, kinds, drawn = [], [], []
    with storage.replace(file) as beside, ExitStack() as opened:
        writer = None
        for joined in _join(a, b, by):
            changed = joined.filter(pl.col("a_verdict") != pl.col("b_verdict"))
            counts.append(_count(joined))
            kinds.append(_count_kinds(changed))
            drawn.append(_draw(changed))
            table = storage.to_arrow(changed)
            writer = writer or opened.enter_context(
                pq.ParquetWriter(beside, table.schema, compression="zstd")
            )
            writer.write_table(table)
    sums = (
        pl.concat(kinds)
        .group_by("a", "b")
        .sum()
        .sort(["documents", "a", "b"], descending=[True, False, False])
    )
    return pl.concat(counts).sum().row(0, named=True), sums.to_dicts(), _draw(pl.concat(drawn))


def _join(a: Account, b: Account, by: str) -> Iterator[pl.DataFrame]:
    """The verdicts of both, a bucket at a time: a document's `name`, the columns of `verdicts.SCHEMA` after
    `a_` and `b_`, and `a_verdict` and `b_verdict`, which are null where a run has no such document."""
    buckets = (_count_rows(a) + _count_rows(b)) // BUCKET_ROWS + 1
    for bucket in range(buckets):
        left, right = (_read(account, side, by, bucket, buckets) for side, account in (("a", a), ("b", b)))
        joined = left.join(right, on="name", how="full", coalesce=True).sort("name")
        kept = (pl.col("a_verdict") == "kept") & (pl.col("b_verdict") == "kept")
        other = kept & (pl.col("a_text_bytes") != pl.col("b_text_bytes"))
        yield joined.with_columns(
            b_verdict=pl.when(other).then(pl.lit(LENGTH)).otherwise("b_verdict"),
        )


def _read(account: Account, side: str, by: str, bucket: int, buckets: int) -> pl.DataFrame:
    found = verdicts.read(account, _NAMES[by], bucket, buckets)
    verdict = pl.when(pl.col("fate") == "dropped").then("reason").otherwise("fate").alias("verdict")
    return found.select(
        "name", pl.all().exclude("name").name.prefix(f"{side}_"), verdict.name.prefix(f"{side}_")
    )


def _count(joined: pl.DataFrame) -> pl.DataFrame:
    a, b = pl.col("a_verdict"), pl.col("b_verdict")
    return joined.select(
        both=(a.is_not_null() & b.is_not_null()).sum(),
        only_a=b.is_null().sum(),
        only_b=a.is_null().sum(),
        changed=((a != b) & (b != LENGTH)).sum(),
        length=(b == LENGTH).sum(),
    )


def _count_kinds(changed: pl.DataFrame) -> pl.DataFrame:
    size = pl.coalesce("a_text_bytes", "b_text_bytes").sum()
    return changed.group_by(a="a_verdict", b="b_verdict").agg(documents=pl.len().cast(pl.Int64), bytes=size)


def _draw(changed: pl.DataFrame) -> pl.DataFrame:
    """Some documents of each kind, by a hash of their names."""
    ordered = changed.sort(pl.col("name").hash(1), "name")
    return ordered.group_by("a_verdict", "b_verdict", maintain_order=True).head(EXAMPLES)


def _show_kind(kind: dict[str, Any], drawn: pl.DataFrame, a: Account, b: Account) -> dict[str, Any]:
    some = drawn.filter(a_verdict=kind["a"], b_verdict=kind["b"]).to_dicts()
    return {**kind, "examples": [_show(row, a, b) for row in some]}


def _show(row: dict[str, Any], a: Account, b: Account) -> dict[str, Any]:
    """A document: its `place`, its `text` or the `lines` in which its texts differ, and for both `sides` what
    was said of it, with its `signals`."""
    place = {name: row[f"a_{name}"] or row[f"b_{name}"] for name in PLACE}
    sides = []
    for side, account in (("a", a), ("b", b)):
        own = {
            name.removeprefix(f"{side}_"): value for name, value in row.items() if name.startswith(f"{side}_")
        }
        sides.append({**own, **_look_up(own, account)})
    texts = [side["text"] for side in sides]
    lines = cuts.show_changes(*texts) if None not in texts and row["b_verdict"] == LENGTH else []
    text = next((text[: samples.MAX_CHARS] for text in texts if text is not None), None)
    return {"place": place, "sides": sides, "text": text, "lines": lines}


def _look_up(own: dict[str, Any], account: Account) -> dict[str, Any]:
    """The `text` of a document and the `signals` by which it was dropped, as far as the run has them."""
    stage = account.stages[own["stage"]]
    if own["fate"] == "dropped":
        return samples.show_dropped(stage, account, own["part"], own["id"])
    if own["fate"] == "failed":
        return {"text": None, "signals": []}
    path = stage.folder / f"{own['part']}.parquet"
    found = documents.find(path, pl.col("id") == own["id"], ["id", "text"])
    return {"text": found["text"][0] if found.height else None, "signals": []}
