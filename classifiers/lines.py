"""Lines that are noise, by a model that learnt it: what is left on pages of menus, notices, counters, tables.

`clean` takes them out; `train` makes a model of one's own labels. The shipped model learnt from the train
split of TurkuNLP's line annotations (Laippala et al. 2022, W-NUT, https://aclanthology.org/2022.wnut-1.23/),
in German, English, Spanish and Finnish. Its signals name no words, so it may judge other languages too.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.classifiers.line import features, fit, labels, rewrite, trees
from winnow.ranges import Ratio
from winnow.words.split import from_utf8

_MODELS, _MODEL, _CARD = "models/lines", "model.npz", "card.json"  # which the run knows the code by
SHIPPED = Path(__file__).parent / _MODELS


def clean(
    docs: Annotated[pl.DataFrame, "text"], *, model: Path | None = None, max_noise: Ratio | None = None
) -> Annotated[pl.DataFrame, "text", {"lines_noise_ratio": pl.Float32, "lines_removed": pl.Int64}]:
    """Take the lines out of each text that are likelier noise than `max_noise`.

    `model` is a folder that `train` wrote; without it, the shipped one judges. Without `max_noise` (0 to 1)
    the model's own limit holds: that of the shipped one keeps 95.5% of the characters of text in languages
    that its trees had not seen. A line is judged by its form, by the three lines on either side, by where it
    stands, and by what of it comes back in the document. Tables, lists and bare code are mostly noise to the
    shipped model, which learnt from web pages: it is not for repositories or data.

    Code between Markdown's fences stays, and a heading where the line behind it does. Verse and other texts
    of short lines without full stops look like lists, and may go. Lines that stay are as they were; a text of
    which nothing goes stays as it is. One of which nothing stays is dropped: `lines.no_text`.

    Signals: `lines_noise_ratio` (the share of a text's characters, line breaks and blank lines aside, that
    was taken out), `lines_removed`. Errors: ValueError where the model is missing or damaged, or was trained
    with other signals.
    """
    judge = trees.load(model or SHIPPED)
    limit = judge.limit if max_noise is None else max_noise
    if not 0 <= limit <= 1:
        raise ValueError(f"max_noise is {max_noise}: it is a likelihood, from 0 to 1")
    rows = features.measure(docs["text"])
    gone = trees.predict(judge, rows.values, rows.first) > np.float32(limit)
    rewrite.keep_marked(rows, gone)
    size = int(np.diff(rows.lines.offsets)[rows.docs].sum())
    out, where = np.empty(size + 1, np.uint8), np.zeros(len(docs) + 1, np.int64)
    cut = np.zeros((len(docs), 3), np.int64)
    rewrite.write_kept(rows, gone, out, where, cut)
    empty = pl.Series(rows.first[1:] - rows.first[:-1] == cut[:, 0])
    return docs.with_columns(
        from_utf8("text", out, where),
        lines_noise_ratio=pl.Series(cut[:, 1] / np.maximum(cut[:, 2], 1), dtype=pl.Float32),
        lines_removed=pl.Series(cut[:, 0], dtype=pl.Int64),
        drop_reason=_first_reason(docs, empty),
    )


def train(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    table: Path,
    good_kept: Ratio = 0.955,
    seed: NonNegativeInt = 0,
) -> None:
    """Train a model on labelled lines: `model.npz`, and `card.json` with what it is worth out of fold.

    `table` is a file (`.parquet`, or JSON lines as `.jsonl`) or a folder of such, with a row a page: `lines`
    (list of strings), `noise` (list as long: true or 1 where a line is noise), and `site` and `language` if
    known; pages that share a long line are of one site where none is named. The documents of the stage are
    not read. The model's limit is the least at which the share `good_kept` of the characters of text stays,
    each language judged by trees that learnt from the others, or each site where fewer than three languages
    are named. For scripts without case there are trees apart, which learnt the pages, too, as if written
    without case or without spaces. The same input gives the same bytes. Errors: ValueError where a label is
    neither, where fewer than 50 lines are text or noise, or where all pages are of one site.
    """
    if not 0 < good_kept < 1:
        raise ValueError(f"good_kept is {good_kept}: it is a share, above 0 and below 1")
    data = labels.read(table)
    sites = len(np.unique(data.group))
    if sites < 2:
        raise ValueError(
            f"all {len(data.group)} pages are of one site: nothing could say how good a model is"
        )
    likely = fit.judge_out_of_fold(data, data.group[data.doc], seed, len(data.values))
    by, unseen = fit.judge_for_limit(data, seed)
    limit = fit.choose_limit(unseen, data, good_kept)
    arrays = fit.train(data, np.arange(len(data.noise)), seed) | {"limit": np.float64(limit)}
    np.savez_compressed(out / _MODEL, **arrays)  # type: ignore[arg-type]
    facts = {
        "pages": len(data.group),
        "sites": sites,
        "lines": {"text": int((~data.noise).sum()), "noise": int(data.noise.sum())},
        "settings": fit.SETTINGS | {"members": fit.MEMBERS, "seed": seed, "good_kept": good_kept},
        "limit": limit,
        "limit_by": by,
        "out_of_fold": _collect_figures(likely > np.float32(limit), data)
        | {f"by {by}": _round(fit.measure(unseen > np.float32(limit), data.noise, data.characters))},
        "signals": arrays["names"].tolist(),
    }
    (out / _CARD).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _collect_figures(gone: np.ndarray, data: labels.LabeledLines) -> dict[str, Any]:
    """The figures for all lines, for each language, and for all as if they were written in other scripts."""
    of = np.array([language or "unknown" for language in data.language])[data.doc]
    parts = {"all": np.ones(len(of), bool)} | {str(name): of == name for name in np.unique(of)}
    told = {
        name: fit.measure(gone[0, part], data.noise[part], data.characters[part])
        for name, part in parts.items()
    }
    for script, name in enumerate(labels.SCRIPTS[1:], 1):
        told[name] = fit.measure(gone[script], data.noise, data.characters)
    return {name: _round(found) for name, found in told.items()}


def _round(found: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 4) for key, value in found.items()}


def _first_reason(docs: pl.DataFrame, empty: pl.Series) -> pl.Series:
    """`lines.no_text` where nothing stays, behind a reason that is there."""
    reason = pl.when(empty).then(pl.lit("lines.no_text")).otherwise(pl.lit(None, pl.String))
    if "drop_reason" in docs.columns:
        reason = pl.coalesce(pl.col("drop_reason").cast(pl.String), reason)
    return docs.select(drop_reason=reason).to_series()
