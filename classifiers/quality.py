"""Is a text good for training? Heads that learn it from sources, grades or preferences, and a shipped one.

After DCLM (Li et al. 2024, arXiv:2406.11794) and FineWeb-Edu (Penedo et al. 2024, arXiv:2406.17557); here the
shape of a text speaks beside its words, and each type of text has its own head.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.files import cache_by_stamp
from winnow.ranges import Ratio

RULES = (("quality.low_score", "score_quality", "min_score"),)  # reason, signal, setting
CLASSES = ("poor", "good")
SHIPPED = Path(__file__).parent / "models/quality"
WHOLE = "all"  # the head of all types together
LEAST = 40  # texts of a type, below which the head of all judges it
Member = Literal["shape", "trees", "ngrams", "fasttext"]
MEMBERS: tuple[Member, ...] = ("shape", "trees", "ngrams", "fasttext")
NAME = re.compile(r"[a-z0-9_]+")


def _list_by(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """the column that `by` names"""
    return (settings["by"],) if settings.get("by") else ()


def train(
    files: Annotated[Sequence[Path], "id", "source", "text", _list_by],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    positives: list[str] | None = None,
    negatives: list[str] | None = None,
    grades: Path | None = None,
    preferences: Path | None = None,
    by: str | None = None,
    members: list[Member] = list(MEMBERS),  # noqa: B006 - never changed
    max_documents: PositiveInt = 20_000,
    seed: NonNegativeInt = 0,
) -> None:
    """Train on one of three kinds of label, and write heads with their cards, `card.json` and `card.md`.

    Either `positives` against `negatives` (names of sources; at most `max_documents` of each, equally many of
    both, chosen by a hash of the id); or `grades`, a table (Parquet or JSON lines, or the folder of
    `classifiers.ask:label`) of `score` and `id` or `text`; or `preferences`, a table of ids, `better` and
    `worse`.

    `members` are stacked: `shape` (signals that know no topic), `trees` over these, `ngrams` (hashed words
    and pairs of them) and `fasttext`. With `by` (the name of a column, say `text_type`) each of its values
    with 40 texts or more has a head of its own beside that of all. Figures on the card are out of fold, equal
    texts in one fold. The same input gives the same bytes.

    Errors: ValueError where not one kind of label is named, where its table has other columns, other
    documents or scores that are no numbers, or where a class has fewer than ten texts.
    """
    from winnow.classifiers.head import card, stack, store  # here: a check of a recipe can do without them

    taught = _read_labels(files, read, locals())
    names = tuple(dict.fromkeys(members))
    groups = {WHOLE: taught, **_part(taught, by)}
    heads, cards = {}, {}
    for name, rows in groups.items():
        wanted = np.column_stack([1 - rows["good"], rows["good"]])
        head, found = stack.fit(rows["text"], wanted, CLASSES, names=names, layout=name == "code", seed=seed)
        (out / name).mkdir()
        store.save(head, out / name, {"by": by})
        heads[name] = head.told
        cards[name] = card.measure(rows, found[:, 1], by)
    (out / "quality.json").write_text(json.dumps({"by": by, "heads": list(heads)}) + "\n", encoding="utf-8")
    settings: dict[str, Any] = {"positives": positives, "negatives": negatives, "by": by}
    settings |= {"members": list(names), "max_documents": max_documents, "seed": seed}
    card.write(out, "Quality classifier", {"settings": settings, "heads": heads}, cards)


def score(
    docs: Annotated[pl.DataFrame, "text", _list_by],
    *,
    model: Path | None = None,
    by: str | None = None,
) -> Annotated[pl.DataFrame, "score_quality"]:
    """Add `score_quality` (float32 in [0, 1]): how sure the head is that a text is good.

    `model` is the folder that `train` wrote; without it the shipped one judges, which was trained on graded
    English texts (its card: `classifiers/models/quality/card.md`). `by` names the column (say `text_type`)
    whose values have heads of their own; other values, and all without `by`, are judged by the head of all. A
    text without words gets 0.

    Errors: ValueError where `model` holds no head, was trained with other signals, or has no heads by `by`.
    """
    from winnow.classifiers.head import stack, store

    model = model or SHIPPED
    about = _read_about(model)
    if by is not None and by != about["by"]:
        raise ValueError(f"{model} has no heads by {by!r}, but by {about['by']!r}")
    heads = {name: store.load(model / name) for name in (about["heads"] if by else [WHOLE])}
    kinds = docs[by].cast(pl.String) if by else pl.repeat(WHOLE, docs.height, dtype=pl.String, eager=True)
    chosen = kinds.set(~kinds.is_in(list(heads)).fill_null(False), WHOLE)
    scores = np.zeros(docs.height, np.float32)
    for name, head in heads.items():
        rows = (chosen == name).arg_true().to_numpy()
        if len(rows):
            text = docs["text"] if len(rows) == docs.height else docs["text"].gather(rows)
            scores[rows] = stack.predict(head, text)[:, 1]
    silent = ~docs["text"].fill_null("").str.contains(r"[\p{L}\p{N}]").to_numpy()
    return docs.with_columns(score_quality=pl.Series(np.where(silent, 0, scores), dtype=pl.Float32))


def keep(docs: Annotated[pl.DataFrame, "score_quality"], *, min_score: Ratio) -> pl.DataFrame:
    """Drop documents whose `score_quality` is below `min_score` (`quality.low_score`)."""
    ((reason, signal, _),) = RULES
    low = pl.col(signal) < min_score
    return docs.with_columns(drop_reason=pl.when(low).then(pl.lit(reason)).otherwise(pl.lit(None, pl.String)))


def _read_labels(files: Sequence[Path], read: Any, settings: dict[str, Any]) -> pl.DataFrame:
    """Texts with their source, how good they are (0 to 1) and the column `by`."""
    from winnow.classifiers.head import labels

    sources = settings["positives"] and settings["negatives"]
    named = [
        bool(settings["positives"] or settings["negatives"]),
        settings["grades"],
        settings["preferences"],
    ]
    if sum(map(bool, named)) != 1 or (named[0] and not sources):
        raise ValueError("name one kind of label: `positives` and `negatives`, or `grades`, or `preferences`")
    by = list(_list_by(settings))
    if sources:
        most, seed = settings["max_documents"], settings["seed"]
        return labels.from_sources(files, read, settings["positives"], settings["negatives"], most, seed, by)
    if settings["grades"]:
        return labels.from_grades(files, read, settings["grades"], by)
    return labels.from_preferences(files, read, settings["preferences"], by)


def _part(taught: pl.DataFrame, by: str | None) -> dict[str, pl.DataFrame]:
    """What is taught of each value of a column of which there is enough, and of both answers."""
    from winnow.classifiers.head.stack import FOLDS

    found = {}
    for (value,), rows in (
        taught.sort(by, maintain_order=True).group_by(by, maintain_order=True) if by else []
    ):
        texts = [rows.filter((pl.col("good") > 0.5) == good)["text"].n_unique() for good in (True, False)]
        if value is None or rows.height < LEAST or min(texts) < 2 * FOLDS:
            continue
        if not NAME.fullmatch(value) or value == WHOLE:
            raise ValueError(
                f"a head of {value!r}: values of {by!r} must be of small letters, and not {WHOLE!r}"
            )
        found[value] = rows
    return found


def has_heads(model: Path, by: str | None) -> bool:
    """Whether a folder of `train` has heads by the values of this column."""
    return by is not None and by == _read_about(model)["by"]


@cache_by_stamp(4)
def _read_about(model: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((model / "quality.json").read_text(encoding="utf-8"))
        if WHOLE not in found["heads"] or "by" not in found:
            raise ValueError("it names no head of all")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{model} holds no quality heads ({error}): is it the folder that `train` wrote?"
        ) from None
    return found
