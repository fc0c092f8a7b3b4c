"""Pages drawn here, read back in order, with their tables, headings, lists and footnotes."""

import json

import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.layout.alignment import find_runs
from winnow.ocr.layout.headings import find_style
from winnow.ocr.layout.lines import Line, Page
from winnow.ocr.layout.order import arrange
from winnow.ocr.pdf import read

WORDS = "the keeper of the archive wrote down every parcel that came in and gave it a number and a shelf"


def draw(path, items, lines=()):
    """A PDF of one page: items are (x, y, text) or (x, y, text, size, font), lines are pairs of points."""
    document = pymupdf.open()
    page = document.new_page()
    for x, y, text, *style in items:
        size, font = style or (10, "helv")
        page.insert_text((x, y), text, fontsize=size, fontname=font)
    for a, b in lines:
        page.draw_line(a, b)
    document.save(path)
    (row,) = [row for frame in read(str(path)) for row in frame.to_dicts()]
    assert row["error"] is None and json.loads(row["metadata"])["page_count"] == 1
    return row["text"]


def column(x, top, name, count=8):
    return [(x, top + 13 * i, f"{name}{i} {WORDS[: 38 + i % 3]}") for i in range(count)]


def places(text, names):
    return [text.index(name) for name in names]


@pytest.mark.usefixtures("reader")
def test_columns_are_read_one_after_the_other(tmp_path):
    text = draw(tmp_path / "a.pdf", [*column(72, 100, "left"), *column(320, 100, "right")])
    found = places(text, [f"left{i}" for i in range(8)] + [f"right{i}" for i in range(8)])
    assert found == sorted(found)


@pytest.mark.usefixtures("reader")
def test_columns_drawn_line_by_line_are_read_one_after_the_other(tmp_path):
    pairs = zip(column(72, 100, "left"), column(320, 100, "right"), strict=True)
    text = draw(tmp_path / "a.pdf", [item for pair in pairs for item in pair])
    found = places(text, [f"left{i}" for i in range(8)] + [f"right{i}" for i in range(8)])
    assert found == sorted(found)


@pytest.mark.usefixtures("reader")
def test_a_heading_over_all_columns_parts_them(tmp_path):
    items = [
        *column(72, 100, "left"),
        *column(320, 100, "right"),
        (72, 240, "A Second Part of It", 16, "hebo"),
    ]
    text = draw(tmp_path / "a.pdf", [*items, *column(72, 275, "below"), *column(320, 275, "last")])
    found = places(text, ["left7", "right0", "right7", "# A Second Part of It", "below0", "below7", "last0"])
    assert found == sorted(found)


def cells(rows, xs=(80, 200, 320), top=200, step=16):
    return [
        (x, top + step * i, text)
        for i, row in enumerate(rows)
        for x, text in zip(xs, row, strict=True)
        if text
    ]


ROWS = [
    ["Fruit", "Color", "Price"],
    ["apple", "red", "1.20"],
    ["plum", "blue|violet", "0.80"],
    ["fig", "green", "2"],
]
MARKDOWN = """| Fruit | Color | Price |
|---|---|---|
| apple | red | 1.20 |
| plum | blue\\|violet | 0.80 |
| fig | green | 2 |"""


@pytest.mark.usefixtures("reader")
def test_a_table_without_rules(tmp_path):
    items = [(72, 150, "A sentence stands before it."), *cells(ROWS), (72, 300, "And one behind.")]
    text = draw(tmp_path / "a.pdf", items)
    assert text == f"A sentence stands before it.\n\n{MARKDOWN}\n\nAnd one behind."


@pytest.mark.usefixtures("reader")
def test_a_ruled_table_with_cells_of_two_lines(tmp_path):
    rows = [["Fruit", "Color"], ["apple", "red or some-"], ["", "times green"], ["plum", "blue"]]
    across = [((70, y), (330, y)) for y in (188, 206, 238, 254)]
    down = [((x, 188), (x, 254)) for x in (70, 190, 330)]
    text = draw(tmp_path / "a.pdf", cells(rows, xs=(80, 200)), [*across, *down])
    assert text == "| Fruit | Color |\n|---|---|\n| apple | red or sometimes green |\n| plum | blue |"


