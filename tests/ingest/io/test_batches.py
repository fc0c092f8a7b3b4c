import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ingest.io.batches import SCHEMA, BodyRow, Row, frames


@given(
    sizes=st.lists(st.integers(0, 30), max_size=40), max_rows=st.integers(1, 9), max_chars=st.integers(1, 50)
)
def test_frames_are_bounded_and_hold_every_row_in_order(
    sizes: list[int], max_rows: int, max_chars: int
) -> None:
    rows = [Row(key=str(i), text="x" * size) for i, size in enumerate(sizes)]
    made = list(frames(rows, max_rows=max_rows, max_chars=max_chars))
    assert [key for frame in made for key in frame["key"]] == [row["key"] for row in rows]
    assert all(frame.schema == SCHEMA and 0 < frame.height <= max_rows for frame in made)
    assert all(frame["text"].str.len_chars()[:-1].sum() < max_chars for frame in made)


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
