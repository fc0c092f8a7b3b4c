"""Nothing that data say steers a terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.screen.terminal import make_safe


@given(st.text())
def test_no_control_but_line_break_and_tab_is_left(text):
    safe = make_safe(text)
    assert not [c for c in safe if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    safe.encode()


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_is_left_as_it_is(text):
    assert make_safe(text) == text


def test_what_is_spelt_out():
    assert make_safe("\x1b]0;owned\x07 \x9b2J\r \u202e\u061c") == r"\x1b]0;owned\x07 \x9b2J\r \u202e\u061c"
