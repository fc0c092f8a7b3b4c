"""Which paragraphs are headings, and of which level: by size and weight beside the document's usual text."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median_low
from typing import Any, NamedTuple

from winnow.ocr.layout.line_joins import BULLET, LEADERS, VERBATIM
from winnow.ocr.layout.lines import Line, Page

LARGER = 1.12  # than usual text: what a heading is at least, if it is not bold
SAME = 0.05  # of a size: within this two sizes are one
MAX_LEVEL = 6
MAX_CHARS = 200
MAX_BOLD_CHARS = 100
MAX_SHARE = 0.2  # of a document's letters: more in one size, or in bold, is no heading's
CAPTION = re.compile(r"\w+\.?\s\d+([.:-]\d+)*\s?[.:\u2013—]\s")
ENDING = re.compile(r"[,;:.\u3001\u3002]$")


class Style(NamedTuple):
    """A document's usual size of text, the level of each larger size, and that of bold text (or 0)."""

    usual: float
    levels: tuple[tuple[float, int], ...]
    bold: int


PLAIN = Style(0.0, (), 0)  # of text whose headings are known otherwise: none is marked


def find_style(pages: Sequence[Page], outline: Sequence[Sequence[Any]] = ()) -> Style:
    """The style of a document from all its pages, and its outline ([level, title, page]) where it has one.

    Sizes that titles of the outline are set in have the outline's levels; others are ranked by size. So the
    same size has the same level wherever the document is cut.
    """
    letters: Counter[float] = Counter()
    large: defaultdict[float, int] = defaultdict(int)
    bold = 0
    lines = [line for page in pages for line in page.lines if line.mark not in VERBATIM]
    for line in lines:
        letters[line.size] += len(line.text)
        bold += len(line.text) * line.bold
    if not letters:
        return Style(0.0, (), 0)
    plain: Counter[float] = Counter()
    for line in lines:
        if not line.code:
            plain[line.size] += len(line.text)
    usual = (plain or letters).most_common(1)[0][0]
    total = sum(letters.values())
    for size, count in letters.items():
        if size >= LARGER * usual and count < MAX_SHARE * total:
            large[size] += count
    groups = _group_sizes(large)
    levels = _rank(groups, _read_outline(lines, outline))
    deepest = max((level for _, level in levels), default=0)
    return Style(usual, levels, min(deepest + 1, MAX_LEVEL) if bold < MAX_SHARE * total else 0)


def find_level(lines: Sequence[Line], text: str, style: Style) -> int:
    """The level of a heading, 1 for the highest; 0 for a paragraph that is none."""
    size = max(line.size for line in lines)
    if len(text) > MAX_CHARS or len(lines) > 4 or any(line.code or line.mark for line in lines):
        return 0
    if sum(map(str.isalpha, text)) < 2 or "\t" in text or LEADERS.search(text):
        return 0
    for place, level in style.levels:
        if abs(size - place) <= SAME * place:
            return level
    if not (style.bold and all(line.bold for line in lines)) or size < 0.9 * style.usual:
        return 0
    return 0 if len(text) > MAX_BOLD_CHARS or len(lines) > 2 or _is_no_heading(text) else style.bold


def _is_no_heading(text: str) -> bool:
    """Whether bold words are a caption, the end of a sentence, or an item."""
    begins = text[:1].isalnum() and not text[:1].islower() and not BULLET.match(text[1:])
    return not begins or bool(CAPTION.match(text) or ENDING.search(text))


def _group_sizes(sizes: dict[float, int]) -> list[float]:
    """Sizes from the largest, those of nearly one size together."""
    groups: list[float] = []
    for size in sorted(sizes, reverse=True):
        if not groups or groups[-1] - size > SAME * groups[-1]:
            groups.append(size)
    return groups


def _read_outline(lines: Sequence[Line], outline: Sequence[Sequence[Any]]) -> dict[float, int]:
    """The level of the outline that titles of each size have."""
    wanted = {_squeeze(title): int(level) for level, title, *_ in outline}
    found: defaultdict[float, list[int]] = defaultdict(list)
    for line in lines if wanted else ():
        if len(line.text) < MAX_CHARS:
            level = wanted.get(_squeeze(line.text))
            if level:
                found[line.size].append(level)
    return {size: median_low(levels) for size, levels in found.items()}


def _rank(sizes: Sequence[float], known: dict[float, int]) -> tuple[tuple[float, int], ...]:
    """A level for each size, from the largest: never higher than that of a larger size."""
    levels: list[tuple[float, int]] = []
    if not known and len(sizes) >= MAX_LEVEL:
        return tuple(zip(sizes, _merge_sizes(sizes), strict=True))
    for size in sizes:
        said = [level for other, level in known.items() if abs(other - size) <= SAME * size]
        above = levels[-1][1] if levels else 0
        level = max(median_low(said), above) if said else above + 1
        if not said and known and size > max(known):
            level = 1
        levels.append((size, min(max(level, 1), MAX_LEVEL)))
    return tuple(levels)


def _merge_sizes(sizes: Sequence[float]) -> list[int]:
    """A level for each size from the largest; where there are too many, nearest ones share a level."""
    steps = [a / b for a, b in pairwise(sizes)]
    parts = set(sorted(range(len(steps)), key=lambda i: (-steps[i], i))[: MAX_LEVEL - 2])
    return [1 + sum(i in parts for i in range(at)) for at in range(len(sizes))]


def _squeeze(text: str) -> str:
    return "".join(filter(str.isalpha, text.lower()))
