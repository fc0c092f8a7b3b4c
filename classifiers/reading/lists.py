"""Which documents somebody should read, and what was said of those that were."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from winnow.classifiers import quality
from winnow.classifiers.head.texts import Read, hash_id, read_chosen

BUCKETS = 5
VERDICTS = ("good", "poor")
COLUMNS = ["kind", "id", "source", "score_quality", "before"]


class Seen(NamedTuple):
    """What one pass over the scores of a run leaves."""

    documents: int
    kept: int
    groups: dict[str, pl.DataFrame]  # name, documents, mean, kept, fullest, constant; by column
    near: pl.DataFrame  # the documents nearest to the cut on both sides: id, source, score_quality
    sample: pl.DataFrame  # those with the smallest hashes of their ids


def scan(
    files: Sequence[Path], read: Read, groups: list[str], cut: float, sample: int, length: int, seed: int
) -> Seen:
    """Count the scores by group, and pick documents; ValueError where a score is no number."""
    columns = ["id", "score_quality", *groups]
    near, drawn = pl.DataFrame(), pl.DataFrame()
    sums: dict[str, list[pl.DataFrame]] = {name: [] for name in groups}
    for batch in (batch.select(columns) for file in files for batch in read(file, columns)):
        _check(batch)
        for name in groups:
            sums[name] = [_join_sums([*sums[name], _sum(batch, name, cut)])]
        near = _keep_near(pl.concat([near, batch], how="diagonal"), cut, length)
        drawn = pl.concat([drawn, batch.with_columns(hash=_hash(batch["id"], seed))], how="diagonal")
        drawn = drawn.sort("hash", "id").head(sample)
    if near.is_empty():
        raise ValueError("there is no document to audit")
    tables = {name: _finish(_join_sums(found)) for name, found in sums.items()}
    counts = tables["source"].select(
        (pl.col("kept") * pl.col("documents")).round().sum(), pl.col("documents").sum()
    )
    kept, documents = counts.row(0)
    return Seen(int(documents), int(kept), tables, near, drawn.drop("hash"))


def _check(batch: pl.DataFrame) -> None:
    bad = batch.filter(pl.col("score_quality").is_null() | ~pl.col("score_quality").is_finite())
    if bad.height:
        raise ValueError(
            f"{bad.height} documents have no score_quality that is a number, the first of them "
            f"{bad['id'][0]!r}: do all of them pass classifiers.quality:score?"
        )


def _sum(batch: pl.DataFrame, name: str, cut: float) -> pl.DataFrame:
    score = pl.col("score_quality").cast(pl.Float64)
    bucket = (score * BUCKETS).floor().clip(0, BUCKETS - 1)
    return (
        batch.with_columns(name=pl.col(name).cast(pl.String).fill_null("none"))
        .group_by("name")
        .agg(
            documents=pl.len().cast(pl.Int64),
            total=score.sum(),
            kept=(pl.col("score_quality").cast(pl.Float32) >= cut).sum().cast(pl.Int64),
            **{f"bucket{k}": (bucket == k).sum().cast(pl.Int64) for k in range(BUCKETS)},
            low=score.min(),
            high=score.max(),
        )
    )


def _join_sums(parts: list[pl.DataFrame]) -> pl.DataFrame:
    ends = pl.col("low").min(), pl.col("high").max()
    return pl.concat(parts).group_by("name").agg(pl.exclude("name", "low", "high").sum(), *ends).sort("name")


def _finish(sums: pl.DataFrame) -> pl.DataFrame:
    documents = pl.col("documents")
    return sums.select(
        "name",
        "documents",
        mean=pl.col("total") / documents,
        kept=pl.col("kept") / documents,
        fullest=pl.max_horizontal(f"bucket{k}" for k in range(BUCKETS)) / documents,
        constant=(pl.col("high") - pl.col("low") < 1e-6) & (documents > 1),
    )


def _keep_near(found: pl.DataFrame, cut: float, length: int) -> pl.DataFrame:
    found = found.sort("score_quality", "id")
    above, below = found.filter(pl.col("score_quality") >= cut), found.filter(pl.col("score_quality") < cut)
    return pl.concat([below.tail(length), above.head(length)])


def _hash(ids: pl.Series, seed: int) -> pl.Series:
    return pl.Series([hash_id(id_, seed) for id_ in ids], dtype=pl.Binary)


def read_texts(files: Sequence[Path], read: Read, ids: pl.Series, more: list[str]) -> pl.DataFrame:
    """`id`, `text` and further columns of some documents, in the order of the files."""
    found = read_chosen(files, read, ids, ["id", "text", *more])
    return found.unique("id", keep="first", maintain_order=True)


def choose(
    scores: pl.DataFrame,
    texts: pl.DataFrame,
    cut: float,
    length: int,
    model: Path | None,
    previous: Path | None,
    by: str | None,
) -> pl.DataFrame:
    """Documents to be read, at most `length` of each kind; `before` is the former model's score."""
    named = scores.select("id", "source", "score_quality").sort("score_quality", "id")
    above = named.filter(pl.col("score_quality") >= cut).head(length)
    below = named.filter(pl.col("score_quality") < cut).tail(length).reverse()
    found = [above.with_columns(kind=pl.lit("above")), below.with_columns(kind=pl.lit("below"))]
    if previous:
        now = quality.score(texts, model=model, by=by)["score_quality"]
        former = by if quality.has_heads(previous, by) else None
        before = quality.score(texts, model=previous, by=former)["score_quality"]
        moved = texts.select("id", "source").with_columns(score_quality=now, before=before)
        moved = moved.with_columns(rise=now.rank() - before.rank()).sort("rise", "id")
        up, down = moved.tail(length).reverse(), moved.head(length)
        found += [up.filter(pl.col("rise") > 0).with_columns(kind=pl.lit("promoted"))]
        found += [down.filter(pl.col("rise") < 0).with_columns(kind=pl.lit("demoted"))]
    table = pl.concat(found, how="diagonal")
    if "before" not in table.columns:
        table = table.with_columns(before=pl.lit(None, pl.Float32))
    return table.select(COLUMNS)


def count_verdicts(path: Path) -> dict[str, dict[str, int]]:
    """Of a read list that was filled in: by kind how many are good, poor and not read."""
    table = pl.read_csv(path, infer_schema=False).with_columns(
        pl.col("verdict").fill_null("").str.strip_chars().str.to_lowercase()
    )
    wrong = table.filter(~pl.col("verdict").is_in([*VERDICTS, ""]))
    if wrong.height:
        raise ValueError(
            f"{path}: the verdict {wrong['verdict'][0]!r} of {wrong['id'][0]!r} is neither good nor poor"
        )
    found: dict[str, dict[str, int]] = {}
    for kind, verdict in table.select("kind", "verdict").iter_rows():
        counts = found.setdefault(kind, dict.fromkeys([*VERDICTS, "unread"], 0))
        counts[verdict or "unread"] += 1
    return found
