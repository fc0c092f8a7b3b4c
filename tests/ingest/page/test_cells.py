"""Tables of Markdown: no cell ends where a bar stands in it."""

import pytest

from winnow.ingest.page.cells import write_table
from winnow.ingest.suite.markdown import Cell
from winnow.ingest.suite.markdown import write_table as write_grid

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
