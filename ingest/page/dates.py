"""Dates as pages write them, in ISO 8601."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_NUMBERS = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=$|[T\s,])[T\s,]*(.*)", re.DOTALL)
_TIME = re.compile(
    r"(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)?", re.IGNORECASE
)
_ENGLISH = re.compile(
    r"(?:[a-z]{3,9}\.?,?\s+)?(?:([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?|(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3,9})\.?,?)"
    r"\s+(\d{4})\b",
    re.IGNORECASE,
)


def to_iso(text: str) -> str | None:
    """`2024-05-01`, `2024-05-01T10:00:00` (local) or `2024-05-01T08:00:00Z`; None if `text` is no whole date.

    Reads ISO 8601 with or without its signs, year/month/day, RFC 2822, and English months by name. Orders
    that countries read differently (01/02/2024) are no date. Nor is the first day of the Unix calendar, nor
    a year before 1000, which stand for "unknown".
    """
    try:
        return _format(_parse(text.strip()[:60]))
    except (ValueError, OverflowError):
        return None


def _format(found: date | None) -> str | None:
    if found is None or found.year < 1000 or (found.year, found.month, found.day) == (1970, 1, 1):
        return None
    if not isinstance(found, datetime):
        return found.isoformat()
    if found.tzinfo is None:
        return found.isoformat(timespec="seconds")
    return found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _parse(text: str) -> date | None:
    if numbers := _NUMBERS.match(text):
        day = date(*map(int, numbers.groups()[:3]))
        clock = _TIME.match(numbers[4])
        return _combine(day, clock) if clock else day
    if re.fullmatch(r"\d{8}(T\d{6}(Z|[+-]\d{4})?)?", text):
        return datetime.fromisoformat(text) if len(text) > 8 else date.fromisoformat(text)
    if re.match(r"[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d", text):
        return parsedate_to_datetime(text)
    if english := _ENGLISH.match(text):
        first, day_after, day_before, second, year = english.groups()
        month = (first or second).lower()[:3]
        return date(int(year), _MONTHS.index(month) + 1, int(day_after or day_before))
    return None


def _combine(day: date, clock: re.Match[str]) -> datetime:
    hour, minute, second, zone = clock.groups()
    text = f"{day.isoformat()}T{int(hour):02d}:{minute}:{second or '00'}"
    if not zone:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(text + ("+00:00" if zone[0].isalpha() else zone))
