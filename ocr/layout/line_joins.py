"""What stands between two lines that follow each other: a space, a line's end, or a blank line."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from winnow.ocr.layout.hyphens import HYPHEN, IDEOGRAPH, SOFT_HYPHEN
from winnow.ocr.layout.lines import Line, is_right_to_left

BULLET = re.compile(r"\s*([•●○▪■◦‣✓➢\ufffd\ue000-\uf8ff\u2013—*·-]|\(?(\d{1,3}|[a-z])[.)])\s")
DOT = re.compile(r"\s*[•●○▪■◦‣✓➢\ufffd\ue000-\uf8ff]\s")  # begins an item wherever it stands
LEADERS = re.compile(r"(\. ?){5,}|…{2,}")
VERBATIM = {"table", "answer", "formula"}  # lines that are Markdown already
END = re.compile(r"[.!?:;\u3002\uff01\uff1f\uff1a][\"”\u2019')»\]]*$")
MIN_LEADED = 5  # pairs of lines that tell the leading
MIN_WIDE = 12  # of the size: how long lines of text set wide are at least
WIDE_LEADING = 1.35  # of the size: above it MuPDF makes a block of each line
HANGING = 8  # in sizes of the font: how far in the rest of an entry stands at most
# What makers of PDFs draw where a line of code was too long for the page; MuPDF has no letter for the hook.
WRAP_END = re.compile(r"\s*(?:\u2190\ufffd|\u21a9|\u21b5|\u23ce)\s*$")
WRAP_START = re.compile(r"^\s*(?:\u02d3\u2192|\ufffd\u2192|\u21aa)\s*")
Edges = tuple[float, float]


class Margins(NamedTuple):
    """Of each line, by id, the left and right edge of the run that it is part of; and of each size of type
    that is set wide, the distance from line to line."""

    edges: dict[int, Edges]
    leading: dict[float, float]


def find_margins(lines: Sequence[Line]) -> Margins:
    """Edges of runs (one block on one page; of code all that follows), and the leading of wide-set text."""
    edges: dict[int, Edges] = {}
    run: list[Line] = []
    for line in [*lines, None] if lines else ():
        if line is None or (run and not _is_run(run[-1], line)):
            both = (min(member.x0 for member in run), max(member.x1 for member in run))
            edges.update({id(member): both for member in run})
            run = []
        if line is not None:
            run.append(line)
    return Margins(edges, _find_leading(lines))


def _is_run(last: Line, line: Line) -> bool:
    if line.y0 < last.y0:
        return False
    both_code = last.code and line.code and line.y0 - last.y1 < 2 * line.size
    return line.block == last.block or both_code


def _find_leading(lines: Sequence[Line]) -> dict[float, float]:
    """Distances from line to line, by size, where they are wider than MuPDF takes a paragraph's to be."""
    steps: defaultdict[float, Counter[float]] = defaultdict(Counter)
    for last, line in pairwise(lines):
        step = line.y0 - last.y0
        alike = last.size == line.size and not last.code and abs(last.x0 - line.x0) < line.size
        if alike and 0.8 * line.size < step < 3 * line.size:
            steps[line.size][round(step)] += 1
    found = {}
    for size, counts in steps.items():
        step, count = counts.most_common(1)[0]
        less = sum(n for other, n in counts.items() if other < step - 0.15 * size)
        if count >= MIN_LEADED and less < 0.2 * count and step > WIDE_LEADING * size:
            found[size] = step
    return found


def choose_glue(last: Line, line: Line, margins: Margins, turned: bool) -> str:
    """A space (one paragraph), a line's end, or a blank line; `turned` where a page ends between them."""
    jumped = turned or line.y1 < last.y0
    if {last.mark, line.mark} & VERBATIM:
        return "\n\n"
    if last.code or line.code:
        return _choose_code_glue(last, line, jumped)
    if abs(last.size - line.size) > 1 or (last.bold != line.bold and last.block != line.block):
        return "\n\n"
    if jumped:
        return " " if _is_continuation(last, line) else "\n\n"
    if "\t" in last.text or "\t" in line.text or LEADERS.search(last.text):
        near = line.y0 - last.y1 < 0.8 * line.size
        return "\n" if near else "\n\n"
    return _choose_in_column(last, line, margins)


