"""Items whose words stand in a document in another order, or whose solution or choices stand there alone.

A run is five words in a row. An item has several texts: its question, its worked solution (the answer, and
what explains it) and its choices. Which of their runs stand close together says enough, in whatever order:
sentences may be turned round or parted by others. Runs that several texts share, that are all common words,
or that a question quotes (its context, long quotations) are none, nor are those of choices that its question
has too.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.overlap.candidates import Postings, find_windows, gather_hits
from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.keys import GRAM
from winnow.dedup.overlap.lexer.words import Cut, cut
from winnow.kernels import F32, I32, I64, Bool, Int, kernel
from winnow.words.hashes import GOLDEN

REORDERED, SOLUTION, CHOICES = range(3)  # kinds of texts

_LEAST_WORDS = 24  # of a solution, or of all choices of an item, that are looked for alone
_SHARED = 3  # texts that may share a run
_KEPT = 24  # runs of a text, or up to twice as many: of a longer text some are drawn, by their keys
_BITS = 6.0  # of a run, by the rarity of its words
_SHARE = 0.25  # of a text's bits
_COVERED = 9  # of its words
_SPREAD, _SLACK = 3, 40  # words of a document in which a text's runs may stand: SPREAD * its own + SLACK
_29 = np.uint64(29)
_WRITTEN = ("key", "text", "word", "bits")


class Texts(NamedTuple):
    """The words of texts, and whose they are."""

    words: Cut
    item: np.ndarray
    kind: np.ndarray
    bits: np.ndarray  # by word
    quoted: np.ndarray  # by word: what a question quotes


class Passages(NamedTuple):
    """Where runs of a text stand close together."""

    document: I64
    text: I64
    first: I64  # word of the batch
    last: I64  # word + 1
    share: F32  # of the text's bits
    covered: I64  # of its words
    pieces: I64  # stretches of the text in which they stand in order, without a word between


def make_runs(texts: Texts, contexts: pl.Series) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """The runs of all texts (key, text, word, bits), and by text whose it is, its kind, bits and words.

    `contexts`: by item, the passage that its question quotes.
    """
    sizes = np.diff(texts.words.doc)
    key, text, word = hash_runs(texts.words)
    first = texts.words.doc[text] + word
    until = np.concatenate(([0], np.cumsum(texts.bits, dtype=np.float64)))
    quoted = np.concatenate(([0], np.cumsum(texts.quoted)))
    bits = until[first + GRAM] - until[first]
    own, kind = texts.item[text], texts.kind[text]
    runs = pl.DataFrame({"key": key, "text": text, "word": word, "bits": bits, "item": own, "kind": kind})
    found = runs.filter(
        (bits >= _BITS)
        & (quoted[first + GRAM] == quoted[first])
        & ((kind == REORDERED) | (sizes[text] >= _LEAST_WORDS))
    )
    found = found.join(_find_quoted(contexts), on=["item", "key"], how="anti", maintain_order="left")
    # Choices may be phrases of the passage that is asked about.
    asked = runs.filter(kind == REORDERED).select("item", "key", kind=pl.lit(CHOICES, runs["kind"].dtype))
    found = found.join(asked, on=["item", "key", "kind"], how="anti", maintain_order="left")
    same = pl.Series(_hash_texts(texts.words))[found["text"].to_numpy()]
    found = (
        found.with_columns(same=same)
        .filter(pl.col("same").n_unique().over("key") <= _SHARED)
        .unique(["key", "text"], keep="first", maintain_order=True)
        .filter(pl.col("key") % (pl.len().over("text") // _KEPT).clip(1) == 0)
    )
    total = np.bincount(found["text"].to_numpy(), found["bits"].to_numpy(), len(sizes))
    whole = {"text_item": texts.item, "text_kind": texts.kind, "text_words": sizes}
    table = {name: values.astype(np.int32) for name, values in whole.items()}
    return found.select(_WRITTEN), table | {"text_bits": total.astype(np.float32)}


def _find_quoted(contexts: pl.Series) -> pl.DataFrame:
    """The runs (item, key) of each item's context."""
    items = contexts.is_not_null().arg_true()
    key, text, _ = hash_runs(cut(contexts[items]))
    return pl.DataFrame({"item": items.to_numpy()[text], "key": key}).cast({"item": pl.Int64}).unique()


