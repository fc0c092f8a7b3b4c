"""The tokens of well-formed HTML, read off its bytes: tags and attributes. All places are bytes."""

import numpy as np

from winnow.ingest.page import tags
from winnow.ingest.page.patterns import DATED, FORMULA, LICENSED
from winnow.ingest.page.tags import ELEMENTS, HASH_FACTOR, SYMBOLS, find_byte
from winnow.kernels import I16, I64, U8, kernel
from winnow.words import byte
from winnow.words.phrases import contains

SKIP = 1  # in a page scanned: four bytes with a length follow

_READ_FIRST = "class id role itemprop style hidden aria-hidden start"
_READ_THEN = "data-testid data-component type alt data-latex data-tex rel href src"
_CLASS, _ID, _ROLE, _ITEMPROP, _STYLE, _HIDDEN, _ARIA, _NUMBER = map(tags.hash_name, _READ_FIRST.split())
_TESTID, _COMPONENT, _TYPE, _ALT, _LATEX, _TEX, _REL, _HREF, _SRC = map(tags.hash_name, _READ_THEN.split())
_LONGEST_ALT = 120  # bytes of an image's words in which a license is looked for
_LONGEST_SIGN = 200  # bytes of a link in which its only sign is looked for
# What tells that `ingest.page.metadata` may find a date or a license.
_WORDS = "datePublished application/ld+json license creativecommons.org/ licensebuttons. icen ommons CC"
_PUBLISHED, _LINKED_DATA, _LICENSE, _COMMONS, _BADGE, _NAMED, _CALLED, _MARKED = (
    np.frombuffer(word.encode(), np.uint8) for word in _WORDS.split()
)


@kernel
def skip_comment(d: U8, i: int, n: int) -> int:
    """Behind a comment or a declaration."""
    if d[i + 2] != byte.HYPHEN or d[i + 3] != byte.HYPHEN:
        return min(skip_tag(d, i, n), n)
    i = find_byte(d, i + 4, n, byte.GT)
    while i < n and not (d[i - 1] == byte.HYPHEN and d[i - 2] == byte.HYPHEN):
        i = find_byte(d, i + 1, n, byte.GT)
    return min(i + 1, n)


@kernel
def skip_tag(d: U8, i: int, n: int) -> int:
    """Behind the > that ends a tag, from its name on or from behind it.

    As the standard has it, a quote opens a value only behind a name and `=`: elsewhere it is part of a name.
    """
    while i < n and d[i] != byte.GT:
        if d[i] <= byte.BLANK or d[i] == byte.SLASH:
            i += 1
            continue
        i += 1  # a name may begin with =
        while i < n and d[i] > byte.BLANK and d[i] != byte.SLASH and d[i] != byte.GT and d[i] != byte.EQ:
            i += 1
        if i + 1 < n and d[i] == byte.EQ and d[i + 1] == byte.QUOTE:
            i = find_byte(d, i + 2, n, byte.QUOTE) + 1
    return min(i + 1, n)


@kernel
def write_jump(d: U8, i: int, after: int) -> None:
    """Mark bytes as to be passed over by the renderer, if there is room for the mark."""
    if after - i >= 5:
        length = after - i
        d[i] = SKIP
        for k in range(4):
            d[i + 1 + k] = length & 255
            length >>= 8


@kernel
def read_name(d: U8, i: int, n: int) -> tuple[int, int]:
    """Hash of the name at i, and where it ends."""
    value = np.int64(0)
    while i < n and d[i] > byte.BLANK and d[i] != byte.GT and d[i] != byte.EQ and d[i] != byte.SLASH:
        value = (value * HASH_FACTOR + d[i]) & 0x7FFFFFFF
        i += 1
    return int(value), i


@kernel
def find_code(value: int) -> int:
    """The code of the element with this hash of its name, 0 for others."""
    place = value & 1_023
    while ELEMENTS[place, 1]:
        if ELEMENTS[place, 0] == value:
            return int(ELEMENTS[place, 1])
        place = (place + 1) & 1_023
    return 0


@kernel
def skip_raw(d: U8, i: int, n: int, value: int) -> int:
    """Behind the tag that closes an element whose content is no markup, from behind the one that opens it."""
    i = find_byte(d, i, n, byte.LT)
    while i < n:
        if d[i + 1] == byte.SLASH:
            found, after = read_name(d, i + 2, n)
            if found == value:
                return skip_tag(d, after, n)
        i = find_byte(d, i + 1, n, byte.LT)
    return n


@kernel
def is_sign_link(d: U8, i: int, n: int) -> bool:
    """Whether a link, from behind its tag, holds one sign only: #, a pilcrow, a section sign, infinity."""
    signs, last = 0, min(n, i + _LONGEST_SIGN)
    while i < last:
        c = d[i]
        if c == byte.LT:
            if d[i + 1] == byte.SLASH and (d[i + 2] | byte.CASE) == byte.a and d[i + 3] <= byte.GT:
                return signs == 1
            i = skip_tag(d, i + 1, n)
        elif c <= byte.BLANK:
            i += 1
        elif c == byte.HASH:
            signs, i = signs + 1, i + 1
        elif c == 0xC2 and (d[i + 1] == 0xB6 or d[i + 1] == 0xA7):
            signs, i = signs + 1, i + 2
        elif c == 0xE2 and d[i + 1] == 0x88 and d[i + 2] == 0x9E:
            signs, i = signs + 1, i + 3
        elif c == 0xF0 and d[i + 1] == 0x9F and d[i + 2] == 0x94 and d[i + 3] == 0x97:
            signs, i = signs + 1, i + 4
        else:
            return False
    return False


