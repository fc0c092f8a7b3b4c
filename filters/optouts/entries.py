"""Entries of evidence for many pages at once: the JSON of each is written from the bytes of its file."""

import json
from typing import NamedTuple

import numpy as np

from winnow.filters.optouts.signals import NO, UNSAID
from winnow.kernels import I8, I64, U8, Bool, Bools, Int, kernel
from winnow.words import byte

MAX_CHARS = 200  # of a line that is quoted
_PAGES = 512  # whose entries are in memory twice
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_SHORT = np.zeros(byte.BLANK, np.uint8)  # how JSON writes the controls that have a letter
_SHORT[[8, 9, 10, 12, 13]] = np.frombuffer(b"btnfr", np.uint8)
_NEXT, _DATE, _URL, _LINE, _TEXT, _END, _NONE = (
    np.frombuffer(each, np.uint8)
    for each in (
        *(b", ", b'], "date": "', b'Z", "url": "', b'", "line": ', b', "text": "', b'"}'),
        b'null, "text": null}',
    )
)
_PLAIN_YEARS = -30_610_224_000, 253_402_300_799  # seconds of the years that have four digits


class Sources(NamedTuple):
    """Files: where each stands in `data`, its URL, and the second of its capture."""

    data: U8
    begin: I64
    end: I64
    urls: list[bytes]
    at: I64


def write_entries(
    name: str,
    value: I8,
    line: I64,
    file: I64,
    numbers: I64,
    sources: Sources,
    agents: tuple[str, ...],
) -> list[str | None]:
    """The entries of each page, with commas between; None where a line that is quoted is not in ASCII.

    `value` and `line`: of each page and agent, the rule that decides; `file`: of each page, among `sources`;
    `numbers`: the line of each rule. As `evidence` writes them one by one, which takes five times as long.
    """
    at = sources.at
    plain = (at >= _PLAIN_YEARS[0]) & (at <= _PLAIN_YEARS[1])
    dates = np.datetime_as_string(np.where(plain, at, 0).astype("datetime64[s]"), unit="s").astype("S19")
    urls, url_ends = _join(sources.urls)
    named, name_ends = _join([json.dumps(each, ensure_ascii=False).encode() for each in agents])
    fixed, fixed_ends = _join([f'{{"signal": "{name}", "value": "{said}", "agents": ['.encode()
                  for said in ("disallowed", "allowed")])  # fmt: skip
    found: list[str | None] = []
    for first in range(0, len(file), _PAGES):
        some = slice(first, first + _PAGES)
        size = 150 + len(fixed) + len(named) + 2 * len(agents) + 6 * MAX_CHARS
        room = (size + 6 * np.diff(url_ends)[file[some]]) * _count_rules(value[some], line[some])
        out, ends = np.empty(int(room.sum()), np.uint8), np.zeros(len(room) + 1, np.int64)
        sure = plain[file[some]]
        _write(value[some], line[some], file[some], numbers, sources.data, sources.begin,
               sources.end, urls, url_ends, dates.view(np.uint8).reshape(-1, 19), named, name_ends, fixed,
               fixed_ends,
               np.zeros(len(agents), np.bool_), sure, out, ends)  # fmt: skip
        data, cuts = out[: ends[-1]].tobytes(), ends.tolist()
        found += [
            data[cuts[k] : cuts[k + 1]].decode() if good else None for k, good in enumerate(sure.tolist())
        ]
    return found


def _join(pieces: list[bytes]) -> tuple[U8, I64]:
    """The pieces one behind the other, and where each begins and the last ends."""
    ends = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
    return np.frombuffer(b"".join(pieces) or b"\0", np.uint8), ends


def _count_rules(value: I8, line: I64) -> I64:
    """How many entries each page has at most."""
    many: I64 = (value != UNSAID).sum(axis=1)
    return many


