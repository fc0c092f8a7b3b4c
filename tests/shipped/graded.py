"""Texts that were graded, found again among documents by a hash of how a text starts."""

import hashlib
import json
from pathlib import Path

import polars as pl

START = 160  # characters of a text without its white space, by which it is known


def take_start(text: str) -> str:
    """What a text is known by: its layout and its end may be others."""
    return hashlib.sha256(" ".join(text.split())[:START].encode()).hexdigest()[:24]


def cut(text: str, most: int) -> str:
    """As much of a text as was graded: at most so many characters, to the end of a line."""
    text = text.strip("\n")
    if len(text) <= most:
        return text
    end = text.rfind("\n", most // 2, most)
    return text[: end if end > 0 else most]


def read_grades(path: Path, found: pl.DataFrame) -> pl.DataFrame:
    """The rows of `found` (text, ...) that were graded, cut as they were, in the order of the grades.

    Added: `grade` (the mean of the raters), `grades` and `type`. Prints how many are found again.
    """
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    grades = pl.DataFrame(rows).drop("source").unique("start", keep="first", maintain_order=True)
    named = found.with_columns(start=pl.col("text").map_elements(take_start, return_dtype=pl.String))
    matched = grades.join(named.unique("start", keep="first"), on="start", maintain_order="left")
    print(f"{path.name}: {matched.height} of {grades.height} graded texts are found again")
    texts = [cut(text, most) for text, most in matched.select("text", "most").iter_rows()]
    return matched.with_columns(text=pl.Series(texts), grade=pl.col("grades").list.mean())
