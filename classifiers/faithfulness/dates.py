"""Dates in a text: days, months and years that stand together, weekdays, seasons and times of day."""

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *(
                "january jan",
                "february feb",
                "march mar",
                "april apr",
                "may",
                "june jun",
                "july jul",
                "august aug",
            ),
            *("september sept sep", "october oct", "november nov", "december dec"),
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
CLASSES = {
    "season": ["spring", "summer", "autumn", "winter"],
    "time of day": ["morning", "noon", "midday", "afternoon", "evening", "night", "midnight", "dawn", "dusk"],
    "relative": ["yesterday", "today", "tomorrow"],
    "era": ["bc", "ad", "bce", "ce"],
    "part": ["early", "mid", "late"],
}
_MONTH = (
    r"(?P<month>January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1\d{3}|20\d{2}|[1-9]\d{2}(?=\s(?:AD|BC|CE|BCE)))"
_FORMS = [
    re.compile(rf"\b{_DAY}(?:\s+of)?[\s\-]+{_MONTH}(?:,?[\s\-]+(?:of\s+)?{_YEAR}\b)?"),
    re.compile(
        rf"\b{_MONTH}(?:[ \u00a0]+|\n(?!\s*\d+[.)]))(?:the\s+)?{_DAY}\b(?!\d|[:.]\d)(?:\s*,?\s+{_YEAR}\b)?"
    ),
    re.compile(rf"\b{_MONTH}(?:\s+of)?,?\s+{_YEAR}\b"),
]
_ISO = re.compile(r"\b(?P<year>[12]\d{3})-(?P<month>\d\d)-(?P<day>\d\d)\b")
_SLASH = re.compile(r"\b(?P<a>\d{1,2})([/.])(?P<b>\d{1,2})\2(?P<year>[12]\d{3})\b")
_LONE = re.compile(rf"\b{_MONTH}")
_MAY = re.compile(r"\b(?:in|of|since|until|by|early|late|mid|last|next|from|to|and|between|through)[\s\-]$")
_CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-4])(?::(?P<minute>[0-5]\d)(?::[0-5]\d)?\s*(?P<half>[ap]\.?\s?m\b)?"
    r"|\s*(?P<half2>[ap]\.?\s?m\b))",
    re.I,
)


class Date(NamedTuple):
    """Parts of a date, 0 where unknown; `said`, and where it stands."""

    year: int
    month: int
    day: int
    said: str
    start: int
    end: int


_MAY_BE = re.compile(r"\d[-/.]\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec")


def find(text: str) -> list[Date]:
    """Dates with a month, in their order; what may be two dates (03/04/2001) is both."""
    return list(_find(text)) if _MAY_BE.search(text) else []


@lru_cache(2_000)
def _find(text: str) -> tuple[Date, ...]:
    found: list[Date] = []
    taken = [False] * (len(text) + 1)

    def add(match: re.Match[str], year: int, month: int, day: int) -> None:
        if 1 <= month <= 12 and 0 <= day <= 31:
            found.append(Date(year, month, day, match[0], match.start(), match.end()))
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())

    for match in _ISO.finditer(text):
        add(match, int(match["year"]), int(match["month"]), int(match["day"]))
    for match in _SLASH.finditer(text):
        a, b, year = int(match["a"]), int(match["b"]), int(match["year"])
        for month, day in sorted({(a, b), (b, a)}):
            add(match, year, month, day)
    for match in (one for form in _FORMS for one in form.finditer(text)):
        if not taken[match.start()]:
            parts = match.groupdict()
            month = MONTHS[parts["month"].lower()]
            add(match, int(parts.get("year") or 0), month, int(parts.get("day") or 0))
    for match in _LONE.finditer(text):
        name = match["month"]
        if not taken[match.start()] and _is_month(text, match):
            add(match, 0, MONTHS[name.lower()], 0)
    return tuple(sorted(found, key=lambda one: one.start))


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Whether a name without day or year is a month's: May and March are words of other things, too."""
    name = match["month"]
    if len(name) <= 3 and name != "May" and not match[0].endswith("."):
        return False
    before = text[max(0, match.start() - 12) : match.start()]
    if name == "May":  # as a verb or a name it stands behind no small letter
        return bool(re.search(r"[a-z][\s\-]$", before))
    return name != "March" or bool(_MAY.search(before))


def find_clocks(text: str) -> set[tuple[int, int, str]]:
    """Times of the clock as hour, minute and half of the day ("" where not said)."""
    found = set()
    for match in _CLOCK.finditer(text):
        half = (match["half"] or match["half2"] or "").lower()[:1]
        hour = int(match["hour"])
        if half:
            hour = hour % 12 + 12 * (half == "p")
        found.add((hour, int(match["minute"] or 0), half or ("24" if hour > 12 else "")))
    return found


def explain(said: Date, given: list[Date], years: set[int]) -> str | None:
    """Why no date of a parent is this one; None where one is, or its parts stand in it."""
    if said.day:
        days = [each for each in given if (each.month, each.day) == (said.month, said.day)]
        if not days:
            return "another day"
    else:
        days = [each for each in given if each.month == said.month]
        if not days:
            return "another month"
    if said.year and not any(each.year in (0, said.year) for each in days):
        return "another year"
    if said.year and said.year not in years and not any(each.year == said.year for each in given):
        return "another year"
    return None


def find_weekday(one: Date) -> str | None:
    """The weekday of a whole date."""
    try:
        return WEEKDAYS[date(one.year, one.month, one.day).weekday()] if one.year and one.day else None
    except ValueError:
        return None
