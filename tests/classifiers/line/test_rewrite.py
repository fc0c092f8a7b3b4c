"""Texts without some lines, against the same said in Python."""

import re

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.line import features, rewrite
from winnow.words.split import from_utf8

LINES = st.sampled_from(["a", "bé c", " d ", "", " ", "e."])


def rewrite_in_python(text: str, gone: list[bool]) -> str:
    lines, marks = text.split("\n"), iter(gone)
    fates = [next(marks) if line.strip() else None for line in lines]
    if True not in fates:
        return text
    out, blank, gap = "", 0, 0
    for line, fate in zip(lines, fates, strict=True):
        blank += 1
        if fate is None:
            continue
        gap, blank = max(gap, blank), 0
        if not fate:
            out, gap = out + "\n" * (gap if out else 0) + line, 0
    return out


def cut(texts: list[str], gone: list[bool]) -> tuple[list[str], np.ndarray]:
    rows = features.measure(pl.Series(texts, dtype=pl.String))
    size = sum(len(text.encode()) for text in texts)
    out, where = np.empty(size + 1, np.uint8), np.zeros(len(texts) + 1, np.int64)
    counts = np.zeros((len(texts), 3), np.int64)
    rewrite.write_kept(rows, np.array(gone[: len(rows.place)], bool), out, where, counts)
    return from_utf8("text", out, where).to_list(), counts


@settings(deadline=None)
@given(st.lists(st.lists(LINES, min_size=1, max_size=6), max_size=4), st.lists(st.booleans(), min_size=24))
def test_as_python_has_it(documents: list[list[str]], gone: list[bool]) -> None:
    texts = ["\n".join(lines) for lines in documents]
    found, counts = cut(texts, gone)
    k = 0
    for lines, text, got, count in zip(documents, texts, found, counts, strict=True):
        solid = [line for line in lines if line.strip()]
        mine, k = gone[k : k + len(solid)], k + len(solid)
        assert got == rewrite_in_python(text, mine)
        taken = [line for line, fate in zip(solid, mine, strict=True) if fate]
        assert count.tolist() == [len(taken), len("".join(taken)), len("".join(solid))]
        assert not re.search(r"^\n|\n$", got) or not taken


def test_a_heading_stays_with_the_line_behind_it() -> None:
    rows = features.measure(pl.Series(["# A\n\n## B\nc\n# D\ne\n#f\ng\n# H", "# I", "j"]))
    gone = np.array([1, 1, 0, 1, 1, 1, 0, 1, 1, 0], bool)
    rewrite.keep_marked(rows, gone)
    assert gone.tolist() == [False, False, False, True, True, True, False, True, True, False]


def test_fenced_code_stays() -> None:
    rows = features.measure(pl.Series(["a\n```python\nx\n\n  ```\nb\n~~~\nc", "~~~\n``\n~~~\n```"]))
    gone = np.ones(11, bool)
    rewrite.keep_marked(rows, gone)
    assert (~gone).nonzero()[0].tolist() == [1, 2, 3, 7, 8, 9]


def test_the_largest_gap_stays() -> None:
    assert cut(["a\n\n\nb\nc\n\nd\n"], [False, True, False, True])[0] == ["a\n\n\nc"]
    assert cut(["a\n\nb\n\n"], [False, False])[0] == ["a\n\nb\n\n"]
