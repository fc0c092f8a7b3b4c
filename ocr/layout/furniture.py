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
    """The pages less their running heads and feet; `removed` says of each which it was.

    A line goes where it is among the outermost three lines in the outer 15% of the page, nothing that
    stays stands further out, and either the same line, numbers aside, stands in the same place on three
    pages, or that place holds such lines on half of all pages (a head that names a short chapter).
    Kinds: `running_head`, `running_foot`, `page_number`.
    """
    edges = [list(_find_edges(page)) for page in pages]
    seen: Counter[tuple[Place, str]] = Counter()
    places: defaultdict[Place, int] = defaultdict(int)
    for lines in edges:
        seen.update({(place, masked) for place, _, masked in lines})
    for lines in edges:
        for place in {place for place, _, masked in lines if seen[place, masked] >= MIN_REPEATS}:
            places[place] += 1
    usual = {p for p, count in places.items() if count >= max(MIN_REPEATS, len(pages) / 2)}
    return [_strip(page, lines, seen, usual) for page, lines in zip(pages, edges, strict=True)]


def _strip(
    page: Page,
    edges: Sequence[tuple[Place, Line, str]],
    seen: Counter[tuple[Place, str]],
    usual: set[Place],
) -> Page:
    gone: dict[int, str] = {}
    closed = {True: False, False: False}
    for place, line, masked in edges:
        top = place[0]
        if closed[top]:
            continue
        if place in usual or seen[place, masked] >= MIN_REPEATS:
            kind = "running_head" if top else "running_foot"
            gone[id(line)] = kind if any(map(str.isalpha, masked)) else "page_number"
        else:
            closed[top] = True
    if not gone:
        return page
    kept = [line for line in page.lines if id(line) not in gone]
    return page._replace(lines=kept, removed=(*page.removed, *gone.values()))


def _find_edges(page: Page) -> Iterable[tuple[Place, Line, str]]:
    """Lines at the top and at the bottom, from the edge inwards, with their places and texts less numbers."""
    order = sorted(page.lines, key=lambda line: line.y0)
    for line in order[:MAX_EDGE_LINES]:
        if line.y1 < MARGIN_RATIO * page.height:
            yield (True, round(line.y0 / 4)), line, _mask_numbers(line)
    for line in order[: -MAX_EDGE_LINES - 1 : -1]:
        if line.y0 > (1 - MARGIN_RATIO) * page.height:
            yield (False, round(line.y0 / 4)), line, _mask_numbers(line)


def _mask_numbers(line: Line) -> str:
    return NUMBER.sub("#", line.text).strip()