def _hash_texts(words: Cut) -> np.ndarray:
    """One number for each text, by its words."""
    text = np.repeat(np.arange(len(words.doc) - 1), np.diff(words.doc))
    place = np.arange(len(text), dtype=np.uint64) - words.doc[text].astype(np.uint64)
    out = np.zeros(len(words.doc) - 1, np.uint64)
    np.add.at(out, text, words.hash * (place * GOLDEN | np.uint64(1)))
    return out


def hash_runs(words: Cut) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(key, text, first word within the text) of every run; keys as `dedup.overlap.keys` makes them."""
    size = max(0, len(words.hash) - GRAM + 1)
    key = np.ones(size, np.uint64)
    for j in range(GRAM):
        key = key * GOLDEN + words.hash[j : size + j]
    text = np.repeat(np.arange(len(words.doc) - 1), np.diff(words.doc))
    whole = text[:size] == text[len(text) - size :]
    text = text[:size][whole]
    key, word = key[whole], np.arange(size)[whole] - words.doc[text]
    return key ^ (key >> _29), text, word


def find_passages(found: I32, place: I32, at: I64, index: Index) -> Passages:
    """Stretches of documents where enough of a text's runs stand. `found`, `place`, `at`: as looked up."""
    postings = Postings(index.run_at, index.run_text, index.run_word, index.run_bits)
    widest = _SPREAD * index.text_words.astype(np.int64) + _SLACK
    need = np.maximum(index.text_bits * np.float32(_SHARE), np.float32(_BITS))
    return Passages(
        *_find_passages(found, place, at, postings, index.text_words, index.text_bits, widest, need)
    )


@kernel(allocates=True)
def _find_passages(
    found: I32, place: I32, at: I64, postings: Postings, words: I32, bits: F32, widest: I64, need: F32
) -> tuple[I64, I64, I64, I64, F32, I64, I64]:
    """`find_passages` over arrays."""
    texts = len(need)
    marked, rank = np.full(texts, -1, np.int32), np.full(texts, -1, np.int32)
    mass, room = np.zeros(texts, np.float32), np.empty(texts, np.int32)
    most = max(1, words.max()) if texts else 1
    count, seen = np.zeros(most, np.int32), np.zeros(most, np.bool_)
    out, shares, size = np.empty((64, 6), np.int64), np.empty(64, np.float32), 0
    for d in range(len(at) - 1):
        here = slice(at[d], at[d + 1])
        n = _weigh_texts(found[here], d, postings, need, marked, mass, room)
        if n == 0:
            continue
        likely = np.sort(room[:n])
        bounds, where, word, weight = gather_hits(found[here], place[here], postings, likely, rank)
        windows, masses = np.empty((len(where), 2), np.int64), np.empty(len(where), np.float32)
        for k in range(n):
            t, a, b = likely[k], bounds[k], bounds[k + 1]
            some = find_windows(where, word, weight, a, b, widest[t], need[t], count, windows, masses)
            for w in range(some):
                left, right = windows[w]
                covered = _count_covered(word[left : right + 1], seen[: words[t]])
                if covered < _COVERED:
                    continue
                if size == len(out):
                    out, shares = np.concatenate((out, out)), np.concatenate((shares, shares))
                out[size, 0], out[size, 1], out[size, 4] = d, t, covered
                out[size, 2], out[size, 3] = where[left], where[right] + GRAM
                out[size, 5] = 1 + np.count_nonzero(np.diff(where[left : right + 1] - word[left : right + 1]))
                shares[size] = masses[w] / bits[t]
                size += 1
    out, shares = out[:size], shares[:size]
    return out[:, 0], out[:, 1], out[:, 2], out[:, 3], shares, out[:, 4], out[:, 5]


@kernel
def _weigh_texts(
    found: I32, d: Int, postings: Postings, need: F32, marked: I32, mass: F32, likely: I32
) -> Int:
    """Texts whose runs weigh enough, as often as they stand there, into `likely`; their number."""
    n = 0
    for key in found:
        for p in range(postings.offset[key], postings.offset[key + 1]):
            t = postings.item[p]
            if marked[t] != d:
                marked[t], mass[t] = d, np.float32(0)
            before = mass[t]
            mass[t] += postings.weight[p]
            if before < need[t] <= mass[t]:
                likely[n] = t
                n += 1
    return n


@kernel
def _count_covered(words: I32, seen: Bool) -> Int:
    """How many words of a text the runs that begin at `words` hold; `seen` is for its own use."""
    seen[:] = False
    for word in words:
        seen[word : word + GRAM] = True
    total: Int = seen.sum()
    return total
