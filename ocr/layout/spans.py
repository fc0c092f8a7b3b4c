"""Rows of cells of a table, with those that span several columns in each of them."""

from bisect import bisect
from collections.abc import Sequence
from itertools import pairwise

from winnow.ocr.layout.grids import NEAR
from winnow.ocr.layout.lines import Line
from winnow.ocr.layout.rows import Row, Span, find_column, list_full

LONG = 80  # characters: a text as long as this stands once, however many cells it spans
LABEL_ROOM = 0.8  # of a row's height: less is no room for it
Cells = list[list[Line]]


def sort_into_columns(rows: Sequence[Row], edges: Sequence[float]) -> list[Cells]:
    """The lines of each row by column; those of a cell that spans several columns stand in each of them."""
    full = list_full(rows)
    inks = _find_inks(full, edges)
    first = next((index for index, row in enumerate(rows) if row is full[0]), 0)
    sorted_rows = []
    for index, row in enumerate(rows):
        cells: Cells = [[] for _ in inks]
        own = [_overlap(cell, edges, inks) for cell in row.cells]
        for cell, columns in zip(row.cells, own, strict=True):
            others = {column for other in own if other is not columns for column in other}
            if len(row.cells) < len(inks) and sum(len(line.text) for line in cell) < LONG:
                for column in _widen(cell, columns, others, inks, head=index < first):
                    cells[column] += cell
            else:
                for line in cell:
                    cells[find_column(edges, line)].append(line)
        sorted_rows.append(cells)
    return sorted_rows


def part_labels(
    rows: Sequence[Row], edges: Sequence[float]
) -> tuple[list[Row], list[tuple[int, list[Line]]]]:
    """The rows less lone cells that stand level with the space between two; those, with the row above each.

    Such a cell spans both rows: there is no room between them for a row of its own.
    """
    kept: list[Row] = []
    labels = []
    for index, row in enumerate(rows):
        around = rows[index - 1 : index + 2 : 2] if index else []
        if (
            len(row.cells) == 1
            and len(around) == 2
            and around[1].y0 - around[0].y1 < LABEL_ROOM * (row.y1 - row.y0)
            and len(edges) > 1
            and all(row.cells[0][-1].x1 < other.cells[0][0].x0 for other in around)
        ):
            labels.append((len(kept) - 1, row.cells[0]))
        else:
            kept.append(row)
    return kept, labels


def _find_inks(rows: Sequence[Row], edges: Sequence[float]) -> list[Span]:
    """From where to where each column is written on, by its full rows."""
    bounds = [min(row.cells[0][0].x0 for row in rows), *edges, max(row.cells[-1][-1].x1 for row in rows)]
    inks = list(pairwise(bounds))
    spans: list[list[Line]] = [[] for _ in inks]
    for line in (line for row in rows for cell in row.cells for line in cell):
        spans[find_column(edges, line)].append(line)
    return [
        (min(line.x0 for line in lines), max(line.x1 for line in lines)) if lines else ink
        for lines, ink in zip(spans, inks, strict=True)
    ]


def _overlap(cell: Sequence[Line], edges: Sequence[float], inks: Sequence[Span]) -> range:
    """The columns over whose writing a cell stands; the nearest, where it is none's."""
    left, right = cell[0].x0, cell[-1].x1
    over = [column for column, (a, b) in enumerate(inks) if min(b, right) - max(a, left) > NEAR]
    at = bisect(edges, (left + right) / 2)
    return range(over[0], over[-1] + 1) if over else range(at, at + 1)


def _widen(cell: Sequence[Line], own: range, others: set[int], inks: Sequence[Span], *, head: bool) -> range:
    """The columns that a cell spans: of a head those whose middle is its own, else perhaps all."""
    left, right = cell[0].x0, cell[-1].x1
    found = own
    if abs(left - inks[own[0]][0]) <= NEAR:
        return own
    for begin in range(own[0], -1, -1):
        for end in range(own[-1], len(inks)):
            columns = range(begin, end + 1)
            off = abs(inks[begin][0] + inks[end][1] - left - right) / 2
            wider = len(columns) > len(found) and not others.intersection(columns)
            if wider and (head or len(columns) == len(inks)) and off < 0.75 * cell[0].size:
                found = columns
    return found
