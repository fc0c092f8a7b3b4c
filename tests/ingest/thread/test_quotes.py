import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.thread.quotes import fold

ABOVE = "Should we go by train?\nIt takes four hours, and the view\nis said to be fine.\n\nBob"


def test_what_stands_above_goes_with_the_line_that_says_who_wrote_it() -> None:
    text = (
        "On Mon, 1 Jan 2024 at 10:00, Bob <bob@x.example> wrote:\n\n> Should we go by train?\n\nYes.\n\n"
        "> It takes four hours, and\n> the view is said to be fine.\nIt is."
    )
    folded, lines = fold(text, [ABOVE])
    assert folded == "Yes.\n\nIt is." and lines == 4


def test_what_stands_nowhere_above_stays_with_its_line() -> None:
    text = "Eve wrote in 1999:\n> Trains are late.\nTrue."
    assert fold(text, [ABOVE]) == (text, 0)
    mixed = "> Should we go by train?\n> Trains are late.\nTrue."
    assert fold(mixed, [ABOVE]) == ("> Trains are late.\nTrue.", 1)


def test_lines_that_are_not_quoted_stay_whatever_they_say() -> None:
    text = "Should we go by train?\nBob"
    assert fold(text, [ABOVE]) == (text, 0)


@pytest.mark.parametrize("mark", ["> > ", ">>", "    >> ", " Bob> ", ">   Bob> ", "|  > "])
def test_marks_of_every_kind_are_known(mark: str) -> None:
    text = f"{mark}Should we go by train?\nYes."
    expected = (text, 0) if mark.startswith("|") else ("Yes.", 1)
    assert fold(text, [ABOVE]) == expected


def test_the_rest_of_a_line_that_was_broken_goes_too() -> None:
    text = "> It takes four hours,\nand the view\n> is said to be fine.\nGood."
    assert fold(text, [ABOVE]) == ("Good.", 3)


def test_a_signature_that_was_cut_above_goes_with_the_quote() -> None:
    text = "> is said to be fine.\n>\n> -- \n> Bob of Trains\n\nGood."
    assert fold(text, [ABOVE]) == ("Good.", 4)


def test_a_message_that_hangs_below_is_cut_where_it_stands_above() -> None:
    below = "-----Original Message-----\nFrom: Bob\nSent: today\nSubject: train\n\n"
    assert fold(f"Yes.\n\n{below}{ABOVE}", [ABOVE]) == ("Yes.", 10)
    other = f"Yes.\n\n{below}Something else\nthat nobody has seen."
    assert fold(other, [ABOVE]) == (other, 0)


MARK = "-----Original Message-----\nFrom: a\nx y\n"


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("-" * 190_000 + "x", "a"),
        ("-- " + " " * 190_000 + "x", "a"),
        (MARK * 1_600, "z " * 99_000),
        (" " * 1_000_000 + "\n" + "> a\nx\n" * 2_400, "a"),
    ],
    ids=["dashes", "blanks", "marks", "long lines"],
)
def test_hostile_texts_take_no_hours(text: str, above: str) -> None:
    assert fold(text, [above])[0]


def test_what_is_too_long_is_not_even_normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.ingest.thread.quotes._normalize_above", None)
    monkeypatch.setattr("winnow.ingest.thread.quotes._normalize", None)
    for text, above in (("> a", "a " * 100_001), ("> a\n" * 5_000, "a"), ("> a" * 70_000, "a")):
        assert fold(text, [above]) == (text, 0)


@given(
    st.text(alphabet="ab>\n -:", max_size=60), st.lists(st.text(alphabet="ab>\n -", max_size=40), max_size=3)
)
def test_only_whole_lines_go_and_none_that_has_no_mark(text: str, above: list[str]) -> None:
    folded, lines = fold(text, above)
    kept = folded.split("\n")
    rest = iter(text.split("\n"))
    assert all(line in rest for line in kept if line)  # in their order
    assert lines or folded == text
