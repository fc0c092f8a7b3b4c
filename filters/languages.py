"""Gopher's rules in DCLM's reading (`filters.dclm`), with word lengths and stop words of each language.

The lengths and the stop words are FineWeb2's (Penedo et al. 2025, arXiv:2506.20920; `filters/fineweb2.tsv`).
Its other thresholds are not taken over: they count punctuation as words and drop pages for lines
(`filters.fineweb2` has them as published). Chinese, Japanese, Thai, ... have no white space between words:
there letters are counted.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.filters import dclm
from winnow.filters.fineweb2 import NEVER, NO_STOP_WORDS, TABLE, UNSPACED, read_table
from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U8, U32, kernel
from winnow.ranges import PerWord, Ratio
from winnow.words.cache import lines_of, words_of
from winnow.words.lines import Lines
from winnow.words.phrases import Phrases, count_phrases, pack
from winnow.words.split import Words
from winnow.words.unicode import (
    ALONE,
    LETTER,
    PUNCTUATION,
    QUOTE,
    SPACE,
    TERMINAL,
    decode,
    flag,
    flags,
    step_back,
)

LETTERS_PER_WORD = 2  # about what segmenters give: 1.6 in Chinese, 2 in Japanese
LINE_WORDS, LONG_LINE_WORDS = 5, 10  # C4's least; where a sentence may end within the line
RULES = (
    *dclm.RULES,  # those of word lengths have no settings here
    ("languages.too_few_prose_words", "languages_prose_word_count", "min_prose_words"),
)


def quality(
    docs: Annotated[pl.DataFrame, "text", "language"],
    *,
    table: Path | None = None,
    min_words: NonNegativeInt = 50,
    max_words: NonNegativeInt = 100_000,
    max_symbol_ratio: PerWord = 0.1,
    max_bullet_line_ratio: Ratio = 0.9,
    max_ellipsis_line_ratio: Ratio = 0.3,
    min_alphabetic_word_ratio: Ratio = 0.8,
    min_stop_words: NonNegativeInt = 2,
    min_prose_words: NonNegativeInt = 0,
) -> Annotated[pl.DataFrame, dclm.SIGNALS, "languages_prose_word_count"]:
    """Drop what does not look like prose of its `language`, by `filters.dclm:quality` and one rule more.

    Signals and reasons are that step's, and `languages_prose_word_count`: the words of lines of five or more
    that end as a sentence does, in whatever script, closing quotes and brackets aside (C4's two rules of
    lines, arXiv:1910.10683, counted and not cut), and of lines of ten or more in which a sentence ends.
    The least and the greatest mean word length and the stop words are of the language in `table`, a file
    of the form of `filters/fineweb2.tsv`; of the stop words those that have a letter. A document whose
    `language` has no row is dropped as `fineweb2.no_settings`, and measured without stop words.

    In languages without spaces between words (`filters.fineweb2:UNSPACED`) two letters of such a script are
    one word, and what stands of other scripts between them is one; stop words are counted wherever they
    stand, and the mean word length is not judged. In Korean stop words are not judged. Thai and Lao end no
    sentence with a mark: there `min_prose_words` must be 0, as it is without a setting.
    """
    rows = read_table(table or TABLE)
    settings = {name: value for name, value in locals().items() if name.startswith(("min_", "max_"))}
    key = (
        pl.col("language")
        .cast(pl.String)
        .replace_strict({c: r["language"] for c, r in rows.items()}, default="")
    )
    known = {row["language"]: row for row in rows.values()}
    numbered = docs.with_row_index("languages_row")
    done = [
        _judge(group, known.get(str(name)), settings)
        for (name,), group in numbered.group_by(key.fill_null("").alias("languages_key"), maintain_order=True)
    ]
    judged = pl.concat(done) if done else _judge(numbered, None, settings)
    return judged.sort("languages_row").drop("languages_row")


def _judge(docs: pl.DataFrame, row: dict[str, str] | None, settings: dict[str, Any]) -> pl.DataFrame:
    """The rules on documents of one language; None: of a language without settings."""
    if row is None:
        signals = dclm.measure(docs["text"], []) | _measure_prose(docs["text"])
        unknown = np.ones(len(docs), bool)
        return judge_by_rules(docs, signals, (), {}, also=[(unknown, "fineweb2.no_settings")])
    spaced = row["language"] not in UNSPACED
    stops = [word for word in row["stop_words"].split(" ") if any(c.isalpha() for c in word)]
    signals = dclm.measure(docs["text"], stops)
    signals |= _measure_prose(docs["text"])
    if not spaced:
        signals |= _measure_unspaced(docs["text"], stops)
    own = {
        "min_mean_word_length": float(row["min_mean_word_length"]) if spaced else 0,
        "max_mean_word_length": float(row["max_mean_word_length"]) if spaced else NEVER,
    }
    if row["language"] in NO_STOP_WORDS:
        own["min_stop_words"] = 0
    return judge_by_rules(docs, signals, RULES, {**settings, **own})


def _measure_unspaced(text: pl.Series, stop_words: list[str]) -> dict[str, np.ndarray]:
    """The signals that count words, where letters are counted for them."""
    words, rows = words_of(text, marks=False)
    out = np.zeros((len(rows), 3))
    _count_words(words, rows, pack(stop_words), flags(), out)
    return {
        "dclm_word_count": out[:, 0].astype(np.int64),
        "dclm_alphabetic_word_ratio": out[:, 1] / np.maximum(out[:, 0], 1),
        "dclm_stop_word_count": out[:, 2].astype(np.int64),
    }


@kernel
def _count_words(words: Words, rows: I64, stops: Phrases, table: U32, out: F64) -> None:
    """Of each row's document: words, those with a letter, and stop words wherever they stand."""
    for r in range(len(rows)):
        d = rows[r]
        for w in range(words.doc[d], words.doc[d + 1]):
            kind = words.kind[w]
            if kind:
                size = _weigh(words, w, table)
                out[r, 0] += size
                out[r, 1] += size if kind == 1 else 0.0
        out[r, 2] = count_phrases(words.data, words.offsets[d], words.offsets[d + 1], stops)


