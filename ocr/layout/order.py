"""Reading order: where a page is set in columns, one after the other; else as the maker drew it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from winnow.ocr.layout.lines import Line, is_level, is_right_to_left

MAX_DEPTH = 6
MAX_CROSSED = 0.6  # of the height of all lines: what may cross the gap between columns
MIN_GUTTER = 0.6  # in sizes of the font
MIN_LINES = 3
MAX_TURNS = 0.3  # turns from column to column, by pairs of lines
TRIES = 4
LEADING = 0.8  # in sizes of the font: the white between lines of a paragraph, at most
LARGE, LARGER = 1.15, 1.05  # in the usual size of the font: of a heading, for sure and perhaps
BAND = 4.0  # in sizes of the font
Gap = tuple[float, float]


def arrange(lines: Sequence[Line], depth: int = MAX_DEPTH) -> list[list[Line]]:
    """Regions in reading order; each holds lines of one column, in the order in which they were drawn.

    A gap between columns is one that lines cross little, and over which the drawing goes back and forth
    seldom: a table is drawn row by row, columns one after the other. What crosses the gap (headings, wide
    figures) parts the columns above it from those below. Right-to-left scripts begin with the right column.
    """
    if len(lines) < 2 * MIN_LINES or depth == 0:
        return [list(lines)] if lines else []
    for gap in _find_gaps(lines):
        bands = list(_cut(lines, gap))
        if not any(len(band) == 2 for band in bands):
            continue
        sides = slice(None, None, -1) if is_right_to_left(lines) else slice(None)
        regions: list[list[Line]] = []
        for band in bands:
            for part in band[sides]:
                regions += arrange(part, depth - 1)
        return regions
    return [list(lines)]


def _find_gaps(lines: Sequence[Line]) -> list[Gap]:
    """Strips from top to bottom that few lines cross, best first."""
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    least = MIN_GUTTER * median(line.size for line in lines)
    events = sorted(
        event for line in lines for event in ((line.x0, line.y1 - line.y0), (line.x1, line.y0 - line.y1))
    )
    most = MAX_CROSSED * sum(line.y1 - line.y0 for line in lines)
    inner = 0.08 * (right - left)
    found: list[tuple[float, float, Gap]] = []
    cover, begun = 0.0, left
    for x, height in events:
        if x - begun >= least and cover <= most and left + inner < begun and x < right - inner:
            found.append((round(cover), begun - x, (begun, x)))
        if x > begun:
            begun = x
        cover += height
    return [gap for _, _, gap in sorted(found)[:TRIES]]


def _cut(lines: Sequence[Line], gap: Gap) -> Iterator[list[list[Line]]]:
    """Bands from top to bottom: two columns, or one part where the gap parts none."""
    place = {id(line): index for index, line in enumerate(lines)}
    wide: list[Line] = []
    for whole, group in _group(lines, gap):
        group.sort(key=lambda line: place[id(line)])
        sides = [group] if whole else _part(group, gap)
        if len(sides) == 1:
            wide += group
            continue
        if wide:
            yield [sorted(wide, key=lambda line: place[id(line)])]
            wide = []
        yield sides
    if wide:
        yield [sorted(wide, key=lambda line: place[id(line)])]


def _group(lines: Sequence[Line], gap: Gap) -> Iterator[tuple[bool, list[Line]]]:
    """Groups from top to bottom, and whether each is of lines across the gap: headings, wide paragraphs.

    White space from left to right as high as `BAND` sizes (a figure's place) ends a group as well.
    """
    wide = {id(line) for line in lines if _crosses(line, gap) and not _runs_over(line, lines, gap)}
    across = {line.block for line in lines if id(line) in wide}
    usual = median(line.size for line in lines)
    group: list[Line] = []
    last, bottom = False, lines[0].y0
    for line in sorted(lines, key=lambda line: line.y0 + line.y1):
        whole = id(line) in wide
        if not whole and line.block in across:
            whole = not _has_level(line, group, gap)
        elif not whole and line.size > LARGER * usual:
            whole = _is_alone(line, lines) and (line.size > LARGE * usual or _is_between(line, lines, gap))
        if group and (whole != last or line.y0 - bottom > BAND * usual):
            yield last, group
            group = []
        group.append(line)
        last, bottom = whole, max(bottom, line.y1)
    if group:
        yield last, group


def _is_alone(heading: Line, lines: Sequence[Line]) -> bool:
    """Whether nothing stands beside a heading, nor near its height: it is one for all columns."""
    top, bottom = heading.y0 - 0.4 * heading.size, heading.y1 + 0.4 * heading.size
    return not any(
        line.y0 < bottom and line.y1 > top and abs(line.x0 - heading.x0) > 2 * heading.size for line in lines
    )


def _is_between(heading: Line, lines: Sequence[Line], gap: Gap) -> bool:
    """Whether the column on the other side of the gap has lines above a heading and below it."""
    on_right = _is_on_right(heading, gap)
    others = [line for line in lines if _is_on_right(line, gap) != on_right]
    return any(line.y1 < heading.y0 for line in others) and any(line.y0 > heading.y1 for line in others)


def _crosses(line: Line, gap: Gap) -> bool:
    return (line.x0 < gap[0] - 1 and line.x1 > gap[1] + 1) or gap[0] < (line.x0 + line.x1) / 2 < gap[1]


def _runs_over(line: Line, lines: Sequence[Line], gap: Gap) -> bool:
    """Whether a line of the left column is only too long for it (an address, a formula): text of the right
    one stands level with it, or the column goes on right above and below it."""
    beside = any(
        other.x0 >= gap[1] - 1 and other.block != line.block and is_level(line, other) for other in lines
    )
    return beside or (
        _is_continuation(line, lines, gap, below=True) and _is_continuation(line, lines, gap, below=False)
    )


def _is_continuation(line: Line, lines: Sequence[Line], gap: Gap, *, below: bool) -> bool:
    """Whether a line that stays within the left column follows, or goes before, by the usual leading."""
    for other in lines:
        upper, lower = (line, other) if below else (other, line)
        near = -0.5 < (lower.y0 - upper.y1) / line.size < LEADING
        if near and other.x1 <= gap[0] + 1 and abs(other.x0 - line.x0) < line.size:
            return True
    return False


def _is_on_right(line: Line, gap: Gap) -> bool:
    return line.x0 >= gap[0] - 1 and line.x0 + line.x1 > gap[0] + gap[1]


def _has_level(line: Line, others: Sequence[Line], gap: Gap) -> bool:
    """Whether one of the lines last seen stands level on the other side of the gap."""
    on_left = line.x1 <= gap[0] + 1
    return any(is_level(line, other) and (other.x1 <= gap[0] + 1) != on_left for other in others[-3:])


def _part(lines: Sequence[Line], gap: Gap) -> list[list[Line]]:
    """Left and right column, or all in one where these are none: too few lines, or rows of a table."""
    sides: tuple[list[Line], list[Line]] = ([], [])
    for line in lines:
        sides[_is_on_right(line, gap)].append(line)
    left, right = sides
    pairs = min(len(left), len(right))
    if pairs < MIN_LINES or not _overlap(left, right):
        return [list(lines)]
    on_right = [_is_on_right(line, gap) for line in lines]
    turns = sum(a != b for a, b in pairwise(on_right))
    if turns <= max(1, MAX_TURNS * pairs):
        return [left, right] if not _is_numeric(left) and not _is_numeric(right) else [list(lines)]
    return [left, right] if _is_prose(left) and _is_prose(right) else [list(lines)]


def _overlap(left: Sequence[Line], right: Sequence[Line]) -> bool:
    top = max(min(line.y0 for line in left), min(line.y0 for line in right))
    bottom = min(max(line.y1 for line in left), max(line.y1 for line in right))
    return bottom - top > 1.5 * left[0].size


def _is_numeric(lines: Sequence[Line]) -> bool:
    """Whether most lines are numbers: the last column of a table or of a list of contents."""
    numbers = sum(sum(map(str.isalpha, line.text)) < 2 and any(map(str.isdigit, line.text)) for line in lines)
    return numbers > 0.5 * len(lines)


def _is_prose(lines: Sequence[Line]) -> bool:
    """Whether lines are full of words, up to one edge: text drawn line by line over all columns."""
    letters = median(len(line.text) for line in lines)
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    full = sum(line.x1 - line.x0 > 0.75 * width for line in lines)
    return letters >= 20 and full > 0.6 * len(lines)
