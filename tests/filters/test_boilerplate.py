"""RefinedWeb's line rules against the same rules in plain Python, and their laws."""

import functools
import importlib.metadata
import pydoc_data.topics
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import boilerplate

PAGE = [
    "The keeper climbs the tower every evening and lights the lamp.",
    "  indented code stays as it is",
    "WINTER SALE ENDS TODAY",
    "2024",
    "1,204 Likes",
    "Home",
    "",
    "3 items in cart",
    "Sign-in to see more of this",
    "Here is a short teaser Read more...",
    "A long line that ends in the same words is left alone whatever they may be read more...",
]


def docs(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts}, schema={"text": pl.String})


def clean(*texts: str, **options) -> list[str]:
    return boilerplate.lines(docs(*texts), **options)["text"].to_list()


def words(line: str) -> int:
    return sum(any(c.isalnum() for c in word) for word in line.split())


def reference(text: str) -> tuple[str, int, float]:
    """The text that stays, how many lines went, and the ratio of words."""
    counter = rf"[^\w]*\d[\d.,]*[kmb]?\s+(?:{'|'.join(boilerplate._COUNTERS)})[\W_]*"
    kept, gone, lost = [], 0, 0
    for line in text.split("\n"):
        bare = line.strip()
        if not bare:
            kept.append("")
            continue
        upper = sum(c.isupper() for c in bare)
        if (
            upper > 0.5 * len(bare)
            or bare.isdigit()
            or words(bare) < 2
            or re.fullmatch(counter, bare.lower())
        ):
            gone, lost = gone + 1, lost + words(bare)
            continue
        if words(bare) <= 10:
            cut = re.sub(r"^sign-in|read more(?:\.\.\.|…)$", "", bare, flags=re.IGNORECASE)
            cut = re.sub(" ?items in cart", "", cut, flags=re.IGNORECASE).strip()
            if cut != bare:
                lost += words(bare) - words(cut)
                line = cut
                if not line:
                    gone += 1
                    continue
        kept.append(line)
    touched = gone or any(line not in text.split("\n") for line in kept if line)
    whole = "\n".join(kept).strip("\n") if touched or not any(kept) else text
    return whole, gone, lost / max(1, words(text))


@functools.cache
def texts() -> list[str]:
    about = [d.read_text("METADATA") or "" for d in importlib.metadata.distributions()][:40]
    found = [t for t in sorted({*about, *pydoc_data.topics.topics.values()}) if t.isascii()]
    worn = [t.replace(". ", "\n3 likes\nSign-in ").replace(", ", " read more...\n") for t in found[:40]]
    return [t[:3000] for t in found + worn] + ["\n".join(PAGE)]


def test_against_plain_python():
    out = boilerplate.lines(docs(*texts()))
    reasons = set()
    for text, row in zip(texts(), out.iter_rows(named=True), strict=True):
        kept, gone, ratio = reference(text)
        assert row["text"] == kept
        assert row["boilerplate_lines"] == gone
        assert row["boilerplate_word_ratio"] == pytest.approx(ratio, abs=1e-6)
        nothing, many = "boilerplate.nothing_left", "boilerplate.too_many_words"
        assert row["drop_reason"] == (many if ratio > 0.05 else None if kept else nothing)
        reasons.add(row["drop_reason"])
    assert reasons == {None, many}


def test_a_page():
    out = boilerplate.lines(docs("\n".join(PAGE)))
    kept = [*PAGE[:2], "", "3", "to see more of this", "Here is a short teaser", PAGE[-1]]
    assert out["text"].item() == "\n".join(kept)
    assert out["boilerplate_lines"].item() == 4
    gone = [
        "WINTER SALE ENDS TODAY",
        "2024",
        "1,204 Likes",
        "Home",
        " items in cart",
        "Sign-in ",
        " Read more...",
    ]
    assert out["boilerplate_characters"].item() == sum(map(len, gone))


@pytest.mark.parametrize(
    "line", ["3 likes", "• 1.2K views •", "12,345 comments!", "(7 Followers)", "1 shares", "5m downloads"]
)
def test_counters(line):
    assert clean(f"Some text stands here.\n{line}") == ["Some text stands here."]


@pytest.mark.parametrize(
    "line",
    ["3 likes it", "three likes", "likes 3", "3 cats", "3likes", "a 3 likes", "3 likeses", "the 3 views"],
)
def test_no_counters(line):
    assert clean(line) in ([line], [""]) and clean(f"{line} of all things") == [f"{line} of all things"]


def test_letters_of_scripts_without_spaces_are_words():
    assert clean("这是一个句子。") == ["这是一个句子。"]
    assert clean("语") == [""]


def test_nothing_left():
    out = boilerplate.lines(docs("HOME\nNEWS", "", "\n \n"))
    assert out["drop_reason"].to_list() == ["boilerplate.nothing_left"] * 3
    assert out["boilerplate_word_ratio"].to_list() == [1.0, 0.0, 0.0]


def test_each_setting_switches_its_rule_off():
    off = {"max_upper_case_ratio": 1.0, "min_words_per_line": 0, "remove_numbers": False, "counters": []}
    off |= {"phrases": [], "first_phrases": [], "last_phrases": []}
    text = "\n".join(PAGE)
    assert clean(text, **off) == [text]
    for name in off:
        some = {k: v for k, v in off.items() if k != name}
        assert clean(text, **some) != [text] or name == "remove_numbers", name


@pytest.mark.parametrize(
    ("text", "tidied", "urls"),
    [
        ("See https://example.com/a?b=c#d for more.", "See for more.", 1),
        ("Go to www.example.com, or ftp://x.org/y", "Go to or", 2),
        (
            "At 192.168.0.1:8080/x it listens; version 1.2.3 and 1.2.3.4.5",
            "At it listens; version 1.2.3 and",
            2,
        ),
        ("awww.so sweet", "awww.so sweet", 0),
        ("a\n\n\n\nb\n\nc", "a\n\nb\n\nc", 0),
    ],
)
def test_tidy(text, tidied, urls):
    out = boilerplate.tidy(docs(text))
    assert (out["text"].item(), out["boilerplate_urls"].item()) == (tidied, urls)
    stays = boilerplate.tidy(docs(text), remove_urls=False, max_newlines=9)
    assert (stays["text"].item(), stays["boilerplate_urls"].item()) == (text, urls)


def test_tidy_drops_what_was_only_a_url():
    assert boilerplate.tidy(docs("https://a.example/"))["drop_reason"].item() == "boilerplate.nothing_left"


TEXT = st.lists(st.sampled_from([*PAGE, "é 3 likes", "漢字。", "\t", "{"]), max_size=8).map(
    "\n".join
) | st.text(max_size=60)


@pytest.mark.parametrize("step", [boilerplate.lines, boilerplate.tidy])
@settings(max_examples=50)
@given(a=st.lists(TEXT, max_size=4), b=st.lists(TEXT, max_size=4))
def test_law_columns_and_once_is_enough(step, a, b):
    whole = step(docs(*a, *b))
    assert_frame_equal(pl.concat([step(docs(*a)), step(docs(*b))]), whole)
    signals = [name for name in whole.columns if name.startswith("boilerplate_")]
    assert signals
    for name in signals:
        assert whole[name].dtype in (pl.Float32, pl.Int64)
        assert whole[name].is_finite().all() and not whole[name].has_nulls()
    if step is boilerplate.lines:
        sizes = whole["text"].str.replace_all("\n", "").str.len_chars()
        before = pl.Series([*a, *b], dtype=pl.String).str.replace_all("\n", "").str.len_chars()
        assert (sizes <= before).all()
