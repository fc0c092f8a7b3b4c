import gzip
import os
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.pipelines.demo import wrap


@pytest.fixture
def pages(tmp_path: Path) -> list[tuple[str, Path]]:
    made = []
    for number, body in enumerate(
        [b"<meta charset='ISO-8859-1'><p>caf\xe9", b"<p>plain", b"", b"\r\n\r\nWARC/1.0\r\n" * 9]
    ):
        page = tmp_path / f"{number}.html"
        page.write_bytes(body)
        os.utime(page, (1_000_000_000 + number,) * 2)
        made.append((f"https://doc.example/{number}.html", page))
    return made


def records(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    with path.open("rb") as stream:
        return [
            (record.headers["WARC-Target-URI"], dict(record.http_headers.items()), record.reader.read())
            for record in ArchiveIterator(stream)
            if record.is_http
        ]


def test_round_trip_keeps_urls_bodies_and_dates(pages: list[tuple[str, Path]], tmp_path: Path) -> None:
    [path] = wrap.wrap_pages(pages, tmp_path / "web/doc")
    assert path.name == "doc-00000.warc.gz"
    found = records(path)
    assert [(url, body) for url, _, body in found] == [(url, page.read_bytes()) for url, page in pages]
    heads = [head for _, head, _ in found]
    assert heads[0]["Content-Type"] == "text/html; charset=iso-8859-1"
    assert heads[1]["Content-Type"] == "text/html"
    assert heads[1]["Last-Modified"] == "Sun, 09 Sep 2001 01:46:41 GMT"


def test_every_digest_verifies_and_every_record_is_a_gzip_member(
    pages: list[tuple[str, Path]], tmp_path: Path
) -> None:
    [path] = wrap.wrap_pages(pages, tmp_path / "doc")
    with path.open("rb") as stream:
        assert [record.verify_block_digest() for record in ArchiveIterator(stream, parse_http=False)] == [
            True
        ] * 5
    with path.open("rb") as stream:
        responses = [
            record for record in ArchiveIterator(stream) if record.is_http and record.verify_payload_digest()
        ]
    assert len(responses) == len(pages)
    with path.open("rb") as stream:
        offsets = [record.stream_pos for record in ArchiveIterator(stream)]
    stored = path.read_bytes()
    assert len(offsets) == 5
    assert all(gzip.decompress(stored[offset:]).startswith(b"WARC/1.1\r\n") for offset in offsets)


def test_bytes_depend_on_content_only(pages: list[tuple[str, Path]], tmp_path: Path) -> None:
    [first] = wrap.wrap_pages(pages, tmp_path / "a/doc")
    [second] = wrap.wrap_pages(pages[::-1], tmp_path / "b/doc")
    assert first.read_bytes() == second.read_bytes()
    pages[0][1].write_bytes(b"other")
    os.utime(pages[0][1], (1_000_000_000,) * 2)
    [third] = wrap.wrap_pages(pages, tmp_path / "c/doc")
    assert third.read_bytes() != first.read_bytes()


def test_a_line_more_stands_in_the_header_of_its_page_alone(
    pages: list[tuple[str, Path]], tmp_path: Path
) -> None:
    url = pages[1][0]
    [path] = wrap.wrap_pages(pages, tmp_path / "doc", fields={url: "X-Robots-Tag: noai"})
    heads = {found: head.get("X-Robots-Tag") for found, head, _ in records(path)}
    assert heads == {other: "noai" if other == url else None for other, _ in pages}
    assert [body for _, _, body in records(path)] == [page.read_bytes() for _, page in pages]


def test_files_end_at_max_bytes_and_lose_nothing(pages: list[tuple[str, Path]], tmp_path: Path) -> None:
    paths = wrap.wrap_pages(pages, tmp_path / "doc", max_bytes=1)
    assert [path.name for path in paths] == [f"doc-0000{n}.warc.gz" for n in range(4)]
    assert [url for path in paths for url, _, _ in records(path)] == [url for url, _ in pages]


@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=300))
def test_any_bytes_come_back(body: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "page").write_bytes(body)
    [path] = wrap.wrap_pages([("https://doc.example/", folder / "page")], folder / "doc")
    assert [found for _, _, found in records(path)] == [body]
