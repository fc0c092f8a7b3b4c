"""What each eval item is found by: the words of its question with their rarity, keys, answer and choices."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from winnow.dedup.overlap.align import NAME, PLAIN, QUOTED
from winnow.dedup.overlap.answer_keys import make_keys
from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.lexer.spelling import LONGEST, spell
from winnow.dedup.overlap.lexer.tables import hash_word, make_tables
from winnow.dedup.overlap.lexer.words import NUMBER, STOP, WORD, Cut, cut
from winnow.dedup.overlap.match import MOST_WORDS
from winnow.dedup.overlap.postings import make_postings
from winnow.dedup.overlap.rarity import read_shares
from winnow.dedup.overlap.runs import CHOICES, REORDERED, SOLUTION, Texts, make_runs
from winnow.kernels import F32
from winnow.words import byte
from winnow.words.split import utf8

_COMMON, _MOST = 5.0, 10.0  # bits of a word that weighs nothing, and the most that one may weigh
_STOP_BITS, _NUMBER_BITS = 0.5, 1.0
_SMOOTHING = 20_000
_SHARED = 3  # questions that may share a phrase before it weighs less
_QUOTE = re.compile(r"[\"\u201c\u201d](?:[^\"\u201c\u201d]){60,}[\"\u201c\u201d]")
_DEFINED = re.compile(r"\bdef\s+(\w+)\s*\(([^)]{0,2000})\)")
_DOCSTRING = re.compile(r'("""|\'\'\')(?:(?!\1).){20,}\1', re.DOTALL)
_EXAMPLES = re.compile(r">>>|^[ \t]*(?:for )?examples?\b", re.IGNORECASE | re.MULTILINE)
_TASK = 150  # characters of a docstring that say what to do even without its examples
# No names, though they have capitals: a question keeps them whoever it is about.
_DATES = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august"
)
_DATES += " september october november december christmas halloween easter thanksgiving"
_STORY = 20  # words of a question that is more than asked
_LONG = 200  # characters of what stands before the last line, from which on it is a source that is quoted


def make_arrays(items: pl.DataFrame, max_items: int, frequencies: Path | None) -> Index:
    """The arrays of the index of `items` (question, answer, choices), in their order."""
    questions = _keep_last(cut(items["question"]), MOST_WORDS)
    data, offsets = utf8(items["question"])
    parts, part_at = _cut_parts(items)
    explained = cut(items["solution"])
    words = np.concatenate([questions.hash, parts.hash, explained.hash])
    known, place = np.unique(words, return_inverse=True)
    counts = np.bincount(place[: len(words) - len(explained.hash)], minlength=len(known))
    weigh = _weigh_words(known, counts, frequencies)
    rarity = (
        _measure_rarity(questions, known, weigh)
        * _weigh_phrases(items["question"], questions)
        / _count_repeats(questions)
    )
    part_rarity = _measure_rarity(parts, known, weigh)
    flag = _flag_words(items, questions, data, offsets)
    spelt_at, spelt = _spell_words(questions, data)
    texts = _join_texts(
        items, questions, explained, flag == QUOTED, lambda some: _measure_rarity(some, known, weigh)
    )
    runs, of_text = make_runs(texts, items["context"])
    by_key = make_postings(questions, rarity, parts, part_at, runs, max_items)
    return Index(
        **by_key, word_at=questions.doc, word=questions.hash, rarity=rarity, kind=questions.kind, flag=flag,
        spelt_at=spelt_at, spelt=spelt, part_at=part_at, part_word_at=parts.doc, part_word=parts.hash,
        part_rarity=part_rarity, **of_text, **make_keys(items["answer_index"]),
    )  # fmt: skip


def _join_texts(
    items: pl.DataFrame, questions: Cut, explained: Cut, quoted: np.ndarray, measure: Callable[[Cut], F32]
) -> Texts:
    """The texts of all items that are looked for by runs: questions, answers, what explains them, choices."""
    choices = cut(items["choices"].list.join("\n"))
    kinds = {REORDERED: [questions], SOLUTION: [cut(items["answer"]), explained], CHOICES: [choices]}
    each = [(kind, part) for kind, parts in kinds.items() for part in parts]
    words = _concatenate([part for _, part in each])
    rest = np.zeros(len(words.hash) - len(quoted), bool)
    return Texts(
        words,
        np.tile(np.arange(items.height), len(each)),
        np.repeat([kind for kind, _ in each], items.height),
        measure(words),
        np.concatenate([quoted, rest]),
    )


