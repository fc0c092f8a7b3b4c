"""What a text computes, and whether it is right."""

import re

_EQUATION = re.compile(
    r"([\d.,\s$+\-\u2212\u2013*\u00d7·/÷()]*\d[\d.,\s$+\-\u2212\u2013*\u00d7·/÷()]*)=\s*[$€£]?\s*(-?\d[\d,]*(?:\.\d+)?(?:/\d+)?)"
)
_OPERATORS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "·": "*", "÷": "/"})


def find(text: str) -> list[tuple[float, bool, str]]:
    """What a text computes: each result, whether it is right, and the equation."""
    found = []
    for each in _EQUATION.finditer(text):
        left = each[1].translate(_OPERATORS).replace(",", "").replace("$", "").strip()
        if not re.search(r"\d\s*[-+*/]\s*\(?\s*\d", left) or len(left) > 80:
            continue
        value = _compute(left)
        if value is None:
            continue
        top, _, bottom = each[2].replace(",", "").partition("/")
        if bottom and not float(bottom):
            continue
        said = float(top) / float(bottom or 1)
        digits = len(each[2].rpartition(".")[2]) if "." in each[2] else 0
        found.append((said, abs(value - said) <= 0.5 * 10**-digits + 1e-9, each[0].strip()))
    return found


def _compute(left: str) -> float | None:
    """The value of a sum in plain arithmetic; None where it is none."""
    tokens = re.findall(r"\d+(?:\.\d+)?|[-+*/()]", left)[::-1]
    if len(tokens) > 40:
        return None
    try:
        value = _read_sum(tokens)
    except (IndexError, ValueError, ZeroDivisionError):
        return None
    return None if tokens else value


def _read_sum(tokens: list[str]) -> float:
    value = _read_product(tokens)
    while tokens and tokens[-1] in "+-":
        value = value + _read_product(tokens) if tokens.pop() == "+" else value - _read_product(tokens)
    return value


def _read_product(tokens: list[str]) -> float:
    value = _read_one(tokens)
    while tokens and tokens[-1] in "*/":
        value = value * _read_one(tokens) if tokens.pop() == "*" else value / _read_one(tokens)
    return value


def _read_one(tokens: list[str]) -> float:
    first = tokens.pop()
    if first == "-":
        return -_read_one(tokens)
    if first == "(":
        value = _read_sum(tokens)
        tokens.pop()
        return value
    return float(first)
