"""Where formulas begin and end in a line of text."""

from winnow.ocr.formula.boxes import place
from winnow.ocr.formula.glyphs import Glyph
from winnow.ocr.formula.inline import find_runs, write_inline
from winnow.ocr.formula.signs import find_sign


def lay(text, maths):
    """A line in which the places `maths` are of a font of formulas."""
    glyphs = []
    for at, character in enumerate(text):
        font = "CMMI10" if at in maths else "CMR10"
        sign = find_sign(character, font)
        kind = "space" if character == " " else "maths" if at in maths else "prose"
        kind = "neutral" if kind == "prose" and not character.isalpha() else kind
        box = place((5.0 * at, 93.0, 5.0 * at + 5, 101.0), 100.0, 10.0, sign, font)
        glyphs.append(Glyph(character, kind, box, 0, font))
    return glyphs


def cut(text, maths):
    return [text[first:end] for first, end in find_runs(lay(text, maths))]


def test_numbers_brackets_and_operators_belong_to_it():
    assert cut("let f(x) = 2 be", {4, 6}) == ["f(x) = 2"]
    assert cut("for n = 10.5, and", {4}) == ["n = 10.5"]


def test_what_stands_around_it_does_not():
    assert cut("(see x)", {5}) == ["x"]
    assert cut("an n-dimensional one", {3}) == ["n"]
    assert cut("in 2010 x is", {8}) == ["x"]


def test_words_stay_as_they_are():
    spans, count = write_inline(lay("let x be", {4}))
    assert ("".join(span["text"] for span in spans), count) == ("let $x$ be", 1)


def test_a_bullet_is_no_formula():
    glyphs = lay("- one", {0})
    assert write_inline(glyphs)[1] == 0
