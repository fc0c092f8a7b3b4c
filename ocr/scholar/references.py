"""Where the bibliography of a paper stands."""

import re
from collections.abc import Sequence

from winnow.ocr.scholar.parts import Heading, PlacedLine
from winnow.ocr.scholar.patterns import BEHIND, is_bibliography

ENTRY = re.compile(r"\s*\[(\d{1,3})\]\s*\S")
YEAR = re.compile(r"\b(1[6-9]|20)\d\d[a-z]?\b")
MIN_ENTRIES = 5


def find_references(spots: Sequence[PlacedLine], headings: Sequence[Heading]) -> tuple[int, int] | None:
    """The first and last spot of the bibliography: from its heading to the next one, or to the end.

    The last heading of a bibliography counts behind which years stand. Without such a heading it is the last
    run of entries numbered [1], [2], …
    """
    for index in range(len(headings) - 1, -1, -1):
        heading = headings[index]
        if not is_bibliography(heading.text):
            continue
        following = headings[index + 1].first if index + 1 < len(headings) else len(spots)
        end = next(
            (i for i in range(heading.last + 1, following) if BEHIND.match(spots[i].line.text)), following
        )
        lines = [spot.line.text for spot in spots[heading.last + 1 : end]]
        if any(YEAR.search(line) for line in lines):
            return heading.first, end - 1
    return _find_entries(spots, headings)


def _find_entries(spots: Sequence[PlacedLine], headings: Sequence[Heading]) -> tuple[int, int] | None:
    """A run of at least five entries [1], [2], … in the second half, with years in most of them."""
    starts: list[int] = []
    for index in range(len(spots) // 2, len(spots)):
        match = ENTRY.match(spots[index].line.text)
        if not match:
            continue
        if int(match[1]) == 1:
            starts = [index]
        elif starts and int(match[1]) == len(starts) + 1:
            starts.append(index)
    if len(starts) < MIN_ENTRIES:
        return None
    end = next((h.first for h in headings if h.first > starts[-1]), len(spots))
    years = sum(bool(YEAR.search(spot.line.text)) for spot in spots[starts[0] : end])
    return (starts[0], end - 1) if years >= len(starts) / 2 else None
