"""Boxes of a formula: its glyphs with their places, and what is put together of them.

Built from the inside out: pieces of tall brackets, accents, names of functions, then fractions and roots by
the rules that are drawn, the limits of large operators, and matrices between tall brackets.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from winnow.ocr.formula.signs import Sign

HIGH, DEEP = 0.75, 0.25  # in sizes: what a letter takes above and below its baseline
AXIS = 0.25  # in sizes: how far the middle of a fraction or a bracket stands above the baseline
TALL_KINDS = ("op", "open", "close", "fence", "piece", "root")
CLOSING = {
    "(": ")",
    "[": "]",
    "\\{": "\\}",
    "\\langle": "\\rangle",
    "\\lfloor": "\\rfloor",
    "\\lceil": "\\rceil",
}
CLOSING |= {"|": "|", "\\|": "\\|"}
TALL = 1.7  # in sizes: a bracket that may hold several rows
Rule = tuple[float, float, float, float]


class Box(NamedTuple):
    """`x0`, `y0`, `x1`, `y1`: about its ink, in points from the top left; `base`: its baseline; `size`: of
    its font; `kind` as of a `Sign`, or `word`; `font`: its font's name where it is one glyph."""

    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    latex: str
    kind: str
    font: str = ""

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def level(self) -> float:
        return (self.y0 + self.y1) / 2


def place(edges: Sequence[float], base: float, size: float, sign: Sign, font: str) -> Box:
    """A glyph's box; tall signs, which hang from their baseline or stand on it, are level with the axis."""
    x0, y0, x1, y1 = edges
    if sign.kind in TALL_KINDS and (y1 - y0 > 1.15 * size or y0 > base - 0.1 * size):
        base = (y0 + y1) / 2 + AXIS * size
    else:  # some readers give what the tallest glyph of the font takes
        y0, y1 = max(y0, base - HIGH * size), min(y1, base + DEEP * size)
    return Box(x0, y0, x1, y1, base, size, sign.latex, sign.kind, font)


def surround(boxes: Iterable[Box], latex: str, kind: str = "ord", base: float | None = None) -> Box:
    """One box in place of several."""
    mine = list(boxes)
    largest = max(mine, key=lambda box: box.size)
    return Box(
        min(box.x0 for box in mine),
        min(box.y0 for box in mine),
        max(box.x1 for box in mine),
        max(box.y1 for box in mine),
        largest.base if base is None else base,
        largest.size,
        latex,
        kind,
    )


def join_pieces(boxes: Sequence[Box]) -> list[Box]:
    """Brackets that are made of pieces, one above the other, as one."""
    pieces = sorted((box for box in boxes if box.kind == "piece"), key=lambda box: (round(box.x0), box.y0))
    found: list[list[Box]] = []
    for box in pieces:
        last = found[-1] if found else []
        if last and abs(box.x0 - last[-1].x0) < 0.3 * box.size and box.y0 - last[-1].y1 < 0.25 * box.size:
            last.append(box)
        else:
            found.append([box])
    whole = []
    for group in found:
        names = [box.latex for box in group if box.latex != "{}"]
        if not names:
            continue
        kind = "open" if names[0] in CLOSING and names[0] not in ("|", "\\|") else "close"
        kind = "fence" if names[0] in ("|", "\\|") else kind
        one = surround(group, names[0], kind)
        whole.append(one._replace(base=one.level + AXIS * one.size))
    return [box for box in boxes if box.kind not in ("piece", "brace")] + whole


def join_dots(boxes: Sequence[Box]) -> list[Box]:
    """Three dots in a column, or falling, as one sign."""
    dots = sorted((box for box in boxes if box.latex == "."), key=lambda box: (box.y0, box.x0))
    left = list(boxes)
    for at, first in enumerate(dots):
        steps = [first]
        for box in dots[at + 1 :]:
            down, right = box.y0 - steps[-1].y0, box.x0 - steps[-1].x0
            if 0.15 < down / box.size < 0.6 and -0.05 < right / box.size < 0.7:
                steps.append(box)
        if len(steps) == 3 and all(box in left for box in steps):
            name = "\\vdots" if steps[2].x0 - steps[0].x0 < 0.1 * first.size else "\\ddots"
            one = surround(steps, name)
            left = [box for box in left if box not in steps] + [one._replace(base=one.y1)]
    return left


def put_accents(boxes: Sequence[Box]) -> list[Box]:
    """Each accent over what stands under it."""
    left = [box for box in boxes if box.kind != "accent"]
    for accent in sorted((box for box in boxes if box.kind == "accent"), key=lambda box: box.x1 - box.x0):
        wide = accent.latex.startswith("\\wide")
        slack = 0.15 * accent.size
        under = [
            box
            for box in left
            if (accent.x0 - slack <= box.middle <= accent.x1 + slack)
            and -0.3 * accent.size < box.base - accent.base < 1.2 * accent.size
            and box.kind in ("ord", "word", "op")
        ]
        if not under:
            left.append(accent)  # which is told as lost
            continue
        if not wide:
            under = [min(under, key=lambda box: abs(box.middle - accent.middle))]
        under.sort(key=lambda box: box.x0)
        inner = " ".join(box.latex for box in under)
        one = surround(under, f"{accent.latex}{{{inner}}}", "ord")._replace(
            y0=min(box.y0 for box in under) - slack
        )
        left = [box for box in left if box not in under] + [one]
    return left


def reach(
    boxes: Sequence[Box], rule: Rule, up: bool, near: float, step: float, others: Sequence[Rule] = ()
) -> list[Box]:
    """The boxes over (or under) a rule: those next to it, and what goes on from them without a gap, up to
    what is nearer to another rule."""
    x0, y, x1, _ = rule
    there = [box for box in boxes if x0 - 0.1 * box.size <= box.middle <= x1 + 0.1 * box.size]
    there = [box for box in there if (box.y1 < y + 0.2 * box.size if up else box.y0 > y - 0.2 * box.size)]
    there.sort(key=lambda box: -box.y1 if up else box.y0)
    beyond = [
        b for a, b, c, _ in others if (b < y if up else b > y) and min(c, x1) - max(a, x0) > 0.5 * (x1 - x0)
    ]
    found: list[Box] = []
    edge = y
    for box in there:
        gap = edge - box.y1 if up else box.y0 - edge
        lower = bool(found) and abs(box.base - found[0].base) > 0.6 * box.size
        taken = lower and any(abs(box.level - other) < abs(box.level - y) for other in beyond)
        if taken or gap > (step if found else near) * box.size:
            break
        found.append(box)
        edge = min(edge, box.y0) if up else max(edge, box.y1)
    return found
