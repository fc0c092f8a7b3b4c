"""Our decisions against datatrove's own filters, on texts that every installation has.

The texts: Python's own help topics, the descriptions of the installed packages, modules of the standard
library, and what web pages do to texts (lines joined, cut, repeated, as lists). None in capitals: we know
stop words in capitals, datatrove does not.
"""

import functools
import importlib.metadata
import inspect
import pydoc_data.topics
import random
import string
import textwrap
import unittest
from collections.abc import Callable
from functools import partial

import polars as pl
import pytest
from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.utils.text import split_into_words

from winnow.filters import c4, fineweb, gopher, repetition
from winnow.words.split import split

LENGTH = 3000
Step = Callable[[pl.DataFrame], pl.DataFrame]


@functools.cache
def texts() -> list[str]:
    topics = list(pydoc_data.topics.topics.values())[:70]
    about = [d.read_text("METADATA") or "" for d in importlib.metadata.distributions()][:50]
    code = [inspect.getsource(m) for m in (functools, textwrap, string, random, inspect, unittest)]
    whole = [t[:LENGTH] for t in sorted(set(topics + about + code)) if len(t) > 200]
    assert len(whole) > 80
    draw = random.Random(7)
    return whole + [_wear_out(t, draw) for t in whole]


def _wear_out(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    some = draw.choices(lines, k=5)
    return draw.choice(
        [
            " ".join(lines),
            text.replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n"),
            "\n".join(lines[: len(lines) // 2] + some * draw.randint(1, 9)),
            "\n".join(f"• {line}" for line in lines),
            "\n".join(f"{line}..." for line in lines),
            text[: draw.randint(100, 600)],
            text + " " + " ".join(some * 3),
        ]
    )


def decide(theirs: BaseFilter) -> list[bool]:
    return [theirs.filter(Document(text=t, id="")) is True for t in texts()]


def agreement(kept: pl.DataFrame, theirs: list[bool]) -> float:
    ours = kept["drop_reason"].is_null().to_list()
    assert 0.05 < sum(ours) / len(ours) < 0.95  # else agreement says nothing
    return sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(ours)


@functools.cache
def docs() -> pl.DataFrame:
    return pl.DataFrame({"text": texts()})


def test_words() -> None:
    """At least 99% of the reference's words are words here, at the same place."""
    words, same, total = split(docs()["text"]), 0, 0
    data = words.data.tobytes()
    for i, text in enumerate(texts()):
        own = [data[words.start[w] : words.end[w]].decode() for w in range(words.doc[i], words.doc[i + 1])]
        theirs = _spans(split_into_words(text))
        same += len(_spans(own) & theirs)
        total += len(theirs)
    assert same / total >= 0.99


def _spans(words: list[str]) -> set[tuple[int, int]]:
    ends, spans = 0, set()
    for word in words:
        spans.add((ends, ends + len(word)))
        ends += len(word)
    return spans


def gopher_pair(ratio: float, words: int = 50) -> tuple[Step, BaseFilter]:
    ours = partial(gopher.quality, min_alphabetic_word_ratio=ratio, min_words=words)
    return ours, GopherQualityFilter(max_non_alpha_words_ratio=ratio, min_doc_words=words)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (repetition.repetition, GopherRepetitionFilter()),
        (fineweb.quality, FineWebQualityFilter()),
        # By default nearly all technical texts go, for their punctuation.
        gopher_pair(0.6),
        gopher_pair(0.7),
        gopher_pair(0.5, words=200),
    ],
    ids=["repetition", "fineweb", "gopher", "gopher strict", "gopher long"],
)
def test_decisions(ours: Step, theirs: BaseFilter) -> None:
    assert agreement(ours(docs()), decide(theirs)) >= 0.98


def test_c4() -> None:
    """Decisions, and the texts of what both keep (a leading citation leaves no space with us)."""
    judged = c4.document(c4.lines(docs()))
    theirs = C4QualityFilter()
    rewritten = [Document(text=t, id="") for t in texts()]
    kept = [theirs.filter(d) is True for d in rewritten]
    assert agreement(judged, kept) >= 0.98
    both = judged["drop_reason"].is_null() & pl.Series(kept)
    assert both.sum() > 20
    for own, other, keep in zip(judged["text"], rewritten, both, strict=True):
        if keep:
            assert own == "\n".join(line.lstrip() for line in other.text.split("\n"))
