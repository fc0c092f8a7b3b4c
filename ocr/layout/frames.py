"""Half-ruled tables: rows that level rules of one width frame."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from winnow.ocr.layout.grids import NEAR, Segment
from winnow.ocr.layout.rows import ROW_GAP, Row

WIDE_RATIO = 0.6  # of a table's width: a lone cell that wide is text beside the table


def find_framed(rows: Sequence[Row], lone: Sequence[Segment]) -> Iterator[tuple[int, int]]:
    """Where rows begin and end that stand between rules of one width, as in half-ruled tables."""
    rules = sorted(lone, key=lambda rule: (round(rule[1] / NEAR), round(rule[2] / NEAR), rule[0]))
    for _, alike in groupby(rules, key=lambda rule: (round(rule[1] / NEAR), round(rule[2] / NEAR))):
        chain: list[int] = []
        for above, below in pairwise(alike):
            band = [i for i, row in enumerate(rows) if above[0] - NEAR < row.middle < below[0] + NEAR]
            if band and _is_tabular([rows[i] for i in band], above, below[0] - above[0]):
                chain += band
            elif chain:
                yield chain[0], chain[-1] + 1
                chain = []
        if chain:
            yield chain[0], chain[-1] + 1


def _is_tabular(rows: Sequence[Row], rule: Segment, height: float) -> bool:
    """Whether rows between two rules are of a table: all within their width, and in several cells."""
    _, left, right = rule
    size = rows[0].cells[0][0].size
    if any(row.cells[0][0].x0 < left - size or row.cells[-1][-1].x1 > right + size for row in rows):
        return False
    if any(b.y0 - a.y1 > ROW_GAP * size for a, b in pairwise(rows)):
        return False
    wide = sum(
        len(row.cells) == 1 and row.cells[0][-1].x1 - row.cells[0][0].x0 > WIDE_RATIO * (right - left)
        for row in rows
    )
    several = any(len(row.cells) > 1 for row in rows)
    return 4 * wide <= len(rows) and (several or height < 3 * size)
