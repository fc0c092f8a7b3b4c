"""How a word is spelt, and which words are near in spelling."""

import numpy as np

from winnow.dedup.overlap.lexer.confusables import DIGIT, LETTER, SHIFT
from winnow.dedup.overlap.lexer.markup import read_point
from winnow.kernels import I32, I64, U8, U64, Bool, Int, kernel
from winnow.words.unicode import decode

LONGEST = 24  # characters of a word that are compared
_KIND, _LOW = np.uint64(SHIFT), np.uint64(0xFFFFF)


@kernel
def spell(data: U8, start: Int, end: Int, letter: U64, out: I32) -> Int:
    """The characters of a word as they are read, into `out`; their number."""
    n, i = 0, start
    while i < end and n < len(out):
        point, i = decode(data, i)
        read = read_point(point, letter)
        if read >> _KIND == LETTER or read >> _KIND == DIGIT:
            out[n] = read & _LOW
            n += 1
    return n


@kernel
def mask_letters(characters: I32) -> np.uint32:
    """Which letters a word has, roughly: a bit for each."""
    out = np.uint32(0)
    for c in characters:
        out |= np.uint32(1) << np.uint32(c & 31)
    return out


@kernel
def count_ones(x: np.uint32) -> Int:
    """How many bits are set."""
    n = 0
    while x:
        x &= x - np.uint32(1)
        n += 1
    return n


@kernel
def matches_at(part: I32, whole: I32, at: Int) -> Bool:
    """Whether a part stands in a word from a place on."""
    k = 0
    while k < len(part) and whole[at + k] == part[k]:
        k += 1
    return k == len(part)


@kernel
def is_near(a: I32, b: I32, row: I64) -> Bool:
    """Whether two words differ by one edit, by two from 7 letters on, or by three from 11 on.

    A prefix of two letters or more makes another word, often the opposite: incorrect, unlikely.
    """
    if min(len(a), len(b)) < 4:
        return False
    most = 1 if max(len(a), len(b)) < 7 else 2 if max(len(a), len(b)) < 11 else 3
    more = len(b) - len(a)
    if abs(more) > most or (more >= 2 and matches_at(a, b, more)) or (more <= -2 and matches_at(b, a, -more)):
        return False
    for j in range(len(b) + 1):
        row[j] = j
    for i in range(1, len(a) + 1):
        diagonal, row[0] = row[0], i
        least = i
        for j in range(1, len(b) + 1):
            cost = min(diagonal + (a[i - 1] != b[j - 1]), row[j] + 1, row[j - 1] + 1)
            diagonal, row[j] = row[j], cost
            least = min(least, cost)
        if least > most:
            return False
    return row[len(b)] <= most
