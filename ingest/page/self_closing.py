"""Elements that XHTML closes and HTML does not: `<script src="a.js"/>`, `<a id="top"/>`, `<div/>`.

A parser of HTML passes over the slash: of the page it takes all that follows for the script's, the link's,
the division's. So in a page that says it is XHTML each such element gets an end tag before it is parsed.
"""

import re

import numpy as np
import numpy.typing as npt

from winnow.ingest.page.tags import RAW_NAMES, find_byte, look_up, pass_blanks, pass_value, tabulate
from winnow.kernels import U8, kernel
from winnow.words import byte

_HEAD_CHARS = 4_096
_SAYS_XHTML = re.compile(
    r"\A\s*<\?xml\b|<!DOCTYPE\s[^<>]{0,200}\bXHTML\b|<html\s[^<>]{0,999}\bxmlns\s*=", re.IGNORECASE
)
# The parser closes these at once, or by what may follow them; `</plaintext>` it does not know.
_CLOSED = (
    "area base basefont bgsound br col command embed frame hr image img input keygen link meta param source"
    " track wbr html head body p li dt dd caption colgroup thead tbody tfoot tr td th option optgroup rb rp"
    " rt rtc plaintex"  # of a longer name the first eight letters count
)
# These never stand in one of their own name. So if the next tag of the name is an end tag, it ends this one,
# and the slash is a slip: `<script src="a.js" /></script>`.
_ALONE_NAMES = (
    "script style textarea title xmp iframe noembed noframes noscript select a button form label h1 h2 h3 h4"
    " h5 h6"
)
_KINDS = tabulate(_CLOSED, _ALONE_NAMES, RAW_NAMES)
_IS_CLOSED, _ALONE, _RAW = 1, 2, 4
_LONGEST = 8  # letters of a name that are told apart


def close_empty(html: str) -> str:
    """The page with an end tag behind each element that is closed as only XML closes it.

    A page that does not say that it is XHTML (by an XML declaration, a doctype, or a namespace of `html` in
    its first 4,096 characters) is read as HTML, and comes back as it is; so does one without such elements.
    """
    if "/>" not in html or not _SAYS_XHTML.search(html, 0, _HEAD_CHARS):
        return html
    written = html.encode("utf-8", "replace")
    found = _find_empty(np.frombuffer(written, np.uint8), len(written))
    if not len(found):
        return html
    pieces, at = [], 0
    for begun, ended, behind in found.tolist():
        pieces += [written[at : behind - 2], b"></", written[begun:ended], b">"]
        at = behind
    return b"".join([*pieces, written[at:]]).decode("utf-8")


@kernel(allocates=True)
def _find_empty(d: U8, n: int) -> npt.NDArray[np.int64]:
    """Rows of (begin of the name, its end, place behind the tag), in order."""
    found, count, i = np.zeros((16, 3), np.int64), 0, find_byte(d, 0, n, byte.LT)
    while i + 2 < n:
        begun = i + 1
        name, ended = _read_name(d, begun, n)
        if ended == begun:
            i = find_byte(d, _pass_other(d, i, n), n, byte.LT)
            continue
        i, empty = _pass_tag(d, ended, n)
        kind = look_up(_KINDS, name)
        if empty and not kind & _IS_CLOSED and not (kind & _ALONE and _is_ended(d, i, n, name)):
            if count == len(found):
                found = np.concatenate((found, np.zeros_like(found)))
            found[count, 0], found[count, 1], found[count, 2] = begun, ended, i
            count += 1
        elif kind & _RAW:
            i = _find_tag(d, i, n, name, True)
        i = find_byte(d, i, n, byte.LT)
    return found[:count]


@kernel
def _read_name(d: U8, i: int, n: int) -> tuple[int, int]:
    """A tag's name, packed as `tabulate` does (0: not of letters alone), and where it ends."""
    name, begun, plain = np.int64(0), i, True
    while i < n and d[i] > byte.BLANK and d[i] != byte.SLASH and d[i] != byte.GT:
        c = d[i] | byte.CASE if byte.A <= d[i] <= byte.Z else d[i]
        letter = byte.a <= c <= byte.z
        if i == begun and not letter:
            return 0, begun
        plain = plain and (letter or byte.ZERO <= c <= byte.NINE)
        if i - begun < _LONGEST:
            name = name << 8 | np.int64(c)
        i += 1
    return int(name) if plain else 0, i


@kernel
def _pass_other(d: U8, i: int, n: int) -> int:
    """Behind an end tag, a comment or a declaration at i, or behind a < that is text."""
    c = d[i + 1]
    if c == byte.SLASH:
        ended = _read_name(d, i + 2, n)[1]
        return _pass_tag(d, ended, n)[0] if ended > i + 2 else i + 2
    if c != byte.BANG and c != byte.QUESTION:
        return i + 1
    if i + 3 >= n or d[i + 2] != byte.HYPHEN or d[i + 3] != byte.HYPHEN:
        return find_byte(d, i + 2, n, byte.GT)
    at = find_byte(d, i + 4, n, byte.GT)  # `<!-->` is a whole comment
    while at < n and not (d[at - 1] == byte.HYPHEN and d[at - 2] == byte.HYPHEN):
        at = find_byte(d, at + 1, n, byte.GT)
    return at


@kernel
def _pass_tag(d: U8, i: int, n: int) -> tuple[int, bool]:
    """From behind a tag's name: behind its >, and whether a slash before it is no part of a value."""
    while i < n and d[i] != byte.GT:
        if d[i] <= byte.BLANK:
            i += 1
            continue
        if d[i] == byte.SLASH:
            i += 1
            if i < n and d[i] == byte.GT:
                return i + 1, True
            continue
        i += 1  # a name may begin with =
        while i < n and d[i] > byte.BLANK and d[i] != byte.SLASH and d[i] != byte.GT and d[i] != byte.EQ:
            i += 1
        behind = pass_blanks(d, i, n)
        if behind < n and d[behind] == byte.EQ:
            i = pass_value(d, pass_blanks(d, behind + 1, n), n)
    return min(i + 1, n), False


@kernel
def _is_ended(d: U8, i: int, n: int, name: int) -> bool:
    """Whether the next tag of a name, from i on, is an end tag."""
    at = _find_tag(d, i, n, name, False)
    return bool(at < n and d[at + 1] == byte.SLASH)


@kernel
def _find_tag(d: U8, i: int, n: int, name: int, ends: bool) -> int:
    """The next tag of a name, or n; with `ends` only one that ends it."""
    i = find_byte(d, i, n, byte.LT)
    while i + 2 < n:
        closing = d[i + 1] == byte.SLASH
        if (closing or not ends) and _read_name(d, i + 2 if closing else i + 1, n)[0] == name:
            return i
        i = find_byte(d, i + 1, n, byte.LT)
    return n
