"""What the scanner of pages knows by heart: elements and characters."""

from typing import Any

import numpy as np
import numpy.typing as npt

from winnow.kernels import I64, U8, kernel
from winnow.words import byte

Array = npt.NDArray[Any]

RAW_NAMES = "script style textarea title xmp iframe noembed noframes"  # in which there are no tags
_ONES, _TOPS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)


@kernel
def find_byte(data: U8, at: int, end: int, wanted: int) -> int:
    """The first place from `at` where the byte `wanted` stands, or `end`: eight bytes at a time."""
    words = data[: len(data) // 8 * 8].view(np.uint64)
    eight = np.uint64(wanted) * _ONES
    while at < end and at & 7:
        if data[at] == wanted:
            return at
        at += 1
    while at + 8 <= end:
        word = words[at >> 3] ^ eight
        if (word - _ONES) & ~word & _TOPS:  # not 0 where a byte of the word is 0
            break
        at += 8
    while at < end and data[at] != wanted:
        at += 1
    return at


@kernel
def pass_blanks(data: U8, at: int, end: int) -> int:
    """The next place that is no white space."""
    while at < end and data[at] <= byte.BLANK:
        at += 1
    return at


@kernel
def pass_value(data: U8, at: int, end: int) -> int:
    """Behind an attribute's value."""
    if at < end and (data[at] == byte.QUOTE or data[at] == byte.APOSTROPHE):
        return min(find_byte(data, at + 1, end, int(data[at])) + 1, end)
    while at < end and data[at] > byte.BLANK and data[at] != byte.GT:
        at += 1
    return at


# ---- elements: the code of a name is its place below -------------------------------------------------------

_ELEMENT_NAMES = """
? html head body main article section nav aside header footer form fieldset div p h1 h2 h3 h4 h5 h6 ul
ol dl li dt dd table thead tbody tfoot tr td th caption pre listing xmp plaintext blockquote figure
figcaption address details summary hr center menu a br b strong em i code tt kbd samp button label time
cite q sup sub span font small u s script style template noscript svg iframe noembed noframes object
audio video canvas select option textarea title input img area base col embed link meta param source
track wbr dialog hgroup math legend picture map datalist applet frameset dir search rt rp rtc
"""
_ELEMENTS = _ELEMENT_NAMES.split()
CODE = {name: code for code, name in enumerate(_ELEMENTS)}

VOID, BLOCK, RAW, HIDE, HEADING, CELL, LIST, PREFORMATTED, BOLD, MONO, LINKLIKE = (1 << i for i in range(11))
_KINDS = {
    VOID: "area base br col embed hr img input link meta param source track wbr",
    BLOCK: "html head body main article section nav aside header footer form fieldset div p h1 h2 h3 h4 "
    "h5 h6 ul ol dl li dt dd table thead tbody tfoot tr td th caption pre listing xmp plaintext blockquote "
    "figure figcaption address details summary hr center menu dialog hgroup legend title dir search option",
    RAW: "script style xmp iframe noembed noframes plaintext",
    HIDE: "head script style template noscript svg iframe noembed noframes object audio video canvas select "
    "textarea datalist applet frameset map dialog rt rp rtc",
    HEADING: "h1 h2 h3 h4 h5 h6",
    CELL: "td th",
    LIST: "ul ol dl menu dir",
    PREFORMATTED: "pre listing xmp plaintext",
    BOLD: "b strong",
    MONO: "code tt kbd samp pre listing xmp plaintext",
    LINKLIKE: "a button label option",
}

# What a block stands in, one bit each (column `inside` of a block).
_PLACE_NAMES = """
a nav aside header footer article main form figure figcaption blockquote pre li table dl details address
section time button label caption p heading h1 code bold
"""
_PLACES = _PLACE_NAMES.split()
INSIDE = {name: 1 << bit for bit, name in enumerate(_PLACES)}


def _find_place(name: str) -> int:
    bits = INSIDE.get(name, 0)
    if name in _KINDS[HEADING].split():
        bits |= INSIDE["heading"]
    if name in _KINDS[MONO].split():
        bits |= INSIDE["code"]
    if name in _KINDS[PREFORMATTED].split():
        bits |= INSIDE["pre"]
    if name in _KINDS[BOLD].split():
        bits |= INSIDE["bold"]
    if name in ("dt", "dd"):
        bits |= INSIDE["dl"]
    return bits


PLACE_OF = np.array([_find_place(name) for name in _ELEMENTS], np.int32)
KIND_OF = np.array(
    [sum(kind for kind, names in _KINDS.items() if name in names.split()) for name in _ELEMENTS], np.int32
)


_SLOTS, _SPREAD = 256, 0x9E3779B97F4A7C15  # the golden ratio of 2^64 spreads what is near (Knuth)
HASH_FACTOR = 31  # of names and texts, as Java's String.hashCode has it


def hash_name(name: str) -> int:
    """As the scanner computes it, of lower-case bytes."""
    value = 0
    for each in name.encode():
        value = (value * HASH_FACTOR + each) & 0x7FFFFFFF
    return value


def pack(names: str) -> Array:
    """Tag names of up to eight letters as sorted integers."""
    return np.sort([int.from_bytes(name.encode(), "big") for name in names.split()]).astype(np.int64)


def tabulate(*sets: str) -> Array:
    """A hash table for `look_up`: packed names, and a bit for each set that a name is in; 0 is empty."""
    table = np.zeros((_SLOTS, 2), np.int64)
    for name in {name for names in sets for name in names.split()}:
        packed = int(pack(name)[0])
        place = packed * _SPREAD % 2**64 >> 56
        while table[place, 1]:
            place = (place + 1) % _SLOTS
        table[place] = packed, sum(1 << bit for bit, names in enumerate(sets) if name in names.split())
    return table


@kernel
def look_up(table: I64, packed: int) -> int:
    """The bits of a packed name, 0 for others."""
    place = np.uint64(packed) * np.uint64(_SPREAD) >> np.uint64(56)
    while table[place, 1]:
        if table[place, 0] == packed:
            return int(table[place, 1])
        place = (place + np.uint64(1)) & np.uint64(_SLOTS - 1)
    return 0


def _build_table() -> Array:
    """An open hash table: (hash of the name, its code) in 1,024 rows; 0 is empty."""
    table = np.zeros((1_024, 2), np.int64)
    for code, name in enumerate(_ELEMENTS):
        place = hash_name(name) & 1_023
        while table[place, 1]:
            place = (place + 1) & 1_023
        if code:
            table[place] = hash_name(name), code
    return table


# ---- bytes of text: what they count as -------------------------------------------------------------------

SPACE, UPPER, DIGIT, COMMA, TERMINAL, CLOSING, START, PUNCTUATION = (1 << i for i in range(8))


def _classify_bytes() -> Array:
    table = np.zeros(256, np.int32)
    table[: ord(" ") + 1] |= SPACE
    for flag, chars in (
        (UPPER, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (DIGIT, "0123456789"),
        (COMMA, ",;"),
        (TERMINAL, ".!?"),
        (CLOSING, "\"')]"),
        (PUNCTUATION, "|/>:#@[]{}()=+*_~\\"),
    ):
        for char in chars:
            table[ord(char)] |= flag
    table[:0x80] |= START  # a character begins here
    table[0xC0:] |= START
    return table


def _number_letters() -> Array:
    table = np.zeros(256, np.uint8)
    for place in range(26):
        table[ord("a") + place] = table[ord("A") + place] = place + 1
    return table


ELEMENTS, BYTES, SYMBOLS = _build_table(), _classify_bytes(), _number_letters()
