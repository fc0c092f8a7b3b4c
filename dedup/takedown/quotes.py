"""Which texts hold what is quoted: the words as a reader sees them (`dedup.overlap.words`), one in twenty
other, and where the quotation leaves something out, its pieces in order."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from dedup.takedown import marks
from filters.words.jit import U64

LEAST_WORDS = 5  # in a row
WORDS_PER_SLIP = 20
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
    known, owners = _mark(quoted)
    shared = marks.count_shared(texts, known)
    likely = sorted({(row, owners[mark]) for row, mark in shared.select("row", "mark").rows()})
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
def _mark(quoted: tuple[str, ...]) -> tuple[marks.Marks, list[int]]:
    """The longest piece of each quotation, marked, and which quotation each mark is of."""
    longest = [max(_GAP.split(text), key=len) for text in quoted]
    return marks.of_texts(pl.Series(longest, dtype=pl.String)), list(range(len(quoted)))


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
    bounds = np.linspace(0, len(piece), slips + 2).astype(int)
    for begin, end in itertools.pairwise(bounds):  # one of them stands there to the word
        for place in _list_places(words, piece[begin:end], start):
            for shift in range(-slips, slips + 1) if slips else (0,):
                first = max(place - begin + shift, start)
                if (after := _follow(words, piece, first, slips)) >= 0:
                    return after
    return -1


def _list_places(words: U64, piece: U64, start: int) -> list[int]:
    """Where all words of a piece stand in a row."""
    places = np.flatnonzero(words[start : max(len(words) - len(piece) + 1, start)] == piece[0]) + start
    return [int(place) for place in places if np.array_equal(words[place : place + len(piece)], piece)]


def _follow(words: U64, piece: U64, at: int, slips: int) -> int:
    """Where a piece ends that begins at a word, with so many words other, more or fewer; -1 for none."""
    i = 0
    while i < len(piece):
        if at < len(words) and words[at] == piece[i]:
            i, at = i + 1, at + 1
            continue
        slips -= 1
        if slips < 0:
            return -1
        for more, further in ((1, 1), (0, 1), (1, 0)):
            rest = piece[i + more : i + more + 2]
            if np.array_equal(words[at + further : at + further + len(rest)], rest):
                break
        else:
            more, further = 1, 1
        i, at = i + more, at + further
    return at
