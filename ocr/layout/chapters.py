"""Where a document of many pages is cut: at the chapters of its outline, and at a length."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from winnow.ocr.layout.lines import Page


class Section(NamedTuple):
    """A run of pages that becomes one document."""

    title: str
    pages: list[Page]


def find_chapters(outline: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    """Title and first page of each chapter: the outline's top level, or the next where that is one title."""
    for level in (1, 2):
        found = [(title.strip(), number) for depth, title, number in outline if depth == level]
        if len(found) > 1:
            return sorted(found, key=lambda chapter: chapter[1])
    return []


def cut_sections(pages: Sequence[Page], found: Sequence[tuple[str, int]]) -> Iterator[Section]:
    """Pages cut where chapters begin, also within a page where their title stands as a line there."""
    section = Section("", [])
    waiting = list(found)
    for whole in pages:
        rest = whole
        while waiting and waiting[0][1] <= whole.number:
            title, number = waiting.pop(0)
            at = _find_title(rest, title) if number == whole.number else 0
            before, rest = rest._replace(lines=rest.lines[:at]), rest._replace(lines=rest.lines[at:])
            if before.lines:
                section.pages.append(before)
            if section.pages:
                yield section
                section = Section(title, [])
            else:
                both = " / ".join(filter(None, [section.title, title]))
                section = Section(both, [])
        section.pages.append(rest)
    if section.pages:
        yield section


def _find_title(page: Page, title: str) -> int:
    """Index of the line that is the title; 0 where it is at the top, or not found."""
    wanted = _squeeze(title)
    for index, line in enumerate(page.lines):
        text = _squeeze(line.text)
        if len(wanted) > 2 and text.endswith(wanted) and len(text) <= len(wanted) + 12:
            return index if index > 2 else 0
    return 0


def _squeeze(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def split_long(pages: Sequence[Page], max_chars: float) -> Iterator[list[Page]]:
    """Runs of pages of at most `max_chars` characters, where one page alone has not more."""
    part: list[Page] = []
    chars = 0
    for item in pages:
        length = sum(len(line.text) for line in item.lines)
        if part and chars + length > max_chars:
            yield part
            part, chars = [], 0
        part.append(item)
        chars += length
    yield part
