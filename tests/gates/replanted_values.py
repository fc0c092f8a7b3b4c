"""Planted errors of values: numbers, units and dates.

A form is its name, a pattern, and what stands instead of a match: text, or a function of the match and
of the draw, which answers None where the match is no place for the error.
"""

import random
import re
from collections.abc import Callable

Match = re.Match[str]
Form = tuple[str, str, str | Callable[[Match, random.Random], str | None]]

_MONTHS = "January February March April May June July August September October November December".split()
MONTH = "(?:" + "|".join(_MONTHS) + ")"
_WORDS = (
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty".split()
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_NAMED = r"(?<![A-Z]\w\w )(?<![A-Z]\w\w\w )(?<![A-Z]\w\w\w\w )(?<![A-Z]\w{5} )(?<![A-Z]\w{6} )(?<![A-Z]\w{7} )(?<!version )(?<!Version )(?<!section )(?<!No\. )"
_NUMBER = (
    rf"(?<=[a-z,($€£>] ){_NAMED}\d+(?:,\d\d\d)*(?:\.\d+)?(?![\d,.]*\d)(?!s\b|th\b|st\b|nd\b|rd\b|[-–/)]|\]|°)"
)
_YEAR = r"\b(?:1[1-9]\d\d|20[0-2]\d)\b(?!-?bit|,\d)"


def other(words: list[str]) -> Callable[[Match, random.Random], str | None]:
    """Another one of the words, with the capital of what it replaces."""

    def pick(found: Match, draw: random.Random) -> str | None:
        old = found[0].lower()
        new = draw.choice([w for w in words if w.lower() != old])
        return (
            new.capitalize() if found[0][0].isupper() and found[0].lower() in map(str.lower, words) else new
        )

    return pick


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"1[0-9]\d\d|20[0-2]\d", text))


