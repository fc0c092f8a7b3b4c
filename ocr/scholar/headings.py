"""Headings among the lines of a paper."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from winnow.ocr.layout.hyphens import IDEOGRAPH
from winnow.ocr.layout.line_joins import LEADERS
from winnow.ocr.scholar.numbers import keep_next, keep_rising
from winnow.ocr.scholar.parts import Heading, PlacedLine, flow, squeeze
from winnow.ocr.scholar.patterns import (
    BEHIND,
    CAPTION,
    DATE,
    DIGIT_WORD,
    ENTRY,
    KNOWN,
    MAX_HEADING_CHARS,
    MIN_LARGER,
    NUMBERED,
    is_bibliography,
)


class PageContext(NamedTuple):
    """What headings are judged by: lines, the text's size, lines a block, the contents, words."""

    spots: Sequence[PlacedLine]
    body: float
    blocks: Counter[tuple[int, int]]
    contents: set[int]
    words: frozenset[str]


def find_headings(
    spots: Sequence[PlacedLine], body: float, bookmarks: Sequence[Sequence[Any]], words: frozenset[str]
) -> list[Heading]:
    """The headings in order: those that the PDF's bookmarks name, and those of like style; else by style.

    A numbered heading is larger than the text or bold (and then in the order of the numbers), or stands alone
    and is the next number; its depth is its level. An unnumbered one is in the style of a section, or of
    known name. Where a paper numbers nothing, lines that stand out are headings, levelled by their styles.
    """
    blocks = Counter((spot.page, spot.line.block) for spot in spots)
    context = PageContext(spots, body, blocks, find_contents(spots), words)
    marked = _match_bookmarks(context, bookmarks)
    numbered = _find_numbered(context)
    styles = {_style(context, h.first) for h in marked + numbered}
    if marked:
        usual = {_style(context, h.first) for h in marked}
        numbered = [h for h in numbered if _style(context, h.first) in usual]
    found = {heading.first: heading for heading in numbered} | {heading.first: heading for heading in marked}
    large = {style for style in styles if style[0] >= body + MIN_LARGER}
    loose = _find_loose(context, large, has_numbers=len(numbered) > 1 or bool(marked))
    inside = {at for heading in found.values() for at in range(heading.first, heading.last + 1)}
    level = _level_styles(context, list(found.values()), loose)
    for heading in loose:
        if heading.first not in inside:
            known = is_bibliography(heading.text) or bool(KNOWN.fullmatch(heading.text))
            style = _style(context, heading.first)
            found[heading.first] = heading._replace(level=1 if known else level.get(style, 1))
    return sorted(found.values())


def find_contents(spots: Sequence[PlacedLine]) -> set[int]:
    """The lines of tables of contents: runs in which at least every third line ends in its page."""
    entries = [i for i, s in enumerate(spots) if LEADERS.search(s.line.text) or ENTRY.search(s.line.text)]
    inside: set[int] = set()
    run: list[int] = []
    for index in [*entries, len(spots) + 9]:
        if run and index - run[-1] > 3:
            if len(run) > 3:
                inside.update(range(max(run[0] - 2, 0), run[-1] + 1))
            run = []
        run.append(index)
    return inside


def _style(context: PageContext, index: int) -> tuple[float, bool]:
    """Size, and whether it stands out: a word of code in a large heading makes it no other style."""
    line = context.spots[index].line
    return round(line.size * 2) / 2, line.bold or line.size >= context.body + MIN_LARGER


def _make(context: PageContext, first: int, last: int, level: int) -> Heading:
    return Heading(
        first, last, level, flow([spot.line for spot in context.spots[first : last + 1]], context.words)
    )


