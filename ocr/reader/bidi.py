"""Lines from right to left in the order in which they are read, told from where their glyphs stand.

A PDF draws glyphs, mostly from left to right whatever the script; readers turn the words by rules of their
own, some of them inside a glyph too (lam-alef). Here the glyphs of a line are put from left to right, and
the Unicode bidirectional algorithm (UAX 9) is gone backward.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple
from unicodedata import bidirectional, normalize

from winnow.ocr.reader.spaces import GAP

RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
PRESENTATION = re.compile(r"[\ufb00-\ufdff\ufe70-\ufefc]")
CONTROLS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u034f\0]")  # none of them is drawn
TWICE = re.compile(r"([\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670])\1+")
WIDE = 0.2  # ems: a space in a line that draws most of its own
NON_JOINER = "\u200c"
CLASSES = {"L": "L", "EN": "N", "AN": "A", "R": "R", "AL": "R", "CS": "c", "ES": "e", "ET": "t", "WS": "s"}
# Runs from left to right, seen from the left: a Latin one goes on to its last letter or number; behind Arabic
# letters only a point, comma, colon or slash is within a number, behind Hebrew ones signs are of it, too.
LEFT_TO_RIGHT = re.compile(r"[LNA]")
BACKWARD = re.compile(r"R(?:[^L]*R)?|.")
# A word that a letter touches at its left, and at its right a space: the space is the word's, behind it.
LATIN = r"(?<=R)L(?:[^RA]*[LN])?s(?=R)|L(?:[^RA]*[LN])?"
AFTER_ARABIC = re.compile(rf"{LATIN}|[NA](?:c?[NA])*|.")
AFTER_HEBREW = re.compile(rf"{LATIN}|t*[NA](?:[ce]?[NA])*t*|.")
ARABIC = re.compile(r"[\u0600-\u08ff]")
PLACED = re.compile(r"(?<!\S)[(\[{<\xab](?=\S)|(?<=\S)[)\]}>\xbb](?!\w)")  # brackets as they stand in texts
PAIRS = ("()", "[]", "{}", "<>", "\xab\xbb", "\u2039\u203a")
MIRRORS = str.maketrans("".join(PAIRS), "".join(pair[::-1] for pair in PAIRS))


class Glyph(NamedTuple):
    """What one drawn glyph says, in logical order, with its marks; from where to where it advances, its size
    of type, and the number of its span."""

    text: str
    near: float
    far: float
    size: float
    span: int
    turned: bool = False


def _compose(text: str) -> str:
    """Letters with their marks, none twice: fonts draw a hamza apart from a letter that is mapped to both."""
    return normalize("NFC", TWICE.sub(r"\1", normalize("NFD", text)))


def fold(text: str) -> str:
    """Presentation forms as the letters that they stand for; no other character is changed."""
    return PRESENTATION.sub(lambda found: normalize("NFKC", found[0]).lstrip(" "), text)


def is_base(text: str) -> bool:
    """Whether a page is written from right to left: more of its letters are than are not."""
    turned = len(RIGHT_TO_LEFT.findall(text))
    return turned > sum(map(str.isalpha, RIGHT_TO_LEFT.sub("", text)))


def put_in_order(glyphs: Sequence[Glyph], base: bool) -> list[tuple[str, int]]:
    """The text of a line in pieces with the numbers of their spans, in logical order; `base`: the line begins
    at the right. Brackets are drawn mirrored, and some makers say what is drawn, others what is meant: of
    both readings the one in which more of them stand before a word or behind one as they ought to."""
    shown = list(_set_apart(sorted(glyphs, key=_find_place)))
    found = _turn(shown) if base else _turn_within(shown)
    for pair in PAIRS:
        if any(glyph.turned and glyph.text in pair for glyph in found):
            mirror = str.maketrans(pair, pair[::-1])
            drawn = [g._replace(text=g.text.translate(mirror)) if g.turned else g for g in found]
            found = drawn if _count_placed(drawn) >= _count_placed(found) else found
    return [
        (_compose(CONTROLS.sub("", "".join(glyph.text for glyph in group))), span)
        for span, group in groupby(found, key=lambda glyph: glyph.span)
    ]


def _find_place(glyph: Glyph) -> float:
    """What orders glyphs from the left: those without width (alef of lam-alef, spaces that do not set apart)
    stand before the one that begins at the same place."""
    return glyph.near - 0.05 * glyph.size * (glyph.far - glyph.near < 0.01 or glyph.text.isspace())


def _set_apart(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """The glyphs with a space where nothing is drawn; a space that does not set apart is a non-joiner."""
    last: Glyph | None = None
    end = 0.0
    drawn = sum(glyph.text.isspace() for glyph in glyphs)
    gap = WIDE if drawn > sum(b.near - a.far > GAP * b.size for a, b in pairwise(glyphs)) else GAP
    for glyph, after in zip(glyphs, [*glyphs[1:], None], strict=True):
        if glyph.text.isspace() and after and after.near < glyph.near + 0.25 * (glyph.far - glyph.near):
            glyph = glyph._replace(text=NON_JOINER, far=glyph.near)
        if last and glyph.near - end > gap * glyph.size and not (last.text + glyph.text).isspace():
            yield Glyph(" ", last.far, glyph.near, glyph.size, last.span)
        yield glyph
        last, end = glyph, max(glyph.far, end if last else glyph.far)


def _turn(shown: Sequence[Glyph]) -> list[Glyph]:
    """Glyphs from the right, but runs from left to right as they stand."""
    runs = AFTER_ARABIC if any(ARABIC.search(glyph.text) for glyph in shown) else AFTER_HEBREW
    whole: list[Glyph] = []
    for run in reversed(list(runs.finditer(_classify(shown)))):
        turned = not LEFT_TO_RIGHT.search(run[0])
        whole += [glyph._replace(turned=turned) for glyph in shown[run.start() : run.end()]]
    return whole


def _turn_within(shown: Sequence[Glyph]) -> list[Glyph]:
    """Glyphs from the left, but runs from right to left turned."""
    whole: list[Glyph] = []
    for run in BACKWARD.finditer(_classify(shown)):
        part = shown[run.start() : run.end()]
        whole += _turn(part) if "R" in run[0] else part
    return whole


def _classify(shown: Sequence[Glyph]) -> str:
    return "".join(CLASSES.get(bidirectional(glyph.text[:1]), "o") for glyph in shown)


def _count_placed(found: Sequence[Glyph]) -> int:
    return len(PLACED.findall("".join(glyph.text for glyph in found)))
