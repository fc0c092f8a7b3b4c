"""Pages of lines into running text with Markdown's marks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from winnow.ocr.layout.headings import Style, find_level
from winnow.ocr.layout.hyphens import join_words
from winnow.ocr.layout.items import DASH, find_mark, nest
from winnow.ocr.layout.line_joins import (
    END,
    VERBATIM,
    Margins,
    choose_glue,
    find_margins,
    indent_code,
    join_code,
)
from winnow.ocr.layout.lines import Line, Page
from winnow.ocr.layout.tables import BREAK

FENCE = "```"
NOTE = re.compile(r"\s*(\d{1,3}|[*†‡§]{1,3})(?=\s)")


class RenderedText(NamedTuple):
    """A text, where each of its pages begins in it (in characters), and counts of what was done to it."""

    text: str
    starts: list[int]
    counts: dict[str, int]


class Part(NamedTuple):
    """Lines that become one paragraph, heading, item, line of code, or table; `glue` stands before it."""

    glue: str
    lines: list[Line]
    pieces: list[tuple[int, str]]  # the index of the page, and text


def write(pages: Sequence[Page], words: frozenset[str], style: Style) -> RenderedText:
    """Paragraphs parted by a blank line, headings as `#`, items as `- ` or `1. `, code in fences, tables.

    A paragraph that goes on over a page or a column is joined; footnotes follow the paragraph that ends on
    the next page. Verse and what stands in columns but is no table keep their lines, code its indents too.
    `words` (`hyphens.collect_words`) tell a hyphen that a line's end made from one of the word; `style`
    (`headings.find_style`) says what a heading is: both are the whole document's, of which `pages` may be a
    part. `counts`: `running_head`, `running_foot`, `page_number` removed; `hyphens_joined`, `hyphens_kept`,
    `headings`, `items`, `tables`, `code_blocks`, `code_joined` (lines of code cut by the page's width).
    """
    counts: Counter[str] = Counter(kind for page in pages for kind in page.removed)
    margins = find_margins([line for page in pages for line in page.lines])
    parts = _make_parts(pages, margins, words, counts)
    pieces = list(_mark(parts, margins, style, counts))
    starts, offset, texts = [0] * len(pages), 0, []
    seen = -1
    for page, piece in pieces:
        while seen < page:
            seen += 1
            starts[seen] = offset + len(piece) - len(piece.lstrip("\n"))
        texts.append(piece)
        offset += len(piece)
    text = "".join(texts)
    starts[seen + 1 :] = [len(text)] * (len(pages) - seen - 1)
    return RenderedText(text, starts, dict(counts))


def _make_parts(
    pages: Sequence[Page], margins: Margins, words: frozenset[str], counts: Counter[str]
) -> list[Part]:
    """Lines into paragraphs and the like; footnotes wait until the paragraph above them has ended."""
    parts: list[Part] = []
    notes: list[tuple[int, Line]] = []
    last: Line | None = None
    for index, page in enumerate(pages):
        turned = True
        for line in page.lines:
            if line.mark == "note":
                notes.append((index, line))
                continue
            glue = choose_glue(last, line, margins, turned) if last else "\n\n"
            if glue != " " and notes:
                parts += _make_notes(notes, margins, words, counts)
                notes, glue = [], "\n\n"
            if glue == " ":
                _add(parts[-1], index, line, words, counts)
            else:
                parts.append(
                    Part(glue if parts else "", [line], [(index, _write(line, margins, words, counts))])
                )
            last, turned = line, False
    return parts + _make_notes(notes, margins, words, counts) if notes else parts


def _make_notes(
    notes: Sequence[tuple[int, Line]], margins: Margins, words: frozenset[str], counts: Counter[str]
) -> list[Part]:
    """A part for each note, its number in brackets as the mark in the text has it."""
    parts: list[Part] = []
    last: Line | None = None
    before = number = 0
    for index, line in notes:
        found = NOTE.match(line.text)
        said = int(found[1]) if found and found[1].isdigit() else 0
        begins = found and (not last or END.search(last.text) or said == number + 1 > 1)
        glue = "\n\n" if begins or not last else choose_glue(last, line, margins, before != index)
        if glue == " ":
            _add(parts[-1], index, line, words, counts)
        else:
            text = _write(line, margins, words, counts)
            text = NOTE.sub(r"[\1]", text, count=1) if begins and said else text
            parts.append(Part(glue, [line], [(index, text)]))
        last, before, number = line, index, said if begins and said else number
    return parts


def _add(part: Part, page: int, line: Line, words: frozenset[str], counts: Counter[str]) -> None:
    """A line that goes on with the paragraph."""
    index, before = part.pieces[-1]
    if line.code:
        before, text = join_code(before, line.text.rstrip())
        part.pieces[-1] = (index, before)
        part.pieces.append((page, text))
        part.lines.append(line)
        counts["code_joined"] += 1
        return
    before, joint = _join(before.rstrip(), line.text.strip(), words, counts)
    part.pieces[-1] = (index, before)
    part.pieces.append((page, joint + line.text.strip()))
    part.lines.append(line)


def _join(before: str, after: str, words: frozenset[str], counts: Counter[str]) -> tuple[str, str]:
    kept, joint = join_words(before, after, words)
    if not joint and before[-1:] in ("-", "\u2010", "\u00ad"):
        counts["hyphens_joined" if len(kept) < len(before) else "hyphens_kept"] += 1
    return kept, joint


def _write(line: Line, margins: Margins, words: frozenset[str], counts: Counter[str]) -> str:
    """A line that begins a part; in a table's cells the lines are joined."""
    if line.code:
        return indent_code(line, margins)
    if line.mark != "table":
        return line.text.strip("\n") if line.mark == "answer" else line.text.strip()
    first, *rest = line.text.split(BREAK)
    for after in rest:
        first, joint = _join(first, after, words, counts)
        first += joint + after
    return first


def _mark(
    parts: Sequence[Part], margins: Margins, style: Style, counts: Counter[str]
) -> Iterator[tuple[int, str]]:
    """Pieces of text with the marks of headings, items and code put in."""
    stack: list[float] = []
    code = False
    for index, part in enumerate(parts):
        page, text = part.pieces[0]
        line, glue = part.lines[0], part.glue
        if line.code != code:
            if code:
                glue = f"\n{FENCE}{glue}"
            else:
                text = f"{FENCE}\n{text}"
                counts["code_blocks"] += 1
            code = line.code
        following = parts[index + 1].glue if index + 1 < len(parts) else "\n\n"
        if line.mark in VERBATIM:
            counts["tables"] += line.mark == "table"
            stack.clear()
        elif not line.code:
            yield from _mark_text(part, glue, following, style, stack, counts)
            continue
        yield page, glue + text
        yield from part.pieces[1:]
    if code:
        yield parts[-1].pieces[-1][0], f"\n{FENCE}"


def _mark_text(
    part: Part, glue: str, following: str, style: Style, stack: list[float], counts: Counter[str]
) -> Iterator[tuple[int, str]]:
    """The pieces of a paragraph, heading or item."""
    (page, text), *rest = part.pieces
    whole = "".join(piece for _, piece in part.pieces)
    alone = glue != "\n" and following != "\n"
    level = find_level(part.lines, whole, style) if alone else 0
    if level:
        counts["headings"] += 1
        stack.clear()
        yield page, f"{glue}{'#' * level} {text}"
        yield from rest
        return
    mark, item = find_mark(text)
    if mark and (glue == "\n" or following == "\n" or stack or not DASH.match(text)):
        counts["items"] += 1
        depth = nest(stack, part.lines[0].x0, part.lines[0].size)
        yield page, f"{glue}{'   ' * depth}{mark}{item}"
    else:
        if not mark and part.lines[0].x0 < (stack[0] if stack else 0) + 1:
            stack.clear()
        yield page, glue + text
    yield from rest
