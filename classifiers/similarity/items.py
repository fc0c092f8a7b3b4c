"""Train items of evals, and the items of test splits that nothing may learn from."""

import re
import zlib
from pathlib import Path

import polars as pl

from winnow.classifiers.head.texts import read_table
from winnow.eval_items import FILE

SCHEMA = {"eval": pl.String, "asked": pl.String, "text": pl.String}
TRAIN, OTHERS = ("train", "training"), ("test", "validation", "valid", "val", "dev", "eval")
_SAID = re.compile(rf"(?<![a-z])(?:{'|'.join((*TRAIN, *OTHERS))})(?![a-z])")


def read_train(path: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """The train items of a file or folder, as `SCHEMA` says, and how many of each other split were left out.

    The split is the column `split` or, in a file without it, the one that the file's name says
    (`gsm8k_train.jsonl.gz`, `train-00000-of-00001.parquet`). `eval` says one only where no other word does:
    `eval_train.jsonl` is the train split of an eval.

    Errors: ValueError where neither says a split, the name says several, or none is `train`.
    """
    tables = [_name_split(_read(file), file) for file in _list_files(path)]
    items = pl.concat(tables)
    split = items["split"].fill_null("none").str.to_lowercase()
    counts = dict(sorted(split.value_counts().iter_rows()))
    left = {name: count for name, count in counts.items() if name not in TRAIN}
    train = items.filter(split.is_in(TRAIN)).select(list(SCHEMA))
    if train.is_empty():
        there = ", ".join(f"{name} ({count} items)" for name, count in left.items()) or "no items"
        raise ValueError(f"{path} has no train split, but {there}: a target is learnt from train items alone")
    return train.unique("text", keep="first", maintain_order=True), left


def read_test(path: Path) -> pl.DataFrame:
    """All items of a file or folder, whatever their split, as `SCHEMA` says."""
    items = pl.concat([_read(file) for file in _list_files(path)])
    if items.is_empty():
        raise ValueError(f"{path} has no items: nothing could be kept out of training")
    return items.select(list(SCHEMA)).unique("text", keep="first", maintain_order=True)


def _list_files(path: Path) -> list[Path]:
    """The file, a folder's `items.parquet`, or all of its tables."""
    if not path.is_dir():
        return [path]
    if (path / FILE).exists():
        return [path / FILE]
    found = [file for file in sorted(path.iterdir()) if _find_kind(file)]
    if not found:
        raise ValueError(f"{path} holds no items: no JSON lines and no Parquet file is in it")
    return found


def _find_kind(path: Path) -> str | None:
    name = path.name.removesuffix(".gz")
    return next((kind for kind in (".jsonl", ".parquet") if name.endswith(kind)), None)


def _read(path: Path) -> pl.DataFrame:
    """The items of a table, with `split` where it has one."""
    try:
        table = read_table(path)
    except (OSError, EOFError, zlib.error, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path} cannot be read as JSON lines or Parquet: {error}") from None
    asked = next((name for name in ("question", "text") if table.schema.get(name) == pl.String), None)
    if asked is None:
        raise ValueError(
            f"{path} has neither a column `text` nor `question` (strings); it has {table.columns}"
        )
    parts = [asked] + ["answer"] * (asked == "question" and table.schema.get("answer") == pl.String)
    name = pl.col("eval").cast(pl.String) if "eval" in table.columns else pl.lit(_name_eval(path))
    text = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    split = [pl.col("split").cast(pl.String)] if "split" in table.columns else []
    items = table.select(name.fill_null("none").alias("eval"), *split, asked=pl.col(asked), text=text)
    return items.filter(pl.col("asked").str.contains(r"\w"))


def _name_eval(path: Path) -> str:
    return re.sub(r"(\.(jsonl|gz|parquet))+$", "", path.name)


def _name_split(items: pl.DataFrame, path: Path) -> pl.DataFrame:
    if "split" not in items.columns:
        items = items.with_columns(split=pl.lit(_find_split(path)))
    return items.select("split", *SCHEMA)


def _find_split(path: Path) -> str:
    said = {"train" if word in TRAIN else word for word in _SAID.findall(path.name.lower())}
    if len(said) > 1:
        said.discard("eval")  # it says what the items are for
    if not said:
        raise ValueError(
            f"{path} does not say which of its items are of the train split: give it a column `split`, "
            "or a name with `train` in it"
        )
    if len(said) > 1:
        raise ValueError(
            f"{path} is by its name of the splits {' and '.join(sorted(said))}: give it a column `split`, "
            "or a name that says one"
        )
    return said.pop()