def _match_bookmarks(context: PageContext, bookmarks: Sequence[Sequence[Any]]) -> list[Heading]:
    """The lines that bookmarks name; none where most of the bookmarks are not to be found."""
    found: list[Heading] = []
    begin = 0
    squeezed = [squeeze(spot.line.text) for spot in context.spots]
    pages: dict[int, list[int]] = {}
    for index, spot in enumerate(context.spots):
        if index not in context.contents:
            pages.setdefault(spot.page, []).append(index)
    for depth, title, page in bookmarks:
        wanted = squeeze(re.sub(r"^\s*(\d+(\.\d+)*|[A-Z](\.\d+)*)[.:]?\s+(?=\S)", "", title))
        places = [i for number in (page, page + 1) for i in pages.get(number, ()) if i >= begin]
        reached = [(i, _reach(context, squeezed, i, wanted)) for i in places] if len(wanted) > 1 else []
        # The same words may stand in the text too.
        ends = [(not _style(context, i)[1], i, last) for i, last in reached if last is not None]
        if ends:
            _, first, last = min(ends)
            found.append(_make(context, first, last, depth))
            begin = last + 1
    return found if len(found) >= 0.6 * max(len(bookmarks), 1) else []


def _reach(context: PageContext, squeezed: Sequence[str], first: int, wanted: str) -> int | None:
    """The last of the lines of one size that give a title together, a number before it aside."""
    text = ""
    if not re.match(r"[\w“\"'\u2018«¿¡(]", context.spots[first].line.text.strip()):
        return None
    for last in range(first, min(first + 4, len(squeezed))):
        if abs(context.spots[last].line.size - context.spots[first].line.size) > 0.6:
            return None
        text += squeezed[last]
        before = text[: len(text) - len(wanted)]
        if text.endswith(wanted) and re.fullmatch(
            r"|(appendix|chapter)?([a-z]|[a-z]?\d{1,5}|[ivxl]{1,5})", before
        ):
            return last
        if len(text) > len(wanted) + 15:
            return None
    return None


def _find_numbered(context: PageContext) -> list[Heading]:
    found: list[Heading] = []
    plain: set[int] = set()
    for index in range(len(context.spots)):
        match = NUMBERED.match(context.spots[index].line.text)
        if not match or not _can_be_heading(context, index) or not _is_number(match, found, context, index):
            continue
        last = _extend(context, index)
        if not _style(context, index)[1]:
            if not _stands_alone(context, index, last):
                continue
            plain.add(index)
        found.append(_make(context, index, last, match["number"].count(".") + 1))
    if any(h.level == 1 and h.first not in plain for h in found):
        found = [h for h in found if h.first not in plain or h.level > 1]
    sure = {h.first for h in found if context.spots[h.first].line.size >= context.body + MIN_LARGER}
    return keep_next(keep_rising(found, sure), plain)


def _is_number(match: re.Match[str], found: Sequence[Heading], context: PageContext, index: int) -> bool:
    """Whether a number begins a heading: no article "A", no lower case, no number behind it."""
    number = match["number"]
    begins = match["title"][0].isalpha() or (_style(context, index)[1] and DIGIT_WORD.match(match["title"]))
    if not begins and match["title"][0] not in "“\"'\u2018«¿":
        return False
    if number[0].islower() or (number.isalpha() and not (match["dot"] or _style(context, index)[1])):
        return False
    article = number in ("A", "I") and not match["dot"]
    return not article or (len(found) > 1 and _style(context, index) == _style(context, found[0].first))


def _stands_alone(context: PageContext, first: int, last: int) -> bool:
    """Whether a plain line is a block of its own, short, and no sentence."""
    line = context.spots[first].line
    whole = context.blocks[context.spots[first].page, line.block] == last - first + 1
    text = context.spots[last].line.text.rstrip()
    return (
        whole
        and len(line.text) < 100
        and last - first < 2
        and text[-1:] not in ".,;:"
        and "\t" not in line.text
    )


def _can_be_heading(context: PageContext, index: int) -> bool:
    line = context.spots[index].line
    text = line.text.strip()
    if line.code or line.size < context.body - 0.6 or index in context.contents:
        return False
    if not 2 <= len(text) <= MAX_HEADING_CHARS:
        return False
    if CAPTION.match(text) or DATE.fullmatch(text) or BEHIND.match(text):
        return False
    match = NUMBERED.match(text)
    text = match["title"] if match else text
    return sum(map(str.isalpha, text)) >= max(2, 0.4 * len(text))