def _concatenate(parts: Sequence[Cut]) -> Cut:
    """The words of several batches as one."""
    begin = np.cumsum([0, *(len(part.hash) for part in parts)])
    doc = np.concatenate([[0], *(part.doc[1:] + at for part, at in zip(parts, begin, strict=False))])
    columns = zip(*(part[1:] for part in parts), strict=True)
    return Cut(doc, *(np.concatenate(column) for column in columns))


def _cut_parts(items: pl.DataFrame) -> tuple[Cut, np.ndarray]:
    """Words of each item's answer and of its other choices, and which parts are whose."""
    listed = items.select(
        parts=pl.concat_list(pl.col("answer").fill_null(""), pl.col("choices").fill_null([]))
    )["parts"]
    sizes = listed.list.len().to_numpy().astype(np.int64)
    return cut(listed.explode().fill_null("")), np.concatenate(([0], np.cumsum(sizes)))


def _weigh_words(known: np.ndarray, counts: np.ndarray, frequencies: Path | None) -> np.ndarray:
    """Bits of each word: by how often it stands in English, a corpus or the items, whichever is more."""
    share = counts / (counts.sum() + _SMOOTHING)
    common, usual = read_shares(frequencies)
    place = np.minimum(np.searchsorted(common, known), len(common) - 1)
    share = np.where(common[place] == known, np.maximum(share, usual[place]), share)
    bits: F32 = np.clip(-np.log2(np.maximum(share, 1e-9)) - _COMMON, _STOP_BITS, _MOST).astype(np.float32)
    return bits


def _measure_rarity(words: Cut, known: np.ndarray, weigh: np.ndarray) -> np.ndarray:
    """Bits of each word as it stands: numbers, stop words and single letters have few."""
    bits = weigh[np.searchsorted(known, words.hash)]
    bits = np.where(words.kind == NUMBER, _NUMBER_BITS, np.where(words.kind == STOP, _STOP_BITS, bits))
    short = (words.kind == WORD) & (words.end - words.start < 2)
    return np.where(short, _NUMBER_BITS, bits).astype(np.float32)


def _keep_last(words: Cut, most: int) -> Cut:
    """The last words of each text: what is asked stands at the end."""
    keep = np.arange(len(words.hash)) >= np.repeat(words.doc[1:] - most, np.diff(words.doc))
    doc = np.concatenate(([0], np.cumsum(keep)))[words.doc]
    return Cut(doc, words.start[keep], words.end[keep], words.kind[keep], words.hash[keep])


def _count_repeats(words: Cut) -> np.ndarray:
    """For each word, the how manieth time its item says it."""
    frame = pl.DataFrame(
        {"item": np.repeat(np.arange(len(words.doc) - 1), np.diff(words.doc)), "word": words.hash}
    )
    return (
        frame.select(pl.int_range(1, pl.len() + 1).over("item", "word").cast(pl.Float32))
        .to_series()
        .to_numpy()
    )


def _weigh_phrases(texts: pl.Series, words: Cut) -> np.ndarray:
    """Less than 1 for words in phrases that several questions share: what a template says tells no item.

    A phrase is two words that stand beside each other, stop words and numbers apart; of a word's two the
    rarer counts.
    """
    item = np.repeat(np.arange(len(words.doc) - 1), np.diff(words.doc))
    content = np.flatnonzero((words.kind == WORD) & (words.end - words.start >= 2))
    first, second = content[:-1], content[1:]
    within = item[first] == item[second]
    first, second = first[within], second[within]
    questions = texts.hash().to_numpy()[item[first]]
    frame = pl.DataFrame({"a": words.hash[first], "b": words.hash[second], "question": questions})
    shared = frame.select(pl.col("question").n_unique().over("a", "b")).to_series().to_numpy()
    factor = np.minimum(1, np.sqrt(_SHARED / shared)).astype(np.float32)
    out = np.zeros(len(words.hash), np.float32)
    np.maximum.at(out, first, factor)
    np.maximum.at(out, second, factor)
    return np.where(out > 0, out, 1)


