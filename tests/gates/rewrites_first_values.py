"""The first forms of planted errors in numbers, units, names and dates."""

# ruff: noqa: E501, RUF001 - patterns that would be worse in pieces, and typographic quotes in them
import re
from random import Random

from rewrites_faithful import MONTHS
from rewrites_parents import GIVEN
from rewrites_places import (
    IDENTIFIER,
    NO_NAME,
    NUMBER,
    PERSON,
    WORD_NUMBERS,
    YEAR,
    Error,
    Pool,
    cased,
    is_year,
    others_with,
    persons,
    sub,
)

# number


def number_near(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A number up to 60% higher or lower."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[1]
        value = int(raw.replace(",", ""))
        near = f"{found.string[max(0, found.start() - 12) : found.start()]}"
        month = re.search(rf"(?:{'|'.join(MONTHS)}) $", near) or re.match(
            rf" (?:{'|'.join(MONTHS)}|BC|AD|BCE)\b", found.string[found.end() :]
        )
        if is_year(raw) or month or value < 2:
            return None
        new = max(1, value + draw.choice([1, -1, 1]) * max(1, int(value * draw.uniform(0.1, 0.6))))
        text = f"{new:,}" if "," in raw else str(new)
        return found[0].replace(raw, text) if new != value and text not in pool.parent.text else None

    return sub(sentences, draw, NUMBER, replace)


def number_turned(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Two digits of a number in each other's place."""

    def replace(found: re.Match[str]) -> str | None:
        raw = found[0]
        places = [
            at
            for at in range(len(raw) - 1)
            if raw[at : at + 2].isdigit() and raw[at] != raw[at + 1] and (at or raw[at + 1] != "0")
        ]
        if is_year(raw) or not places:
            return None
        at = draw.choice(places)
        new = raw[:at] + raw[at + 1] + raw[at] + raw[at + 2 :]
        return None if new.lstrip("$").startswith("0") or new in pool.parent.text else new

    return sub(sentences, draw, NUMBER, replace)


def number_word(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another small number in words."""

    def replace(found: re.Match[str]) -> str | None:
        return cased(found[0], draw.choice([w for w in WORD_NUMBERS if w != found[0].lower()]))

    return sub(sentences, draw, rf"\b(?i:{'|'.join(WORD_NUMBERS)})\b(?=[ -][a-z])", replace)


# unit

SIBLINGS = {
    "kilometers": "miles", "kilometres": "miles", "miles": "kilometers", "km": "miles", "meters": "feet", "metres": "feet",
    "feet": "meters", "inches": "centimeters", "centimeters": "inches", "yards": "feet", "pounds": "kilograms",
    "kilograms": "pounds", "kg": "pounds", "grams": "ounces", "ounces": "grams", "hours": "days", "hour": "day",
    "days": "weeks", "day": "week", "weeks": "months", "week": "month", "months": "years", "years": "months", "year": "month", "minutes": "hours", "seconds": "minutes", "minute": "hour",
    "dollars": "euros", "cents": "dollars", "bytes": "bits", "bits": "bytes", "kilobytes": "megabytes", "megabytes": "gigabytes",
    "kB": "MB", "MB": "GB", "GB": "MB", "KB": "MB", "gallons": "liters", "liters": "gallons", "acres": "hectares", "hectares": "acres",
    "million": "thousand", "tons": "pounds", "tonnes": "kilograms", "quarts": "gallons", "milliseconds": "seconds", "decades": "years", "centuries": "decades",
}  # fmt: skip


def unit_sibling(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another unit of the same quantity behind a number."""
    count = (
        r"(?<=\d )|(?<=\b(?:two|ten|six) )|(?<=(?:three|seven|eight) )|(?<=(?:four|five|nine) )|(?<=twelve )"
    )
    return sub(sentences, draw, rf"(?:{count})({'|'.join(SIBLINGS)})\b", lambda m: SIBLINGS[m[0]])


def unit_currency(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another currency, or dollars as cents."""

    def replace(found: re.Match[str]) -> str:
        return draw.choice([s + found[1] for s in "€£¥" if s != found[0][0]])

    return sub(sentences, draw, r"(?<![\w$])[$£€](\d[\d,]*(?:\.\d+)?)(?! ?[-+*/x×=])", replace)


# name

PLACE = r"(?<= in )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= to )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= from )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])|(?<= near )[A-Z][a-z]{3,}\b(?! [A-Z])(?!['’-])"


def name_person(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A person of another parent in the place of one."""
    names = set(persons(pool.parent.text))
    new = next(others_with(pool, draw, persons), None)
    return (
        sub(sentences, draw, PERSON.pattern, lambda m: new if m[0] in names else None)
        if new and names
        else None
    )


def name_given(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """One mention of a person by a given name that the parent has not."""
    given = sorted(
        {w for w in re.findall(r"\b[A-Z][a-z]{2,}\b", pool.parent.text) if w in GIVEN and w not in NO_NAME}
    )
    new = draw.choice(
        [
            n
            for n in ("Karen", "Thomas", "Monica", "Derek", "Priya", "Walter", "Helen", "Oscar")
            if n not in pool.parent.text
        ]
    )
    return sub(sentences, draw, rf"\b(?:{'|'.join(given)})\b(?![-])", lambda m: new) if given else None


def name_place(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A place of another parent, or what stands where places stand."""

    def find(text: str) -> list[str]:
        return [w for w in re.findall(PLACE, text) if w not in NO_NAME and w not in GIVEN]

    new = next(others_with(pool, draw, find), None)
    return sub(sentences, draw, PLACE, lambda m: None if m[0] in NO_NAME else new) if new else None


def name_identifier(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A program's, file's or function's name by that of another parent."""

    def find(text: str) -> list[str]:
        return [w for w in re.findall(IDENTIFIER, text) if w not in {"e.g", "i.e"}]

    new = next(others_with(pool, draw, find), None) if find(pool.parent.text) else None
    return (
        sub(sentences, draw, IDENTIFIER, lambda m: new if m[0] not in {"e.g", "i.e"} else None)
        if new
        else None
    )


# date


def date_year(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """A year some years off."""

    def replace(found: re.Match[str]) -> str | None:
        new = str(int(found[0]) + draw.choice([-1, 1]) * draw.randint(1, 19))
        return None if new in pool.parent.text else new

    return sub(
        sentences,
        draw,
        YEAR,
        replace,
    )


def date_month(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another month."""

    def replace(found: re.Match[str]) -> str:
        return draw.choice([month for month in MONTHS if month not in pool.parent.text])

    months = "|".join(month for month in MONTHS if month not in {"May", "March"})
    return sub(
        sentences,
        draw,
        rf"\b(?:{months}|(?<=[iI]n )(?:May|March)|(?<=\d )(?:May|March)|(?:May|March)(?= \d))\b(?! [A-Z])",
        replace,
    )


def date_day(sentences: list[str], draw: Random, pool: Pool) -> list[str] | None:
    """Another day of the month."""
    months = "|".join(MONTHS)

    def replace(found: re.Match[str]) -> str:
        day = (int(found[0]) + draw.randint(2, 24)) % 28 + 1
        return f"{day:02d}" if found.string[found.start() - 1] == "-" else str(day)

    return sub(sentences, draw, rf"(?<=[a-z] )\d{{1,2}}(?= (?:{months}))|(?<=\d-\d\d-)\d\d\b", replace)


VALUES: dict[str, list[Error]] = {
    "number": [number_near, number_turned, number_word],
    "unit": [unit_sibling, unit_currency],
    "name": [name_person, name_given, name_place, name_identifier],
    "date": [date_year, date_month, date_day],
}
