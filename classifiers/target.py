"""Does a text serve the tasks aimed at? A head that learns it from the train splits of evals.

After BETR (Mizrahi et al. 2025, arXiv:2507.12466): a sample of documents is ranked by its likeness to train
items, and a fast head learns to tell the top of the ranks from the rest. No item of a test split is learnt
from, nor is any document that holds one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.classifiers.head import card, stack, store
from winnow.classifiers.head.texts import hash_id
from winnow.classifiers.similarity import documents, overlap, ranking
from winnow.classifiers.similarity.items import read_test, read_train
from winnow.files import write_messages
from winnow.ranges import Ratio

CLASSES = ("other", "target")
LEAST = 4 * stack.FOLDS  # targets: the upper half of them must stand in every fold
HEAD = "head"  # the folder of the head in that of the model
SHOWN = 20  # documents of the top that `target.json` names
QUOTED = 200  # characters of what it quotes


def train(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    items: Path,
    test_items: Path | None = None,
    sample: PositiveInt = 20_000,
    top: Ratio = 0.05,
    max_items: PositiveInt = 1000,
    members: list[Literal["shape", "ngrams", "fasttext"]] = ["shape", "ngrams"],  # noqa: B006
    seed: NonNegativeInt = 0,
) -> None:
    """Train on documents that are like train items of evals, against the others; write the head and its card.

    `items` is a file of items (JSON lines, also gzipped, or Parquet) or a folder of them: the columns
    `text`, or `question` and perhaps `answer`; `eval`, else the file's name; and `split`, where the file's
    name does not say `train`. Items of other splits are left out.

    `test_items`, as the folder of `ingest.evals` or of `dedup.contamination:index`, is what nothing may be
    learnt from: train items that share half of their runs of five words with one of these are left out, and
    so are documents that hold half of the runs of a test or train item (of eight runs or more).

    Of the documents `sample` are ranked, chosen by a hash of their ids, by their likeness to at most
    `max_items` items of each eval (chosen by a hash): words and pairs of words weighed by rarity, and the
    mean cosine with the nearest tenth of an eval's items. A document's rank is its best over the evals. The
    share `top` of the sample is the target, the first in full and the last hardly, the rest is not, and the
    head of `members` (`classifiers.quality:train`) learns to tell them apart. The items themselves are not
    taught.

    Writes `head/`, `card.json` and `card.md` (its figures say how well the head repeats the ranks on unseen
    documents, not how good these are) and `target.json`: what was used and left out, why, the targets by
    source and by eval, and the first of them beside the item each is most like. The same input gives the
    same bytes.

    Errors: ValueError where `items` has no train split or none of it is left, a file has other columns,
    or `top` of the documents is too few.
    """
    if not 0 < top <= 0.5 or sample < 1 or max_items < 1:
        raise ValueError(
            f"top = {top} must be in (0, 0.5]; sample = {sample} and max_items = {max_items}, 1 or more"
        )
    taught, test, left = _read_items(items, test_items)
    drawn = documents.draw(files, read, sample, seed)
    held = overlap.find_holders(drawn["text"], pl.concat([taught["asked"], test["asked"]]))
    left |= {"documents that hold an item": int(held.sum())}
    drawn = drawn.filter(~pl.Series(held))
    used = _choose(taught, max_items, seed)
    ranked = ranking.rank(drawn["text"], used)
    count = round(top * drawn.height)
    if count < LEAST:
        raise ValueError(
            f"top = {top} of {drawn.height} documents is {count} targets, and {LEAST} at least are needed: "
            "give more documents, or raise `sample` or `top`"
        )
    order = np.argsort(ranked.place, kind="stable")
    good = np.zeros(drawn.height)
    # Graded: how much of the top serves the evals is not known, and its first document surely does.
    good[order[:count]] = 1 - np.arange(count) / count
    settings = {"items": items.name, "sample": sample, "top": top, "max_items": max_items, "seed": seed}
    _teach(drawn.with_columns(good=good), out, settings, tuple(dict.fromkeys(members)), seed)
    told = {"settings": settings, "items": _count(taught, used), "left_out": left, "documents": drawn.height}
    _write_report(out, told, drawn, used, ranked, order[:count])


def score(
    docs: Annotated[pl.DataFrame, "text"], *, model: Path, column: str = "score_target"
) -> Annotated[pl.DataFrame, {"{column}": pl.Float32()}]:
    """Add `score_target` (float32 in [0, 1]): how sure the head is that a text is like the train items.

    `model` is the folder that `train` wrote. For several targets the step stands several times, each with a
    `column` of its own: `score_target_maths`. A text without words gets 0. `classifiers.selection` selects
    by it.

    Errors: ValueError where `model` holds no head, or one trained with other signals; where `column` does not
    begin with `score_`.
    """
    if not column.startswith("score_"):
        raise ValueError(f"column = {column!r}: a score's column begins with `score_`")
    if not (model / HEAD).is_dir():
        raise ValueError(f"{model} holds no head: is it the folder that `train` wrote?")
    head = store.load(model / HEAD)
    silent = ~docs["text"].fill_null("").str.contains(r"[\p{L}\p{N}]").to_numpy()
    shares = stack.predict(head, docs["text"])[:, 1] if docs.height else np.zeros(0)
    return docs.with_columns(pl.Series(column, np.where(silent, 0, shares), dtype=pl.Float32))


def _read_items(path: Path, others: Path | None) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, int]]:
    """The train items that are like no test item, the test items, and what was left out."""
    found, splits = read_train(path)
    test = found.clear() if others is None else read_test(others)
    near = overlap.find_near(found["asked"], test["asked"])
    taught = found.filter(~pl.Series(near))
    if taught.is_empty():
        raise ValueError(
            f"{path}: all of its {found.height} train items stand in {others}: is that a test split?"
        )
    left = {f"items of the split {name}": count for name, count in splits.items()}
    return taught, test, left | {"train items like a test item": int(near.sum())}


def _choose(items: pl.DataFrame, most: int, seed: int) -> pl.DataFrame:
    """At most so many items of each eval: those with the smallest hashes."""
    digests = [hash_id(text, seed) for text in items["text"]]
    ranked = items.with_columns(order=pl.Series(digests, dtype=pl.Binary)).sort("eval", "order")
    return ranked.group_by("eval", maintain_order=True).head(most).drop("order")


def _teach(
    taught: pl.DataFrame, out: Path, settings: dict[str, Any], members: tuple[str, ...], seed: int
) -> None:
    """Train the head and write it with its card."""
    wanted = np.column_stack([1 - taught["good"], taught["good"]])
    head, found = stack.fit(taught["text"], wanted, CLASSES, names=members, seed=seed)
    (out / HEAD).mkdir()
    store.save(head, out / HEAD, {})
    measured = {"all": card.measure(taught, found[:, 1], None)}
    facts = {"settings": settings | {"members": list(members)}, "heads": {"all": head.told}}
    card.write(out, "Target classifier", facts, measured)


def _count(items: pl.DataFrame, used: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Of each eval how many train items there are, and how many documents were compared with."""
    sizes = dict(used["eval"].value_counts().iter_rows())
    return {
        name: {"train": n, "used": sizes[name]}
        for name, n in sorted(items["eval"].value_counts().iter_rows())
    }


def _write_report(
    out: Path,
    told: dict[str, Any],
    drawn: pl.DataFrame,
    used: pl.DataFrame,
    ranked: ranking.Ranked,
    best: np.ndarray,
) -> None:
    """Write `target.json` and, for the screen, `messages.json`."""
    rows = drawn[best].with_columns(
        eval=used["eval"][ranked.item[best]],
        likeness=ranked.likeness[best].round(4),
        item=used["text"][ranked.item[best]].str.slice(0, QUOTED),
        text=pl.col("text").str.slice(0, QUOTED),
    )
    told |= {"targets": rows.height, "least_likeness": rows["likeness"].min()}
    for name in ("source", "eval"):
        told[f"targets_by_{name}"] = dict(sorted(rows[name].value_counts().iter_rows()))
    told["top"] = rows.head(SHOWN).to_dicts()
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (out / "target.json").write_text(text + "\n", encoding="utf-8")
    says = [
        f"left out of what the target is learnt from: {n} {what}" for what, n in told["left_out"].items() if n
    ]
    counts = {"documents ranked": drawn.height, "targets": rows.height}
    write_messages(out, says, counts)