@kernel
def _weigh(words: Words, w: int, table: U32) -> float:
    """How much of a word this one is."""
    return 1 / LETTERS_PER_WORD if flag(decode(words.data, words.start[w])[0], table) & ALONE else 1.0


def _measure_prose(text: pl.Series) -> dict[str, np.ndarray]:
    words, rows = words_of(text, marks=False)
    lines, _ = lines_of(text, marks=False)
    out = np.zeros(len(rows))
    _count_prose(words, lines, rows, flags(), out)
    return {"languages_prose_word_count": out.astype(np.int64)}


@kernel
def _count_prose(words: Words, lines: Lines, rows: I64, table: U32, out: F64) -> None:
    """Of each row's document: the words of lines of prose."""
    for r in range(len(rows)):
        d = rows[r]
        w, last = words.doc[d], words.doc[d + 1]
        for k in range(lines.doc[d], lines.doc[d + 1]):
            size = 0.0
            while w < last and words.start[w] < lines.end[k]:
                size += _weigh(words, w, table) if words.kind[w] else 0.0
                w += 1
            b, e = lines.left[k], lines.right[k]
            if size >= LINE_WORDS and _is_prose(words.data, b, e, size, table):
                out[r] += size


@kernel
def _is_prose(data: U8, b: int, e: int, size: float, table: U32) -> bool:
    """Whether the line [b, e) of so many words ends a sentence, or is long and has the end of one."""
    return _ends_sentence(data, b, e, table) or (size >= LONG_LINE_WORDS and _holds_end(data, b, e, table))


@kernel
def _ends_sentence(data: U8, b: int, e: int, table: U32) -> bool:
    """Whether [b, e) ends a sentence, apart from marks that close a quote or a bracket."""
    while b < e:
        last = step_back(data, e, b)
        kinds = flag(decode(data, last)[0], table)
        if kinds & TERMINAL:
            return True
        if not kinds & (PUNCTUATION | QUOTE):
            return False
        e = last
    return False


@kernel
def _holds_end(data: U8, b: int, e: int, table: U32) -> bool:
    """Whether a sentence ends in [b, e): a mark behind a letter, and before white space if it is ASCII."""
    before = np.uint32(0)
    while b < e:
        point, b = decode(data, b)
        kinds = flag(point, table)
        apart = point >= 0x80 or b == e or flag(decode(data, b)[0], table) & SPACE != 0
        if apart and kinds & TERMINAL and before & LETTER:
            return True
        before = kinds
    return False