@kernel
def read_attributes(d: U8, i: int, n: int, steps: I16, found: I64) -> tuple[int, int, bool, int]:
    """From behind a tag's name: where the tag ends, what its names hint at, whether it hides, its number."""
    bits, hidden, streamed, number = 0, False, False, 1
    while i < n and d[i] != byte.GT:
        if d[i] <= byte.BLANK or d[i] == byte.SLASH:
            i += 1
            continue
        attribute, i = read_name(d, i, n)
        first, last, i = _find_value(d, i, n)
        bits |= _match_attribute(d, first, last, attribute, steps, found)
        hidden = hidden or _is_hiding(d, first, last, attribute)
        streamed = streamed or (attribute == _ID and _is_streamed(d, first, last))
        if attribute == _NUMBER:
            number = _parse_number(d, first, last)
    return min(i + 1, n), bits, hidden and not streamed, number


@kernel
def _find_value(d: U8, i: int, n: int) -> tuple[int, int, int]:
    """The bounds of an attribute's value, from behind its name, and where to read on."""
    if d[i] != byte.EQ:
        return i, i, i
    if d[i + 1] != byte.QUOTE:
        return i, i, i + 1
    first = i = i + 2
    while i < n and d[i] != byte.QUOTE:
        i += 1
    return first, min(i, n), i + 1


@kernel
def _match_attribute(d: U8, first: int, last: int, attribute: int, steps: I16, found: I64) -> int:
    """What the value of an attribute hints at."""
    if attribute in (_CLASS, _ID, _ROLE, _ITEMPROP, _TESTID, _COMPONENT):
        bits = match_patterns(d, first, last, steps, found)
        if attribute == _ITEMPROP and contains(d, first, last, _LICENSE):
            return bits | LICENSED
        return bits | DATED if attribute == _ITEMPROP and contains(d, first, last, _PUBLISHED) else bits
    if attribute in (_TYPE, _ALT, _LATEX, _TEX) and _is_formula(d, first, last, attribute):
        return FORMULA
    if attribute == _TYPE and contains(d, first, last, _LINKED_DATA):
        return DATED
    return LICENSED if _names_license(d, first, last, attribute) else 0


@kernel
def _names_license(d: U8, first: int, last: int, attribute: int) -> bool:
    """Whether the value of an attribute speaks of a license, or leads to one."""
    if attribute == _ALT and last - first <= _LONGEST_ALT:
        named = contains(d, first, last, _NAMED) or contains(d, first, last, _CALLED)
        return named or contains(d, first, last, _MARKED)
    if attribute == _SRC and contains(d, first, last, _BADGE):
        return True
    if attribute == _REL and contains(d, first, last, _LICENSE):
        return True
    return attribute in (_HREF, _SRC) and contains(d, first, last, _COMMONS)


@kernel
def _is_formula(d: U8, i: int, last: int, attribute: int) -> bool:
    """Whether a type is math/tex, or an image's description has a backslash."""
    if attribute == _TYPE:
        return bool(d[i] == byte.m and d[i + 1] == byte.a and d[i + 4] == byte.SLASH and d[i + 5] == byte.t)
    while attribute == _ALT and i < last and d[i] != byte.BACKSLASH:
        i += 1
    return i < last


@kernel
def match_patterns(d: U8, i: int, last: int, steps: I16, found: I64) -> int:
    """What the words from i to last hint at."""
    state = steps[0, 0]
    bits = 0
    while i < last:
        state = steps[state, SYMBOLS[d[i]]]
        bits |= found[state]
        i += 1
    return int(bits | found[steps[state, 0]])


@kernel
def _is_hiding(d: U8, first: int, last: int, attribute: int) -> bool:
    """Whether an attribute hides its element: `hidden`, `aria-hidden="true"`, a style."""
    if attribute == _ARIA:
        return bool(d[first] == byte.t)
    return attribute == _HIDDEN or (attribute == _STYLE and _is_hiding_style(d, first, last))


@kernel
def _is_streamed(d: U8, i: int, last: int) -> bool:
    """Whether an id is one by which React sends content that its script then shows: S:0."""
    if last - i < 3 or d[i] != byte.S or d[i + 1] != byte.COLON:
        return False
    return bool(byte.ZERO <= d[i + 2] <= byte.NINE or byte.a <= d[i + 2] <= byte.f)


@kernel
def _is_hiding_style(d: U8, i: int, last: int) -> bool:
    """Whether a style says `display: none` or `visibility: hidden`."""
    while i < last:
        if d[i] == byte.COLON:
            before, k = i - 1, i + 1
            while d[before] == byte.BLANK:
                before -= 1
            while k < last and d[k] == byte.BLANK:
                k += 1
            if d[before] == byte.y and d[before - 1] != byte.t and d[k] == byte.n and d[k + 2] == byte.n:
                return True
            if d[before] == byte.y and d[before - 1] == byte.t and d[k] == byte.h and d[k + 1] == byte.i:
                return True
        i += 1
    return False


@kernel
def _parse_number(d: U8, i: int, last: int) -> int:
    """The number that a value starts with, of six digits at most; 1 where there is none."""
    number, digits = np.int64(0), 0
    while i < last and digits < 6 and byte.ZERO <= d[i] <= byte.NINE:
        number = number * 10 + d[i] - byte.ZERO
        digits += 1
        i += 1
    return int(number) if digits else 1
