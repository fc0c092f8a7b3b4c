"""Pieces of lines that stand level, in rows."""

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

from winnow.ocr.layout.lines import Line

CELL_GAP = 0.9  # in sizes of the font: less is a wide space
ROW_GAP = 2.6  # more between two rows, and they are of two tables
Span = tuple[float, float]


class Row(NamedTuple):
    """Pieces that stand level, from left to right, those that nearly touch together in a cell."""

    y0: float
    y1: float
    cells: list[list[Line]]

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


def make_rows(lines: Sequence[Line], gap: float = CELL_GAP) -> list[Row]:
    """Lines that stand level, in rows from top to bottom; what is `gap` sizes apart is two cells."""
    groups: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y0 + line.y1):
        middle = (line.y0 + line.y1) / 2
        if groups and middle < groups[-1][0].y1 - 0.25 * (groups[-1][0].y1 - groups[-1][0].y0):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [
        Row(min(line.y0 for line in group), max(line.y1 for line in group), _make_cells(group, gap))
        for group in groups
    ]


def _make_cells(group: list[Line], gap: float) -> list[list[Line]]:
    group.sort()
    cells = [[group[0]]]
    for line in group[1:]:
        if line.x0 - cells[-1][-1].x1 < gap * line.size:
            cells[-1].append(line)
        else:
            cells.append([line])
    return cells


def find_column(edges: Sequence[float], line: Line) -> int:
    """The column in which most of a line stands."""
    return bisect(edges, (line.x0 + line.x1) / 2)


def list_full(rows: Sequence[Row]) -> list[Row]:
    """The rows with about as many cells as the table has columns."""
    counts = sorted((len(row.cells) for row in rows), reverse=True)
    most = counts[1] if len(counts) > 2 else counts[0]  # one row alone may be cut too fine
    return [row for row in rows if len(row.cells) > 0.75 * most]
