"""What an alignment amounts to: a score, and the class of the copy."""

import numpy as np

from winnow.dedup.overlap import align as of
from winnow.dedup.overlap.answer_keys import Keys
from winnow.dedup.overlap.answers import (
    ANSWER,
    ANSWER_BITS,
    ANSWER_THERE,
    CHOICES,
    CHOICES_BITS,
    CHOICES_THERE,
)
from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.lexer.words import NUMBER
from winnow.dedup.overlap.match import Hits
from winnow.dedup.overlap.runs import SOLUTION, Passages

ALIGNED = ("verbatim", "reformatted", "numbers_changed", "renamed", "partial")
CLASSES = (*ALIGNED, "reordered", "solution", "choices", "key", "template")
VERBATIM, REFORMATTED, NUMBERS_CHANGED, RENAMED, PARTIAL = range(len(ALIGNED))
KEY, TEMPLATE = len(CLASSES) - 2, len(CLASSES) - 1

MIN_SCORE = 0.6
ENOUGH = 50.0  # bits that a whole question must have for its share of words to be believed as it is
RUN_BITS = 1.6  # bits of two words that stand together in both
NUMBER_BITS = 3.0  # bits of a number that stands as it is in a whole question
_AT_ONCE = 3  # words that may stand between a question and an answer that follows at once
_BESIDE = 6.0  # bits of an answer or of choices that tell one question from another
_SHORT, _LONG = 9, 20  # words of questions that must be whole, and that may lack one word in five
_SOURCE = 30.0  # bits of a quoted source that stands before a short question
_INSTEAD = 0.3  # of a word's bits, where one other stands instead of it between words that are the same
# From which a passage is a hit, of a question, a solution, choices: words in runs, the share of the text's
# bits, and of the document's words from the first to the last.
_RUN_WORDS, _RUN_SHARE, _DENSE = (11, 14, 16), (0.4, 0.35, 0.4), 0.2
_MOST = 0.95  # of a passage
_QUOTATION = 0.65  # share of a text that stands there in one piece, below which it may be a quotation
_STRICT, _LENIENT = 0.95, 0.8  # share of words that such questions must have, else the score falls


