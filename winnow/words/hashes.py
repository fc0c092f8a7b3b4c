"""Hashes of bytes, eight at a time, and the one table that looks them up."""

import numpy as np

from winnow.kernels import U8, U64, kernel

# 2**64 / the golden ratio, odd: to multiply by it spreads what is alike (Knuth, TAOCP 3, 6.4).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
# Of MurmurHash3's finalizer (Appleby 2011, fmix64).
MIX1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX2 = np.uint64(0xC4CEB9FE1A85EC53)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_1, _2, _3, _4, _5, _6, _7 = (np.uint64(n) for n in range(1, 8))
_8, _16, _24, _32, _40, _48, _56 = (np.uint64(8 * n) for n in range(1, 8))
_33 = np.uint64(33)
_SEVEN = np.uint64(0x7F7F7F7F7F7F7F7F)
_TOP = np.uint64(0x8080808080808080)
_FROM_A = np.uint64(0x3F3F3F3F3F3F3F3F)  # lifts `A` and what is above into the top bit
_ABOVE_Z = np.uint64(0x2525252525252525)  # lifts what is above `Z`


@kernel(inlined=True)
def mix(h: np.uint64) -> np.uint64:
    """Spread every bit of a hash over all of it (the finalizer of MurmurHash3)."""
    h ^= h >> _33
    h *= MIX1
    h ^= h >> _33
    h *= _MIX2
    return h ^ (h >> _33)


@kernel(inlined=True)
def absorb(h: np.uint64, eight: np.uint64) -> np.uint64:
    """The hash `h` with eight more bytes taken in."""
    h = (h ^ eight) * GOLDEN
    return h ^ (h >> _32)


@kernel
def raise_golden(n: int) -> np.uint64:
    """GOLDEN to the power of n: what the first of n words counts in a rolling hash of them."""
    power = np.uint64(1)
    for _ in range(n):
        power *= GOLDEN
    return power


@kernel(inlined=False)
def _load_last(data: U8, i: int, e: int) -> np.uint64:
    """`load` where eight bytes may not be there."""
    out = np.uint64(0)
    for k in range(i, min(e, i + 8)):
        out |= np.uint64(data[k]) << np.uint64(8 * (k - i))
    return out


@kernel(inlined=True)
def load(data: U8, i: int, e: int) -> np.uint64:
    """The bytes [i, e), the first eight at most, as an integer."""
    if i + 8 > len(data):
        return _load_last(data, i, e)
    k = np.uint64(i)  # unsigned, so that the compiler makes one load of these
    low = np.uint64(data[k]) | np.uint64(data[k + _1]) << _8 | np.uint64(data[k + _2]) << _16
    low |= np.uint64(data[k + _3]) << _24
    high = np.uint64(data[k + _4]) << _32 | np.uint64(data[k + _5]) << _40
    high |= np.uint64(data[k + _6]) << _48 | np.uint64(data[k + _7]) << _56
    return (low | high) & _ALL >> np.uint64(64 - 8 * min(e - i, 8))


@kernel(inlined=True)
def lower(eight: np.uint64) -> np.uint64:
    """Eight bytes of ASCII with A to Z as a to z."""
    seven = eight & _SEVEN
    capitals = (seven + _FROM_A ^ seven + _ABOVE_Z) & _TOP
    return eight | capitals >> _2


@kernel(inlined=True)
def fingerprint(data: U8, b: int, e: int) -> np.uint64:
    """A 64-bit hash of the bytes [b, e) as they stand."""
    h = np.uint64(0)
    for i in range(b, e, 8):
        h = absorb(h, load(data, i, e))
    return mix(h ^ np.uint64(e - b))


@kernel
def mask_for(count: int) -> int:
    """The mask of a table for `count` keys: at least twice as many rows, a power of two."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size - 1


@kernel
def find(table: U64, turn: int, mask: int, key: np.uint64) -> int:
    """The place that `find_or_add` entered for `key` in this turn, or -1."""
    i = np.int64(key >> _24) & mask
    while np.int64(table[i, 1] >> _32) == turn:
        if table[i, 0] == key:
            return int(np.int64(table[i, 1] << _32 >> _32))
        i = (i + 1) & mask
    return -1


@kernel
def find_or_add(table: U64, turn: int, mask: int, key: np.uint64, place: int) -> int:
    """The place (below 2**32) where `key` was first met in this turn: `place`, if that is now.

    `table` has a row for key and (turn, place); rows of other turns are free, so that a new turn costs
    nothing. Turns are 1 or more.
    """
    i = np.int64(key >> _24) & mask
    while np.int64(table[i, 1] >> _32) == turn:
        if table[i, 0] == key:
            return int(np.int64(table[i, 1] << _32 >> _32))
        i = (i + 1) & mask
    table[i, 0], table[i, 1] = key, np.uint64(turn) << _32 | np.uint64(place)
    return place
