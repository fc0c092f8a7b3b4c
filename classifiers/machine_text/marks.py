"""Marks that a machine's text leaves: disclaimers, refusals, remnants of prompts and of the tools around it.

They stand in `marks.txt`. One counts where a text says it, not where it speaks of it: a phrase must begin
a sentence or a line, and nothing counts right behind a quote or a backtick, or in a line that is marked as
quoted (`>`). Left out is what people's own templates had long before: `[Your Name]`, "I hope this helps".
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl

from winnow.files import read_text

_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u201e\u201a\xab\xbb\u300c\u300e\u300a"
_APOSTROPHE = "\u2019"  # the bent one
_ENDS = r".!?:;\u2026\u3002\uff01\uff1f\uff1a\uff1b"  # of sentences, and what may lead in a reply
_LEADS = r"[-*#\u2022_]|\d+[.)]"  # what stands before an item or a heading
# Each character has one way to match: nested repeats would try every cut of a line of dashes.
_BEFORE = re.compile(rf"(?:^|[\n{_ENDS}])[ \t\u3000]*(?:(?:{_LEADS})(?:[ \t]|{_LEADS})*)?\Z")
_QUOTED_LINE = re.compile(r"(?:^|\n)[ \t]*>[^\n]*\Z")
_REACH = 200  # characters before a mark that are looked at


def find(text: pl.Series) -> pl.DataFrame:
    """`machine_marks` (Int64): how many marks each text has; `machine_mark` (String): its first one, in small
    letters, null where it has none."""
    text = text.fill_null("")
    flat = text.str.to_lowercase().str.replace_all(_APOSTROPHE, "'", literal=True)
    flat = flat.str.replace_all(r"[\s\x1c-\x1f]+", " ")  # what `re` takes for white space
    looked = flat.str.contains_any(pl.Series(_read()["hint"]).implode())
    count, first = [0] * len(text), [None] * len(text)  # type: list[int], list[str | None]
    for row in looked.arg_true():
        found = list(_find_in(text[row]))
        count[row], first[row] = len(found), found[0] if found else None
    return pl.DataFrame(
        {"machine_marks": pl.Series(count, dtype=pl.Int64), "machine_mark": pl.Series(first, dtype=pl.String)}
    )


def _find_in(text: str) -> Iterator[str]:
    """The marks that a text says itself, as it says them."""
    for match in _compile().finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        if _QUOTED_LINE.search(before) or (before and before[-1] in _QUOTES):
            continue
        if match.lastgroup == "phrase" and not _BEFORE.search(before):
            continue
        yield re.sub(r"\s+", " ", match[0]).lower().replace(_APOSTROPHE, "'")


@cache
def _compile() -> re.Pattern[str]:
    """One expression for all marks, a group for each of the three ways in which they stand."""
    marks = {kind: "|".join(lines).replace("(?:", "(").replace("(", "(?:") for kind, lines in _read().items()}
    phrase = marks["phrase"].replace("'", f"['{_APOSTROPHE}]").replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(
        rf"(?P<phrase>{phrase})|(?P<token>{marks['token']})|^(?P<line>{marks['line']})", re.I | re.M
    )


@cache
def _read() -> dict[str, list[str]]:
    """The lines of each part of the list."""
    parts: dict[str, list[str]] = {}
    for line in read_text(Path(__file__).parent / "marks.txt").splitlines():
        if head := re.match(r"\[(\w+)\] ", line):
            parts[head[1]] = []
        elif line and not line.startswith("# "):
            parts[list(parts)[-1]].append(line)
    return parts
