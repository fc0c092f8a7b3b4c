"""Scientific papers taken apart: front, sections, bibliography."""

from collections.abc import Sequence
from typing import Any

from winnow.ocr.layout.furniture import remove_furniture
from winnow.ocr.layout.headings import PLAIN
from winnow.ocr.layout.hyphens import collect_words
from winnow.ocr.layout.lines import Page
from winnow.ocr.layout.text import write
from winnow.ocr.scholar.front import CONTENTS, find_abstract, find_front, find_named_title, is_prose
from winnow.ocr.scholar.headings import find_headings
from winnow.ocr.scholar.parts import Heading, Paper, PlacedLine, Section, compose, find_body_size
from winnow.ocr.scholar.patterns import is_bibliography
from winnow.ocr.scholar.references import find_references

__all__ = ["Paper", "Section", "outline"]


def outline(pages: Sequence[Page], title_hint: str = "", *, bookmarks: Sequence[Sequence[Any]] = ()) -> Paper:
    """A paper's title, authors, abstract, sections in order, and bibliography, from the lines of its pages.

    `title_hint` is the title that the PDF's metadata give, `bookmarks` its outline (level from 1, title, page
    from 0): both are believed only where their words stand on the pages. Running heads and feet are left
    out of all texts. Every other line is in exactly one of the parts.
    """
    places = {id(line): at for at, line in enumerate(line for page in pages for line in page.lines)}
    clean = _clear(pages)
    words = collect_words(clean)
    spots = [PlacedLine(places[id(line)], page.number, line) for page in clean for line in page.lines]
    if not spots:
        return Paper("", [], "", [], None, "", "")
    body = find_body_size(spots)
    first_page = [spot for spot in spots if spot.page == spots[0].page]
    title = find_named_title(first_page, title_hint) or (0, 0)
    found_headings = [h for h in find_headings(spots, body, bookmarks, words) if h.first >= title[1]]
    headings = _close_levels(_leave_front(spots, found_headings, body))
    first = headings[0].first if headings else len(spots)
    front = find_front(spots, first, title_hint, body, words)
    headings = [heading for heading in headings if heading.first >= front.end]
    found = find_references(spots, headings)
    sections = _make_sections(clean, spots, headings, front.end, found, words)
    references, bibliography = None, ""
    if found:
        # What stands below the last line of all is furniture of its page.
        at_end = found[1] == len(spots) - 1
        references = spots[found[0]].at, len(places) - 1 if at_end else spots[found[1] + 1].at - 1
        skip = sum(h.last - h.first + 1 for h in headings if h.first == found[0] and is_bibliography(h.text))
        bibliography = _join(clean, spots[found[0] + skip : found[1] + 1], words)
    return Paper(front.title, front.authors, front.abstract, sections, references, bibliography, front.notes)


def _leave_front(spots: Sequence[PlacedLine], headings: Sequence[Heading], body: float) -> list[Heading]:
    """The headings less what stands out in the front: title, authors, the heading of the abstract.

    The front ends where the abstract begins; without one, before the heading right above the first prose.
    """
    begin = spots[0].page
    listed = [i for i, s in enumerate(spots) if s.page == begin and CONTENTS.match(s.line.text)]
    headings = [heading for heading in headings if not listed or heading.first > listed[0]]
    at, _ = find_abstract([spot for spot in spots if spot.page <= begin + 2], body)
    numbered = next((h.first for h in headings if h.text[0].isdigit()), len(spots))
    if at is None or at > numbered:
        at = _find_last_of_front(spots, headings, body)
    return [heading for heading in headings if heading.first > at]


def _find_last_of_front(spots: Sequence[PlacedLine], headings: Sequence[Heading], body: float) -> int:
    """The last line of a front without an abstract: what stands above the heading right above the first
    prose, or that heading itself where it is the title."""
    prose = next((i for i in range(len(spots)) if is_prose(spots, i, body)), len(spots))
    above = [h.first for h in headings if h.first < prose]
    if not above:
        return -1
    largest = max(round(spot.line.size) for spot in spots if spot.page == spots[0].page)
    last = spots[above[-1]]
    is_title = round(last.line.size) == largest and last.page == spots[0].page
    return above[-1] if is_title else above[-1] - 1


def _close_levels(headings: Sequence[Heading]) -> list[Heading]:
    """Levels from 1 on without a gap: title and authors may have taken the first."""
    rank = {level: n for n, level in enumerate(sorted({heading.level for heading in headings}), 1)}
    return [heading._replace(level=rank[heading.level]) for heading in headings]


def _clear(pages: Sequence[Page]) -> list[Page]:
    """The pages less running heads and feet; "Example 3" in large type atop a page is no running head."""
    whole = [PlacedLine(0, page.number, line) for page in pages for line in page.lines]
    large = 1.2 * find_body_size(whole)
    clear = []
    for page, stripped in zip(pages, remove_furniture(pages), strict=True):
        kept = {id(line) for line in stripped.lines}
        kept |= {id(x) for x in page.lines if x.size >= large and sum(map(str.isalpha, x.text)) > 3}
        clear.append(page._replace(lines=[line for line in page.lines if id(line) in kept]))
    return clear


def _make_sections(
    pages: Sequence[Page],
    spots: Sequence[PlacedLine],
    headings: Sequence[Heading],
    begin: int,
    references: tuple[int, int] | None,
    words: frozenset[str],
) -> list[Section]:
    """Sections with their texts, those of the bibliography left out."""
    first, last = references or (len(spots), len(spots))
    starts = [(h.first, h.last + 1, h) for h in headings if not first <= h.first <= last]
    stops = sorted({start for start, _, _ in starts} | {first, last + 1, len(spots)})
    bare = Heading(begin, begin - 1, 1, "")
    behind = Heading(last + 1, last, 1, "")
    sections = []
    for start, text_at, heading in [(begin, begin, bare), (last + 1, last + 1, behind), *starts]:
        stop = next((stop for stop in stops if stop > start), start)
        text = _join(pages, [] if first <= start <= last else spots[text_at:stop], words)
        if heading.text or (text and not any(start == other for other, _, _ in starts)):
            at = spots[min(start, len(spots) - 1)].at
            sections.append(Section(compose(heading.text), heading.level, text, at))
    return sorted(sections, key=lambda section: section.line)


def _join(pages: Sequence[Page], spots: Sequence[PlacedLine], words: frozenset[str]) -> str:
    """Running text of some of the lines, page by page."""
    wanted = {id(spot.line) for spot in spots}
    numbers = {spot.page for spot in spots}
    cut = [
        page._replace(lines=[line for line in page.lines if id(line) in wanted])
        for page in pages
        if page.number in numbers
    ]
    return compose(write(cut, words, PLAIN).text)
