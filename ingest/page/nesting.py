"""How deeply and how badly a page nests, read off its bytes: what an HTML parser can explode by."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winnow.ingest.page.formatting import ALONE, FORMATTING, MARKED, MOST_OPEN, follow
from winnow.ingest.page.tags import RAW_NAMES, find_byte, look_up, pass_blanks, pass_value, tabulate
from winnow.kernels import I64, U8, kernel
from winnow.words import byte

# These stay open without a closing tag and do not nest: void elements, and those the next one closes.
_FLAT_NAMES = (
    "a area base body br col dd dt embed head hr html img input li link meta optgroup option p param"
    " rp rt source tbody td tfoot th thead tr track wbr"
)
_ROOT_NAMES = "html body"  # one of each, to which the attributes of all others are added
_KINDS = tabulate(FORMATTING, ALONE, MARKED, _FLAT_NAMES, RAW_NAMES, _ROOT_NAMES)
_FLAT, _RAW, _ROOT = 8, 16, 32
_ENDS_NAME = np.zeros(256, np.bool_)  # of an attribute
_ENDS_NAME[[*range(byte.BLANK + 1), byte.SLASH, byte.GT, byte.EQ]] = True


class Nesting(NamedTuple):
    """Of each page: depth of open tags, its sum over the tags, most attributes of a tag, elements cloned."""

    depth: npt.NDArray[np.int64]
    walk: npt.NDArray[np.int64]
    attributes: npt.NDArray[np.int64]
    clones: npt.NDArray[np.int64]


def measure_nesting(texts: pa.LargeStringArray) -> Nesting:
    """What a parser may have to do for each page, never less than it does but where tags are hidden from us.

    Choosing the main content walks from every element to the root, so the sum of depths is what it costs.
    Each attribute is compared with those before it. Formatting elements that are open (`b`, `font`) may be
    made anew within every block behind them: `clones` counts each of them at each tag of another kind.
    Nulls count as empty pages.
    """
    found = Nesting(*np.zeros((4, len(texts)), np.int64))
    _, offsets, data = texts.buffers()
    if data is None:
        return found
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    formats = np.zeros((MOST_OPEN, 2), np.int64)
    _measure_pages(np.frombuffer(data, np.uint8), bounds, formats, found)
    return found


@kernel
def _measure_pages(data: U8, bounds: I64, formats: I64, found: Nesting) -> None:
    """Fill in what is measured of each page."""
    for row in range(len(bounds) - 1):
        at, end = bounds[row], bounds[row + 1]
        now, opened, root = 0, 0, 0
        while at < end - 1:
            if data[at] != byte.LT:
                at = find_byte(data, at, end, byte.LT)
                continue
            closing = data[at + 1] == byte.SLASH
            at += 2 if closing else 1
            name, at = _read_name(data, at, end)
            if name == 0:
                at = _skip_comment(data, at, end)
                continue
            kind, begun = look_up(_KINDS, name), at
            at, attributes = _read_attributes(data, at, end)
            opened, clones = follow(formats, opened, name, kind, closing, data, begun, at)
            found.clones[row] += clones
            if closing:
                now = max(0, now - 1) if not kind & _FLAT else now
                continue
            root += attributes if kind & _ROOT else 0
            found.attributes[row] = max(found.attributes[row], attributes, root)
            found.walk[row] += now
            if data[at - 1] == byte.SLASH or kind & _FLAT:
                continue
            if kind & _RAW:
                at = _skip_raw(data, at, end, name)
                continue
            now += 1
            found.depth[row] = max(found.depth[row], now)


@kernel
def _read_attributes(data: U8, at: int, end: int) -> tuple[int, int]:
    """From behind a tag's name: the > that ends it (one in quotes does not), and its attributes' number.

    One of the name of the one before counts as nothing: a parser drops it.
    """
    count, last, behind_last = 0, at, at
    while at < end and data[at] != byte.GT:
        if data[at] <= byte.BLANK or data[at] == byte.SLASH:
            at += 1
            continue
        begun = at
        at += 1  # a name may begin with =
        while at < end and not _ENDS_NAME[data[at]]:
            at += 1
        count += not _is_same(data, begun, at, last, behind_last)
        last, behind_last = begun, at
        behind = pass_blanks(data, at, end)
        if behind < end and data[behind] == byte.EQ:
            at = pass_value(data, pass_blanks(data, behind + 1, end), end)
    return min(at, end), count


@kernel
def _is_same(data: U8, begun: int, end: int, other: int, behind: int) -> bool:
    """Whether the same bytes stand in two places."""
    if end - begun != behind - other:
        return False
    for k in range(end - begun):  # noqa: SIM110 - any() is not compiled
        if data[begun + k] != data[other + k]:
            return False
    return True


@kernel
def _read_name(data: U8, at: int, end: int) -> tuple[int, int]:
    """The tag's name as an integer (of its first eight letters), and where it ends."""
    name = np.int64(0)
    length = 0
    while at < end:
        c = data[at] | byte.CASE if byte.A <= data[at] <= byte.Z else data[at]
        if not (byte.a <= c <= byte.z or (length and byte.ZERO <= c <= byte.NINE)):
            break
        if length < 7:
            name = (name << 8) | c
        elif length == 7:
            name = (name << 8) | c if name < (1 << 55) else name
        length += 1
        at += 1
    return int(name), at


@kernel
def _skip_comment(data: U8, at: int, end: int) -> int:
    """Behind a comment, or where it stands if there is none."""
    if at + 2 >= end or data[at] != byte.BANG or data[at + 1] != byte.HYPHEN or data[at + 2] != byte.HYPHEN:
        return at
    at = find_byte(data, at + 3, end, byte.HYPHEN)
    while at + 2 < end and not (data[at + 1] == byte.HYPHEN and data[at + 2] == byte.GT):
        at = find_byte(data, at + 1, end, byte.HYPHEN)
    return at


@kernel
def _skip_raw(data: U8, at: int, end: int, name: int) -> int:
    """Behind the name of the tag that closes an element whose content is no markup."""
    at = find_byte(data, at, end, byte.LT)
    while at + 2 < end:
        if data[at + 1] == byte.SLASH:
            found, after = _read_name(data, at + 2, end)
            if found == name:
                return after
        at = find_byte(data, at + 1, end, byte.LT)
    return end
