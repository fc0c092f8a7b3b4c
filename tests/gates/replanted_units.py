"""Planted errors of units: prefix, system, dimension, currency, rate."""

import random

from replanted_forms import COUNTS, Form, Match, other

_AMOUNT = r"(?<=\d )"
_COUNTED = (
    "(?:"
    + "|".join(rf"(?<={w} )" for w in (r"\d", *COUNTS, "several", "few", "many", "some", "within"))
    + ")"
)


def _rate(found: Match, draw: random.Random) -> str:
    every, unit = found[0].split()
    return f"{every} {draw.choice([u for u in ('month', 'week', 'day', 'year') if u != unit])}"


UNITS: list[Form] = [
    ("km to miles", _AMOUNT + r"(?:km|kilomet(?:re|er)s)\b", other(["miles", "metres"])),
    ("miles to km", _AMOUNT + r"(?:miles|mi)\b", other(["kilometres", "yards"])),
    ("metres", _AMOUNT + r"(?:metres|meters|m)\b", other(["kilometres", "feet", "centimetres"])),
    ("feet", _AMOUNT + r"(?:feet|ft)\b", other(["metres", "inches", "miles"])),
    (
        "inches and cm",
        _AMOUNT + r"(?:inches|cm|mm|centimet(?:re|er)s|millimet(?:re|er)s)\b",
        other(["feet", "metres"]),
    ),
    (
        "area",
        _AMOUNT + r"(?:km2|km²|square kilomet(?:re|er)s|square miles|acres|hectares|sq mi)(?!\w)",
        other(["square metres", "square yards"]),
    ),
    (
        "weight",
        _AMOUNT + r"(?:kg|lbs?|pounds|tons|tonnes|kilograms|grams|g|ounces)\b(?! sterling)",
        other(["milligrams", "stone", "megatonnes"]),
    ),
    ("temperature", r"°[CF]\b", lambda m, d: "°F" if m[0] == "°C" else "°C"),
    ("hours", _COUNTED + r"hours\b", other(["minutes", "days", "weeks"])),
    ("minutes", _COUNTED + r"minutes\b", other(["seconds", "hours", "days"])),
    ("seconds", _COUNTED + r"seconds\b", other(["milliseconds", "minutes", "hours"])),
    ("days", _COUNTED + r"days\b", other(["hours", "weeks", "months"])),
    ("weeks", _COUNTED + r"weeks\b", other(["days", "months", "years"])),
    ("months", _COUNTED + r"months\b", other(["weeks", "years", "days"])),
    ("years", _COUNTED + r"years\b(?! old)", other(["months", "weeks", "decades"])),
    ("age", r"(?<=\d )years(?= old)", "months"),
    ("dollars", r"(?:US)?\$(?=\d)", other(["€", "£", "¥"])),
    ("pounds and euros", r"[£€](?=\d)", "$"),
    (
        "currency in words",
        r"\b(?:dollars|euros|francs|pounds sterling|cents|pesos)\b",
        other(["rubles", "euros", "yen"]),
    ),
    ("bits and bytes", _COUNTED + r"bytes\b|(?<=in )bytes\b|(?<=number of )bytes\b(?! object)", "bits"),
    ("bits", r"\b(?<=\d )bits\b|(?<=\d-)bit\b", lambda m, d: m[0].replace("bit", "byte")),
    (
        "prefix of memory",
        r"(?<=\d )(?:k|K|M|G|T)i?B\b",
        lambda m, d: d.choice([p for p in "KMGT" if p != m[0][0].upper()]) + m[0][1:],
    ),
    (
        "prefix in words",
        r"\b(?:kilo|mega|giga)bytes?\b",
        lambda m, d: {"k": "giga", "m": "kilo", "g": "mega"}[m[0][0]] + m[0][4:],
    ),
    (
        "rate of time",
        (
            r"\b(?:per|a|each|every) (?:year|month|week|day|hour|minute|second)\b(?= ?[.,"
            r";)]|$)|\bper (?:year|month|week|day|hour|second)\b"
        ),
        _rate,
    ),
    (
        "frequency",
        r"\b(?:annually|yearly|monthly|weekly|daily|hourly)\b",
        other(["annually", "weekly", "daily", "hourly"]),
    ),
    ("percent to per mille", r"(?<=\d)%|(?<=\d) per ?cent\b", " per thousand"),
    ("speed", r"\b(?:mph|km/h|MPH|knots)\b", lambda m, d: "km/h" if m[0] != "km/h" else "mph"),
    (
        "power and energy",
        _AMOUNT + r"(?:kW|MW|GW|kJ|J|watts|kcal|calories|V|volts|amperes|Hz|kHz|MHz|GHz)\b",
        lambda m, d: {
            "kW": "MW",
            "MW": "kW",
            "GW": "MW",
            "kJ": "kcal",
            "J": "kJ",
            "watts": "kilowatts",
            "kcal": "kJ",
            "calories": "joules",
            "V": "kV",
            "volts": "millivolts",
            "amperes": "milliamperes",
            "Hz": "kHz",
            "kHz": "Hz",
            "MHz": "kHz",
            "GHz": "MHz",
        }[m[0]],
    ),
    (
        "small masses",
        _AMOUNT + r"(?:mg|µg|μg|ng|mM|µM|μM|nM|mL|µL|μL)\b",
        lambda m, d: {"m": "µ", "µ": "n", "μ": "m", "n": "m"}[m[0][0]] + m[0][1:],
    ),
    (
        "volume",
        _AMOUNT + r"(?:lit(?:re|er)s|gallons|cups|quarts|barrels)\b",
        other(["millilitres", "barrels"]),
    ),
]
