"""What stands between lines: paragraphs set wide, entries that hang, code that a page's width cut."""

from winnow.ocr.layout.headings import PLAIN
from winnow.ocr.layout.lines import Line, Page, join_fragments
from winnow.ocr.layout.text import write

WORDS = frozenset[str]()


def line(text, x0=70.0, y0=100.0, x1=500.0, block=0, size=10.0, code=False, mark=""):
    return Line(x0, y0, x1, y0 + 1.2 * size, size, code, False, block, text, mark)


def join(*lines):
    return write([Page(0, 800, list(lines))], WORDS, PLAIN).text


def test_text_set_wide_is_one_paragraph_though_each_line_is_a_block():
    rows = [line(f"line {i} of a text that goes on", y0=100 + 18 * i, block=i) for i in range(7)]
    last = line("its end.", x1=110, y0=226, block=7)
    new = line("Another paragraph", y0=244, block=8)
    text = join(*rows, last, new)
    assert text.split("\n\n") == [" ".join([*(row.text for row in rows), last.text]), new.text]


def test_single_lines_far_apart_stay_paragraphs():
    rows = [line(f"Entry {i} alone", x1=160, y0=100 + 18 * i, block=i) for i in range(7)]
    assert join(*rows).split("\n\n") == [row.text for row in rows]


def test_text_from_right_to_left_set_wide_is_one_paragraph():
    word = "\u0643\u0644\u0645\u0629"
    rows = [line(f"{word} {word} {word} {word}", y0=100 + 18 * i, block=i) for i in range(7)]
    last = line(word, x0=470, y0=226, block=7)
    assert "\n" not in join(*rows, last)


def test_pieces_of_a_line_from_right_to_left_are_one_line():
    word = "\u0643\u0644\u0645\u0629"
    (whole,) = join_fragments([line(f"{word} Python", x0=300), line(word, x0=200, x1=295)])
    assert whole.text.split() == [word, "Python", word] and (whole.x0, whole.x1) == (200, 500)


def test_an_entry_that_hangs_is_one_paragraph():
    text = join(
        line("Freedom: as the charter of the house says, the keep-", block=0),
        line("er may give each book to whoever asks for it,", x0=95, y0=112, block=1),
        line("and to others.", x0=95, x1=160, y0=124, block=1),
        line("Order: the books stand by size.", y0=136, block=2, x1=250),
    )
    assert text == (
        "Freedom: as the charter of the house says, the keeper may give each book to whoever asks for it, "
        "and to others.\n\nOrder: the books stand by size."
    )


def test_a_term_above_what_it_means_stays_apart():
    assert "\n\n" in join(line("Freedom", x1=110), line("The keeper may give", x0=95, y0=112, block=1))


def test_a_line_of_code_that_the_page_cut_is_one_line():
    first = line("$ make --with-a-long-option=some/where \u2190\ufffd", code=True)
    assert join(first, line("/else", y0=112, x0=95, x1=130, code=True)) == (
        "```\n$ make --with-a-long-option=some/where/else\n```"
    )
    second = line("\u02d3\u2192next", y0=112, code=True)
    assert join(line("a long line\u2423", code=True), second) == "```\na long line next\n```"


def test_code_drawn_line_by_line_keeps_its_indents():
    rows = [line("def f():", x1=118, code=True), line("return 1", x0=94, x1=142, y0=112, block=1, code=True)]
    assert join(*rows) == "```\ndef f():\n    return 1\n```"


def test_dots_of_symbol_fonts_begin_items():
    rows = [line(f"\ufffd {name} that is full", y0=100 + 12 * i) for i, name in enumerate("abc")]
    assert join(*rows) == "- a that is full\n- b that is full\n- c that is full"


def test_notes_whose_numbers_follow_are_parted_and_numbered_as_their_marks():
    notes = [
        line(f"{n}  http://example.org/{n}", y0=700 + 9 * n, x1=160, size=7, mark="note") for n in (1, 2)
    ]
    assert join(line("Text."), *notes) == "Text.\n\n[1]  http://example.org/1\n\n[2]  http://example.org/2"
