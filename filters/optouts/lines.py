"""Lines of robots.txt as Google's parser cuts them (github.com/google/robotstxt), also where RFC 9309 says
nothing: misspelt keys, a blank for the colon, part of a byte order mark, lines cut at 16,663 bytes.
"""

import numpy as np

from winnow.kernels import I64, U8, Bool, Int, kernel
from winnow.words import byte

MAX_LINE_BYTES = 2_083 * 8 - 1
ALLOW, DISALLOW, SIGNAL, USAGE, AGENT, OTHER, JUNK = range(7)
# Whatever begins with a word is that key; the first that fits counts.
_KEYS = (
    (AGENT, ("user-agent", "useragent", "user agent")),
    (ALLOW, ("allow",)),
    (DISALLOW, ("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw")),
    (SIGNAL, ("content-signal",)),
    (USAGE, ("content-usage",)),
    (
        OTHER,
        (
            "sitemap",
            "site-map",
            "crawl-delay",
            "host",
            "clean-param",
            "request-rate",
            "visit-time",
            "noindex",
        ),
    ),
)
_WORDS = np.frombuffer("".join(word for _, words in _KEYS for word in words).encode(), np.uint8)
_ENDS = np.cumsum([len(word) for _, words in _KEYS for word in words])
_OF = np.array([kind for kind, words in _KEYS for _ in words])
_BOM = np.array([0xEF, 0xBB, 0xBF], np.uint8)


@kernel
def cut_lines(data: U8, offsets: I64, lines: I64, counts: I64) -> Int:
    """Write file, kind, value (two places) and number of each line with a key that counts; give how many."""
    n = 0
    for f in range(len(offsets) - 1):
        begin, stop, line, was_return = offsets[f], offsets[f + 1], 0, False
        while begin < stop and begin < offsets[f] + 3 and data[begin] == _BOM[begin - offsets[f]]:
            begin += 1
        while begin <= stop:
            i = begin
            while i < stop and data[i] != byte.LF and data[i] != byte.CR:
                i += 1
            again = i == begin and was_return and i < stop and data[i] == byte.LF
            was_return = i < stop and data[i] == byte.CR
            first, last, begin = begin, min(i, begin + MAX_LINE_BYTES), i + 1
            if again:
                continue
            line += 1
            first, last = strip(data, first, find_byte(data, first, last, byte.HASH))
            if first == last:
                continue
            kind, value = _find_key(data, first, last)
            counts[f, 0 if kind == AGENT else 2 if kind == JUNK else 1] += 1
            if kind < OTHER:
                lines[0, n], lines[1, n], lines[4, n] = f, kind, line
                lines[2, n], lines[3, n] = strip(data, value, last)
                n += 1
    return n


@kernel
def _find_key(data: U8, begin: Int, end: Int) -> Int:
    """The kind of a line's key, and where its value begins: behind a colon, or a blank between two words."""
    at = find_byte(data, begin, end, byte.COLON)
    if at == end:
        at = min(find_byte(data, begin, end, byte.BLANK), find_byte(data, begin, end, byte.TAB))
        first, last = strip(data, at, end)
        if min(find_byte(data, first, last, byte.BLANK), find_byte(data, first, last, byte.TAB)) < last:
            return JUNK, end
    if at in (end, begin):
        return JUNK, end
    return _find_kind(data, begin, strip(data, begin, at)[1]), at + 1


@kernel
def _find_kind(data: U8, begin: Int, end: Int) -> Int:
    at = 0
    for k in range(len(_OF)):
        size = _ENDS[k] - at
        fits = size <= end - begin
        i = 0
        while fits and i < size:
            fits = lower(data[begin + i]) == _WORDS[at + i]
            i += 1
        if fits:
            return _OF[k]
        at = _ENDS[k]
    return JUNK


@kernel
def find_byte(data: U8, begin: Int, end: Int, wanted: Int) -> Int:
    """Where the byte is first, or the end."""
    while begin < end and data[begin] != wanted:
        begin += 1
    return begin


@kernel
def strip(data: U8, begin: Int, end: Int) -> Int:
    while begin < end and is_space(data[begin]):
        begin += 1
    while end > begin and is_space(data[end - 1]):
        end -= 1
    return begin, end


@kernel
def lower(c: Int) -> Int:
    return c | byte.CASE if byte.A <= c <= byte.Z else c


@kernel
def is_space(c: Int) -> Bool:
    return c == byte.BLANK or byte.TAB <= c <= byte.CR
