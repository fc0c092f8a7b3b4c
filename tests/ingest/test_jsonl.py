import bz2
import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.ingest import jsonl
from winnow.ingest.io import compression


def read(path: Path, data: bytes, **options: Any) -> pl.DataFrame:
    path.write_bytes(data)
    return pl.concat(jsonl.read(str(path), **options))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8))
def test_every_text_comes_back_in_order(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    data = b"\n".join(json.dumps({"text": text}).encode() for text in texts)
    frame = read(tmp_path_factory.mktemp("jsonl") / "a.jsonl", data)
    assert frame["text"].to_list() == texts
    begins = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    assert frame["place"].to_list() == begins
    assert frame["key"].to_list() == [f"line at byte {begin}" for begin in begins]


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lambda data: pa.compress(data, "zstd", asbytes=True)]
)
def test_compressed_lines_are_the_same_lines(pack: Any, tmp_path: Path) -> None:
    data = b"".join(b'{"text": "line %d"}\n' % n for n in range(3000))
    assert read(tmp_path / "a.packed", pack(data)).equals(read(tmp_path / "a.jsonl", data))


def test_fields_are_taken_as_named_and_the_rest_is_metadata(tmp_path: Path) -> None:
    record = {
        "body": "words",
        "n": 7,
        "at": {"url": "https://example.org/", "site": {"license": "CC0-1.0"}},
        "when": "2020-01-01",
        "metadata.edu": 3.5,
        "lang": "de",
    }
    fields = {"text": "body", "key": "n", "url": "at.url", "date": "when", "license": "at.site.license"}
    fields |= {"score_edu": "metadata.edu", "language": "lang"}
    row = read(tmp_path / "a.jsonl", json.dumps(record).encode(), fields=fields).row(0, named=True)
    assert (row["text"], row["url"], row["date"]) == ("words", "https://example.org/", "2020-01-01")
    assert (row["key"], row["license"], row["language"], row["score_edu"]) == ("7", "CC0-1.0", "de", 3.5)
    assert json.loads(row["metadata"]) == {"n": 7, "at": {"site": {}}}
    plain = read(tmp_path / "a.jsonl", b'{"text": "x", "url": "u", "id": 1}').row(0, named=True)
    assert plain["url"] is None and json.loads(plain["metadata"]) == {"url": "u", "id": 1}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{bad", "invalid JSON"),
        (b'{"text": "\xff"}', "invalid UTF-8"),
        (b'{"id": 1}', "'text'"),
        (b'{"text": 5}', "'text'"),
        (b'{"text": null}', "'text'"),
        (b"[1]", "list"),
        (b"[" * 90, "invalid JSON"),
        (b'{"text": "' + b"y" * 200 + b'"}', "max_line_bytes"),
    ],
)
def test_a_bad_line_is_an_error_and_the_next_is_read(line: bytes, said: str, tmp_path: Path) -> None:
    frame = read(tmp_path / "a.jsonl", b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n', max_line_bytes=100)
    assert frame["text"].to_list() == ["a", None, "b"]
    assert frame["key"][1] == "line at byte 14" and said in frame["error"][1]
    assert frame["error"].null_count() == 2


def test_half_a_surrogate_pair_becomes_a_replacement_sign(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", b'{"text": "\\ud800 x"}')["text"][0] == "\ufffd x"


def test_a_cut_gzip_file_gives_its_lines_and_then_says_what_is_lost(tmp_path: Path) -> None:
    data = b"".join(b'{"text": "line %d"}\n' % n for n in range(3000))
    frame = read(tmp_path / "a.jsonl.gz", gzip.compress(data)[:-100])
    read_before = frame["text"].drop_nulls().to_list()
    assert read_before == [f"line {n}" for n in range(len(read_before))] and len(read_before) > 100
    assert frame["error"].drop_nulls().len() == 1 and "lost" in frame["error"][-1]


def test_an_empty_and_a_missing_file_say_so(tmp_path: Path) -> None:
    assert "empty" in read(tmp_path / "a.jsonl", b"")["error"][0]
    with pytest.raises(FileNotFoundError, match="gone"):
        list(jsonl.read(str(tmp_path / "gone.jsonl")))


LINE = st.sampled_from(
    [
        b'{"text": "one"}',
        b'{"text": "' + b"long " * 40 + b'"}',
        b"",
        b"   ",
        b"{bad",
        b'{"id": 1}',
        b'{"text": "\xff"}',
        b'{"text": "' + b"y" * 400 + b'"}',
        '{"text": "é漢"}'.encode(),
    ]
)


@given(
    lines=st.lists(LINE, max_size=12),
    end=st.sampled_from([b"\n", b"\r\n"]),
    last=st.booleans(),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_lines(
    file: Path, check_ranges: Any, lines: list[bytes], end: bytes, last: bool, cuts: list[float]
) -> None:
    lines = [*lines, b'{"text": "the last"}']
    data = end.join(lines) + (end if last else b"")
    file.write_bytes(data)
    begins = [len(end.join(lines[:n])) + len(end) for n in range(1, len(lines))]
    check_ranges(jsonl.read, file, [int(cut * len(data)) for cut in cuts], max_line_bytes=300)
    check_ranges(jsonl.read, file, [begin for begin in begins if begin < len(data)], max_line_bytes=300)
    check_ranges(jsonl.read, file, range(1, len(data)), max_line_bytes=300)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_lines_are_read_by_the_first_range(
    file: Path, read_ranges: Any, pack: Callable[[bytes], bytes]
) -> None:
    file.write_bytes(pack(b"".join(b'{"text": "line %d"}\n' % n for n in range(3_000)))[:-50])
    parts = read_ranges(jsonl.read, file, [10, 100])
    assert [part.height > 0 for part in parts] == [True, False, False]
    assert_frame_equal(parts[0], pl.concat(jsonl.read(str(file))))
    assert parts[0]["place"].n_unique() == parts[0].height


def test_a_range_reads_little_more_than_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(b"".join(b'{"text": "%d"}\n' % n for n in range(250_000)))
    reads: list[int] = []

    class Counted(io.FileIO):
        def __init__(self, uri: str, *_: int | None) -> None:
            super().__init__(uri)

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            reads.append(len(data))
            return data

    monkeypatch.setattr(jsonl, "open_uri", Counted)
    found = pl.concat(jsonl.read(str(file), start=1_000_000, stop=3_000_000))
    assert found["place"].is_between(1_000_000, 3_000_000, closed="left").all()
    assert sum(reads) < 2_000_000 + 3 * compression.RAW_BYTES
