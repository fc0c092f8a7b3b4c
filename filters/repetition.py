"""The repetition rules of Gopher: does the text say the same thing again and again?

Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", table A1
(arXiv:2112.11446), measured as datatrove does.
"""

from typing import Annotated

import numpy as np
import polars as pl

from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U8, U64, kernel
from winnow.ranges import Ratio
from winnow.words.cache import lines_of, words_of
from winnow.words.hashes import GOLDEN, find_or_add, fingerprint, mask_for, mix, raise_golden
from winnow.words.lines import Lines, count_characters
from winnow.words.split import Words

SIGNALS = (
    "repetition_duplicate_paragraph_ratio",
    "repetition_duplicate_paragraph_char_ratio",
    "repetition_duplicate_line_ratio",
    "repetition_duplicate_line_char_ratio",
    *(f"repetition_top_{n}gram_char_ratio" for n in range(2, 5)),
    *(f"repetition_duplicate_{n}gram_char_ratio" for n in range(5, 11)),
)
RULES = tuple(
    (f"repetition.{name}", f"repetition_{name}_ratio", f"max_{name}_ratio")
    for name in (signal.removeprefix("repetition_").removesuffix("_ratio") for signal in SIGNALS)
)


def repetition(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    max_duplicate_paragraph_ratio: Ratio = 0.30,
    max_duplicate_paragraph_char_ratio: Ratio = 0.20,
    max_duplicate_line_ratio: Ratio = 0.30,
    max_duplicate_line_char_ratio: Ratio = 0.20,
    max_top_2gram_char_ratio: Ratio = 0.20,
    max_top_3gram_char_ratio: Ratio = 0.18,
    max_top_4gram_char_ratio: Ratio = 0.16,
    max_duplicate_5gram_char_ratio: Ratio = 0.15,
    max_duplicate_6gram_char_ratio: Ratio = 0.14,
    max_duplicate_7gram_char_ratio: Ratio = 0.13,
    max_duplicate_8gram_char_ratio: Ratio = 0.12,
    max_duplicate_9gram_char_ratio: Ratio = 0.11,
    max_duplicate_10gram_char_ratio: Ratio = 0.10,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop texts that repeat lines, paragraphs or runs of words.

    Signals, each in [0, 1] or little above: `repetition_duplicate_{paragraph,line}_ratio` (those seen
    before in the document), `..._char_ratio` (their characters, per character of the text),
    `repetition_top_{2,3,4}gram_char_ratio` (characters of all occurrences of the most frequent run of
    words, with the spaces between), `repetition_duplicate_{5..10}gram_char_ratio` (characters of runs
    seen before, counted without overlap). A drop reason is the rule's name without `_ratio`:
    `repetition.top_2gram_char`. All are compared as they stand, with their capitals.

    In a language without spaces each letter is a word: raise the ceilings of the short runs there.
    """
    values = _measure_signals(docs["text"])
    signals = {name: values[:, k] for k, name in enumerate(SIGNALS)}
    return judge_by_rules(docs, signals, RULES, locals())


def _measure_signals(text: pl.Series) -> np.ndarray:
    """One row a document, one column for each of `SIGNALS`."""
    words, rows = words_of(text, marks=False)
    lines, _ = lines_of(text, marks=False)
    most = int(max(np.diff(words.doc).max(initial=0), np.diff(lines.doc).max(initial=0)))
    table = np.zeros((mask_for(most) + 1, 2), np.uint64)
    alive, firsts, count = np.empty((3, most), np.int64)
    rolling, length = np.zeros(most + 1, np.uint64), np.zeros(most + 1, np.int64)
    out = np.zeros((len(rows), len(SIGNALS)))
    _measure_documents(words, lines, rows, table, rolling, length, alive, firsts, count, out)
    return out


@kernel
def _measure_documents(
    words: Words,
    lines: Lines,
    rows: I64,
    table: U64,
    rolling: U64,
    length: I64,
    alive: I64,
    firsts: I64,
    count: I64,
    out: F64,
) -> None:
    """Fill in `_SIGNALS` of each row's document; between `rows` and `out` stands room for its runs."""
    for r in range(len(rows)):
        d, turn = rows[r], r * 16 + 1
        same, parts, chars, total = _measure_lines(lines, d)
        out[r, 2], out[r, 3] = same / parts, chars / total
        same, parts, chars = _measure_paragraphs(words.data, lines, d, table, turn)
        out[r, 0], out[r, 1] = same / parts, chars / total
        size = words.doc[d + 1] - words.doc[d]
        for k in range(size):
            w = words.doc[d] + k
            rolling[k + 1] = rolling[k] * GOLDEN + words.exact[w]
            length[k + 1] = length[k] + words.length[w]
            alive[k] = k
        many = size
        for n in range(2, 5):
            chars, many = _measure_top(size, n, rolling, length, table, turn + n, alive, many, firsts, count)
            out[r, n + 2] = chars / total
        for n in range(5, 11):
            chars = _measure_duplicates(size, n, rolling, length, table, turn + n, alive, many)
            out[r, n + 2] = chars / total
            if chars == 0:  # no run of n twice, so none of n + 1
                break


@kernel
def _measure_lines(lines: Lines, d: int) -> tuple[int, int, int, int]:
    """What stands between runs of newlines: (how many seen before, how many, characters of those seen
    before, characters of the text)."""
    top, last = lines.doc[d], lines.doc[d + 1]
    same, parts, chars, total = 0, 0, 0, last - top - 1
    for k in range(top, last):
        total += lines.length[k]
        if lines.start[k] < lines.end[k]:
            parts += 1
            same += lines.again[k]
            chars += lines.length[k] if lines.again[k] else 0
    # A text that starts, or ends, with a newline has an empty part there.
    empty = (lines.start[top] == lines.end[top]) + (lines.start[last - 1] == lines.end[last - 1])
    empty = min(empty, last - top)
    return same + (empty == 2), parts + empty, chars, max(1, total)


@kernel
def _measure_paragraphs(data: U8, lines: Lines, d: int, table: U64, turn: int) -> tuple[int, int, int]:
    """Parts of the stripped text between empty lines: (how many seen before, how many, characters of those
    seen before)."""
    top, last = lines.doc[d], lines.doc[d + 1]
    while top < last and lines.left[top] == lines.right[top]:
        top += 1
    while last > top and lines.left[last - 1] == lines.right[last - 1]:
        last -= 1
    mask = mask_for(last - top)
    same, parts, chars, k = 0, 0, 0, top
    while k < last:
        key, size, from_ = np.uint64(0), -1, k
        while k < last and lines.start[k] < lines.end[k]:
            b = lines.left[k] if k == top else lines.start[k]
            e = lines.right[k] if k == last - 1 else lines.end[k]
            whole = b == lines.start[k] and e == lines.end[k]
            key = mix(key * GOLDEN + (lines.hash[k] if whole else fingerprint(data, b, e)))
            size += 1 + (lines.length[k] if whole else count_characters(data, b, e))
            k += 1
        parts += 1
        if find_or_add(table, turn, mask, key, from_) != from_:
            same, chars = same + 1, chars + size
        while k < last and lines.start[k] == lines.end[k]:
            k += 1
    return same, max(1, parts), chars


@kernel
def _measure_top(
    size: int,
    n: int,
    rolling: U64,
    length: I64,
    table: U64,
    turn: int,
    alive: I64,
    many: int,
    firsts: I64,
    count: I64,
) -> tuple[int, int]:
    """The most frequent run of n words: characters of all its occurrences, spaces between included.

    `alive[:many]` are the places where a run of n - 1 words starts that occurs twice or more. Only there
    can one of n do so; those where it does are kept: returns (characters, how many). Of several most
    frequent runs the first counts.
    """
    if size < n:
        return 0, 0
    power, mask, best, where, kept = raise_golden(n), mask_for(many), 1, 0, 0
    while many and alive[many - 1] + n > size:
        many -= 1
    for j in range(many):
        i = alive[j]
        count[i] = 0
        f = find_or_add(table, turn, mask, mix(rolling[i + n] - rolling[i] * power), i)
        firsts[j] = f
        count[f] += 1
        if count[f] > best or (count[f] == best and f < where):
            best, where = count[f], f
    for j in range(many):
        alive[kept] = alive[j]
        kept += count[firsts[j]] > 1
    return best * (length[where + n] - length[where] + n - 1), kept


@kernel
def _measure_duplicates(
    size: int, n: int, rolling: U64, length: I64, table: U64, turn: int, alive: I64, many: int
) -> int:
    """Characters of runs of n words seen before; behind such a run the next one starts.

    `alive[:many]` are the places where a run of fewer words starts that occurs twice or more.
    """
    power, mask, chars, free = raise_golden(n), mask_for(many), 0, 0
    for j in range(many):
        i = alive[j]
        if i < free or i + n > size:
            continue
        if find_or_add(table, turn, mask, mix(rolling[i + n] - rolling[i] * power), i) != i:
            chars += length[i + n] - length[i]
            free = i + n
    return chars
