"""Dates as a crawl writes them take a short way; it is held beside the long one, that all others go."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters.optouts.timestamps import read_any, read_dates

TIMES = ("", "T00:00:00Z", "T23:59:59Z", "T24:00:00Z", "T12:60:00Z", "T12:00:60Z", "T1:00:000Z", "t10:20:30Z",
         "T10:20:30z", "T10:20-30Z", "T-1:20:30Z", " 10:20:30Z", "T10:20:30+")  # fmt: skip


@pytest.mark.parametrize("last", [True, False])
def test_dates_are_read_the_short_way_as_the_long(last: bool) -> None:
    years = (
        "0000",
        "0001",
        "1600",
        "1900",
        "1969",
        "1970",
        "1999",
        "2000",
        "2023",
        "2024",
        "2100",
        "9999",
        "-999",
    )
    days = [f"{year}-{month:02}-{day:02}" for year in years for month in range(14) for day in range(33)]
    some = [day + time for day in ("2024-02-29", "1969-12-31", "2023-02-29", "2024/02/28") for time in TIMES]
    date = pl.Series("date", [*days, *some, None, "", "2024", "2024-05", "20240501", "2024-05-0a"])
    assert read_dates(date, last=last).to_list() == read_any(date, last=last).to_list()


@given(st.lists(st.text("0123456789-T:Z. ", min_size=8, max_size=21) | st.none(), max_size=6), st.booleans())
def test_any_dates_are_read_the_short_way_as_the_long(dates: list[str | None], last: bool) -> None:
    date = pl.Series("date", dates, dtype=pl.String)
    assert read_dates(date, last=last).to_list() == read_any(date, last=last).to_list()
