"""How an extraction is compared with the text that is wanted."""

import re
import statistics
from collections import Counter
from typing import NamedTuple


class Told(NamedTuple):
    f1: float
    precision: float
    recall: float


def shingle_scores(golds: list[str], outputs: list[str]) -> Told:
    """F1 of mean precision and mean recall over pages, of the multisets of 4-word shingles (`\\w+`), as
    scrapinghub/article-extraction-benchmark has it."""
    counts = [_matching(gold, output) for gold, output in zip(golds, outputs, strict=True)]
    precisions = [_ratio(tp, fp, fn) for tp, fp, fn in counts if tp + fp]
    recalls = [_ratio(tp, fn, fp) for tp, fp, fn in counts if tp + fn]
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return Told(2 * precision * recall / (precision + recall), precision, recall)


def _matching(gold: str, output: str) -> tuple[int, int, int]:
    wanted, got = _shingles(gold), _shingles(output)
    hits = sum((wanted & got).values())
    return hits, got.total() - hits, wanted.total() - hits


def _ratio(hits: int, wrong: int, other: int) -> float:
    return 1.0 if wrong == other == 0 else hits / (hits + wrong)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words)
