"""Dictionaries of dictd: jargon, computing, any that RFC 2229's server takes."""

import re
import textwrap
from collections.abc import Iterator
from typing import Annotated

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import Row, frames, read_record
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.unwrap import unwrap

TELLS = {"kind": "public", "content": ["non-fiction"]}

_LINK = re.compile(r"\{([^{};]*)\}")
_MAX_DIGITS = 20  # of a place in a file; eleven are beyond 64 bits
_DIGITS = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


def read(uri: str, *, max_bytes: PositiveInt = 500_000_000) -> Annotated[Iterator[pl.DataFrame], "text"]:
    """Entries of a dictd dictionary: `name.dict.dz` or `name.dict` (RFC 2229), `name.index` beside it.

    One row for each entry, however many headwords lead there, in the order of the text; wrapped lines are
    joined, and the braces around cross references removed. Entries about the dictionary itself are
    dropped as `dictionary.about_the_dictionary`. A damaged index line or text gives an error row, and so does
    a dictionary or an index that has, unpacked, more than `max_bytes`.
    """
    yield from frames(_read_dictionary(uri, max_bytes))


def _read_dictionary(uri: str, max_bytes: int) -> Iterator[Row]:
    stored = read_bytes(uri, max_bytes, unpack=True)
    index = read_bytes(uri.removesuffix(".dz").removesuffix(".dict") + ".index", max_bytes)
    entries: dict[tuple[int, int], str] = {}
    for number, line in enumerate(index.decode("utf-8", errors="replace").splitlines(), start=1):
        fields = line.split("\t")
        if len(fields) < 3 or not all(map(_is_number, fields[1:3])):
            yield Row(key=f"index line {number}", error="not an index line: headword, offset, length")
            continue
        entries.setdefault((_parse_number(fields[1]), _parse_number(fields[2])), fields[0])
    for (start, length), headword in sorted(entries.items()):
        entry = stored[start : start + length]
        yield {"key": headword, **read_record(_make_entry, headword, entry, length)}


def _make_entry(headword: str, entry: bytes, length: int) -> Row:
    if len(entry) < length:
        return Row(error="the entry lies beyond the end of the dictionary")
    try:
        head, _, body = entry.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        return Row(error=f"not UTF-8: {error}")
    text = "\n\n".join([*filter(None, [head.strip()]), unwrap(textwrap.dedent(body).splitlines())]).strip()
    row = Row(text=_LINK.sub(r"\1", text))
    if re.match(r"00-?database", headword):
        row["drop_reason"] = "dictionary.about_the_dictionary"
    return row


def _is_number(field: str) -> bool:
    return len(field) <= _MAX_DIGITS and set(field) <= _DIGITS.keys()


def _parse_number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS[digit]
    return value
