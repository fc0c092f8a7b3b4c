"""Pages set in one, two and three columns from text whose order is known."""

import random
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import pymupdf

FONTS = {name: pymupdf.Font(name) for name in ("helv", "tiro")}
PAGE = pymupdf.paper_rect("a4")


class Drawn(NamedTuple):
    """A PDF of one page, how it is set, and its words in the order in which a reader reads them."""

    style: str
    body: bytes
    words: list[str]


def draw_columns(paragraphs: Sequence[str], count: int, seed: int = 7) -> Iterator[Drawn]:
    """Pages in 1, 2, 3 columns in turn, with and without heading, inner heading, figure and footnotes."""
    chance = random.Random(seed)
    supply = iter(paragraphs)
    for index in range(count):
        columns = index % 3 + 1
        document = pymupdf.open()
        page = document.new_page(width=PAGE.width, height=PAGE.height)
        try:
            style, words = _draw(page, columns, chance, supply)
        except StopIteration:
            return
        yield Drawn(f"{columns}_{style}", document.tobytes(), words)


def _draw(  # noqa: C901 - one branch a style
    page: pymupdf.Page, columns: int, chance: random.Random, supply: Iterator[str]
) -> tuple[str, list[str]]:
    margin, gutter = chance.choice((45, 60, 72)), chance.choice((11, 16, 24, 36))
    size, font = chance.choice((7.5, 8.5, 9.5)), chance.choice(list(FONTS))
    style = chance.choice(("plain", "heading", "two_parts", "figure", "notes"))
    top, bottom, words = float(margin), PAGE.height - margin, []
    notes: list[str] = []
    if style == "notes":
        bottom -= 60
    if style in ("heading", "two_parts"):
        title = " ".join(next(supply).split()[:7])
        page.insert_textbox(
            (margin, top, PAGE.width - margin, top + 40),
            title,
            fontsize=18,
            fontname="hebo",
            align=chance.choice((0, 1)),
        )
        words += title.split()
        top += 46
    parts = [(top, bottom)]
    if style == "two_parts":
        middle = top + (bottom - top) * chance.uniform(0.3, 0.7)
        parts = [(top, middle), (middle + 30, bottom)]
    if style == "figure":
        at = top + 180
        page.draw_rect((margin + 40, at + 10, PAGE.width - margin - 40, at + 150), fill=(0.6, 0.7, 0.8))
        parts = [(top, at), (at + 180, bottom)]
    for index, (begin, end) in enumerate(parts):
        if index and style == "two_parts":
            title = " ".join(next(supply).split()[:6])
            page.insert_textbox(
                (margin, begin - 24, PAGE.width - margin, begin), title, fontsize=13, fontname="hebo"
            )
            words += title.split()
        if index and style == "figure":
            caption = "Figure 1: " + " ".join(next(supply).split()[:9])
            page.insert_text((margin + 40, begin - 14), caption, fontsize=size, fontname=font)
            words += caption.split()
        words += _fill(
            page, columns, (margin, begin, PAGE.width - margin, end), gutter, size, font, chance, supply
        )
    if style == "notes":
        for number in (1, 2):
            notes.append(f"{number} " + " ".join(next(supply).split()[:14]))
        page.draw_line((margin, bottom + 12), (margin + 120, bottom + 12))
        for number, note in enumerate(notes):
            page.insert_text((margin, bottom + 26 + 11 * number), note, fontsize=size - 2, fontname=font)
            words += note.split()
    return style, words


def _fill(
    page: pymupdf.Page,
    columns: int,
    box: tuple[float, float, float, float],
    gutter: float,
    size: float,
    font: str,
    chance: random.Random,
    supply: Iterator[str],
) -> list[str]:
    """Paragraphs set by hand into columns, one after the other; the last words are broken off."""
    x0, y0, x1, y1 = box
    width = (x1 - x0 - (columns - 1) * gutter) / columns
    justify = chance.random() < 0.5
    words: list[str] = []
    writer = pymupdf.TextWriter(page.rect)
    for column in range(columns):
        left, y = x0 + column * (width + gutter), y0 + size
        # A column may begin a little lower, so that lines of columns are not level.
        y += chance.choice((0, 0, 3.7))
        while y < y1 - size:
            lines = _break(next(supply), width - size, font, size)
            for number, line in enumerate(lines):
                if y >= y1:
                    break
                shift = size if number == 0 else 0
                _set(
                    writer,
                    left + shift,
                    y,
                    line,
                    width - shift if justify and number < len(lines) - 1 else 0,
                    font,
                    size,
                )
                words += line
                y += 1.25 * size
            y += 0.3 * size
    writer.write_text(page)
    return words


def _break(paragraph: str, width: float, font: str, size: float) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    room = width
    for word in paragraph.split():
        needed = _measure(word, font) * size + _measure(" ", font) * size * bool(lines[-1])
        if lines[-1] and needed > room:
            lines.append([])
            room = width
        lines[-1].append(word)
        room -= needed
    return lines


@cache
def _measure(word: str, font: str) -> float:
    return float(pymupdf.get_text_length(word, font, 1))


def _set(
    writer: pymupdf.TextWriter, x: float, y: float, line: list[str], width: float, font: str, size: float
) -> None:
    if not width or len(line) < 3:
        writer.append((x, y), " ".join(line), FONTS[font], size)
        return
    free = (width - sum(_measure(word, font) * size for word in line)) / (len(line) - 1)
    for word in line:
        writer.append((x, y), word, FONTS[font], size)
        x += _measure(word, font) * size + free


def clean_paragraphs(text: str) -> list[str]:
    """Paragraphs of a plain text that the fonts at hand can draw, 25 words and more."""
    found = (re.sub(r"\s+", " ", part).strip() for part in re.split(r"\n\s*\n", text))
    return [part for part in found if len(part.split()) >= 25 and part.isascii()]
