"""The sentence rules of MADLAD-400: is the page made of sentences, or of lists, prices and spam?

Kudugunta et al. 2023, "MADLAD-400" (arXiv:2309.04662), 2.3, with the expressions of its dataset card.
Dolma 3 uses two of the rules (list case, cursed).
"""

# ruff: noqa: RUF001 - the unusual characters are meant
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import pyarrow as pa

from filters.verdict import broken, judge
from filters.words.jit import kernel
from filters.words.lines import strip
from filters.words.split import utf8
from filters.words.unicode import (
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


def _language(settings: Mapping[str, Any]) -> list[str]:
    """`language` with a `model`."""
    return ["language"] if settings["model"] else []


def sentences(
    docs: Annotated[pl.DataFrame, "text", _language],
    *,
    min_sentences: int = 5,
    max_questionable_ratio: float = 0.2,
    rules: list[Rule] = ["list_case", "length", "technical", "cursed"],  # noqa: B006 - never changed
    max_capital_ratio: float = 0.5,
    min_list_words: int = 12,
    min_length: int = 20,
    max_length: int = 500,
    max_technical_ratio: float = 0.2,
    cursed: list[str] = _CURSED,
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
    settings = locals()
    data, offsets = utf8(docs["text"])
    many = np.zeros(len(docs), np.int64)
    _count(data, offsets, lines_end_sentences, flags(), many)
    begin, end = np.empty(many.sum(), np.int64), np.empty(many.sum(), np.int64)
    found = np.zeros((len(begin), len(_NAMES)), np.uint8)
    limits = max_capital_ratio, min_list_words, min_length, max_length, max_technical_ratio
    _measure(data, offsets, lines_end_sentences, limits, flags(), begin, end, found)
    text = _texts(data, begin, end)
    found[:, 3] = text.str.contains("|".join(f"(?:{pattern})" for pattern in cursed) or "$.").to_numpy()
    doc = np.repeat(np.arange(len(docs)), many)
    if model is not None:
        found[:, 4] = _inconsistent(text, docs["language"].gather(doc), model)
    counting = [k for k, name in enumerate(_NAMES) if name in rules or name == "consistency"]
    hits = np.column_stack([found, found[:, counting].any(axis=1)])
    ratios = [
        np.bincount(doc, hits[:, k], minlength=len(docs)) / np.maximum(many, 1)
        for k in range(len(_NAMES) + 1)
    ]
    signals = {"madlad_sentence_count": many, "madlad_questionable_ratio": ratios[-1]}
    signals |= {f"madlad_{name}_ratio": ratio for name, ratio in zip(_NAMES, ratios, strict=False)}
    return judge(docs, signals, broken(RULES, signals, settings))


def _texts(data: np.ndarray, begin: np.ndarray, end: np.ndarray) -> pl.Series:
    """The bytes between `begin` and `end` as strings."""
    where = np.concatenate(([0], np.cumsum(end - begin)))
    out = np.empty(where[-1], np.uint8)
    _gather(data, begin, end, out)
    array = pa.LargeStringArray.from_buffers(len(begin), pa.py_buffer(where), pa.py_buffer(out))
    return pl.Series("sentence", array, dtype=pl.String)


def _inconsistent(text: pl.Series, language: pl.Series, model: Path) -> np.ndarray:
    """Whether the model sees another language than the document's; where that is unknown, no."""
    lines = text.str.replace_all(r"\n|</s>", " ").to_list()
    labels = _load(model, model.stat().st_mtime_ns).predict(lines)[0] if lines else []
    seen = pl.Series(
        [label[0].removeprefix("__label__") if label else None for label in labels], dtype=pl.String
    )
    return (seen != language).fill_null(False).to_numpy()


@functools.cache
def _load(model: Path, stamp: int) -> Any:
    # Imported here: who does not use the rule need not have the package.
    import fasttext

    return fasttext.load_model(str(model))


@kernel
def _sentence(data, b, last, lines, table):
    """The end of the sentence that starts at byte b, and where the next one may start."""
    ended, i, stop = False, b, last
    while i < last:
        point, after = decode(data, i)
        kinds = flag(point, table)
        if kinds & SPACE and (ended or (lines and point == 10)):
            return i, after
        if ended and not kinds & TERMINAL and stop < last:
            return stop, stop
        ended = kinds & TERMINAL != 0
        stop = after if ended and point >= 0x3000 else last
        i = after
    return last, last


@kernel
def _next(data, b, last, lines, table):
    """The next sentence that is not blank, stripped: (begin, end, after); where none is left, last."""
    while b < last:
        stop, after = _sentence(data, b, last, lines, table)
        left, right = strip(data, b, stop, table)
        if left < right:
            return left, right, after
        b = after
    return last, last, last


@kernel
def _count(data, offsets, lines, table, many):
    for d in range(len(offsets) - 1):
        b, last = offsets[d], offsets[d + 1]
        while b < last:
            left, _, b = _next(data, b, last, lines, table)
            many[d] += left < last


@kernel
def _measure(data, offsets, lines, limits, table, begin, end, found):
    max_capital, min_words, min_length, max_length, max_technical = limits
    k = 0
    for d in range(len(offsets) - 1):
        b, last = offsets[d], offsets[d + 1]
        while b < last:
            left, right, b = _next(data, b, last, lines, table)
            if left == last:
                continue
            begin[k], end[k] = left, right
            length, technical, words, capitals = shape(data, left, right, table)
            found[k, 0] = words >= min_words and capitals > words * max_capital
            found[k, 1] = length < min_length or length > max_length
            found[k, 2] = technical > length * max_technical
            k += 1


@kernel
def shape(data, b, e, table):
    """Of a sentence: (characters, technical ones, words, words that start with a capital).

    A word is a run of letters and digits, with a point, colon, apostrophe or underscore between two.
    """
    length, technical, words, capitals = 0, 0, 0, 0
    inside, i = False, b
    while i < e:
        point, after = decode(data, i)
        kinds = flag(point, table)
        length += 1
        technical += kinds & ASCII_DIGIT != 0 or 40 <= point <= 41 or point == 43 or point == 47
        technical += point == 62 or point == 123 or point == 125
        if kinds & (LETTER | DIGIT):
            if not inside:
                words += 1
                capitals += kinds & UPPER != 0 and not kinds & LOWER
            inside = True
        elif not kinds & MARK:
            joins = point == 46 or point == 58 or point == 39 or point == 0x2019 or point == 95
            follows = flag(decode(data, after)[0], table) if joins and after < e else np.uint32(0)
            inside = inside and follows & (LETTER | DIGIT) != 0
        i = after
    return length, technical, words, capitals


@kernel
def _gather(data, begin, end, out):
    n = 0
    for k in range(len(begin)):
        for i in range(begin[k], end[k]):
            out[n] = data[i]
            n += 1
