"""Bytes of the web to text, whatever their headers claim."""

import codecs
import re

import numpy as np
import pyarrow as pa
from resiliparse.parse.encoding import detect_encoding, detect_mime, map_encoding_to_html5

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})")
# What the WHATWG's MIME sniffing standard calls binary data bytes; ESC is missing, ISO-2022-JP uses it.
_BINARY = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_SNIFFED_BYTES = 4_096
_META_BYTES = 4_096
# uchardet takes 0.4 us for each byte of what is in no charset, a hundred times as long as all else: what it
# makes nothing of at a first look it is not asked again, and more than the second shows it has no need of.
_LOOKS = (1_024, 8_192)
_BLOCK_BYTES = 64
_HIGH = bytes(range(0x80, 0x100))
_MAX_BINARY_RATIO = 0.01  # a stray NUL makes no image of a page
_MAX_BROKEN_RATIO = 0.005  # a page cut inside a letter, or with one foreign comment, is still UTF-8
_JUDGED_CHARS = 50_000
_MAX_ODD = 3
_LATIN = "A-Za-z\u00c0-\u024f"
_FOREIGN = "\u0370-\u03ff\u0400-\u04ff\u0590-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_ODD = re.compile(
    f"[{_LATIN}][{_FOREIGN}]|[{_FOREIGN}][{_LATIN}]"
    "|[\u00df-\u00ff\u03ac-\u03ce\u0430-\u045f][\u00c0-\u00de\u0386-\u03ab\u0400-\u042f]"
    "|[^\\W\\d_][\u00a1-\u00a9\u00ab-\u00b4\u00b6\u00b8\u00b9\u00bb-\u00bf\u00d7\u00f7\u2014-\u20af\u2122][^\\W\\d_]"
)
# Web servers send it by default, for pages of any charset.
_DEFAULT = "cp1252"
_EAST = {"gb18030", "big5", "cp932", "euc_jp", "cp949"}
_MANY_HIGH = 400
# Hardly a page is written in these; uchardet sees them in languages of the West that it does not know.
_RARE = ("iso8859-3", "iso8859-4", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-16", "cp1258")
_WIDER = {"gbk": "gb18030", "euc_kr": "cp949", "shift_jis": "cp932"}


def binary_type(data: bytes) -> str | None:
    """The media type of `data` if it is no text in any charset, else None."""
    head = data[:_SNIFFED_BYTES]
    if head.startswith(tuple(bom for bom, _ in _BOMS)):
        return None
    kind: str = detect_mime(head)
    if head.startswith(b"%PDF") or kind.split("/")[0] in ("image", "audio", "video", "font"):
        return kind
    control = len(head) - len(head.translate(None, _BINARY))
    if control <= _MAX_BINARY_RATIO * len(head) or _looks_utf16(head):
        return None
    return kind if kind.startswith("application/") else "application/octet-stream"


def decode(data: bytes, declared: str | None = None, *, markup: bool = False) -> tuple[str, str]:
    """Text and the charset it was taken for; see `utf8`."""
    text, name = utf8(data, declared, markup=markup)
    return text.decode("utf-8"), name


def utf8(data: bytes, declared: str | None = None, *, markup: bool = False) -> tuple[bytes, str]:
    """The text as UTF-8, and the charset it was taken for.

    A byte order mark wins; then UTF-8 wherever the bytes are valid UTF-8 beyond ASCII (but for a few), which
    other charsets' texts are not by chance; then the `declared` charset and (with `markup`) that of the
    page's meta element, where they can decode the bytes, Latin-1 only where detection does not contradict it:
    servers send it by default. Then uchardet's guess. Never raises: bytes left over become U+FFFD.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(name, "replace").encode(), name
    if data.isascii() and b"\x1b" not in data and b"\0" not in data:
        return data, "utf-8"
    if b"\x1b" in data and b"\x1b$" in data and (text := _try_decode(data, "iso2022_jp")) is not None:
        return text.encode(), "iso2022_jp"
    if not data.isascii() and (found := _mend_utf8(data)) is not None:
        return found, "utf-8"
    text, name = _decode_other(data, [_normalize_name(declared), *(_find_claims(data) if markup else ())])
    return text.encode(), name


def _decode_other(data: bytes, claims: list[str | None]) -> tuple[str, str]:
    """Text that is not UTF-8: as somebody claims, if that can be, or as it looks."""
    claimed: list[tuple[str, str]] = []
    for name in dict.fromkeys(claims):
        if name in (None, "utf-8", _DEFAULT) or (name.startswith("utf-16") and b"\0" not in data):
            continue
        if (text := _try_decode(data, name)) is not None and (_is_plain(text) or name.startswith("utf-16")):
            claimed.append((text, name))
    guess = _decode_guess(data)
    if not claimed and _DEFAULT in claims and guess[1] in _RARE:
        claimed = [(data.decode(_DEFAULT, "replace"), _DEFAULT)]
    if not claimed:
        return guess
    for text, name in claimed:
        if text == guess[0]:
            return text, name
    # Charsets of many thousand letters: detection tells them apart by how often each comes, oddity does not.
    if len(data) - len(data.translate(None, _HIGH)) >= _MANY_HIGH and {guess[1], claimed[0][1]} <= _EAST:
        return guess
    best = min(claimed, key=lambda claim: _count_oddities(claim[0]))
    # The guess fails on short texts and rare languages: it must look clearly better than what is claimed.
    return guess if _count_oddities(best[0]) > 2 * _count_oddities(guess[0]) + _MAX_ODD else best


def _count_oddities(text: str) -> int:
    """Places that no text of any language has often, and text in a wrong charset has.

    A capital behind a small letter, letters of two scripts side by side, a sign inside a word.
    """
    return len(_ODD.findall(text[:_JUDGED_CHARS]))


def _mend_utf8(data: bytes) -> bytes | None:
    """The bytes, if they are UTF-8 but for a few; other charsets' letters are no UTF-8 by chance."""
    if _is_utf8(data):
        return data
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    high = len(data) - len(data.translate(None, _HIGH))
    few = broken <= max(1, _MAX_BROKEN_RATIO * len(text)) and broken * 8 < high
    return text.encode() if few else None


def _is_utf8(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8; Arrow looks four times as fast as Python decodes."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _decode_guess(data: bytes) -> tuple[str, str]:
    guess = "utf-16-le" if _looks_utf16(data[:_SNIFFED_BYTES]) else _detect(data)
    for name in (guess, _DEFAULT):
        if name and name != "utf-8" and (found := _try_decode(data, name)) is not None:
            return found, name
    name = guess if guess and guess != "utf-8" else _DEFAULT
    return data.decode(name, "replace"), name


def _detect(data: bytes) -> str | None:
    found: str | None = None
    for size in _LOOKS:
        sample = _sample(data, size)
        found = detect_encoding(sample, max_len=size, html5_compatible=False)
        if not found or len(data) <= size:
            break
    # WHATWG has no name of its own for Windows' Korean, and rightly none for DOS's charsets.
    return "cp949" if found and found.lower() in ("cp949", "uhc") else _normalize_name(found)


def _sample(data: bytes, size: int) -> bytes:
    """At most so many bytes, of a longer text those around what is not ASCII."""
    if len(data) <= size:
        return data
    blocks = np.frombuffer(data, np.uint8, len(data) // _BLOCK_BYTES * _BLOCK_BYTES).reshape(-1, _BLOCK_BYTES)
    high = np.asarray((blocks >= 0x80).any(axis=1))
    near = high.copy()  # with their neighbors, so that no letter of several bytes is cut
    near[1:] |= high[:-1]
    near[:-1] |= high[1:]
    return blocks[near][: size // _BLOCK_BYTES].tobytes() or data[:size]


def _normalize_name(label: str | None) -> str | None:
    name = map_encoding_to_html5(label.strip("\"' "), fallback_utf8=False) if label else None
    return _WIDER.get(name, name) if name else None


def _find_claims(data: bytes) -> list[str | None]:
    head = data[:_META_BYTES]
    found = _XML.search(head) or _META.search(head)
    name = _normalize_name(found.group(1).decode("ascii")) if found else None
    return [None if name and name.startswith("utf-16") else name]  # readable as ASCII, so it is not


def _try_decode(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _is_plain(text: str) -> bool:
    """No C1 controls: they show that a multi-byte charset was taken for a single-byte one."""
    return not re.search("[\x80-\x84\x86-\x9f]", text[:_SNIFFED_BYTES])


def _looks_utf16(head: bytes) -> bool:
    """UTF-16 text without its mark, little-endian and mostly ASCII: nearly every other byte is NUL."""
    return len(head) > 8 and head[1::2].count(0) > 0.4 * len(head) and head[::2].count(0) == 0
