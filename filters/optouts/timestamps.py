"""Dates as seconds, so that what was fetched when can be compared."""

import numpy as np
import polars as pl

from winnow.kernels import I64, U8, Bool, Bools, Int, kernel
from winnow.words import byte
from winnow.words.split import utf8

_T = byte.t ^ byte.CASE
_DAYS = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])  # before each month
_FORM = (
    r"^(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?)?)?"
    r"\s*(?:Z|([+-])(\d\d):?(\d\d)?)?$"
)


def read_dates(date: pl.Series, *, last: bool) -> pl.Series:
    """The seconds since 1970 (Int64) of ISO 8601 dates in UTC; null where one is none.

    A date that is a day, a month or a year is the first second of it, or the `last`.
    """
    data, offsets = utf8(date.cast(pl.String))
    at, plain = np.zeros(len(date), np.int64), np.zeros(len(date), np.bool_)
    _read_plain(data, offsets, last, at, plain)
    odd = np.flatnonzero(~plain)
    found = pl.Series("at", at)
    return found.scatter(odd, read_any(date.gather(odd), last=last)) if len(odd) else found


def read_any(date: pl.Series, *, last: bool) -> pl.Series:
    """`read_dates`, without its short way for the usual forms."""
    part = pl.col("date").str.extract_groups(_FORM).struct
    year, month, day, hour, minute, second, sign, over_hours, over_minutes = (part[k] for k in range(9))
    text = pl.format(
        "{}-{}-{}T{}:{}:{}",
        year,
        month.fill_null("01"),
        day.fill_null("01"),
        hour.fill_null("00"),
        minute.fill_null("00"),
        second.fill_null("00"),
    )
    first = text.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False)
    over = pl.when(month.is_null()).then(first.dt.offset_by("1y"))
    over = over.when(day.is_null()).then(first.dt.offset_by("1mo"))  # type: ignore[assignment]
    end = over.when(hour.is_null()).then(first.dt.offset_by("1d")).dt.offset_by("-1s")
    at = pl.coalesce(end, first) if last else first
    zone = 3600 * over_hours.cast(pl.Int64).fill_null(0) + 60 * over_minutes.cast(pl.Int64).fill_null(0)
    seconds = at.dt.epoch("s") + pl.when(sign == "-").then(zone).otherwise(-zone)
    return date.cast(pl.String).str.strip_chars().to_frame("date").select(seconds.alias("at")).to_series()


@kernel
def _read_plain(data: U8, offsets: I64, last: Bool, at: I64, plain: Bools) -> None:
    """Read what is written as a crawl writes it (`2024-05-01T10:30:00Z`), or a day (`2024-05-01`)."""
    for k in range(len(at)):
        begin, size = offsets[k], offsets[k + 1] - offsets[k]
        if size not in (10, 20) or data[begin + 4] != byte.HYPHEN or data[begin + 7] != byte.HYPHEN:
            continue
        year = _read_number(data, begin, 2) * 100 + _read_number(data, begin + 2, 2)
        month, day = _read_number(data, begin + 5, 2), _read_number(data, begin + 8, 2)
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        if year < 1 or not 1 <= month <= 12 or day < 1:
            continue
        if day > _DAYS[month] - _DAYS[month - 1] + (1 if leap and month == 2 else 0):
            continue
        before = year - 1
        days = 365 * before + before // 4 - before // 100 + before // 400 - 719_162  # to 1970
        days += _DAYS[month - 1] + day - 1 + (1 if leap and month > 2 else 0)
        seconds = (86_399 if last else 0) if size == 10 else _read_time(data, begin + 10)
        if seconds >= 0:
            at[k], plain[k] = days * 86_400 + seconds, True


@kernel
def _read_time(data: U8, begin: Int) -> Int:
    """The seconds of `T10:30:00Z`, or -1 where it is no time."""
    hour, minute = _read_number(data, begin + 1, 2), _read_number(data, begin + 4, 2)
    second = _read_number(data, begin + 7, 2)
    marks = data[begin] == _T and data[begin + 3] == data[begin + 6] == byte.COLON
    if not marks or data[begin + 9] != byte.Z or max(minute, second) > 59 or hour > 23:
        return -1
    return hour * 3600 + minute * 60 + second if min(hour, minute, second) >= 0 else -1


@kernel
def _read_number(data: U8, begin: Int, digits: Int) -> Int:
    """The number that digits write; below -100,000 where one is none."""
    value: Int = 0
    for i in range(begin, begin + digits):
        value = value * 10 + (
            np.int64(data[i]) - byte.ZERO if byte.ZERO <= data[i] <= byte.NINE else -1_000_000
        )
    return value
