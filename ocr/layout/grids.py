"""Drawn lines and boxes of a page into grids: where a table is, and where its cells part."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.ocr.layout.lines import Ruling

THIN = 3.0  # points: a box thinner than this is a line
NEAR = 3.0  # points between ends of lines that meet
MIN_ROWS = 3  # of a lattice: fewer boxes may be the shade of a head, or bands
MAX_LINES = 250  # of one direction on a page, after joining; more is a drawing
Segment = tuple[float, float, float]  # place, from, to


class Grid(NamedTuple):
    """Lines that meet; `across` holds horizontal segments (y, x0, x1), `down` vertical ones (x, y0, y1)."""

    across: list[Segment]
    down: list[Segment]

    def box(self) -> Ruling:
        """The place of the whole."""
        xs = [x for _, *ends in self.across for x in ends] + [x for x, _, _ in self.down]
        ys = [y for _, *ends in self.down for y in ends] + [y for y, _, _ in self.across]
        return min(xs), min(ys), max(xs), max(ys)


def find_grids(rulings: Sequence[Ruling]) -> tuple[list[Grid], list[Segment]]:
    """Lattices (at least two columns of boxes), top to bottom, and level lines that are part of none."""
    across, down = _split(rulings)
    across, down = _join(across), _join(down)
    if not across or max(len(across), len(down)) > MAX_LINES:
        return [], []
    grids = _connect(across, down)
    whole = [grid for grid in grids if _is_lattice(grid)]
    lone = [segment for grid in grids if not _is_lattice(grid) for segment in grid.across]
    return sorted(whole, key=lambda grid: grid.box()[1]), sorted(lone)


def _is_lattice(grid: Grid) -> bool:
    """Whether several rows are drawn, and a vertical line within, not only at the edges."""
    left, _, right, _ = grid.box()
    rows = len({round(y / NEAR) for y, _, _ in grid.across}) - 1
    return rows >= MIN_ROWS and any(left + NEAR < x < right - NEAR for x, _, _ in grid.down)


def _split(rulings: Iterable[Ruling]) -> tuple[list[Segment], list[Segment]]:
    """Horizontal and vertical segments; a box is its four edges."""
    across: list[Segment] = []
    down: list[Segment] = []
    for x0, y0, x1, y1 in rulings:
        width, height = x1 - x0, y1 - y0
        if height <= THIN and width > THIN:
            across.append(((y0 + y1) / 2, x0, x1))
        elif width <= THIN and height > THIN:
            down.append(((x0 + x1) / 2, y0, y1))
        elif width > THIN:
            across += [(y0, x0, x1), (y1, x0, x1)]
            down += [(x0, y0, y1), (x1, y0, y1)]
    return across, down


def _join(segments: Iterable[Segment]) -> list[Segment]:
    """Segments on one line that touch become one."""
    joined: list[Segment] = []
    rows: list[list[Segment]] = []
    for segment in sorted(segments):
        if rows and segment[0] - rows[-1][0][0] < NEAR:
            rows[-1].append(segment)
        else:
            rows.append([segment])
    for row in rows:
        place = sum(segment[0] for segment in row) / len(row)
        for _, begin, end in sorted(row, key=lambda segment: segment[1]):
            if joined and joined[-1][0] == place and begin <= joined[-1][2] + NEAR:
                joined[-1] = (place, joined[-1][1], max(end, joined[-1][2]))
            else:
                joined.append((place, begin, end))
    return joined


def _connect(across: Sequence[Segment], down: Sequence[Segment]) -> list[Grid]:
    """Groups of segments that meet."""
    group = list(range(len(across) + len(down)))

    def find(item: int) -> int:
        while group[item] != item:
            group[item] = group[group[item]]
            item = group[item]
        return item

    for i, (y, x0, x1) in enumerate(across):
        for j, (x, y0, y1) in enumerate(down):
            if x0 - NEAR <= x <= x1 + NEAR and y0 - NEAR <= y <= y1 + NEAR:
                group[find(i)] = find(len(across) + j)
    grids: dict[int, Grid] = {}
    for i, segment in enumerate(across):
        grids.setdefault(find(i), Grid([], [])).across.append(segment)
    for j, segment in enumerate(down):
        grids.setdefault(find(len(across) + j), Grid([], [])).down.append(segment)
    return list(grids.values())
