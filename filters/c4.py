"""The rules of C4: keep the lines that are sentences, then the pages that have enough of them.

Raffel et al. 2020, "Exploring the Limits of Transfer Learning" (arXiv:1910.10683), with the rules of its
published code that the paper leaves out (long words, citations, policy lines), as in datatrove. The list
of bad words is not applied.
"""

from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.filters.verdict import judge, judge_by_rules
from winnow.kernels import F64, I64, U8, U32, kernel
from winnow.words import byte
from winnow.words.cache import lines_of, words_of
from winnow.words.lines import Lines, next_line, next_run
from winnow.words.phrases import Phrases, count_phrases, pack, starts_with
from winnow.words.split import Words, from_utf8
from winnow.words.unicode import DIGIT, PUNCTUATION, SPACE, TERMINAL, decode, flag, flags

_EDIT = np.frombuffer(b"[edit]", np.uint8)
_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)
_POLICY = "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"


RULES = (
    ("c4.lorem_ipsum", "c4_lorem_ipsum_count", "drop_lorem_ipsum"),
    ("c4.curly_bracket", "c4_curly_bracket_count", "drop_curly_bracket"),
    ("c4.too_few_sentences", "c4_sentence_count", "min_sentences"),
)


def lines(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    require_terminal_punctuation: bool = True,
    min_words_per_line: NonNegativeInt = 3,
    max_word_length: NonNegativeInt = 1000,
    remove_citations: bool = True,
    drop_javascript: bool = True,
    drop_policy: bool = True,
) -> Annotated[pl.DataFrame, "text", "c4_kept_line_ratio"]:
    """Rewrite each text to the lines that C4 keeps, in order, without white space at their ends.

    A line goes if it does not end in `.`, `?`, `!` or a quotation mark, or ends in `...`
    (`require_terminal_punctuation`); has fewer than `min_words_per_line` words, or one of more than
    `max_word_length` characters (words between white space); mentions javascript; or speaks of cookies,
    terms of use or privacy policies. Citations (`[3]`, `[edit]`, `[citation needed]`) are cut out of the
    lines that stay. A document none of whose lines stays is dropped: `c4.no_lines`.

    Signal: `c4_kept_line_ratio`, of all lines, blank ones among them. Scripts that end a sentence in
    another sign (`。`), or write no spaces, need `require_terminal_punctuation = false` and
    `min_words_per_line = 1`.
    """
    lines, rows = lines_of(docs["text"])
    phrases = pack(["javascript"] * drop_javascript + _POLICY.split("|") * drop_policy)
    room = int(np.diff(lines.offsets)[rows].sum())
    out, where = np.empty(room + 1, np.uint8), np.zeros(len(rows) + 1, np.int64)
    kept = np.zeros(len(rows))
    limits = require_terminal_punctuation, min_words_per_line, max_word_length, remove_citations
    _rewrite(lines, rows, phrases, limits, flags(), out, where, kept)
    docs = docs.with_columns(from_utf8("text", out, where))
    return judge(docs, {"c4_kept_line_ratio": kept}, [(np.diff(where) == 0, "c4.no_lines")])


def document(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    min_sentences: NonNegativeInt = 5,
    drop_lorem_ipsum: bool = True,
    drop_curly_bracket: bool = True,
) -> Annotated[pl.DataFrame, "c4_sentence_count", "c4_lorem_ipsum_count", "c4_curly_bracket_count"]:
    """Drop pages of placeholder text, of code, or of too few sentences.

    Comes after `lines`. Signals: `c4_sentence_count` (a line is at least one sentence; another starts at
    the first word behind a sentence's end, in any script), `c4_lorem_ipsum_count`, `c4_curly_bracket_count`
    (occurrences of `{`). Reasons: `c4.lorem_ipsum`, `c4.curly_bracket`, `c4.too_few_sentences`.
    """
    words, rows = words_of(docs["text"], marks=False)
    lines, _ = lines_of(docs["text"], marks=False)
    counts = np.zeros((len(rows), 3), np.int64)
    _count_signals(words, lines, rows, flags(), pack(["lorem ipsum"]), counts)
    sentences, lorem, curly = counts.T
    signals = {
        "c4_sentence_count": sentences,
        "c4_lorem_ipsum_count": lorem,
        "c4_curly_bracket_count": curly,
    }
    return judge_by_rules(docs, signals, RULES, locals())


