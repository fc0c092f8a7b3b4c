"""Running heads, running feet and page numbers: what stands at the edge of page after page."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from winnow.ocr.layout.edges import KINDS, MARGIN_RATIO, NUMBER, OFF, name_kind
from winnow.ocr.layout.lines import Line, Page, is_level

MIN_REPEATS = 3
MAX_EDGE_LINES = 3
Place = tuple[bool, int]


def remove_furniture(pages: Sequence[Page]) -> list[Page]:
    """The pages less their running heads and feet; `removed` says of each which it was.

    A line goes where `edges.part_furniture` marked it. So does one among the outermost three lines in the
    outer 16% of the page, nothing that stays standing further out, where the same line, numbers aside,
    stands in the same place on three pages, or that place holds such lines on half of all pages, or it holds
    lines on three pages (and a tenth of all) that nearly all stand off from the text, none larger than it
    (heads that name a short chapter).
    Kinds: `running_head`, `running_foot`, `page_number`.
    """
    body = _find_body_size(pages)
    edges = [list(_find_edges(page, body)) for page in pages]
    seen: Counter[tuple[Place, str]] = Counter()
    places: defaultdict[Place, int] = defaultdict(int)
    for lines in edges:
        seen.update({(place, masked) for place, _, masked in lines})
    for lines in edges:
        for place in {place for place, _, masked in lines if seen[place, masked] >= MIN_REPEATS}:
            places[place] += 1
    usual = {p for p, count in places.items() if count >= max(MIN_REPEATS, len(pages) / 2)}
    usual |= _find_lone_places(pages, edges, body)
    return [_strip(page, lines, seen, usual) for page, lines in zip(pages, edges, strict=True)]


def _find_body_size(pages: Sequence[Page]) -> float:
    """The size that most letters of the document have, code aside."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += 0 if line.code else len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _find_usual(page: Page, body: float) -> float:
    """The size of a page's text: of code or notes alone, that of the document's text."""
    return max(median(line.size for line in page.lines), body) if page.lines else body


def _find_lone_places(
    pages: Sequence[Page], edges: Sequence[Sequence[tuple[Place, Line, str]]], body: float
) -> set[Place]:
    """Places where a line stands alone at the edge: off from the text, page after page."""
    off: Counter[Place] = Counter()
    near: Counter[Place] = Counter()
    for page, lines in zip(pages, edges, strict=True):
        usual = _find_usual(page, body)
        for top in (True, False):
            found = [(place, line) for place, line, _ in lines if place[0] == top]
            if not found:
                continue
            place, first = found[0]
            inner = [line for line in page.lines if line is not first and not is_level(first, line)]
            gaps = [line.y0 - first.y1 if top else first.y0 - line.y1 for line in inner]
            stands_off = min(gaps, default=2 * OFF * first.size) > OFF * first.size
            (off if stands_off and first.size <= 1.1 * usual else near)[place] += 1
    least = max(MIN_REPEATS, len(pages) / 10)
    return {place for place, count in off.items() if count >= least and near[place] <= count / 9}


def _strip(
    page: Page,
    edges: Sequence[tuple[Place, Line, str]],
    seen: Counter[tuple[Place, str]],
    usual: set[Place],
) -> Page:
    gone = {id(line): line.mark for line in page.lines if line.mark in KINDS}
    closed = {True: False, False: False}
    for place, line, masked in edges:
        top = place[0]
        if closed[top]:
            continue
        if line.mark in KINDS or place in usual or seen[place, masked] >= MIN_REPEATS:
            gone[id(line)] = name_kind(masked, top=top)
        else:
            closed[top] = True
    if not gone:
        return page
    kept = [line for line in page.lines if id(line) not in gone]
    return page._replace(lines=kept, removed=(*page.removed, *gone.values()))


def _find_edges(page: Page, body: float) -> Iterable[tuple[Place, Line, str]]:
    """Lines at the top and at the bottom, from the edge inwards, with their places and texts less numbers."""
    order = sorted(page.lines, key=lambda line: line.y0)
    usual = _find_usual(page, body)
    for line in order[:MAX_EDGE_LINES]:
        if line.y1 < MARGIN_RATIO * page.height:
            yield (True, round(line.y0 / 4)), line, _mask_numbers(line, usual)
    for line in order[: -MAX_EDGE_LINES - 1 : -1]:
        if line.y0 > (1 - MARGIN_RATIO) * page.height:
            yield (False, round(line.y0 / 4)), line, _mask_numbers(line, usual)


def _mask_numbers(line: Line, usual: float) -> str:
    # Headings may differ by their number alone ("Chapter 3"): no running head is larger than the text.
    return line.text.strip() if line.size > 1.1 * usual else NUMBER.sub("#", line.text).strip()