def _choose_in_column(last: Line, line: Line, margins: Margins) -> str:
    """The glue of lines of text that stand below each other."""
    edges, following = margins.edges[id(last)], margins.edges[id(line)]
    wide = line.y0 - last.y0 < margins.leading.get(line.size, 0) + 0.15 * line.size
    wide = wide and last.x1 - last.x0 > MIN_WIDE * last.size  # short lines are entries of a list
    if is_right_to_left([last, line]):
        last, line, edges, following = *map(_mirror, (last, line)), edges[::-1], following[::-1]
        edges, following = (-edges[0], -edges[1]), (-following[0], -following[1])
    left, right = edges
    if last.block != line.block:
        # Some makers set each line as a block: those follow at the leading of a paragraph.
        near = wide or line.y0 - last.y1 < 0.35 * line.size
        right = max(right, following[1])
        joins = abs(line.x0 - left) < line.size or _hangs(last, line, edges, following) or _is_cut(last, line)
        whole = near and joins and not BULLET.match(line.text)
        return " " if whole and not _fits(last, line, right) else "\n\n"
    if line.y0 - last.y1 > 0.8 * line.size and not wide:
        return "\n\n"
    if DOT.match(line.text):
        return "\n"
    if BULLET.match(line.text) and (END.search(last.text.rstrip()) or _fits(last, line, right)):
        return "\n"
    if _fits(last, line, right):
        return "\n\n" if line.x0 > left + 0.8 * line.size and last.x0 <= left + 0.1 else "\n"
    return " "


def _mirror(line: Line) -> Line:
    return line._replace(x0=-line.x1, x1=-line.x0)


def _hangs(last: Line, line: Line, edges: Edges, following: Edges) -> bool:
    """Whether a line is the second of an entry whose first line alone stands further out."""
    inset = 0.8 * line.size < line.x0 - last.x0 < HANGING * line.size
    begins = last.x0 <= edges[0] + 0.1 and line.x0 <= following[0] + 0.1
    return inset and begins and not END.search(last.text.rstrip())


def _is_cut(last: Line, line: Line) -> bool:
    """Whether a line begins with the rest of a word that the last one's end cut."""
    return bool(HYPHEN.search(last.text.rstrip())) and line.text.lstrip()[:1].islower()


def indent_code(line: Line, margins: Margins) -> str:
    """A line of code behind as many spaces as it stands in from its block's edge."""
    width = (line.x1 - line.x0) / max(len(line.text), 1)
    return " " * round((line.x0 - margins.edges[id(line)][0]) / max(width, 1)) + line.text.rstrip()


def join_code(before: str, after: str) -> tuple[str, str]:
    """Both parts of a line of code that the page was too narrow for, without the marks of it."""
    kept = WRAP_END.sub("", before)
    return (f"{kept[:-1]} " if kept.endswith("\u2423") else kept), WRAP_START.sub("", after).lstrip()


def _choose_code_glue(last: Line, line: Line, jumped: bool) -> str:
    if not (last.code and line.code) or abs(last.size - line.size) > 0.5:
        return "\n\n"
    if WRAP_END.search(last.text) or WRAP_START.match(line.text):
        return " "
    return "\n" if jumped or line.y0 - last.y1 < 0.9 * line.size else "\n\n"


def _fits(last: Line, line: Line, right: float) -> bool:
    """Whether the first word of the line would have had room on the last one: then its end was meant."""
    text = line.text.strip()
    first = 1 if IDEOGRAPH.match(text) else len(text.split(" ", 1)[0])
    width = (line.x1 - line.x0) / max(len(text), 1)
    return last.x1 + (first + 1) * width < right - 0.5 * line.size


def _is_continuation(last: Line, line: Line) -> bool:
    """Whether a paragraph goes on over the end of a page or column."""
    ending, start = last.text.rstrip(), line.text.lstrip()
    if BULLET.match(line.text) or "\t" in ending or "\t" in start or LEADERS.search(ending):
        return False
    if HYPHEN.search(ending) or ending.endswith(SOFT_HYPHEN):
        return True
    return not END.search(ending) and bool(start[:1].islower() or IDEOGRAPH.match(start))
