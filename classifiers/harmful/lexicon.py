"""How thick weighted words stand in a text: the base of the scores of `classifiers.harm`.

A word or phrase weighs for each of `KINDS`; what is hateful only of people (`attack`: "vermin") counts where
a group of people is named within a few words of it. A long page in which a term stands once is not what a
short one full of them is, so weights are summed per words. A text that says one word again and again may mean
something else by it (a name, an organ): the second time it weighs half, the third time a third.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.files import cache_by_stamp, read_text
from winnow.kernels import F32, F64, I64, U64, kernel
from winnow.words.cache import words_of
from winnow.words.hashes import GOLDEN, find, find_or_add, mask_for, mix
from winnow.words.split import Words, split

KINDS = ("adult", "hate", "violence", "group", "attack")
SCORED = 3  # the first so many kinds have a score
_HATE, _GROUP, _ATTACK = 1, 3, 4
LONGEST = 12  # words of a phrase; in Chinese and Japanese each character is one
REACH = 8  # words between a group and what is said of it
START = 60  # words that a text has beyond its own: one term in a short text is not all of it


class Lexicon(NamedTuple):
    """Terms by the hashes of their words, and where their scores are one half."""

    table: U64  # of `hashes.find_or_add`: the hash of a term, or of the start of one, and its row
    weights: F32  # a row each, a column for each of `KINDS`; nothing but zeros: only a start
    halves: F64  # summed weights per 1,000 words at which a score is .5, for each scored kind


def measure(text: pl.Series, lexicon: Lexicon) -> np.ndarray:
    """One row a text, one column (float64) for each scored kind: summed weights per 1,000 words."""
    words, rows = words_of(text)
    out = np.zeros((len(rows), SCORED))
    _sum_weights(words, rows, lexicon.table, lexicon.weights, out)
    return out


def build(terms: pl.DataFrame, halves: np.ndarray) -> Lexicon:
    """A lexicon of a frame with the column `term` and one for each of `KINDS`.

    Errors: ValueError where a term has no word, or more than `LONGEST`.
    """
    cut = split(terms["term"])
    table = np.zeros((mask_for(len(cut.hash) + 1) + 1, 2), np.uint64)
    rows: list[list[float]] = []
    for number, weights in enumerate(terms.select(KINDS).iter_rows()):
        part = slice(cut.doc[number], cut.doc[number + 1])
        hashes = cut.hash[part][cut.kind[part] != 0]  # as they are looked up: without marks
        if not 0 < len(hashes) <= LONGEST:
            raise ValueError(f"the term {terms['term'][number]!r} has not 1 to {LONGEST} words")
        key = np.uint64(0)
        for place, value in enumerate(hashes):
            key = np.uint64(_append(key, value))
            row = find_or_add(table, 1, len(table) - 1, key, len(rows))
            if row == len(rows):
                rows.append([0.0] * len(KINDS))
            if place == len(hashes) - 1:
                rows[row] = [max(old, new) for old, new in zip(rows[row], weights, strict=True)]
    return Lexicon(table, np.array(rows, np.float32).reshape(-1, len(KINDS)), halves)


@cache_by_stamp(2)
def load(path: Path) -> Lexicon:
    """The lexicon of a file with tabs: `term` and `KINDS`; its `halves` stand behind `#halves`.

    Errors: ValueError where the file is none.
    """
    try:
        lines = read_text(path).splitlines()
        (halves,) = (line.split("\t")[1:] for line in lines if line.startswith("#halves\t"))
        rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
        if rows[0] != ["term", *KINDS] or len(halves) != SCORED:
            raise ValueError(f"its columns are {rows[0]}")
        numbers = [[row[0], *map(float, row[1:])] for row in rows[1:]]
        terms = pl.DataFrame(
            numbers, schema={"term": pl.String} | dict.fromkeys(KINDS, pl.Float64), orient="row"
        )
        return build(terms, np.array(halves, np.float64))
    except (OSError, ValueError, IndexError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path} is no lexicon of harmful words ({error}): make it again") from None


@kernel
def _append(key: np.uint64, word: np.uint64) -> np.uint64:
    """The hash of a phrase with one more word."""
    return mix(key * GOLDEN + word)


@kernel(allocates=True)
def _sum_weights(words: Words, rows: I64, table: U64, weights: F32, out: F64) -> None:
    """Of each text; terms do not overlap, and the longest that begins at a word counts."""
    times, seen = np.zeros(len(weights), np.int64), np.full(len(weights), -1, np.int64)
    for r in range(len(rows)):
        count, w, last = 0, words.doc[rows[r]], words.doc[rows[r] + 1]
        group, attack, said, meant = -2 * REACH, -2 * REACH, 0.0, 0.0
        while w < last:
            if words.kind[w] == 0:
                w += 1
                continue
            row, size, after = _match(words, w, last, table, weights)
            if row >= 0:
                times[row] = times[row] + 1 if seen[row] == r else 1
                seen[row] = r
                for k in range(SCORED):
                    out[r, k] += weights[row, k] / times[row]
                if weights[row, _GROUP] > 0:
                    group, said = count, weights[row, _GROUP]
                if weights[row, _ATTACK] > 0:
                    attack, meant = count + size - 1, weights[row, _ATTACK]
                if abs(group - attack) <= REACH:
                    out[r, _HATE] += said * meant / times[row]
                    attack = -2 * REACH
            count += size
            w = after
        for k in range(SCORED):
            out[r, k] *= 1000 / (count + START)


@kernel
def _match(words: Words, w: int, last: int, table: U64, weights: F32) -> tuple[int, int, int]:
    """The row of the longest term at word w, or -1; its words (one, if none), and the place behind them."""
    key, mask, size = np.uint64(0), len(table) - 1, 0
    found, length, after = -1, 1, w + 1
    while w < last and size < LONGEST:
        if words.kind[w]:
            key = mix(key * GOLDEN + words.hash[w])
            row = find(table, 1, mask, key)
            if row < 0:
                break
            size += 1
            for k in range(weights.shape[1]):
                if weights[row, k] > 0:
                    found, length, after = row, size, w + 1
        w += 1
    return found, length, after
