"""Which line of a page each line of a text is."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import layout_truth as truth

MARK = re.compile(r"^\s*(?:-|(\d+)\.)\s")


class Kept(NamedTuple):
    """A line of the text: how many blank lines stand before it."""

    text: str
    blanks: int


def cut(text: str) -> list[Kept]:
    lines, blanks = [], 0
    for line in text.split("\n"):
        if line.strip():
            lines.append(Kept(line, blanks))
        blanks = 0 if line.strip() else blanks + 1
    return lines


def align(kept: list[Kept], lines: list[truth.Line]) -> tuple[dict[int, int], list[bool]]:
    """Which line of the page each kept line is, in one order; and whether it is any line of it at all.

    The longest common subsequence (Hunt and Szymanski 1977); code is matched to the letter first, then,
    between what is matched, without white space.
    """
    exact, loose = defaultdict(list), defaultdict(list)
    for k, line in enumerate(lines):
        if line.code is not None:
            exact[line.code].append(k)
        for form in line.forms:
            loose[form].append(k)
    found, there = [], []
    for each in kept:
        forms = {truth.squeeze(each.text), truth.squeeze(MARK.sub("", each.text))}
        any_ = sorted({k for form in forms for k in loose[form]})
        to_the_letter = [*exact[each.text.rstrip().replace("\u00a0", " ")]]
        found.append(sorted({*to_the_letter, *(k for k in any_ if lines[k].code is None)}))
        there.append(any_)
    pairs = dict(_longest(found))
    for j, k in _between(pairs, there, len(kept), len(lines)):
        pairs[j] = k
    return pairs, [bool(each) for each in there]


def _longest(found: list[list[int]]) -> list[tuple[int, int]]:
    ends: list[int] = []
    links: list[tuple[int, int, int]] = []  # (kept line, page line, the link before or -1)
    tops: list[int] = []
    for j, places in enumerate(found):
        for k in reversed(places):
            at = bisect_left(ends, k)
            links.append((j, k, tops[at - 1] if at else -1))
            if at == len(ends):
                ends.append(k)
                tops.append(len(links) - 1)
            else:
                ends[at], tops[at] = k, len(links) - 1
    pairs, link = [], tops[-1] if tops else -1
    while link >= 0:
        j, k, link = links[link]
        pairs.append((j, k))
    return pairs[::-1]


def _between(
    pairs: dict[int, int], there: list[list[int]], many: int, most: int
) -> Iterator[tuple[int, int]]:
    """More pairs, in the gaps of those that are there."""
    low, after = -1, sorted(pairs.items())
    for j in range(many):
        if j in pairs:
            low = pairs[j]
            continue
        high = next((k for at, k in after if at > j), most)
        if places := [k for k in there[j] if low < k < high]:
            low = places[0]
            yield j, low
