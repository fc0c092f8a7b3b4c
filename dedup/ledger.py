"""Who survives, and the table that names for every removed document the one it duplicates.

A ledger has one row per document of a cluster: `id`, `source`, `uri`; `cluster`, the id of the cluster's
first survivor; `survivor` and `survivor_source`, null for a document that survives; `similarity` to the
survivor (Jaccard) and `containment` in it (the share of the removed document that the survivor has), both in
[0, 1]; `method`; and, for survivors, `duplicates`: how many documents of the input it now stands for, itself
among them. In the ledger of exact duplicates a survivor also has `followers`, who they are: should it go as a
near duplicate of another, they are entered there as well, for that one.

Rows are in the order of `uri`, as the documents of a part are from a few files next to each other: a part
reads its own rows out of a ledger of any size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from winnow.files import cache_by_stamp, find_files

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "source": pl.String,
    "uri": pl.String,
    "cluster": pl.String,
    "survivor": pl.String,
    "survivor_source": pl.String,
    "similarity": pl.Float32,
    "containment": pl.Float32,
    "method": pl.String,
    "duplicates": pl.UInt32,
    "followers": pl.List(
        pl.Struct({"id": pl.String, "source": pl.String, "uri": pl.String, "method": pl.String})
    ),
}

COLUMNS = tuple(SCHEMA)

MARKS = (
    *("dedup_survivor", "dedup_cluster", "dedup_similarity", "dedup_containment", "dedup_method"),
    "duplicates",
)
"""The columns that `mark` adds."""
REASONS = {
    "exact": "exact.duplicate",
    "url": "exact.url_duplicate",
    "question": "exact.question_duplicate",
    "minhash": "minhash.near_duplicate",
}
"""Why a document went, by the `method` of its entry."""

Rule = dict[str, list[str] | Literal["max", "min"]]

LONGEST: list[Rule] = [{"length": "max"}]

LATEST: list[Rule] = [{"length_class": "max"}, {"date?": "max"}, {"length": "max"}]
"""Of texts about as long the latest, where dates are known, else the longest."""

LENGTHS = ("length", "length_class")
"""What a rule may name that is counted and no column of the documents."""

LENGTH_CLASS = 4 / 3
"""How much longer the texts of a class are than those of the one below. Of two of one class the shorter,
where it stands within the longer, is mostly near it by similarity, too (of `min_similarity` .75 or less):
whichever comes first, the other goes. Not where what the longer has more are many short words."""

CACHED = 16 * 2**20
"""Of ledgers of more than so many bytes of Parquet, what concerns the files of a batch is read."""

ROW_GROUP = 8_192


def list_columns(prefer: list[Rule]) -> list[str]:
    """The columns that rules name."""
    return [name.removesuffix("?") for rule in prefer for name in rule if name not in LENGTHS]


def name_preferred(settings: Mapping[str, Any]) -> list[str]:
    """What `prefer` names without `?`."""
    named = (name for rule in settings["prefer"] for name in rule if name not in LENGTHS)
    return [f"{name}?" for name in named if not name.endswith("?")]


def name_scope(settings: Mapping[str, Any]) -> list[str]:
    """The column that `within` names."""
    return [within] if (within := settings.get("within")) else []


def hash_scope(column: pl.Series) -> pl.Series:
    """Eight bytes that are equal where a column is; what has no value is equal to what has none."""
    values = column.cast(pl.String).fill_null("")
    known = values.unique()
    hashes = [hashlib.blake2b(value.encode(), digest_size=8).digest() for value in known]
    found = values.replace_strict(known, pl.Series(hashes, dtype=pl.Binary), return_dtype=pl.Binary)
    return found.cast(pl.Binary)  # of no rows it is a column of texts


def ranks(prefer: list[Rule]) -> list[pl.Expr]:
    """The columns that order documents, the best survivor first, as an ordered list of rules says.

    A rule is a column and what is best in it: `{ license = ["CC0-1.0", "CC-BY-4.0"] }` the first value of the
    list before the second and before all others, `{ score_quality = "max" }` the highest (`"min"`: the
    lowest), nothing last. `length` is the text's bytes, `length_class` the same in steps of a third, within
    which the rules behind it decide; `date = "max"` the latest. A column with `?` need not be there. What is
    equal in all rules is ordered by its words, where they are other ones, and then by `id`, so the choice
    depends neither on the order of files nor on buckets.
    """
    found = []
    for number, (named, best) in enumerate(item for rule in prefer for item in rule.items()):
        column = named.removesuffix("?")
        name = f"rank_{number:02d}_{best if isinstance(best, str) else 'min'}"
        if isinstance(best, str):
            found.append(pl.col(column).alias(name))
            continue
        places = {value: place for place, value in enumerate(best)}
        value = pl.col(column).cast(pl.String)
        place = value.replace_strict(places, default=len(places), return_dtype=pl.UInt32)
        found.append(place.fill_null(len(places)).alias(name))
    return found


def rank_members(docs: pl.DataFrame, prefer: list[Rule], keep: list[str]) -> pl.DataFrame:
    """What a partition keeps of a document: `id`, `source`, `uri`, `duplicates` so far, ranks, `keep`.

    `docs` has the text's bytes in a column `length`. A column of a rule that it lacks counts as empty.
    """
    size = pl.col("length").cast(pl.Float64).log(LENGTH_CLASS).floor()
    docs = docs.with_columns(length_class=size)
    absent = set(list_columns(prefer)) - set(docs.columns)
    docs = docs.with_columns(pl.lit(None).alias(name) for name in absent)
    if "duplicates" not in docs.columns:
        docs = docs.with_columns(duplicates=pl.lit(1, pl.UInt32))
    duplicates = pl.col("duplicates").cast(pl.UInt32).fill_null(1)
    return docs.select("id", "source", "uri", duplicates, *ranks(prefer), *keep)


def sort_members(rows: pl.DataFrame, groups: list[str]) -> pl.DataFrame:
    """The rows by group, and within each the best survivor first; what is `old` stays and is before all."""
    names = sorted(name for name in rows.columns if name.startswith("rank_"))
    by = [name for name in (*groups, "old", *names, "content", "id") if name in rows.columns]
    downward = [name == "old" or name.endswith("_max") for name in by]
    return rows.sort(by, descending=downward, nulls_last=True)


def entries(
    members: pl.DataFrame,
    leader: NDArray[np.int64],
    similarity: NDArray[np.float32],
    containment: NDArray[np.float32],
    method: str,
) -> pl.DataFrame:
    """The ledger of `members` (`id`, `source`, `uri`, `duplicates`, `cluster`: any value; one cluster's rows
    stand together, its first survivor first), each of which duplicates the row that `leader` names, or none.

    Clusters without a removal have no entry.
    """
    kept = pl.col("leader") == pl.col("row")
    chosen = members.select("id", "source")[leader]
    own = np.arange(len(members))
    rows = members.with_columns(leader=leader, row=own, similarity=similarity, containment=containment)
    table = rows.select(
        "id",
        "source",
        "uri",
        cluster=pl.col("id").first().over("cluster"),
        survivor=pl.when(~kept).then(chosen["id"]),
        survivor_source=pl.when(~kept).then(chosen["source"]),
        similarity=pl.when(~kept).then("similarity"),
        containment=pl.when(~kept).then("containment"),
        method=pl.lit(method),
        duplicates=pl.when(kept).then(pl.col("duplicates").sum().over("leader")),
        followed=(pl.len() > 1).over("leader"),
        followers=pl.lit(None),
    )
    return table.filter("followed").select(*SCHEMA).cast(SCHEMA)  # type: ignore[arg-type]


def write(table: pl.DataFrame, out: Path) -> None:
    """Write a ledger into a folder, in the order and the pieces that `look_up` reads it by."""
    table.sort("uri", "id").write_parquet(out / "ledger.parquet", row_group_size=ROW_GROUP)


def add_followers(table: pl.DataFrame) -> pl.DataFrame:
    """A ledger whose survivors name the documents that went for them."""
    own = pl.struct("id", "source", "uri", "method").alias("followers")
    gone = table.drop_nulls("survivor").sort("id").group_by("survivor", maintain_order=True).agg(own)
    return _attach(table.drop("followers"), gone.rename({"survivor": "id"})).select(*SCHEMA)


def _attach(rows: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """The rows with the columns of `lists`, which has an `id` once, or null where that lacks theirs.

    It takes the memory of both. A left join of polars (2.1) would copy the first list for each row that has
    none: a page of which there are k copies would take the square of k.
    """
    own = rows.select("id").with_row_index("place")
    with_one = own.join(lists, on="id")
    without = own.join(lists, on="id", how="anti")
    ordered = pl.concat([with_one, without], how="diagonal").sort("place")
    return rows.hstack(ordered.drop("place", "id"))


def add_carried(table: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """A ledger with, for each removed row of `members` that has `followers`, an entry for each of these.

    Their text is the removed one's to the ledger that named them, so similarity and containment are, too; the
    method is that ledger's, as they are copies still.
    """
    if "followers" not in members.columns:
        return table
    moved = members.select("id", own="followers").drop_nulls("own")
    gone = table.drop_nulls("survivor").join(moved, on="id").explode("own")
    return pl.concat([table, gone.with_columns(pl.col("own").struct.unnest()).select(*SCHEMA)])


def mark(docs: pl.DataFrame, table: Path) -> pl.DataFrame:
    """Set `drop_reason`, by the method, on the documents that the ledger in the folder `table` removes.

    Adds `dedup_survivor`, `dedup_cluster` (ids), `dedup_similarity`, `dedup_containment` and `dedup_method`,
    null for what has no duplicate, and `duplicates`: how many documents a survivor stands for.
    """
    names = ("survivor", "cluster", "similarity", "containment", "method")
    ours = {name: f"dedup_{name}" for name in names}
    found = look_up(table, docs).rename(ours)
    found = found.with_columns(pl.when(pl.col("dedup_survivor").is_not_null()).then("dedup_method"))
    found = found.select("id", *ours.values(), now="duplicates")
    for name, default in {"drop_reason": pl.lit(None, pl.String), "duplicates": pl.lit(1, pl.UInt32)}.items():
        if name not in docs.columns:
            docs = docs.with_columns(default.alias(name))
    marked = docs.drop(ours.values(), strict=False).join(found, on="id", how="left", maintain_order="left")
    removed = pl.col("dedup_survivor").is_not_null()
    return marked.with_columns(
        drop_reason=pl.when(removed)
        .then(pl.col("dedup_method").replace_strict(REASONS, return_dtype=pl.String))
        .otherwise("drop_reason"),
        duplicates=pl.coalesce("now", pl.col("duplicates").cast(pl.UInt32), pl.lit(1, pl.UInt32)),
    ).drop("now")


def drop_removed(docs: pl.DataFrame, table: Path | None) -> pl.DataFrame:
    """The documents that a ledger leaves, with `duplicates` and `followers` as it has them; all where there
    is none."""
    if table is None:
        return docs
    found = look_up(table, docs)
    gone = found.filter(pl.col("survivor").is_not_null())
    counts = found.select("id", "followers", now="duplicates")
    left = docs.drop("followers", strict=False).join(gone, on="id", how="anti", maintain_order="left")
    left = _attach(left, counts)
    before = pl.col("duplicates").cast(pl.UInt32) if "duplicates" in docs.columns else pl.lit(1, pl.UInt32)
    return left.with_columns(duplicates=pl.coalesce("now", before, pl.lit(1, pl.UInt32))).drop("now")


def follow_survivors(marked: pl.DataFrame, table: Path | None) -> pl.DataFrame:
    """The same, where a survivor that the ledger `table` removes in turn is replaced by its own survivor."""
    if table is None:
        return marked
    names = ("survivor", "cluster", "similarity", "containment")
    found = look_up(table, marked.drop_nulls("dedup_survivor")).drop_nulls("survivor")
    found = found.select("id", **{f"next_{name}": pl.col(name) for name in names})
    joined = marked.join(found, on="id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce(f"next_{name}", f"dedup_{name}").alias(f"dedup_{name}") for name in names
    ).drop(f"next_{name}" for name in names)


def clear_columns(docs: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """The same with nulls in these columns, where they are there: no later stage carries them along."""
    present = [name for name in columns if name in docs.columns]
    return docs.with_columns(pl.lit(None, docs.schema[name]).alias(name) for name in present)


def look_up(table: Path, docs: pl.DataFrame) -> pl.DataFrame:
    """The ledger's rows for the documents (`id`, `uri`), from all files `ledger.parquet` in the folder
    `table` or one below."""
    files = find_files(table, "ledger.parquet")
    whole = sum(file.stat().st_size for file in files) <= CACHED
    ends = docs["uri"].min() or "", docs["uri"].max() or ""
    found = _read(files, *((None, None) if whole else ends))
    wanted = docs["id"].unique().sort()
    place = found["id"].search_sorted(wanted).to_numpy()
    inside = place < len(found)
    rows = found[place[inside]]
    return rows.filter(rows["id"] == wanted.filter(pl.Series(inside)))


@cache_by_stamp(4)
def _read(files: tuple[Path, ...], first: str | None, last: str | None) -> pl.DataFrame:
    """The ledger by id, whole or from the file `first` to the file `last`."""
    tables = [pl.scan_parquet(file, glob=False, hive_partitioning=False) for file in files]
    rows = pl.concat([pl.LazyFrame(schema=SCHEMA), *tables])
    if first is not None:
        rows = rows.filter(pl.col("uri").is_between(pl.lit(first), pl.lit(last)))
    return rows.sort("id").collect()
