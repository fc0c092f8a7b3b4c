"""The repetition rules of Gopher: does the text say the same thing again and again?

Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", table A1
(arXiv:2112.11446), measured as datatrove does.
"""

import numba
import numpy as np
import polars as pl

from filters.letters import flags, kernel
from filters.lines import characters, fingerprint, mask_for, most_newlines, newlines, slot, strip
from filters.sharing import words_of
from filters.splitter import mix
from filters.verdict import judge

_BASE = np.uint64(0x9E3779B97F4A7C15)
_SIGNALS = (
    "duplicate_paragraph_ratio",
    "duplicate_paragraph_char_ratio",
    "duplicate_line_ratio",
    "duplicate_line_char_ratio",
    *(f"top_{n}gram_char_ratio" for n in range(2, 5)),
    *(f"duplicate_{n}gram_char_ratio" for n in range(5, 11)),
)


def repetition(
    docs: pl.DataFrame,
    *,
    max_duplicate_paragraph_ratio: float = 0.30,
    max_duplicate_paragraph_char_ratio: float = 0.20,
    max_duplicate_line_ratio: float = 0.30,
    max_duplicate_line_char_ratio: float = 0.20,
    max_top_2gram_char_ratio: float = 0.20,
    max_top_3gram_char_ratio: float = 0.18,
    max_top_4gram_char_ratio: float = 0.16,
    max_duplicate_5gram_char_ratio: float = 0.15,
    max_duplicate_6gram_char_ratio: float = 0.14,
    max_duplicate_7gram_char_ratio: float = 0.13,
    max_duplicate_8gram_char_ratio: float = 0.12,
    max_duplicate_9gram_char_ratio: float = 0.11,
    max_duplicate_10gram_char_ratio: float = 0.10,
) -> pl.DataFrame:
    """Drop texts that repeat lines, paragraphs or runs of words.

    Signals, each in [0, 1] or little above: `repetition_duplicate_{paragraph,line}_ratio` (those seen
    before in the document), `..._char_ratio` (their characters, per character of the text),
    `repetition_top_{2,3,4}gram_char_ratio` (characters of all occurrences of the most frequent run of
    words, with the spaces between), `repetition_duplicate_{5..10}gram_char_ratio` (characters of runs
    seen before, counted without overlap). A drop reason is the rule's name without `_ratio`:
    `repetition.top_2gram_char`. All are compared as they stand, with their capitals.

    In a language without spaces each letter is a word: raise the ceilings of the short runs there.
    """
    ceilings = [
        max_duplicate_paragraph_ratio,
        max_duplicate_paragraph_char_ratio,
        max_duplicate_line_ratio,
        max_duplicate_line_char_ratio,
        max_top_2gram_char_ratio,
        max_top_3gram_char_ratio,
        max_top_4gram_char_ratio,
        max_duplicate_5gram_char_ratio,
        max_duplicate_6gram_char_ratio,
        max_duplicate_7gram_char_ratio,
        max_duplicate_8gram_char_ratio,
        max_duplicate_9gram_char_ratio,
        max_duplicate_10gram_char_ratio,
    ]
    values = _signals(docs["text"])
    rules = [
        (values[:, k] > ceiling, f"repetition.{_SIGNALS[k].removesuffix('_ratio')}")
        for k, ceiling in enumerate(ceilings)
    ]
    return judge(docs, {f"repetition_{name}": values[:, k] for k, name in enumerate(_SIGNALS)}, rules)


def _signals(text: pl.Series) -> np.ndarray:
    """One row a document, one column for each of `_SIGNALS`."""
    words, rows = words_of(text)
    most_words = int(np.diff(words.doc).max(initial=0))
    most = max(most_words, int(most_newlines(words.data, words.offsets)) + 1)
    out = np.zeros((len(rows), len(_SIGNALS)))
    _all(words.data, words.offsets, words.doc, words.start, words.end, rows, most, flags(), out)
    return out


