"""Books of Project Gutenberg: every form of its marks, chapters, verse."""

import json
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.books import gutenberg
from winnow.ingest.books.chapters import cut_chapters
from winnow.ingest.books.header import parse_date, read_header
from winnow.ingest.books.license import cut_license

HEADER = """The Project Gutenberg EBook of A Small Book, by Jane Doe

Title: A Small Book
       With a Subtitle

Author: Jane Doe

Release Date: November 10, 2003 [EBook #10001]

Language: English

Character set encoding: ISO-8859-1

"""
START = "*** START OF THIS PROJECT GUTENBERG EBOOK A SMALL BOOK ***"
END = "*** END OF THIS PROJECT GUTENBERG EBOOK A SMALL BOOK ***"
LICENSE = "Creating the works from public domain print editions means that no\none owns a copyright.\n"
PROSE = """It was a long line of plain prose that went on to the very end of the
page, and there it was wrapped, as all of them were in those years of the
typewriter, so that nobody would have to move his eyes too far at once.
"""
VERSE = """  Now had the sun with shorter course drawn in his long and risen light,
  And by equivalent degrees there grew the dark and colder hours of night:
  Victorious Cynthia now held her silver sway over a much wider space,
  Grim winter drove rich autumn out of doors, and now usurped his place;
"""
BOOK = (
    "\nProduced by Many People\n\n\n\n\nA SMALL BOOK\n\nBY JANE DOE\n\n\n\n\nCONTENTS\n\n"
    + "".join(f"CHAPTER {n}.\n\n\n" for n in ("I", "II", "III", "IV"))
    + f"\n\nCHAPTER I.\n\nTHE BEGINNING\n\n{PROSE * 4}\n[Illustration: A tree.]\n\n{VERSE}\n"
    + f"\n\n\n\nCHAPTER II.\n\n{PROSE * 4}\n[Transcriber's Note: a letter\n\nwas mended.]\n\n"
    + "Caf\xe9 [Pg 12] is here.\n"
)


def write(path: Path, text: str, charset: str = "latin-1") -> str:
    path.write_bytes(text.replace("\n", "\r\n").encode(charset))
    return str(path)


def read(path: Path, text: str, **options: str) -> pl.DataFrame:
    return pl.concat(gutenberg.read(write(path, text), **options))


def test_a_book_is_cut_told_and_laid_out(tmp_path: Path) -> None:
    row = read(tmp_path / "10001-8.txt", f"{HEADER}{START}\n{BOOK}\n{END}\n{LICENSE}").row(0, named=True)
    assert (row["author"], row["date"], row["thread"]) == ("Jane Doe", "2003-11-10", "gutenberg:10001")
    assert (row["license"], row["url"]) == (
        "Public domain in the USA",
        "https://www.gutenberg.org/ebooks/10001",
    )
    assert json.loads(row["metadata"])["title"] == "A Small Book With a Subtitle"
    text = row["text"]
    assert text.startswith("# A Small Book With a Subtitle\n\n")
    assert (
        "## CHAPTER I. THE BEGINNING\n\nIt was a long line of plain prose that went on to the very end of"
        in text
    )
    assert VERSE.rstrip() in text and "Café  is here." in text
    assert text.count("## CHAPTER I.") == 1 and text.count("CHAPTER III.") == 1
    for gone in ("Produced by", "Illustration", "Transcriber", "mended", "Pg 12", "GUTENBERG", "copyright"):
        assert gone not in text


def test_chapters_are_rows_of_one_thread_in_order(tmp_path: Path) -> None:
    frame = read(tmp_path / "b.txt", f"{HEADER}{START}\n{BOOK}\n{END}\n{LICENSE}", by="chapter")
    notes = [json.loads(each) for each in frame["metadata"]]
    assert [each["chapter"] for each in notes] == ["CHAPTER I. THE BEGINNING", "CHAPTER II."]
    assert [each["order"] for each in notes] == [0, 1] == frame["place"].to_list()
    assert frame["thread"].to_list() == ["gutenberg:10001"] * 2


SMALL = "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*"
FORMS = [
    ("*** START OF THE PROJECT GUTENBERG EBOOK X ***", "*** END OF THE PROJECT GUTENBERG EBOOK X ***"),
    ("***START OF THE PROJECT GUTENBERG EBOOK X***", "***END OF THE PROJECT GUTENBERG EBOOK X***"),
    ("*** START OF THIS PROJECT GUTENBERG EBOOK PRIDE AND\nPREJUDICE ***", END),
    (
        "***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***\nWhy?\n" + SMALL,
        "End of Project Gutenberg's X",
    ),
    (
        "*END THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*",
        "End of the Project Gutenberg Etext of X",
    ),
    (START + "\nWhy is this small print here?\n" + SMALL, "End of The Project Gutenberg Etext of X, by Y"),
    ("*** START OF THE PROJECT GUTENBERG EBOOK X ***", "Ende dieses Projekt Gutenberg Etextes X"),
    ("*** START OF THE PROJECT GUTENBERG EBOOK X ***", "Fin de Project Gutenberg's X, par Y"),
    ("*** START OF THIS PROJECT GUTENBERG EBOOK X ***", "*** START: FULL LICENSE ***"),
]