def _digit(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    if _is_year(text) or len(text.replace(",", "")) < 2:
        return None
    place = draw.choice(
        [n for n, c in enumerate(text) if c.isdigit() and not (n and n == len(text) - 1 and "." in text)]
    )
    new = draw.choice([d for d in "123456789" if abs(int(d) - int(text[place])) > 1])
    return text[:place] + new + text[place + 1 :]


def _transposed(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    places = [
        n
        for n in range(len(text) - 1)
        if text[n : n + 2].isdigit() and text[n] != text[n + 1] and text[n + 1] != "0"
    ]
    if _is_year(text) or not places:
        return None
    n = places[0]
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :]


def _times(factor: int) -> Callable[[Match, random.Random], str | None]:
    def scale(found: Match, draw: random.Random) -> str | None:
        text = found[0]
        if _is_year(text) or "." in text or int(text.replace(",", "")) < 3:
            return None
        value = int(text.replace(",", ""))
        return f"{value * factor:,}" if factor > 1 and value * factor < 10**9 else None

    return scale


def _point(found: Match, draw: random.Random) -> str | None:
    whole, _, part = found[0].replace(",", "").partition(".")
    return f"{whole}{part[0]}.{part[1:]}" if len(part) > 1 else f"{whole}{part}" if whole != "0" else None


def swapped(pattern: str) -> Callable[[Match, random.Random], str | None]:
    """The two groups `a` and `b` change places."""

    def swap(found: Match, draw: random.Random) -> str | None:
        a, b = found["a"], found["b"]
        if a.lower() == b.lower():
            return None
        start = found.start()
        text = found[0]
        return (
            text[: found.start("a") - start]
            + b
            + text[found.end("a") - start : found.start("b") - start]
            + a
            + text[found.end("b") - start :]
        )

    return swap


def _two(
    one: str, between: str = r"[^.;|\n]{3,60}?"
) -> tuple[str, Callable[[Match, random.Random], str | None]]:
    pattern = rf"(?P<a>{one}){between}(?P<b>{one})"
    return pattern, swapped(pattern)


def _add(least: int, most: int) -> Callable[[Match, random.Random], str]:
    return lambda found, draw: str(int(found[0]) + draw.choice([-1, 1]) * draw.randint(least, most))


_PLURAL = r"(?= (?:[a-z-]+ )?[a-z]{3,}s\b)"
NUMBERS: list[Form] = [
    ("digit", _NUMBER, _digit),
    ("digits transposed", _NUMBER, _transposed),
    ("ten times", _NUMBER, _times(10)),
    ("a thousand times", _NUMBER, _times(1000)),
    ("decimal point moved", r"(?<=[a-z,($€£] )(?<!ection )(?<!version )\d+\.\d+(?![\d.]*\d)", _point),
    (
        "percentage",
        r"\b\d{1,2}(?:\.\d+)?(?=%| per ?cent)",
        lambda m, d: str(d.choice([n for n in range(3, 97, 7) if abs(n - float(m[0])) > 8])),
    ),
    (
        "percent to points",
        r"(?<=\d)(?:%| per ?cent)(?= (?:of|more|less|higher|lower|increase|decrease|in|for)\b)",
        " percentage points",
    ),
    ("counts in words", rf"\b(?:{'|'.join(_WORDS)})\b{_PLURAL}", other(_WORDS)),
    ("ordinals in words", rf"(?<=[Tt]he )(?:{'|'.join(_ORDINALS[1:])})\b(?= [a-z])", other(_ORDINALS)),
    ("first to another", r"(?<=[Tt]he )first\b(?= [a-z]+ (?:to|in|of|who|that)\b)", other(_ORDINALS[1:4])),
    (
        "millions and billions",
        r"(?<=\d )(?:million|billion|trillion)\b",
        other(["thousand", "million", "billion"]),
    ),
    (
        "dozens, hundreds, thousands",
        r"\b(?:hundreds|thousands|millions|dozens)(?= of\b)",
        other(["dozens", "hundreds", "thousands", "millions"]),
    ),
    (
        "fractions in words",
        r"\b(?:two-thirds|two thirds|a quarter|one quarter|one-third|one third|a third(?! part| person| time)|three quarters|three-quarters)\b",
        other(["a quarter", "two-thirds", "one-fifth", "three quarters"]),
    ),
    ("half", r"\b(?:half)(?= (?:of|the|a)\b)", other(["a quarter of", "a tenth of"])),
    (
        "bounds of ranges",
        r"(?<=[a-z] )\d+(?= (?:to|and) \d+ [a-z]+s\b)",
        lambda m, d: None if _is_year(m[0]) else str(int(m[0]) + d.choice([20, 30, 50])),
    ),
    ("more to fewer", r"\bmore than(?= (?:[\d$£€]|half|two|three|ten|a hundred|a third))", "fewer than"),
    (
        "over to under",
        r"(?:(?<=of )|(?<=by )|(?<=to )|(?<=for )|(?<=had )|(?<=has )|(?<=with )|(?<=at ))over(?= \d[\d,.]*(?:%| |,))",
        "under",
    ),
    ("at least to at most", r"\bat least(?= (?:\d|one|two|three|four))", "at most"),
    ("up to to at least", r"\bup to(?= \d)", "at least"),
    (
        "twice",
        r"\b(?:twice|three times)(?= (?:as|the|in|a|before)\b)",
        other(["twice", "five times", "ten times"]),
    ),
    (
        "double and triple",
        r"\b(?:doubled?|tripled?)\b(?! precision| quot)",
        lambda m, d: {"double": "triple", "doubled": "tripled", "triple": "double", "tripled": "halved"}[
            m[0]
        ],
    ),
    ("two numbers swapped", *_two(_NUMBER)),
    ("counts in words swapped", *_two(rf"\b(?:{'|'.join(_WORDS)})\b(?= [a-z]+s\b)")),
    ("both to all three", r"\bboth(?= (?:of|the|[a-z]+s)\b)", "all three"),
    ("once to twice", r"\bonce(?= (?:a|per|every)\b)", "three times"),
    (
        "numbers of versions",
        r"(?<=version )\d+\.\d+",
        lambda m, d: f"{m[0].split('.')[0]}.{int(m[0].split('.')[1]) + d.randint(2, 5)}",
    ),
]

_AMOUNT = r"(?<=\d )"
_COUNTED = (
    "(?:"
    + "|".join(rf"(?<={w} )" for w in (r"\d", *_WORDS, "several", "few", "many", "some", "within"))
    + ")"
)
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
    ("bits and bytes", _COUNTED + r"bytes\b|(?<=in )bytes\b|(?<=of )bytes\b(?! object)", "bits"),
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
        r"\b(?:per|a|each|every) (?:year|month|week|day|hour|minute|second)\b(?= ?[.,;)]|$)|\bper (?:year|month|week|day|hour|second)\b",
        lambda m, d: (
            f"{m[0].split()[0]} {d.choice([u for u in ('month', 'week', 'day', 'year') if u != m[0].split()[1]])}"
        ),
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


def _year(found: Match, draw: random.Random) -> str:
    return str(int(found[0]) + draw.choice([-1, 1]) * draw.choice([2, 3, 4, 7, 10, 12, 20]))


def _year_transposed(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    return (
        text[:2] + text[3] + text[2]
        if text[2] != text[3] and not (text[:2] == "20" and text[3] > "2")
        else None
    )


def _decade(found: Match, draw: random.Random) -> str:
    return str(int(found[0]) + draw.choice([-20, -10, 10, 20]))


def _century(found: Match, draw: random.Random) -> str:
    number = max(2, int(found[1]) + draw.choice([-2, -1, 1]))
    number = number + 1 if number == int(found[1]) else number
    return f"{number}{ ({1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') if number not in (11, 12, 13) else 'th') }"


def _day(found: Match, draw: random.Random) -> str:
    return str(draw.choice([n for n in range(1, 29) if n != int(found[0])]))


_TEENS = "seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split()
DATES: list[Form] = [
    ("year", rf"(?<=[Ii]n ){_YEAR}", _year),
    ("year elsewhere", rf"(?<=of ){_YEAR}|(?<=\(){_YEAR}|(?<=, ){_YEAR}", _year),
    ("year's digits transposed", _YEAR, _year_transposed),
    ("years swapped", *_two(_YEAR, r"[^|\n]{3,160}?")),
    ("month", rf"\b{MONTH}\b(?= \d|,? \d{{4}})", other(_MONTHS)),
    ("month without day", rf"(?<=[Ii]n ){MONTH}\b", other(_MONTHS)),
    ("months swapped", *_two(rf"\b{MONTH}\b", r"[^|\n]{3,120}?")),
    ("day before month", rf"\b\d{{1,2}}(?= {MONTH}\b)", _day),
    ("day after month", rf"\b(?<=[a-z] )\d{{1,2}}(?=, (?:1\d|20)\d\d)", _day),
    ("century", r"\b(\d{1,2})(?:st|nd|rd|th)(?=[- ]centur)", _century),
    ("century in words", rf"\b(?:{'|'.join(_TEENS)})(?=[- ]centur)", other(_TEENS)),
    ("decade", r"\b(?:1[1-9]|20)\d0(?=s\b)", _decade),
    ("era", r"\b(?:BC|AD|BCE|CE)\b", lambda m, d: {"BC": "AD", "AD": "BC", "BCE": "CE", "CE": "BCE"}[m[0]]),
    ("end of a span", r"(?<=\d\d\d\d[–-])(?:1\d|20)\d\d\b", _year),
    ("until a year", rf"(?<=until ){_YEAR}|(?<=to ){_YEAR}|(?<=by ){_YEAR}", _year),
    ("since a year", rf"(?<=[Ss]ince ){_YEAR}", _year),
    ("weekday", rf"\b(?:{'|'.join(_DAYS)})(?!s? (?:Times|Night|Post))\b", other(_DAYS)),
    (
        "early and late",
        r"\b(?:early|late|mid)(?=[- ](?:1[1-9]|20)\d0s| (?:1[1-9]|20)\d\d\b|[- ]\d\d?th)",
        other(["early", "late", "mid"]),
    ),
    (
        "season",
        r"\b(?:spring|summer|autumn|winter)(?= of\b| \d{4})",
        other(["spring", "summer", "autumn", "winter"]),
    ),
    (
        "relative year",
        r"\b(?:[Ii]n |[Oo]n )?(?:[Tt]he|[Tt]hat) (?:following|next|same|previous) (?:year|month|day|week)\b",
        lambda m, d: (
            f"{d.choice(['three', 'four', 'ten'])} {m[0].split()[-1]}s later".capitalize()
            if m[0][0].isupper()
            else f"{d.choice(['three', 'four', 'ten'])} {m[0].split()[-1]}s later"
        ),
    ),
    (
        "time passed",
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten)(?= (?:years|months|days|weeks|decades) (?:later|before|after|ago|earlier))",
        other(["two", "four", "six", "eleven", "fifteen"]),
    ),
    (
        "duration",
        r"(?<=for )(?:two|three|four|five|six|seven|eight|nine|ten|several|many|\d\d?)(?= (?:years|months|decades|centuries|weeks|days))",
        other(["two", "five", "nine", "twelve", "thirty"]),
    ),
    (
        "time of day",
        r"\b\d{1,2}:\d\d(?!:)(?= (?:UTC|a\.?m|p\.?m|AM|PM)|[ ,.])",
        lambda m, d: f"{(int(m[0].split(':')[0]) + d.randint(2, 7)) % 12 + 1}:{m[0].split(':')[1]}",
    ),
    (
        "year of a release",
        rf"(?<=[a-z] ){_YEAR}(?= (?:film|book|novel|election|census|study|album|report|season|edition|survey|war|treaty|law))",
        _year,
    ),
]
