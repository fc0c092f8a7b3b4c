"""What kind a text is of: its type, its page's type, its topic or format, by heads that learn it from labels.

After WebOrganizer (Wettig et al. 2025, arXiv:2502.10341), whose topics and formats are distilled from what a
large model says of some documents; the page types are WCXB's (Foley 2026). Two heads are shipped.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import write_messages
from winnow.ranges import Ratio

TELLS = {"types": "text_type"}

Member = Literal["shape", "trees", "ngrams", "fasttext"]
MEMBERS: tuple[Member, ...] = ("shape", "trees", "ngrams")
SHIPPED = {name: Path(__file__).parent / "models" / name for name in ("types", "pages", "pages_text")}


def train(
    files: Annotated[Sequence[Path], "id", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    labels: Path,
    members: list[Member] = list(MEMBERS),  # noqa: B006 - never changed
    layout: bool = True,
    rare: str | None = None,
    seed: NonNegativeInt = 0,
) -> None:
    """Train a head that names one of two or more kinds; write it with its card, `card.json` and `card.md`.

    `labels` is a table (Parquet or JSON lines, or the folder of `classifiers.ask:label`) of `label` and `id`
    or `text`; with a column `group` (say the site) texts of one group are never on both sides of a fold.
    Labels may be anything that texts show: type, topic, format. `layout`: what the lines look like and marks
    of punctuation count too, as types and formats need; without it texts are the same however they are laid
    out. `members` are those of `classifiers.quality:train`. Labels of fewer than ten groups become the label
    `rare`, or are left out where these together are as few; `messages.json` says which. Figures on the card
    are out of fold. The same input gives the same bytes.

    Errors: ValueError where the table has other columns, other documents or one label only, or where a label
    has fewer than five groups (ten, where there are under 250 texts) and nothing is said of `rare`; where
    less than two labels are left without rare ones.
    """
    # here, as all that a check of a recipe can do without
    from winnow.classifiers.kinds.labels import pool_rare, read_labels

    rows = read_labels(files, read, labels)
    names = tuple(dict.fromkeys(members))
    settings = {"labels": labels.name, "members": list(names), "layout": layout, "rare": rare, "seed": seed}
    if rare is not None:
        rows, says = pool_rare(rows, rare)
        write_messages(out, says)
    write(out, rows, names, layout, settings)


def write(
    out: Path, rows: pl.DataFrame, members: tuple[str, ...], layout: bool, settings: dict[str, Any]
) -> np.ndarray:
    """Train on `text`, `label` and `group`, write the head and its card; shares out of fold."""
    from winnow.classifiers.kinds import card, heads
    from winnow.classifiers.kinds.labels import to_shares

    classes = tuple(rows["label"].unique().sort())
    wanted = to_shares(rows["label"], classes)
    kinds, shares = heads.fit(rows, wanted, classes, members, layout, settings["seed"])
    heads.save(kinds, out)
    found = card.measure(wanted.argmax(axis=1), shares, classes)
    card.write(out, {"settings": settings, "head": kinds.head.told}, found)
    return shares


def label(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    model: Path | None = None,
    into: str = "text_type",
) -> Annotated[pl.DataFrame, "{into}", "{into}_score"]:
    """Add `text_type` (String), the likeliest type, and `text_type_score` (float32 in [0, 1]), how sure.

    `model` is the folder that `train` wrote, and `into` the column that gets its labels. Without `model` the
    shipped head says prose, code, maths, structured (tables, lists, configuration, API pages), dialogue,
    listing (indexes, menus, navigation) or other_language (its card: `classifiers/models/types/card.md`; of
    texts from sources that were not taught, 91% get their type). The likeliest is named however unsure the
    head is. A text without words gets null, and the score 0.

    Errors: ValueError where `model` holds no head, or was trained with other signals.
    """
    return _label(docs, model or SHIPPED["types"], into)


def sign_pages(docs: Annotated[pl.DataFrame, "text", "[url]"]) -> Annotated[pl.DataFrame, "page_signs"]:
    """Add `page_signs` (String): what the HTML in `text` and the `url`, if there is one, say of the page.

    It stands before `ingest.html:extract`, which puts the main text in the place of the HTML. Signs are
    words: the types of schema.org and Open Graph that the page declares, what made it, its classes and title,
    how often it has links, forms, prices, dates and the like, and the words of its address. Null where `text`
    is null.
    """
    from winnow.classifiers.kinds import signs

    url = docs["url"].cast(pl.String) if "url" in docs.columns else None
    return docs.with_columns(page_signs=signs.read(docs["text"], url))


def label_pages(
    docs: Annotated[pl.DataFrame, "text", "[page_signs]"],
    *,
    model: Path | None = None,
    min_score: Ratio = 0.0,
) -> Annotated[pl.DataFrame, "page_type", "page_type_score"]:
    """Add `page_type` (String) and `page_type_score` (float32 in [0, 1]) to the main text of web pages.

    Types, as WCXB (Foley 2026) has them: article, documentation, service, product, collection, forum,
    listing. A page with `page_signs`, which `sign_pages` adds, is judged by these and its text, another one
    by its text alone, with less certainty; each way has a head of its own (cards:
    `classifiers/models/pages/card.md` and `classifiers/models/pages_text/card.md`). `model` is a folder with
    other heads of both names. A text without words gets null, and the score 0, where there are no signs; a
    type whose score is below `min_score` is null, so that no rule for one type judges a page of another.

    Errors: ValueError where `model` lacks a head, or one was trained with other signals.
    """
    signed, plain = (model / name if model else SHIPPED[name] for name in ("pages", "pages_text"))
    sure = pl.when(pl.col("page_type_score") >= min_score).then("page_type").alias("page_type")
    if "page_signs" not in docs.columns:
        return _label(docs, plain, "page_type").with_columns(sure)
    lone = docs["page_signs"].is_null()
    parts = [_label(docs.filter(~lone), signed, "page_type"), _label(docs.filter(lone), plain, "page_type")]
    order = pl.concat([(~lone).arg_true(), lone.arg_true()]).arg_sort()
    return pl.concat(parts)[order].with_columns(sure)


def _label(docs: pl.DataFrame, model: Path, into: str) -> pl.DataFrame:
    from winnow.classifiers.kinds import heads

    kinds = heads.load(model)
    if kinds.signs and "page_signs" not in docs.columns:
        raise ValueError(f"{model} is a head of pages, which reads `page_signs`: use `label_pages`")
    shares = heads.predict(kinds, docs["text"], docs["page_signs"] if kinds.signs else None)
    silent = ~docs["text"].fill_null("").str.contains(r"[\p{L}\p{N}]") & (not kinds.signs)
    names = pl.Series(kinds.head.classes, dtype=pl.String)
    found = pl.DataFrame(
        {
            into: names.gather(shares.argmax(axis=1)),
            f"{into}_score": pl.Series(shares.max(axis=1), dtype=pl.Float32),
        }
    )
    nothing = pl.lit(None, pl.String), pl.lit(0.0, pl.Float32)
    return docs.with_columns(
        found.select(
            pl.when(silent).then(default).otherwise(pl.col(name)).alias(name)
            for name, default in zip(found.columns, nothing, strict=True)
        )
    )
