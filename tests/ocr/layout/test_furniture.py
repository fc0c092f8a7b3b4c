"""Running heads go, text at a page's edge stays."""

import pytest

from winnow.ocr.layout.assembly import build_page
from winnow.ocr.layout.furniture import remove_furniture
from winnow.ocr.layout.lines import Line, Page

NAMES = ["ash", "birch", "cedar", "dogwood", "elm", "fir", "hazel"]


def make_page(number, head, rows, size=10.0, top=112.0, step=14.0, code=False):
    lines = [Line(70, 36, 500, 46, 10.0, False, False, 0, head)] if head else []
    lines += [
        Line(70, top + step * i, 500, top + step * i + size, size, code, False, 1, text)
        for i, text in enumerate(rows)
    ]
    return Page(number, 842, lines)


def test_a_head_larger_than_a_page_of_code_goes():
    pages = [make_page(9, "", [f"The {name} is a tree of the north" for name in NAMES])]
    for number, name in enumerate(NAMES):
        rows = [f"print({name}, {i})" for i in range(9)]
        pages.append(make_page(number, f"CHAPTER {number}. ON {name.upper()}", rows, 9.0, code=True))
    left = [line.text for page in remove_furniture(pages) for line in page.lines]
    assert not [text for text in left if text.startswith("CHAPTER")]
    assert sum(text.startswith("print") for text in left) == 9 * len(NAMES)


def test_the_first_line_of_a_page_stays_where_the_second_is_out_of_the_margin():
    pages = [
        make_page(n, "", [f"{name} begins, {i} goes on" for i in range(9)]) for n, name in enumerate(NAMES)
    ]
    assert [len(page.lines) for page in remove_furniture(pages)] == [9] * len(NAMES)


def place(text, x0, y0, size=10.0, bold=False):
    return Line(x0, y0, x0 + size * len(text) / 2, y0 + size, size, False, bold, 0, text)


def read_alone(*edge, rows=12, top=130):
    """What stays of one page of text with such lines at its edges, and the kinds of what went."""
    words = "the keeper of the archive wrote down every parcel that came in"
    body = [place(f"line {i} of it says that {words}", 70, top + 14 * i) for i in range(rows)]
    lines = sorted([*edge, *body], key=lambda line: line.y0)
    (page,) = remove_furniture([build_page({"page": 0, "height": 842, "lines": lines})])
    return [line.text for line in page.lines if not line.text.startswith("line ")], page.removed


@pytest.mark.parametrize(
    ("edge", "removed"),
    [
        ([place("24", 300, 790)], ["page_number"]),
        ([place("\u2013 iv \u2013", 300, 790)], ["page_number"]),
        ([place("Seite 3 von 17", 300, 790)], ["running_foot"]),
        ([place("24", 70, 90), place("Regression in R", 200, 90)], ["running_head"]),
        ([place("Chapter 12: Data", 70, 90), place("112", 480, 90, 12)], ["running_head"]),
        ([place("1.4 The Menu", 70, 780, bold=True), place("9", 500, 780)], ["running_foot"]),
        ([place("A. Author", 70, 40), place("13 May 2022", 400, 40)], ["running_head"]),
        ([place("The Manual of Parcels", 200, 40)], ["running_head"]),
        ([place("\u00a9 2022 The Archive", 70, 770), place("7", 300, 800)], ["running_foot", "page_number"]),
    ],
)
def test_what_stands_at_the_edge_of_a_lone_page_goes(edge, removed):
    left, kinds = read_alone(*edge)
    assert not left and sorted(kinds) == sorted(removed)


@pytest.mark.parametrize(
    "edge",
    [
        [place("Dear Madam,", 70, 104)],
        [place("The Keeper of Parcels", 70, 40, 17.0)],
        [place("1", 70, 90, 12, bold=True), place("On Parcels", 120, 90, 12, bold=True)],
        [place("Index", 70, 105), place("175", 480, 105, 14)],
        [place("3 On Shelves . . . . . . . . . .", 70, 90), place("17", 480, 90)],
        [place("x = y", 200, 780), place("(7)", 480, 780)],
        [place("* The archive, at its gate", 70, 785)],
    ],
)
def test_what_is_text_at_the_edge_of_a_lone_page_stays(edge):
    left, kinds = read_alone(*edge)
    assert len("".join(left).replace("\t", "")) >= len("".join(line.text for line in edge)) and not kinds


def test_a_page_of_few_lines_loses_its_number_alone():
    edge = [place("The Manual of Parcels", 200, 40), place("3", 300, 790)]
    assert read_alone(*edge, rows=2) == (["The Manual of Parcels"], ("page_number",))
    assert read_alone(place("3", 300, 790), rows=0) == (["3"], ())


def test_a_running_head_is_no_row_of_the_table_below_it():
    head = [place("R. Keeper", 70, 40), place("13", 470, 40)]
    cells = [
        place(text, x, 130 + 16 * i) for i in range(5) for x, text in ((90, f"row{i}"), (300, f"{i}.50"))
    ]
    page = build_page({"page": 0, "height": 842, "lines": [*head, *cells]})
    assert [line.mark for line in page.lines] == ["running_head", "table"]
