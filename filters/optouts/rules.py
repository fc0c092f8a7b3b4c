"""The rules of robots.txt (RFC 9309): groups of agents, and the patterns that are said of them.

Rules of all files of a batch stand in flat arrays, with the agents of their group as bits, so that a path
is tried once for all agents.
"""

from typing import NamedTuple

import numpy as np

from winnow.filters.optouts.lines import AGENT, ALLOW, SIGNAL, USAGE, cut_lines, find_byte, is_space, lower
from winnow.kernels import I8, I64, U8, U64, Bools, Int, kernel
from winnow.words import byte

ANY = "*"  # the agent of the group for all that have no group of their own; its bit is the first
MAX_AGENTS = 63
_INDEX = np.frombuffer(b"/index.htm", np.uint8)
_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_1, _0 = np.uint64(1), np.uint64(0)


class Agents(NamedTuple):
    """Agents that are asked for, in lower case, as bytes; `ANY` first, whether asked for or not."""

    names: tuple[str, ...]
    data: U8
    ends: I64
    numbered: Bools  # has what is in no product token of the RFC, such as a digit


class Rules(NamedTuple):
    """The rules of files: those of file f are `of[f]` to `of[f + 1]`, the longest first, then allowing ones.

    `mask` has a bit for each agent of the rule's group; `seen` of each file has one for each agent
    that has a group.
    `said` is what a Content-Signal or Content-Usage says, between two bytes of the files; of these rules the
    pattern is "" where they name no path.
    """

    of: I64
    kind: I8
    mask: U64
    begin: I64
    end: I64
    line: I64
    said_begin: I64
    said_end: I64
    patterns: U8
    seen: U64
    counts: I64  # of each file: lines that name an agent, lines of other known keys, lines that are neither


def name_agents(names: list[str]) -> Agents:
    """The agents, each once. ValueError where there are more than `MAX_AGENTS`, or one is empty."""
    lower = tuple(dict.fromkeys([ANY, *(name.strip().lower() for name in names)]))
    if len(lower) > MAX_AGENTS or "" in lower:
        raise ValueError(f"agents: {len(lower)} names, of which none may be empty; at most {MAX_AGENTS}")
    data = [name.encode() for name in lower]
    numbered = [not all(c.isalpha() or c in "-_" for c in name) for name in lower]
    return Agents(
        lower,
        np.frombuffer(b"".join(data), np.uint8),
        np.cumsum([len(each) for each in data]).astype(np.int64),
        np.array(numbered),
    )


def read_rules(data: U8, offsets: I64, agents: Agents) -> Rules:
    """The rules of the files whose bytes stand between two offsets."""
    files, size = len(offsets) - 1, int(offsets[-1] - offsets[0])
    here = data[offsets[0] : offsets[-1]]
    most = int(np.count_nonzero(here == byte.LF) + np.count_nonzero(here == byte.CR)) + files
    most *= 2  # `index.html` makes two rules of a line
    room = 2 * (size + 2 * int(np.count_nonzero(here >= 0x80))) + most
    lines, counts = np.empty((5, most), np.int64), np.zeros((files, 3), np.int64)
    lines = lines[:, : cut_lines(data, offsets, lines, counts)]
    found, mask, patterns = np.empty((7, most), np.int64), np.empty(most, np.uint64), np.empty(room, np.uint8)
    seen = np.zeros(files, np.uint64)
    n = _group_lines(data, lines, agents.data, agents.ends, agents.numbered, found, mask, patterns, seen)
    file, kind, begin, end, line, said_begin, said_end = found[:, :n]
    order = np.lexsort((line, kind, begin - end, file))
    of = np.searchsorted(file[order], np.arange(files + 1)).astype(np.int64)
    return Rules(
        of=of,
        kind=kind[order].astype(np.int8),
        mask=mask[:n][order],
        begin=begin[order],
        end=end[order],
        line=line[order],
        said_begin=said_begin[order],
        said_end=said_end[order],
        patterns=patterns,
        seen=seen,
        counts=counts,
    )


