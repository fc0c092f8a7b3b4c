"""Why two verdicts differ: datatrove's own filter judges again, with one of our definitions for its own.

Where that gives our verdict, the definition is the cause. Where no set of them does, the class is "unnamed".
"""

import unicodedata
from collections.abc import Callable
from contextlib import ExitStack
from itertools import combinations
from unittest.mock import patch

import polars as pl
import verdicts
from datatrove.pipeline.filters import (
    c4_filters,
    fineweb_quality_filter,
    gopher_quality_filter,
    gopher_repetition_filter,
)

from winnow.filters import c4
from winnow.words.marks import hide_marks
from winnow.words.split import split

READERS = (gopher_quality_filter, gopher_repetition_filter, fineweb_quality_filter)
PREFIX = 2_000
Change = Callable[[ExitStack, str], None]


class NoLetterNoDigit:
    """Stands for datatrove's list of punctuation: whatever is neither letter nor number."""

    def __contains__(self, char: str) -> bool:
        return unicodedata.category(char)[0] not in "LN"


def our_words(text: str) -> list[str]:
    words = split(pl.Series([text]))
    data = words.data.tobytes()
    return [data[b:e].decode() for b, e in zip(words.start, words.end, strict=True)]


def _words(stack: ExitStack, text: str) -> None:
    words = our_words(text)
    for module in READERS:
        stack.enter_context(patch.object(module, "split_into_words", lambda *_: words))


def _signs(stack: ExitStack, text: str) -> None:
    stack.enter_context(patch.object(gopher_quality_filter, "PUNCTUATION_SET", NoLetterNoDigit()))


def _capitals(stack: ExitStack, text: str) -> None:
    inner = gopher_quality_filter.split_into_words
    lowered = [word.lower() for word in inner(text, "eng")]
    stack.enter_context(patch.object(gopher_quality_filter, "split_into_words", lambda *_: lowered))


def _joined(stack: ExitStack, text: str) -> None:
    """Runs of words stay apart by their words: datatrove joins them without a sign between."""
    count = gopher_repetition_filter.find_all_duplicate

    def apart(words: list[str], n: int) -> int:
        repeated = count([f"{word}\0" for word in words], n)
        return repeated - repeated_signs(words, n)

    def repeated_signs(words: list[str], n: int) -> int:
        seen, signs, at = set(), 0, 0
        while at <= len(words) - n:
            run = tuple(words[at : at + n])
            signs += n * (run in seen)
            at += n if run in seen else 1
            seen.add(run)
        return signs

    stack.enter_context(patch.object(gopher_repetition_filter, "find_all_duplicate", apart))


def _sentences(stack: ExitStack, text: str) -> None:
    def count(line: str, _: str) -> list[str]:
        return [line] * int(c4.document(pl.DataFrame({"text": [line]}))["c4_sentence_count"][0])

    stack.enter_context(patch.object(c4_filters, "split_into_sentences", count))


def _marks(stack: ExitStack, text: str) -> None:
    """Nothing of datatrove's is changed: `of` takes the pipeline's marks out of the text that it judges."""


CHANGES: dict[str, tuple[str, Change]] = {
    "words": ("gopher repetition fineweb", _words),
    "marks": ("gopher repetition fineweb", _marks),
    "signs": ("gopher", _signs),
    "capitals": ("gopher", _capitals),
    "joined": ("repetition", _joined),
    "sentences": ("c4", _sentences),
}


def of(probe: verdicts.Probe, text: str, ours: str | None, theirs: str | None) -> str:
    """The name of the least set of our definitions with which datatrove's filter says what we say."""
    family = probe.name.partition(".")[0]
    if family == "language":
        return "prefix" if probe.theirs(text[:PREFIX]) == ours else "guard"
    able = {name: change for name, (families, change) in CHANGES.items() if family in families.split()}
    bare = hide_marks(pl.Series([text])).item()
    for size in range(1, len(able) + 1):
        for names in combinations(able, size):
            judged = bare if "marks" in names else text
            with ExitStack() as stack:
                for name in names:
                    able[name](stack, judged)
                if probe.theirs(judged) == ours:
                    return " and ".join(names)
    both = family == "c4" and ours in verdicts.C4 and theirs in verdicts.C4
    return "order" if both or _goes_before(probe, text, ours, theirs) else "unnamed"


def _goes_before(probe: verdicts.Probe, text: str, ours: str | None, theirs: str | None) -> bool:
    """Whether datatrove drops the text for a bracket in a line that goes by our rules of lines, which come
    before those of documents."""
    if probe.name != "c4" or theirs != "curly_bracket":
        return False
    left = c4.lines(pl.DataFrame({"text": [text]}))["text"].item() or ""
    return "{" not in left and probe.theirs(left) == ours


def all_of(docs: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """A row for each verdict that differs: probe, id, both verdicts, class."""
    texts = dict(zip(docs["id"], docs["text"], strict=True))
    rows = []
    for probe in verdicts.probes():
        ours, theirs = f"{probe.name}|ours", f"{probe.name}|theirs"
        for row in found.filter(pl.col(ours).ne_missing(pl.col(theirs))).iter_rows(named=True):
            why = of(probe, texts[row["id"]], row[ours], row[theirs])
            rows.append((probe.name, row["id"], row[ours], row[theirs], why))
    names = ["probe", "id", "ours", "theirs", "class"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
