"""What a text looks like, in numbers that know no topic: the signals that heads learn from.

Those of `WORDS` are read from the words of three windows (begin, middle, end) and stay nearly the same when a
text is wrapped at other columns, its quotes are bent, its bullets drawn otherwise or Markdown is put around
it: marks that do this are not counted, and lines are joined to blocks before they are measured. Those of
`classifiers.head.layout` are the look of the lines themselves, which tells code and tables from prose.
"""

import functools
from typing import Final

import numpy as np
import polars as pl

from winnow.classifiers.head import blocks, layout
from winnow.classifiers.head.windows import find_windows
from winnow.kernels import F64, I64, U8, U32, U64, kernel
from winnow.words import byte
from winnow.words.cache import lines_of, words_of
from winnow.words.hashes import GOLDEN, find, find_or_add, mask_for, mix
from winnow.words.split import Words, split
from winnow.words.unicode import LOWER, TERMINAL, UPPER, decode, flag, flags

COMMON = (
    "the be to of and that have with is in a it for on as was are this by an or from at not but which his "
    "they were been has had their its than between during after before through into under over about these "
    "those"
)
FIRST = "i me my mine myself we us our ours"
SECOND = "you your yours yourself u ur"
_READ: Final = (
    "mean_word_length",
    "common_word_ratio",
    "short_word_ratio",
    "long_word_ratio",
    "first_person_ratio",
    "second_person_ratio",
    "number_ratio",
    "capitalized_ratio",
    "upper_case_ratio",
    "foreign_word_ratio",
    "mark_ratio",
    "comma_ratio",
    "exclamation_ratio",
    "question_ratio",
    "parenthesis_ratio",
    "colon_ratio",
    "symbol_ratio",
    "ellipsis_ratio",
    "sentence_word_ratio",
    "open_block_ratio",
    "log_words",
    "log_sentence_words",
    "sentence_spread",
    "unique_word_ratio",
    "unique_bigram_ratio",
)
WORDS: Final = _READ + blocks.SIGNALS
SIGNALS: Final = WORDS + layout.SIGNALS
(_LENGTH, _COMMON, _SHORT, _LONG, _FIRST, _SECOND, _NUMBER, _CAPITAL, _UPPER, _FOREIGN) = range(10)
(_MARK, _COMMA, _BANG, _QUERY, _PAREN, _COLON, _SYMBOL, _ELLIPSIS, _GOOD, _OPEN) = range(10, 20)
_RATIOS = 20  # the first so many signals are counts per word; then those of the whole
(_WORDS, _SENTENCE, _SPREAD, _UNIQUE, _BIGRAMS) = range(20, 25)
_CODE = np.isin(np.arange(256), list(b"<>{}[]=/\\^~$%&@+;"))
_UNSEEN = np.isin(np.arange(256), list(b"*#_`'\"|-"))  # marks of layout, and quotes
MOST = 1500  # words of which repeats are told: more have more of them
WRAPPED = 50  # bytes from which on a line may have been broken to fit a page
LEAST, LONGEST = 4, 60  # words of a sentence


def measure(text: pl.Series) -> np.ndarray:
    """One row a document, one column (float64, finite) for each of `SIGNALS`."""
    words, rows = words_of(text)
    out = np.zeros((len(rows), len(SIGNALS)))
    known, kinds = _list_words()
    seen = np.zeros((mask_for(2 * MOST) + 1, 2), np.uint64)
    _measure_documents(words, rows, known, kinds, seen, flags(), out)
    lines, _ = lines_of(text)
    blocks.measure(lines, rows, out[:, len(_READ) : len(WORDS)])
    layout.measure(lines, rows, out[:, len(WORDS) :])
    return out


@functools.cache
def _list_words() -> tuple[U64, I64]:
    """A table of the hashes of the words that are counted, and the signals that each counts for."""
    rows: dict[str, set[int]] = {}
    for signal, words in ((_COMMON, COMMON), (_FIRST, FIRST), (_SECOND, SECOND)):
        for word in words.split():
            rows.setdefault(word, set()).add(signal)
    hashes = split(pl.Series(list(rows), dtype=pl.String)).hash
    table = np.zeros((mask_for(len(hashes)) + 1, 2), np.uint64)
    for number, key in enumerate(hashes):
        find_or_add(table, 1, len(table) - 1, key, number)
    kinds = np.array([[signal in found for signal in (_COMMON, _FIRST, _SECOND)] for found in rows.values()])
    return table, kinds.astype(np.int64)


@kernel
def _measure_documents(
    words: Words, rows: I64, known: U64, kinds: I64, seen: U64, table: U32, out: F64
) -> None:
    turn = 0
    for r in range(len(rows)):
        begin, end = words.doc[rows[r]], words.doc[rows[r] + 1]
        found, count, total = out[r], 0, 0
        for w in range(begin, end):
            total += words.kind[w] != 0
        for a, b in find_windows(begin, end):
            count += _count_words(words, a, b, known, kinds, table, found)
            _count_marks(words, a, b, table, found)
            _measure_sentences(words, a, b, table, found)
        for k in range(_RATIOS):
            found[k] /= max(1, count)
        found[_WORDS] = np.log1p(total)
        mean = found[_SENTENCE] / max(1.0, found[_UNIQUE])  # until now sums and number of sentences
        spread = found[_SPREAD] / max(1.0, found[_UNIQUE]) - mean * mean
        found[_SENTENCE], found[_SPREAD] = np.log1p(mean), np.sqrt(max(0.0, spread)) / max(1.0, mean)
        for k in range(2):
            found[_UNIQUE + k] = _measure_unique(words, begin, end, k == 1, seen, turn + k + 1)
        turn += 2


