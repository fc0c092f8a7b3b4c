"""Lines that are no text: counters, buttons, shouting. RefinedWeb's clean-up of what extraction leaves.

Penedo et al. 2023, "The RefinedWeb Dataset for Falcon LLM", 3.1 and G.2 (arXiv:2306.01116), with the patterns
that DCLM's code found for them. Lines that the pages of a site share: `filters.sites`.
"""

from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.filters.verdict import judge, judge_by_rules
from winnow.kernels import I64, U8, U32, kernel
from winnow.ranges import Ratio
from winnow.words import byte
from winnow.words.lines import PARTING, is_separator, strip
from winnow.words.phrases import Phrases, match_phrase, pack
from winnow.words.split import from_utf8, utf8
from winnow.words.unicode import ALONE, DIGIT, LETTER, LOWER, MARK, SPACE, UPPER, decode, flag, flags

# Written so that the engine can look for the fixed letters first: ASCII word boundaries, one space before.
_URLS = [
    r" ?(?:(?:https?|ftp)://|(?-u:\b)www\.)[^\s<>]+",
    r" ?(?-u:\b)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?-u:\b)[^\s<>]*",
]
RULES = (("boilerplate.too_many_words", "boilerplate_word_ratio", "max_removed_word_ratio"),)
_COUNTERS = [
    *("likes", "shares", "comments", "retweets", "reposts", "quotes", "bookmarks", "upvotes", "downvotes"),
    *("downloads", "views", "followers"),
]
_Limits = tuple[float, int, bool, int]
_Lists = tuple[Phrases, Phrases, Phrases, Phrases]


def tidy(
    docs: Annotated[pl.DataFrame, "text"], *, max_newlines: NonNegativeInt = 2, remove_urls: bool = True
) -> Annotated[pl.DataFrame, "text", "boilerplate_urls"]:
    """Rewrite each text: no more than `max_newlines` line breaks in a row, and no URLs.

    A URL starts with its scheme, with `www.`, or is an IP address; it goes with a space before it. Signal:
    `boilerplate_urls` (how many were found, also where they stay). A text of which nothing stays is dropped:
    `boilerplate.nothing_left`.
    """
    text, found = docs["text"], np.zeros(len(docs), np.int64)
    for pattern in _URLS:
        found += text.str.count_matches(pattern).fill_null(0).to_numpy()
        text = text.str.replace_all(pattern, "") if remove_urls else text
    text = text.str.replace_all(rf"\n{{{max_newlines + 1},}}", "\n" * max_newlines)
    blank = (~text.str.contains(r"\S")).fill_null(True).to_numpy()
    rules = [(blank, "boilerplate.nothing_left")]
    return judge(docs.with_columns(text.alias("text")), {"boilerplate_urls": found}, rules)


def lines(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    max_upper_case_ratio: Ratio = 0.5,
    min_words_per_line: NonNegativeInt = 2,
    remove_numbers: bool = True,
    counters: list[str] = _COUNTERS,
    phrases: list[str] = ["items in cart"],  # noqa: B006 - never changed
    first_phrases: list[str] = ["sign-in"],  # noqa: B006 - never changed
    last_phrases: list[str] = ["read more...", "read more…"],  # noqa: B006 - never changed
    max_phrase_line_words: NonNegativeInt = 10,
    max_removed_word_ratio: Ratio = 0.05,
) -> Annotated[pl.DataFrame, "text", "boilerplate_lines", "boilerplate_characters", "boilerplate_word_ratio"]:
    """Take out the lines of each text that are no text, and drop the texts that lose too many words by it.

    A line goes if more than `max_upper_case_ratio` of its characters are upper case; if it is a number; if it
    is a counter (`3 likes`, `1.2k views`: a number and one of `counters`); or if it has fewer than
    `min_words_per_line` words. Out of lines of at most `max_phrase_line_words` words are cut `phrases`,
    `first_phrases` at the start and `last_phrases` at the end (in any case, with a space beside them); a line
    of which nothing stays goes. Then blank lines at both ends go too; a text in which nothing is found stays
    as it is, and what parts posts of a thread stays between them. Words stand between white space and have a
    letter or digit; in scripts without spaces each letter is one.

    Signals: `boilerplate_lines`, `boilerplate_characters` (taken out, without line breaks) and
    `boilerplate_word_ratio` (of the words). Reasons: `boilerplate.nothing_left`,
    `boilerplate.too_many_words`.
    """
    limits = max_upper_case_ratio, min_words_per_line, remove_numbers, max_phrase_line_words
    lists = pack(counters), pack(phrases), pack(first_phrases), pack(last_phrases)
    text, gone, words = _take_out(docs["text"], limits, lists)
    signals = {
        "boilerplate_lines": gone[:, 0],
        "boilerplate_characters": gone[:, 1],
        "boilerplate_word_ratio": (words[:, 0] - words[:, 1]) / np.maximum(words[:, 0], 1),
    }
    also = [((text == "").to_numpy(), "boilerplate.nothing_left")]
    return judge_by_rules(docs.with_columns(text), signals, RULES, locals(), also=also)


def _take_out(text: pl.Series, limits: _Limits, lists: _Lists) -> tuple[pl.Series, I64, I64]:
    """The texts that stay; lines and characters taken out of each; its words before and after."""
    data, offsets = utf8(text)
    out, where = np.empty(len(data) + 1, np.uint8), np.zeros(len(offsets), np.int64)
    gone, words = np.zeros((len(text), 2), np.int64), np.zeros((len(text), 2), np.int64)
    _rewrite(data, offsets, limits, lists, flags(), out, where, gone, words)
    return from_utf8("text", out, where), gone, words


