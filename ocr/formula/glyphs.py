"""Lines of a page as glyphs, each told whether it is of a formula."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from winnow.ocr.formula.boxes import Box, place
from winnow.ocr.formula.compose import FUNCTIONS
from winnow.ocr.formula.signs import UNKNOWN, find_sign, is_maths

TEXT_SIGNS = set("•\u2217†‡§¶©®∙◦■□▪✓,.;:'\"")  # that fonts of formulas lend to text
NEUTRAL = re.compile(r"[\d()\[\]{}=+\-<>/|!,.;:*\u2212\u2013\u2032'%]")
WORD = re.compile(r"[^\W\d_]{2,}")
LINKS = {"if", "for", "all", "any", "each", "some", "where", "when", "with", "and", "or", "otherwise", "else"}
LINKS |= {"such", "that", "is", "let", "given", "by"}
UNMAPPED = "\ufffd"
SMALL = 0.86  # of the size of its line: a script


class Glyph(NamedTuple):
    """A glyph with its box; `kind`: maths (of a font of formulas), neutral (may be of one), prose, space."""

    character: str
    kind: str
    box: Box
    flags: int
    font: str


class Row(NamedTuple):
    """A line of the text layer.

    `box`: around its ink; `edges`: as the reader has them; `size`: of its largest glyph; `words`: how many
    there are in fonts of prose, names of functions aside; `links`: those of them that stand between formulas;
    `maths`: glyphs of fonts of formulas.
    """

    block: int
    line: int
    box: tuple[float, float, float, float]
    edges: tuple[float, float, float, float]
    size: float
    glyphs: list[Glyph]
    words: int
    links: int
    maths: int


def read_rows(blocks: Sequence[dict[str, Any]]) -> list[Row]:
    """Lines that run to the right, as MuPDF's `rawdict` has them."""
    rows = []
    for block, one in enumerate(blocks):
        for line, found in enumerate(one.get("lines", ())):
            read = (_read_glyph(span, char) for span in found["spans"] for char in span["chars"])
            glyphs = _find_lone(list(read))
            if found["dir"] == (1, 0) and any(glyph.kind != "space" for glyph in glyphs):
                rows.append(_make_row(block, line, found["bbox"], glyphs))
    return rows


def _make_row(block: int, line: int, edges: tuple[float, float, float, float], glyphs: list[Glyph]) -> Row:
    inked = [glyph for glyph in glyphs if glyph.kind != "space"]
    boxes = [glyph.box for glyph in inked]
    size = max(box.size for box in boxes)
    around = (
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
    small = SMALL * size
    text = "".join(" " if one.kind == "maths" or one.box.size < small else one.character for one in glyphs)
    words = [word for word in WORD.findall(text) if word not in FUNCTIONS]
    links = sum(word in LINKS for word in words)
    maths = sum(glyph.kind == "maths" for glyph in inked)
    return Row(block, line, around, edges, size, glyphs, len(words), links, maths)


def _find_lone(glyphs: list[Glyph]) -> list[Glyph]:
    """Letters of prose fonts that stand alone: a Greek one is of a formula, a bold one may be."""
    found = list(glyphs)
    for at, glyph in enumerate(glyphs):
        beside = [other.kind for other in (*glyphs[max(at - 1, 0) : at], *glyphs[at + 1 : at + 2])]
        if glyph.kind == "prose" and "prose" not in beside:
            if glyph.box.latex.startswith("\\math"):
                found[at] = glyph._replace(kind="neutral")
            elif glyph.box.latex.startswith("\\"):
                found[at] = glyph._replace(kind="maths")
    return found


def _read_glyph(span: dict[str, Any], char: dict[str, Any]) -> Glyph:
    font, size, character, coded = span["font"], span["size"], char["c"], "coded" in char
    sign = find_sign(character, font, coded)
    x0, y0, x1, y1 = char["bbox"]
    base = char["origin"][1]
    if sign.height and abs(y1 - y0 - size) < 0.02 * size:  # no outline could be measured
        y0, y1 = base, base + sign.height * size
    elif sign.height and abs(y1 - y0 - sign.height * size) > 0.25 * size:
        sign = UNKNOWN  # its codes are not TeX's
    box = place((x0, y0, x1, y1), base, size, sign, font)
    maths = is_maths(font)
    character = UNMAPPED if coded else character
    if character.isspace():
        return Glyph(" ", "space", box, span["flags"], font)
    if maths and character not in TEXT_SIGNS:
        return Glyph(character, "maths", box, span["flags"], font)
    neutral = maths or NEUTRAL.match(character) or sign.kind in ("rel", "bin", "prime", "accent", "op")
    if not maths and sign.kind == "ord" and character.isascii() and character.isalpha():
        box = box._replace(kind="letter")
    return Glyph(character, "neutral" if neutral else "prose", box, span["flags"], font)