@pytest.mark.parametrize(("start", "end"), FORMS)
def test_every_form_of_the_marks_parts_the_book_from_its_frame(start: str, end: str) -> None:
    lines = f"{HEADER}{start}\nThe text.\n\nIt ends.\n\n{end}\nLicense, and more.\n".split("\n")
    header, book, marked = cut_license(lines)
    assert [line for line in book if line] == ["The text.", "It ends."] and marked
    assert "Author: Jane Doe" in header


def test_a_small_print_behind_the_book_goes_too() -> None:
    lines = ["Title: X", "", "The text.", "", "***START**THE SMALL PRINT!**", "Why?"]
    assert "".join(cut_license(lines)[1]) == "Title: XThe text."


@pytest.mark.parametrize("end", [[], ["End of Project Gutenberg's X, by Y"]])
@pytest.mark.parametrize("behind", [[], ["And a last word."]])
def test_a_small_print_behind_the_book_that_ends_costs_no_text(end: list[str], behind: list[str]) -> None:
    small = [
        "***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***",
        "Why?",
        "*END*THE SMALL PRINT!*END*",
    ]
    book = ["Title: X", "", *(f"Line {n}." for n in range(150 if behind else 2))]
    assert cut_license([*book, *end, *small, *behind])[1] == [*book, *behind]


def test_what_is_copyrighted_says_so(tmp_path: Path) -> None:
    small = "*END*THE SMALL PRINT! FOR COPYRIGHT PROTECTED ETEXTS*END*"
    text = f"{HEADER}{small}\n{BOOK}\nEnd of Project Gutenberg's X\n"
    assert read(tmp_path / "c.txt", text)["drop_reason"].to_list() == ["gutenberg.copyrighted"]
    kept = read(tmp_path / "c.txt", text, copyrighted="keep", license="X").row(0, named=True)
    assert kept["license"] == "X" and "CHAPTER I." in kept["text"]


def test_what_is_no_book_says_so(tmp_path: Path) -> None:
    assert "NUL byte" in read(tmp_path / "x.txt", "a\0b")["error"][0]
    assert read(tmp_path / "x.txt", f"{HEADER}{START}\n\n{END}")["drop_reason"][0] == "gutenberg.no_text"
    unmarked = read(tmp_path / "x.txt", "Just a text.\n").row(0, named=True)
    assert unmarked["text"] == "Just a text." and json.loads(unmarked["metadata"])["marks"] == "none"
    with pytest.raises(FileNotFoundError):
        list(gutenberg.read(str(tmp_path / "none.txt")))


def test_old_headers_say_title_and_author_in_a_line() -> None:
    fields = read_header(["*****The Project Gutenberg Etext of Persuasion, by Jane Austen*****", "",
                          "June, 1998  [Etext #1342]"])  # fmt: skip
    assert (fields["title"], fields["author"], fields["number"]) == ("Persuasion", "Jane Austen", "1342")
    assert fields["release"] == "1998-06"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("August 26, 2008 [EBook #1]", "2008-08-26"),
        ("June, 1998", "1998-06"),
        ("1994", "1994"),
        ("soon", None),
    ],
)
def test_dates(text: str, date: str | None) -> None:
    assert parse_date(text) == date


@given(
    st.lists(
        st.sampled_from(["", "CHAPTER I", "II.", "some words of prose here", "PART ONE", "A", "  Verse"]),
        max_size=60,
    )
)
def test_no_line_of_a_book_is_lost_or_moved(lines: list[str]) -> None:
    found = " ".join(f"{each.heading} {' '.join(each.lines)}" for each in cut_chapters(lines)).split()
    assert found == " ".join(lines).split()


def test_headings_cost_no_square_of_their_number(tmp_path):
    lines = "\n\nCHAPTER I\n\n" * 20_000
    (tmp_path / "1.txt").write_text(f"*** START OF THE PROJECT GUTENBERG EBOOK A ***\n{lines}")
    begun = time.process_time()
    assert sum(len(frame) for frame in gutenberg.read(str(tmp_path / "1.txt"))) == 1
    assert time.process_time() - begun < 5.0  # minutes, where each looks at all in its list
