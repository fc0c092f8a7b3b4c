"""Headings in the order of their numbers."""

from collections.abc import Sequence

from winnow.ocr.scholar.parts import Heading
from winnow.ocr.scholar.patterns import NUMBERED


def keep_rising(found: Sequence[Heading], sure: set[int]) -> list[Heading]:
    """Headings whose numbers rise: the longest such row, and all that are sure by their size."""
    keys = [_order(heading.text) for heading in found]
    best: list[tuple[int, int]] = []
    for i in range(len(found)):
        before = max(
            ((best[j][0], j) for j in range(max(0, i - 200), i) if keys[j] < keys[i]), default=(0, -1)
        )
        best.append((before[0] + 1, before[1]))
    at = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    row = set()
    while at >= 0:
        row.add(at)
        at = best[at][1]
    return [heading for i, heading in enumerate(found) if i in row or heading.first in sure]


def keep_next(found: Sequence[Heading], plain: set[int]) -> list[Heading]:
    """Headings less the plain ones whose number is not the next one, or the first of a section."""
    kept: list[Heading] = []
    for heading in found:
        key, last = _order(heading.text), _order(kept[-1].text) if kept else ()
        sibling = len(key) <= len(last) and key == (*last[: len(key) - 1], last[len(key) - 1] + 1)
        if heading.first not in plain or sibling or key == (*last, 1):
            kept.append(heading)
    return kept


def _order(text: str) -> tuple[int, ...]:
    match = NUMBERED.match(text)
    parts = match["number"].split(".") if match else []
    if parts and len(parts[0]) > 1 and parts[0].isalpha():
        parts[0] = str(_read_roman(parts[0].upper()))
    return tuple(int(part) if part.isdigit() else 100 + ord(part[0].upper()) for part in parts)


def _read_roman(text: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
    return sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
