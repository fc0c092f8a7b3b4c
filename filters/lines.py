"""Lines and repeated spans of a text, as loops over its bytes."""

import numpy as np

from filters.letters import SPACE, before, decode, flag, kernel
from filters.splitter import mix

_PRIME = np.uint64(0x9E3779B97F4A7C15)


@kernel
def line(data, i, last):
    """The end of the line that starts at byte i, and the start of the next, as `str.splitlines` has it."""
    while i < last:
        c = data[i]
        if 10 <= c <= 13 or 28 <= c <= 30:
            return i, i + (2 if c == 13 and i + 1 < last and data[i + 1] == 10 else 1)
        if c == 0xC2 and data[i + 1] == 0x85:
            return i, i + 2
        if c == 0xE2 and data[i + 1] == 0x80 and data[i + 2] | 1 == 0xA9:
            return i, i + 3
        i += 1
    return last, last


@kernel
def strip(data, b, e, table):
    """The span without white space at its ends."""
    while b < e:
        point, after = decode(data, b)
        if not flag(point, table) & SPACE:
            break
        b = after
    while b < e:
        last = before(data, e, b)
        if not flag(decode(data, last)[0], table) & SPACE:
            break
        e = last
    return b, e


@kernel
def characters(data, b, e):
    """How many characters the bytes [b, e) are."""
    count = 0
    for i in range(b, e):
        count += data[i] & 0xC0 != 0x80
    return count


@kernel
def fingerprint(data, b, e):
    """A 64-bit hash of the bytes [b, e) as they stand."""
    h = np.uint64(e - b)
    for i in range(b, e):
        h = (h ^ np.uint64(data[i])) * _PRIME
    return mix(h)


@kernel
def slot(keys, used, turn, mask, key):
    """Where `key` is, or may be put, in the open table `keys`: a slot not `used` in this `turn` is free."""
    i = np.int64(key >> np.uint64(20)) & mask
    while used[i] == turn and keys[i] != key:
        i = (i + 1) & mask
    return i


@kernel
def mask_for(count):
    """The mask of a table with at least twice `count` slots, a power of two."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size - 1


@kernel
def newlines(data, b, e):
    """How many newlines there are in the bytes [b, e)."""
    count = 0
    for i in range(b, e):
        count += data[i] == 10
    return count


@kernel
def most_newlines(data, offsets):
    """The count of newlines of the document that has most."""
    most = 0
    for d in range(len(offsets) - 1):
        most = max(most, newlines(data, offsets[d], offsets[d + 1]))
    return most