def _flag_words(items: pl.DataFrame, words: Cut, data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """NAME for what is always written with a capital and for identifiers, QUOTED for sources quoted."""
    capital = (data[words.start] >= byte.A) & (data[words.start] <= byte.Z) & (words.kind == WORD)
    _, place = np.unique(words.hash, return_inverse=True)
    share = np.bincount(place, capital) / np.bincount(place)
    opens = np.zeros(len(words.hash), bool)  # of long questions the first word is often who they are about
    opens[words.doc[:-1][np.diff(words.doc) >= _STORY]] = True
    named = (
        (share[place] > 0.9)
        | (share[place] > 0.1) & ~_find_openings(words, data)
        | (share[place] > 0.4) & opens
    )
    named &= ~np.isin(words.hash, [hash_word(word) for word in _DATES.split()])
    flag = np.where(capital & named, NAME, PLAIN).astype(np.uint8)
    texts = items["question"]
    for row in texts.str.contains(r"\bdef\s+\w+\s*\(").fill_null(False).arg_true().to_list():
        own = slice(words.doc[row], words.doc[row + 1])
        flag[own] = np.where(np.isin(words.hash[own], _find_identifiers(texts[row])), NAME, PLAIN)
        *_, found = (None, *_DOCSTRING.finditer(texts[row]))  # of several functions the last is the task
        if found:  # header and examples say less, and differ between languages
            shown = _EXAMPLES.search(found[0], _TASK)
            ends = (found.start(), found.end(), found.start() + shown.start() if shown else found.end())
            a, b, c = (len(texts[row][:k].encode()) + offsets[row] for k in ends)
            around = (words.start[own] < a) | (words.start[own] >= b)
            around |= (words.start[own] >= c) & (flag[own] != NAME)
            flag[own] = np.where(around, QUOTED, flag[own])
    for row in (texts.str.len_chars() > 120).fill_null(False).arg_true().to_list():
        own = slice(words.doc[row], words.doc[row + 1])
        for a, b in _find_quotes(texts[row]):
            a, b = (len(texts[row][:k].encode()) + offsets[row] for k in (a, b))
            inside = (words.start[own] >= a) & (words.end[own] <= b)
            flag[own] = np.where(inside, QUOTED, flag[own])
    return flag


def _find_openings(words: Cut, data: np.ndarray) -> np.ndarray:
    """Whether a word begins a sentence, or nothing is known of what stands before it."""
    out = np.ones(len(words.hash), bool)
    before = np.maximum(words.start[1:] - 2, 0)
    plain = (data[before] >= byte.a) & (data[before] <= byte.z) | (data[before] == byte.COMMA)
    out[1:] = ~plain | (words.start[1:] - words.end[:-1] > 2)
    out[words.doc[:-1][np.diff(words.doc) > 0]] = True
    return out


def _find_identifiers(text: str) -> np.ndarray:
    """The words of the names of functions and arguments that a question defines."""
    names: set[str] = set()
    for name, arguments in _DEFINED.findall(text):
        names |= {name, *(a.split(":")[0].split("=")[0].strip(" *") for a in arguments.split(","))}
    pieces = cut(pl.Series([" ".join(sorted(names))]))
    return pieces.hash


def _find_quotes(text: str) -> list[tuple[int, int]]:
    """Where a question quotes a source: long strings in quotes, and long text before a last line."""
    if _DEFINED.search(text):
        return []
    spans = [found.span() for found in _QUOTE.finditer(text)]
    lead = text.rstrip().rfind("\n")
    if lead >= _LONG and len(text) - lead > 20:
        spans = [(0, lead)]
    # What is all quotation is asked for as it stands.
    return spans if len(text) - sum(b - a for a, b in spans) > 30 else []


def _spell_words(words: Cut, data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Characters of each word: (offsets, characters)."""
    letter = make_tables().letter
    out = np.empty(LONGEST, np.int32)
    offsets, pieces = np.zeros(len(words.hash) + 1, np.int64), []
    cache: dict[int, np.ndarray] = {}
    for k, (h, a, b) in enumerate(zip(words.hash.tolist(), words.start, words.end, strict=True)):
        if h not in cache:
            cache[h] = out[: spell(data, a, b, letter, out)].copy()
        pieces.append(cache[h])
        offsets[k + 1] = offsets[k] + len(cache[h])
    return offsets, np.concatenate(pieces) if pieces else np.empty(0, np.int32)
