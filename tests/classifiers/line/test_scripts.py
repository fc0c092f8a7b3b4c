"""Pages as if in other scripts: the same lines, without case or spaces."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.line.scripts import without_case, without_spaces

TEXT = st.text(st.sampled_from("aB zé.,!?:0\n|ßİ\u00a0"), max_size=30)


def test_letters_without_case() -> None:
    found = without_case("The cat, the CAT: 12.")
    assert found.casefold() == found
    assert re.sub(r"[\u05d0-\u05ea]", "x", found) == "xxx xxx, xxx xxx: 12."
    assert found[4:7] == found[13:16]


def test_words_without_spaces() -> None:
    found = without_spaces("The house, the end: yes. No! Why? 3.14 goes on...")
    assert re.sub(r"[\u4e00-\u9fff]", "x", found) == "xxx，xx：x。x！x？3.14 xx..."  # noqa: RUF001
    assert without_spaces("the house") == without_spaces("The house")


@given(TEXT)
@settings(deadline=None)
def test_lines_stay_lines(text: str) -> None:
    for turn in (without_case, without_spaces):
        assert [bool(line.strip()) for line in turn(text).split("\n")] == [
            bool(line.strip()) for line in text.split("\n")
        ]
