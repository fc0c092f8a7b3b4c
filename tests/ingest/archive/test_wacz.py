"""WACZ files, and zips that are none."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.ingest import warc


def archive(*numbers: int) -> bytes:
    """A WARC of one page for each number, a gzip member each."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    for number in numbers:
        http = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        page = io.BytesIO(b"<html><p>Page number %d, and what stands on it.</html>" % number)
        url = f"http://example.org/{number}"
        writer.write_record(writer.create_warc_record(url, "response", payload=page, http_headers=http))
    return out.getvalue()


def wacz(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("datapackage.json", "{}")
        file.writestr("indexes/index.cdx.gz", gzip.compress(b"org,example)/ 20260101000000 {}\n" * 9))
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[bytes], list[dict[str, str]]]:
    def read(data: bytes) -> list[dict[str, str]]:
        path = tmp_path / "a.wacz"
        path.write_bytes(data)
        return pl.concat(warc.read(str(path))).rows(named=True)

    return read


def pages(found: list[dict[str, str]]) -> list[str]:
    return ["error" if row["error"] else row["url"].rsplit("/", 1)[1] for row in found]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_all_archives_inside_are_read_and_named(rows, compression: int) -> None:
    members = {
        "archive/b.warc.gz": archive(2, 3),
        "archive/a.warc.gz": archive(0, 1),
        "archive/c.warc": gzip.decompress(archive(4)),
    }
    found = rows(wacz(members, compression))
    assert pages(found) == list("01234")
    assert found[0]["key"] == "archive/a.warc.gz, record at byte 0"


def test_rows_of_several_archives_have_places_of_their_own(rows) -> None:
    found = rows(wacz({"archive/a.warc.gz": archive(0, 1), "archive/b.warc.gz": archive(1, 2)}))
    assert [row["drop_reason"] for row in found] == [None] * 4
    assert len({row["place"] for row in found}) == 4


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damage_inside_costs_one_record(rows, compression: int) -> None:
    one = archive(0)
    bad = bytearray(archive(0, 1, 2))
    bad[len(one) + 60 : len(one) + 70] = b"\xff" * 10
    found = rows(wacz({"archive/a.warc.gz": bytes(bad), "archive/b.warc.gz": archive(3)}, compression))
    assert pages(found) == ["0", "error", "2", "3"]


def test_a_cut_off_file_gives_what_is_there(rows) -> None:
    one, two, three = archive(0), archive(1), archive(2)
    whole = wacz({"archive/a.warc.gz": one + two + three})
    found = rows(whole[: whole.index(three) + 30])
    assert [number for number in pages(found) if number != "error"] == ["0", "1"]
    assert "not a readable zip" in found[0]["error"] and "lost" in found[-1]["error"]


def test_damage_in_the_zip_itself_leaves_the_other_members(rows) -> None:
    whole = bytearray(wacz({"archive/a.warc.gz": archive(0), "archive/b.warc.gz": archive(1)}))
    at = whole.index(b"archive/a.warc.gz") - 30
    whole[at : at + 4] = b"XXXX"  # the local header; the directory is whole
    found = rows(bytes(whole))
    assert pages(found) == ["error", "1"] and "archive/a.warc.gz cannot be unzipped" in found[0]["error"]


def test_a_zip_of_something_else_is_an_error(rows) -> None:
    (row,) = rows(wacz({}))
    assert "no WACZ" in row["error"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_member_of_nonsense_leaves_the_others(rows, compression: int) -> None:
    whole = bytearray(wacz({"archive/a.warc.gz": archive(0), "archive/b.warc.gz": archive(1)}, compression))
    at = whole.index(b"archive/a.warc.gz") + len(b"archive/a.warc.gz")
    whole[at : at + 60] = b"\xfe" * 60
    found = rows(bytes(whole))
    assert pages(found)[-1] == "1" and set(pages(found)[:-1]) == {"error"}


def test_names_for_the_same_bytes_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "archive.wacz"
    path.write_bytes(wacz({"archive/a.warc.gz": archive(1), "archive/b.warc.gz": archive(2)}))
    with zipfile.ZipFile(path, "a") as file:
        first, second = file.infolist()[-2:]
        second.header_offset, second.compress_size = first.header_offset, first.compress_size
        file._didModify = True  # so that the directory is written anew
    found = pl.concat(warc.read(str(path)))
    assert found["url"].drop_nulls().to_list() == ["http://example.org/1"]
    assert "lies where another member of the zip does" in found["error"].drop_nulls()[0]
