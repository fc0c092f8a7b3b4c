import io
import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest import parquet

CORPUS = pl.DataFrame(
    {
        "text": ["one", None, "", "four"],
        "id": ["a", "b", "c", "d"],
        "url": ["https://example.org/", None, None, None],
        "lang": ["de", "en", "fr", "ru"],
    }
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.parquet"
    CORPUS.write_parquet(path, row_group_size=2)
    return path


def test_every_row_of_every_row_group_in_order(corpus: Path) -> None:
    assert pq.ParquetFile(corpus).num_row_groups == 2
    frame = pl.concat(parquet.read(str(corpus), fields={"url": "url"}))
    assert frame["text"].to_list() == ["one", None, "", "four"]
    assert frame["url"].to_list() == CORPUS["url"].to_list()
    assert frame["key"].n_unique() == 4
    about = [json.loads(notes) for notes in frame["metadata"]]
    assert [notes["id"] for notes in about] == ["a", "b", "c", "d"]
    assert [notes["lang"] for notes in about] == ["de", "en", "fr", "ru"]


def test_a_null_text_is_an_error_and_an_empty_one_is_not(corpus: Path) -> None:
    frame = pl.concat(parquet.read(str(corpus)))
    assert frame["error"].is_not_null().to_list() == [False, True, False, False]
    assert "'text'" in frame["error"][1]


def test_another_column_can_be_the_text(corpus: Path) -> None:
    assert pl.concat(parquet.read(str(corpus), fields={"text": "lang", "key": "id"}))["text"].to_list() == [
        "de",
        "en",
        "fr",
        "ru",
    ]


def test_a_missing_column_is_refused_with_those_there_are(corpus: Path) -> None:
    with pytest.raises(ValueError, match=r"'body'.*: text, id, url, lang"):
        list(parquet.read(str(corpus), fields={"text": "body"}))
    with pytest.raises(ValueError, match=r"none of its columns has 'meta\.license'"):
        list(parquet.read(str(corpus), fields={"license": "meta.license"}))
    assert len(pl.concat(parquet.read(str(corpus), fields={"license": "meta.license?"}))) == 4


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"])] * 3, ["text", "id", "id"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="two columns are named 'id'"):
        list(parquet.read(str(tmp_path / "a.parquet")))


def test_a_text_that_is_no_utf8_costs_its_row_only(tmp_path: Path) -> None:
    texts = pa.array([b"one", b"tw\xff", "dr\u00e9i".encode()], pa.binary())
    whole = pa.table({"text": pa.StringArray.from_buffers(3, *texts.buffers()[1:])})
    pq.write_table(whole, tmp_path / "a.parquet")
    frame = pl.concat(parquet.read(str(tmp_path / "a.parquet")))
    assert frame["text"].to_list() == ["one", None, "dr\u00e9i"]
    assert frame["error"].to_list() == [None, "the field 'text' is invalid UTF-8 at byte 2", None]
    assert frame["key"].to_list() == ["row 0", "row 1", "row 2"]


def test_of_two_texts_the_first_is_taken_and_the_other_kept_beside_it(tmp_path: Path) -> None:
    bad = pa.array([b"one", b"tw\xff", b"three", b"four"], pa.binary())
    first = pa.StringArray.from_buffers(4, *bad.buffers()[1:])
    table = pa.table({"text": first, "content": ["other", "x", None, "y"]})
    pq.write_table(table, tmp_path / "a.parquet")
    frame = pl.concat(parquet.read(str(tmp_path / "a.parquet"), fields={"text": "text|content"}))
    assert frame["text"].to_list() == ["one", None, "three", "four"]
    assert "is invalid UTF-8 at byte 2" in frame["error"][1] and frame["error"].null_count() == 3
    kept = [{"content": "other"}, {"content": "x"}, {"content": None}, {"content": "y"}]
    assert [json.loads(line) for line in frame["metadata"]] == kept
    frame = pl.concat(parquet.read(str(tmp_path / "a.parquet"), fields={"text": "content|text?"}))
    assert frame["text"].to_list() == ["other", "x", "three", "y"]
    assert json.loads(frame["metadata"][1]) == {"text": "tw\ufffd"}


@pytest.mark.parametrize("data", [b"", b"PAR1xx", b"text\nnot Parquet\n" * 10])
def test_what_is_no_parquet_file_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(ValueError, match=r"a\.parquet: not a whole Parquet file"):
        list(parquet.read(str(tmp_path / "a.parquet")))


def test_values_come_in_the_types_of_their_columns(tmp_path: Path) -> None:
    day = datetime(2024, 5, 1, 10, tzinfo=UTC)
    pl.DataFrame(
        {
            "text": ["one", "two"],
            "meta": [{"at": day, "edu": Decimal("2.5")}, {"at": None, "edu": None}],
            "tokens": [3, 4],
        }
    ).write_parquet(tmp_path / "a.parquet")
    fields = {"date": "meta.at", "score_edu": "meta.edu", "token_count": "tokens", "language": "meta.lang?"}
    (frame,) = parquet.read(str(tmp_path / "a.parquet"), fields=fields)
    assert frame["date"].to_list() == ["2024-05-01T10:00:00+00:00", None]
    assert (frame.schema["score_edu"], frame.schema["token_count"]) == (pl.Float32, pl.Int64)
    assert frame.select("score_edu", "token_count", "language", "error").rows() == [
        (2.5, 3, None, None),
        (None, 4, None, None),
    ]


@given(
    heights=st.lists(st.integers(1, 7), min_size=1, max_size=6), cuts=st.lists(st.floats(0, 1), max_size=6)
)
def test_row_groups(
    file: Path, read_ranges: Any, check_ranges: Any, heights: list[int], cuts: list[float]
) -> None:
    frame = pl.DataFrame({"text": [None if n == 3 else f"text {n}" for n in range(sum(heights))]}).to_arrow()
    with pq.ParquetWriter(file, frame.schema) as writer:
        for first, height in zip(itertools.accumulate([0, *heights]), heights, strict=False):
            writer.write_table(frame.slice(first, height))
    data = file.read_bytes()
    whole = check_ranges(parquet.read, file, [int(cut * len(data)) for cut in cuts])
    assert whole["place"].to_list() == list(range(sum(heights)))
    groups = pq.ParquetFile(file).metadata
    begins = [groups.row_group(n).column(0).dictionary_page_offset for n in range(len(heights))]
    parts = read_ranges(parquet.read, file, begins)
    assert [part.height for part in parts] == [0, *heights]


def test_a_damaged_row_group_is_told_by_its_range(file: Path, check_ranges: Any) -> None:
    pl.DataFrame({"text": [f"a text of some length {n}" for n in range(40)]}).write_parquet(
        file, row_group_size=10, compression="zstd"
    )
    data = bytearray(file.read_bytes())
    group = pq.ParquetFile(file).metadata.row_group(1).column(0)
    data[group.data_page_offset : group.data_page_offset + 9] = b"\xff" * 9
    file.write_bytes(data)
    whole = check_ranges(parquet.read, file, [group.data_page_offset, len(data) // 2])
    assert whole["error"].drop_nulls().len() == 1 and whole["error"].null_count() == 30


def test_what_a_store_raises_goes_up_behind_the_rows_before_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that breaks damages no row group: it must not become an error row."""
    texts = [f"a text of some length {n}" for n in range(40)]
    padded = pl.DataFrame({"text": texts}).with_columns(pad=pl.lit("x" * 1_000) + pl.col("text"))
    padded.write_parquet(file, row_group_size=10, compression="uncompressed")
    groups = pq.ParquetFile(file).metadata
    begin, end = (groups.row_group(n).column(0).dictionary_page_offset for n in (2, 3))

    class Breaking(io.FileIO):
        def __init__(self, uri: str, *_: int | None) -> None:
            super().__init__(uri)

        def read(self, size: int | None = -1) -> bytes:
            if begin <= self.tell() < end:
                raise ConnectionResetError("gone")
            return super().read(size)

    monkeypatch.setattr(parquet, "open_uri", Breaking)
    found: list[str] = []
    with pytest.raises(ConnectionResetError):
        for frame in parquet.read(str(file)):
            found.extend(frame["text"])
    assert found == texts[:20]


def test_batches_of_any_size_give_the_same_rows(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pl.concat(parquet.read(str(corpus)))
    for size in (1, 200):
        monkeypatch.setattr(parquet, "_BATCH_BYTES", size)
        assert pl.concat(parquet.read(str(corpus))).equals(whole)


def test_what_cannot_be_read_from_the_start_says_that_nothing_was(corpus: Path) -> None:
    with pytest.raises(ValueError, match="none of its columns has 'body'") as raised:
        list(parquet.read(str(corpus), fields={"text": "body"}))
    assert raised.value.bytes_read == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        (pa.array([65_850_000], pa.int32()).cast(pa.date32()), "<value out of range: 65850000>"),
        (pa.array([-(10**17)]).cast(pa.timestamp("us")), "-1199-02-15 14:13:20.000000"),
        (pa.array([0]).view(pa.timestamp("us", "Mars/Olympus")), "1970-01-01 00:00:00.000000Z"),
        (pa.array([b"\xffab"]).view(pa.string()), "\ufffdab"),
        (pa.array([2**62]).cast(pa.duration("s")), "4611686018427387904"),
    ],
)
def test_a_value_that_python_cannot_hold_costs_no_row(column: pa.Array, shown: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["one"], "odd": column, "n": [1]}), tmp_path / "a.parquet")
    (frame,) = parquet.read(str(tmp_path / "a.parquet"))
    assert frame.select("text", "error").rows() == [("one", None)]
    assert json.loads(frame["metadata"][0]) == {"odd": shown, "n": 1}


def test_memory_at_an_end_is_no_fault_of_a_value() -> None:
    class Value:
        type = pa.string()

        def to_pylist(self) -> None:
            raise pa.ArrowMemoryError

        def to_string(self, **how: Any) -> str:
            return "[printed]"

    with pytest.raises(MemoryError):
        parquet._hold_value(Value())
