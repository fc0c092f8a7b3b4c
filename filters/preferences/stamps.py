"""Dates as seconds, so that what was fetched when can be compared."""

import polars as pl

_FORM = r"^(\d{4})-?(\d\d)?-?(\d\d)?(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?)?\s*(?:Z|([+-])(\d\d):?(\d\d)?)?$"


def read_dates(date: pl.Series, *, last: bool) -> pl.Series:
    """The seconds since 1970 (Int64) of ISO 8601 dates in UTC; null where one is none.

    A date that is a day, a month or a year is the first second of it, or the `last`.
    """
    part = pl.col("date").str.extract_groups(_FORM).struct
    number = {name: part.field(str(k)).cast(pl.Int64) for k, name in enumerate(_NAMES, 1) if name != "sign"}
    first = pl.datetime(
        number["year"],
        number["month"].fill_null(1),
        number["day"].fill_null(1),
        number["hour"].fill_null(0),
        number["minute"].fill_null(0),
        number["second"].fill_null(0).clip(0, 59),
    )
    over = pl.when(number["month"].is_null()).then(first.dt.offset_by("1y"))
    over = over.when(number["day"].is_null()).then(first.dt.offset_by("1mo"))
    over = over.when(number["hour"].is_null()).then(first.dt.offset_by("1d"))
    end = over.otherwise(None).dt.offset_by("-1s")
    at = pl.coalesce(end, first) if last else first
    zone = number["zone_hour"].fill_null(0) * 3600 + number["zone_minute"].fill_null(0) * 60
    sign = pl.when(part.field("7") == "-").then(1).otherwise(-1)
    sound = number["month"].fill_null(1).is_between(1, 12) & number["hour"].fill_null(0).is_between(0, 23)
    sound = sound & number["day"].fill_null(1).is_between(1, 31) & number["minute"].fill_null(0).is_between(0, 59)
    frame = date.cast(pl.String).str.strip_chars().to_frame("date")
    frame = frame.with_columns(pl.when(sound).then(pl.col("date")))
    return frame.select((at.dt.epoch("s") + sign * zone).alias("at")).to_series()


_NAMES = ("year", "month", "day", "hour", "minute", "second", "sign", "zone_hour", "zone_minute")
