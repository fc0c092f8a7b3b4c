"""Dates as seconds, so that what was fetched when can be compared."""

import polars as pl

_FORM = (
    r"^(\d{4})(?:-?(\d\d)(?:-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?)?)?"
    r"\s*(?:Z|([+-])(\d\d):?(\d\d)?)?$"
)


def read_dates(date: pl.Series, *, last: bool) -> pl.Series:
    """The seconds since 1970 (Int64) of ISO 8601 dates in UTC; null where one is none.

    A date that is a day, a month or a year is the first second of it, or the `last`.
    """
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
