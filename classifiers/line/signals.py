"""What a line is by itself: its size, signs, case and ends, and how often its words and its form come back.

None of it names a word of a language. A signal that a line cannot have (case, in a script without it) is -1.
"""

import numpy as np

from winnow.kernels import F32, I64, U8, U32, U64, kernel
from winnow.words import byte
from winnow.words.hashes import GOLDEN, mix
from winnow.words.lines import Lines
from winnow.words.split import Words
from winnow.words.unicode import (
    ALONE,
    DIGIT,
    LETTER,
    LOWER,
    MARK,
    PUNCTUATION,
    SPACE,
    TERMINAL,
    UPPER,
    decode,
    flag,
    step_back,
)

NAMES = (
    "width",  # log2 of characters, where letters of scripts without spaces are two
    "letters",  # these to `symbols` are shares of the characters
    "digits",
    "punctuation",
    "symbols",
    "upper",  # of the letters with case
    "first",  # -2 nothing, -1 letter without case, 0 small, 1 large, 2 digit, 3 punctuation, 4 symbol
    "last",  # -2 nothing, -1 symbol, 0 digit, 1 letter, 2 punctuation, 3 comma and such, 4 end of a sentence
    "commas",  # log2, as the four that follow
    "sentences",  # ends of sentences with white space behind them
    "colons",
    "bars",  # | / > and such, which divide menus and cells
    "addresses",  # @ and ©, and // of addresses
    "words",  # log2
    "word_length",
    "longest_word",
    "capitals",  # words that start large, of those with case but the first
    "numbers",  # of the words
    "short_words",  # small words of up to three letters: in most languages those that join others
    "known_words",  # mean log2 of how often its words stand in the document
    "new_words",  # share of words that stand in it once
    "repeats",  # log2 of the document's lines that are the same but for case, digits and spaces
    "forms",  # log2 of those with the same row of signs and numbers
    "starts",  # log2 of those with the same first word
    "said",  # share of its runs of three words that stand in lines before it, or before in itself
)
WIDTH, LETTERS, DIGITS, PUNCTUATIONS, SYMBOLS, UPPERS, FIRST, LAST = range(8)
COMMAS, SENTENCES, COLONS, BARS, ADDRESSES, WORDS, WORD_LENGTH, LONGEST = range(8, 16)
CAPITALS, NUMBERS, SHORTS, KNOWN, NEW, REPEATS, FORMS, STARTS, SAID = range(16, 25)
BODY, FORM, START = 0, 1, 2  # columns of the keys, by which lines are alike
KEYS = 3
_ZERO, _CASE = np.uint64(byte.ZERO), np.uint64(byte.CASE)
_COPYRIGHT, _ELLIPSIS = 0xA9, 0x2026
_DIVIDERS = (byte.PIPE, byte.SLASH, byte.GT, 0xBB, 0x203A, 0xB7, 0x2022, 0x2192)


@kernel
def measure(
    lines: Lines, words: Words, docs: I64, first: I64, place: I64, table: U32, out: F32, keys: U64
) -> None:
    """Fill in `out` (but for what counts other lines) and `keys`.

    A row each for the lines `place[first[r]:first[r + 1]]` of the document docs[r].
    """
    out[:] = 0
    for r in range(len(docs)):
        w, last = words.doc[docs[r]], words.doc[docs[r] + 1]
        for k in range(first[r], first[r + 1]):
            e = lines.right[place[k]]
            b = skip_heading(lines.data, lines.left[place[k]], e)
            _measure_characters(lines.data, b, e, table, out[k])
            _judge_ends(lines.data, b, e, table, out[k])
            _hash_line(lines.data, b, e, table, keys[k])
            while w < last and words.start[w] < b:
                w += 1
            start = w
            while w < last and words.start[w] < e:
                w += 1
            _measure_words(words, start, w, table, out[k], keys[k])


@kernel
def skip_heading(data: U8, b: int, e: int) -> int:
    """Where the text of a line starts: behind Markdown's mark of a heading."""
    i = b
    while i < e and data[i] == byte.HASH:
        i += 1
    while b < i < e and data[i] == byte.BLANK:
        i += 1
        if i < e and data[i] != byte.BLANK:
            return i
    return b


@kernel
def _measure_characters(data: U8, b: int, e: int, table: U32, out: F32) -> None:
    characters, cased, i = 0, 0, b
    while i < e:
        point, after = decode(data, i)
        kinds = flag(point, table)
        large = kinds & UPPER != 0 and kinds & LOWER == 0
        characters += 1
        out[WIDTH] += 0 if kinds & MARK else 2 if kinds & ALONE else 1
        out[UPPERS] += large
        cased += large or (kinds & LOWER != 0 and kinds & UPPER == 0)
        out[LETTERS] += kinds & LETTER != 0
        out[DIGITS] += kinds & DIGIT != 0
        if kinds & PUNCTUATION:
            out[PUNCTUATIONS] += 1
        elif not kinds & (LETTER | DIGIT | MARK | SPACE):
            out[SYMBOLS] += 1
        if not kinds & (LETTER | DIGIT | MARK | SPACE):
            _count_sign(data, i, after, e, point, kinds, table, out)
        i = after
    for k in (LETTERS, DIGITS, PUNCTUATIONS, SYMBOLS):
        out[k] /= max(characters, 1)
    out[UPPERS] = out[UPPERS] / cased if cased else -1
    for k in (WIDTH, COMMAS, SENTENCES, COLONS, BARS, ADDRESSES):
        out[k] = np.log2(1 + out[k])


