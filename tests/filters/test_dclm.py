"""DCLM's reading of Gopher's rules against the same rules in plain Python, as its code has them."""

# ruff: noqa: RUF001 - the unusual characters are meant
import functools
import importlib.metadata
import pydoc_data.topics
import re
import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import dclm, gopher
from winnow.words.marks import hide_marks

GOOD = "The keeper of the light climbs to the top of the tower with a lamp. " * 6


def docs(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String})


def remove_marks(text: str) -> bool:
    """Without combining marks, which are no part of a word to Python's expressions."""
    return not any(unicodedata.category(c)[0] == "M" for c in text)


@functools.cache
def texts() -> list[str]:
    about = [d.read_text("METADATA") or "" for d in importlib.metadata.distributions()][:60]
    found = [
        t[:4000]
        for t in sorted({*about, *pydoc_data.topics.topics.values()})
        if len(t) > 200 and remove_marks(t)
    ]
    return [
        *found,
        *(re.sub(r"\n", "\n* ", t) for t in found[:9]),
        *(t.replace("\n", " . . .\n") for t in found[:9]),
        *(t.replace(" ", "# ") for t in found[:9]),
        *("".join(c for c in t if not c.islower()) for t in found[:9]),
        *(t[:250] for t in found[:9]),
        *(t.replace(" ", "") for t in found[:9]),
        *(re.sub(r"\b(the|be|to|of|and|that|have|with)\b", "so", t, flags=re.IGNORECASE) for t in found[:9]),
    ]


def reference(text: str) -> dict[str, float]:
    """The numbers behind the rules, as DCLM's code takes them; words by the boundaries of Unicode, nearly."""
    [text] = hide_marks(pl.Series([text]))
    runs = text.split()
    lines = [line for line in text.split("\n") if line.strip()]
    stops = {"the", "be", "to", "of", "and", "that", "have", "with"}
    return {
        "word_count": len(re.findall(r"[^\W_](?:[^\W_]|(?<=[^\W_])[.:'’_](?=[^\W_]))*", text)),
        "mean_word_length": sum(map(len, runs)) / max(1, len(runs)),
        "symbol_ratio": sum(text.count(s) for s in ("#", "...", ". . .", "…")) / max(1, len(runs)),
        "bullet_line_ratio": sum(line.startswith(("●", "•", "*", "-")) for line in lines)
        / max(1, len(lines)),
        "ellipsis_line_ratio": sum(line.endswith(("...", ". . .", "…")) for line in lines)
        / max(1, len(lines)),
        "alphabetic_word_ratio": sum(any(c.isalpha() for c in run) for run in runs) / max(1, len(runs)),
        "stop_word_count": sum(run.lower() in stops for run in runs),
    }


def reason(numbers: dict[str, float]) -> str | None:
    defaults = dclm.quality.__kwdefaults__
    for why, signal, setting in dclm.RULES:
        value, limit = numbers[signal.removeprefix("dclm_")], defaults[setting]
        if value < limit if setting.startswith("min_") else value > limit:
            return why
    return None


def test_against_plain_python():
    seen = set()
    for text, row in zip(texts(), dclm.quality(docs(*texts())).iter_rows(named=True), strict=True):
        numbers = reference(text)
        for name, value in numbers.items():
            assert row[f"dclm_{name}"] == pytest.approx(value, rel=1e-6, abs=1e-9), (name, text)
        assert row["drop_reason"] == reason(numbers)
        seen.add(row["drop_reason"])
    assert {None, "dclm.too_few_words", "dclm.long_words", "dclm.too_many_symbols"} <= seen
    assert {
        "dclm.too_many_ellipsis_lines",
        "dclm.too_few_alphabetic_words",
        "dclm.too_few_stop_words",
    } <= seen


def test_punctuation_is_no_word_here_and_one_with_gopher():
    text = (
        GOOD + "result(value) = other(thing); table[index] += (first, second)->third; {key: [one, two]}. " * 6
    )
    assert dclm.quality(docs(text), min_alphabetic_word_ratio=0.6)["drop_reason"].item() is None
    other = gopher.quality(docs(text), min_alphabetic_word_ratio=0.6)["drop_reason"].item()
    assert other == "gopher.too_few_alphabetic_words"


LINE = st.sampled_from(
    [GOOD, "* a", "● b", "wait . . .", "wait…", "# # #", "", "THE And", "été 漢字", "...."]
)
TEXT = st.lists(LINE, max_size=8).map("\n".join) | st.text(max_size=80)


TABLE = "Name | Size | Kind of thing\nOne | 12 | small\nTwo | 14 | large\n" * 9
CODE = "if ( x == 1 ) {\n    y = call ( x , 2 ) ;\n} // and so on\n" * 9


@pytest.mark.parametrize("text", [TABLE, CODE, "- one\n- two\n", "| --- | … |", ""])
def test_punctuation_alone_is_no_word_where_that_is_asked(text):
    row = dclm.quality(docs(text), count_punctuation=False).row(0, named=True)
    published = dclm.quality(docs(text)).row(0, named=True)
    every = text.split()
    for told, runs in ((row, [run for run in every if any(c.isalnum() for c in run)]), (published, every)):
        many = max(1, len(runs))
        letters = sum(any(map(str.isalpha, run)) for run in runs)
        assert told["dclm_alphabetic_word_ratio"] == pytest.approx(letters / many, rel=1e-6)
        assert told["dclm_mean_word_length"] == pytest.approx(sum(map(len, runs)) / many, rel=1e-6)
        assert told["dclm_symbol_ratio"] == pytest.approx(text.count("…") / many, rel=1e-6)
    same = ("dclm_word_count", "dclm_stop_word_count", "dclm_bullet_line_ratio")
    assert [row[name] for name in same] == [published[name] for name in same]


@settings(max_examples=60)
@given(a=st.lists(TEXT, max_size=4), b=st.lists(TEXT, max_size=4))
def test_law_and_columns(a, b):
    whole = dclm.quality(docs(*a, *b))
    assert_frame_equal(pl.concat([dclm.quality(docs(*a)), dclm.quality(docs(*b))]), whole)
    for _, name, _ in dclm.RULES:
        assert whole[name].dtype in (pl.Float32, pl.Int64)
        assert whole[name].is_finite().all() and not whole[name].has_nulls()