@kernel
def _count_words(words: Words, a: int, b: int, known: U64, kinds: I64, table: U32, found: F64) -> int:
    """Words by length, class and case; how many there are."""
    count, mask = 0, len(known) - 1
    for w in range(a, b):
        if words.kind[w] == 0:
            continue
        count += 1
        length = words.length[w]
        found[_LENGTH] += min(length, 40)
        found[_SHORT] += length <= 3
        found[_LONG] += length >= 8
        found[_NUMBER] += words.kind[w] == 2
        place = find(known, 1, mask, words.hash[w])
        if place >= 0:
            found[_COMMON] += kinds[place, 0]
            found[_FIRST] += kinds[place, 1]
            found[_SECOND] += kinds[place, 2]
        point, _ = decode(words.data, words.start[w])
        found[_FOREIGN] += point >= 128
        if flag(point, table) & (UPPER | LOWER) == UPPER:
            alone = not (w > a and _is_upper(words, w - 1, table)) and not (
                w + 1 < b and _is_upper(words, w + 1, table)
            )
            found[_UPPER if alone and _is_upper(words, w, table) else _CAPITAL] += 1
    return count


@kernel
def _is_upper(words: Words, w: int, table: U32) -> bool:
    """Whether a word is in capitals. Several in a row are a heading or shouted: capitalized words to us."""
    point, after = decode(words.data, words.start[w])
    if words.kind[w] != 1 or after >= words.end[w] or flag(point, table) & (UPPER | LOWER) != UPPER:
        return False
    return bool(flag(decode(words.data, after)[0], table) & (UPPER | LOWER) == UPPER)


@kernel
def _count_marks(words: Words, a: int, b: int, table: U32, found: F64) -> None:
    """Marks by kind, but for those that only lay out a text."""
    for w in range(a, b):
        first = words.data[words.start[w]]
        if words.kind[w] != 0 or _UNSEEN[first]:
            continue
        found[_ELLIPSIS] += _is_ellipsis(words.data, words.start[w], words.end[w])
        if first >= 128 and not _is_counted(words, w, table):
            continue
        found[_MARK] += 1
        found[_COMMA] += first == byte.COMMA
        found[_BANG] += first == byte.BANG
        found[_QUERY] += first == byte.QUESTION
        found[_PAREN] += first == byte.LPAREN
        found[_COLON] += first == byte.COLON
        found[_SYMBOL] += _CODE[first] or first >= 128


@kernel
def _is_ellipsis(data: U8, b: int, e: int) -> bool:
    return e - b >= 3 and (
        data[b] == byte.DOT or (data[b] == 0xE2 and data[b + 1] == 0x80 and data[b + 2] == 0xA6)
    )


@kernel
def _is_counted(words: Words, w: int, table: U32) -> bool:
    """Whether a mark beyond ASCII is neither quote, dash nor bullet (U+2010 to U+206F), nor a guillemet."""
    point = decode(words.data, words.start[w])[0]
    return not (0x2010 <= point <= 0x206F or point == 0xAB or point == 0xBB or 0x25A0 <= point <= 0x25FF)


@kernel
def _measure_sentences(words: Words, a: int, b: int, table: U32, found: F64) -> None:
    """Words in whole sentences, words in blocks that end without a mark, and sums of sentence lengths.

    A block ends where a line does: at the end of a sentence, before an empty line, or if the line is too
    short to have been broken and the next does not go on in small letters.
    """
    data, count, line, small, block = words.data, 0, a, False, 0
    for w in range(a, b):
        point = decode(data, words.start[w])[0]
        if words.kind[w]:
            if count == 0:
                small = flag(point, table) & (UPPER | LOWER) == LOWER
            count += 1
            block += 1
        closed = words.kind[w] == 0 and flag(point, table) & TERMINAL != 0
        breaks = _count_breaks(words, w, b)
        ends = w + 1 == b or breaks > 1
        if breaks == 1 and not ends and words.end[w] - words.start[line] < WRAPPED:
            ends = not _is_continuation(words, w + 1, table)
        if closed or ends:
            if count:
                found[_GOOD] += count if closed and not small and LEAST <= count <= LONGEST else 0
                size = min(count, 200)
                found[_SENTENCE] += size
                found[_SPREAD] += size * size
                found[_UNIQUE] += 1
            if not closed and w + 1 < b:
                found[_OPEN] += block
            count, block = 0, 0
        if breaks:
            line = w + 1


@kernel
def _count_breaks(words: Words, w: int, b: int) -> int:
    """Newlines between a word and the next one; one after the last."""
    if w + 1 == b:
        return 1
    breaks = 0
    for i in range(words.end[w], words.start[w + 1]):
        breaks += words.data[i] == byte.LF
    return breaks


@kernel
def _is_continuation(words: Words, w: int, table: U32) -> bool:
    """Whether a line that starts with this word goes on with what stood before it."""
    small = flag(decode(words.data, words.start[w])[0], table) & (UPPER | LOWER) == LOWER
    return bool(small and words.kind[w] != 0)


@kernel
def _measure_unique(words: Words, begin: int, end: int, pairs: bool, seen: U64, turn: int) -> float:
    """How many of the first `MOST` words (or pairs of them) are different ones."""
    count, unique, before, mask = 0, 0, np.uint64(0), len(seen) - 1
    for w in range(begin, end):
        if words.kind[w] == 0:
            continue
        key = mix(before * GOLDEN + words.hash[w]) if pairs else words.hash[w]
        unique += find_or_add(seen, turn, mask, key, count) == count
        before = words.hash[w]
        count += 1
        if count == MOST:
            break
    return unique / max(1, count)
