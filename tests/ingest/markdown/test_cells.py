"""Tables of Markdown: no cell ends where a bar stands in it."""

import pytest

from winnow.ingest.markdown.blocks import Cell
from winnow.ingest.markdown.blocks import write_table as write_grid
from winnow.ingest.markdown.cells import write_table

CELLS = [
    ("a|b", r"a\|b"),
    ("$|x|$", r"$\vert x\vert $"),
    (r"$\|x\|$", r"$\Vert x\Vert $"),
    (r"$a \\| b$", r"$a \\\vert  b$"),
    (r"\$5 | \$6", r"\$5 \| \$6"),
    (r"$\$|$ | b", r"$\$\vert $ \| b"),
]


@pytest.mark.parametrize(("cell", "written"), CELLS)
def test_bars_in_formulas_stay_signs_of_the_formula(cell: str, written: str) -> None:
    assert write_table([["A", "B"], [cell]]) == f"| A | B |\n| --- | --- |\n| {written} |  |"
    assert f"| {written} |" in write_grid([[Cell("A"), Cell("B")], [Cell(cell), Cell("")]])
