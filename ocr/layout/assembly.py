"""A page from what was drawn or recognised on it: tables found, columns in order, pieces joined to lines."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from winnow.ocr.layout.edges import part_furniture
from winnow.ocr.layout.grids import find_grids
from winnow.ocr.layout.lines import Line, Page, is_right_to_left, join_fragments, mark_code, read_fragments
from winnow.ocr.layout.order import arrange
from winnow.ocr.layout.rows import make_rows
from winnow.ocr.layout.tables import read_aligned, read_lattices

JUMP = 1.5  # in sizes of the font: how far back up the drawing may go within a column
SMALL = 0.93  # of the size of most text on the page: what a footnote is at most
NOTE = re.compile(r"\W{0,2}(\d{1,3}(?=[^\d\W])|\d{1,3}[\s.)\]]|[a-z][\s.)\]]|[*†‡§¶]{1,3})")
RAISED = re.compile(r"^\s*(\d{1,3})(?=[^\W\d])")


def build_page(answer: dict[str, Any]) -> Page:
    """A page in reading order from the child's words (`lines`, `rulings`, `height`).

    Tables become one line of Markdown each, columns come one after the other, footnotes last (marked
    "note"), pieces of one line are joined, those of no table that stand wide apart by a tab. Running heads
    and feet that the page alone shows are marked by their kind, and are of no table or column.
    """
    pieces, rulings = read_fragments(answer)
    lattices, lone = find_grids(rulings)
    lines: list[Line] = []
    notes: list[Line] = []
    usual = _find_usual_size(pieces)
    heads, fragments, feet = part_furniture(pieces, answer["height"], usual)
    for region in arrange(read_lattices(fragments, lattices)):
        joined = join_fragments(_settle(read_aligned(region, lone)))
        at = _find_notes(joined, usual, answer["height"])
        lines += joined[:at]
        notes += [line if line.mark else _mark_note(line) for line in joined[at:]]
    about = answer.get("about", {})
    return Page(answer["page"], answer["height"], mark_code([*heads, *lines, *notes, *feet]), about=about)


def _settle(lines: list[Line]) -> list[Line]:
    """Lines of one column in the order drawn, unless that goes back up the page: then from top to bottom."""
    runs: list[list[Line]] = []
    for line in lines:
        if not runs or line.y1 < runs[-1][-1].y0 - JUMP * line.size:
            runs.append([])
        runs[-1].append(line)
    if len(runs) < 2:
        return lines
    runs.sort(key=lambda run: min(line.y0 for line in run))
    ends = [(min(line.y0 for line in run), max(line.y1 for line in run)) for run in runs]
    if all(b[0] >= a[1] - 1 for a, b in pairwise(ends)):
        return [line for run in runs for line in run]
    turned = -1 if is_right_to_left(lines) else 1
    rows = make_rows(lines)
    return [line for row in rows for cell in row.cells[::turned] for line in cell[::turned]]


def _find_usual_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _mark_note(line: Line) -> Line:
    """A note's raised number stands so near to its text that it seems to be of the first word."""
    return line._replace(mark="note", text=RAISED.sub(r"\1 ", line.text))


def _find_notes(lines: Sequence[Line], usual: float, height: float) -> int:
    """Where footnotes begin at the end of a column: small lines from one that starts with a mark on."""
    at = len(lines)
    for index in range(len(lines) - 1, -1, -1):
        line = lines[index]
        if line.mark or line.code or line.size > SMALL * usual or line.y0 < 0.3 * height:
            furniture = line.y0 > 0.88 * height and at == len(lines) and not line.mark
            if furniture:
                continue  # a running foot below the notes
            break
        if NOTE.match(line.text.strip()):
            at = index
    return at
