"""What a head is taught: texts, and how good each is, from sources, grades or preferences."""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import scipy

from winnow.classifiers.head.texts import Read, hash_id, read_chosen, read_table

COLUMNS = ["text", "source", "good"]  # of what is taught; good: 0 to 1. With `by` that column, too
STOP = {"maxiter": 5000, "maxfun": 10_000, "ftol": 1e-15, "gtol": 1e-8}  # where shares stand still


def from_sources(
    files: Sequence[Path],
    read: Read,
    positives: list[str],
    negatives: list[str],
    most: int,
    seed: int,
    by: list[str],
) -> pl.DataFrame:
    """Equally many documents of both classes, at most `most` of each: those with the smallest hashes. Of
    these the ones whose text is blank are left out."""
    if both := set(positives) & set(negatives):
        raise ValueError(f"sources named both in positives and negatives: {sorted(both)}")
    picked = [heapq.nsmallest(most, _rank(files, names, seed)) for names in (negatives, positives)]
    size = min(map(len, picked))
    if not size:
        raise ValueError(f"no documents of the sources {positives} or of {negatives} in {len(files)} files")
    rows = [(digest, id_, float(good)) for good, ranked in enumerate(picked) for digest, id_ in ranked[:size]]
    chosen = pl.DataFrame(sorted(rows), schema=["digest", "id", "good"], orient="row")
    return _take_texts(_read_texts(files, read, chosen, by)).select(list(dict.fromkeys(COLUMNS + by)))


def from_grades(files: Sequence[Path], read: Read, path: Path, by: list[str]) -> pl.DataFrame:
    """Texts of a table with `score` (a number, the higher the better) and `text`, or the `id` of a document.

    The lowest score becomes 0, the highest 1.
    """
    table = _read_table(path, {"score"}, [{"text", *by}, {"id"}])
    score = table["score"].cast(pl.Float64, strict=False)
    if bad := int((score.is_null() | ~score.is_finite()).sum()):
        raise ValueError(f"{path}: {bad} of {table.height} scores are no finite numbers")
    low, high = score.min(), score.max()
    if table.is_empty() or low == high:
        raise ValueError(f"{path}: {table.height} scores, all {low!r}: grades must differ to be learnt")
    good = ((score - low) / (high - low)).clip(0, 1)  # type: ignore[operator]
    table = table.with_columns(good=pl.when(score == high).then(1.0).otherwise(good))
    columns = list(dict.fromkeys(COLUMNS + by))
    if {"text", *by} <= set(table.columns):
        named = pl.col("source").cast(pl.String) if "source" in table.columns else pl.lit(path.name)
        table = table.with_columns(pl.col(*by).cast(pl.String) if by else [], source=named)
        return _take_texts(table).select(columns)
    if (twice := table.filter(table["id"].is_duplicated())).height:
        raise ValueError(f"{path} grades {twice['id'].n_unique()} documents twice, first {twice['id'][0]!r}")
    return _find_texts(files, read, table.select("id", "good"), path, by).select(columns)


def from_preferences(files: Sequence[Path], read: Read, path: Path, by: list[str]) -> pl.DataFrame:
    """Documents of a table of pairs, `better` and `worse` (ids), with the share of comparisons that each
    would win against an average one (Bradley and Terry 1952; one draw with such a one is added)."""
    table = _read_table(path, {"better", "worse"}, [set()])
    names = pl.concat([table["better"], table["worse"]]).unique().sort()
    if names.null_count() or (same := int((table["better"] == table["worse"]).sum())):
        raise ValueError(f"{path}: {'a null' if names.null_count() else f'{same} pairs of one and the same'}")
    better, worse = (
        np.searchsorted(names.to_numpy(), table[name].to_numpy()) for name in ("better", "worse")
    )
    graded = pl.DataFrame({"id": names, "good": _rank_by_wins(better, worse, len(names))})
    return _find_texts(files, read, graded, path, by).select(list(dict.fromkeys(COLUMNS + by)))


def _rank_by_wins(better: np.ndarray, worse: np.ndarray, count: int) -> np.ndarray:
    """The likeliest shares: of all comparisons, and of a draw of each document with an average one."""

    def measure(strength: np.ndarray) -> tuple[float, np.ndarray]:
        ahead = strength[better] - strength[worse]
        lost = scipy.special.expit(-ahead)
        own = scipy.special.expit(strength) - 0.5
        slope = own - np.bincount(better, lost, count) + np.bincount(worse, lost, count)
        draws = np.logaddexp(0, strength) - strength / 2
        return float(np.logaddexp(0, -ahead).sum() + draws.sum()), slope

    found = scipy.optimize.minimize(measure, np.zeros(count), jac=True, method="L-BFGS-B", options=STOP)
    shares: np.ndarray = scipy.special.expit(found.x)
    return shares


def _read_table(path: Path, needed: set[str], either: list[set[str]]) -> pl.DataFrame:
    if path.is_dir():  # of `classifiers.ask:label`
        path = path / "labels_mean.parquet"
    table = read_table(path)
    if missing := needed - set(table.columns):
        raise ValueError(f"{path} has no column {', '.join(sorted(missing))}; it has {table.columns}")
    if not any(names <= set(table.columns) for names in either):
        raise ValueError(f"{path} has neither `text` nor `id`; it has {table.columns}")
    return table


def _find_texts(
    files: Sequence[Path], read: Read, table: pl.DataFrame, path: Path, by: list[str]
) -> pl.DataFrame:
    found = _read_texts(files, read, table, by)
    there = found.filter(pl.col("source").is_not_null()).height
    if there < table.height:
        raise ValueError(
            f"{path} names {table.height} documents, of which {there} are the stage's: "
            "is it `after` the stage whose documents were graded?"
        )
    return _take_texts(found)


def _rank(files: Sequence[Path], sources: list[str], seed: int) -> Iterator[tuple[bytes, str]]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["id", "source"]):
            for id_ in pl.DataFrame(batch).filter(pl.col("source").is_in(sources))["id"]:
                yield hash_id(id_, seed), id_


def _read_texts(files: Sequence[Path], read: Read, chosen: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The chosen documents with their texts, in the order of `chosen`; nulls where one is not there."""
    found = read_chosen(files, read, chosen["id"], ["id", "source", "text", *by])
    return chosen.join(found, on="id", how="left", maintain_order="left")


def _take_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Those with a text: of an empty one nothing can be learnt."""
    return rows.filter(pl.col("text").str.strip_chars() != "")
