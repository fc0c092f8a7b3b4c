"""Two readings of one line made one: where they differ, the one that is more likely right is taken.

What is weighed: how much likelier the second engine's model finds its own letters than the first's (their
probability over all ways to spread them over the line), how sure the first is of the word and the second of
the line, and what kind of letters they are. The weights are a logistic regression on 1,326 differences in
713 lines: 28 pages of novels in six old-style faces, worn as old prints and poor scans; no page of a test.
"""

from collections.abc import Iterator, Sequence
from math import exp, log, log1p
from typing import Any, NamedTuple

import numpy as np

from winnow.ocr.engines.answer import Recognized, Word, join_words
from winnow.ocr.engines.rapid import BLANK, Reading

CONSTANT, BY_GAIN, BY_WORD, BY_LINE = -3.27, 2.04, -0.35, 2.37
BY_LETTERS, BY_LEFT_OUT, BY_MARKS, BY_SPACE = -1.09, -0.5, 0.61, 0.17
MOST_GAIN, MOST_LETTERS = 60.0, 8
LEAST, MOST = 0.02, 0.98  # what an engine's confidence is taken for at least and at most
SMALLEST = 1e-7  # probability of a character
# Habits of one engine, not differences to vote on.
QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
ALIKE = str.maketrans(QUOTES | {"\u2013": "-", "\u2014": "-"})


class Difference(NamedTuple):
    """Characters `first` to `last` of the first text, where the second has those from `begin` to `end`."""

    first: int
    last: int
    begin: int
    end: int


class Piece(NamedTuple):
    """A character of the merged line: how sure it is, and from where to where it stands (pixels)."""

    letter: str
    sure: float
    x0: float
    x1: float


def vote(line: Recognized, reading: Reading, characters: Sequence[str]) -> Recognized:
    """The first engine's line with what the second reads better. A word is as sure as the surer engine where
    both agree, else as the least sure of its letters is by its engine and by the vote."""
    pieces, known = list(_spread(line)), {c: at for at, c in enumerate(characters)}
    text, other, sure_of_line = line.text, reading.text, sum(reading.sure) / max(len(reading.sure), 1)
    differences = find_differences(text, other)
    own = measure_likelihood(reading.scores, other, known) if differences else 0.0
    merged, at, place = [], 0, 0
    for one in differences:
        merged += _agree(pieces[at : one.first], reading.sure[place : one.begin])
        left_out, taken = text[one.first : one.last], other[one.begin : one.end]
        instead = other[: one.begin] + left_out + other[one.end :]
        gain = own - measure_likelihood(reading.scores, instead, known)
        word = min(piece.sure for piece in pieces[max(one.first - 1, 0) : one.last + 1])
        better = expect_better(gain, word, sure_of_line, left_out, taken)
        if better > 0.5:
            sure = min([better, *reading.sure[one.begin : one.end]])
            new = _set(taken, sure, *_find_place(pieces, one))
        else:
            sure = min(1 - better, word)
            new = [piece._replace(sure=min(sure, piece.sure)) for piece in pieces[one.first : one.last]]
        if merged and not new:  # a doubt whether something stands here
            merged[-1] = merged[-1]._replace(sure=min(merged[-1].sure, sure))
        merged += new
        at, place = one.last, one.end
    merged += _agree(pieces[at:], reading.sure[place:])
    words = list(_part_words(merged, line))
    return join_words(words, line.block) if words else line


def find_differences(a: str, b: str) -> list[Difference]:
    """Where two texts differ, those with one letter or none between them as one."""
    from rapidfuzz.distance import Levenshtein

    found: list[Difference] = []
    for step in Levenshtein.opcodes(a.translate(ALIKE), b.translate(ALIKE)):
        if step.tag == "equal":
            continue
        one = Difference(step.src_start, step.src_end, step.dest_start, step.dest_end)
        if found and one.first - found[-1].last <= 1 and one.begin - found[-1].end <= 1:
            one = Difference(found[-1].first, one.last, found.pop().begin, one.end)
        found.append(one)
    return found


def expect_better(gain: float, word: float, line: float, left_out: str, taken: str) -> float:
    """The probability that what the second engine reads (`taken`) is nearer to the truth."""
    word, both = min(max(word, LEAST), MOST), left_out + taken
    score = CONSTANT + BY_GAIN * log1p(min(max(gain, 0.0), MOST_GAIN)) + BY_WORD * log(word / (1 - word))
    score += BY_LINE * line + BY_LETTERS * min(len(left_out), MOST_LETTERS) + BY_LEFT_OUT * (not taken)
    score += BY_MARKS * (not any(map(str.isalnum, both))) + BY_SPACE * (" " in both)
    return 1 / (1 + exp(-score))


def measure_likelihood(scores: Any, text: str, known: dict[str, int]) -> float:
    """The logarithm of the probability of a text by a model's `scores` of each step: the forward sum of
    connectionist temporal classification (Graves et al. 2006). Characters it has not are most unlikely."""
    signs = [BLANK] * (2 * len(text) + 1)
    signs[1::2] = [known.get(c, -1) for c in text]
    found = np.array(signs)
    steps = np.log(np.maximum(np.where(found < 0, 0.0, scores[:, np.maximum(found, 0)]), SMALLEST))
    jump = np.zeros(len(found), dtype=bool)  # over the blank between letters, unless they are the same
    jump[3::2] = found[3::2] != found[1:-2:2]
    reached = np.full(len(found), -np.inf)
    reached[:2] = steps[0, :2]
    for step in steps[1:]:
        before = np.logaddexp(reached, _shift(reached, 1))
        reached = np.logaddexp(before, np.where(jump, _shift(reached, 2), -np.inf)) + step
    return float(np.logaddexp.reduce(reached[-2:]))


def _shift(values: Any, by: int) -> Any:
    return np.concatenate([np.full(by, -np.inf), values])[: len(values)]


def _spread(line: Recognized) -> Iterator[Piece]:
    """The characters of a line, spread evenly over its words."""
    for number, (word, sure, x0, _, x1, _) in enumerate(line.words):
        if number:
            yield Piece(" ", 1.0, line.words[number - 1][4], x0)
        step = (x1 - x0) / len(word)
        yield from (Piece(c, sure, x0 + at * step, x0 + (at + 1) * step) for at, c in enumerate(word))


def _agree(pieces: Sequence[Piece], sure: Sequence[float]) -> list[Piece]:
    return [piece._replace(sure=max(piece.sure, other)) for piece, other in zip(pieces, sure, strict=True)]


def _find_place(pieces: Sequence[Piece], one: Difference) -> tuple[float, float]:
    if one.last > one.first:
        return pieces[one.first].x0, pieces[one.last - 1].x1
    edge = pieces[one.first].x0 if one.first < len(pieces) else pieces[-1].x1
    return edge, edge


def _set(text: str, sure: float, x0: float, x1: float) -> list[Piece]:
    step = (x1 - x0) / max(len(text), 1)
    return [Piece(c, sure, x0 + at * step, x0 + (at + 1) * step) for at, c in enumerate(text)]


def _part_words(pieces: Sequence[Piece], line: Recognized) -> Iterator[Word]:
    word: list[Piece] = []
    for piece in [*pieces, Piece(" ", 1.0, line.x1, line.x1)]:
        if not piece.letter.isspace():
            word.append(piece)
        elif word:
            text, sure = "".join(each.letter for each in word), min(each.sure for each in word)
            yield text, sure, word[0].x0, line.y0, max(each.x1 for each in word), line.y1
            word = []
