"""The second forms of planted errors in numbers, units, names and dates."""

# ruff: noqa: E501, RUF001 - patterns that would be worse in pieces, and typographic quotes in them
import re
from itertools import pairwise
from random import Random

from faker.providers.address.en_US import Provider as Address
from rewrites_faithful import MONTHS
from rewrites_parents import GIVEN
from rewrites_places import (
    IDENTIFIER,
    NUMBER,
    PERSON,
    YEAR,
    Error,
    Pool,
    is_year,
    others_with,
    persons,
    sub,
    table_sub,
)

# number


def number_magnitude(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Ten times as much, or a tenth."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[1]
        value = int(raw.replace(",", ""))
        month = re.search(rf"(?:{'|'.join(MONTHS)}) $", found.string[: found.start()]) or re.match(
            rf" (?:{'|'.join(MONTHS)}|BC|AD|BCE)\b", found.string[found.end() :]
        )
        if is_year(raw) or month or value < 2:
            return None
        new = value // 10 if value % 10 == 0 and draw.random() < 0.5 else value * 10
        return found[0].replace(raw, f"{new:,}" if "," in raw else str(new))

    return sub(sentences, draw, NUMBER, replace)


number_scale = table_sub(
    "number_scale",
    {
        "million": "billion", "billion": "million", "thousand": "million", "hundred": "thousand", "millions": "billions",
        "thousands": "millions", "hundreds": "thousands", "half": "a quarter", "twice": "three times", "double": "triple",
        "doubled": "tripled", "both": "all three", "single": "double", "once": "twice", "two-thirds": "three-quarters", "a dozen": "a score",
        "thirds": "fifths", "third of": "fifth of", "quarter of": "third of", "quarters of": "fifths of",
    },
    r"(?! or )(?! again)(?! the\b)(?! a\b)(?! it\b)(?! you\b)(?! he\b)(?! they\b)(?! and\b)",
)  # fmt: skip


def number_point(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A decimal with its point elsewhere."""

    def replace(found: re.Match[str]) -> str | None:
        new = f"{found[1]}{found[2][0]}.{found[2][1:]}" if len(found[2]) > 1 else f"{found[1]}{found[2]}"
        return None if found[1] == "0" or not found[2].strip("0") else new

    return sub(sentences, draw, r"(?<![\w.,/])(\d+)\.(\d{1,4})(?![\w.])(?!\.\d)", replace)


def number_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two numbers of different sentences, that count different things, in each other's place."""
    places = [
        (at, m)
        for at, s in enumerate(sentences)
        for m in re.finditer(NUMBER + r" (?=([a-z]{3,}))", s)
        if not is_year(m[1])
    ]
    pairs = [
        (a, b)
        for a in places
        for b in places
        if a[0] < b[0] and a[1][1] != b[1][1] and a[1][2][:4] != b[1][2][:4]
    ]
    if not pairs:
        return None
    (i, a), (j, b) = draw.choice(pairs)
    out = list(sentences)
    out[i] = a.string[: a.start(1)] + b[1] + a.string[a.end(1) :]
    out[j] = b.string[: b.start(1)] + a[1] + b.string[b.end(1) :]
    return out


# unit


def unit_prefix(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A prefix of the unit put, cut or changed."""
    table = {
        "kilometers": "meters", "kilometres": "metres", "meters": "kilometers", "metres": "kilometres", "km": "m", "m": "km", "cm": "mm", "mm": "cm", "kg": "g",
        "grams": "kilograms", "kilograms": "grams", "seconds": "milliseconds", "milliseconds": "microseconds", "microseconds": "milliseconds", "centimeters": "millimeters", "inches": "feet", "feet": "inches", "yards": "miles", "miles": "yards",
        "bytes": "kilobytes", "kilobytes": "bytes", "megabytes": "kilobytes", "gigabytes": "megabytes", "bits": "megabits", "MB": "kB", "GB": "TB", "kB": "GB", "KB": "GB", "MHz": "GHz", "GHz": "MHz", "pounds": "ounces", "ounces": "pounds",
        "°C": "°F", "°F": "°C", "liters": "milliliters", "gallons": "quarts", "cents": "dimes", "minutes": "seconds", "hours": "seconds", "days": "minutes", "years": "decades", "weeks": "years", "dollars": "cents", "months": "weeks",
    }  # fmt: skip
    names = "|".join(sorted(table, key=len, reverse=True))
    return sub(
        sentences,
        draw,
        rf"(?<=\d )(?:{names})(?![\w°/])|(?<=\d)(?:°C|°F|km|kg|MB|GB|kB|MHz|GHz)\b|(?<=\btwo |\bten |\bsix )(?:{names})\b|(?<=three |seven |eight )(?:{names})\b".replace(
            r"(?<=three |seven |eight )", r"(?:(?<=three )|(?<=seven )|(?<=eight ))"
        ),
        lambda m: table[m[0]],
    )


unit_rate = table_sub(
    "unit_rate",
    {
        "per hour": "per minute", "an hour": "a day", "per day": "per week", "a day": "an hour", "per week": "per day", "a week": "a day",
        "per month": "per week", "a month": "a week", "per year": "per month", "a year": "a month", "per second": "per minute", "per minute": "per hour",
        "per capita": "per household", "annual": "monthly", "monthly": "weekly", "weekly": "daily", "daily": "weekly", "hourly": "daily", "yearly": "monthly", "each day": "each week", "each week": "each month", "every day": "every week", "every week": "every day", "every year": "every month", "each month": "each year", "annually": "monthly",
    },
)  # fmt: skip


def unit_power(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A length for an area, a share for a count, percents for dollars."""

    def replace(found: re.Match[str]) -> str:
        return {
            "square ": "cubic ",
            "cubic ": "square ",
            " percent": " per thousand",
            "%": " per mille",
            " dollars": " thousand dollars",
        }.get(found[0], "")

    return sub(
        sentences,
        draw,
        r"(?<=\d )(?:square|cubic) (?=[a-z])|(?<=\d)%(?=[ .,;)])(?! operator)|(?<=\d) dollars\b",
        lambda m: replace(m) or None,
    )


def unit_converted(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A measure in another unit, by a wrong factor."""
    wrong = {"hours": (100, "minutes"), "minutes": (100, "seconds"), "days": (12, "hours"), "weeks": (5, "days"), "feet": (10, "inches"), "km": (100, "m"), "kilometers": (100, "meters"), "kg": (100, "g"), "years": (10, "months"), "pounds": (10, "ounces"), "meters": (10, "centimeters"), "miles": (1000, "feet"), "yards": (2, "feet"), "inches": (5, "centimeters"), "gallons": (8, "quarts"), "months": (2, "weeks")}  # fmt: skip

    def replace(found: re.Match[str]) -> str | None:
        factor, unit = wrong[found[2]]
        return f"{int(found[1]) * factor} {unit}" if int(found[1]) > 1 else None

    return sub(
        sentences, draw, rf"(?<=[a-z] )(\d{{1,3}}) ({'|'.join(wrong)})\b(?! (?:old|and|BC)\b)", replace
    )


# name


def name_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two names of the text in each other's place, in one sentence."""
    places = []
    for at, sentence in enumerate(sentences):
        found = [
            m
            for m in re.finditer(r"(?<![\w-])[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*(?![\w-]| [A-Z])", sentence)
            if m.start() or m[0] in GIVEN
        ]
        found = [
            m for m in found if m[0] not in MONTHS and m[0].split()[0] not in {"The", "This", "A", "In", "It"}
        ]
        for a, b in pairwise(found):
            between = sentence[a.end() : b.start()]
            if (
                a[0] != b[0]
                and len(between.split()) >= 2
                and re.search(r" (?:was|is|to|from|by|of|in|with|gave|for|against|than|[a-z]+ed)\b", between)
                and not re.search(r"\b(?:and|or)\b|[,+;(]", between)
            ):
                places.append((at, a, b))
    if not places:
        return None
    at, a, b = draw.choice(places)
    line = sentences[at]
    new = line[: a.start()] + b[0] + line[a.end() : b.start()] + a[0] + line[b.end() :]
    return [*sentences[:at], new, *sentences[at + 1 :]]


COUNTRIES = [
    "Germany",
    "France",
    "Italy",
    "Spain",
    "Portugal",
    "Austria",
    "Poland",
    "Hungary",
    "Sweden",
    "Norway",
    "Denmark",
    "Finland",
    "Greece",
    "Turkey",
    "Egypt",
    "China",
    "Japan",
    "India",
    "Russia",
    "Brazil",
    "Mexico",
    "Canada",
    "Australia",
    "Ireland",
    "Scotland",
    "England",
    "Wales",
    "Belgium",
    "Switzerland",
    "Netherlands",
    "Iran",
    "Iraq",
    "Syria",
    "Israel",
    "Kenya",
    "Nigeria",
    "Argentina",
    "Chile",
    "Peru",
    "Cuba",
]
DEMONYMS = [
    "German",
    "French",
    "Italian",
    "Spanish",
    "Portuguese",
    "Austrian",
    "Polish",
    "Hungarian",
    "Swedish",
    "Norwegian",
    "Danish",
    "Finnish",
    "Greek",
    "Turkish",
    "Egyptian",
    "Chinese",
    "Japanese",
    "Indian",
    "Russian",
    "Brazilian",
    "Mexican",
    "Canadian",
    "Australian",
    "Irish",
    "Scottish",
    "English",
    "Welsh",
    "Belgian",
    "Swiss",
    "Dutch",
    "Persian",
    "British",
    "American",
    "Roman",
    "European",
    "African",
    "Asian",
]
CITIES = [
    "London",
    "Paris",
    "Berlin",
    "Vienna",
    "Rome",
    "Madrid",
    "Athens",
    "Moscow",
    "Boston",
    "Chicago",
    "Philadelphia",
    "Washington",
    "Baghdad",
    "Cairo",
    "Munich",
    "Venice",
    "Florence",
    "Oxford",
    "Cambridge",
    "Princeton",
]
AREAS = [state for state in Address.states if " " not in state]


def name_class(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another country, people, city or state."""
    groups = [COUNTRIES, DEMONYMS, CITIES, AREAS]

    def replace(found: re.Match[str]) -> str | None:
        group = next(group for group in groups if found[0] in group)
        return draw.choice(
            [
                name
                for name in group
                if name not in pool.parent.text and (name[0] in "AEIOU") == (found[0][0] in "AEIOU")
            ]
        )

    return sub(
        sentences,
        draw,
        rf"(?<!-)\b(?:{'|'.join(name for group in groups for name in group)})\b(?!-)(?! [A-Z])",
        replace,
    )


def name_half(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A person's last name behind another given name, or before another last name."""
    names = set(persons(pool.parent.text))
    other = next(others_with(pool, draw, persons), None)

    def replace(found: re.Match[str]) -> str | None:
        if found[0] not in names or other is None:
            return None
        first, last = other.split()[0], other.split()[-1]
        same = first[:2] == found[1][:2]  # Mike is Michael
        return f"{first}{found[2]}" if draw.random() < 0.5 and not same else f"{found[1]} {last}"

    return sub(sentences, draw, PERSON.pattern, replace)


def name_inner(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A program's, file's or function's name by another of the same text."""
    names = sorted({w for w in re.findall(IDENTIFIER, pool.parent.text) if w not in {"e.g", "i.e"}})
    if len(names) < 2:
        return None

    def replace(found: re.Match[str]) -> str | None:
        apart = [n for n in names if n != found[0] and n not in found.string]
        return draw.choice(apart) if apart and found[0] in names else None

    return sub(sentences, draw, IDENTIFIER, replace)


def name_friend(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """One person of the text for another, once, where the sentence has not both."""
    given = sorted(
        {
            w
            for w in re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b(?! [A-Z])", pool.parent.text)
            if w in GIVEN and w not in MONTHS
        }
    )

    def replace(found: re.Match[str]) -> str | None:
        apart = [n for n in given if n not in found.string]
        return draw.choice(apart) if apart else None

    return (
        sub(sentences, draw, rf"\b(?:{'|'.join(given)})\b(?! [A-Z]|-)", replace) if len(given) > 1 else None
    )


# date


def date_century(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another century or decade."""
    words = ["fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"]

    def replace(found: re.Match[str]) -> str | None:
        if found[1]:
            return f"{int(found[1]) + draw.choice([-20, -10, 10, 20])}s"
        if found[2]:
            value = int(found[2]) + draw.choice([-1, 1, 2])
            end = {1: "st", 2: "nd", 3: "rd"}.get(value % 10 if value not in (11, 12, 13) else 0, "th")
            return f"{value}{end}" if value > 0 else None
        return draw.choice([w for w in words if w != found[3] and w not in found.string])

    return sub(
        sentences,
        draw,
        rf"\b(1[5-9]\d0|20[0-2]0)s\b|\b(\d{{1,2}})(?:st|nd|rd|th)(?=[ -]centur)|\b({'|'.join(words)})(?=[ -]centur)",
        replace,
    )


def date_turned(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A year with two digits turned, or a hundred years off."""

    def replace(found: re.Match[str]) -> str | None:
        year = found[0]
        turned = year[:2] + year[3] + year[2]
        off = str(int(year) - 100)
        able = [y for y in (turned, off) if y != year and y not in pool.parent.text]
        return draw.choice(able) if able else None

    return sub(
        sentences,
        draw,
        YEAR,
        replace,
    )


def date_swapped(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two years of the text in each other's place."""
    places = [
        (at, m) for at, s in enumerate(sentences) for m in re.finditer(YEAR + r"(?! (?:and|or|to)\b|-|–)", s)
    ]
    pairs = [(a, b) for a in places for b in places if a[0] < b[0] and a[1][0] != b[1][0]]
    if not pairs:
        return None
    (i, a), (j, b) = draw.choice(pairs)
    out = list(sentences)
    out[i] = a.string[: a.start()] + b[0] + a.string[a.end() :]
    out[j] = b.string[: b.start()] + a[0] + b.string[b.end() :]
    return out


date_weekday = table_sub(
    "date_weekday",
    {
        "monday": "Thursday", "tuesday": "Friday", "wednesday": "Saturday", "thursday": "Monday", "friday": "Tuesday", "saturday": "Wednesday", "sunday": "Thursday", "yesterday": "today",
        "spring": "autumn", "summer": "winter", "autumn": "spring", "winter": "summer", "ad": "BC",
    },
    r"(?! (?:hoc|water|[A-Z]))",
)  # fmt: skip


def date_era(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """BC as AD; the early years of a time as the late."""
    table = {"BC": "AD", "BCE": "CE", "early": "late", "late": "early"}
    return sub(
        sentences,
        draw,
        r"(?<=\d )BCE?\b|\b(?:early|late)(?= (?:\d{4}s?|\d\d?(?:st|nd|rd|th)|[a-z]+(?:eenth|tieth))\b)",
        lambda m: table[m[0]],
    )


VALUES: dict[str, list[Error]] = {
    "number": [number_magnitude, number_scale, number_point, number_swapped],
    "unit": [unit_prefix, unit_rate, unit_power, unit_converted],
    "name": [name_swapped, name_class, name_half, name_inner, name_friend],
    "date": [date_century, date_turned, date_swapped, date_weekday, date_era],
}
