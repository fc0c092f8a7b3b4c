"""What two runs said otherwise of the same documents: how often, and some of them as texts."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.ledger import matches
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report.panels import cuts, samples
from winnow.pipelines.report.panels.shown import PLACE

EXAMPLES = 3  # of each kind of change
KINDS = 40  # that are shown with examples
LENGTH = "kept, of another length"


def find(a: RunSummary, b: RunSummary, file: Path, unmatched: Path) -> dict[str, Any]:
    """Compare the verdicts of two runs, A and B, and write those that changed to a Parquet file, a row a
    document, and to another one those of documents that only one run has.

    How many are in `both`, `by` what they were matched (`ledger.matches`), and how many of these
    have `other_text` than they had; how many are in one alone (`only_a`, `only_b`), `alone` by source; which
    runs are `blind`, of a version that kept no digests of texts; of how many of both the verdict `changed`,
    and how many both kept in another `length`. `kinds` of these: verdicts `a` and `b`, `documents`, `bytes`
    of text (in A, or else in B) and `examples`, the most frequent first.
    """
    counts, kinds = [], []
    drawn: list[pl.DataFrame] = []
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix=".matches.", dir=file.parent)))
        write, write_alone = (opened.enter_context(_open(path)) for path in (file, unmatched))
        for pairs in matches.match(a, b, folder):
            joined = _add_verdicts(pairs)
            changed = joined.filter(pl.col("a_verdict") != pl.col("b_verdict")).sort("name", "a_id")
            counts.append(_count(joined))
            kinds.append(_count_kinds(changed))
            drawn = [_draw(pl.concat([*drawn, changed]))]
            write(changed)
            write_alone(joined.filter(pl.col("by").is_null()).sort("name"))
    sums = pl.concat(kinds).group_by("a", "b").sum()
    sums = sums.sort(["documents", "a", "b"], descending=[True, False, False])
    shown = [
        _show_kind(kind, drawn[0] if n < KINDS else drawn[0].clear(), a, b)
        for n, kind in enumerate(sums.to_dicts())
    ]
    return _add_up(pl.concat(counts)) | {"kinds": shown}


@contextmanager
def _open(file: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """What writes frames of the same columns to a Parquet file, which is there when all are written."""
    with storage.replace(file) as beside, ExitStack() as opened:
        writers: list[pq.ParquetWriter] = []

        def write(frame: pl.DataFrame) -> None:
            table = storage.to_arrow(frame)
            if not writers:
                made = pq.ParquetWriter(beside, table.schema, compression="zstd")
                writers.append(opened.enter_context(made))
            writers[0].write_table(table)

        yield write


def _add_verdicts(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `a_verdict` and `b_verdict`, which are null where a run has no such document."""
    verdict = [
        pl.when(pl.col(f"{side}_fate") == "dropped")
        .then(f"{side}_reason")
        .otherwise(f"{side}_fate")
        .alias(f"{side}_verdict")
        for side in "ab"
    ]
    pairs = pairs.with_columns(verdict)
    kept = (pl.col("a_verdict") == "kept") & (pl.col("b_verdict") == "kept")
    other = kept & (pl.col("a_text_bytes") != pl.col("b_text_bytes"))
    return pairs.with_columns(b_verdict=pl.when(other).then(pl.lit(LENGTH)).otherwise("b_verdict"))


def _count(joined: pl.DataFrame) -> pl.DataFrame:
    """By what they are matched and, where they are not, by source: how many, and of how many what differs."""
    a, b = pl.col("a_verdict"), pl.col("b_verdict")
    return joined.group_by(
        "by",
        alone=pl.when(b.is_null()).then(pl.lit("a")).when(a.is_null()).then(pl.lit("b")),
        source=pl.when(pl.col("by").is_null()).then(pl.coalesce("a_source", "b_source")),
    ).agg(
        documents=pl.len(),
        other_text=(pl.col("a_digest") != pl.col("b_digest")).sum(),
        changed=((a != b) & (b != LENGTH)).sum(),
        length=(b == LENGTH).sum(),
        **{side: pl.col(f"{side}_verdict").is_not_null().sum() for side in "ab"},
        **{f"{side}_known": pl.col(f"{side}_digest").is_not_null().sum() for side in "ab"},
    )


def _add_up(counts: pl.DataFrame) -> dict[str, Any]:
    """The counts of `Changes`."""
    sums = counts.drop("by", "alone", "source").sum().row(0, named=True)
    pairs = counts.drop_nulls("by").group_by("by").agg(pl.col("documents").sum())
    ordered = pairs.sort("documents", "by", descending=[True, False])
    alone = {
        side: dict(
            counts.filter(alone=side)
            .group_by("source")
            .agg(pl.col("documents").sum())
            .sort("documents", "source", descending=[True, False])
            .iter_rows()
        )
        for side in "ab"
    }
    return {
        "both": int(pairs["documents"].sum()),
        "by": dict(ordered.iter_rows()),
        "other_text": sums["other_text"],
        "only_a": sum(alone["a"].values()),
        "only_b": sum(alone["b"].values()),
        "alone": alone,
        "blind": [side.upper() for side in "ab" if sums[side] and not sums[f"{side}_known"]],
        "changed": sums["changed"],
        "length": sums["length"],
    }


def _count_kinds(changed: pl.DataFrame) -> pl.DataFrame:
    size = pl.coalesce("a_text_bytes", "b_text_bytes").sum()
    return changed.group_by(a="a_verdict", b="b_verdict").agg(documents=pl.len().cast(pl.Int64), bytes=size)


def _draw(changed: pl.DataFrame) -> pl.DataFrame:
    """Some documents of each kind, by a hash of their names."""
    ordered = changed.sort(pl.col("name").hash(1), "name")
    return ordered.filter(pl.int_range(pl.len()).over("a_verdict", "b_verdict") < EXAMPLES)


def _show_kind(kind: dict[str, Any], drawn: pl.DataFrame, a: RunSummary, b: RunSummary) -> dict[str, Any]:
    some = drawn.filter(a_verdict=kind["a"], b_verdict=kind["b"]).to_dicts()
    return {**kind, "examples": [_show(row, a, b) for row in some]}


def _show(row: dict[str, Any], a: RunSummary, b: RunSummary) -> dict[str, Any]:
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


def _look_up(own: dict[str, Any], account: RunSummary) -> dict[str, Any]:
    """The `text` of a document and the `signals` by which it was dropped, as far as the run has them."""
    stage = account.stages[own["stage"]]
    if own["fate"] == "dropped":
        return samples.show_dropped(stage, account, own["part"], own["id"])
    if own["fate"] == "failed":
        return {"text": None, "signals": []}
    path = stage.folder / f"{own['part']}.parquet"
    found = documents.find(path, pl.col("id") == own["id"], ["id", "text"])
    return {"text": found["text"][0] if found.height else None, "signals": []}
