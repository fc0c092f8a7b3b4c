"""Formulas within lines of prose: `$...$` in place of their glyphs."""

import re
from collections.abc import Sequence
from typing import Any

from winnow.ocr.formula.compose import FUNCTIONS
from winnow.ocr.formula.glyphs import SMALL, Glyph
from winnow.ocr.formula.rows import is_balanced, write_formula

OPERATORS = ("rel", "bin", "op")
SPACE = 0.15  # in sizes: the least that parts words
ENDS = set(",.;:!")
TELLING = re.compile(r"\\[a-zA-Z]+|[A-Za-z]")  # what a formula has at least one of


def write_inline(glyphs: Sequence[Glyph]) -> tuple[list[dict[str, Any]], int]:
    """A line's spans with its formulas written as LaTeX, and how many there are. `glyphs`: the line's and its
    scripts', in order from left to right."""
    spans: list[dict[str, Any]] = []
    count, at = 0, 0
    for first, end in find_runs(glyphs):
        mine = [glyph.box for glyph in glyphs[first:end] if glyph.kind != "space"]
        latex, lost = write_formula(mine, [])
        if lost or not latex or not is_balanced(latex) or not TELLING.search(latex):
            continue
        _copy(spans, glyphs[at:first])
        before, after = (_is_apart(glyphs, place) for place in (first, end))
        text = f"{' ' * before}${latex}${' ' * after}"
        spans.append({"text": text, "font": "", "size": glyphs[first].box.size, "flags": 0})
        at, count = end, count + 1
    _copy(spans, glyphs[at:])
    return spans, count


def find_runs(glyphs: Sequence[Glyph]) -> list[tuple[int, int]]:
    """Where formulas begin and end: from one sign of a font of formulas to the last with no word between,
    and the numbers, brackets and operators that belong to both ends."""
    size = max((glyph.box.size for glyph in glyphs), default=0.0)
    inner = [_is_inner(glyphs, at, size) for at in range(len(glyphs))]
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(glyphs):
        if glyphs[at].kind != "maths":
            at += 1
            continue
        end = last = at
        while end < len(glyphs) and inner[end]:
            last = end if glyphs[end].kind == "maths" or _is_script(glyphs[end], size) else last
            end += 1
        first = _extend_left(glyphs, at, runs[-1][1] if runs else 0)
        last = _extend_right(glyphs, last, inner)
        runs.append(_balance(glyphs, first, last + 1))
        at = max(last + 1, runs[-1][1])
    return [(first, end) for first, end in runs if end > first]


def _is_script(glyph: Glyph, size: float) -> bool:
    return glyph.kind != "space" and glyph.box.size < SMALL * size


def _is_inner(glyphs: Sequence[Glyph], at: int, size: float) -> bool:
    """Whether a formula may go on over this glyph."""
    glyph = glyphs[at]
    if glyph.kind != "prose":
        return True
    return _is_script(glyph, size) or _is_function(glyphs, at)


def _is_function(glyphs: Sequence[Glyph], at: int) -> bool:
    first = end = at
    while first > 0 and glyphs[first - 1].kind == "prose":
        first -= 1
    while end < len(glyphs) and glyphs[end].kind == "prose":
        end += 1
    return "".join(glyph.character for glyph in glyphs[first:end]) in FUNCTIONS


def _extend_left(glyphs: Sequence[Glyph], at: int, least: int) -> int:
    """Numbers, brackets and operators that stand right before, with or without a space at an operator."""
    while at > least:
        before = at - 1
        if glyphs[before].kind == "space":
            beside = {glyphs[before - 1].box.kind, glyphs[at].box.kind} if before > least else set()
            if not beside & {"rel", "bin"} or glyphs[before - 1].kind != "neutral":
                break
            before -= 1
        if glyphs[before].kind != "neutral" or glyphs[before].character in ENDS:
            break
        at = before
    return at


def _extend_right(glyphs: Sequence[Glyph], at: int, inner: Sequence[bool]) -> int:
    while at + 1 < len(glyphs):
        after = at + 1
        if glyphs[after].kind == "space":
            beside = {glyphs[at].box.kind, glyphs[after + 1].box.kind} if after + 1 < len(glyphs) else set()
            if not beside & {"rel", "bin"} or glyphs[after + 1].kind != "neutral":
                break
            after += 1
        decimal = (
            glyphs[after].character in ",."
            and after + 1 < len(glyphs)
            and glyphs[after + 1].character.isdigit()
        )
        if glyphs[after].kind != "neutral" or (glyphs[after].character in ENDS and not decimal):
            break
        at = after
    return at


def _balance(glyphs: Sequence[Glyph], first: int, end: int) -> tuple[int, int]:
    """Without brackets at the ends that close what was opened outside, or open what closes there."""
    while True:
        open_ = [at for at in range(first, end) if glyphs[at].character in "(["]
        shut = [at for at in range(first, end) if glyphs[at].character in ")]"]
        if len(open_) > len(shut) and open_[-1] == end - 1:
            end -= 1
        elif len(open_) > len(shut) and open_[0] == first:
            first += 1
        elif len(shut) > len(open_) and shut[-1] == end - 1:
            end -= 1
        elif len(shut) > len(open_) and shut[0] == first:
            first += 1
        else:
            break
    while end > first and (_is_loose(glyphs[end - 1]) or glyphs[end - 1].character in ENDS):
        end -= 1
    while first < end and _is_loose(glyphs[first]) and glyphs[first].character not in "-\u2212":
        first += 1
    return first, end


def _is_loose(glyph: Glyph) -> bool:
    """Whether a glyph at the end of a formula joins nothing."""
    return glyph.kind == "space" or glyph.box.kind in ("rel", "bin")


def _copy(spans: list[dict[str, Any]], glyphs: Sequence[Glyph]) -> None:
    """Glyphs as they are, those of one font and size in one span."""
    for glyph in glyphs:
        box, last = glyph.box, spans[-1] if spans else None
        if last and glyph.kind == "space":
            last["text"] += " "
        elif last and (last["font"], last["size"], last["flags"]) == (glyph.font, box.size, glyph.flags):
            last["text"] += glyph.character
        else:
            spans.append(
                {"text": glyph.character, "font": glyph.font, "size": box.size, "flags": glyph.flags}
            )


def _is_apart(glyphs: Sequence[Glyph], at: int) -> bool:
    """Whether there is a space before a glyph that the text layer does not have."""
    if not 0 < at < len(glyphs) or "space" in (glyphs[at - 1].kind, glyphs[at].kind):
        return False
    return glyphs[at].box.x0 - glyphs[at - 1].box.x1 > SPACE * glyphs[at].box.size
