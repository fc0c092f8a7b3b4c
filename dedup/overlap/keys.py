"""The keys by which items are found, and their lookup.

A key is two words that stand beside each other once stop words and numbers are left out, or with one more
between them. So keys outlast changed numbers, and most outlast names, synonyms, lost words and bad OCR.
"""

import numpy as np

from winnow.dedup.overlap.lexer.words import WORD, Cut
from winnow.kernels import I32, I64, U8, U64, Int, kernel
from winnow.words.hashes import GOLDEN, MIX1, raise_golden

GRAM = 5  # words of a key where numbers and stop words count, for items that have few others
LEAST_LETTERS = 40  # of the key of a test: words of one letter, or one word of so many
APART = 12  # most words from the first to the second of a pair

_33, _32, _29, _6, _1 = np.uint64(33), np.uint64(32), np.uint64(29), np.uint64(6), np.uint64(1)
_BIT = np.uint64(63)


@kernel(allocates=True)
def make_keys(words: U64, kinds: U8, sizes: I64) -> tuple[U64, I64, I64, int]:
    """Keys of a text of words: (key, first word, last word); also of runs of GRAM words, numbers and all."""
    n = len(words)
    content = np.empty(n, np.int64)
    c = 0
    for i in range(n):
        if kinds[i] == WORD and sizes[i] >= 2:
            content[c] = i
            c += 1
    room = 2 * c + max(0, n - GRAM + 1)
    key, place, last = np.empty(room, np.uint64), np.empty(room, np.int64), np.empty(room, np.int64)
    k = 0
    for x in range(c):
        for y in (x + 1, x + 2):
            if y < c and content[y] - content[x] <= APART:
                key[k] = _hash_pair(words[content[x]], words[content[y]])
                place[k], last[k] = content[x], content[y]
                k += 1
    pairs = k
    for i in range(n - GRAM + 1):
        h = np.uint64(1)
        for j in range(GRAM):
            h = h * GOLDEN + words[i + j]
        key[k], place[k], last[k] = h ^ (h >> _29), i, i + GRAM - 1
        k += 1
    return key[:k], place[:k], last[:k], pairs


@kernel(inlined=True)
def _hash_pair(a: np.uint64, b: np.uint64) -> np.uint64:
    """The key of two words, which are mixed already: half of a finalizer is enough."""
    h = (a * GOLDEN + b) * MIX1
    return h ^ (h >> _33)


@kernel(inlined=True)
def _spread_bits(h: np.uint64) -> np.uint64:
    """The two bits of a key in its word of the prefilter."""
    return _1 << (h & _BIT) | _1 << (h >> _32 & _BIT)


@kernel
def fill_filter(key: U64, bits: U64) -> None:
    """Set the bits of every key: two of one word, so that a lookup that misses costs one access to memory."""
    rows = np.uint64(len(bits) - 1)
    for h in key:
        bits[h >> _6 & rows] |= _spread_bits(h)


def find_buckets(key: U64) -> I32:
    """Where in the sorted keys those begin that share their first bits, int32; one more at the end."""
    power = max(1, len(key).bit_length() - 1)
    begin = np.searchsorted(key, np.arange(1 << power, dtype=np.uint64) << np.uint64(64 - power))
    return np.append(begin, len(key)).astype(np.int32)


def look_up(cut: Cut, key: U64, bits: U64, bucket: I32) -> tuple[I32, I32, I64, I64]:
    """Keys of the index in each document, in the order of the words that end them.

    Returns their numbers, the batch's words at which they begin, where those of each document begin, and how
    many letters of the key of a test each document may hold.
    """
    widest = 3 * int(np.diff(cut.doc).max(initial=0))
    waiting, place = np.empty(widest + 1, np.uint64), np.empty(widest + 1, np.int32)
    # Memory is taken only where it is written: mostly a tenth of it.
    found, where = np.empty(3 * len(cut.hash) + 1, np.int32), np.empty(3 * len(cut.hash) + 1, np.int32)
    at, letters = np.zeros(len(cut.doc), np.int64), np.zeros(len(cut.doc) - 1, np.int64)
    n = _look_up(
        cut.doc, cut.hash, cut.kind, cut.start, cut.end, key, bits, bucket, _bucket_shift(bucket), waiting,
        place, found, where, at, letters,
    )  # fmt: skip
    return found[:n], where[:n], at, letters


def _bucket_shift(bucket: I32) -> np.uint64:
    """What leaves of a key the bits that name its bucket."""
    return np.uint64(65 - (len(bucket) - 1).bit_length())


@kernel
def _look_up(
    doc: I64,
    words: U64,
    kinds: U8,
    start: I64,
    end: I64,
    key: U64,
    bits: U64,
    bucket: I32,
    shift: np.uint64,
    waiting: U64,
    place: I32,
    found: I32,
    where: I32,
    at: I64,
    letters: I64,
) -> Int:
    """`look_up` over arrays; how many keys were found."""
    n = 0
    for d in range(len(doc) - 1):
        count, letters[d] = _filter_keys(words, kinds, start, end, doc[d], doc[d + 1], bits, waiting, place)
        for k in range(count):
            h = waiting[k]
            g, stop = bucket[h >> shift], bucket[(h >> shift) + _1]
            while g < stop and key[g] < h:
                g += 1
            if g < stop and key[g] == h:
                found[n], where[n] = g, place[k]
                n += 1
        at[d + 1] = n
    return n


@kernel
def _filter_keys(
    words: U64, kinds: U8, start: I64, end: I64, begin: Int, stop: Int, bits: U64, waiting: U64, place: I32
) -> tuple[Int, Int]:
    """Keys of words[begin:stop] that pass the prefilter, and their first words; their number, and that of
    letters that stand alone.

    Every key is written, and the count raised by what the prefilter says: a branch would be mispredicted.
    """
    n, h, drop, letters = 0, np.uint64(0), raise_golden(GRAM), 0
    rows = np.uint64(len(bits) - 1)
    before, earlier = begin - APART - 1, begin - APART - 1  # the last two words of content
    for i in range(begin, stop):
        h = h * GOLDEN + words[i]
        if i - begin >= GRAM:
            h -= drop * words[i - GRAM]
        if i - begin >= GRAM - 1:
            whole = h + drop  # as a text of these words alone has it, whose polynomial begins with 1
            n = _add_key(whole ^ (whole >> _29), i - GRAM + 1, bits, rows, waiting, place, n)
        size = end[i] - start[i]
        letters += size if size == 1 or size >= LEAST_LETTERS else 0
        if kinds[i] == WORD and size >= 2:
            if i - before <= APART:
                n = _add_key(_hash_pair(words[before], words[i]), before, bits, rows, waiting, place, n)
            if i - earlier <= APART:
                n = _add_key(_hash_pair(words[earlier], words[i]), earlier, bits, rows, waiting, place, n)
            earlier, before = before, i
    return n, letters


@kernel(inlined=True)
def _add_key(h: np.uint64, first: Int, bits: U64, rows: np.uint64, waiting: U64, place: I32, n: Int) -> Int:
    """Write a key; the count of those that the prefilter lets pass."""
    two = _spread_bits(h)
    waiting[n], place[n] = h, first
    return n + np.int64(bits[h >> _6 & rows] & two == two)
