"""Running heads go, text at a page's edge stays."""

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
