"""Tables without a lattice: pieces of lines that stand level in row after row, and in columns."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import mean, median
from typing import NamedTuple

from winnow.ocr.layout.frames import find_framed
from winnow.ocr.layout.grids import Segment
from winnow.ocr.layout.lines import Line
from winnow.ocr.layout.rows import ROW_GAP, Row, Span, find_column, list_full, make_rows

MIN_CORRIDOR = 0.5
FRAMED_GAP = 0.5  # in sizes of the font: what parts cells between rules, where no text stands
MIN_ROWS, MIN_RULED_ROWS, MAX_HEADS = 3, 2, 3
LONE_RATIO = 0.6  # of a table's width: a head of one cell is less wide
MAX_WORDS = 12  # of a cell of the second of two columns; more is a list of terms and what they mean
CAPTION = re.compile(r"\w+\.? \d+[.:]")  # such as Table 3:
LEADERS = re.compile(r"(\. ?){4,}|…{2,}|(· ?){4,}")
ENUMERATOR = re.compile(
    r"[•●○▪■◦‣\u2013—*·✓\ufffd\ue000-\uf8ff-]|[(\[]?(\d{1,3}|\d+(\.\d+)+|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)\]:]?|[A-Z]\.[\d.]+|[*†‡§]+"
)
PAGE_NUMBER = re.compile(r"\d{1,4}|[ivxlc]{1,7}", re.IGNORECASE)
BRACES = re.compile("[\u239b-\u23ad\uf8e5-\uf8fe]")  # pieces of which TeX builds the brackets of a matrix


class Run(NamedTuple):
    """Rows that make a table: `edges` are places between columns, `cuts` heights of lines between rows."""

    rows: list[Row]
    edges: list[float]
    cuts: list[float]


def find_runs(lines: Sequence[Line], lone: Sequence[Segment]) -> list[Run]:
    """Runs of rows that are tables; `lines` in the order in which they were drawn."""
    place = {id(line): index for index, line in enumerate(lines)}
    unmarked = [line for line in lines if not line.mark]
    found, rest = _find_framed_runs(unmarked, lone, place)
    after = 0
    for start, rows in _find_candidates(rest):
        edges = _find_edges([row for row in rows if not _is_centered(row, rows)])
        cuts = _find_cuts(rows, lone)
        around = [*rest[max(start - 1, 0) : start], *rest[start + len(rows) :][:1]]
        few = len(edges) < 2 or len([row for row in rows if len(row.cells) > 1]) <= MIN_ROWS
        if len(rows) < 2 or (len(cuts) < 2 and few and any(_runs_on(rows, row) for row in around)):
            continue
        if edges and _is_table(rows, edges, cuts, place):
            found.append(Run([*_find_heads(rest[after:start], rows), *rows], edges, cuts))
            after = start + len(rows)
    return found


def _find_framed_runs(
    lines: Sequence[Line], lone: Sequence[Segment], place: dict[int, int]
) -> tuple[list[Run], list[Row]]:
    """Tables between rules of one width, and the rows that are in none; of two that overlap the longer."""
    found = []
    close = make_rows(lines, FRAMED_GAP)
    framed: set[int] = set()
    for begin, end in sorted(find_framed(close, lone), key=lambda span: span[0] - span[1]):
        rows = close[begin:end]
        inside = {id(line) for row in rows for cell in row.cells for line in cell}
        edges, cuts = _find_edges(list_full(rows)), _find_cuts(rows, lone)
        if edges and not inside & framed and _is_table(rows, edges, cuts, place):
            found.append(Run(rows, edges, cuts))
            framed |= inside
    return found, make_rows([line for line in lines if id(line) not in framed])


def _find_heads(above: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """The rows right above a table that are of it: several cells, or one in the middle of some columns."""
    left = min(row.cells[0][0].x0 for row in rows)
    right = max(row.cells[-1][-1].x1 for row in rows)
    size = rows[0].cells[0][0].size
    pitch = max(b.y1 - a.y1 for a, b in pairwise(rows)) + 0.25 * size
    heads: list[Row] = []
    for row in above[: -MAX_HEADS - 1 : -1]:
        begin, end = row.cells[0][0].x0, row.cells[-1][-1].x1
        inside = left - size < begin and end < right + size
        lone = len(row.cells) == 1 and end - begin > LONE_RATIO * (right - left)
        caption = len(row.cells) == 1 and CAPTION.match(row.cells[0][0].text)
        if not inside or lone or caption or (heads or rows)[0].y1 - row.y1 > pitch:
            break
        heads.insert(0, row)
    # What stands alone at the left or in the middle of all is a caption, or the end of a paragraph.
    while heads and len(heads[0].cells) == 1:
        if heads[0].cells[0][0].x0 > left + size and not _is_centered(heads[0], rows):
            break
        heads.pop(0)
    return heads


def _runs_on(rows: Sequence[Row], row: Row) -> bool:
    """Whether a line goes on at the leading of the rows, from edge to edge: they are of its paragraph."""
    size = row.cells[0][0].size
    left = min(other.cells[0][0].x0 for other in rows)
    right = max(other.cells[-1][-1].x1 for other in rows)
    apart = max(rows[0].y0 - row.y1, row.y0 - rows[-1].y1)
    leading = median(b.y0 - a.y1 for a, b in pairwise(rows))
    wide = row.cells[-1][-1].x1 - row.cells[0][0].x0 > 0.6 * (right - left)
    alone = len(row.cells) == 1 or len(rows) <= MIN_ROWS
    return alone and wide and apart < leading + 0.15 * size and apart < 0.5 * size


def _find_candidates(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    """Runs of rows that share a corridor free of text, and where they start."""
    run: list[Row] = []
    free: list[Span] = []
    for index, row in enumerate(rows):
        size = row.cells[0][0].size
        near = bool(run) and row.y0 - run[-1].y1 < ROW_GAP * size
        kept = _narrow(free, row, size) if near else []
        if near and len(kept) < len(free) and _is_centered(row, run):
            kept = free
        if kept and (2 * len(kept) >= len(free) if len(row.cells) > 1 else len(kept) == len(free)):
            run.append(row)
            free = kept
            continue
        if len(run) > 1:
            yield index - len(run), _trim(run)
        several = len(row.cells) > 1
        run = [row] if several else []
        free = _list_gaps(row)
    if len(run) > 1:
        yield len(rows) - len(run), _trim(run)


def _is_centered(row: Row, run: Sequence[Row]) -> bool:
    """Whether a lone cell stands in the middle of rows, not over their whole width: the head of a section."""
    left, right = min(other.cells[0][0].x0 for other in run), max(other.cells[-1][-1].x1 for other in run)
    begin, end = row.cells[0][0].x0, row.cells[-1][-1].x1
    off = abs(begin + end - left - right) / 2
    return len(row.cells) == 1 and end - begin < LONE_RATIO * (right - left) and off < row.cells[0][0].size


def _trim(run: list[Row]) -> list[Row]:
    """A run less the lone cells at its end, which may as well be the text that follows, if they stand off."""
    while len(run) > 1 and len(run[-1].cells) == 1:
        gap, size = run[-1].y0 - run[-2].y1, run[-1].cells[0][0].size
        first_column = run[-1].cells[0][0].x0 < run[0].cells[0][-1].x1
        across = len(_narrow(_list_gaps(run[0]), run[-1], size)) < len(run[0].cells) - 1
        if gap < 0.5 * size and not first_column and not across:
            break
        run = run[:-1]
    return run


def _list_gaps(row: Row) -> list[Span]:
    return [(a[-1].x1, b[0].x0) for a, b in pairwise(row.cells)]


def _narrow(free: Sequence[Span], row: Row, size: float) -> list[Span]:
    """What is left of each corridor beside the row's cells: its widest part."""
    kept = []
    for begin, end in free:
        widest, at = (0.0, 0.0), begin
        for cell in row.cells:
            left, right = cell[0].x0, cell[-1].x1
            if left > at:
                widest = max(widest, (min(left, end) - at, at))
            at = max(at, right)
        widest = max(widest, (end - at, at))
        # Beside all cells is no corridor: the row says nothing of it, and keeps it.
        if widest[0] >= MIN_CORRIDOR * size:
            kept.append((widest[1], widest[1] + widest[0]))
    return kept


