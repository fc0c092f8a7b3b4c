"""Eval items that stand in documents: an index of the evals, and a check of the documents against it.

An item is found by pairs of its question's words, stop words and numbers left out, and is then aligned with
the stretch of the document where most of them stand. The score is the share of the question's words that
stand there in order, weighed by their rarity, times how far they reach the evidence that a question needs:
a short question needs its answer or its choices close by. Words that are rare neither in English nor among
the items weigh next to nothing, so instructions, templates and idioms do not add up to a hit.

Quoted passages (`context`, and sources quoted in a question) are never looked for: a page is not
contaminated because a question quotes it.

Whatever stands there in another order, or without its question, is found by runs of five words: a question
whose sentences are turned round or parted, a worked solution, the choices. The key of a test, letters alone,
is found by the eval's own order.

Each hit has a class: `verbatim`, `reformatted` (the same words and numbers), `numbers_changed`, `renamed`
(other names, and perhaps numbers), `partial` (words are missing, misspelt or other ones), `reordered`,
`solution`, `choices`, `key`, or `template` (a score too low for a copy).
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import polars as pl

from winnow import eval_items
from winnow.dedup import buckets
from winnow.dedup.overlap.copies import COVERED, find_copies
from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.items import make_arrays
from winnow.dedup.overlap.lexer.tables import make_tables
from winnow.dedup.overlap.lexer.words import NUMBER, WORD, cut
from winnow.dedup.overlap.match import scan
from winnow.dedup.overlap.panel import panel as panel
from winnow.dedup.overlap.removal import remove_all
from winnow.dedup.overlap.score import CLASSES, ENOUGH, MIN_SCORE, NUMBER_BITS, RUN_BITS, TEMPLATE, share_kept
from winnow.files import cache_by_stamp
from winnow.ranges import Ratio
from winnow.words.split import utf8

TELLS = {"measure": "contamination"}

FORMAT = 5  # of an index on disk: what its arrays hold, and how words are hashed and weighed
_FILES = Index._fields
_ITEM = ("eval", "item", "question", "answer", "choices", "answer_index", "context", "solution")
_COLUMNS = {"score": pl.Float32, "class": pl.String, "eval": pl.String, "item": pl.String}
_COLUMNS |= {"start": pl.Int64, "end": pl.Int64}

SIGNALS = tuple(f"contamination_{name}" for name in _COLUMNS)
LEFT = "contamination_left"
MAX_ITEMS_PER_KEY = 256


class _Loaded(NamedTuple):
    arrays: Index
    quoted: np.ndarray
    items: pl.DataFrame


def index(
    files: Annotated[Sequence[Path], "eval", "item", "question", "answer"],
    out: Path,
    *,
    frequencies: Path | None = None,
) -> Annotated[None, "eval", "item", "question", "answer", "choices", "solution", "findable"]:
    """Index of eval items, to be mapped into memory by every worker.

    `files` are items tables (`ingest.evals`). A key of more than MAX_ITEMS_PER_KEY items is no evidence
    and is left out. `frequencies`: how common words are in the corpus at hand, as the stage or the file of
    `dedup.contamination_rarity:count`; a word weighs by that or by a shipped table of English, whichever
    makes it more common.

    Writes the arrays (`key.npy` and others) and `items.parquet`: eval, item, question, answer, choices,
    solution, and `findable` (false where an item says too little to be told from others). The same items give
    the same bytes.
    """
    items = pl.concat([eval_items.read(file, _ITEM) for file in files])
    items = items.unique(["eval", "item", "question", "answer"], keep="first", maintain_order=True)
    made = make_arrays(items, MAX_ITEMS_PER_KEY, frequencies)
    for name in _FILES:
        np.save(out / f"{name}.npy", getattr(made, name))
    np.save(out / "quoted.npy", _measure_quoted(items, made))
    findable = pl.Series(np.isfinite(made.total) & (_bound_evidence(made) >= MIN_SCORE * ENOUGH))
    table = items.select("eval", "item", "question", "answer", "choices", "solution", findable=findable)
    table.write_parquet(out / eval_items.FILE)
    (out / "format.json").write_text(json.dumps({"format": FORMAT}) + "\n")


def _cut_text(settings: Mapping[str, Any]) -> list[str]:
    """`text` with `action = "cut"`."""
    return ["text"] if settings["action"] == "cut" else []


def check(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    index: Path,
    min_score: Ratio = MIN_SCORE,
    action: Literal["drop", "cut", "mark"] = "drop",
    classes: list[str] | None = None,
    evals: list[str] | None = None,
) -> Annotated[pl.DataFrame, SIGNALS, LEFT, _cut_text]:
    """Documents that hold an eval item: dropped as `contamination.eval_overlap`, rid of it, or only marked.

    Acted on are hits of `classes` (without: all but `template`, which scores below `min_score`) and of
    `evals` (without: all). `cut` takes the spans of all their copies out of the text, and again of what then
    comes together; what is left is kept, or dropped where it still holds an item after a few rounds. For
    other actions on other evals or classes the step stands twice in a stage.

    Columns, of the item with the best score: `contamination_score` (Float32 in [0, 1], 0 below 0.3),
    `contamination_class`, `contamination_eval`, `contamination_item` (String, null without one),
    `contamination_start` and `contamination_end` (Int64, bytes of the text in UTF-8 before anything is cut:
    the item's words from the first to the last). `contamination_left` (list of String, null where empty): the
    evals of which items were found, `template` apart, and not acted on.
    """
    unknown = set(classes or ()) - set(CLASSES)
    if unknown:
        raise ValueError(f"no class {', '.join(sorted(unknown))}; there are {', '.join(CLASSES)}")
    wanted = pl.col("class").is_in(classes or CLASSES[:TEMPLATE])
    if evals is not None:
        wanted &= pl.col("eval").is_in(evals)
    found = _find_copies(docs["text"], index, min_score)
    docs = _mark(docs, found, pl.lit(action == "mark") | ~wanted)
    found = found.filter(wanted)
    held = found["document"].unique()
    if action == "mark":
        return docs
    if action == "cut":
        text, held = remove_all(
            docs["text"],
            lambda some: _find_copies(some, index, min_score).filter(wanted),
            found,
            _load(index).items,
        )
        docs = docs.with_columns(text=text)
    earlier = pl.col("drop_reason") if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    lost = pl.Series(np.isin(np.arange(docs.height), held.to_numpy()))
    drop = pl.when(lost).then(pl.lit("contamination.eval_overlap"))
    return docs.with_columns(drop_reason=pl.coalesce(earlier.cast(pl.String), drop))


def _mark(docs: pl.DataFrame, found: pl.DataFrame, left: pl.Expr) -> pl.DataFrame:
    """The documents with the columns of their best hits, and the evals of those that are `left`."""
    best = _keep_best(found, "document")
    stays = found.filter((pl.col("class") != CLASSES[TEMPLATE]) & left)
    evals = stays.group_by("document").agg(pl.col("eval").unique().sort().alias(LEFT))
    names = {name: f"contamination_{name}" for name in _COLUMNS}
    columns = (
        pl.DataFrame({"document": pl.int_range(docs.height, eager=True)})
        .join(best.select("document", *names), on="document", how="left", maintain_order="left")
        .join(evals, on="document", how="left", maintain_order="left")
        .select(
            *(pl.col(name).cast(kind).alias(names[name]) for name, kind in _COLUMNS.items()),
            pl.col(LEFT).cast(pl.List(pl.String)),
        )
        .with_columns(pl.col("contamination_score").fill_null(0.0))
    )
    return docs.drop(*names.values(), LEFT, strict=False).hstack(columns)


def _keep_best(found: pl.DataFrame, *each: str) -> pl.DataFrame:
    """The best hit for each value of these columns."""
    found = found.sort("score", "size", "order", "start", descending=[True, True, False, False])
    return found.unique(each, keep="first", maintain_order=True)


def find_hits(text: pl.Series, *, index: Path, min_score: float = MIN_SCORE) -> pl.DataFrame:
    """Every item in every text that scores 0.3 or more, in the order of texts and items; of several copies of
    an item in a text the best.

    Below `min_score` its class is `template`.

    Columns: `document` (row of `text`), `eval`, `item`, `score`, `class`, `start`, `end` (bytes), `size`
    (evidence found, in bits) and `order` (place of the item in the index).
    """
    return _keep_best(_find_copies(text, index, min_score), "document", "order").sort("document", "order")


def _find_copies(text: pl.Series, index: Path, min_score: float) -> pl.DataFrame:
    """The hits with every copy of an item."""
    return find_copies(text, *_load(index), min_score)


def _bound_evidence(made: Index) -> np.ndarray:
    """The most evidence that each item can have: its words, answer and choices."""

    def add(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
        sums: np.ndarray = np.diff(np.concatenate(([0], np.cumsum(values, dtype=np.float64)))[bounds])
        return sums

    own = add(made.rarity, made.word_at)
    letters = add(made.kind == WORD, made.word_at)
    beside = add(made.part_rarity, made.part_word_at[made.part_at])
    numbers = add(made.kind == NUMBER, made.word_at)
    most = own + RUN_BITS * np.diff(made.word_at) + NUMBER_BITS * numbers + beside
    return np.where(letters > 0, most, 0.0)


def _measure_quoted(items: pl.DataFrame, made: Index) -> np.ndarray:
    """The share of its words that each item's own context holds in a row; 0 where that is no near miss."""
    quoted = np.full(items.height, -1, np.float32)
    contexts = items["context"].unique(maintain_order=True).drop_nulls()
    contexts = contexts.filter(contexts.str.len_bytes() > 0)
    for begin in range(0, len(contexts), 1000):
        part = contexts[begin : begin + 1000]
        found, *_ = scan(cut(part), utf8(part)[0], make_tables().letter, made, COVERED)
        own = (part[found.document] == items["context"][found.item]).fill_null(False).to_numpy()
        np.maximum.at(quoted, found.item[own], share_kept(found)[own])
    return quoted


@cache_by_stamp(4)
def _load(path: Path) -> _Loaded:
    """An index, mapped into memory; ValueError for one of another format."""
    about = path / "format.json"
    found = json.loads(about.read_text())["format"] if about.exists() else 1
    if found != FORMAT:
        raise ValueError(
            f"{path} holds a contamination index of format {found}, and this Winnow reads format {FORMAT}: "
            "make it again with dedup.contamination:index"
        )
    mapped = [np.load(path / f"{name}.npy", mmap_mode="r") for name in (*_FILES, "quoted")]
    # As plain views: numba compiles once for these, whatever was mapped.
    views = [np.frombuffer(a if a.size else b"", a.dtype) for a in mapped]
    return _Loaded(Index(*views[:-1]), views[-1], buckets.read(path / eval_items.FILE))
