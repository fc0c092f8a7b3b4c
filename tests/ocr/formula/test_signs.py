"""Signs by font and code, or by Unicode."""

import pytest

from winnow.ocr.formula.signs import find_sign, is_maths


@pytest.mark.parametrize(
    ("character", "font", "latex", "kind"),
    [
        ("\u2208", "CMSY10", "\\in", "rel"),
        ("X", "CMSY10", "\\mathcal{X}", "ord"),
        ("N", "ABCDEF+MSBM10", "\\mathbb{N}", "ord"),
        ("\u03c6", "CMMI10", "\\phi", "ord"),  # TeX's own fonts call the upright one so
        ("\U0001d719", "STIXTwoMath-Regular", "\\phi", "ord"),
        ("\U0001d465", "STIXTwoMath-Regular", "x", "ord"),
        ("\u2126", "CMR10", "\\Omega", "ord"),
        ("\u2211", "LatinModernMath-Regular", "\\sum", "op"),
        ("(", "CMR10", "(", "open"),
    ],
)
def test_a_character_of_a_font(character, font, latex, kind):
    assert find_sign(character, font)[:2] == (latex, kind)


def test_what_has_no_unicode_is_told_by_its_code():
    assert find_sign("X", "CMEX10", True).latex == "\\sum"
    assert find_sign(">", "LMMathSymbols8-Regular", True).latex == "\\top"
    assert find_sign("X", "CMEX10").latex == "X"  # of which the letter is known
    assert find_sign("\x03", "Fancy", True).latex == ""


def test_fonts_that_set_formulas_alone():
    assert all(map(is_maths, ("CMMI10", "ABCDEF+CMSY7", "STIXTwoMath", "NewTXMI", "LMMathItalic10-Regular")))
    assert not any(map(is_maths, ("CMR10", "Times-Roman", "STIXTwoText", "MathewSans")))