@kernel
def _write(
    value: I8, line: I64, file: I64, numbers: I64, data: U8, begins: I64, stops: I64, urls: U8, url_ends: I64,
    dates: U8, names: U8, name_ends: I64, fixed: U8, fixed_ends: I64, done: Bools, sure: Bools, out: U8,
    ends: I64,
) -> None:  # fmt: skip
    """Write the entries of pages and where each page's end; `sure` becomes false where a page is left out."""
    n = 0
    for k in range(len(file)):
        f, begun = file[k], n
        done[:] = False
        for i in range(value.shape[1]):
            if done[i] or value[k, i] == UNSAID or not sure[k]:
                continue
            if n > begun:
                n = _copy(_NEXT, 0, 1, out, n)
            said = 0 if value[k, i] == NO else 1
            n = _copy(fixed, fixed_ends[said], fixed_ends[said + 1], out, n)
            for j in range(i, value.shape[1]):
                if line[k, j] != line[k, i] or value[k, j] == UNSAID:
                    continue
                done[j] = True
                if j > i:
                    n = _copy(_NEXT, 0, 2, out, n)
                n = _copy(names, name_ends[j], name_ends[j + 1], out, n)
            n = _copy(dates[f], 0, 19, out, _copy(_DATE, 0, len(_DATE), out, n))
            n = _copy(_URL, 0, len(_URL), out, n)
            n = _escape(urls, url_ends[f], url_ends[f + 1], out, n)
            n = _copy(_LINE, 0, len(_LINE), out, n)
            if line[k, i] < 0:
                n = _copy(_NONE, 0, len(_NONE), out, n)
                continue
            number = numbers[line[k, i]]
            begin, end = _find_line(data, begins[f], stops[f], number)
            sure[k] = _is_ascii(data, begin, end)
            n = _copy(_TEXT, 0, len(_TEXT), out, _write_number(number, out, n))
            n = _escape(data, begin, min(end, begin + MAX_CHARS), out, n)
            n = _copy(_END, 0, len(_END), out, n)
        if not sure[k]:
            n = begun
        ends[k + 1] = n


@kernel
def _find_line(data: U8, begin: Int, stop: Int, number: Int) -> Int:
    """Where a line begins and ends, without the blanks around it; lines are counted as `cut_lines` does."""
    for _ in range(number - 1):
        while data[begin] != byte.LF and data[begin] != byte.CR:
            begin += 1
        begin += 2 if data[begin] == byte.CR and begin + 1 < stop and data[begin + 1] == byte.LF else 1
    end = begin
    while end < stop and data[end] != byte.LF and data[end] != byte.CR:
        end += 1
    while begin < end and _is_blank(data[begin]):
        begin += 1
    while end > begin and _is_blank(data[end - 1]):
        end -= 1
    return begin, end


@kernel
def _is_blank(c: Int) -> Bool:
    """What `str.strip` takes off."""
    return c == byte.BLANK or byte.TAB <= c <= byte.CR or byte.FS <= c < byte.BLANK


@kernel
def _is_ascii(data: U8, begin: Int, end: Int) -> Bool:
    odd = 0
    for i in range(begin, end):
        odd |= data[i]
    return odd < 0x80


@kernel
def _copy(data: U8, begin: Int, end: Int, out: U8, at: Int) -> Int:
    """Write bytes; gives where they end."""
    for i in range(begin, end):
        out[at + i - begin] = data[i]
    return at + end - begin


@kernel
def _write_number(number: Int, out: U8, at: Int) -> Int:
    size, rest = 1, number // 10
    while rest:
        size, rest = size + 1, rest // 10
    for i in range(size):
        out[at + size - 1 - i] = byte.ZERO + number % 10
        number //= 10
    return at + size


@kernel
def _escape(data: U8, begin: Int, end: Int, out: U8, at: Int) -> Int:
    """Write bytes as they stand in a string of JSON; gives where they end."""
    for i in range(begin, end):
        c = data[i]
        if c >= byte.BLANK:
            if c in (byte.QUOTE, byte.BACKSLASH):
                out[at] = byte.BACKSLASH
                at += 1
            out[at] = c
            at += 1
            continue
        out[at], out[at + 1] = byte.BACKSLASH, byte.u
        if _SHORT[c]:
            out[at + 1] = _SHORT[c]
            at += 2
            continue
        out[at + 2], out[at + 3], out[at + 4], out[at + 5] = byte.ZERO, byte.ZERO, _HEX[c >> 4], _HEX[c & 15]
        at += 6
    return at
