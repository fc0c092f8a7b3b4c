"""Formulas from boxes: scripts, fractions, roots, limits, accents, matrices."""

from winnow.ocr.formula.boxes import Box, place
from winnow.ocr.formula.rows import is_balanced, split_rows, write_formula
from winnow.ocr.formula.signs import Sign, find_sign

SIZE = 10.0


def put(text, x=0.0, base=100.0, size=SIZE, font="CMMI10"):
    """Signs in a row, each half as wide as its size."""
    width = size / 2
    boxes = []
    for at, character in enumerate(text):
        left = x + at * width
        edges = (left, base - 0.7 * size, left + width, base + 0.1 * size)
        boxes.append(place(edges, base, size, find_sign(character, font), font))
    return boxes


def write(boxes, rules=()):
    return write_formula(boxes, list(rules))


def test_scripts_stand_behind_what_they_belong_to():
    boxes = [*put("x"), *put("i", 5, 102, 7), *put("2", 5, 96, 7), *put("+y", 10)]
    assert write(boxes) == ("x _{i}^{2} + y", 0)


def test_a_script_has_scripts_of_its_own():
    boxes = [*put("e"), *put("x", 5, 96, 7), *put("2", 8.5, 93, 5)]
    assert write(boxes) == ("e ^{x ^{2}}", 0)


def test_a_fraction_by_its_rule_and_one_within():
    inner = [*put("a", 10, 90), *put("b", 10, 106), *put("c", 10, 124)]
    rules = [(9.0, 97.5, 17.0, 97.5), (8.0, 112.5, 18.0, 112.5)]
    latex, lost = write([*put("y=", 0, 115), *inner], rules)
    assert (latex, lost) == ("y = \\frac{\\frac{a}{b}}{c}", 0)


def test_a_root_and_what_is_under_it():
    sign = Box(0, 91, 8, 102, 99, SIZE, "\\sqrt", "root")
    assert write([sign, *put("x+y", 8)], [(8.0, 91.0, 23.0, 91.0)]) == ("\\sqrt{x + y}", 0)
    assert write([sign, *put("x", 8)])[1] == 1  # without its rule it is lost, and told to be


def test_limits_of_an_operator():
    total = Box(0, 92, 14, 106, 101.5, SIZE, "\\sum", "op")
    boxes = [total, *put("i=1", 2, 113, 7), *put("n", 5.5, 89, 7), *put("x", 16, 101.5)]
    assert write(boxes) == ("\\sum_{i = 1}^{n} x", 0)


def test_an_accent_over_a_letter():
    hat = Box(0.5, 92, 4.5, 93.5, 100, SIZE, "\\hat", "accent")
    assert write([*put("x"), hat]) == ("\\hat{x}", 0)
    assert write([*put("x", 40), hat])[1] == 1


def test_rows_between_tall_brackets():
    pieces = [Sign("[", "piece", 1.8), Sign("]", "piece", 1.8)]
    brackets = [
        place((x, y, x + 5, y + 18), y, SIZE, sign, "CMEX10")
        for x, sign in zip((0.0, 40.0), pieces, strict=True)
        for y in (80.0, 98.0)
    ]
    cells = [put("a", 8, 90), put("b", 28, 90), put("c", 8, 106), put("d", 28, 106)]
    latex, lost = write([*brackets, *(box for cell in cells for box in cell)])
    assert (latex, lost) == ("\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}", 0)


def test_names_of_functions_and_words():
    upright = [*put("log", font="CMR10"), *put("if", 30, font="CMR10")]
    boxes = [*(box._replace(kind="letter") for box in upright), *put("x", 16)]
    assert write(boxes)[0] == "\\log x \\text{ if }"


def test_what_is_not_known_is_lost():
    assert write([*put("x"), place((6, 90, 10, 100), 100, SIZE, Sign("", "ord"), "Odd")])[1] == 1


def test_rows_are_told_by_their_baselines():
    rows = split_rows([*put("ab"), *put("2", 10, 96, 7), *put("cd", 0, 115)])
    assert [[box.latex for box in row] for row in rows] == [["a", "b", "2"], ["c", "d"]]
    assert split_rows([]) == []


def test_braces_that_close_as_they_open():
    assert is_balanced("x _{i} \\{ a") and not is_balanced("x _{i") and not is_balanced("} {")
