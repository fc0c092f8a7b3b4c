"""The rules of C4: keep the lines that are sentences, then the pages that have enough of them.

Raffel et al. 2020, "Exploring the Limits of Transfer Learning" (arXiv:1910.10683), with the rules of its
published code that the paper leaves out (long words, citations, policy lines), as in datatrove. The list
of bad words is not applied.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from filters.letters import DIGIT, PUNCTUATION, SPACE, TERMINAL, decode, flag, flags, kernel
from filters.lines import line, strip
from filters.sharing import words_of
from filters.verdict import judge
from filters.words import utf8

_EDIT = np.frombuffer(b"[edit]", np.uint8)
_NEEDED = np.frombuffer(b"[citation needed]", np.uint8)
_POLICY = "terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies"


def lines(
    docs: pl.DataFrame,
    *,
    require_terminal_punctuation: bool = True,
    min_words_per_line: int = 3,
    max_word_length: int = 1000,
    remove_citations: bool = True,
    drop_javascript: bool = True,
    drop_policy: bool = True,
) -> pl.DataFrame:
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
    data, offsets = utf8(docs["text"])
    phrases = ["javascript"] * drop_javascript + _POLICY.split("|") * drop_policy
    out, where = np.empty(len(data) + 1, np.uint8), np.zeros(len(offsets), np.int64)
    kept = np.zeros(len(docs))
    limits = require_terminal_punctuation, min_words_per_line, max_word_length, remove_citations
    _rewrite(data, offsets, _pack(phrases), limits, flags(), out, where, kept)
    text = pa.LargeStringArray.from_buffers(len(docs), pa.py_buffer(where), pa.py_buffer(out[: where[-1]]))
    docs = docs.with_columns(pl.Series("text", text, dtype=pl.String))
    return judge(docs, {"c4_kept_line_ratio": kept}, [(np.diff(where) == 0, "c4.no_lines")])


def document(
    docs: pl.DataFrame,
    *,
    min_sentences: int = 5,
    drop_lorem_ipsum: bool = True,
    drop_curly_bracket: bool = True,
) -> pl.DataFrame:
    """Drop pages of placeholder text, of code, or of too few sentences.

    Comes after `lines`. Signals: `c4_sentence_count` (a line is at least one sentence; another starts at
    the first word behind a sentence's end, in any script), `c4_lorem_ipsum_count`, `c4_curly_bracket_count`
    (occurrences of `{`). Reasons: `c4.lorem_ipsum`, `c4.curly_bracket`, `c4.too_few_sentences`.
    """
    words, rows = words_of(docs["text"])
    counts = np.zeros((len(rows), 3), np.int64)
    where = words.doc, words.start, words.end, words.kind
    _count(words.data, words.offsets, *where, rows, flags(), _pack(["lorem ipsum"]), counts)
    sentences, lorem, curly = counts.T
    rules = [
        (drop_lorem_ipsum & (lorem > 0), "c4.lorem_ipsum"),
        (drop_curly_bracket & (curly > 0), "c4.curly_bracket"),
        (sentences < min_sentences, "c4.too_few_sentences"),
    ]
    signals = {
        "c4_sentence_count": sentences,
        "c4_lorem_ipsum_count": lorem,
        "c4_curly_bracket_count": curly,
    }
    return judge(docs, signals, rules)


def _pack(phrases: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Phrases in lower-case ASCII as bytes and offsets."""
    ends = np.cumsum([0, *(len(p) for p in phrases)]).astype(np.int64)
    return np.frombuffer("".join(phrases).encode() + b"\0", np.uint8), ends


@kernel
def _count_phrases(data, b, e, phrases):
    """Occurrences of any of the phrases in [b, e), in any case of letters."""
    letters, ends = phrases
    count = 0
    for i in range(b, e):
        c = data[i] | 32
        for p in range(len(ends) - 1):
            size = ends[p + 1] - ends[p]
            if c != letters[ends[p]] or i + size > e or data[i + 1] | 32 != letters[ends[p] + 1]:
                continue
            k = 2
            while k < size and _lower(data[i + k]) == letters[ends[p] + k]:
                k += 1
            count += k == size
    return count


@kernel
def _lower(c):
    return c | 32 if 65 <= c <= 90 else c


@kernel
def _rewrite(data, offsets, phrases, limits, table, out, where, kept):
    n = 0
    for d in range(len(offsets) - 1):
        i, last, count, stay, first = offsets[d], offsets[d + 1], 0, 0, n
        while i < last:
            stop, after = line(data, i, last)
            count += 1
            m = _line(data, i, stop, n + (n > first), phrases, limits, table, out)
            if m > n + (n > first):
                if n > first:
                    out[n] = 10
                n, stay = m, stay + 1
            i = after
        where[d + 1], kept[d] = n, stay / max(1, count)


@kernel
def _line(data, b, e, n, phrases, limits, table, out):
    """Write the line [b, e) at n if it stays; returns where it ends, n if it goes."""
    terminal, min_words, max_length, citations = limits
    b, e = strip(data, b, e, table)
    words, longest = _words(data, b, e, table)
    if longest > max_length or words < min_words:
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
def _words(data, b, e, table):
    """(how many words between white space, characters of the longest)."""
    words, longest, size, i = 0, 0, 0, b
    while i < e:
        point, i = decode(data, i)
        if flag(point, table) & SPACE:
            size = 0
            continue
        words += size == 0
        size += 1
        longest = max(longest, size)
    return words, longest


@kernel
def _copy(data, b, e, n, citations, table, out):
    """Copy [b, e) to n, without its citations if so wished; returns where the copy ends."""
    i, first = b, n
    while i < e:
        if n == first and flag(decode(data, i)[0], table) & SPACE:  # what a leading citation leaves
            _, i = decode(data, i)
            continue
        if citations and data[i] == 91:
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
def _count(data, offsets, doc, start, end, kind, rows, table, lorem, out):
    for r in range(len(rows)):
        d = rows[r]
        b, last = offsets[d], offsets[d + 1]
        sentences, ended, after = 0, True, b
        for w in range(doc[d], doc[d + 1]):
            fresh = w == doc[d]
            while after <= start[w] and after < last:
                _, after = line(data, after, last)
                fresh = True
            point, stop = decode(data, start[w])
            kinds = flag(point, table)
            terminal = stop == end[w] and kinds & TERMINAL != 0
            if fresh or (ended and not terminal and (kind[w] or not kinds & PUNCTUATION)):
                sentences += 1
                ended = False
            ended |= terminal
        out[r, 0], out[r, 1] = sentences, _count_phrases(data, b, last, lorem)
        for i in range(b, last):
            out[r, 2] += data[i] == 123