def _extend(context: PageContext, first: int) -> int:
    """The last line of a heading that goes on over lines of one style, close to each other."""
    last = first
    while last + 1 < len(context.spots) and last - first < 3:
        a, b = context.spots[last], context.spots[last + 1]
        near = a.page == b.page and 0 < b.line.y0 - a.line.y0 < 1.7 * a.line.size
        alike = _style(context, last) == _style(context, last + 1)
        if not near or not alike or NUMBERED.match(b.line.text) or a.line.block < b.line.block - 1:
            break
        if not _style(context, last)[1] and a.line.block != b.line.block:
            break
        last += 1
    return last


def _find_loose(context: PageContext, large: set[tuple[float, bool]], *, has_numbers: bool) -> list[Heading]:
    """Unnumbered headings; `large` are the styles of sure headings in larger type."""
    found: list[Heading] = []
    end = -1
    for index, spot in enumerate(context.spots):
        text = spot.line.text.strip()
        named = is_bibliography(text)
        if index <= end or not (_can_be_heading(context, index) or named):
            continue
        last = _extend(context, index)
        known = (named or bool(KNOWN.fullmatch(text))) and index not in context.contents
        stands_out = (
            _stands_out_beside_numbers(context, index, last, large, known, named)
            if has_numbers
            else _stands_out(context, index, last, known)
        )
        ends = re.search(r"[.,;:]$", context.spots[last].line.text.strip()[4:])
        begins = (text[0].isalpha() and not text[0].islower()) or text[0] in "\u201c\"'\u00bf\u00ab"
        if stands_out and begins and (known or not ends):
            found.append(_make(context, index, last, 1))
            end = last
    return found


def _stands_out(context: PageContext, first: int, last: int, known: bool) -> bool:
    """Whether lines are a heading by their looks, in a paper without numbered ones."""
    alone = _is_own_block(context, first, last)
    bold, bigger = _style(context, first)[1], context.spots[first].line.size >= context.body + MIN_LARGER
    return (bold and (alone or bigger)) or (known and alone)


def _stands_out_beside_numbers(
    context: PageContext, first: int, last: int, large: set[tuple[float, bool]], known: bool, named: bool
) -> bool:
    """Whether lines are a heading by their looks, in a paper whose headings have numbers."""
    style, alone, leads = (
        _style(context, first),
        _is_own_block(context, first, last),
        _leads(context, first, last),
    )
    if style in large and (leads or known):
        return True
    bigger = context.spots[first].line.size >= context.body + MIN_LARGER
    return (known and (style[1] or (alone and named))) or (style[1] and alone and leads and not bigger)


def _is_own_block(context: PageContext, first: int, last: int) -> bool:
    spot = context.spots[first]
    return context.blocks[spot.page, spot.line.block] <= last - first + 1


def _leads(context: PageContext, first: int, last: int) -> bool:
    """Whether long lines or another heading follow near, with space above: no label of a figure."""
    line = context.spots[first].line
    before = (
        context.spots[first - 1].line
        if first and context.spots[first - 1].page == context.spots[first].page
        else None
    )
    if "\t" in line.text or (
        before and 0 <= line.y0 - before.y1 < 0.2 * line.size and before.size >= line.size
    ):
        return False
    return any(
        len(spot.line.text) > 40 or IDEOGRAPH.search(spot.line.text) or _style(context, last + 1 + i)[1]
        for i, spot in enumerate(context.spots[last + 1 : last + 4])
    )


def _level_styles(
    context: PageContext, sure: Sequence[Heading], loose: Sequence[Heading]
) -> dict[tuple[float, bool], int]:
    """A level for each style: that of sure headings, else by rank, large before bold before plain."""
    levels: dict[tuple[float, bool], Counter[int]] = {}
    for heading in sure:
        levels.setdefault(_style(context, heading.first), Counter())[heading.level] += 1
    if levels:
        deepest = max(heading.level for heading in sure)
        below = {_style(context, h.first): deepest + 1 for h in loose}
        return below | {style: counts.most_common(1)[0][0] for style, counts in levels.items()}
    styles = {_style(context, h.first) for h in loose if not is_bibliography(h.text)}
    return {style: min(rank, 6) for rank, style in enumerate(sorted(styles, reverse=True), 1)}
