"""Final answers of texts, and whether two of them are the same by value."""

import re
from fractions import Fraction
from typing import Literal, NamedTuple

Verdict = Literal["right", "wrong", "none"]

_REACH = 4_000  # characters at the end of an answer in which its final answer is looked for
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_HASHES = re.compile(r"^####[ \t]*(\S[^\n]*)$", re.MULTILINE)
_TAGGED = re.compile(r"<answer>\s*(.+?)\s*</answer>", re.DOTALL | re.IGNORECASE)
_NAMED = re.compile(
    r"(?:\b(?:answer|result|solution)\b[^.:\n=]{0,60}?\bis\b"
    r"|(?:^|(?<=[.!?]))[ \t*_#]*(?:the )?(?:final |correct |right )?(?:answer|result)\b[*_]*[ \t]*[:=]"
    r"|\bthe (?:correct |right )?(?:option|choice) is\b)[ \t]*:?[ \t]*([^\n]{1,200})",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"(?<![\w.,])[-\u2212+]?\$?(?:\d[\d,]*\.?\d*|\.\d+)(?:/\d+)?%?(?![\w])")
_MAX_DIGITS = 60  # a value of more is no answer that anybody checks
_POWER = 40

_WRAPS = re.compile(r"\\(?:text|mathrm|mathbf|mbox|textbf|operatorname)\s*\{([^{}]*)\}")
_SIGNS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00f7": "/", "\uff05": "%", "\u2044": "/"}
)
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_VALUE = re.compile(
    r"(?P<sign>[-+])?\s*(?P<money>[$\u20ac\u00a3\u00a5])?\s*(?P<minus>-)?"
    r"(?:(?P<whole>\d[\d,]*)(?P<part>\.\d*)?|(?P<only>\.\d+))"
    r"(?:\s*(?:\*|\\times|\\cdot|x)\s*10\s*\^\s*\{?(?P<power>[-+]?\d+)\}?"
    r"|[eE](?P<exp>[-+]?\d+)(?![a-zA-Z]))?"
    r"(?:\s*/\s*(?P<below>\d[\d,]*)|[ \t]+(?P<top>\d+)\s*/\s*(?P<bottom>\d+))?"
    r"\s*(?P<percent>%)?"
)
_UNIT = re.compile(r"[a-zA-Z\u00b0\u00b2\u00b3^/ .\d-]{0,60}")
_NO_UNIT = ("", "a", "an", "the", "is", "in total", "total", "altogether")
_LETTER = re.compile(r"(?:(?:[Oo]ption|[Cc]hoice) \(?)?([A-J])(?:[*_).:\]]{1,6}(?:(?: |(?<=[):\]]))(.*))?)?")
_CAPITAL = re.compile(r"(?<![\w'])[A-Z](?![\w'])")  # another choice, or an initial
_EPITHET = re.compile(r"^[A-J]\. [a-z]+$")  # E. coli


class Value(NamedTuple):
    """A number with what stands behind it; `places` decimals were written, None of a fraction."""

    number: Fraction
    unit: str
    percent: bool
    places: int | None


def find_final(answer: str) -> tuple[str | None, bool]:
    """The final answer that a text gives, and whether it names it as such; (None, False) without one."""
    tail = answer[-_REACH:]
    if boxed := _find_boxed(tail):
        return boxed, True
    for pattern in (_HASHES, _TAGGED, _NAMED):
        if found := pattern.findall(tail):
            return _cut(found[-1]), True
    lines = [line for line in tail.splitlines() if line.strip()]
    numbers = _NUMBER.findall(lines[-1]) if lines else []
    return (numbers[-1], False) if numbers else (None, False)


def compare(answer: str, reference: str) -> Verdict:
    """Whether two answers are the same: by value, as a letter of a choice, or as they are written.

    `wrong` only where both are numbers, of no different units, or both are letters.
    """
    one, other = read_value(answer), read_value(reference)
    if one and other:
        if one.unit and other.unit and _stem(one.unit) != _stem(other.unit):
            return "none"
        return "right" if _is_equal(one, other) else "wrong"
    letter, expected = _read_letter(answer), _read_letter(reference)
    if letter and expected:
        return _compare_letters(letter, expected)
    return "right" if _normalize(answer) == _normalize(reference) != "" else "none"


