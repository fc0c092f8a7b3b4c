"""Texts with their labels, from a table that people or models filled in."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from winnow.classifiers.head.texts import Read, read_chosen, read_table

RARE = 10  # groups: what cross-validation of few texts needs
ENTRIES = "labels_mean.parquet"  # of the folder of `classifiers.ask:label`


def read_labels(files: Sequence[Path], read: Read, path: Path) -> pl.DataFrame:
    """`text`, `label` and `group` (what is never on both sides of a fold; where the table names none, equal
    texts are one group), in the order of the table. Rows without a label are left out, texts without words
    too."""
    table = _read_table(path)
    label = pl.col("label").cast(pl.String).str.strip_chars()
    table = table.with_columns(label).filter(label.is_not_null() & (label != ""))
    if table["label"].n_unique() < 2:
        raise ValueError(
            f"{path}: {table.height} labels, all of {table['label'].unique().to_list()}: "
            "a classifier needs two at least"
        )
    if "text" not in table.columns:
        table = _find_texts(files, read, table, path)
    table = table.filter(pl.col("text").str.contains(r"\S"))
    own = "text " + pl.col("text").rank("dense").cast(pl.String)  # equal texts are one group
    given = pl.col("group").cast(pl.String) if "group" in table.columns else pl.lit(None, pl.String)
    return table.select("text", "label", group=pl.coalesce(given, own))


def pool_rare(rows: pl.DataFrame, name: str) -> tuple[pl.DataFrame, list[str]]:
    """The rows with labels of fewer than RARE groups as one label, `name`; without these, where all of them
    together are as few. And what was done, in sentences.

    ValueError where less than two labels are left.
    """
    groups = pl.col("group").n_unique().over("label")
    pooled = rows.with_columns(label=pl.when(groups < RARE).then(pl.lit(name)).otherwise("label"))
    few = pl.Series(rows["label"] != pooled["label"])
    kept = pooled.filter(pl.col("group").n_unique().over("label") >= RARE)
    if kept["label"].n_unique() < 2:
        found = ", ".join(
            f"{label} ({n})" for label, n in rows["label"].value_counts().sort("label").iter_rows()
        )
        raise ValueError(f"fewer than two labels have {RARE} texts or groups: {found}; label more documents")
    if not (few.any() or kept.height < rows.height):
        return rows, []
    gone = rows.height - kept.height
    lost = few | (rows["label"] == name) if gone else few
    counts = rows.filter(lost).group_by("label").agg(n=pl.len(), groups=pl.col("group").n_unique())
    which = ", ".join(
        f"{label} ({n})" if n == groups else f"{label} ({n} in {groups} groups)"
        for label, n, groups in counts.sort("n", "label").iter_rows()
    )
    how = f"left out: {gone} texts in all" if gone else f"learnt as {name!r}"
    return kept, [f"labels of fewer than {RARE} groups (a text by itself is one) are {how}: {which}"]


def to_shares(label: pl.Series, classes: Sequence[str]) -> np.ndarray:
    """A row for each label, 1 in the column of its class."""
    shares: np.ndarray = (label.to_numpy()[:, None] == np.array(classes)[None]).astype(np.float64)
    return shares


def _read_table(path: Path) -> pl.DataFrame:
    file = path / ENTRIES if path.is_dir() else path
    if not file.exists():
        raise ValueError(f"{file} is not there: labels are a table of `label` and `id` or `text`")
    table = read_table(file)
    if "label" not in table.columns or not {"id", "text"} & set(table.columns):
        raise ValueError(f"{file} needs the columns `label` and `id` or `text`; it has {table.columns}")
    if "text" not in table.columns and (twice := table.filter(table["id"].is_duplicated())).height:
        raise ValueError(f"{file} labels {twice['id'].n_unique()} documents twice, first {twice['id'][0]!r}")
    return table


def _find_texts(files: Sequence[Path], read: Read, table: pl.DataFrame, path: Path) -> pl.DataFrame:
    texts = read_chosen(files, read, table["id"], ["id", "text"])
    if missing := table.height - texts["id"].n_unique():
        raise ValueError(
            f"{path} labels {table.height} documents, {missing} of which are not the stage's: "
            "is it `after` the stage whose documents were labelled?"
        )
    return table.join(texts, on="id", maintain_order="left")
