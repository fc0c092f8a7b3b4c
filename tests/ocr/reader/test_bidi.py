"""The order of reading of glyphs that stand in a line."""

# ruff: noqa: RUF001 - the letters are meant

from hypothesis import given
from hypothesis import strategies as st

from winnow.ocr.reader.bidi import Glyph, fold, is_base, put_in_order


def show(text, gaps=()):
    """The glyphs of a text that is given as it is seen, ten points wide each."""
    return [
        Glyph(letter, 10.0 * at, 10.0 * at + 10, 10.0, 0) for at, letter in enumerate(text) if at not in gaps
    ]


def read(text, base=True, gaps=()):
    return "".join(piece for piece, _ in put_in_order(show(text, gaps), base))


HEBREW = st.text("אבגדהש", min_size=1, max_size=6)
LATIN = st.text("abcxyz", min_size=1, max_size=6)
NUMBER = st.from_regex(r"[0-9]{1,3}([.,][0-9]{1,2})?", fullmatch=True)
RUN = st.one_of(HEBREW, LATIN, NUMBER, st.builds("{} {}".format, LATIN, NUMBER))


@given(st.lists(st.tuples(HEBREW, RUN), min_size=1, max_size=5))
def test_what_is_laid_out_from_right_to_left_is_read_back(pairs):
    runs = [run for pair in pairs for run in pair]
    seen = " ".join(run if run.isascii() else run[::-1] for run in reversed(runs))
    assert read(seen) == " ".join(runs)


def test_numbers_and_latin_words_stay_as_they_stand():
    assert read("25.50 ריחמב") == "במחיר 25.50"
    assert read("GNU/Linux ךותב 12") == "12 בתוך GNU/Linux"
    assert read("ןמ Linux ו") == "ו Linux מן" and read("ןמLinux ו") == "וLinux מן"
    assert read("12/5 خيراتلا") == "التاريخ 12/5"


def test_a_line_that_begins_at_the_left_has_its_hebrew_words_turned():
    assert read("see םולש םלוע here", base=False) == "see עולם שלום here"
    assert is_base("שלום a") and not is_base("see שלום here")


def test_brackets_are_mirrored_where_they_were_drawn_so():
    assert read("(בא) םע") == read(")בא( םע") == "עם (אב)"


def test_a_gap_is_a_space_and_a_space_without_width_none():
    assert read("אב_גד", gaps={2}) == "דג בא"
    glyphs = [*show("ب"), Glyph(" ", 10.0, 13.0, 10.0, 0), Glyph("ه", 10.0, 20.0, 10.0, 0)]
    assert put_in_order(glyphs, True) == [("ه\u200cب", 0)]


def test_presentation_forms_are_the_letters_they_stand_for():
    assert fold("ﻻﻓﻲ²ﬁ") == "لافي²fi"
