"""Tables of a page, each as one line that holds Markdown."""

from bisect import bisect
from collections.abc import Sequence
from itertools import compress, pairwise
from statistics import median

from winnow.ocr.layout.alignment import find_runs
from winnow.ocr.layout.grids import NEAR, Grid, Segment
from winnow.ocr.layout.lines import Line, is_right_to_left
from winnow.ocr.layout.rows import Row, find_column, make_rows
from winnow.ocr.layout.spans import LONG, part_labels, sort_into_columns

BREAK = "\u2028"  # between lines of a cell, until hyphens are resolved
MAX_CELL_LINES = 30
CLOSE = 0.75  # in sizes of the font: lines less apart are not below each other
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
        rows, labels = part_labels(run.rows, run.edges)
        cells = sort_into_columns(rows, run.edges)
        for above, label in labels:
            for row in cells[above : above + 2]:
                row[find_column(run.edges, label[0])] += label
        grouped = _group(rows, cells, run.cuts)
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
    used = [any(column) for column in zip(*cells, strict=True)]
    spread = _spread(grid, cells, xs, ys)
    bands = [[*compress(band, used)] for band, own in zip(spread, cells, strict=True) if any(own)]
    rows = [row for band in bands for row in (_split_band(band) if len(cells) <= 3 else [band]) if any(row)]
    return rows if _is_filled([[*compress(band, used)] for band in cells if any(band)]) else []


def _spread(grid: Grid, cells: Sequence[Cells], xs: Sequence[float], ys: Sequence[float]) -> list[Cells]:
    """The cells, with what stands in one over several columns or rows in each of them."""
    spread = [[list(cell) for cell in band] for band in cells]
    for top, band in enumerate(cells):
        for left, cell in enumerate(band):
            if not cell or sum(len(line.text) for line in cell) >= LONG:
                continue
            right, bottom = left + 1, top + 1
            middle = (ys[top] + ys[bottom]) / 2
            while right < len(band) and not band[right] and not _is_drawn(grid.down, xs[right], middle):
                right += 1
            middle = (xs[left] + xs[left + 1]) / 2
            while bottom < len(cells) and not _is_drawn(grid.across, ys[bottom], middle):
                bottom += 1
            for row in range(top, bottom):
                for column in range(left, right):
                    spread[row][column] = spread[row][column] or list(cell)
    return spread


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
    row_of = {id(line): index for index, row in enumerate(rows) for cell in row.cells for line in cell}
    parts: list[Cells] = [[[] for _ in cells] for _ in rows]
    for column, cell in enumerate(cells):
        for line in cell:
            parts[row_of[id(line)]][column].append(line)
    return parts if sum(map(_is_full, parts)) > 0.7 * len(parts) else [cells]


def _is_filled(rows: Sequence[Cells]) -> bool:
    """Whether cells are a table's: two rows and columns, half of them filled, none a page of its own."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    several = sum(sum(map(bool, row)) > 1 for row in rows)
    filled = sum(bool(cell) for row in rows for cell in row)
    longest = max(len(cell) for row in rows for cell in row)
    full = several >= 2 and filled >= 0.4 * len(rows) * len(rows[0])
    return full and longest <= MAX_CELL_LINES and not _is_listing(rows, longest)


def _is_listing(rows: Sequence[Cells], longest: int) -> bool:
    """Whether two columns are code beside the numbers of its lines."""
    first, *others = ([line for cell in column for line in cell] for column in zip(*rows, strict=True))
    numbered = all(line.text.strip().isdecimal() for line in first)
    by_numbers = numbered or (longest > 8 and all(line.code for line in first))
    return len(others) == 1 and by_numbers and all(line.code for line in others[0])


def _group(rows: Sequence[Row], cells: Sequence[Cells], cuts: Sequence[float]) -> list[Cells]:
    """Level pieces into rows of the table: what drawn lines part, or wide gaps, or a filled first column."""
    firsts, lasts, whole = _merge_close(rows, cells)
    bands = [bisect(cuts, (a.y0 + b.y1) / 2) for a, b in zip(firsts, lasts, strict=True)]
    count = len(set(bands))
    gaps = [first.y1 - last.y1 for first, last in zip(firsts[1:], lasts, strict=False)]
    wide = float("inf") if count >= 4 and sum(map(_is_full, whole)) <= 1.5 * count else None
    if wide is None:
        wide = _find_wide(gaps, whole, bands, median(line.size for line in rows[0].cells[0]))
    grouped = [whole[0]]
    for i, row in enumerate(whole[1:]):
        begins = gaps[i] > wide if wide is not None else _is_row_start(whole[i], row)
        begins |= any(a and _is_number(b) for a, b in zip(whole[i], row, strict=True))
        begins |= _spans_columns(whole[i])  # a head over others is a row of its own
        if bands[i] != bands[i + 1] or begins:
            grouped.append(row)
        else:
            grouped[-1] = [a + b for a, b in zip(grouped[-1], row, strict=True)]
    return grouped


def _merge_close(rows: Sequence[Row], cells: Sequence[Cells]) -> tuple[list[Row], list[Row], list[Cells]]:
    """The first and the last line of each row, and its cells; lines half a line apart are of one.

    So they stand where a cell of one line is in the middle beside one of two.
    """
    firsts, lasts, whole = [rows[0]], [rows[0]], [cells[0]]
    for above, row, own in zip(rows, rows[1:], cells[1:], strict=False):
        if row.middle - above.middle > CLOSE * row.cells[0][0].size:
            firsts.append(row)
            lasts.append(row)
            whole.append(own)
        else:
            lasts[-1] = row
            whole[-1] = [a + b for a, b in zip(whole[-1], own, strict=True)]
    return firsts, lasts, whole


def _spans_columns(row: Cells) -> bool:
    """Whether one cell stands in several columns, but not in all."""
    alike = [bool(a) and a == b for a, b in pairwise(row)]
    return any(alike) and not all(alike)


def _is_number(cell: Sequence[Line]) -> bool:
    return bool(cell) and all(
        any(map(str.isdigit, x.text)) and not any(map(str.isalpha, x.text)) for x in cell
    )


def _is_full(row: Cells) -> bool:
    return bool(row[0]) and sum(map(bool, row)) > len(row) / 2


def _find_wide(
    gaps: Sequence[float], cells: Sequence[Cells], bands: Sequence[int], size: float
) -> float | None:
    """The gap above which a new row begins, where gaps within cells are clearly less than between rows."""
    near = sorted(gap for gap, a, b in zip(gaps, bands, bands[1:], strict=False) if a == b)
    jump, middle = max(((b - a, (a + b) / 2) for a, b in pairwise(near)), default=(0.0, 0.0))
    if jump < 0.2 * size:
        return None
    # Gaps between groups of rows are wide as well: then rows within a group are whole rows.
    within = [_is_full(row) for gap, row in zip(gaps, cells[1:], strict=True) if gap <= middle]
    most = 0.3 * min(len(within), sum(map(_is_full, cells)))
    return middle if sum(within) <= most else None


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
