"""What the cut into words looks up: classes of bytes, characters, entities, TeX, tags and common words."""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from winnow.dedup.overlap.lexer import confusables as letters
from winnow.kernels import I64, U8, U64, Bools
from winnow.words.hashes import GOLDEN, find_or_add, mask_for, mix

# Of a byte in the table of plain ones; more is the small letter or the digit itself.
BREAK, DASH, TICK, ODD = range(4)
TURN = 1  # of the table of common words: it is filled once

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


class Tables(NamedTuple):
    """What the cut looks up."""

    plain: U8  # by byte: small letter or digit, or BREAK, DASH, TICK or ODD
    letter: U64  # by code point
    entity: U64  # sorted hashes of names
    point: I64  # their characters
    command: U64  # sorted hashes
    tag: U64  # sorted hashes
    inline: Bools  # whether a word goes on across the tag
    common: U64  # common words, as `hashes.find` looks them up: 0 for a stop word, or the number and 1


@functools.cache
def make_tables() -> Tables:
    """The tables, made once in a process."""
    names, points = letters.list_entities()
    hashes = _hash_names(names)
    order = np.argsort(hashes)
    tags = np.sort(_hash_names(f"{_INLINE} {_BREAKING}".split()))
    letter = letters.load_table()
    return Tables(
        plain=_classify_bytes(letter),
        letter=letter,
        entity=hashes[order],
        point=np.array(points)[order],
        command=np.unique(_hash_names(name.lower() for name in _COMMANDS.split())),
        tag=tags,
        inline=np.isin(tags, _hash_names(_INLINE.split())),
        common=_enter_common(),
    )


def hash_word(word: str) -> np.uint64:
    """The hash that a word of plain small letters has."""
    return mix(_hash_characters(map(ord, word))) | np.uint64(1)


def _enter_common() -> U64:
    """The table of stop words and of words for numbers."""
    values = dict.fromkeys(STOP_WORDS.split(), -1)
    values |= {word: k for k, word in enumerate(_UNITS.split())}
    values |= {word: 10 * k for k, word in enumerate(_TENS.split(), start=2)} | _SCALES
    table = np.zeros((mask_for(len(values)) + 1, 2), np.uint64)
    for word, number in values.items():
        find_or_add(table, TURN, len(table) - 1, hash_word(word), number + 1)
    return table


def _classify_bytes(letter: U64) -> U8:
    """What each byte is where no more than the byte need be read."""
    out = np.full(256, ODD, np.uint8)
    classes = {letters.SEPARATOR: BREAK, letters.HYPHEN: DASH, letters.APOSTROPHE: TICK}
    for byte in set(range(128)) - set(b"&<\\"):
        kind, character = int(letter[byte]) >> letters.SHIFT, int(letter[byte]) & 0xFF
        out[byte] = classes.get(kind, character)
    return out


def _hash_names(names: Iterable[str]) -> U64:
    """The hashes of what stands in a text as it is written, byte by byte."""
    return np.array([_hash_characters(name.encode()) for name in names], np.uint64)


def _hash_characters(characters: Iterable[int]) -> np.uint64:
    """The polynomial of characters that loops take in one by one."""
    h = 0
    for character in characters:
        h = (h * int(GOLDEN) + character + 1) & (2**64 - 1)
    return np.uint64(h)