@kernel
def _count_sign(
    data: U8, i: int, after: int, e: int, point: np.uint32, kinds: np.uint32, table: U32, out: F32
) -> None:
    """Count what the sign in [i, after) says of its line, which ends at e."""
    if kinds & TERMINAL:
        out[SENTENCES] += after < e and flag(decode(data, after)[0], table) & (SPACE | ALONE) != 0
    elif _joins(point):
        out[COMMAS] += 1
    elif point == byte.COLON or point == 0xFF1A:
        out[COLONS] += 1
    if point == byte.AT or point == _COPYRIGHT:
        out[ADDRESSES] += 1
    for divider in _DIVIDERS:
        out[BARS] += point == divider
    if point == byte.SLASH and after < e and data[after] == byte.SLASH:
        out[ADDRESSES] += 1


@kernel
def _joins(point: np.uint32) -> bool:
    """Whether a sign divides what belongs to one sentence: a comma of some script, or a semicolon."""
    return point in (byte.COMMA, byte.SEMICOLON, 0x60C, 0x61B, 0x3001, 0xFF0C, 0xFF1B)


@kernel
def _judge_ends(data: U8, b: int, e: int, table: U32, out: F32) -> None:
    """`first`, and `last`: of the last character but for quotation marks and brackets behind a sign."""
    out[FIRST], out[LAST] = -2, -2
    if b >= e:
        return
    kinds = flag(decode(data, b)[0], table)
    small, large = kinds & LOWER != 0, kinds & UPPER != 0
    if kinds & LETTER:
        out[FIRST] = -1 if small == large else 1 if large else 0
    else:
        out[FIRST] = 2 if kinds & DIGIT else 3 if kinds & PUNCTUATION else 4
    out[LAST] = _judge_last(data, b, e, table)


@kernel
def _judge_last(data: U8, b: int, e: int, table: U32) -> int:
    i = step_back(data, e, b)
    last = flag(decode(data, i)[0], table)
    if i > b and last & PUNCTUATION and not last & TERMINAL and not _joins(decode(data, i)[0]):
        before = step_back(data, i, b)
        if flag(decode(data, before)[0], table) & TERMINAL:  # behind it a quotation mark or a bracket closes
            i, last = before, flag(decode(data, before)[0], table)
    if last & TERMINAL:
        dots = i >= b + 2 and data[i] == byte.DOT and data[i - 1] == byte.DOT and data[i - 2] == byte.DOT
        return 2 if dots else 4
    if last & PUNCTUATION:
        return 3 if _joins(decode(data, i)[0]) else 2
    return 1 if last & (LETTER | MARK) else 0 if last & DIGIT else -1


@kernel
def _measure_words(words: Words, start: int, stop: int, table: U32, out: F32, keys: U64) -> None:
    """What the words [start, stop) say of their line, but for how often they come back."""
    count, cased, shorts, size = 0, 0, 0, 0
    for w in range(start, stop):
        if words.kind[w] == 0:
            continue
        kinds = flag(decode(words.data, words.start[w])[0], table)
        small = kinds & LOWER != 0 and kinds & UPPER == 0
        large = kinds & UPPER != 0 and kinds & LOWER == 0
        if count == 0:
            keys[START] = words.hash[w]
        else:
            cased += small or large
            out[CAPITALS] += large
        count += 1
        shorts += small and words.length[w] <= 3
        size += words.length[w]
        out[NUMBERS] += words.kind[w] == 2
        out[LONGEST] = max(out[LONGEST], words.length[w])
    out[WORDS], out[WORD_LENGTH] = np.log2(1 + count), size / max(count, 1)
    out[CAPITALS] = out[CAPITALS] / cased if cased else -1
    out[NUMBERS] /= max(count, 1)
    out[SHORTS] = shorts / max(count, 1) if out[UPPERS] >= 0 else -1


@kernel
def _hash_line(data: U8, b: int, e: int, table: U32, keys: U64) -> None:
    """What lines are told alike by: all but case of ASCII, runs of digits and spaces; and signs alone.

    0 is a line without signs and numbers."""
    body, form, digit, i = GOLDEN, np.uint64(0), False, b
    while i < e:
        point, i = decode(data, i)
        kinds = flag(point, table)
        if not kinds & SPACE and not (digit and kinds & DIGIT):
            value = _ZERO if kinds & DIGIT else np.uint64(point)
            value = value | _CASE if byte.A <= point <= byte.Z else value
            body = (body ^ value) * GOLDEN
            body ^= body >> np.uint64(32)
            if not kinds & (LETTER | MARK):
                form = mix(form ^ value)
        digit = kinds & DIGIT != 0
    keys[BODY], keys[FORM], keys[START] = mix(body), form, np.uint64(0)
