"""Planted errors of dates: years, months, days, centuries, eras, spans, durations."""

import random

from replanted_forms import MONTH, MONTHS, Form, Match, listed, other, two

_DAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_YEAR = r"\b(?:1[1-9]\d\d|20[0-2]\d)\b(?!-?bit|,\d)"


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
    ending = "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _day(found: Match, draw: random.Random) -> str:
    return str(draw.choice([n for n in range(1, 29) if n != int(found[0])]))


_TEENS = listed(
    "seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
DATES: list[Form] = [
    ("year", rf"(?<=[Ii]n ){_YEAR}", _year),
    ("year elsewhere", rf"(?<=of ){_YEAR}|(?<=\(){_YEAR}|(?<=, ){_YEAR}", _year),
    ("year's digits transposed", _YEAR, _year_transposed),
    ("years swapped", *two(_YEAR, r"[^|\n]{3,160}?")),
    ("month", rf"\b{MONTH}\b(?= \d|,? \d{{4}})", other(MONTHS)),
    ("month without day", rf"(?<=[Ii]n ){MONTH}\b", other(MONTHS)),
    ("months swapped", *two(rf"\b{MONTH}\b", r"[^|\n]{3,120}?")),
    ("day before month", rf"\b\d{{1,2}}(?= {MONTH}\b)", _day),
    ("day after month", r"\b(?<=[a-z] )\d{1,2}(?=, (?:1\d|20)\d\d)", _day),
    ("century", r"\b(\d{1,2})(?:st|nd|rd|th)(?=[- ]centur)", _century),
    ("century in words", rf"\b(?:{'|'.join(_TEENS)})(?=[- ]centur)", other(_TEENS)),
    ("decade", r"\b(?:1[1-9]|20)\d0(?=s\b)", _decade),
    ("era", r"\b(?:BC|AD|BCE|CE)\b", lambda m, d: {"BC": "AD", "AD": "BC", "BCE": "CE", "CE": "BCE"}[m[0]]),
    ("end of a span", r"(?<=\d\d\d\d[\u2013-])(?:1\d|20)\d\d\b", _year),
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
        (
            r"\b(?:[Ii]n |[Oo]n )?(?:[Tt]he|[Tt]hat) (?:following|next|same|previous) (?:year|"
            r"month|day|week)\b"
        ),
        lambda m, d: (
            f"{d.choice(['three', 'four', 'ten'])} {m[0].split()[-1]}s later".capitalize()
            if m[0][0].isupper()
            else f"{d.choice(['three', 'four', 'ten'])} {m[0].split()[-1]}s later"
        ),
    ),
    (
        "time passed",
        (
            r"\b(?:two|three|four|five|six|seven|eight|nine|ten)(?= (?:years|months|days|"
            r"weeks|decades) (?:later|before|after|ago|earlier))"
        ),
        other(["two", "four", "six", "eleven", "fifteen"]),
    ),
    (
        "duration",
        (
            r"(?<=for )(?:two|three|four|five|six|seven|eight|nine|ten|several|many|\d\d?)"
            r"(?= (?:years|months|decades|centuries|weeks|days))"
        ),
        other(["two", "five", "nine", "twelve", "thirty"]),
    ),
    (
        "time of day",
        r"\b\d{1,2}:\d\d(?!:)(?= (?:UTC|a\.?m|p\.?m|AM|PM)|[ ,.])",
        lambda m, d: f"{(int(m[0].split(':')[0]) + d.randint(2, 7)) % 12 + 1}:{m[0].split(':')[1]}",
    ),
    (
        "year of a release",
        (
            rf"(?<=[a-z] ){_YEAR}(?= (?:film|book|novel|election|census|study|album|report|"
            rf"season|edition|survey|war|treaty|law))"
        ),
        _year,
    ),
]
