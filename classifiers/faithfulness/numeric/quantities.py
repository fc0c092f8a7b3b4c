"""Numbers in a text, in digits or words, with their units."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import isfinite

from winnow.classifiers.faithfulness.numeric import units

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_ONES += ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen"]
_ONES += ["seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
SCALES = {
    "hundred": 100,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "dozen": 12,
    "bn": 1e9,
}
SCALES |= {"m": 1e6, "k": 1e3, "mn": 1e6, "tn": 1e12, "lakh": 1e5, "crore": 1e7}
ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        3,
    )
} | {"first": 1, "second": 2}
PARTS = {
    "half": 2,
    "halves": 2,
    "quarter": 4,
    "quarters": 4,
    "third": 3,
    "thirds": 3,
    "fifth": 5,
    "fifths": 5,
}
PARTS |= {"tenth": 10, "tenths": 10, "eighth": 8, "eighths": 8, "sixth": 6, "sixths": 6, "fourths": 4}
PARTS |= {"seventh": 7, "ninth": 9, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000}
_FRACTIONS = [word for word in PARTS if not word.endswith("s")]
MULTIPLES = {
    "twice": 2,
    "double": 2,
    "doubled": 2,
    "triple": 3,
    "tripled": 3,
    "thrice": 3,
    "quadrupled": 4,
    "quadruple": 4,
}
_SIGNS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅕": 0.2}
_LABEL = re.compile(
    r"(?m)^[\s>*#|_]*(?:\d{1,3}[.)](?=\s)|(?:Q|A|Question|Answer|Step|Problem"
    r"|Part)\s*\.?\s*\d{1,3}\b(?=\s*[.:)]))"
)
_ROW = re.compile(
    r"(?m)^[\s>*#_\-\u2022]*(?:\|[\s*_]*(?:[A-Z]\w*(?:\s[a-z]+)?\s)?#?(?P<row>\d{1,3})[\s*_.]*(?=\|)"
    r"|[A-Z]\w*(?:\s[a-z]+)?\s#?(?P<line>\d{1,3})(?=\s*(?:[:)\u2013\u2014]|\.\s|\*\*|-\s)))"
)
_CODE = re.compile(
    r"(?<![\w.])(?:v?\d+(?:\.\d+){2,}(?![\d.]*\d)|[A-Za-z]+[-_]?\d[\w.\-]*\w|[A-Za-z]+\d+)(?!\w)"
)
_WORD = "|".join(
    sorted([*WORDS, "hundred", "thousand", "million", "billion", "trillion"], key=len, reverse=True)
)
_NUMBER = re.compile(
    rf"(?P<money>US\$"
    rf"|[$€£¥₹])?\s?(?P<digits>(?<![\w.,])[-\u2212]?\d{{1,3}}(?:[,\u00a0\u202f]\d{{3}})+(?:\.\d+)?"
    rf"|(?<![\w.])\d+(?:\.\d+)?"
    rf"|(?<![\w.])\.\d+)(?P<exp>\s?[\u00d7x]\s?10\^?\{{?(?P<power>[-\u2212]?\d+)\}}?)?"
    rf"(?P<frac>\s?[½¼¾⅓⅔⅛⅕]|/\d+(?![\d/]))?(?P<ord>st|nd|rd|th)?(?P<plural>s\b)?"
    rf"(?:[\s\-](?P<scale>hundred|thousand|million|billion|trillion|dozen|bn|mn|tn|lakh|crore)\b"
    rf"|(?P<short>[kKmM]|bn)\b(?!\w))?"
    rf"|(?P<sign>[½¼¾⅓⅔⅛⅕])"
    rf"|(?i:\b(?P<fraction>(?:one[\s\-](?=\w+ths?\b|third|quarter|half)|an?[\s\-](?=\w+\sof\b))"
    rf"(?:{'|'.join(_FRACTIONS)}))\b)"
    rf"|(?i:\b(?P<words>(?:(?:a|an)\s(?=hundred|thousand|million|billion|trillion"
    rf"|dozen))?(?:(?:hundred|thousand|million|billion)\sand\s(?=(?:{_WORD})\b)"
    rf"|(?:{_WORD})(?:[\s\-](?=(?:{_WORD})\b))?)+)\b)"
    rf"|(?i:(?<!\bper\s)\b(?P<ordinal>{'|'.join(ORDINALS)})\b)"
    rf"|(?i:\b(?P<part>halves|half|quarters|quarter|thirds|fifths|tenths|eighths|sixths|fourths)\b)"
    rf"|(?i:\b(?P<multiple>{'|'.join(MULTIPLES)})\b)"
    rf"|(?i:\ba\s(?P<dozen>dozen)\b)"
)


@dataclass(frozen=True)
class Quantity:
    """A number as it stands (`said`, at `start` to `end`): its value, how it is written (`digits`, `words`,
    `ordinal`, `part`, `multiple`), its unit if any, the digits that count, and the word that follows."""

    value: float
    form: str
    said: str
    start: int
    end: int
    unit: tuple[str, str, float] | None = None
    digits: int = 1
    is_year: bool = False
    noun: str = ""
    context: str = ""


def mask_labels(text: str) -> str:
    """A text without the numbers that count its items, and the rows of a table: 1, 2, 3."""
    text = _LABEL.sub(lambda found: " " * len(found[0]), text)
    if "|" not in text and not re.search(r"(?m)^\W*[A-Z]\w*(?:\s[a-z]+)?\s#?\d", text):
        return text
    lines = len([line for line in text.splitlines() if line.strip()])
    numbers = [int(found["row"] or found["line"]) for found in _ROW.finditer(text)]
    if numbers == sorted(set(numbers)) and all(one <= lines for one in numbers):
        text = _ROW.sub(lambda found: " " * len(found[0]), text)
    return text


def list_labels(text: str) -> set[float]:
    """The numbers that count a text's items."""
    found = (re.search(r"\d+", each[0]) for each in _LABEL.finditer(text))
    return {float(each[0]) for each in found if each}


