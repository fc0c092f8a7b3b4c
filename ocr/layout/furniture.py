"""Running heads, running feet and page numbers: what stands at the edge of page after page."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ocr.layout.lines import Line, Page

MIN_REPEATS = 3
MAX_EDGE_LINES = 3
MARGIN_RATIO = 0.15
NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.IGNORECASE)
Place = tuple[bool, int]


def remove_furniture(pages: Sequence[Page]) -> list[Page]:
    """The pages less their running heads and feet.

    A line goes where it is among the outermost three lines in the outer 15% of the page, nothing that
    stays stands further out, and either the same line, numbers aside, stands in the same place on three
    pages, or that place holds such lines on half of all pages (a head that names a short chapter).
    """
    seen: Counter[tuple[Place, str]] = Counter()
    places: defaultdict[Place, int] = defaultdict(int)
    for page in pages:
        seen.update({(place, _mask_numbers(line)) for place, line in _find_edges(page)})
    for page in pages:
        for place in {p for p, line in _find_edges(page) if seen[p, _mask_numbers(line)] >= MIN_REPEATS}:
            places[place] += 1
    usual = {p for p, count in places.items() if count >= max(MIN_REPEATS, len(pages) / 2)}
    return [_strip(page, seen, usual) for page in pages]


def _strip(page: Page, seen: Counter[tuple[Place, str]], usual: set[Place]) -> Page:
    gone: set[int] = set()
    closed = {True: False, False: False}
    for place, line in _find_edges(page):
        top = place[0]
        if closed[top]:
            continue
        if place in usual or seen[place, _mask_numbers(line)] >= MIN_REPEATS:
            gone.add(id(line))
        else:
            closed[top] = True
    return page._replace(lines=[line for line in page.lines if id(line) not in gone])


def _find_edges(page: Page) -> Iterable[tuple[Place, Line]]:
    """Lines at the top and at the bottom, from the edge inwards, with their places."""
    order = sorted(page.lines, key=lambda line: line.y0)
    for line in order[:MAX_EDGE_LINES]:
        if line.y1 < MARGIN_RATIO * page.height:
            yield (True, round(line.y0 / 4)), line
    for line in order[: -MAX_EDGE_LINES - 1 : -1]:
        if line.y0 > (1 - MARGIN_RATIO) * page.height:
            yield (False, round(line.y0 / 4)), line


def _mask_numbers(line: Line) -> str:
    return NUMBER.sub("#", line.text).strip()
