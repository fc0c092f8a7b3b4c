"""Lines of pages into running text."""

import re
from collections.abc import Sequence
from itertools import pairwise

from ocr.layout.lines import Line, Page

BULLET = re.compile(r"\s*([•●○▪■◦‣\u2013—*·-]|\(?(\d{1,3}|[a-z])[.)])\s")
LEADERS = re.compile(r"(\. ?){5,}|…{2,}")
HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
START = re.compile(r"([^\W\d_]+)")
END = re.compile(r"[.!?:;\u3002\uff01\uff1f\uff1a][\"”\u2019')»\]]*$")
IDEOGRAPH = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SOFT_HYPHEN = "\u00ad"


def join_lines(pages: Sequence[Page], words: frozenset[str]) -> str:
    """Paragraphs parted by a blank line; code keeps its lines and indents; tables and verse keep lines.

    A paragraph that goes on over a page or a column is joined. `words` are those of the whole document
    (`collect_words`): they tell a hyphen that a line's end made from one that belongs to the word.
    """
    lines = [line for page in pages for line in page.lines]
    turns = {id(page.lines[0]) for page in pages if page.lines}
    if not lines:
        return ""
    margins = _find_margins(lines)
    pieces = [_indent(lines[0], margins)]
    for last, line in pairwise(lines):
        glue = _choose_glue(last, line, margins, id(line) in turns)
        if glue == " ":
            pieces[-1], joint = _join_words(pieces[-1].rstrip(), line.text.lstrip(), words)
            pieces += [joint + line.text.strip()]
        else:
            pieces += [glue + _indent(line, margins)]
    return "".join(piece.rstrip() if piece.strip() else "" for piece in pieces).strip("\n")


def collect_words(pages: Sequence[Page]) -> frozenset[str]:
    """Words that stand within lines (where no line's end can have cut them), lower case."""
    texts = [line.text.strip() for page in pages for line in page.lines]
    cut = {index for index, text in enumerate(texts) if HYPHEN.search(text)}
    if not cut:
        return frozenset()
    whole = [
        START.sub("", HYPHEN.sub("", text), count=1) if index - 1 in cut else HYPHEN.sub("", text)
        for index, text in enumerate(texts)
    ]
    return frozenset(WORD.findall("\n".join(whole).lower()))


def _find_margins(lines: Sequence[Line]) -> dict[int, tuple[float, float]]:
    """The left and right edge of the run of lines (one block on one page) that each line is part of."""
    margins: dict[int, tuple[float, float]] = {}
    run: list[Line] = []
    for line in [*lines, None]:
        if line is None or (run and (line.block != run[-1].block or line.y0 < run[-1].y0)):
            edges = (min(member.x0 for member in run), max(member.x1 for member in run))
            margins |= {id(member): edges for member in run}
            run = []
        if line is not None:
            run.append(line)
    return margins


def _choose_glue(last: Line, line: Line, margins: dict[int, tuple[float, float]], turned: bool) -> str:
    """What stands between two lines: a space (one paragraph), a line's end, or a blank line."""
    jumped = turned or line.y1 < last.y0
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


def _join_words(before: str, after: str, words: frozenset[str]) -> tuple[str, str]:
    """The text before a line's end, and what to put there."""
    if before.endswith(SOFT_HYPHEN):
        return before[:-1], ""
    if IDEOGRAPH.search(before[-1:]) and IDEOGRAPH.match(after):
        return before, ""
    head, tail = HYPHEN.search(before), START.match(after)
    if not (head and tail):
        return before, " "
    first, second = head[1].lower(), tail[1].lower()
    if f"{first}{second}" in words:
        return before[:-1], ""
    if f"{first}-{second}" in words or not after[0].islower() or (first in words and second in words):
        return before, ""
    return before[:-1], ""


def _indent(line: Line, margins: dict[int, tuple[float, float]]) -> str:
    if not line.code:
        return line.text.strip()
    width = (line.x1 - line.x0) / max(len(line.text), 1)
    return " " * round((line.x0 - margins[id(line)][0]) / max(width, 1)) + line.text.rstrip()
