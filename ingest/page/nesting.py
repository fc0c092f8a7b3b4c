"""How deeply a page nests, read off its bytes: what an HTML parser's time can explode by."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters.words import byte
from filters.words.jit import I64, U8, kernel
from ingest.page.tags import find_byte


def _pack(names: str) -> npt.NDArray[np.int64]:
    """Tag names of up to eight letters as sorted integers."""
    return np.sort([int.from_bytes(name.encode(), "big") for name in names.split()]).astype(np.int64)


# These stay open without a closing tag and do not nest: void elements, and those the next one closes.
_FLAT = _pack(
    "a area base body br col dd dt embed head hr html img input li link meta optgroup option p param"
    " rp rt source tbody td tfoot th thead tr track wbr"
)
_SCRIPT = int(_pack("script")[0])
_STYLE = int(_pack("style")[0])


def measure_nesting(texts: pa.LargeStringArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each page its greatest depth, and the sum of depths over its tags.

    Choosing the main content walks from every element to the root, so the sum is what it costs.
    Nulls count as empty pages.
    """
    depth, walk = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    _, offsets, data = texts.buffers()
    if data is None:
        return depth, walk
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    _measure_pages(np.frombuffer(data, np.uint8), bounds, _FLAT, depth, walk)
    return depth, walk


@kernel
def _measure_pages(data: U8, bounds: I64, flat: I64, depth: I64, walk: I64) -> None:
    """Fill in depth and walk of each page."""
    for row in range(len(bounds) - 1):
        at, end = bounds[row], bounds[row + 1]
        now = 0
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
            at = find_byte(data, at, end, byte.GT)
            if closing:
                now = max(0, now - 1) if not _is_flat(flat, name) else now
                continue
            walk[row] += now
            if data[at - 1] == byte.SLASH or _is_flat(flat, name):
                continue
            if name in (_SCRIPT, _STYLE):
                at = _skip_raw(data, at, end, name)
                continue
            now += 1
            depth[row] = max(depth[row], now)


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
def _is_flat(flat: I64, name: int) -> bool:
    """Whether an element of this name stays open without nesting."""
    place = np.searchsorted(flat, name)
    return bool(place < len(flat) and flat[place] == name)


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
    """Behind the name of the tag that closes a script or style."""
    at = find_byte(data, at, end, byte.LT)
    while at + 2 < end:
        if data[at + 1] == byte.SLASH:
            found, after = _read_name(data, at + 2, end)
            if found == name:
                return after
        at = find_byte(data, at + 1, end, byte.LT)
    return end
