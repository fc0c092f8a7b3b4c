"""Which rule of robots.txt decides for a path: the longest pattern that fits; an Allow before a Disallow."""

import numpy as np

from winnow.filters.optouts.lines import DISALLOW
from winnow.filters.optouts.rules import Agents, Rules, read_hex
from winnow.kernels import I8, I64, U8, U64, Bool, Int, kernel
from winnow.words import byte

NONE, NO_GROUP = -1, -2  # no rule of the agent's group fits; no group is the agent's
_1, _0 = np.uint64(1), np.uint64(0)


def decide(rules: Rules, file: I64, paths: U8, offsets: I64, agents: Agents) -> np.ndarray:
    """The number of the rule that decides for each path (in its `file`) and agent; `NONE`, `NO_GROUP`."""
    out = np.full((len(file), len(agents.names)), NONE, np.int64)
    _decide(rules.of, rules.kind, rules.mask, rules.begin, rules.end, rules.patterns, rules.seen,
            file, paths, offsets, _make_room(offsets), out)  # fmt: skip
    return out


def weigh(
    rules: Rules, value: I8, kind: int, file: I64, paths: U8, offsets: I64, agents: Agents
) -> np.ndarray:
    """The number of the Content-Signal or Content-Usage line (`kind`) that counts for each path and agent.

    `value` is what each rule says: 1 no, -1 yes, 0 neither. Of the lines with the longest path that fits the
    first that says no counts, else the first that says yes; `NONE` where none says either.
    """
    out = np.full((len(file), len(agents.names)), NONE, np.int64)
    _weigh(rules.of, rules.kind, rules.mask, rules.begin, rules.end, rules.patterns, rules.seen, value, kind,
           file, paths, offsets, _make_room(offsets), np.empty(len(agents.names), np.int64), out)  # fmt: skip
    return out


def _make_room(offsets: I64) -> I64:
    return np.empty(int(np.diff(offsets).max(initial=0)) + 1, np.int64)


@kernel
def matches(pattern: U8, begin: Int, end: Int, path: U8, first: Int, last: Int, room: I64) -> Bool:
    """Whether a path begins with what the pattern says: `*` is anything, a `$` at its end the path's end.

    An escape (`%2F`) and its byte are the same (RFC 9309, 2.2.2). `room` holds as many numbers as the path
    has bytes, and one more.
    """
    at, i = first, begin
    while i < end and pattern[i] != byte.STAR:
        if pattern[i] == byte.DOLLAR and i + 1 == end:
            return at == last
        wanted, i = _read(pattern, i, end)
        if at >= last:
            return False
        there, at = _read(path, at, last)
        if there != wanted:
            return False
    return i == end or _match_loosely(pattern, i, end, path, at, last, room)


@kernel
def _match_loosely(pattern: U8, i: Int, end: Int, path: U8, first: Int, last: Int, room: I64) -> Bool:
    """`matches` from a `*` on: all places that the pattern may have come to are followed, as Google does."""
    room[0], many = first, 1
    while i < end:
        if pattern[i] == byte.DOLLAR and i + 1 == end:
            return room[many - 1] == last
        if pattern[i] == byte.STAR:
            i, many = i + 1, last - room[0] + 1
            if i == end:
                return True
            for k in range(1, many):
                room[k] = room[0] + k
            continue
        wanted, i = _read(pattern, i, end)
        left = 0
        for k in range(many):
            if room[k] < last:
                there, at = _read(path, room[k], last)
                if there == wanted:
                    room[left] = at
                    left += 1
        many = left
        if many == 0:
            return False
    return True


@kernel
def _read(data: U8, at: Int, end: Int) -> Int:
    """The byte that stands at a place, escaped or not, and the next place."""
    if data[at] == byte.PERCENT and at + 2 < end:
        high, low = read_hex(data[at + 1]), read_hex(data[at + 2])
        if high >= 0 and low >= 0:
            return high * 16 + low, at + 3
    return np.int64(data[at]), at + 1


@kernel
def _decide(
    of: I64, kind: I8, mask: U64, begin: I64, end: I64, patterns: U8, seen: U64, file: I64, paths: U8,
    offsets: I64, room: I64, out: I64,
) -> None:  # fmt: skip
    for u in range(len(file)):
        f = file[u]
        open_ = _0
        for k in range(out.shape[1]):
            bit = _choose_group(seen[f], k)
            open_ |= bit
            if bit == _0:
                out[u, k] = NO_GROUP
        for r in range(of[f], of[f + 1]):
            hit = mask[r] & open_
            if kind[r] > DISALLOW or hit == _0:
                continue
            if not matches(patterns, begin[r], end[r], paths, offsets[u], offsets[u + 1], room):
                continue
            for k in range(out.shape[1]):
                if _choose_group(seen[f], k) & hit:
                    out[u, k] = r
            open_ &= ~hit
            if open_ == _0:
                break


@kernel
def _weigh(
    of: I64, kind: I8, mask: U64, begin: I64, end: I64, patterns: U8, seen: U64, value: I8, wanted: Int,
    file: I64, paths: U8, offsets: I64, room: I64, longest: I64, out: I64,
) -> None:  # fmt: skip
    for u in range(len(file)):
        f = file[u]
        longest[:] = -1
        for r in range(of[f], of[f + 1]):
            size = max(end[r] - begin[r], 1)  # no path is the path `/`
            if kind[r] != wanted or (
                not matches(patterns, begin[r], end[r], paths, offsets[u], offsets[u + 1], room)
            ):
                continue
            for k in range(out.shape[1]):
                if not _choose_group(seen[f], k) & mask[r] or size < longest[k]:
                    continue
                longest[k] = size
                before = value[out[u, k]] if out[u, k] >= 0 else 0
                if value[r] > before or (before == 0 and value[r] != 0):
                    out[u, k] = r


@kernel
def _choose_group(seen: Int, agent: Int) -> Int:
    """The bit of the group that is an agent's: its own, else that of `*`, else none."""
    own = _1 << np.uint64(agent)
    return own if seen & own else seen & _1
