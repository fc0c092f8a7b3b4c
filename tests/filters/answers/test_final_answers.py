from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters.answers.final_answers import compare, find_final, read_value

SAME = [
    ("1,000", "1000.00"),
    ("3/4", "0.75"),
    (r"\frac{3}{4}", "75%"),
    ("$5", "5 dollars"),
    ("$1,200.50", "1200.5"),
    ("72 clips", "72"),
    ("-3", "\u22123"),
    ("1 1/2", "1.5"),
    (r"\dfrac12", "0.5"),
    (r"1{,}234", "1234"),
    ("10/3", "3.33"),
    ("3.3333", "3.33"),
    ("$x = 5$", "5"),
    (r"50\%", "50"),
    (r"2 \times 10^3", "2000"),
    ("2e3", "2000"),
    ("(B)", "B"),
    ("B. Paris", "B"),
    (r"5\text{ cm}", "5"),
    ("**42**", "42"),
    ("\\$18", "18"),
    (r"45^\circ", "45"),
    ("45\u00b0", "45 degrees"),
    ("x^2+1", "x^2 + 1"),
    ("Paris", "paris"),
    ("20%", "0.2"),
    ("**B**: Paris", "(B) Paris"),
    ("A)Paris", "A"),
    ("Option (B)", "B"),
]
OTHER = [
    ("41", "42"),
    ("1,000", "100"),
    ("3/4", "4/3"),
    ("-5", "5"),
    ("$5", "$6"),
    ("A", "B"),
    (r"\text{A}", "$B$"),
    ("C. Paris", "B. Rome"),
    ("C. Paris", "B"),
    ("3", "3.3"),
    ("50%", "60%"),
    ("12 apples", "13"),
    ("3.33", "3.34"),
]
UNTOLD = [
    ("5 km", "5000 m"),
    ("1,2", "12"),
    ("1, 2, 3", "6"),
    ("x+1", "x+2"),
    ("5 and 6", "5"),
    ("3:30", "3.5"),
    ("2^5", "32"),
    ("Paris", "London"),
    ("9" * 100, "3"),
    ("1/0", "3"),
    ("10^99999", "1"),
    ("", ""),
    ("1e99999", "1"),
    ("A man", "B"),
    ("A Tale of Two Cities", "B"),
    ("(A) and (B)", "A"),
    ("A: 5 and B: 6", "A"),
    ("A B", "A"),
    ("E = mc^2", "A"),
    ("E. coli", "B"),
    ("J. S. Bach", "J"),
    ("J. Bach", "J. Brahms"),
    ("A. Paris", "B. Paris"),
    ("A.B", "A"),
    ("A_1", "A"),
]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        (*pair, verdict)
        for pairs, verdict in ((SAME, "right"), (OTHER, "wrong"), (UNTOLD, "none"))
        for pair in pairs
    ],
)
def test_answers_are_compared_by_value(one: str, other: str, verdict: str) -> None:
    assert compare(one, other) == compare(other, one) == verdict


@given(number=st.fractions(max_denominator=999).filter(lambda n: abs(n) < 10**9))
def test_a_fraction_is_read_as_itself(number: Fraction) -> None:
    value = read_value(f"{number.numerator}/{number.denominator}")
    assert value is not None and value.number == number


@given(
    number=st.integers(-(10**15), 10**15),
    places=st.integers(0, 3),
    unit=st.sampled_from(["", " apples", " kg"]),
)
def test_thousands_and_zeros_make_no_difference(number: int, places: int, unit: str) -> None:
    written = f"{number:,}{'.' if places else ''}{'0' * places}{unit}"
    assert compare(written, str(number)) == "right" and compare(written, str(number + 1)) == "wrong"


@given(text=st.text(max_size=60), other=st.text(max_size=60))
def test_any_texts_can_be_compared(text: str, other: str) -> None:
    assert compare(text, other) in ("right", "wrong", "none")
    find_final(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So 48/2=24.\nThe answer is 72.", ("72", True)),
        ("24 clips\n#### 1,072", ("1,072", True)),
        (r"Therefore \boxed{\frac{1}{2}} is it", (r"\frac{1}{2}", True)),
        ("**Answer:** 5 km.", ("5 km", True)),
        ("<answer> 12 </answer>", ("12", True)),
        ("answer: B) foo", ("B) foo", True)),
        ("24 answers * 2 points/answer = 48 points.\nThat makes 64 points.", ("64", False)),
        ("No numbers.", (None, False)),
        (r"\boxed{never closed", (None, False)),
        ("", (None, False)),
    ],
)
def test_the_final_answer_is_found(text: str, found: tuple[str | None, bool]) -> None:
    assert find_final(text) == found