def score_hits(hits: Hits, index: Index, quoted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Score in [0, 1] and class of every hit.

    The score is the share of the question's words that stand there, by their rarity, times how far what
    stands there reaches `ENOUGH` bits. Names count where that raises it: a question with other names is
    judged by its other words alone. Answer and choices add to the evidence, not to the share. A word of a
    longer question that is another, with the same words before and after it, is likely a synonym.
    A question that is whole counts its numbers too. `quoted`, by item: the share of the question's words that
    its own context holds in a row; no more than that is half a hit at most, like a short question alone.
    """
    f = hits.figures.astype(np.float64).T
    beside = _weigh_parts(hits.parts.astype(np.float64).T)
    more = (
        RUN_BITS * f[of.RUNS] + f[of.QUOTE_FOUND] + beside + NUMBER_BITS * _count_numbers(f, hits.item, index)
    )
    fit = _measure_fit(f)
    words = f[of.WORDS_FOUND] + _INSTEAD * _measure_length(f) * f[of.INSTEAD_BITS]
    evidence = words + f[of.NAMES_FOUND]
    whole = _divide(evidence, f[of.WORDS] + f[of.NAMES]) * np.minimum(1, (evidence + more) / ENOUGH)
    masked = _divide(words, f[of.WORDS]) * np.minimum(1, (words + more) / ENOUGH)
    found = np.maximum(whole, masked) * fit
    lonely = (f[of.TOKENS] + f[of.NAME_TOKENS] < _SHORT) & (beside < _BESIDE) & (f[of.QUOTE_FOUND] < _SOURCE)
    lonely &= ~_find_answered(hits, index)
    found = np.where(lonely | (share_kept(hits) <= quoted[hits.item]), np.minimum(found, 0.5), found)
    return np.clip(found, 0, 1).astype(np.float32), _classify(f)


def score_passages(passages: Passages, index: Index) -> tuple[np.ndarray, np.ndarray]:
    """Score in [0, 1) and class of every passage: by the words that its runs hold, their share of the text or
    of the stretch, whichever says least. A stretch of a question or of choices that stands there in one
    piece is half a hit at most unless it is nearly all of it: they may quote what many quote. A copy whose
    words stand in order scores more."""
    kind = index.text_kind[passages.text]
    words = passages.covered / np.array(_RUN_WORDS)[kind]
    share = np.sqrt(passages.share / np.array(_RUN_SHARE)[kind])
    dense = passages.covered / (passages.last - passages.first) / _DENSE
    score = np.minimum(np.minimum(words, share), dense) * MIN_SCORE
    quoted = (kind != SOLUTION) & (passages.pieces == 1) & (passages.share < _QUOTATION)
    score = np.where(quoted, np.minimum(score, 0.5), score)
    return np.minimum(score, _MOST).astype(np.float32), len(ALIGNED) + kind


def score_keys(keys: Keys) -> tuple[np.ndarray, np.ndarray]:
    """Score and class of every key."""
    return np.full(len(keys.item), _MOST, np.float32), np.full(len(keys.item), KEY)


def share_kept(hits: Hits) -> np.ndarray:
    """The share of a question's words that stand in a document."""
    f = hits.figures.T
    return _divide(f[of.TOKENS_FOUND] + f[of.NAME_TOKENS_FOUND], f[of.TOKENS] + f[of.NAME_TOKENS])


def sum_evidence(hits: Hits) -> np.ndarray:
    """Bits of an item that stand in a document, answer and choices among them."""
    f = hits.figures.T
    question = f[of.WORDS_FOUND] + f[of.NAMES_FOUND] + f[of.QUOTE_FOUND] + f[of.RUNS]
    evidence: np.ndarray = question + hits.parts[:, [ANSWER_BITS, CHOICES_BITS]].sum(axis=1)
    return evidence


def _measure_fit(f: np.ndarray) -> np.ndarray:
    """How well an alignment fits, 1 for a copy: of the question's words few may be missing, names and quoted
    sources aside, and few others may stand between them. Short questions must fit better."""
    longer = _measure_length(f)
    least = _STRICT + (_LENIENT - _STRICT) * longer
    instead = longer * f[of.INSTEAD]
    whole = _divide(f[of.TOKENS_FOUND] + instead, f[of.TOKENS])
    dense = _divide(f[of.ALL_FOUND] + f[of.NAME_TOKENS_OTHER] + instead, f[of.WIDTH])
    fit: np.ndarray = np.minimum(1, whole / least) ** 2 * np.minimum(1, dense / least) ** 2
    return fit


def _measure_length(f: np.ndarray) -> np.ndarray:
    """From 0 for a short question to 1 for a long one."""
    length: np.ndarray = np.clip((f[of.TOKENS] + f[of.NAME_TOKENS] - _SHORT) / (_LONG - _SHORT), 0, 1)
    return length


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The shares, 0 where there is nothing to share."""
    shares: np.ndarray = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return shares


def _weigh_parts(parts: np.ndarray) -> np.ndarray:
    """Bits of the answer and of the choices that stand beside a question."""
    answer = np.where(parts[ANSWER] >= ANSWER_THERE, parts[ANSWER_BITS], 0)
    choices = np.where(parts[CHOICES] >= CHOICES_THERE, parts[CHOICES_BITS], 0)
    return answer + choices


def _count_numbers(f: np.ndarray, item: np.ndarray, index: Index) -> np.ndarray:
    """How many numbers stand there as they are, where no word of the question is missing or another."""
    same = (f[of.TOKENS_FOUND] == f[of.TOKENS]) & (f[of.NAME_TOKENS_FOUND] == f[of.NAME_TOKENS])
    out = np.zeros(len(item), np.int64)
    for hit in np.flatnonzero(same & (f[of.NUMBERS_OTHER] + f[of.ALMOST] == 0)):  # few; the index is long
        own = slice(index.word_at[item[hit]], index.word_at[item[hit] + 1])
        out[hit] = np.count_nonzero(index.kind[own] == NUMBER)
    return out


def _find_answered(hits: Hits, index: Index) -> np.ndarray:
    """Whether the answer, however common its words, stands whole and at once after a whole question."""
    f = hits.figures.T
    part = index.part_at[hits.item]
    size = index.part_word_at[part + 1] - index.part_word_at[part]
    grown = hits.last - hits.first - f[of.WIDTH]
    whole = (f[of.TOKENS_FOUND] == f[of.TOKENS]) & (f[of.ALMOST] == 0) & (f[of.NUMBERS_OTHER] == 0)
    at_once = (grown >= size) & (grown <= size + _AT_ONCE)
    answered: np.ndarray = (hits.parts[:, ANSWER] >= 1) & (size > 0) & at_once & whole
    return answered


def _classify(f: np.ndarray) -> np.ndarray:
    """The class of each hit, but for those that the question's own text or its score decides."""
    kept = _divide(f[of.CONTENT_FOUND], f[of.CONTENT])
    names = _divide(f[of.NAME_TOKENS_FOUND], f[of.NAME_TOKENS])
    whole = (kept >= 0.93) & (f[of.ALMOST] <= 0.05 * f[of.CONTENT])
    renamed = (f[of.NAME_TOKENS] > 0) & ((names < 0.5) | whole & (f[of.NAME_TOKENS_OTHER] > 0))
    numbers = f[of.NUMBERS_OTHER] > 0
    lost = (_divide(f[of.TOKENS_FOUND], f[of.TOKENS]) < 0.95) | (f[of.ALMOST] > 0)
    return np.select(
        [renamed & (kept >= 0.8), numbers & whole, lost, numbers],
        [RENAMED, NUMBERS_CHANGED, PARTIAL, NUMBERS_CHANGED],
        REFORMATTED,
    )
