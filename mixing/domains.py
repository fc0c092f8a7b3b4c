"""Mixing domains finer than sources: by language, quality, topic, or any other column."""

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import polars as pl

NONE = "none"  # what stands for a null


def _name_columns(settings: Mapping[str, Any]) -> list[str]:
    """The columns of `by`."""
    return list(settings["by"])


def assign(
    docs: Annotated[pl.DataFrame, _name_columns],
    *,
    by: list[str] = ["source", "language"],  # noqa: B006 - never changed
    edges: dict[str, list[float]] | None = None,
    groups: dict[str, list[str]] | None = None,
) -> Annotated[pl.DataFrame, "domain"]:
    """Set `domain` (String): what the steps of `mixing` mix by, instead of `source`, where it is there.

    A domain's name is the values of the columns `by`, joined by a slash: `web/en`; a null is `none`. A column
    in `edges` is cut there into buckets, numbered from 0: with `score_quality = [0.3, 0.7]` a score of 0.3 is
    in bucket 1.

    `groups` makes one domain of several, whose shares inside stay natural, while the mix is solved between:
    `{ web = ["web/*"] }`. A domain goes to the first group with a pattern (as of file names) that fits it.

    Errors: ValueError where a column in `edges` is not one of `by`, or its edges do not ascend.
    """
    cuts = edges or {}
    if unknown := sorted(set(cuts) - set(by)):
        raise ValueError(f"edges for {unknown}, but domains are by {list(by)}")
    if wrong := [name for name, places in cuts.items() if sorted(set(places)) != places]:
        raise ValueError(f"the edges of {wrong} do not ascend")
    name = pl.concat_str([_name_value(column, cuts.get(column)) for column in by], separator="/")
    return docs.with_columns(domain=_group(name, groups or {}))


def find_domain(columns: Sequence[str]) -> pl.Expr:
    """What documents with these columns are mixed by: `domain`, or `source` where there is none."""
    return pl.col("domain" if "domain" in columns else "source")


def _name_value(column: str, edges: list[float] | None) -> pl.Expr:
    value = pl.col(column)
    if edges is not None:
        passed = pl.sum_horizontal([(value >= edge).cast(pl.Int64) for edge in edges], ignore_nulls=False)
        value = passed if edges else pl.when(value.is_not_null()).then(0)
    return value.cast(pl.String).fill_null(NONE)


def _group(name: pl.Expr, groups: dict[str, list[str]]) -> pl.Expr:
    chosen = name
    for group, patterns in reversed(groups.items()):
        fits = pl.any_horizontal([name.str.contains(_make_regex(pattern)) for pattern in patterns])
        chosen = pl.when(fits).then(pl.lit(group)).otherwise(chosen)
    return chosen


def _make_regex(pattern: str) -> str:
    r"""A file name's pattern for the regular expressions of polars, which know `\z` and no `\Z`."""
    translated = fnmatch.translate(pattern).removesuffix(r"\Z").removesuffix(r"\z")
    return "^" + translated.replace("(?>", "(?:") + "$"