def read_value(text: str) -> Value | None:
    """The number that a short text is, with its unit; None where it is more than one, or none."""
    text = _clean(text)
    found = _VALUE.match(text)
    if found is None or len(found[0]) > _MAX_DIGITS:
        return None
    unit = text[found.end() :].strip(" .")
    if not _UNIT.fullmatch(unit) or re.search(r"(?<![a-zA-Z^])\d", unit) or unit.startswith(("/", "^", "-")):
        return None
    return _make_value(found, unit)


def _make_value(found: re.Match[str], unit: str) -> Value | None:
    digits = found["only"] or found["whole"] + (found["part"] or "")
    if "," in digits and not re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?", digits):
        return None  # a list, or a comma where others have a point
    number = Fraction(digits.replace(",", "").rstrip(".") or "0")
    places: int | None = len(digits.partition(".")[2])
    power = int(found["power"] or found["exp"] or 0)
    if abs(power) > _POWER:
        return None
    number *= Fraction(10) ** power
    for top, bottom in ((number, found["below"]), (found["top"], found["bottom"])):
        if bottom is None:
            continue
        below = int(bottom.replace(",", ""))
        if not below:
            return None
        part = Fraction(int(top) if isinstance(top, str) else top) / below
        number, places = (number + part if isinstance(top, str) else part), None
    negative = (found["sign"] == "-") != (found["minus"] is not None)
    unit = unit.lower().replace("\u00b0", " degrees").strip()
    percent = found["percent"] is not None or unit in ("percent", "per cent", "pct")
    if percent or unit in _NO_UNIT:
        unit = ""
    return Value(-number if negative else number, unit, percent, None if power else places)


def _is_equal(one: Value, other: Value) -> bool:
    a, b = one.number, other.number
    if a == b:
        return True
    if one.percent != other.percent:  # 75% is 75 to some and 3/4 to others
        return a == b / 100 if other.percent else a / 100 == b
    places = [value.places for value in (one, other)]
    known = [count for count in places if count is not None]
    # 3.33 is 10/3, and 3.333; but 3 and 3.3 are two answers
    least = min(known, default=0)
    return least >= 2 and abs(a - b) <= Fraction(1, 2 * 10**least) and len(set(places)) > 1


def _clean(text: str) -> str:
    text = text.strip().translate(_SIGNS)
    text = re.sub(r"\\(?:left|right|displaystyle|,|;|!|quad| )|~", " ", text)
    text = _WRAPS.sub(r" \1", text).replace("\\$", "$").replace("\\%", "%").replace("{,}", ",")
    text = re.sub(r"\\circ|\^\s*\{?\s*\\circ\s*\}?", "", text)
    if text.count("$") == 2 and text.startswith("$"):  # maths
        text = text.replace("$", "")
    text = _FRACTION.sub(lambda m: f" {m[1] or m[2]}/{m[3] or m[4]} ", text)
    text = text.strip(" *_`\"'()[]{}")
    text = re.sub(r"^[a-zA-Z]\w?\s*=\s*", "", text)  # x = 5
    return re.sub(r"\s+", " ", text).strip(" *_`.,;:")


def _normalize(text: str) -> str:
    return re.sub(r"\s+", "", _clean(text)).lower()


def _read_letter(text: str) -> tuple[str, str] | None:
    """The letter of a choice and the words behind it; None where a sentence, a name or two choices stand."""
    found = None if "\n" in text.strip() else _LETTER.fullmatch(_clean(text))
    if found is None:
        return None
    words = found[2] or ""
    return None if _CAPITAL.search(words) or _EPITHET.search(found[0]) else (found[1], _normalize(words))


def _compare_letters(one: tuple[str, str], other: tuple[str, str]) -> Verdict:
    is_same = one[0] == other[0]
    if one[1] and other[1] and is_same != (one[1] == other[1]):
        return "none"  # names that begin alike, or choices in another order
    return "right" if is_same else "wrong"


def _stem(unit: str) -> str:
    first = unit.split()[0] if unit.split() else ""
    return first.rstrip(".").removesuffix("es").removesuffix("s")


def _cut(found: str) -> str:
    """The answer alone of what stands behind "the answer is": up to the end of its sentence."""
    return re.split(r"(?<=[^\s.])[.!?](?:\s|$)|[*_]{2}\s*$", found.strip().lstrip("*_: "), maxsplit=1)[
        0
    ].strip()


def _find_boxed(text: str) -> str | None:
    """What stands in the last box, its braces balanced."""
    boxes = list(_BOXED.finditer(text))
    if not boxes:
        return None
    start, depth = boxes[-1].end(), 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[start:at]
    return None