def find(text: str) -> list[Quantity]:
    """All numbers of a text, but those that only count its items, and those inside of names (A4,
    v1.2.3)."""
    return list(_find(text))


@lru_cache(2_000)
def _find(text: str) -> tuple[Quantity, ...]:
    masked = mask_labels(text)
    masked = _CODE.sub(lambda found: " " * len(found[0]) if not _is_measure(found[0]) else found[0], masked)
    found = [each for match in _NUMBER.finditer(masked) if (each := _make(match, masked))]
    for n, (one, other) in enumerate(pairwise(found)):  # 3 to 6 kg
        is_bare = other.unit and not (one.unit or one.is_year) and one.form in ("digits", "words")
        if is_bare and _RANGE.fullmatch(masked, one.end, other.start):
            found[n] = replace(one, unit=other.unit)
    return tuple(found)


_RANGE = re.compile(r"\s*(?:to|and|or|through|[-\u2013\u2014])\s*")


def find_single(text: str) -> list[Quantity]:
    """`An hour` and `a mile`, which are one."""
    found = []
    for each in re.finditer(
        r"\b(?:an?|one)(?=\s(?:hour|minute|day|week|fortnight|month|year|decade|century|mile|metre"
        r"|meter|kilomet|litre|liter|kilogram|tonne|pound))",
        text,
        re.I,
    ):
        if unit := units.read_after(text, each.end()):
            found.append(Quantity(1.0, "words", each[0], each.start(), unit[3], unit[:3], 9))
    return found


def find_codes(text: str) -> list[str]:
    """Names with digits: versions, models, paper sizes."""
    masked = mask_labels(text)
    return [found[0] for found in _CODE.finditer(masked) if not _is_measure(found[0])]


def _is_measure(code: str) -> bool:
    """Whether it is a sum of money, or a time: mid-19th."""
    return bool(
        re.fullmatch(
            r"(?:US\$|[A-Za-z]*[$€£])[\d.,]+\w*|(?:mid|late|early|pre|post)-\d+(?:st|nd|rd|th|s)?", code
        )
    )


def _is_year(found: re.Match[str], value: float) -> bool:
    said = found["digits"] or ""
    return said.isdigit() and len(said) == 4 and 1000 <= value <= 2100 and not found["scale"]


