"""The rules of C4: keep the lines that are sentences, then the pages that have enough of them.

Raffel et al. 2020, "Exploring the Limits of Transfer Learning" (arXiv:1910.10683), with the rules of its
published code that the paper leaves out (long words, citations, policy lines), as in datatrove. The list
of bad words is not applied.
"""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from filters.verdict import broken, judge
from filters.words.cache import lines_of, words_of
from filters.words.jit import kernel
from filters.words.lines import stripped
from filters.words.unicode import DIGIT, PUNCTUATION, SPACE, TERMINAL, decode, flag, flags

_EDIT = np.frombuffer(b"[edit]", np.uint8)
_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)
_POLICY = "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"
_RARE = "zqjxkvbywgpfmucldhrnisaote "  # letters of English, the rarest first


class _Phrases(NamedTuple):
    letters: np.ndarray  # uint8
    ends: np.ndarray  # int64, phrases + 1
    anchors: np.ndarray  # int64: the place of each phrase's rarest letter, by which it is looked for
    marks: np.ndarray  # bool, by byte: whether it is such a letter


RULES = (
    ("c4.lorem_ipsum", "c4_lorem_ipsum_count", "drop_lorem_ipsum"),
    ("c4.curly_bracket", "c4_curly_bracket_count", "drop_curly_bracket"),
    ("c4.too_few_sentences", "c4_sentence_count", "min_sentences"),
)


