"""The sentence rules of MADLAD-400: is the page made of sentences, or of lists, prices and spam?

Kudugunta et al. 2023, "MADLAD-400" (arXiv:2309.04662), 2.3, with the expressions of its dataset card.
Dolma 3 uses two of the rules (list case, cursed).
"""

# ruff: noqa: RUF001 - the unusual characters are meant
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow import fasttext_model
from winnow.files import cache_by_stamp
from winnow.filters.verdict import judge_by_rules
from winnow.kernels import I64, U8, U32, kernel
from winnow.ranges import Ratio
from winnow.words import byte
from winnow.words.lines import strip
from winnow.words.marks import hide_marks
from winnow.words.split import from_utf8, utf8
from winnow.words.unicode import (
    ASCII_DIGIT,
    DIGIT,
    LETTER,
    LOWER,
    MARK,
    SPACE,
    TERMINAL,
    UPPER,
    decode,
    flag,
    flags,
)

Rule = Literal["list_case", "length", "technical", "cursed"]
RULES = (
    ("madlad.too_few_sentences", "madlad_sentence_count", "min_sentences"),
    ("madlad.questionable_sentences", "madlad_questionable_ratio", "max_questionable_ratio"),
)
_Limits = tuple[float, int, int, int, float]
_NAMES = ("list_case", "length", "technical", "cursed", "consistency")
SIGNALS = (
    *("madlad_sentence_count", "madlad_questionable_ratio"),
    *(f"madlad_{name}_ratio" for name in _NAMES),
)

# fmt: off
_CURSED = [
    " №", "���", r"\|\s*$", r" nr\.$", "aute irure dolor ", " sunt in culpa qui ", "orem ipsum ",
    " quis nostrud ", " adipisicing ", " dolore eu ", " cupidatat ", "autem vel eum", "wisi enim ad",
    " sex ", " porn ", "黄色电影", "mp3", "ownload", r"Vol\.", r" Ep\.", "Episode", r" г\.\s*$",
    r" кг\.\s*$", r" шт\.", "Develop", "Facebook", " crusher ", " xxx ",
    " ... ... ... ... ... ... ... ... ...", " .... .... .... .... .... .... .... .... ....",
    " [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ] [^ ]", ", ..,,? ..,,? ..,,? ..,,?",
]
# fmt: on


def _name_language(settings: Mapping[str, Any]) -> list[str]:
    """`language` with a `model`."""
    return ["language"] if settings["model"] else []