def _make(found: re.Match[str], text: str) -> Quantity | None:
    value, form, digits = _read(found)
    if value is None:
        return None
    end = found.end()
    unit = None
    if found["money"]:
        unit = units.UNITS[found["money"].lower()]
    elif found["ord"] or form in ("ordinal", "multiple"):
        unit = None
    elif after := units.read_after(text, _skip_article(text, end, form)):
        unit, end = after[:3], after[3]
        if (found["short"] or "").lower() == "m" and unit:
            value /= 1e6
    if found["short"] in ("m", "k", "K", "M") and not found["money"]:
        value, unit = _undo(found, value)
    elif found["digits"] and not found["ord"] and re.match(r"[^\W\d_]", text[end:]) and not found["plural"]:
        return None  # the 3 of 3x
    if text[max(0, found.start() - 1) : found.start()] in ("^", "_"):
        return None
    noun = re.match(r"[\s\-]*(?:of\s+|the\s+)*([A-Za-z]+)", text[end:])
    is_year = form == "digits" and unit is None and _is_year(found, value)
    around = text[max(0, found.start() - 25) : found.start()].lower()
    name = noun[1].lower() if noun else ""
    return Quantity(value, form, found[0].strip(), found.start(), end, unit, digits, is_year, name, around)


def _skip_article(text: str, at: int, form: str) -> int:
    """Where the unit of a half stands, or of a bound: half an hour, 16 or more bytes."""
    pattern = r"\s(?:of\s)?an?(?=\s)" if form == "part" else r"\sor\s(?:more|less|fewer)(?=\s\w)"
    found = re.compile(pattern).match(text, at)
    return found.end() if found else at


def _undo(found: re.Match[str], value: float) -> tuple[float, tuple[str, str, float] | None]:
    """`5m` and `5k` without a currency: metres, or thousands."""
    short = found["short"]
    if short == "m":
        return value / 1e6, units.UNITS["m"]
    if short == "K":
        return value / 1e3, units.UNITS["k"]
    return value, None


def _read_digits(found: re.Match[str]) -> tuple[float | None, str, int]:
    plain = re.sub(r"[,\u00a0\u202f]", "", found["digits"]).replace("\u2212", "-")
    value = float(plain)
    if found["exp"]:
        value *= 10.0 ** max(-300, min(300, int(found["power"].replace("\u2212", "-"))))
    frac = (found["frac"] or "").strip()
    if frac.startswith("/"):
        value = value / float(frac[1:]) if float(frac[1:]) else value
    elif frac:
        value += _SIGNS[frac]
    value *= SCALES.get((found["scale"] or found["short"] or "").lower(), 1)
    significant = plain.lstrip("-0.").replace(".", "")
    if "." not in plain:
        significant = significant.rstrip("0")
    form = "ordinal" if found["ord"] else "digits"
    return value if isfinite(value) else None, form, max(1, len(significant))


def _read(found: re.Match[str]) -> tuple[float | None, str, int]:
    if found["digits"]:
        return _read_digits(found)
    if found["sign"]:
        return _SIGNS[found["sign"]], "part", 9
    if found["words"]:
        return _read_words(found["words"].lower())
    if found["ordinal"]:
        return float(ORDINALS[found["ordinal"].lower()]), "ordinal", 9
    if found["fraction"]:
        return 1 / PARTS[re.split(r"[\s\-]", found["fraction"].lower())[-1]], "part", 9
    if found["part"]:
        return 1 / PARTS[found["part"].lower()], "part", 9
    if found["multiple"]:
        return float(MULTIPLES[found["multiple"].lower()]), "multiple", 9
    return 12.0, "words", 2


def _read_words(said: str) -> tuple[float | None, str, int]:
    total = current = 0.0
    parts = [word for word in re.split(r"[\s\-]+", said) if word != "and"]
    for word in parts:
        if word in ("a", "an"):
            current = 1
        elif word in WORDS:
            current += WORDS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in SCALES:
            total += (current or 1) * SCALES[word]
            current = 0
    value = total + current
    return (None if parts == ["one"] else value), "words", 9