def lines(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    require_terminal_punctuation: bool = True,
    min_words_per_line: int = 3,
    max_word_length: int = 1000,
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
    phrases = _pack(["javascript"] * drop_javascript + _POLICY.split("|") * drop_policy)
    room = int(np.diff(lines.offsets)[rows].sum())
    out, where = np.empty(room + 1, np.uint8), np.zeros(len(rows) + 1, np.int64)
    kept = np.zeros(len(rows))
    limits = require_terminal_punctuation, min_words_per_line, max_word_length, remove_citations
    _rewrite(lines, rows, phrases, limits, flags(), out, where, kept)
    text = pa.LargeStringArray.from_buffers(len(docs), pa.py_buffer(where), pa.py_buffer(out[: where[-1]]))
    docs = docs.with_columns(pl.Series("text", text, dtype=pl.String))
    return judge(docs, {"c4_kept_line_ratio": kept}, [(np.diff(where) == 0, "c4.no_lines")])


def document(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    min_sentences: int = 5,
    drop_lorem_ipsum: bool = True,
    drop_curly_bracket: bool = True,
) -> Annotated[pl.DataFrame, "c4_sentence_count", "c4_lorem_ipsum_count", "c4_curly_bracket_count"]:
    """Drop pages of placeholder text, of code, or of too few sentences.

    Comes after `lines`. Signals: `c4_sentence_count` (a line is at least one sentence; another starts at
    the first word behind a sentence's end, in any script), `c4_lorem_ipsum_count`, `c4_curly_bracket_count`
    (occurrences of `{`). Reasons: `c4.lorem_ipsum`, `c4.curly_bracket`, `c4.too_few_sentences`.
    """
    settings = locals()
    words, rows = words_of(docs["text"])
    lines, _ = lines_of(docs["text"])
    counts = np.zeros((len(rows), 3), np.int64)
    _count(words, lines, rows, flags(), _pack(["lorem ipsum"]), counts)
    sentences, lorem, curly = counts.T
    signals = {
        "c4_sentence_count": sentences,
        "c4_lorem_ipsum_count": lorem,
        "c4_curly_bracket_count": curly,
    }
    return judge(docs, signals, broken(RULES, signals, settings))


def _pack(phrases: list[str]) -> _Phrases:
    """Phrases in lower-case ASCII as bytes and offsets, and where each has its rarest letter."""
    ends = np.cumsum([0, *(len(p) for p in phrases)]).astype(np.int64)
    anchors = np.array([min(range(len(p)), key=lambda k: _RARE.find(p[k])) for p in phrases], np.int64)
    marks = np.zeros(256, np.bool_)
    for phrase, anchor in zip(phrases, anchors, strict=True):
        marks[[ord(phrase[anchor]), ord(phrase[anchor].upper())]] = True
    return _Phrases(np.frombuffer("".join(phrases).encode() + b"\0", np.uint8), ends, anchors, marks)


@kernel
def _count_phrases(data, b, e, phrases):
    """Occurrences of any of the phrases in [b, e), in any case of letters."""
    count = 0
    for i in range(b, e):
        if phrases.marks[data[i]]:
            for p in range(len(phrases.anchors)):
                count += _stands(data, b, e, i - phrases.anchors[p], phrases, p)
    return count


@kernel
def _stands(data, b, e, i, phrases, p):
    """Whether phrase p stands at byte i of [b, e)."""
    first, last = phrases.ends[p], phrases.ends[p + 1]
    if i < b or i + last - first > e:
        return False
    for k in range(last - first):
        c = data[i + k]
        if (c | 32 if 65 <= c <= 90 else c) != phrases.letters[first + k]:
            return False
    return True


@kernel
def _rewrite(lines, rows, phrases, limits, table, out, where, kept):
    data, n = lines.data, 0
    for r in range(len(rows)):
        d = rows[r]
        b, last = lines.offsets[d], lines.offsets[d + 1]
        k, count, stay, first = lines.doc[d], 0, 0, n
        while b < last:
            left, right, b, k = stripped(lines, k, b, last, table)
            count += 1
            m = _line(data, left, right, n + (n > first), phrases, limits, table, out)
            if m > n + (n > first):
                if n > first:
                    out[n] = 10
                n, stay = m, stay + 1
        where[r + 1], kept[r] = n, stay / max(1, count)


@kernel
def _line(data, b, e, n, phrases, limits, table, out):
    """Write the stripped line [b, e) at n if it stays; returns where it ends, n if it goes."""
    terminal, min_words, max_length, citations = limits
    if not _worded(data, b, e, min_words, max_length, table):
        return n
    m = _copy(data, b, e, n, citations, table, out)
    if m == n or (terminal and not _ends(out, n, m)) or _count_phrases(out, n, m, phrases):
        return n
    return m


@kernel
def _ends(out, b, e):
    """Whether [b, e) ends as a sentence does."""
    c = out[e - 1]
    if c == 46:
        return not (e - b > 2 and out[e - 2] == 46 and out[e - 3] == 46)
    return c == 63 or c == 33 or c == 34 or c == 39


@kernel
def _worded(data, b, e, min_words, max_length, table):
    """Whether there are `min_words` words between white space, none of more than `max_length` characters."""
    words, size, i = 0, 0, b
    short = e - b <= max_length
    while i < e and not (short and words >= min_words):
        point, i = decode(data, i)
        space = flag(point, table) & SPACE != 0
        words += size == 0 and not space
        size = 0 if space else size + 1
        if size > max_length:
            return False
    return words >= min_words


@kernel
def _copy(data, b, e, n, citations, table, out):
    """Copy [b, e) to n, without its citations if so wished; returns where the copy ends."""
    bracket = b
    while citations and bracket < e and data[bracket] != 91:
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
        if data[i] == 91:
            after = _citation(data, i, e, table)
            if after > i:
                i = after
                continue
        out[n] = data[i]
        i, n = i + 1, n + 1
    return n


@kernel
def _citation(data, b, e, table):
    """The end of the citation that starts at b with a bracket, or b if it is none."""
    i = b + 1
    while i < e:
        point, after = decode(data, i)
        if point == 93:
            return after
        if not flag(point, table) & DIGIT:
            break
        i = after
    for word in (_EDIT, _NEEDED):
        size = len(word)
        if b + size <= e:
            k = 0
            while k < size and data[b + k] == word[k]:
                k += 1
            if k == size:
                return b + size
    return b


@kernel
def _count(words, lines, rows, table, lorem, out):
    data = words.data
    for r in range(len(rows)):
        d = rows[r]
        b, last, k = words.offsets[d], words.offsets[d + 1], lines.doc[d]
        sentences, ended, after = 0, True, b
        for w in range(words.doc[d], words.doc[d + 1]):
            fresh = w == words.doc[d]
            while after <= words.start[w] and after < last:
                _, _, after, k = stripped(lines, k, after, last, table)
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
            curly += data[i] == 123
        out[r, 0], out[r, 1], out[r, 2] = sentences, _count_phrases(data, b, last, lorem), curly
