"""Which documents are rated: by a hash of their ids, equally many of each stratum."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

Reader = Callable[..., Iterator[pl.DataFrame]]


def choose(
    files: Sequence[Path], documents: int, by: Sequence[str], seed: int, among: set[str] | None = None
) -> pl.DataFrame:
    """The chosen documents in the order in which they are rated: `id`, `file` (its number), `row`.

    In that order each stratum (the values of `by` together) has its first document before any has its second,
    so that a budget that ends early has taken from all alike. Ids alone decide, not files or rows. Beside a
    batch no more than `documents` rows are held, however many strata there are.
    With `among`, only documents with these ids are taken.
    Raises ValueError where a column of `by` is missing, an id stands twice, or there is no document.
    """
    order = pl.col("lot").rank("ordinal")
    turn = order.over([_name(n) for n in range(len(by))]) if by else order
    kept: pl.DataFrame | None = None
    for number, file in enumerate(files):
        for rows in _rank(file, number, by, seed):
            rows = rows if among is None else rows.filter(pl.col("id").is_in(list(among)))
            kept = rows if kept is None else pl.concat([kept, rows], how="vertical_relaxed")
            kept = kept.with_columns(turn=turn).sort("turn", "lot").head(documents).drop("turn")
    if kept is None or kept.is_empty():
        raise ValueError(f"no documents to rate in {len(files)} files: is the stage before empty?")
    if twice := kept.filter(pl.col("id").is_duplicated())["id"].unique().sort().to_list():
        raise ValueError(f"ids that stand twice in the files: {twice[:3]}: ids must name one document each")
    return kept.select("id", "file", "row")


def _name(number: int) -> str:
    """A column of `by` here, where its own name may be that of another one."""
    return f"by {number}"


def _rank(file: Path, number: int, by: Sequence[str], seed: int) -> Iterator[pl.DataFrame]:
    """Ids with their lots, a batch at a time."""
    table = pq.ParquetFile(file)
    if missing := [name for name in by if name not in table.schema_arrow.names]:
        raise ValueError(f"by: {file.name} has no column {missing[0]!r}")
    start = 0
    for batch in table.iter_batches(columns=list(dict.fromkeys(["id", *by]))):
        read = pl.DataFrame(batch)
        strata = [read[name].alias(_name(n)) for n, name in enumerate(by)]
        ids = pl.DataFrame([read["id"], *strata])
        key = seed.to_bytes(8, signed=True)
        lots = [hashlib.blake2b(id_.encode(), digest_size=16, key=key).hexdigest() for id_ in ids["id"]]
        row = pl.int_range(start, start + ids.height, dtype=pl.Int64, eager=True)
        start += ids.height
        yield ids.with_columns(lot=pl.Series(lots, dtype=pl.String), file=pl.lit(number), row=row)


def read_texts(files: Sequence[Path], read: Reader, chosen: pl.DataFrame) -> list[tuple[str, str]]:
    """Id and text of each chosen document, in their order."""
    found: dict[str, str] = {}
    for (number,), rows in chosen.group_by("file"):
        wanted = rows["row"].sort().to_list()
        for batch in read(files[int(str(number))], ["id", "text"], wanted):
            found |= dict(batch.select("id", pl.col("text").fill_null("")).iter_rows())
    return [(id_, found[id_]) for id_ in chosen["id"]]
