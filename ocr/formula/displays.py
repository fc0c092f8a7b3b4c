"""Formulas that stand by themselves: which lines of a page they are made of."""

import re
from collections.abc import Sequence

from winnow.ocr.formula.boxes import Box, Rule
from winnow.ocr.formula.glyphs import Row

NUMBER = re.compile(r"\((?:[A-Z]\.?)?\d{1,3}(?:[.\-]\d{1,3})*[a-z]?\)")
GAP = 0.9  # in sizes: between the lines of one formula
BESIDE, WORDED = 5.0, 2.5  # in sizes: from one part of a line to the next; to a word
SAME_BLOCK = 9.0  # to what the reader has in one block with it
OFF = 1.5  # in sizes: how far in from the text's edge a line with words in it stands
LEAST = 3  # signs
SENTENCE = 4  # words: a line of text
DRAWN, THICK = 1.6, 9.0  # points: a reader gives a drawn line the width that its ends may have


def find_displays(rows: Sequence[Row]) -> list[list[Row]]:
    """The lines of each formula, from top to bottom."""
    prose = [row for row in rows if row.words > (row.maths == 0) and not _is_worded(row, rows)]
    ends = {(row.block, row.line + 1): row for row in prose}
    lone = [row for row in rows if row not in prose and not _is_beside(row, prose) and not _is_end(row, ends)]
    groups: list[list[Row]] = []
    for row in sorted(lone, key=lambda row: row.box[1]):
        near = [group for group in groups if any(_touch(row, other, prose) for other in group)]
        for group in near:
            groups.remove(group)
        groups.append([*(one for group in near for one in group), row])
    return [group for group in groups if _is_formula(group)]


def _is_worded(row: Row, rows: Sequence[Row]) -> bool:
    """Whether a line with words in it is a formula all the same: mostly signs, and set in from the text, not
    the line of a paragraph."""
    signs = sum(glyph.kind in ("maths", "neutral") for glyph in row.glyphs)
    if not row.maths or signs < 2 * row.words or row.words - row.links > 1:
        return False
    size = row.size
    left = min(other.box[0] for other in rows if other.box[0] <= row.box[0] < other.box[2] + 1)
    flush = any(
        other.words >= SENTENCE
        and abs(other.box[0] - row.box[0]) < 0.5 * size
        and abs(other.box[1] - row.box[1]) < 4 * size
        for other in rows
    )
    return row.box[0] - left > OFF * size and not flush


def _is_end(row: Row, ends: dict[tuple[int, int], Row]) -> bool:
    """Whether a line without words is the last of a paragraph: flush with the line of text above it."""
    above = ends.get((row.block, row.line))
    return above is not None and row.box[1] > above.box[1] and abs(row.box[0] - above.box[0]) < 0.5 * row.size


def _is_beside(row: Row, prose: Sequence[Row]) -> bool:
    """Whether a line is level with one of text that it stands in, or next to: its scripts, or its end."""
    x0, y0, x1, y1 = row.box
    size = row.size
    for other in prose:
        a, b, c, d = other.box
        level = min(y1, d) - max(y0, b)
        if level > 0.3 * min(y1 - y0, d - b) and x1 > a - size and x0 < c + 1.5 * size:
            return True
    return False


def _touch(row: Row, other: Row, prose: Sequence[Row]) -> bool:
    """Whether two lines are of one formula: next to each other, with no text between them."""
    (x0, y0, x1, y1), (a, b, c, d) = row.box, other.box
    size = max(row.size, other.size)
    apart = max(y0 - d, b - y1)
    if apart > GAP * size:
        return False
    beside = max(x0 - c, a - x1)
    if apart > 0 and beside > 2 * size:
        return False
    numbered = any(NUMBER.fullmatch(_read(one)) for one in (row, other))
    worded = any(one.words > one.links and not one.maths for one in (row, other))
    far = WORDED if worded else SAME_BLOCK if abs(row.block - other.block) <= 1 else BESIDE
    if not numbered and beside > far * size:
        return False
    if any(one.words and not one.maths for one in (row, other)) and apart > -0.3 * size:
        return False
    low, high = max(min(y1, d), min(y0, b)), min(max(y0, b), max(y1, d))
    left, right = min(x0, a), max(x1, c)
    return not any(
        low - 1 < (one.box[1] + one.box[3]) / 2 < high + 1 and one.box[0] < right and one.box[2] > left
        for one in prose
    )


def _is_formula(group: Sequence[Row]) -> bool:
    inked = [glyph for row in group for glyph in row.glyphs if glyph.kind != "space"]
    maths = [glyph for glyph in inked if glyph.kind == "maths"]
    letters = [
        one for one in maths if one.box.kind == "ord" and one.box.latex and not one.box.latex.isdigit()
    ]
    words = sum(row.words for row in group)
    joins = any(glyph.box.kind in ("rel", "bin", "op") for glyph in inked)
    return bool(letters) and joins and len(inked) >= LEAST and len(maths) >= 2 * words


def _read(row: Row) -> str:
    return "".join(glyph.character for glyph in row.glyphs).strip()


def take_number(group: Sequence[Row]) -> tuple[list[Box], str]:
    """The boxes of a formula less the number that stands far off at one end, and that number."""
    number = ""
    boxes: list[Box] = []
    for row in group:
        found = NUMBER.fullmatch(_read(row))
        if found and row.maths == 0 and len(group) > 1:
            number = number or found[0]
            continue
        inked = [glyph for glyph in row.glyphs if glyph.kind != "space"]
        end = len(inked)
        tail = re.search(rf"{NUMBER.pattern}$", "".join(glyph.character for glyph in inked))
        if tail and tail.start() and not any(glyph.kind == "maths" for glyph in inked[tail.start() :]):
            before, first = inked[tail.start() - 1].box, inked[tail.start()].box
            if first.x0 - before.x1 > 1.5 * first.size:
                end, number = tail.start(), number or tail[0]
        boxes += [glyph.box for glyph in inked[:end]]
    return boxes, number[1:-1]


def take_rules(group: Sequence[Row], rulings: Sequence[Rule]) -> list[Rule]:
    """The level rules within a formula, without thickness."""
    level = [_thin(rule) for rule in rulings if rule[3] - rule[1] < THICK]
    return [rule for rule in level if rule[2] - rule[0] > 2 and is_within(rule, group)]


def is_within(rule: Sequence[float], group: Sequence[Row]) -> bool:
    """Whether a thin rule is drawn among these lines."""
    x0, y0, x1, y1 = (pick(row.box[at] for row in group) for at, pick in enumerate((min, min, max, max)))
    inside = x0 - 8 < rule[0] and rule[2] < x1 + 8 and y0 - 8 < rule[1] and rule[3] < y1 + 8
    return inside and rule[3] - rule[1] < THICK


def _thin(rule: Rule) -> Rule:
    """A rule's middle: what a reader adds to a drawn line at its sides, it adds at its ends."""
    x0, y0, x1, y1 = rule
    added = (y1 - y0) / 2 if y1 - y0 > DRAWN else 0.0
    return x0 + added, (y0 + y1) / 2, x1 - added, (y0 + y1) / 2