@pytest.mark.usefixtures("reader")
def test_cells_that_span_columns_or_rows_stand_in_each(tmp_path):
    items = [
        (258, 200, "Yield"),
        *cells([["Fruit", "2024", "2025"], ["apple", "1.20", "3"]], top=216),
        *cells([["plum", "0.80", "4"]], top=248),
        (80, 272, "fig"),
        *cells([["", "2", "5"], ["", "7", "6"]], top=266, step=12),
    ]
    text = draw(tmp_path / "a.pdf", items)
    assert text == (
        "|  | Yield | Yield |\n|---|---|---|\n| Fruit | 2024 | 2025 |\n| apple | 1.20 | 3 |\n"
        "| plum | 0.80 | 4 |\n| fig | 2 | 5 |\n| fig | 7 | 6 |"
    )


@pytest.mark.usefixtures("reader")
def test_rows_between_rules_of_one_width_are_a_table(tmp_path):
    rows = [["Fruit", "Grows", "Price"], ["apple", "in orchards", "1.20"], ["plum", "", "0.80"]]
    items = [(72, 150, "A sentence stands before it."), *cells(rows), (72, 270, "And one behind.")]
    rules = [((75, y), (360, y)) for y in (186, 206, 240)]
    table = "| Fruit | Grows | Price |\n|---|---|---|\n| apple | in orchards | 1.20 |\n| plum |  | 0.80 |"
    text = draw(tmp_path / "a.pdf", items, rules)
    assert text == f"A sentence stands before it.\n\n{table}\n\nAnd one behind."


@pytest.mark.usefixtures("reader")
def test_a_cell_in_the_middle_of_a_higher_one_is_of_its_row(tmp_path):
    items = [
        *cells([["Fruit", "Price", "Where it grows"]]),
        *cells([["", "", "in orchards and"], ["", "", "in gardens"]], top=220, step=12),
        *cells([["apple", "1.20", ""], ["plum", "0.80", "by the road"]], top=226, step=26),
    ]
    text = draw(tmp_path / "a.pdf", items)
    assert "| apple | 1.20 | in orchards and in gardens |\n| plum | 0.80 | by the road |" in text


def test_cells_near_a_drawn_line_between_them_are_two(tmp_path):
    rows = [["Fruit", "Tree"], ["1.20", "apple"], ["4.80", "plum"]]
    across = [((70, y), (230, y)) for y in (188, 206, 222, 238)]
    down = [((x, 188), (x, 238)) for x in (70, 102, 230)]
    text = draw(tmp_path / "a.pdf", cells(rows, xs=(80, 105)), [*across, *down])
    assert text == "| Fruit | Tree |\n|---|---|\n| 1.20 | apple |\n| 4.80 | plum |"


@pytest.mark.usefixtures("reader")
def test_what_is_no_table(tmp_path):
    contents = [
        (72, 100 + 14 * i, f"Chapter of the {w}") for i, w in enumerate(["ash", "birch", "cedar", "elm"])
    ]
    contents += [(500, 100 + 14 * i, str(n)) for i, n in enumerate([3, 9, 17, 40])]
    assert "|" not in draw(tmp_path / "a.pdf", sorted(contents, key=lambda item: item[1]))
    dots = [
        item
        for i in range(5)
        for item in ((72, 100 + 14 * i, "\u00b7"), (90, 100 + 14 * i, f"item {i} of a list"))
    ]
    assert "|" not in draw(tmp_path / "b.pdf", dots)
    code = [
        item
        for i in range(5)
        for item in ((72, 100 + 14 * i, "x = 1", 10, "cour"), (200, 100 + 14 * i, "# why", 10, "cour"))
    ]
    assert draw(tmp_path / "c.pdf", code).startswith("```\nx = 1")


@pytest.mark.usefixtures("reader")
def test_headings_have_levels_by_size(tmp_path):
    items = [(72, 80, "The Book", 22, "hebo"), (72, 120, "A Chapter", 16, "hebo"), *column(72, 150, "text")]
    text = draw(tmp_path / "a.pdf", [*items, (72, 290, "A Section", 10, "hebo"), *column(72, 320, "more")])
    assert [line for line in text.split("\n") if line.startswith("#")] == [
        "# The Book",
        "## A Chapter",
        "### A Section",
    ]


@pytest.mark.usefixtures("reader")
def test_footnotes_stand_behind_all_columns(tmp_path):
    items = [
        *column(72, 600, "left"),
        (72, 750, "1 A small note of it.", 7, "helv"),
        *column(320, 600, "right"),
    ]
    text = draw(tmp_path / "a.pdf", items)
    assert text.index("left7") < text.index("right7") < text.index("[1] A small note")