def _find_edges(rows: Sequence[Row]) -> list[float]:
    """Where columns part: middles of strips that no row crosses (of six rows and more, one in ten may)."""
    spans = [(cell[0].x0, cell[-1].x1) for row in rows for cell in row.cells]
    least = MIN_CORRIDOR * rows[0].cells[0][0].size
    most = len(rows) // 10 if len(rows) >= 6 else 0
    events = sorted(event for a, b in spans for event in ((a, 1), (b, -1)))
    edges: list[float] = []
    cover, begun = 0, None
    for x, step in events:
        before, cover = cover, cover + step
        if cover <= most < before:
            begun = x
        elif before <= most < cover:
            if begun is not None and x - begun >= least:
                edges.append((begun + x) / 2)
            begun = None
    return edges


def _find_cuts(rows: Sequence[Row], lone: Sequence[Segment]) -> list[float]:
    """Heights of drawn lines that run over the rows from the first column to the last."""
    left = min(row.cells[0][0].x0 for row in rows)
    right = max(row.cells[-1][-1].x1 for row in rows)
    size = rows[0].cells[0][0].size
    top, bottom = rows[0].y0 - 1.5 * size, rows[-1].y1 + 1.5 * size
    return [y for y, a, b in lone if top < y < bottom and min(b, right) - max(a, left) > 0.8 * (right - left)]