def sentences(
    docs: Annotated[pl.DataFrame, "text", _name_language],
    *,
    min_sentences: NonNegativeInt = 5,
    max_questionable_ratio: Ratio = 0.2,
    rules: list[Rule] = ["list_case", "length", "technical", "cursed"],  # noqa: B006 - never changed
    max_capital_ratio: Ratio = 0.5,
    min_list_words: NonNegativeInt = 12,
    min_length: NonNegativeInt = 20,
    max_length: NonNegativeInt = 500,
    max_technical_ratio: Ratio = 0.2,
    lines_end_sentences: bool = False,
    model: Path | None = None,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop texts of fewer than `min_sentences` sentences, or with too many questionable ones.

    A sentence ends where marks that end one in some script are followed by white space (full-width ones need
    none), and with `lines_end_sentences` at the end of a line. It is questionable by one of `rules`:
    `list_case`: it has `min_list_words` words or more, and more than `max_capital_ratio` of them start with a
    capital; `length`: fewer than `min_length` or more than `max_length` characters; `technical`: more than
    `max_technical_ratio` of its characters are digits or one of `{}+/()>`; `cursed`: one of these regular
    expressions (of the Rust crate regex) matches. `model`, a file of fastText, adds `consistency`: the
    sentence is in another language than the column `language` says, which the same model must have set.

    Signals: `madlad_sentence_count`, `madlad_questionable_ratio` (of the sentences), and the same by rule:
    `madlad_{list_case,length,technical,cursed,consistency}_ratio`, also for rules that do not count
    (consistency without `model`: 0). Reasons: `madlad.too_few_sentences`, `madlad.questionable_sentences`.
    """
    limits = max_capital_ratio, min_list_words, min_length, max_length, max_technical_ratio
    text, doc, found = _cut_sentences(docs["text"], lines_end_sentences, limits)
    found[:, 3] = text.str.contains("|".join(f"(?:{pattern})" for pattern in _CURSED) or "$.").to_numpy()
    if model is not None:
        found[:, 4] = _find_inconsistent(text, docs["language"].gather(doc), model)
    return judge_by_rules(docs, _count_hits(found, doc, rules, len(docs)), RULES, locals())


def _count_hits(found: U8, doc: I64, rules: Sequence[str], documents: int) -> dict[str, np.ndarray]:
    """The signals: sentences, the ratio of questionable ones (by those `rules` that count), and by rule."""
    counting = [k for k, name in enumerate(_NAMES) if name in rules or name == "consistency"]
    hits = np.column_stack([found[:, counting].any(axis=1), found])
    many = np.bincount(doc, minlength=documents)
    names = ["questionable", *_NAMES]
    signals = {
        f"madlad_{name}_ratio": np.bincount(doc, hit, minlength=documents) / np.maximum(many, 1)
        for name, hit in zip(names, hits.T, strict=True)
    }
    return {"madlad_sentence_count": many, **signals}


def _cut_sentences(text: pl.Series, lines: bool, limits: _Limits) -> tuple[pl.Series, I64, U8]:
    """The sentences of all texts, the row of each, and which of `_NAMES` it breaks, as far as bytes tell."""
    data, offsets = utf8(hide_marks(text))
    many = np.zeros(len(text), np.int64)
    _count_sentences(data, offsets, lines, flags(), many)
    begin, end = np.empty(many.sum(), np.int64), np.empty(many.sum(), np.int64)
    found = np.zeros((len(begin), len(_NAMES)), np.uint8)
    _measure_sentences(data, offsets, lines, limits, flags(), begin, end, found)
    return _cut_out(data, begin, end), np.repeat(np.arange(len(text)), many), found


def _cut_out(data: np.ndarray, begin: np.ndarray, end: np.ndarray) -> pl.Series:
    """The bytes between `begin` and `end` as strings."""
    where = np.concatenate(([0], np.cumsum(end - begin)))
    out = np.empty(where[-1], np.uint8)
    _copy_spans(data, begin, end, out)
    return from_utf8("sentence", out, where)


def _find_inconsistent(text: pl.Series, language: pl.Series, model: Path) -> np.ndarray:
    """Whether the model sees another language than the document's; where that is unknown, no."""
    lines = text.str.replace_all(r"\n|</s>", " ").to_list()
    loaded = _load_model(model)
    labels = loaded.predict(lines)[0] if lines else []
    seen = pl.Series(
        [label[0].removeprefix("__label__") if label else None for label in labels], dtype=pl.String
    )
    return (seen != language).fill_null(False).to_numpy()


@cache_by_stamp(2)
def _load_model(model: Path) -> Any:
    return fasttext_model.load(model)


@kernel
def _find_end(data: U8, b: int, last: int, lines: bool, table: U32) -> tuple[int, int]:
    """The end of the sentence that starts at byte b, and where the next one may start."""
    ended, i, stop = False, b, last
    while i < last:
        point, after = decode(data, i)
        kinds = flag(point, table)
        if kinds & SPACE and (ended or (lines and point == byte.LF)):
            return i, after
        if ended and not kinds & TERMINAL and stop < last:
            return stop, stop
        ended = kinds & TERMINAL != 0
        stop = after if ended and point >= 0x3000 else last
        i = after
    return last, last


@kernel
def _next_sentence(data: U8, b: int, last: int, lines: bool, table: U32) -> tuple[int, int, int]:
    """The next sentence that is not blank, stripped: (begin, end, after); where none is left, last."""
    while b < last:
        stop, after = _find_end(data, b, last, lines, table)
        left, right = strip(data, b, stop, table)
        if left < right:
            return left, right, after
        b = after
    return last, last, last


@kernel
def _count_sentences(data: U8, offsets: I64, lines: bool, table: U32, many: I64) -> None:
    """Fill in how many sentences each document has."""
    for d in range(len(offsets) - 1):
        b, last = offsets[d], offsets[d + 1]
        while b < last:
            left, _, b = _next_sentence(data, b, last, lines, table)
            many[d] += left < last


@kernel
def _measure_sentences(
    data: U8,
    offsets: I64,
    lines: bool,
    limits: _Limits,
    table: U32,
    begin: I64,
    end: I64,
    found: U8,
) -> None:
    """Fill in where each sentence lies, and which of the first three of `_NAMES` it breaks."""
    max_capital, min_words, min_length, max_length, max_technical = limits
    k = 0
    for d in range(len(offsets) - 1):
        b, last = offsets[d], offsets[d + 1]
        while b < last:
            left, right, b = _next_sentence(data, b, last, lines, table)
            if left == last:
                continue
            begin[k], end[k] = left, right
            length, technical, words, capitals = measure_sentence(data, left, right, table)
            found[k, 0] = words >= min_words and capitals > words * max_capital
            found[k, 1] = length < min_length or length > max_length
            found[k, 2] = technical > length * max_technical
            k += 1


@kernel
def _is_technical(point: np.uint32, kinds: np.uint32) -> bool:
    """Whether a character is a digit or one of `{}+/()>`."""
    if kinds & ASCII_DIGIT:
        return True
    signs = (byte.LBRACE, byte.RBRACE, byte.PLUS, byte.SLASH, byte.LPAREN, byte.RPAREN, byte.GT)
    return point in signs


@kernel
def measure_sentence(data: U8, b: int, e: int, table: U32) -> tuple[int, int, int, int]:
    """Of a sentence: (characters, technical ones, words, words that start with a capital).

    A word is a run of letters and digits, with a point, colon, apostrophe or underscore between two.
    """
    length, technical, words, capitals = 0, 0, 0, 0
    inside, i = False, b
    while i < e:
        point, after = decode(data, i)
        kinds = flag(point, table)
        length += 1
        technical += _is_technical(point, kinds)
        if kinds & (LETTER | DIGIT):
            if not inside:
                words += 1
                capitals += kinds & UPPER != 0 and not kinds & LOWER
            inside = True
        elif not kinds & MARK:
            joins = point in (byte.DOT, byte.COLON, byte.APOSTROPHE, 0x2019, byte.UNDERSCORE)
            follows = flag(decode(data, after)[0], table) if joins and after < e else np.uint32(0)
            inside = inside and follows & (LETTER | DIGIT) != 0
        i = after
    return length, technical, words, capitals


@kernel
def _copy_spans(data: U8, begin: I64, end: I64, out: U8) -> None:
    """Write the spans one behind the other."""
    n = 0
    for k in range(len(begin)):
        for i in range(begin[k], end[k]):
            out[n] = data[i]
            n += 1
