"""What stands between two lines that follow each other: a space, a line's end, or a blank line."""

import re
from collections.abc import Sequence

from ocr.layout.hyphens import HYPHEN, IDEOGRAPH, SOFT_HYPHEN
from ocr.layout.lines import Line

BULLET = re.compile(r"\s*([•●○▪■◦‣✓➢\u2013—*·-]|\(?(\d{1,3}|[a-z])[.)])\s")
LEADERS = re.compile(r"(\. ?){5,}|…{2,}")
VERBATIM = {"table", "answer"}  # lines that are Markdown already
END = re.compile(r"[.!?:;\u3002\uff01\uff1f\uff1a][\"”\u2019')»\]]*$")
Margins = dict[int, tuple[float, float]]


def find_margins(lines: Sequence[Line]) -> Margins:
    """Left and right edge of the run of lines (one block on one page) that each line is part of, by id."""
    margins: Margins = {}
    run: list[Line] = []
    for line in [*lines, None] if lines else ():
        if line is None or (run and (line.block != run[-1].block or line.y0 < run[-1].y0)):
            edges = (min(member.x0 for member in run), max(member.x1 for member in run))
            for member in run:
                margins[id(member)] = edges
            run = []
        if line is not None:
            run.append(line)
    return margins


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
        return " " if _goes_on(last, line) else "\n\n"
    if "\t" in last.text or "\t" in line.text or LEADERS.search(last.text):
        near = line.y0 - last.y1 < 0.8 * line.size
        return "\n" if near else "\n\n"
    left, right = margins[id(last)]
    if last.block != line.block:
        # Some makers set each line as a block: those follow at the leading of a paragraph.
        near = line.y0 - last.y1 < 0.35 * line.size and abs(line.x0 - left) < line.size
        right = max(right, margins[id(line)][1])
        return " " if near and not BULLET.match(line.text) and not _fits(last, line, right) else "\n\n"
    if line.y0 - last.y1 > 0.8 * line.size:
        return "\n\n"
    if BULLET.match(line.text) and (END.search(last.text.rstrip()) or _fits(last, line, right)):
        return "\n"
    if _fits(last, line, right):
        return "\n\n" if line.x0 > left + 0.8 * line.size and last.x0 <= left + 0.1 else "\n"
    return " "


def indent_code(line: Line, margins: Margins) -> str:
    """A line of code behind as many spaces as it stands in from its block's edge."""
    width = (line.x1 - line.x0) / max(len(line.text), 1)
    return " " * round((line.x0 - margins[id(line)][0]) / max(width, 1)) + line.text.rstrip()


def _choose_code_glue(last: Line, line: Line, jumped: bool) -> str:
    if not (last.code and line.code) or abs(last.size - line.size) > 0.5:
        return "\n\n"
    return "\n" if jumped or line.y0 - last.y1 < 0.9 * line.size else "\n\n"


def _fits(last: Line, line: Line, right: float) -> bool:
    """Whether the first word of the line would have had room on the last one: then its end was meant."""
    text = line.text.strip()
    first = 1 if IDEOGRAPH.match(text) else len(text.split(" ", 1)[0])
    width = (line.x1 - line.x0) / max(len(text), 1)
    return last.x1 + (first + 1) * width < right - 0.5 * line.size


def _goes_on(last: Line, line: Line) -> bool:
    """Whether a paragraph goes on over the end of a page or column."""
    ending, start = last.text.rstrip(), line.text.lstrip()
    if BULLET.match(line.text) or "\t" in ending or "\t" in start or LEADERS.search(ending):
        return False
    if HYPHEN.search(ending) or ending.endswith(SOFT_HYPHEN):
        return True
    return not END.search(ending) and bool(start[:1].islower() or IDEOGRAPH.match(start))
