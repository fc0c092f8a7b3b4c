"""C4's bad words against datatrove's own expression, with a list of harmless words."""

import re

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from winnow.filters.badwords import block

WORDS = ["# a list", "badger", "red fox", "c++", "Ünsinn", ""]
TEXTS = [
    "A badger came.",
    "badgers came",
    "The Badger!",
    "a red fox, a red  fox",
    "tired foxes",
    "C++ is one",
    "nc++n",
    "so viel unsinn",
    "so viel ÜNSINN",
    "under_badger_line",
    "",
]


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("\n".join(WORDS), encoding="utf-8")
    return path


def test_decisions_of_the_reference(words):
    """`(?:\\W|^)(words)(?:\\W|$)` on the lower-case text, as datatrove and C4's code search it."""
    entries = [w.lower() for w in WORDS if w and w[0] != "#"]
    pattern = re.compile(r"(?:\W|^)({})(?:\W|$)".format("|".join(map(re.escape, entries))))
    out = block(pl.DataFrame({"text": TEXTS}), words=words)
    expected = ["badwords.found" if pattern.search(t.lower()) else None for t in TEXTS]
    assert out["drop_reason"].to_list() == expected
    assert 3 < out["drop_reason"].null_count() < len(TEXTS) - 3


def test_the_count_and_its_limit(words):
    docs = pl.DataFrame({"text": ["badger and badger, red fox", "badger"]})
    out = block(docs, words=words, max_count=1)
    assert out["badwords_count"].to_list() == [3, 1]
    assert out["drop_reason"].to_list() == ["badwords.found", None]


def test_law_columns_and_an_empty_list(words):
    docs = pl.DataFrame({"text": TEXTS})
    whole = block(docs, words=words)
    for cut in (0, 1, 5):
        assert_frame_equal(pl.concat([block(docs[:cut], words=words), block(docs[cut:], words=words)]), whole)
    assert whole["badwords_count"].dtype == pl.Int64 and not whole["badwords_count"].has_nulls()
    words.write_text("# nothing\n")
    assert block(docs, words=words)["badwords_count"].sum() == 0
