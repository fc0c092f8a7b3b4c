"""Tables of a page, each as one line that holds Markdown."""

from bisect import bisect
from collections.abc import Sequence
from itertools import compress, pairwise
from statistics import median

from winnow.ocr.layout.alignment import Row, find_column, find_runs, make_rows
from winnow.ocr.layout.grids import NEAR, Grid, Segment
from winnow.ocr.layout.lines import Line, is_right_to_left

BREAK = "\u2028"  # between lines of a cell, until hyphens are resolved
MAX_CELL_LINES = 30
Cells = list[list[Line]]


def read_lattices(lines: Sequence[Line], grids: Sequence[Grid]) -> list[Line]:
    """The lines, with those in each lattice replaced by a table, where it is one."""
    kept = list(lines)
    for grid in grids:
        x0, y0, x1, y1 = grid.box()
        inside = [
            line
            for line in kept
            if x0 - NEAR < (line.x0 + line.x1) / 2 < x1 + NEAR
            and y0 - NEAR < (line.y0 + line.y1) / 2 < y1 + NEAR
            and not line.mark
        ]
        cells = _fill(grid, inside) if inside else []
        if cells:
            kept = _replace(kept, inside, cells)
    return kept


def read_aligned(lines: Sequence[Line], lone: Sequence[Segment]) -> list[Line]:
    """The lines of one column of a page, with those of each table without a lattice replaced by it."""
    kept = list(lines)
    for run in find_runs(lines, lone):
        rows = [_sort_into_columns(row, run.edges) for row in run.rows]
        grouped = _group(run.rows, rows, run.cuts)
        inside = [line for row in run.rows for cell in row.cells for line in cell]
        if len(grouped) > 1:
            kept = _replace(kept, inside, grouped)
    return kept


def _replace(lines: Sequence[Line], inside: Sequence[Line], cells: Sequence[Cells]) -> list[Line]:
    """The table stands where its first line was drawn."""
    gone = {id(line) for line in inside}
    at = min(index for index, line in enumerate(lines) if id(line) in gone)
    table = _make_table(inside, cells)
    kept = [line for line in lines if id(line) not in gone]
    kept.insert(sum(id(line) not in gone for line in lines[:at]), table)
    return kept


def _fill(grid: Grid, inside: Sequence[Line]) -> list[Cells]:
    """Rows of cells of a lattice; none where it is no table (a frame, a form, a drawing)."""
    x0, y0, x1, y1 = grid.box()
    xs, ys = (
        _cluster([x0, x1, *(x for x, _, _ in grid.down)]),
        _cluster([y0, y1, *(y for y, _, _ in grid.across)]),
    )
    cells: list[Cells] = [[[] for _ in xs[1:]] for _ in ys[1:]]
    for line in inside:
        row = bisect(ys, (line.y0 + line.y1) / 2, 1, len(ys) - 1) - 1
        column = bisect(xs, line.x0 + min(line.size, (line.x1 - line.x0) / 2), 1, len(xs) - 1) - 1
        while column and not _is_drawn(grid.down, xs[column], (line.y0 + line.y1) / 2):
            column -= 1
        while row and not _is_drawn(grid.across, ys[row], (line.x0 + line.x1) / 2):
            row -= 1
        cells[row][column].append(line)
    rows = [row for band in cells for row in (_split_band(band) if len(cells) <= 3 else [band]) if any(row)]
    used = [any(column) for column in zip(*rows, strict=True)]
    rows = [[*compress(row, used)] for row in rows]
    return rows if _is_filled(rows) else []


def _cluster(places: Sequence[float]) -> list[float]:
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > NEAR:
            found.append(place)
    return found


def _is_drawn(segments: Sequence[Segment], place: float, at: float) -> bool:
    return any(abs(x - place) <= NEAR and begin - NEAR <= at <= end + NEAR for x, begin, end in segments)


def _split_band(cells: Cells) -> list[Cells]:
    """A band of a lattice that has no lines between its rows: several rows, where most columns have all."""
    rows = make_rows([line for cell in cells for line in cell]) if any(cells) else []
    if len(rows) < 3:
        return [cells]
    column_of = {id(line): column for column, cell in enumerate(cells) for line in cell}
    parts: list[Cells] = []
    for row in rows:
        parts.append([[] for _ in cells])
        for cell in row.cells:
            for line in cell:
                parts[-1][column_of[id(line)]].append(line)
    full = sum(bool(part[0]) and sum(map(bool, part)) > len(cells) / 2 for part in parts)
    return parts if full > 0.7 * len(parts) else [cells]