@numba.njit(cache=True, nogil=True)
def _all(data, offsets, doc, start, end, rows, most, table, out):
    slots = mask_for(most) + 1
    keys, used = np.empty(slots, np.uint64), np.full(slots, -1, np.int64)
    count, first = np.empty(slots, np.int64), np.empty(slots, np.int64)
    alive, places = np.empty(most, np.int64), np.empty(most, np.int64)
    rolling, length = np.zeros(most + 1, np.uint64), np.zeros(most + 1, np.int64)
    for r in range(len(rows)):
        d, turn = rows[r], r * 16
        b, e = offsets[d], offsets[d + 1]
        total = max(1, characters(data, b, e))
        left, right = strip(data, b, e, table)
        parts, same, chars = _repeated(data, left, right, 2, keys, used, turn)
        out[r, 0], out[r, 1] = same / parts, chars / total
        parts, same, chars = _repeated(data, b, e, 1, keys, used, turn + 1)
        out[r, 2], out[r, 3] = same / parts, chars / total
        size = doc[d + 1] - doc[d]
        _sums(data, doc[d], size, start, end, rolling, length)
        for k in range(size):
            alive[k] = k
        many = size
        for n in range(2, 5):
            chars, many = _top(
                size, n, rolling, length, keys, used, turn + n, count, first, alive, many, places
            )
            out[r, n + 2] = chars / total
        for n in range(5, 11):
            chars = _duplicate(size, n, rolling, length, keys, used, turn + n, alive, many)
            out[r, n + 2] = chars / total
            if chars == 0:  # no run of n twice, so none of n + 1
                break


@kernel
def _part(data, i, e, breaks):
    """The end of the part that starts at byte i, and where the next one starts, or -1."""
    while i < e:
        if data[i] == 10:
            after = i
            while after < e and data[after] == 10:
                after += 1
            if after - i >= breaks:
                return i, after
            i = after
        else:
            i += 1
    return e, -1


@kernel
def _repeated(data, b, e, breaks, keys, used, turn):
    """Parts between `breaks` or more newlines: (how many, how many seen before, characters of those)."""
    parts, same, chars = 0, 0, 0
    mask = mask_for(newlines(data, b, e) + 1)
    while b >= 0:
        stop, after = _part(data, b, e, breaks)
        key = fingerprint(data, b, stop)
        at = slot(keys, used, turn, mask, key)
        parts += 1
        if used[at] == turn:
            same += 1
            chars += characters(data, b, stop)
        keys[at], used[at], b = key, turn, after
    return parts, same, chars


@kernel
def _sums(data, word, size, start, end, rolling, length):
    """Running sums over the words: `rolling` of hashes by powers of a base, `length` of characters."""
    for k in range(size):
        rolling[k + 1] = rolling[k] * _BASE + fingerprint(data, start[word + k], end[word + k])
        length[k + 1] = length[k] + characters(data, start[word + k], end[word + k])


@kernel
def _power(n):
    power = np.uint64(1)
    for _ in range(n):
        power *= _BASE
    return power


@kernel
def _top(size, n, rolling, length, keys, used, turn, count, first, alive, many, places):
    """The most frequent run of n words: characters of all its occurrences, spaces between included.

    `alive[:many]` are the places where a run of n - 1 words starts that occurs twice or more. Only there
    can one of n do so; those where it does are kept: returns (characters, how many). Of several most
    frequent runs the first counts.
    """
    if size < n:
        return 0, 0
    power, mask, best, where, kept = _power(n), mask_for(many), 1, 0, 0
    while many and alive[many - 1] + n > size:
        many -= 1
    for j in range(many):
        i = alive[j]
        key = mix(rolling[i + n] - rolling[i] * power)
        at = slot(keys, used, turn, mask, key)
        if used[at] != turn:
            keys[at], used[at], count[at], first[at] = key, turn, 0, i
        places[j] = at
        count[at] += 1
        if count[at] > best or (count[at] == best and first[at] < where):
            best, where = count[at], first[at]
    for j in range(many):
        if count[places[j]] > 1:
            alive[kept] = alive[j]
            kept += 1
    return best * (length[where + n] - length[where] + n - 1), kept


@kernel
def _duplicate(size, n, rolling, length, keys, used, turn, alive, many):
    """Characters of runs of n words seen before; behind such a run the next one starts.

    `alive[:many]` are the places where a run of fewer words starts that occurs twice or more.
    """
    power, mask, chars, free = _power(n), mask_for(many), 0, 0
    for j in range(many):
        i = alive[j]
        if i < free or i + n > size:
            continue
        key = mix(rolling[i + n] - rolling[i] * power)
        at = slot(keys, used, turn, mask, key)
        if used[at] == turn:
            chars += length[i + n] - length[i]
            free = i + n
        keys[at], used[at] = key, turn
    return chars
