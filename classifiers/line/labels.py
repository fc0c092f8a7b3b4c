"""Pages whose lines somebody labelled, as tables."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.head.texts import read_table
from winnow.classifiers.line import scripts
from winnow.classifiers.line.features import measure

SCRIPTS = ("as written", "without case", "without spaces")
LEAST = 50  # lines of text, and of noise: of fewer nobody could say how good a model is
_SUFFIXES = (".parquet", ".jsonl")
_SHARED = 25  # characters of a line that tells two pages to be of one site


class LabeledLines(NamedTuple):
    """Lines with what is known of them; blank ones are left out."""

    values: np.ndarray  # a row each, of `context.NAMES`; for each of SCRIPTS
    noise: np.ndarray  # bool
    doc: np.ndarray  # the number of each one's document
    characters: np.ndarray
    group: np.ndarray  # of each document: those of one site have one number
    language: list[str]  # of each document


def read(table: Path) -> LabeledLines:
    """The lines of a table (Parquet, or JSON lines), or of all in a folder, with a row a page.

    Columns: `lines` (list of strings), `noise` (list of booleans, or of 0 and 1, as long) and, if there,
    `site` and `language`. Where no site is named, pages that share a line are of one. Errors: ValueError, by
    the name of the file, where it cannot be read, a column is missing or of values of several kinds, a label
    is none, or lines and labels do not match; and where there are fewer than 50 lines of text or of noise.
    """
    paths = sorted(p for p in table.iterdir() if p.suffix in _SUFFIXES) if table.is_dir() else [table]
    if not paths:
        raise ValueError(f"{table} holds no file of labels (.parquet, .jsonl)")
    pages = pl.concat([_read_table(path) for path in paths])
    pages = pages.filter(pl.col("lines").list.len() > 0)
    many = [int((pages["noise"].explode() == kind).sum()) for kind in (False, True)]
    if min(many) < LEAST:
        raise ValueError(
            f"{many[0]} lines of text and {many[1]} of noise are labelled: {LEAST} of each are the least"
        )
    texts = pages["lines"].list.join("\n").to_list()
    written = [texts, [scripts.without_case(t) for t in texts], [scripts.without_spaces(t) for t in texts]]
    rows, *others = [measure(pl.Series(each, dtype=pl.String)) for each in written]
    values = np.stack([rows.values, *(each.values for each in others)])
    noise = pages["noise"].explode().to_numpy().astype(bool)[rows.place]
    doc = np.repeat(np.arange(pages.height), np.diff(rows.first))
    return LabeledLines(
        values, noise, doc, rows.lines.length[rows.place], _group(pages), pages["language"].to_list()
    )


def _read_table(path: Path) -> pl.DataFrame:
    try:
        return _take_pages(read_table(path), path)
    except pl.exceptions.PolarsError as error:
        raise ValueError(
            f"{path} cannot be read as pages ({error}): `lines` is a list of strings, `noise` a list of"
            " booleans or of 0 and 1, and each column has values of one kind in all rows"
        ) from None


def _take_pages(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    if missing := [name for name in ("lines", "noise") if name not in table.columns]:
        raise ValueError(f"{path} has no column {' and no '.join(missing)}; it has {table.columns}")
    labels = table["noise"].list.explode().cast(pl.Float64, strict=False)
    if bad := int((~labels.is_in([0.0, 1.0])).fill_null(True).sum()):
        raise ValueError(f"{path}: {bad} of {len(labels)} labels are neither 0 (text) nor 1 (noise)")
    if odd := int((table["lines"].list.len() != table["noise"].list.len()).fill_null(True).sum()):
        raise ValueError(f"{path}: of {odd} pages there are not as many labels as lines")
    lines = pl.col("lines").list.eval(pl.element().cast(pl.String).str.replace_all("\n", " ").fill_null(""))
    named = {
        name: pl.col(name).cast(pl.String) if name in table.columns else pl.lit(None, pl.String)
        for name in ("site", "language")
    }
    noise = pl.col("noise").list.eval(pl.element().cast(pl.Float64) > 0.5)
    return table.select(lines, noise, **named)


def _group(pages: pl.DataFrame) -> np.ndarray:
    """A number for the site of each page: the first page that is of it."""
    of: list[int] = list(range(pages.height))
    met: dict[str, int] = {}

    def find(page: int) -> int:
        while of[page] != page:
            page = of[page]
        return page

    for page, (site, lines) in enumerate(zip(pages["site"], pages["lines"], strict=True)):
        long = {line.strip() for line in lines if len(line.strip()) >= _SHARED}
        for key in [f"\n{site}"] if site else sorted(long):
            one, other = find(met.setdefault(key, page)), find(page)
            of[max(one, other)] = min(one, other)
    return np.array([find(page) for page in range(pages.height)], np.int64)
