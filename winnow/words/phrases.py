"""Phrases looked for among the bytes of a text, in any case of ASCII letters.

The one matcher of the lists that rules have: a few phrases each, which change from step to step. Hundreds
of words that never change are an automaton in `ingest.page.patterns`; words of a text are compared by hash
(`winnow.words.hashes.find`).
"""

# ruff: noqa: SIM110 - loops that are compiled have no generators
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from winnow.kernels import I64, U8, Bools, kernel
from winnow.words import byte

_RARE = b"zqjxkvbywgpfmucldhrnisaote "  # letters of English, the rarest first


class Phrases(NamedTuple):
    """Phrases in small letters: the bytes of phrase p are `letters[ends[p]:ends[p + 1]]`."""

    letters: U8
    ends: I64
    anchors: I64  # the place of each phrase's rarest letter, by which it is looked for
    marks: Bools  # by byte: whether it is such a letter, small or capital


def pack(phrases: Iterable[str]) -> Phrases:
    """The phrases as loops read them; empty ones are left out."""
    lower = [phrase.lower().encode() for phrase in phrases if phrase]
    ends = np.cumsum([0, *map(len, lower)]).astype(np.int64)
    anchors = np.array([min(range(len(p)), key=lambda k: _RARE.find(p[k])) for p in lower], np.int64)
    marks = np.zeros(256, np.bool_)
    for phrase, anchor in zip(lower, anchors, strict=True):
        marks[[phrase[anchor], phrase[anchor : anchor + 1].upper()[0]]] = True
    return Phrases(np.frombuffer(b"".join(lower) + b"\0", np.uint8), ends, anchors, marks)


@kernel
def matches_at(data: U8, i: int, e: int, phrases: Phrases, p: int) -> bool:
    """Whether phrase p stands at byte i and ends at e or before."""
    first, last = phrases.ends[p], phrases.ends[p + 1]
    if i + last - first > e:
        return False
    for k in range(last - first):
        c = data[i + k]
        if (c | byte.CASE if byte.A <= c <= byte.Z else c) != phrases.letters[first + k]:
            return False
    return True


@kernel
def count_phrases(data: U8, b: int, e: int, phrases: Phrases) -> int:
    """How often one of the phrases stands in [b, e)."""
    count = 0
    for i in range(b, e):
        if phrases.marks[data[i]]:
            for p in range(len(phrases.anchors)):
                start = i - phrases.anchors[p]
                count += start >= b and matches_at(data, start, e, phrases, p)
    return count


@kernel
def match_phrase(data: U8, b: int, e: int, phrases: Phrases, at_end: bool) -> int:
    """Bytes of the first phrase that [b, e) starts with, or ends with, or 0."""
    for p in range(len(phrases.anchors)):
        size = phrases.ends[p + 1] - phrases.ends[p]
        if size <= e - b and matches_at(data, e - size if at_end else b, e, phrases, p):
            return int(size)
    return 0


@kernel
def is_phrase(data: U8, b: int, e: int, phrases: Phrases) -> bool:
    """Whether [b, e) is one of the phrases."""
    for p in range(len(phrases.anchors)):
        if phrases.ends[p + 1] - phrases.ends[p] == e - b and matches_at(data, b, e, phrases, p):
            return True
    return False


@kernel
def starts_with(data: U8, b: int, e: int, word: U8) -> bool:
    """Whether [b, e) starts with these bytes as they are."""
    if b + len(word) > e:
        return False
    for k in range(len(word)):
        if data[b + k] != word[k]:
            return False
    return True


@kernel
def contains(data: U8, b: int, e: int, word: U8) -> bool:
    """Whether these bytes as they are stand in [b, e)."""
    for i in range(b, e - len(word) + 1):
        if data[i] == word[0] and starts_with(data, i, e, word):
            return True
    return False
