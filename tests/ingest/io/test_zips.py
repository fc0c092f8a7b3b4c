"""Zip archives whose directory is larger than its bound, however its size is told; and what reads them."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from winnow.ingest import warc
from winnow.ingest.books import epub
from winnow.ingest.code import repository
from winnow.ingest.io import zips


def make(names: int, lies: bool) -> bytes:
    """An archive; one that lies says its directory's size in the records of ZIP64 alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(names):
            archive.writestr(f"{number}.txt", b"words")
    data = out.getvalue()
    if not lies:
        return data
    body, end = data[:-22], data[-22:]
    size, offset = struct.unpack_from("<II", end, 12)
    large = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, names, names, size, offset)
    locator = struct.pack("<4sIQI", b"PK\6\7", 0, len(body), 1)
    return body + large + locator + end[:12] + struct.pack("<II", 0, offset) + end[20:]


@pytest.mark.parametrize("lies", [False, True])
def test_a_directory_is_bounded_before_it_is_read(monkeypatch: pytest.MonkeyPatch, lies: bool) -> None:
    data = make(50, lies)
    with zips.open_zip(io.BytesIO(data)) as archive:
        assert archive.read("49.txt") == b"words"
    monkeypatch.setattr(zips, "MAX_DIRECTORY_BYTES", 1_000)
    with pytest.raises(zipfile.BadZipFile, match=r"its directory has 25[0-9]{2} bytes, more than 1000"):
        zips.open_zip(io.BytesIO(data))


@pytest.mark.parametrize(
    ("read", "name"), [(epub.read, "x.epub"), (repository.read, "x.zip"), (warc.read, "x.wacz")]
)
def test_readers_of_archives_hold_to_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read: Callable[..., Any], name: str
) -> None:
    (tmp_path / name).write_bytes(make(50, lies=True))
    monkeypatch.setattr(zips, "MAX_DIRECTORY_BYTES", 1_000)
    told = [error for frame in read(str(tmp_path / name)) for error in frame["error"].drop_nulls()]
    assert "more than 1000" in told[0]