def _fill_columns(rows: Sequence[Row], edges: Sequence[float]) -> tuple[list[list[Line]], int]:
    """The lines of each column, and how many rows fill several of them."""
    columns: list[list[Line]] = [[] for _ in range(len(edges) + 1)]
    several = 0
    for row in rows:
        filled = set()
        for line in (line for cell in row.cells for line in cell):
            column = find_column(edges, line)
            columns[column].append(line)
            filled.add(column)
        several += len(filled) > 1
    return columns, several


def _is_table(
    rows: Sequence[Row], edges: Sequence[float], cuts: Sequence[float], place: dict[int, int]
) -> bool:
    """Whether rows in columns are a table, not a list, contents, code, or text set in columns."""
    width = len(edges) + 1
    columns, several = _fill_columns(rows, edges)
    ruled = len(cuts) >= 2
    if several < (MIN_RULED_ROWS if ruled else MIN_ROWS) or several < 0.25 * len(rows):
        return False
    lines = [line for column in columns for line in column]
    if not all(columns) or sum(line.code for line in lines) > 0.7 * len(lines):
        return False
    if any(LEADERS.search(line.text) or BRACES.search(line.text) for line in lines) or _is_list(
        columns, ruled
    ):
        return False
    turns = _count_turns(columns, place)
    numeric = sum(map(_is_numeric, columns[1:]))
    if turns < 0.5 * several * (width - 1) and not (ruled or 2 * numeric >= width - 1):
        return False
    if not ruled and not all(
        _is_numeric(column) or _is_aligned(column, last=column is columns[-1]) for column in columns[1:]
    ):
        return False  # wide spaces of justified text below each other
    return not _is_prose(columns, several, ruled)


def _is_list(columns: Sequence[Sequence[Line]], ruled: bool) -> bool:
    """Numbered or dotted items, or contents with the numbers of pages."""
    first, last = columns[0], columns[-1]
    if len(columns) == 2 or not ruled:
        marks = sum(bool(ENUMERATOR.fullmatch(line.text.strip())) for line in first)
        if marks > 0.6 * len(first) and not any(map(_is_numeric, columns[1:])):
            return True
    pages = [line.text.strip() for line in sorted(last, key=lambda line: line.y0)]
    if ruled or not all(map(PAGE_NUMBER.fullmatch, pages)):
        return False
    numbers = [int(page) for page in pages if page.isdigit()]
    rising = all(a <= b for a, b in pairwise(numbers))
    return rising and len(columns) <= 3 and mean(line.text.count(" ") for line in columns[-2]) > 0.5


def _count_turns(columns: Sequence[Sequence[Line]], place: dict[int, int]) -> int:
    """How often the drawing went from a column to another: in a table, with every row."""
    drawn = sorted((place[id(line)], index) for index, column in enumerate(columns) for line in column)
    return sum(a[1] != b[1] for a, b in pairwise(drawn))


def _is_numeric(column: Sequence[Line]) -> bool:
    digits = [sum(map(str.isdigit, line.text)) for line in column]
    letters = [sum(map(str.isalpha, line.text)) for line in column]
    numbers = sum(a >= max(b, 1) for a, b in zip(digits, letters, strict=True))
    return numbers > 0.5 * len(column)


def _is_aligned(column: Sequence[Line], *, last: bool) -> bool:
    """Whether most cells begin at one place, have one middle or, but of the last column, end at one."""
    spans: dict[int, Span] = {}
    for line in column:
        row = round(line.y0 / max(line.size, 1))
        left, right = spans.get(row, (line.x0, line.x1))
        spans[row] = (min(left, line.x0), max(right, line.x1))
    near = 0.4 * column[0].size
    for places in (
        [left for left, _ in spans.values()],
        [(left + right) / 2 for left, right in spans.values()],
        [left if last else right for left, right in spans.values()],
    ):
        usual = median(places)
        if sum(abs(place - usual) <= near for place in places) >= 0.6 * len(places):
            return True
    return False


def _is_prose(columns: Sequence[Sequence[Line]], rows: int, ruled: bool) -> bool:
    """Two columns full of words, or terms with long explanations."""
    words = [median(_count_words(line.text) for line in column) for column in columns]
    if sum(count >= 6 for count in words) >= 2:
        return not ruled
    if len(columns) == 2 and not ruled:
        return sum(_count_words(line.text) for line in columns[1]) > MAX_WORDS * rows
    return False


def _count_words(text: str) -> float:
    """Words, where a script writes without spaces two letters each."""
    wide = sum("\u3040" <= letter <= "\u9fff" for letter in text)
    return text.count(" ") + 1 + wide / 2