def _is_filled(rows: Sequence[Cells]) -> bool:
    """Whether cells are a table's: two rows and columns, half of them filled, none a page of its own."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    filled = sum(bool(cell) for row in rows for cell in row)
    longest = max(len(cell) for row in rows for cell in row)
    code = [line.code for row in rows for cell in row for line in cell]
    all_code = all(code) and len(rows[0]) == 2 and longest > 8  # a listing beside its numbers
    return (
        several >= 2
        and filled >= 0.4 * len(rows) * len(rows[0])
        and longest <= MAX_CELL_LINES
        and not all_code
    )


def _sort_into_columns(row: Row, edges: Sequence[float]) -> Cells:
    cells: Cells = [[] for _ in range(len(edges) + 1)]
    for cell in row.cells:
        for line in cell:
            cells[find_column(edges, line)].append(line)
    return cells


def _group(rows: Sequence[Row], cells: Sequence[Cells], cuts: Sequence[float]) -> list[Cells]:
    """Level pieces into rows of the table: what drawn lines part, or wide gaps, or a filled first column."""
    bands = [bisect(cuts, (row.y0 + row.y1) / 2) for row in rows]
    count = len(set(bands))
    full = sum(bool(row[0]) and sum(map(bool, row)) > len(row) / 2 for row in cells)
    if count >= 4 and full <= 1.5 * count:
        starts = [a != b for a, b in pairwise(bands)]
    else:
        wide = _find_wide(rows, cells)
        starts = [
            a != b
            or (
                rows[i + 1].y0 - rows[i].y1 > wide
                if wide is not None
                else _is_row_start(cells[i], cells[i + 1])
            )
            for i, (a, b) in enumerate(pairwise(bands))
        ]
    grouped = [[list(cell) for cell in cells[0]]]
    for start, row in zip(starts, cells[1:], strict=True):
        if start:
            grouped.append([list(cell) for cell in row])
        else:
            for whole, cell in zip(grouped[-1], row, strict=True):
                whole += cell
    return grouped


def _find_wide(rows: Sequence[Row], cells: Sequence[Cells]) -> float | None:
    """The gap above which a new row begins, where gaps within cells are clearly less than between rows."""
    gaps = sorted(b.y0 - a.y1 for a, b in pairwise(rows))
    size = median(line.size for line in rows[0].cells[0])
    jumps = [(b - a, (a + b) / 2) for a, b in pairwise(gaps)]
    jump, middle = max(jumps, default=(0.0, 0.0))
    if jump < 0.2 * size:
        return None
    # Gaps between groups of rows are wide as well: then rows within a group are whole rows.
    within = [row for (a, b), row in zip(pairwise(rows), cells[1:], strict=True) if b.y0 - a.y1 <= middle]
    whole = sum(bool(row[0]) and sum(map(bool, row)) > len(row) / 2 for row in within)
    return middle if whole <= 0.3 * len(within) else None


def _is_row_start(above: Cells, row: Cells) -> bool:
    """Whether level pieces begin a row: their first column is filled, or most of the others."""
    filled = sum(map(bool, row))
    if len(row) > 2 and filled == 1:
        return not any(a and b for a, b in zip(above, row, strict=True))
    return bool(row[0]) or filled == len(row) - 1 > 1


def _make_table(inside: Sequence[Line], rows: Sequence[Cells]) -> Line:
    turned = slice(None, None, -1) if is_right_to_left(inside) else slice(None)
    texts = [[_write_cell(cell) for cell in row[turned]] for row in rows]
    width = len(texts[0])
    texts.insert(1, ["---"] * width)
    return Line(
        min(line.x0 for line in inside),
        min(line.y0 for line in inside),
        max(line.x1 for line in inside),
        max(line.y1 for line in inside),
        median(line.size for line in inside),
        False,
        False,
        inside[0].block,
        "\n".join(
            "|" + "|".join(f" {text} " if text != "---" else text for text in row) + "|" for row in texts
        ),
        "table",
    )


def _write_cell(lines: Sequence[Line]) -> str:
    parts: list[str] = []
    for row in make_rows(lines) if lines else []:
        parts.append(" ".join(line.text.strip() for cell in row.cells for line in cell))
    return BREAK.join(parts).replace("|", "\\|").replace("\t", " ").replace("\n", " ")