@kernel
def _rewrite(
    data: U8,
    offsets: I64,
    limits: _Limits,
    lists: _Lists,
    table: U32,
    out: U8,
    where: I64,
    gone: I64,
    words: I64,
) -> None:
    """Write the lines that stay; count what goes of lines and characters, and words before and after."""
    n = 0
    for d in range(len(offsets) - 1):
        i, last, first, breaks, parts = offsets[d], offsets[d + 1], n, 0, False
        while i <= last:
            e = i
            while e < last and data[e] != byte.LF:
                e += 1
            left, right = strip(data, i, e, table)
            if is_separator(data, i, e, offsets[d], last):
                parts = n > first
            elif left < right:
                span = i, e, left, right
                gap = len(PARTING) if parts else breaks
                m, before, after, characters = _write_line(data, span, n + gap, limits, lists, table, out)
                words[d, 0], words[d, 1] = words[d, 0] + before, words[d, 1] + after
                gone[d, 1] += characters
                if m > n + gap:
                    for k in range(gap):
                        out[n + k] = PARTING[k] if parts else byte.LF
                    n, breaks, parts = m, 0, False
                else:
                    gone[d, 0] += 1
                    breaks -= 1
            breaks = breaks + 1 if n > first else 0
            i = e + 1
        if n > first and gone[d, 1] == 0:  # as it stood, with its blank lines
            n = first
            for k in range(offsets[d], last):
                out[n] = data[k]
                n += 1
        where[d + 1] = n


@kernel
def _write_line(
    data: U8, span: tuple[int, int, int, int], n: int, limits: _Limits, lists: _Lists, table: U32, out: U8
) -> tuple[int, int, int, int]:
    """Write a line at n if it stays: (where it ends, words before, words after, characters gone).

    `span` is where it starts and ends, and where it does without white space: uncut it stays as it stands.
    """
    start, stop, b, e = span
    max_upper, min_words, numbers, max_words = limits
    counters, phrases, firsts, lasts = lists
    characters, words, upper, digits = _measure_line(data, b, e, table)
    if upper > max_upper * characters or (numbers and digits == characters) or words < min_words:
        return n, words, 0, characters
    if digits and _is_counter(data, b, e, counters, table):
        return n, words, 0, characters
    left, right = b, e
    if words <= max_words:
        left = b + match_phrase(data, b, e, firsts, False)
        right = e - match_phrase(data, left, e, lasts, True)
    m = _copy_line(data, left, right, n, phrases, words <= max_words, table, out)
    left, right = strip(out, n, m, table)
    if right - left == e - b:
        for i in range(start, stop):
            out[n + i - start] = data[i]
        return n + stop - start, words, words, 0
    for i in range(left, right):
        out[n + i - left] = out[i]
    m = n + right - left
    stay, after, _, _ = _measure_line(out, n, m, table)
    return m, words, after, characters - stay


@kernel
def _measure_line(data: U8, b: int, e: int, table: U32) -> tuple[int, int, int, int]:
    """(characters, words, upper-case characters, digits) of [b, e)."""
    characters, words, upper, digits, inside, i = 0, 0, 0, 0, False, b
    while i < e:
        point, i = decode(data, i)
        kinds = flag(point, table)
        characters += 1
        upper += kinds & UPPER != 0 and not kinds & LOWER
        digits += kinds & DIGIT != 0
        if kinds & ALONE:
            words += 1
            inside = False
        elif kinds & (LETTER | DIGIT) and not inside:
            words += 1
            inside = True
        elif kinds & SPACE:
            inside = False
    return characters, words, upper, digits


@kernel
def _is_counter(data: U8, b: int, e: int, counters: Phrases, table: U32) -> bool:
    """Whether [b, e) is a number, maybe with k, m or b, and a counter, apart from punctuation."""
    i = b
    while i < e and not flag(decode(data, i)[0], table) & (LETTER | DIGIT | MARK):
        _, i = decode(data, i)
    start = i
    while i < e and (
        byte.ZERO <= data[i] <= byte.NINE or (i > start and (data[i] == byte.COMMA or data[i] == byte.DOT))
    ):
        i += 1
    if i in (start, e):
        return False
    if data[i] | byte.CASE == byte.k or data[i] | byte.CASE == byte.m or data[i] | byte.CASE == byte.b:
        i += 1
    space = i
    while i < e and flag(decode(data, i)[0], table) & SPACE:
        _, i = decode(data, i)
    size = match_phrase(data, i, e, counters, False) if i > space else 0
    if size == 0:
        return False
    while i + size < e:
        point, after = decode(data, i + size)
        if flag(point, table) & (LETTER | DIGIT | MARK):
            return False
        size = after - i
    return True


@kernel
def _copy_line(data: U8, b: int, e: int, n: int, phrases: Phrases, cut: bool, table: U32, out: U8) -> int:
    """Copy [b, e) to n, without the phrases where they are to be cut; returns where the copy ends."""
    i, first = b, n
    while i < e:
        size = match_phrase(data, i, e, phrases, False) if cut else 0
        if size:
            if n > first and out[n - 1] == byte.BLANK:
                n -= 1
            i += size
            continue
        out[n] = data[i]
        i, n = i + 1, n + 1
    return n
