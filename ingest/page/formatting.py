"""Formatting elements that a page leaves open, which an HTML parser makes anew in the blocks behind them.

The standard's list of active formatting elements (HTML, 13.2.4.3), followed without the tree: how many of
them a parser may have to make at a tag is never more than what is in the list.
"""

from winnow.ingest.page.tags import HASH_FACTOR
from winnow.kernels import I64, U8, kernel

MOST_OPEN = 1_024  # kept track of
_SAME = 3  # so many with the same attributes, says the standard
FORMATTING = "a b big code em font i nobr s small strike strong tt u"
ALONE = "a nobr"  # the next one closes the one before
MARKED = "applet caption marquee object td template th"  # what is within is forgotten at the end
_FORMATTING, _ALONE, _MARKED = 1, 2, 4  # bits of a tag's kind
_MARKER = 0


@kernel
def follow(
    formats: I64, opened: int, name: int, kind: int, closing: bool, data: U8, begun: int, end: int
) -> tuple[int, int]:
    """How many are open behind a tag, and may be made anew at it; its attributes are between the places.

    `kind` has a bit each for `FORMATTING`, `ALONE` and `MARKED`, from the lowest on.
    """
    if not kind & _FORMATTING:
        clones = _count_open(formats, opened)
        if kind & _MARKED:
            opened = _leave(formats, opened) if closing else _push(formats, opened, _MARKER, 0)
        return opened, clones
    if closing:
        return _remove_last(formats, opened, name), 0
    value = 0
    if not kind & _ALONE:
        for at in range(begun, end):
            value = (value * HASH_FACTOR + data[at]) & 0x7FFFFFFF
    opened = _remove_same(formats, opened, name, value, 1 if kind & _ALONE else _SAME)
    return _push(formats, opened, name, value), 0


@kernel
def _count_open(formats: I64, opened: int) -> int:
    """Those since the last marker."""
    k = opened
    while k > 0 and formats[k - 1, 0] != _MARKER:
        k -= 1
    return opened - k


@kernel
def _push(formats: I64, opened: int, name: int, value: int) -> int:
    """Add one, if there is room."""
    if opened < MOST_OPEN:
        formats[opened, 0], formats[opened, 1] = name, value
        opened += 1
    return opened


@kernel
def _leave(formats: I64, opened: int) -> int:
    """Forget those since the last marker, and it."""
    opened -= _count_open(formats, opened)
    return max(opened - 1, 0)


@kernel
def _remove(formats: I64, opened: int, at: int) -> int:
    """Take one out."""
    for k in range(at, opened - 1):
        formats[k, 0], formats[k, 1] = formats[k + 1, 0], formats[k + 1, 1]
    return opened - 1


@kernel
def _remove_last(formats: I64, opened: int, name: int) -> int:
    """Take out the last one of a name since the last marker."""
    k = opened - 1
    while k >= 0 and formats[k, 0] != _MARKER:
        if formats[k, 0] == name:
            return _remove(formats, opened, k)
        k -= 1
    return opened


@kernel
def _remove_same(formats: I64, opened: int, name: int, value: int, most: int) -> int:
    """Make room: where `most` are the same since the last marker, take out the first of them."""
    same, first, k = 0, -1, opened - 1
    while k >= 0 and formats[k, 0] != _MARKER:
        if formats[k, 0] == name and formats[k, 1] == value:
            same, first = same + 1, k
        k -= 1
    return _remove(formats, opened, first) if same >= most else opened