@kernel
def _rewrite(
    lines: Lines,
    rows: I64,
    phrases: Phrases,
    limits: tuple[bool, int, int, bool],
    table: U32,
    out: U8,
    where: I64,
    kept: F64,
) -> None:
    """Write the lines that stay of each row's document, and the ratio of those."""
    data, n = lines.data, 0
    for r in range(len(rows)):
        d = rows[r]
        b, last = lines.offsets[d], lines.offsets[d + 1]
        k, count, stay, first = lines.doc[d], 0, 0, n
        while b < last:
            left, right, b, k = next_line(lines, k, b, last, table)
            count += 1
            m = _write_line(data, left, right, n + (n > first), phrases, limits, table, out)
            if m > n + (n > first):
                if n > first:
                    out[n] = byte.LF
                n, stay = m, stay + 1
        where[r + 1], kept[r] = n, stay / max(1, count)


@kernel
def _write_line(
    data: U8,
    b: int,
    e: int,
    n: int,
    phrases: Phrases,
    limits: tuple[bool, int, int, bool],
    table: U32,
    out: U8,
) -> int:
    """Write the stripped line [b, e) at n if it stays; returns where it ends, n if it goes."""
    terminal, min_words, max_length, citations = limits
    if not _has_words(data, b, e, min_words, max_length, table):
        return n
    m = _copy_line(data, b, e, n, citations, table, out)
    if m == n or (terminal and not _ends_sentence(out, n, m)) or count_phrases(out, n, m, phrases):
        return n
    return m


@kernel
def _ends_sentence(out: U8, b: int, e: int) -> bool:
    """Whether [b, e) ends as a sentence does."""
    c = out[e - 1]
    if c == byte.DOT:
        return not (e - b > 2 and out[e - 2] == byte.DOT and out[e - 3] == byte.DOT)
    return c in (byte.QUESTION, byte.BANG, byte.QUOTE, byte.APOSTROPHE)


@kernel
def _has_words(data: U8, b: int, e: int, min_words: int, max_length: int, table: U32) -> bool:
    """Whether there are `min_words` words between white space, none of more than `max_length` characters."""
    words, i = 0, b
    short = e - b <= max_length
    while i < e and not (short and words >= min_words):
        start, i, size, _ = next_run(data, i, e, table)
        words += i > start
        if size > max_length:
            return False
    return words >= min_words


@kernel
def _copy_line(data: U8, b: int, e: int, n: int, citations: bool, table: U32, out: U8) -> int:
    """Copy [b, e) to n, without its citations if so wished; returns where the copy ends."""
    bracket = b
    while citations and bracket < e and data[bracket] != byte.LBRACKET:
        bracket += 1
    if not citations or bracket == e:
        for k in range(e - b):
            out[n + k] = data[b + k]
        return n + e - b
    i, first = b, n
    while i < e:
        if n == first and flag(decode(data, i)[0], table) & SPACE:  # what a leading citation leaves
            _, i = decode(data, i)
            continue
        if data[i] == byte.LBRACKET:
            after = _skip_citation(data, i, e, table)
            if after > i:
                i = after
                continue
        out[n] = data[i]
        i, n = i + 1, n + 1
    return n


@kernel
def _skip_citation(data: U8, b: int, e: int, table: U32) -> int:
    """The end of the citation that starts at b with a bracket, or b if it is none."""
    i = b + 1
    while i < e:
        point, after = decode(data, i)
        if point == byte.RBRACKET:
            return int(after)
        if not flag(point, table) & DIGIT:
            break
        i = after
    for word in (_EDIT, _NEEDED):
        if starts_with(data, b, e, word):
            return b + len(word)
    return b


@kernel
def _count_signals(words: Words, lines: Lines, rows: I64, table: U32, lorem: Phrases, out: I64) -> None:
    """Count sentences, lorem ipsum and curly brackets of each row's document."""
    data = words.data
    for r in range(len(rows)):
        d = rows[r]
        b, last, k = words.offsets[d], words.offsets[d + 1], lines.doc[d]
        sentences, ended, after = 0, True, b
        for w in range(words.doc[d], words.doc[d + 1]):
            fresh = w == words.doc[d]
            while after <= words.start[w] and after < last:
                _, _, after, k = next_line(lines, k, after, last, table)
                fresh = True
            point, stop = decode(data, words.start[w])
            kinds = flag(point, table)
            terminal = stop == words.end[w] and kinds & TERMINAL != 0
            if fresh or (ended and not terminal and (words.kind[w] or not kinds & PUNCTUATION)):
                sentences += 1
                ended = False
            ended |= terminal
        curly = 0
        for i in range(b, last):
            curly += data[i] == byte.LBRACE
        out[r, 0], out[r, 1], out[r, 2] = sentences, count_phrases(data, b, last, lorem), curly
