"""The tokens of well-formed HTML, read off its bytes: tags and attributes. All places are bytes."""

import numpy as np

from filters.words.jit import kernel
from ingest.page import tags
from ingest.page.patterns import DATED, FORMULA, LICENSED
from ingest.page.tags import ELEMENTS, SYMBOLS, reach

SKIP = 1  # in a page scanned: four bytes with a length follow

_READ = """
class id role itemprop style hidden aria-hidden start data-testid data-component type alt data-latex data-tex
rel href
"""
(
    _CLASS,
    _ID,
    _ROLE,
    _ITEMPROP,
    _STYLE,
    _HIDDEN,
    _ARIA,
    _NUMBER,
    _TESTID,
    _COMPONENT,
    _TYPE,
    _ALT,
    _LATEX,
    _TEX,
    _REL,
    _HREF,
) = (tags.name_hash(name) for name in _READ.split())
# What tells that `ingest.page.metadata` may find a date or a licence.
_PUBLISHED, _LINKED_DATA, _LICENCE, _COMMONS = (
    np.frombuffer(word.encode(), np.uint8)
    for word in ("datePublished", "application/ld+json", "license", "creativecommons.org/")
)


@kernel
def past_comment(d, i, n):
    """Behind a comment or a declaration."""
    if d[i + 2] != 45 or d[i + 3] != 45:
        return min(past(d, i, n), n)
    i = reach(d, i + 4, n, 62)
    while i < n and not (d[i - 1] == 45 and d[i - 2] == 45):
        i = reach(d, i + 1, n, 62)
    return min(i + 1, n)


@kernel
def past(d, i, n):
    """Behind the > that ends a tag."""
    while i < n and d[i] != 62:
        i += 1
        if d[i - 1] == 34:  # a quoted value
            while i < n and d[i] != 34:
                i += 1
            i += 1
    return min(i + 1, n)


@kernel
def jump(d, i, after):
    """Mark bytes as to be passed over by the renderer, if there is room for the mark."""
    if after - i >= 5:
        length = after - i
        d[i] = SKIP
        for k in range(4):
            d[i + 1 + k] = length & 255
            length >>= 8


@kernel
def name(d, i, n):
    """Hash of the name at i, and where it ends."""
    value = np.int64(0)
    while i < n and d[i] > 32 and d[i] != 62 and d[i] != 61 and d[i] != 47:
        value = (value * 31 + d[i]) & 0x7FFFFFFF
        i += 1
    return value, i


@kernel
def code(value):
    """The code of the element with this hash of its name, 0 for others."""
    place = value & 1_023
    while ELEMENTS[place, 1]:
        if ELEMENTS[place, 0] == value:
            return ELEMENTS[place, 1]
        place = (place + 1) & 1_023
    return 0


@kernel
def past_raw(d, i, n, value):
    """Behind the tag that closes an element whose content is no markup, from behind the one that opens it."""
    i = reach(d, i, n, 60)
    while i < n:
        if d[i + 1] == 47:
            found, after = name(d, i + 2, n)
            if found == value:
                return past(d, after, n)
        i = reach(d, i + 1, n, 60)
    return n


@kernel
def attributes(d, i, n, steps, found):
    """From behind a tag's name: where the tag ends, what its names hint at, whether it hides, its number."""
    bits, hidden, number = 0, False, 1
    while i < n and d[i] != 62:
        if d[i] <= 32 or d[i] == 47:
            i += 1
            continue
        attribute, i = name(d, i, n)
        first, last = i, i
        if d[i] == 61 and d[i + 1] == 34:
            first = i = i + 2
            while i < n and d[i] != 34:
                i += 1
            last = min(i, n)
            i += 1
        elif i == first and d[i] == 61:
            i += 1
        if attribute in (_CLASS, _ID, _ROLE, _ITEMPROP, _TESTID, _COMPONENT):
            bits |= hinted(d, first, last, steps, found)
            if attribute == _ITEMPROP and _holds(d, first, last, _PUBLISHED):
                bits |= DATED
        elif attribute == _HIDDEN:
            hidden = True
        elif attribute == _ARIA:
            hidden = hidden or d[first] == 116  # true
        elif attribute == _STYLE:
            hidden = hidden or _hides(d, first, last)
        elif attribute == _NUMBER:
            number = _whole(d, first, last)
        elif attribute in (_TYPE, _ALT, _LATEX, _TEX) and _is_formula(d, first, last, attribute):
            bits |= FORMULA
        elif attribute == _TYPE and _holds(d, first, last, _LINKED_DATA):
            bits |= DATED
        elif (attribute == _REL and _holds(d, first, last, _LICENCE)) or (
            attribute == _HREF and _holds(d, first, last, _COMMONS)
        ):
            bits |= LICENSED
    return min(i + 1, n), bits, hidden, number


@kernel
def _holds(d, i, last, word):
    """Whether the word stands between i and last."""
    last -= len(word) - 1
    while i < last:
        if d[i] == word[0]:
            k = 1
            while k < len(word) and d[i + k] == word[k]:
                k += 1
            if k == len(word):
                return True
        i += 1
    return False


@kernel
def _is_formula(d, i, last, attribute):
    """Whether a type is math/tex, or an image's description has a backslash."""
    if attribute == _TYPE:
        return d[i] == 109 and d[i + 1] == 97 and d[i + 4] == 47 and d[i + 5] == 116
    while attribute == _ALT and i < last and d[i] != 92:
        i += 1
    return i < last


@kernel
def hinted(d, i, last, steps, found):
    """What the words from i to last hint at."""
    state = steps[0, 0]
    bits = 0
    while i < last:
        state = steps[state, SYMBOLS[d[i]]]
        bits |= found[state]
        i += 1
    return bits | found[steps[state, 0]]


@kernel
def _hides(d, i, last):
    """Whether a style says `display: none` or `visibility: hidden`."""
    while i < last:
        if d[i] == 58:  # :
            before, k = i - 1, i + 1
            while d[before] == 32:
                before -= 1
            while k < last and d[k] == 32:
                k += 1
            if d[before] == 121 and d[before - 1] != 116 and d[k] == 110 and d[k + 2] == 110:
                return True
            if d[before] == 121 and d[before - 1] == 116 and d[k] == 104 and d[k + 1] == 105:
                return True
        i += 1
    return False


@kernel
def _whole(d, i, last):
    number, digits = np.int64(0), 0
    while i < last and digits < 6 and 48 <= d[i] <= 57:
        number = number * 10 + d[i] - 48
        digits += 1
        i += 1
    return number if digits else 1
