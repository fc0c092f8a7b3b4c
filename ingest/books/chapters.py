"""The chapters of a book in plain text: headings as Markdown, paragraphs unwrapped, verse as it stands."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from winnow.ingest.io.unwrap import unwrap

_WORDS = tomllib.loads((Path(__file__).parent / "headings.toml").read_text("utf-8"))
_ANY = {kind: f"(?:{'|'.join(map(re.escape, words))})" for kind, words in _WORDS.items()}
_NUMBER = rf"(?:[ivxlcdm]+|\d{{1,3}}|the\s+\w+|{_ANY['number']})"


def _match(kind: str, more: str = "") -> re.Pattern[str]:
    one = rf"{_ANY[kind]}\s+{_NUMBER}\b.{{0,80}}|{_NUMBER}\s+{_ANY[kind]}\b.{{0,80}}"
    return re.compile(rf"(?:the\s+)?(?:{one}{more})", re.IGNORECASE)


_PART = _match("part")
_CHAPTER = _match("chapter", rf"|{_ANY['named']}\b.{{0,60}}")
_ROMAN = re.compile(r"(?:[IVXLC]{1,8}|\d{1,3})[.:]?(?:\s.{0,80})?")
_ILLUSTRATION = re.compile(r"\[Illustration[^\[\]]{0,2000}\]", re.IGNORECASE)
_PAGE = re.compile(r"\[(?:Pg|Page|Seite|p\.)\.? ?[\divxlc]+\]|\{\d{1,4}\}", re.IGNORECASE)
_MAX_LINES, _MAX_CHARS = 4, 200
_MIN_VERSES = 4
_APART = (
    3  # empty lines that part chapters (Gutenberg's own rule: four before a chapter, two before a section)
)
_LISTED_WORDS, _LISTED = (
    40,
    3,
)  # so many headings in a row with so few words between them are a list of contents


class Chapter(NamedTuple):
    """A heading with its level (0: none, what stands before the first) and the lines below."""

    level: int
    heading: str
    lines: Sequence[str]


def cut_chapters(lines: Sequence[str]) -> list[Chapter]:
    """The chapters of a book, in order."""
    cleaned = _PAGE.sub("", _ILLUSTRATION.sub("", "\n".join(line.rstrip() for line in lines))).split("\n")
    found = [*_find_headings(cleaned)]
    spans = [*(first for first, _, _, _ in found), len(cleaned)]
    words = [count_words(cleaned[behind : spans[i + 1]]) for i, (_, behind, _, _) in enumerate(found)]
    kept = [heading for i, heading in enumerate(found) if not _is_listed(words, i)]
    chapters = [Chapter(0, "", cleaned[: kept[0][0]] if kept else cleaned)]
    deeper = any(level == 2 for *_, level in kept)
    for i, (_, behind, heading, level) in enumerate(kept):
        end = kept[i + 1][0] if i + 1 < len(kept) else len(cleaned)
        chapters.append(Chapter(level if deeper else 2, heading, cleaned[behind:end]))
    return [each for each in chapters if each.heading or any(line.strip() for line in each.lines)]


def count_words(lines: Sequence[str]) -> int:
    """Words of some lines, by white space."""
    return sum(len(line.split()) for line in lines)


def write_chapter(chapter: Chapter) -> str:
    """A chapter in Markdown."""
    body = unwrap(chapter.lines, stays=_is_verse)
    return "\n\n".join(
        filter(None, [f"{'#' * chapter.level} {chapter.heading}" if chapter.level else "", body])
    )


def _is_verse(paragraph: Sequence[str]) -> bool:
    """Whether its lines are verses: nearly all begin with a capital, as one in ten of wrapped prose does."""
    starts = [line.lstrip(" _\"'\u201c\u2018([*-").lstrip()[:1] for line in paragraph]
    capitals = sum(start.isupper() for start in starts)
    if len(paragraph) >= _MIN_VERSES:
        return capitals >= 0.85 * len(starts)
    indented = all(line.startswith("  ") for line in paragraph)
    return len(paragraph) > 1 and indented and capitals == len(starts)


def _is_listed(words: Sequence[int], at: int) -> bool:
    """Whether a heading stands in a list of headings, as contents do; no more of it is looked at than that
    takes."""
    first = last = at
    while first > max(0, at - _LISTED) and words[first - 1] < _LISTED_WORDS:
        first -= 1
    while last < min(len(words), at + _LISTED) and words[last] < _LISTED_WORDS:
        last += 1
    return last > at and last - first >= _LISTED


def _find_headings(lines: Sequence[str]) -> Iterator[tuple[int, int, str, int]]:
    """First line of each heading, the line behind it, its words, its level (2: of a part, 3: a chapter)."""
    empty, at = _APART, 0
    while at < len(lines):
        if not lines[at].strip():
            empty += 1
            at += 1
            continue
        end = at
        while end < len(lines) and lines[end].strip():
            end += 1
        level = _detect_level(lines[at:end], empty)
        if level:
            end = _take_title(lines, end)
            yield at, end, " ".join(line.strip(" \t_*=") for line in lines[at:end] if line.strip()), level
        empty, at = 0, end


def _take_title(lines: Sequence[str], end: int) -> int:
    """Behind the title of a chapter, where it is a short line of its own below the number."""
    later = end
    while later < len(lines) and not lines[later].strip():
        later += 1
    last = later
    while last < len(lines) and lines[last].strip():
        last += 1
    title = [line.strip() for line in lines[later:last]]
    shouted = "".join(title).isupper() and len(" ".join(title)) <= _MAX_CHARS and len(title) < _MAX_LINES
    alone = len(lines[end - 1].split()) <= 3
    return last if shouted and alone and later - end <= 3 and not _is_numbered(" ".join(title)) else end


def _is_numbered(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_PART, _CHAPTER, _ROMAN))


def _detect_level(paragraph: Sequence[str], empty: int) -> int:
    """The level of a paragraph behind so many empty lines, or 0 where it is no heading."""
    text = " ".join(line.strip() for line in paragraph).strip("_ *=")
    if len(paragraph) > _MAX_LINES or len(text) > _MAX_CHARS or empty < 1:
        return 0
    if empty >= 2 or text.isupper():
        if _PART.fullmatch(text):
            return 2
        if _CHAPTER.fullmatch(text):
            return 3
    if empty < _APART:
        return 0
    shouted = text.isupper() and len(text) > 3
    return 3 if shouted or _ROMAN.fullmatch(text) else 0