@given(st.lists(st.tuples(*[st.floats(0, 600)] * 4), max_size=40))
def test_no_line_is_lost_or_doubled(boxes):
    lines = [
        Line(
            min(a, c),
            min(b, d),
            max(a, c) + 1,
            max(b, d) + 1,
            10.0,
            False,
            False,
            index // 3,
            f"line {index}",
        )
        for index, (a, b, c, d) in enumerate(boxes)
    ]
    assert sorted(line for region in arrange(lines) for line in region) == sorted(lines)


@pytest.mark.usefixtures("reader")
def test_marks_of_notes_and_exponents_are_told_from_words(tmp_path):
    width = pymupdf.get_text_length("It is kept in the archive", fontsize=11)
    items = [(72, 100, "It is kept in the archive", 11, "helv"), (72 + width, 95, "1", 7, "helv")]
    wide = pymupdf.get_text_length("and takes 2 n", fontsize=11) - pymupdf.get_text_length(" n", fontsize=11)
    items += [(72, 140, "and takes 2", 11, "helv"), (72 + wide, 135, "n", 7, "helv")]
    items += [(72 + wide + 8, 140, "steps of it.", 11, "helv")]
    assert draw(tmp_path / "a.pdf", items).split("\n\n") == [
        "It is kept in the archive[1]",
        "and takes 2^n steps of it.",
    ]


def test_many_sizes_of_headings_share_few_levels():
    sizes = [70.0, 43, 40, 33, 30, 28, 26, 24, 16, 14]
    rows = [Line(0, 0, 1, 1, size, False, False, 0, "Title") for size in sizes]
    rows += [Line(0, 0, 1, 1, 10.0, False, False, 0, WORDS * 9)]
    levels = [level for _, level in find_style([Page(0, 800, rows)]).levels]
    assert levels == sorted(levels) and max(levels) == 5 and levels[-3] < levels[-2]


@pytest.mark.usefixtures("reader")
def test_the_brackets_of_a_matrix_are_no_table(tmp_path):
    rows = [[left, middle, right] for left, middle, right in zip("(|(", "123", ")|)", strict=True)]
    assert "|---" in draw(tmp_path / "a.pdf", cells(rows))
    found = find_runs([line._replace(text="\uf8eb") for line in _lines(rows)], [])
    assert not found and find_runs(_lines(rows), [])


def _lines(rows):
    return [Line(x, y - 10, x + 20, y, 10.0, False, False, 0, text) for x, y, text in cells(rows)]


@pytest.mark.parametrize("beside", [0, 1])
def test_a_line_too_long_for_its_column_parts_none(beside):
    """What it runs into is lost (0), or stands level with its end, a little lower (1)."""

    def lay(x, name, missing=()):
        return [
            Line(x, 100 + 12 * i, x + 120, 109 + 12 * i, 7.0, False, False, block, f"{name}{i} words of it")
            for block, i in enumerate(range(12))
            if i not in missing
        ]

    address = Line(
        60, 172, 330, 181, 7.0, False, False, 99, "a https://example.org/one/that/nobody/could/break"
    )
    right = lay(220, "b", (6,))
    if beside:
        right.insert(6, Line(334, 173, 400, 182, 7.0, False, False, 98, "b words"))
    left = lay(60, "a", (6,))
    if beside:  # white above and below it
        left = [line for line in left if line.text[:2] not in ("a5", "a7")]
    lines = [*left[:6], address, *left[6:], *right]
    found = [line.text[0] for region in arrange(lines) for line in region]
    assert "".join(found) == "a" * (len(left) + 1) + "b" * len(right)


def test_a_heading_over_some_columns_parts_all_where_all_break():
    def lay(x, top, name):
        return [
            Line(x, top + 12 * i, x + 120, top + 12 * i + 9, 7.0, False, False, 1, f"{name}{i} words of it")
            for i in range(6)
        ]

    above = [*lay(60, 100, "a"), *lay(220, 100, "b"), *lay(380, 100, "c")]
    below = [*lay(60, 220, "d"), *lay(220, 220, "e"), *lay(380, 220, "f")]
    heading = Line(60, 192, 290, 202, 7.7, False, False, 2, "The structure of what stands below")
    found = [line.text[0] for region in arrange([*above, heading, *below]) for line in region]
    assert "".join(dict.fromkeys(found)) == "abcTdef"
