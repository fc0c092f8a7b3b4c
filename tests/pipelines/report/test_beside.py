"""Two texts beside each other."""

import io

from rich.console import Console

from winnow.pipelines.report import beside


def test_without_a_terminal_nothing_is_wrapped():
    screen, long = io.StringIO(), "word " * 300
    beside.show({"removed: a": f"{long} here", "survivor: b": "there"}, Console(file=screen))
    assert screen.getvalue().split("\n")[:3] == ["- removed: a", "+ survivor: b", f"- {long}here"]


def test_stretches_hold_both_texts_and_mark_what_they_share():
    left, right = "one two three four five", "one two 3 four five six"
    rows = beside.cut_stretches(left, right)
    assert " ".join(a for _, a, _ in rows if a) == left and " ".join(b for _, _, b in rows if b) == right
    assert [(shared, a, b) for shared, a, b in rows] == [
        (True, "one two", "one two"),
        (False, "three", "3"),
        (True, "four five", "four five"),
        (False, "", "six"),
    ]  # fmt: skip
    assert all(a == b for shared, a, b in rows if shared)


def test_a_long_shared_stretch_is_shown_by_its_ends():
    text = beside.elide(" ".join(map(str, range(100))), True)
    assert text.startswith("0 1 2") and text.endswith("98 99") and "[... 60 words ...]" in text
