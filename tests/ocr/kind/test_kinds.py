"""Kinds of documents, from pages of lines made here."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ocr.kind.kinds import SCORES, judge
from winnow.ocr.layout.lines import Line, Page

PROSE = "and gave it a number, a shelf and a day, so that whoever asked for it later could be told"


def page(texts, number=0, size=10.0, height=842.0, x0=70.0, gap=0):
    lines = [
        Line(
            x0,
            80 + i * (size * 1.2 + gap),
            x0 + 5 * len(text),
            80 + i * size * 1.2 + size,
            size,
            False,
            False,
            i // 9,
            text,
        )
        for i, text in enumerate(texts)
    ]
    return Page(number, height, lines)


ARTICLE = [
    page(["Of Shelves", "Ada Byron", "Abstract", *[PROSE] * 30]),
    page([*[PROSE] * 30, "References", *[PROSE] * 5], 1),
]
MANUAL = [
    page(["Contents", *(f"{n} Of shelves . . . . . . . . {n * 3}" for n in range(1, 9))]),
    *(page([f"Chapter {n}", *[PROSE] * 40], n) for n in range(1, 40)),
]
FORM = [
    page(["Application", *(f"{name}: ______________" for name in ("Name", "City", "Date", "Signature") * 3)])
]
CONTENTS = [
    page(
        [
            "Inhalt",
            *(
                f"{n}.{m} Von den Regalen . . . . . . . . . {n * 10 + m}"
                for n in range(1, 6)
                for m in range(5)
            ),
        ]
    )
]
INDEX = [
    page(
        [
            "Index",
            *(
                f"{a}{b}rchive, {(n * 37) % 90 + 1}, {(n * 53) % 90 + 92}"
                for n, (a, b) in enumerate((a, b) for a in "abcdefgh" for b in "aeiou")
            ),
        ]
    )
]
SLIDES = [
    page(["Of shelves", "• They stand", "• They are long", "• Some are of oak"], n, 11, 272) for n in range(9)
]
CATALOGUE = [page([f"{n:04}\tShelf of oak no. {n}\t{n * 7 % 90}.50" for n in range(60)])]
LETTER = [
    page(
        [
            "Station Road 5",
            "3 March 2011",
            "Sehr geehrte Frau Weber,",
            *[PROSE] * 12,
            "Mit freundlichen Grüßen",
            "A. Byron",
        ]
    )
]


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("article", ARTICLE),
        ("manual", MANUAL),
        ("form", FORM),
        ("table_of_contents", CONTENTS),
        ("index", INDEX),
        ("slides", SLIDES),
        ("catalogue", CATALOGUE),
        ("letter", LETTER),
        ("other", [page([PROSE] * 30)]),
        ("other", [page([])]),
        ("other", []),
    ],
)
def test_kinds(name, pages):
    found = judge(pages)
    assert found.name == name
    assert 0.5 <= found.score <= 1
    json.dumps(found.features)  # they go into metadata


def test_prices_are_no_page_numbers():
    rows = [f"Shelf no. {n} . . . . . . . . . . . . $ {n * 7 % 90}.50" for n in range(40)]
    assert judge([page(rows)]).name == "catalogue"


def test_a_letter_that_mentions_a_form_is_a_letter():
    pages = [
        page(
            ["Dear Ms Byron,", *[PROSE] * 9, "Please sign here: ____________", "Yours sincerely,", "J. Berg"]
        )
    ]
    assert judge(pages).name == "letter"


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(min_size=1, max_size=60), max_size=12), max_size=3), st.floats(1, 60))
def test_any_pages_have_a_kind_and_the_same_one_again(pages, size):
    built = [page([t for t in texts if t.strip()], n, size) for n, texts in enumerate(pages)]
    found = judge(built)
    assert found.name in {*SCORES, "other"} and found == judge(built)
    assert all(
        0 <= found.features[name] <= 1 for name in ("prose", "blanks", "sorted") if name in found.features
    )
