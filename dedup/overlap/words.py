"""The words of a document as its reader sees them, whatever they are disguised or laid out as.

This is another cut than `filters.words.split`: nothing invisible, letters as they look, markup aside, and the
bytes of the original known for every word without a way back. Words split where anything but letters and
digits stands (`snake_case` is two), after a leading number (`5km`), and at ideographs. Words broken at the
end of a line are whole. Numbers are words of their own kind, in digits or spelt: `1,000`, `1000.0` and
`one thousand` are the same word.
"""

import functools
from typing import NamedTuple

import numpy as np
import polars as pl

from dedup.overlap import confusables as letters
from dedup.overlap.markup import BASE
from dedup.overlap.scanner import BREAK, DASH, NUMBER, ODD, STOP, TICK, WORD, mix, read
from filters.words.split import utf8

__all__ = ["NUMBER", "STOP", "WORD", "Cut", "cut", "hash_word", "make_tables"]

_SLOTS = 4096  # of the table of common words

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
# Words that say nothing of what a text is about; with contractions as they are cut here.
STOP_WORDS = """
a about above after again against all also am an and any are arent as at be because been before
being below between both but by can cannot cant could couldnt did didnt do does doesnt doing dont
down during each either else ever every few for from further get gets got had has hasnt have havent
having he her here hers herself him himself his how however i if in into is isnt it its itself just
let like made make makes many may me might more most much must my myself neither no nor not now of
off on once only or other others our ours out over own per rather same shall she should since so
some still such than that thats the their theirs them themselves then there these they this those
though through thus to too under until up upon us very was wasnt we were werent what when where
which while who whom whose why will with within without would wont yet you your yours
"""
_COMMANDS = """
text textbf textit textrm mathrm mathbf mathit mathbb mathcal frac dfrac tfrac cfrac left right big
Big bigg Bigg displaystyle quad qquad cdot times begin end boxed hspace vspace label tag item emph
underline overline operatorname ldots cdots dots
"""
# Tags of HTML: within the first a word goes on, the others end it. Unknown ones are read, attributes and all.
_INLINE = "b big del em font i ins mark s small span strong sub u wbr"
_BREAKING = """
a abbr article blockquote body br center cite code dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6
head header hr html kbd label li main nav ol option p pre q samp section sup table tbody td tfoot th thead
title tr tt ul var
"""


class Cut(NamedTuple):
    """The words of a batch; those of document i are `doc[i]` to `doc[i + 1]`. Places are in bytes."""

    doc: np.ndarray  # int64, documents + 1
    start: np.ndarray  # int64
    end: np.ndarray  # int64
    kind: np.ndarray  # uint8: WORD, NUMBER or STOP
    hash: np.ndarray  # uint64


class Tables(NamedTuple):
    """What the cut looks up."""

    plain: np.ndarray  # uint8 by byte: small letter or digit, or BREAK, DASH, TICK or ODD
    letter: np.ndarray  # uint64 by code point
    entity: np.ndarray  # uint64, sorted hashes of names
    point: np.ndarray  # int64, their characters
    command: np.ndarray  # uint64, sorted hashes
    tag: np.ndarray  # uint64, sorted hashes
    inline: np.ndarray  # bool: whether a word goes on across the tag
    common: np.ndarray  # uint64, _SLOTS: hash of a common word, 0 for none
    value: np.ndarray  # int64: -1 for a stop word, or the number


@functools.cache
def make_tables() -> Tables:
    """The tables, made once in a process."""
    names, points = letters.list_entities()
    hashes = np.array([_hash_name(name) for name in names], np.uint64)
    order = np.argsort(hashes)
    commands = np.unique(np.array([_hash_name(name.lower()) for name in _COMMANDS.split()], np.uint64))
    tags = np.sort(np.array([_hash_name(name) for name in f"{_INLINE} {_BREAKING}".split()], np.uint64))
    inline = np.isin(tags, np.array([_hash_name(name) for name in _INLINE.split()], np.uint64))
    common, value = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int64)
    values = dict.fromkeys(STOP_WORDS.split(), -1)
    values |= {word: k for k, word in enumerate(_UNITS.split())}
    values |= {word: 10 * k for k, word in enumerate(_TENS.split(), start=2)} | _SCALES
    for word, number in values.items():
        key = hash_word(word)
        place = int(key) % _SLOTS
        while common[place]:
            place = (place + 1) % _SLOTS
        common[place], value[place] = key, number
    letter = letters.load_table()
    return Tables(
        _classify_bytes(letter),
        letter,
        hashes[order],
        np.array(points)[order],
        commands,
        tags,
        inline,
        common,
        value,
    )


def _classify_bytes(letter: np.ndarray) -> np.ndarray:
    """What each byte is where no more than the byte need be read."""
    out = np.full(256, ODD, np.uint8)
    classes = {letters.SEPARATOR: BREAK, letters.HYPHEN: DASH, letters.APOSTROPHE: TICK}
    for byte in set(range(128)) - set(b"&<\\"):
        kind, character = int(letter[byte]) >> letters.SHIFT, int(letter[byte]) & 0xFF
        out[byte] = classes.get(kind, character)
    return out


def cut(text: pl.Series) -> Cut:
    """The words of each text; a null has none."""
    data, offsets = utf8(text)
    known = make_tables()
    room = int(offsets[-1] - offsets[0]) // 4 + 64
    while True:
        out = [np.empty(room, kind) for kind in (np.int64, np.int64, np.uint8, np.uint64)]
        doc = np.zeros(len(offsets), np.int64)
        size = read(data, offsets, known, doc, *out)
        if size >= 0:
            return Cut(doc, *(column[:size] for column in out))
        room *= 4


def hash_word(word: str) -> np.uint64:
    """The hash that a word of plain small letters has."""
    h = 0
    for c in word:
        h = (h * int(BASE) + ord(c) + 1) & (2**64 - 1)
    return np.uint64(mix(np.uint64(h)))


def _hash_name(name: str) -> int:
    h = 0
    for c in name.encode():
        h = (h * int(BASE) + c + 1) & (2**64 - 1)
    return h
