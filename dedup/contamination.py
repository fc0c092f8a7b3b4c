"""Eval items that stand in documents: an index of the evals, and a check of the documents against it.

An item is found by the n-grams of its question, weighed by how few items share them: `1 / sqrt(items)`,
and nothing for those that many items share (instructions, templates) or that hold under two words with
letters (lists of numbers). The score is the share of the item's weight that stands within a stretch not
much longer than the question, so a perfect question scores 1 without its answer. Where the question says
too little (it is short, or all of it is shared with other items), it needs its answer close by, and scores
half without. Quoted passages (`context`) are never looked for: a page is not contaminated because a
question quotes it. Neither are items that say next to nothing: no n-gram of their own and a short answer, or
no more than `ngram` words with their answer.

Decon (question and answer weights, idf) and the 13-gram rule of GPT-3 (appendix C) are the models; here
the n-grams are short, and what decides is the weighted share, not a single hit.
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from dedup.contamination_match import Index, prefilter, scan
from dedup.contamination_text import back, comparable
from filters.words import Words, ngrams

# Scores below are taken for 0: thresholds from here on can be replayed.
FLOOR = 0.25

_LETTERS = 2  # words with a letter that an n-gram needs
_BITS_PER_GRAM = 32
_FILES = Index._fields


class _Loaded(NamedTuple):
    arrays: Index
    ngram: int
    items: pl.DataFrame


def index(
    files: Sequence[Path],
    out: Path,
    *,
    ngram: int = 5,
    max_items_per_ngram: int = 256,
    min_ngrams: float = 5.0,
) -> None:
    """Index of eval items, to be mapped into memory by every worker.

    `files` are items tables (`ingest.evals`). An n-gram of more than `max_items_per_ngram` items is no
    evidence and is left out. `min_ngrams`: the weight, counted in n-grams of one item only, from which on
    a question is found without its answer.

    Writes the arrays (`gram.npy` and others) and `items.parquet`: eval, item, and `findable` (false where
    an item has too few words of its own); a very short item has several rows. The same items give the same
    bytes.
    """
    frames = [pl.read_parquet(file, columns=["eval", "item", "question", "answer"]) for file in files]
    items = pl.concat(frames).unique(
        ["eval", "item", "question", "answer"], keep="first", maintain_order=True
    )
    texts = _parts(items, ngram)
    arrays = _arrays(texts, ngram, max_items_per_ngram, min_ngrams)
    for name in _FILES:
        np.save(out / f"{name}.npy", arrays[name])
    np.save(out / "ngram.npy", np.array(ngram))
    total = arrays["total"]
    texts = texts.select("eval", "item", findable=pl.Series((total > 0) & (total < np.inf)))
    texts.write_parquet(out / "items.parquet")


def check(
    docs: pl.DataFrame,
    *,
    index: Path,
    min_score: float = 0.6,
    action: Literal["drop", "mark"] = "drop",
) -> pl.DataFrame:
    """Documents that hold an eval item, dropped as `contamination.eval_overlap` or only marked.

    Columns, of the item with the best score: `contamination_score` (Float32 in [0, 1], 0 below 0.25),
    `contamination_eval`, `contamination_item` (String, null without one), `contamination_start` and
    `contamination_end` (Int64, bytes of the text in UTF-8: the item's words from the first to the last).
    """
    found = hits(docs["text"], index=index)
    best = found.sort("score", "size", "document", "order", descending=[True, True, False, False])
    best = best.unique("document", keep="first", maintain_order=True)
    names = {name: f"contamination_{name}" for name in ("score", "eval", "item", "start", "end")}
    columns = (
        pl.DataFrame({"document": pl.int_range(docs.height, eager=True)})
        .join(best.select("document", *names), on="document", how="left", maintain_order="left")
        .select(pl.col(name).alias(names[name]) for name in names)
        .with_columns(pl.col("contamination_score").fill_null(0.0))
    )
    docs = docs.drop(names.values(), strict=False).hstack(columns)
    if action == "mark":
        return docs
    earlier = pl.col("drop_reason") if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    drop = pl.when(pl.col("contamination_score") >= min_score).then(pl.lit("contamination.eval_overlap"))
    return docs.with_columns(drop_reason=pl.coalesce(earlier.cast(pl.String), drop))


def hits(text: pl.Series, *, index: Path) -> pl.DataFrame:
    """Every item in every text that scores 0.25 or more, in the order of texts and items.

    Columns: `document` (row of `text`), `eval`, `item`, `score`, `start`, `end` (bytes), `size` (words of
    the part of the item that was looked for) and `order` (place of the item in the index).
    """
    loaded = _load(index, (index / "gram.npy").stat().st_mtime_ns)
    words, ways = comparable(text)
    hashes, gram_doc, _ = ngrams(words, loaded.ngram)
    row, item, first, last, score = scan(
        words.hash, words.doc, hashes, gram_doc, loaded.ngram, loaded.arrays, np.float32(FLOOR)
    )
    start = words.start[first] - words.offsets[row]
    end = words.end[last - 1] - words.offsets[row]
    for k in [k for k, d in enumerate(row.tolist()) if d in ways] if ways else ():
        way = ways[int(row[k])]
        start[k], end[k] = back(way, int(start[k])), back(way, int(end[k]), end=True)
    found = pl.DataFrame({"document": row, "score": score, "start": start, "end": end, "order": item})
    offset = loaded.arrays.first_offset
    found = found.with_columns(size=pl.Series(offset[item + 1] - offset[item], dtype=pl.Int64))
    return found.hstack(loaded.items[item].select("eval", "item"))


@functools.cache
def _load(path: Path, stamp: int) -> _Loaded:
    arrays = [np.load(path / f"{name}.npy", mmap_mode="r") for name in _FILES]
    # As plain views: numba compiles once for these, whatever was mapped.
    views = Index(*(np.frombuffer(a if a.size else b"", a.dtype) for a in arrays))
    return _Loaded(views, int(np.load(path / "ngram.npy")), pl.read_parquet(path / "items.parquet"))


def _parts(items: pl.DataFrame, n: int) -> pl.DataFrame:
    """What each item is found by, what is then looked for beside it, and whether the first is the question.

    A question of n words or more is looked for, then its answer; a shorter one is looked for beside its
    answer, if that is long enough; if neither is, both as one, with and without "Answer" between them.
    """
    question, answer = (pl.Series(np.diff(comparable(items[name])[0].doc)) for name in ("question", "answer"))
    asks = question >= n
    swapped = ~asks & (answer >= n)
    joined = ~asks & ~swapped
    parts = items.with_columns(asks=asks, words=question + answer, order=pl.int_range(pl.len()))
    whole = [
        parts.filter(joined).with_columns(
            first=pl.format("{}" + between + "{}", "question", "answer"), second=pl.lit("")
        )
        for between in ("\n", "\nAnswer: ")
    ]
    return pl.concat(
        [
            parts.filter(asks).with_columns(first="question", second="answer"),
            parts.filter(swapped).with_columns(first="answer", second="question"),
            *whole,
        ]
    ).sort("order", maintain_order=True)


def _arrays(texts: pl.DataFrame, n: int, max_items: int, min_ngrams: float) -> dict[str, np.ndarray]:
    first, second = comparable(texts["first"])[0], comparable(texts["second"])[0]
    arrays = _postings(first, n, max_items)
    total = arrays["total"]
    beside = np.diff(second.doc)
    vague = ((total < 1) & (beside < n)) | ((total < 2) & (beside == 0)) | (texts["words"].to_numpy() <= n)
    return arrays | {
        "total": np.where(vague, np.float32(np.inf), total),  # no share of it is enough
        "alone": np.where(texts["asks"], total >= min_ngrams, texts["second"] == ""),
        "first": first.hash,
        "first_offset": first.doc,
        "second": second.hash,
        "second_offset": second.doc,
    }


def _postings(words: Words, n: int, max_items: int) -> dict[str, np.ndarray]:
    """The n-grams of each item, once each, as an inverted index with weights."""
    hashes, doc, first = ngrams(words, n)
    item = np.repeat(np.arange(len(doc) - 1), np.diff(doc))
    letters = np.concatenate(([0], np.cumsum(words.kind == 1)))
    telling = letters[first + n] - letters[first] >= min(_LETTERS, n)
    pairs = (
        pl.DataFrame({"gram": hashes[telling], "item": item[telling].astype(np.int32)})
        .unique(maintain_order=True)
        .filter(pl.len().over("gram") <= max_items)
        .with_columns(slot=pl.int_range(pl.len(), dtype=pl.Int32).over("item"))
        .sort("gram", "item")
    )
    grams = pairs.group_by("gram", maintain_order=True).agg(pl.len())
    count = grams["len"].to_numpy()
    weight = (1 / np.sqrt(count)).astype(np.float32)
    size = 1 << max(16, int(np.ceil(np.log2(max(1, len(grams)) * _BITS_PER_GRAM))))
    bits = np.zeros(size // 64, np.uint64)
    gram, who = grams["gram"].to_numpy(), pairs["item"].to_numpy()
    prefilter(gram, bits)
    return {
        "gram": gram,
        "offset": np.concatenate(([0], np.cumsum(count))).astype(np.int64),
        "item": who,
        "slot": pairs["slot"].to_numpy(),
        "weight": weight,
        "bits": bits,
        "total": np.bincount(who, np.repeat(weight, count), len(doc) - 1).astype(np.float32),
    }