@kernel
def _group_lines(
    data: U8, lines: I64, names: U8, ends: I64, numbered: Bools, rules: I64, mask: U64, out: U8, seen: U64
) -> Int:
    """Write the rules that lines make, each with the agents of its group; give how many."""
    n, room, file = 0, 0, -1
    # A group's agents, and whether a rule has closed its head: for rules on crawling, and on use, which a
    # reader that knows no such rules passes over.
    agents, closed, speakers, spoken = _0, False, _0, False
    for k in range(lines.shape[1]):
        f, kind, begin, end = lines[0, k], lines[1, k], lines[2, k], lines[3, k]
        if f != file:
            file, agents, closed, speakers, spoken = f, _0, False, _0, False
        if kind == AGENT:
            found = _find_agents(data, begin, end, names, ends, numbered)
            agents = found if closed else agents | found
            speakers = found if spoken else speakers | found
            seen[f] |= found
            closed = spoken = False
            continue
        of_use = kind in (SIGNAL, USAGE)
        group = speakers if of_use else agents
        if group == _0:
            continue
        spoken, closed = True, closed or not of_use
        path_end = _find_path_end(data, begin, end) if of_use else end
        to = _write_pattern(data, begin, path_end, out, room)
        if to > room or of_use:
            _add_rule(rules, n, f, kind, room, to, lines[4, k], path_end, end)
            mask[n] = group
            n += 1
        folder = _write_folder(out, room, to) if kind == ALLOW else to
        if folder > to:
            _add_rule(rules, n, f, kind, to, folder, lines[4, k], end, end)
            mask[n] = group
            n += 1
        room = folder
    return n


@kernel
def _add_rule(
    rules: I64, n: Int, file: Int, kind: Int, begin: Int, end: Int, line: Int, said_begin: Int, said_end: Int
) -> None:
    rules[0, n], rules[1, n], rules[2, n], rules[3, n] = file, kind, begin, end
    rules[4, n], rules[5, n], rules[6, n] = line, said_begin, said_end


@kernel
def _find_agents(data: U8, begin: Int, end: Int, names: U8, ends: I64, numbered: Bools) -> Int:
    """The bits of the agents that a line names: the word it begins with, as the RFC has words, or `*`."""
    if begin < end and data[begin] == byte.STAR:
        return _1 if begin + 1 == end or is_space(data[begin + 1]) else _0
    short = begin
    while short < end and (
        byte.a <= data[short] | byte.CASE <= byte.z
        or data[short] == byte.HYPHEN
        or data[short] == byte.UNDERSCORE
    ):
        short += 1
    long = short
    while long < end and not is_space(data[long]) and data[long] != byte.SLASH:
        long += 1
    found, at = _0, 0
    for k in range(len(ends)):
        size = ends[k] - at
        fits = size == (long if numbered[k] else short) - begin and k > 0
        i = 0
        while fits and i < size:
            fits = lower(data[begin + i]) == names[at + i]
            i += 1
        if fits:
            found |= _1 << np.uint64(k)
        at = ends[k]
    return found


@kernel
def _find_path_end(data: U8, begin: Int, end: Int) -> Int:
    """Where the path ends that a rule on use may begin with."""
    if begin == end or data[begin] != byte.SLASH:
        return begin
    return min(find_byte(data, begin, end, byte.BLANK), find_byte(data, begin, end, byte.TAB))


@kernel
def _write_pattern(data: U8, begin: Int, end: Int, out: U8, at: Int) -> Int:
    """Write a pattern as Google's parser escapes it; gives where it ends."""
    i = begin
    while i < end:
        c = data[i]
        if c == byte.PERCENT and i + 2 < end and read_hex(data[i + 1]) >= 0 and read_hex(data[i + 2]) >= 0:
            out[at], out[at + 1], out[at + 2] = c, _HEX[read_hex(data[i + 1])], _HEX[read_hex(data[i + 2])]
            at, i = at + 3, i + 3
        elif c >= 0x80:
            out[at], out[at + 1], out[at + 2] = byte.PERCENT, _HEX[c >> 4], _HEX[c & 15]
            at, i = at + 3, i + 1
        else:
            out[at] = c
            at, i = at + 1, i + 1
    return at


@kernel
def _write_folder(out: U8, begin: Int, end: Int) -> Int:
    """Behind a pattern whose last step begins with `index.htm` write its folder (`/a/$`); give its end."""
    slash = end - 1
    while slash >= begin and out[slash] != byte.SLASH:
        slash -= 1
    if slash < begin or end - slash < len(_INDEX):
        return end
    for k in range(len(_INDEX)):
        if out[slash + k] != _INDEX[k]:
            return end
    for k in range(begin, slash + 1):
        out[end + k - begin] = out[k]
    out[end + slash + 1 - begin] = byte.DOLLAR
    return end + slash + 2 - begin


@kernel
def read_hex(c: Int) -> Int:
    """The digit's value, or -1."""
    value = np.int64(c)
    if byte.ZERO <= value <= byte.NINE:
        return value - byte.ZERO
    value = value | byte.CASE
    return value - byte.a + 10 if byte.a <= value <= byte.f else -1
