"""Which texts hold what is quoted: the words as a reader sees them (`overlap.lexer.words`), one in twenty
other, and where the quotation leaves something out, its pieces in order."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.dedup.takedown import marks
from winnow.kernels import U64, Bool, Int, kernel

LEAST_WORDS = 5  # in a row
WORDS_PER_SLIP = 20
_SHIFT = 3  # words too much or missing before what stands there to the word
_GAP = re.compile(r"\s*(?:[\[(]\s*(?:\.{3,}|\u2026|\. \. \.)\s*[\])]|\.{3,}|\. \. \.|\u2026|\u22ef)\s*")


class _Quote(NamedTuple):
    """The pieces of a quotation, each as the hashes of its words."""

    pieces: tuple[U64, ...]


def check(text: str) -> None:
    """ValueError where a text has too few words to be told from others."""
    if max((len(piece) for piece in _read(text).pieces), default=0) < LEAST_WORDS:
        raise ValueError(f"a text of fewer than {LEAST_WORDS} words in a row would match too much")


def find(texts: pl.Series, quoted: tuple[str, ...]) -> list[tuple[int, int]]:
    """Rows of texts, each with the number of a quotation that it holds."""
    if not quoted:
        return []
    known, slips = _mark(quoted)
    shared = marks.count_shared(texts, known).join(slips, on="mark")
    enough = pl.col("shared") + marks.NGRAM * pl.col("slips") >= pl.col("other")  # so many does a slip take
    likely = shared.filter(enough).select("row", "mark").sort("row", "mark").rows()
    rows = sorted({row for row, _ in likely})
    words = marks.read_words(texts.gather(rows))
    place = {row: number for number, row in enumerate(rows)}
    found = []
    for row, number in likely:
        start, stop = words.doc[place[row] : place[row] + 2]
        if _holds(words.hash[start:stop], _read(quoted[number])):
            found.append((row, number))
    return found


@lru_cache(maxsize=2**12)
def _read(text: str) -> _Quote:
    pieces = [piece for piece in _GAP.split(text) if piece.strip()]
    words = marks.read_words(pl.Series(pieces, dtype=pl.String))
    cuts = [words.hash[a:b] for a, b in zip(words.doc[:-1], words.doc[1:], strict=True)]
    return _Quote(tuple(piece for piece in cuts if len(piece)))


@lru_cache(maxsize=4)
def _mark(quoted: tuple[str, ...]) -> tuple[marks.Marks, pl.DataFrame]:
    """The longest piece of each quotation, marked, and how many `slips` it may have."""
    longest = pl.Series([max(_GAP.split(text), key=_count) for text in quoted], dtype=pl.String)
    slips = np.diff(marks.read_words(longest).doc) // WORDS_PER_SLIP
    return marks.of_texts(longest), pl.DataFrame({"slips": slips}).with_row_index("mark").cast(pl.Int64)


def _count(text: str) -> int:
    return len(marks.read_words(pl.Series([text], dtype=pl.String)).hash)


def _holds(words: U64, quote: _Quote) -> bool:
    at = 0
    for piece in quote.pieces:
        at = _find_piece(words, piece, at)
        if at < 0:
            return False
    return True


def _find_piece(words: U64, piece: U64, start: int) -> int:
    """Where a piece that stands in the words from `start` on ends; -1 where it does not."""
    slips = len(piece) // WORDS_PER_SLIP
    shifts = range(-min(slips, _SHIFT), min(slips, _SHIFT) + 1)
    bounds = np.linspace(0, len(piece), slips + 2).astype(int)
    tried: set[int] = set()
    for begin, end in itertools.pairwise(bounds):  # one of these stands there to the word
        for place in _list_places(words, piece[begin:end], start):
            for first in {max(place - int(begin) + shift, start) for shift in shifts} - tried:
                tried.add(first)
                if (after := _follow(words, piece, first, slips)) >= 0:
                    return int(after)
    return -1


def _list_places(words: U64, piece: U64, start: int) -> list[int]:
    """Where all words of a piece stand in a row."""
    places = np.arange(start, max(len(words) - len(piece) + 1, start))
    for at, word in enumerate(piece):
        places = places[words[places + at] == word]
    return [int(place) for place in places]


@kernel
def _follow(words: U64, piece: U64, at: Int, slips: Int) -> Int:
    """Where a piece ends that begins at a word, with so many words other, more or fewer; -1 for none."""
    i = 0
    while i < len(piece):
        if at < len(words) and words[at] == piece[i]:
            i, at = i + 1, at + 1
            continue
        slips -= 1
        if slips < 0:
            return -1
        if not _goes_on(words, piece, at + 1, i + 1) and _goes_on(words, piece, at + 1, i):
            at += 1  # a word too much
        elif not _goes_on(words, piece, at + 1, i + 1) and _goes_on(words, piece, at, i + 1):
            i += 1  # one is missing
        else:
            i, at = i + 1, at + 1
    return at


@kernel(inlined=True)
def _goes_on(words: U64, piece: U64, at: Int, i: Int) -> Bool:
    """Whether the next two words of a piece stand at a place."""
    for k in range(2):
        if i + k < len(piece) and (at + k >= len(words) or words[at + k] != piece[i + k]):
            return False
    return True
