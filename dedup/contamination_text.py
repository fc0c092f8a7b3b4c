"""Texts made comparable, with a way back: NFKC, nothing invisible, one kind of apostrophe.

Only characters that word hashes would trip over are rewritten, so most documents pass untouched.
"""

import functools
import re
import unicodedata
from bisect import bisect_right
from typing import NamedTuple

import numba
import numpy as np
import polars as pl

from filters.words import Words, only_words, split

# Invisible: soft hyphen, zero width, joiners, direction marks, byte order mark. Compatibility forms:
# super- and subscripts, ligatures, full-width letters, mathematical alphabets. Then any character that
# carries a combining mark of the Latin, Greek and Cyrillic kind.
_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_FORMS = (
    "\u00aa\u00b2\u00b3\u00b9\u00ba\u2070-\u209c\u2100-\u214f\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff"
)
_MARKS = "\u0300-\u036f"
_ODD = f"[{_INVISIBLE}{_FORMS}{_MARKS}]"
_PIECE = re.compile(f"[{_INVISIBLE}]+|[{_FORMS}]|.[{_MARKS}]+")
_DROP = re.compile(f"[{_INVISIBLE}]+")
_CONTRACTED = ("'s", "'S", "'ll", "'ve", "'re", "'d", "'m", "n't")


class Way(NamedTuple):
    """Pairs of byte positions, in a normalised text and in the text it came from.

    At odd places something rewritten begins, at even ones something kept as it was.
    """

    here: list[int]
    there: list[int]


def normalise(text: str) -> tuple[str, Way]:
    """The text without invisible characters and compatibility forms, and the way back."""
    way = Way([0], [0])
    pieces: list[str] = []
    here = there = last = 0
    for found in _PIECE.finditer(text):
        same = text[last : found.start()]
        new = _DROP.sub("", unicodedata.normalize("NFKC", found[0]))
        size = len(same.encode())
        for plus_here, plus_there in ((size, size), (len(new.encode()), len(found[0].encode()))):
            here, there = here + plus_here, there + plus_there
            way.here.append(here)
            way.there.append(there)
        pieces += [same, new]
        last = found.end()
    return "".join(pieces) + text[last:], way


def back(way: Way, position: int, end: bool = False) -> int:
    """The byte of the original where byte `position` of the normalised text comes from.

    Within a rewritten character it is where that starts or, for the `end` of a span, where it ends.
    """
    k = bisect_right(way.here, position) - 1
    while end and k > 0 and way.here[k - 1] == position:  # what was dropped just here stays outside
        k -= 1
    if k % 2 == 0 or way.here[k] == position:
        return way.there[k] + position - way.here[k]
    return way.there[k + 1] if end else way.there[k]


def comparable(text: pl.Series) -> tuple[Words, dict[int, Way]]:
    """The words of the normalised texts, without punctuation, and the way back of each row that changed."""
    rows = text.str.contains(_ODD).fill_null(False).arg_true().to_list()
    ways = {}
    if rows:
        pairs = [normalise(text[row]) for row in rows]
        ways = {row: way for row, (_, way) in zip(rows, pairs, strict=True)}
        text = text.scatter(rows, [new for new, _ in pairs])
    words = only_words(split(text))
    return words._replace(hash=_replaced(words.hash, *_apostrophes())), ways


@functools.cache
def _apostrophes() -> tuple[np.ndarray, np.ndarray]:
    """Hashes of the contractions with a typographic apostrophe, and with the plain one."""
    plain = [f"do{word}" for word in _CONTRACTED]
    curly = [word.replace("'", "\u2019") for word in plain]
    hashes = [only_words(split(pl.Series(texts))) for texts in (curly, plain)]
    return hashes[0].hash[hashes[0].doc[1:] - 1], hashes[1].hash[hashes[1].doc[1:] - 1]


@numba.njit(cache=True, nogil=True)
def _replaced(hashes, old, new):
    out = hashes.copy()
    for i in range(len(out)):
        for k in range(len(old)):
            if out[i] == old[k]:
                out[i] = new[k]
                break
    return out
