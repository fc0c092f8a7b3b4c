"""Units of measure: their names, what they measure, and how large they are (SI, and NIST SP 811 for the
others)."""

import re
from pathlib import Path

from winnow.classifiers.faithfulness.lists import read_words
from winnow.files import read_text


def _read() -> dict[str, tuple[str, str, float]]:
    found: dict[str, tuple[str, str, float]] = {}
    table = read_text(Path(__file__).parent / "units.txt")
    for entry in re.split(r"[\n;]", table):
        if not entry.strip() or entry.startswith("#"):
            continue
        head, _, rest = entry.partition(":")
        if rest:
            kind = " ".join(head.split())
        names, _, factor = (rest or entry).rpartition("=")
        for name in names.split():
            found[name] = (kind, names.split()[0], float(factor))
    return found


UNITS = _read()  # name: (what is measured, in what), the unit's first name, its size
LONG = {name for name in UNITS if len(name) > 3 and name.isalpha()} - read_words("words_also.txt") | {"yen"}
_ABBREVIATED = {
    "a",
    "h",
    "j",
    "n",
    "v",
    "w",
    "k",
    "l",
    "g",
    "m",
    "s",
    "au",
    "mi",
    "min",
    "ma",
    "pa",
    "cal",
    "gal",
    "pb",
}
_CASED = {
    "MW": "mw",
    "mW": "milliwatt",
    "MB": "mb",
    "Mb": "mbit",
    "GB": "gb",
    "Gb": "gbit",
    "MPa": "mpa",
    "mPa": "millipascal",
}
UNITS["milliwatt"] = ("power W", "milliwatt", 0.001)
UNITS["millipascal"] = ("pressure Pa", "millipascal", 0.001)
for _name, _first in (
    ("per cent", "%"),
    ("per mille", "‰"),
    ("per mil", "‰"),
    ("percentage points", "percentage-point"),
):
    UNITS[_name] = UNITS[_first]
UNITS["percentage point"] = UNITS["percentage-point"]
UNITS["ppm"] = UNITS["parts per million"] = ("share 1", "ppm", 1e-6)
UNITS["ppb"] = UNITS["parts per billion"] = ("share 1", "ppb", 1e-9)
UNITS["basis points"] = ("share 1", "basis points", 1e-4)
_NAMES = "|".join(sorted((re.escape(name) for name in UNITS if name not in "$€£¥₹"), key=len, reverse=True))
_TIMES = r"second|sec|s|minute|min|hour|hr|h|day|week|month|year|night|decade|century"
AFTER = re.compile(
    rf"[\s\-]?(?P<power>square|cubic|sq\.?|cu\.?)?[\s\-]?(?P<unit>{_NAMES})(?P<sign>[²³23])?(?![\w°])"
    rf"(?:\s*(?:of\s\w+\s)?(?:per|an?|/|each|every)\s*(?P<rate>{_TIMES}|person|head|capita|litre"
    rf"|liter|kilometre|kilometer|km|kg"
    rf"|mile|hectare|acre|[mdµ]?l|g|cm|m)s?\b)?",
    re.I,
)
_POWERS = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "cu.": 3, "²": 2, "³": 3, "2": 2, "3": 3}


def read_after(text: str, at: int) -> tuple[str, str, float, int] | None:
    """The unit that follows a number: what it measures, its name, its size, and where it ends."""
    found = AFTER.match(text, at)
    if not found:
        return None
    said = found["unit"]
    name = _CASED.get(said, said.lower())
    if name in _ABBREVIATED and said not in (name, name.upper()):
        return None
    if name == "a" and said != "A":
        return None
    kind, first, size = UNITS[name]
    power = _POWERS.get((found["power"] or found["sign"] or "").lower(), 1)
    if power > 1:
        if kind != "length m":
            return None
        kind, first, size = {2: "area m2", 3: "volume m3"}[power], f"{first}{power}", size**power
    if found["rate"]:
        per = found["rate"].lower()
        unit = UNITS.get(per)
        kind = f"{kind}/{unit[0] if unit else per}"
        first, size = f"{first}/{unit[1] if unit else per}", size / (unit[2] if unit else 1)
        if kind == "length m/time s":
            kind = "speed m/s"
    return kind, first, size, found.end()
