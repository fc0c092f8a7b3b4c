import bz2
import errno
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
from hostile import STRINGS, VALUES
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.ingest.io.batches import (
    MAX_NOTE_CHARS,
    PASSING,
    PLACED,
    SCHEMA,
    AnyRow,
    BodyRow,
    PlacedRow,
    Row,
    Unreadable,
    frames,
    is_of_data,
    make_sound,
    read_record,
)

WIDE = pl.Schema({**PLACED, "score": pl.Float32(), "count": pl.Int64(), "body": pl.Binary()})


@given(
    sizes=st.lists(st.integers(0, 30), max_size=40), max_rows=st.integers(1, 9), max_chars=st.integers(1, 50)
)
def test_frames_are_bounded_and_hold_every_row_in_order(
    sizes: list[int], max_rows: int, max_chars: int
) -> None:
    rows = [
        Row(key=str(i), text="x" * (size // 2), url="y" * (size - size // 2)) for i, size in enumerate(sizes)
    ]
    made = list(frames(rows, max_rows=max_rows, max_chars=max_chars))
    assert [key for frame in made for key in frame["key"]] == [row["key"] for row in rows]
    assert all(frame.schema == SCHEMA and 0 < frame.height <= max_rows for frame in made)
    held = [frame.select(pl.sum_horizontal(pl.all().str.len_chars())).to_series() for frame in made]
    assert all(chars[:-1].sum() < max_chars for chars in held)


def test_what_a_row_leaves_out_is_null() -> None:
    [frame] = frames([Row(key="a", error="bad")])
    assert frame.select(pl.exclude("key", "error")).null_count().row(0) == (1,) * 5


def test_bodies_count_as_text_does_and_bytes_are_text() -> None:
    schema = pl.Schema({**SCHEMA, "body": pl.Binary()})
    rows = [BodyRow(text="ä".encode(), body=b"\xff" * 9), BodyRow(text="b"), BodyRow(body=b"x")]
    made = list(frames(rows, schema=schema, max_chars=10))
    assert [frame.height for frame in made] == [1, 2]
    assert [frame.schema for frame in made] == [schema] * 2
    assert pl.concat(made).select("text", "body").rows() == [("ä", b"\xff" * 9), ("b", None), (None, b"x")]


ROW = st.fixed_dictionaries(
    {}, optional={name: VALUES | st.binary() for name in WIDE if name not in ("place", "key")}
)


def good(place: int) -> PlacedRow:
    return PlacedRow(key=f"record {place}", place=place, text=f"text {place}", url="u")


@given(hostile=st.lists(ROW, min_size=1, max_size=4), gap=st.integers(0, 3), max_rows=st.integers(1, 20))
def test_a_hostile_row_is_one_row_under_its_key_and_costs_no_other(
    hostile: list[dict[str, Any]], gap: int, max_rows: int
) -> None:
    rows: list[AnyRow] = [good(0)]
    for bad in hostile:
        rows.append({"key": f"bad {len(rows)}", "place": len(rows), **bad})  # type: ignore[typeddict-item]
        rows += [good(len(rows) + n) for n in range(gap)]
    keys = [row["key"] for row in rows]
    frame = pl.concat(frames([dict(row) for row in rows], schema=WIDE, max_rows=max_rows))  # type: ignore[misc]
    assert frame.schema == WIDE
    assert frame["key"].to_list() == keys and frame["place"].to_list() == list(range(len(rows)))
    kept = frame.filter(pl.col("key").str.starts_with("record"))
    wanted = pl.concat(frames([good(n) for n, key in enumerate(keys) if key.startswith("r")], schema=WIDE))
    assert_frame_equal(kept, wanted)
    assert (frame["error"].str.len_chars().max() or 0) <= MAX_NOTE_CHARS + 20


@given(text=STRINGS)
def test_a_string_loses_half_surrogates_and_nothing_else(text: str) -> None:
    sound = make_sound(text)
    assert len(sound) <= len(text)
    assert [c for c in sound if c != "\ufffd"] == [
        c for c in text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if c != "\ufffd"
    ]
    row = {"key": text, "text": text, "metadata": text, "url": text, "date": text, "drop_reason": text}
    [frame] = frames([Row(**row)])  # type: ignore[typeddict-item]
    assert frame["text"][0] == frame["url"][0] == frame["drop_reason"][0] == sound
    assert frame["error"][0] is None


@pytest.mark.parametrize("column", ["text", "url", "key"])
@pytest.mark.parametrize("value", [5, 2.5, True, ["a"], {"a": 1}, b"\xff", object()])
def test_a_value_that_is_no_string_is_named(column: str, value: Any) -> None:
    [frame] = frames([Row(key="a"), {"key": "b", column: value}, Row(key="c", text="c")])  # type: ignore[misc]
    assert frame["error"].is_not_null().to_list() == [False, True, False]
    assert repr(column) in frame["error"][1]
    assert frame["key"].to_list() == ["a", "b" if column != "key" else str(value), "c"]


def test_errors_and_keys_are_bounded() -> None:
    rows = [Row(key="k" * 50_000, error="e" * 50_000), Row(key="\ud800" * 50_000, error="\ud800" * 50_000)]
    [frame] = frames(rows)
    assert frame.select(pl.col("key", "error").str.len_chars().max()).row(0) == (MAX_NOTE_CHARS + 6,) * 2


def fail(error: Exception, rows: int) -> Iterator[Row]:
    for number in range(rows):
        yield Row(key=str(number))
    raise error


@given(
    rows=st.integers(0, 12),
    max_rows=st.integers(1, 5),
    error=st.sampled_from([ValueError, OSError, MemoryError]),
)
def test_rows_read_before_an_exception_come_before_it(
    rows: int, max_rows: int, error: type[Exception]
) -> None:
    found = []
    with pytest.raises(error):
        for frame in frames(fail(error("x"), rows), max_rows=max_rows):
            found += frame["key"].to_list()
    assert found == [str(number) for number in range(rows)]


def test_what_cannot_be_read_further_is_the_last_row() -> None:
    [frame] = frames(fail(Unreadable("more than max_bytes"), 2))
    assert frame.select("key", "error").rows() == [("0", None), ("1", None), ("file", "more than max_bytes")]


def raise_it(error: Exception) -> Row:
    raise error


@pytest.mark.parametrize(
    "error", [ValueError("x" * 9_999), RecursionError(), KeyError("k"), AssertionError()]
)
def test_what_one_record_raises_is_its_error(error: Exception) -> None:
    row = read_record(raise_it, error)
    assert row["error"].startswith(type(error).__name__) and len(row["error"]) < 1_100
    assert read_record(Row, text="x") == {"text": "x"}


@pytest.mark.parametrize(
    "error", [OSError(5, "store"), ConnectionResetError(), ModuleNotFoundError(), *PASSING]
)
def test_what_is_not_of_the_record_goes_up(error: Any) -> None:
    with pytest.raises(PASSING):
        read_record(raise_it, error)


def test_an_error_of_bytes_is_told_from_one_of_the_store() -> None:
    with pytest.raises(OSError) as damaged:
        bz2.decompress(b"BZh9" + bytes(50))
    assert (
        is_of_data(damaged.value) and is_of_data(ValueError()) and is_of_data(OSError(errno.EINVAL, "seek"))
    )
    store = [ConnectionResetError(), TimeoutError(), OSError(errno.EIO, "disk"), MemoryError(), ImportError()]
    assert not any(map(is_of_data, store))
