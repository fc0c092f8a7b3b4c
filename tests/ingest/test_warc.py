"""Web archives, whole and broken: each record is one row, and damage costs only what it hits."""

import bz2
import gzip
import io
import json
import lzma
import random
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archives
import brotli
import polars as pl
import pytest
from fastwarc.stream_io import Lz4Writer, ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.ingest import warc
from winnow.ingest.archive import records
from winnow.ingest.io import splits

PAGE = b"<html><body><p>Some words on a page, enough of them to be one.</p></body></html>"


def record(
    number: int = 0,
    body: bytes = PAGE,
    *,
    kind: str = "response",
    status: str = "200 OK",
    content_type: str = "text/html",
    headers: tuple[tuple[str, str], ...] = (),
) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    url = f"http://example.org/{number}"
    if kind in ("response", "revisit"):
        http = StatusAndHeaders(status, [("Content-Type", content_type), *headers], protocol="HTTP/1.1")
        written = writer.create_warc_record(url, kind, payload=io.BytesIO(body), http_headers=http)
    else:
        written = writer.create_warc_record(
            url, kind, payload=io.BytesIO(body), warc_content_type=content_type
        )
    writer.write_record(written)
    return out.getvalue()


def with_length(written: bytes, more: int) -> bytes:
    return re.sub(
        rb"(?<=\nContent-Length: )\d+", lambda found: b"%d" % (int(found.group()) + more), written, count=1
    )


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., list[dict[str, str]]]:
    def read(data: bytes, **settings: Any) -> list[dict[str, Any]]:
        path = tmp_path / "archive.warc"
        path.write_bytes(data)
        return pl.concat(warc.read(str(path), **settings)).rows(named=True)

    return read


def urls(found: list[dict[str, str]]) -> list[str]:
    return [row["url"].rsplit("/", 1)[1] if not row["error"] else "error" for row in found]


def pack_by(writer: type, parts: list[bytes]) -> bytes:
    out = io.BytesIO()
    for part in parts:
        member = io.BytesIO()
        stream = writer(member)
        while part:
            part = part[stream.write(part) :]  # the zstd writer takes 8 MB at a time
        stream.close()
        out.write(member.getvalue())
    return out.getvalue()


LAYOUTS: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": b"".join,
    "gzip by record": lambda parts: b"".join(gzip.compress(part) for part in parts),
    "gzip as a whole": lambda parts: gzip.compress(b"".join(parts)),
    "zstd by record": lambda parts: pack_by(ZstdWriter, parts),
    "lz4 by record": lambda parts: pack_by(Lz4Writer, parts),
    "bzip2": lambda parts: bz2.compress(b"".join(parts)),
    "xz": lambda parts: lzma.compress(b"".join(parts)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_documents(rows, layout: str) -> None:
    found = rows(LAYOUTS[layout]([record(i) for i in range(5)]))
    assert urls(found) == list("01234")
    assert {row["text"] for row in found} == {PAGE.decode()}
    assert {row["media_type"] for row in found} == {"text/html"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", row["date"]) for row in found)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("more", [-40, 40, 5_000])
def test_a_wrong_length_costs_its_neighbors_nothing(rows, layout: str, more: int) -> None:
    found = rows(LAYOUTS[layout]([record(0), with_length(record(1), more), record(2), record(3)]))
    assert urls(found) == (["0", "1", "error", "2", "3"] if more < 0 else ["0", "1", "2", "3"])
    assert "wrong length" in json.loads(found[1]["metadata"])["damage"]
    assert "damage" not in json.loads(found[0]["metadata"])
    assert (
        PAGE.decode().startswith(found[1]["text"]) if more < 0 else found[1]["text"].strip() == PAGE.decode()
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_length_beyond_all_bounds_costs_one_record(rows, layout: str) -> None:
    found = rows(LAYOUTS[layout]([record(0), with_length(record(1), 10**11), record(2), record(3)]))
    assert urls(found) == ["0", "error", "2", "3"]
    assert found[1]["url"].endswith("/1")
    found = rows(LAYOUTS[layout]([record(0), with_length(record(1), 10**15), record(2), record(3)]))
    assert urls(found) == ["0", "1", "2", "3"]
    assert "none declared" in json.loads(found[1]["metadata"])["damage"]


def test_a_file_that_is_cut_off_gives_what_is_there(rows) -> None:
    """What only looks like a header there is text of the page, not a record."""
    decoy = record(7)[:200]
    whole = record(1, PAGE + b"\r\n" + decoy + b" " * 5_000)
    found = rows(record(0) + whole[:-4_000])
    assert urls(found) == ["0", "1"] and "cut off" in json.loads(found[1]["metadata"])["damage"]
    assert found[1]["text"].startswith(PAGE.decode()) and "example.org/7" in found[1]["text"]


@pytest.mark.parametrize(("made", "fate"), [pytest.param(*row, id=name) for name, *row in archives.kinds()])
def test_each_odd_record_has_its_fate_and_harms_no_neighbor(rows, made: bytes, fate: str) -> None:
    found = rows(archives.record("before") + made + archives.record("after"))
    fates = ["failed" if row["error"] else row["drop_reason"] or "kept" for row in found]
    assert fates == ["kept", fate, "kept"]


@pytest.mark.parametrize("layout", ["plain", "gzip by record", "gzip as a whole"])
def test_garbage_between_records(rows, layout: str) -> None:
    found = rows(LAYOUTS[layout]([record(0), b"GARBAGE\r\nof two lines\r\n" * 30, record(1), record(2)]))
    assert urls(found) == ["0", "error", "1", "2"]
    assert "no record header here; 690 bytes skipped" in found[1]["error"]


def test_raw_garbage_between_gzip_members(rows) -> None:
    one = gzip.compress(record(0))
    found = rows(one + b"GARBAGE" * 10 + gzip.compress(record(1)))
    assert urls(found) == ["0", "error", "1"] and f"no gzip data at byte {len(one)}" in found[1]["error"]


def test_a_damaged_member_and_a_cut_off_end(rows) -> None:
    members = [gzip.compress(record(i)) for i in range(4)]
    bad = bytearray(members[1])
    bad[len(bad) // 2 : len(bad) // 2 + 8] = b"\xff" * 8
    found = rows(members[0] + bytes(bad) + members[2] + members[3][:-40])
    assert urls(found) == ["0", "error", "2", "3"]
    assert "went on at byte" in found[1]["error"]
    assert "is cut off; the rest of the file is lost" in json.loads(found[3]["metadata"])["damage"]
    assert found[3]["text"] and PAGE.decode().startswith(found[3]["text"])


@settings(max_examples=90, deadline=None)
@given(
    at=st.integers(0, 30) | st.integers(0, 3_000),
    junk=st.binary(min_size=1, max_size=30),
    layout=st.sampled_from(["plain", "gzip by record", "zstd by record"]),
)
def test_damage_anywhere_costs_at_most_the_records_it_touches(
    tmp_path_factory, at: int, junk: bytes, layout: str
) -> None:
    members = [LAYOUTS[layout]([record(i)]) for i in range(6)]
    whole = b"".join(members)
    at = min(at, len(whole) - len(junk))
    path = tmp_path_factory.mktemp("damage") / "a.warc"
    path.write_bytes(whole[:at] + junk + whole[at + len(junk) :])
    found = pl.concat(warc.read(str(path)))
    good = set(found.filter(pl.col("error").is_null())["url"])
    start = 0
    for i, member in enumerate(members):
        touched = start < at + len(junk) + 8 and at < start + len(member) + 8
        if not touched:
            assert f"http://example.org/{i}" in good
        start += len(member)


def test_status_revisit_and_records_about_records(rows) -> None:
    found = rows(
        record(0, kind="warcinfo", content_type="application/warc-fields")
        + record(1, status="404 Not Found")
        + record(2, kind="revisit")
        + record(3, kind="metadata", content_type="text/plain")
        + record(4, b"plain words of a WET file", kind="conversion", content_type="text/plain")
        + record(5, kind="resource", content_type="text/html")
    )
    assert [row["drop_reason"] for row in found] == ["warc.http_status", "warc.revisit", None, None]
    assert json.loads(found[0]["metadata"])["status"] == 404
    assert found[2]["text"] == "plain words of a WET file" and found[2]["media_type"] == "text/plain"
    assert found[3]["text"] == PAGE.decode()


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def chunk(body: bytes) -> bytes:
    return b"".join(
        b"%x\r\n%b\r\n" % (len(body[i : i + 30]), body[i : i + 30]) for i in range(0, len(body), 30)
    )


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (("Content-Encoding", "gzip"), gzip.compress(PAGE, mtime=0)),
        (("Content-Encoding", "x-gzip"), gzip.compress(PAGE, mtime=0)),
        (("Content-Encoding", "deflate"), zlib.compress(PAGE)),
        (("Content-Encoding", "deflate"), raw_deflate(PAGE)),
        (("Content-Encoding", "br"), brotli.compress(PAGE)),
        (("Content-Encoding", "zstd"), pack_by(ZstdWriter, [PAGE])),
        (("Content-Encoding", "gzip, br"), brotli.compress(gzip.compress(PAGE, mtime=0))),
        (("Transfer-Encoding", "chunked"), chunk(PAGE) + b"0\r\n\r\n"),
        # Decoded by the crawler, which kept the header:
        (("Content-Encoding", "gzip"), PAGE),
        (("Content-Encoding", "deflate"), PAGE),
        (("Content-Encoding", "br"), PAGE),
        (("Content-Encoding", "zstd"), PAGE),
        (("Transfer-Encoding", "chunked"), PAGE),
    ],
)
def test_bodies_are_decoded(rows, header: tuple[str, str], body: bytes) -> None:
    (row,) = rows(record(0, body, headers=(header,)))
    assert row["text"] == PAGE.decode() and row["error"] is None


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_a_bomb_is_an_error_and_not_the_end(rows, coding: str) -> None:
    packer = {"gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress}.get(
        coding, lambda body: pack_by(ZstdWriter, [body])
    )
    bomb = record(0, packer(bytes(30_000_000)), headers=(("Content-Encoding", coding),))
    found = rows(bomb + record(1), max_record_bytes=1_000_000)
    assert urls(found) == ["error", "1"] and "max_record_bytes" in found[0]["error"]


def test_an_oversized_record_is_skipped(rows) -> None:
    found = rows(record(0) + record(1, b"x" * 50_000) + record(2), max_record_bytes=10_000)
    assert urls(found) == ["0", "error", "2"]


@pytest.mark.parametrize(
    ("content_type", "body", "media_type"),
    [
        ("application/pdf", b"%PDF-1.4 \xe2\xe3\xcf", "application/pdf"),
        ("text/html", b"%PDF-1.4 \xe2\xe3\xcf", "application/pdf"),
        ("text/html", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "image/png"),
        ("text/plain", bytes(range(256)) * 4, "application/octet-stream"),
        ("image/jpeg", b"words", "image/jpeg"),
        ("application/json", b"{}", "application/json"),
    ],
)
def test_binary_never_becomes_text(rows, content_type: str, body: bytes, media_type: str) -> None:
    (row,) = rows(record(0, body, content_type=content_type))
    assert (row["drop_reason"], row["media_type"], row["text"]) == ("warc.media_type", media_type, None)


def test_html_without_its_type_is_html(rows) -> None:
    (row,) = rows(record(0, b"<!DOCTYPE html>" + PAGE, content_type="application/octet-stream"))
    assert row["media_type"] == "text/html"


def arc(number: int, more: int = 0) -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
    line = f"http://example.org/{number} 93.184.216.34 20140102030405 text/html {len(http) + more}\n"
    return line.encode() + http + b"\n"


def test_an_arc_without_its_beginning_is_one_all_the_same(rows) -> None:
    assert urls(rows(arc(0) + arc(1))) == ["0", "1"]
    assert urls(rows(b"half of a record\n\n" + arc(0) + arc(1))) == ["error", "0", "1"]
    assert urls(rows(arc(0)[30:] + arc(1) + arc(2))) == ["error", "1", "2"]


def test_arc_in_both_packings_with_a_wrong_length(rows) -> None:
    version = b"1 0 Example\nURL IP-address Archive-date Content-type Archive-length\n\n"
    head = b"filedesc://a.arc 0.0.0.0 20140102030405 text/plain %d\n" % len(version) + version
    parts = [head, arc(0), arc(1, 30), arc(2)]
    for data in (b"".join(parts), b"".join(gzip.compress(part) for part in parts)):
        found = rows(data)
        assert urls(found) == ["0", "1", "2"] and "damage" in json.loads(found[1]["metadata"])
        assert found[0]["date"] == "2014-01-02T03:04:05Z" and found[0]["text"] == PAGE.decode()


def test_an_arc_length_that_ends_within_the_next_url_takes_nothing_of_it(rows) -> None:
    for more in range(2, 6):
        assert urls(rows(arc(0) + arc(1, more) + arc(2))) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("url", "date", "length", "said"),
    [
        ("http://example.org/a b", "20140102030405", "{}", "2014-01-02T03:04:05Z"),
        ("http://example.org/x 1.2.3.4 20010101000000 y", "20140102", "{}", "2014-01-02T00:00:00Z"),
        ("http://example.org/x", "null", "{} ", None),
        ("HTTP://example.org/X", "Null", "{}", None),
        ("http://example.org/x", "2014", "200 - - 17 a.arc {}", None),
        ("http://example.org/x", "20149999000000", "{}\t", None),
    ],
)
def test_lines_of_arc_records_as_crawlers_wrote_them(rows, url, date, length, said) -> None:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
    line = f"{url} 93.184.216.34 {date} text/html {length.format(len(http))}\n"
    found = rows(arc(0) + line.encode() + http + b"\n" + arc(2))
    assert [row["url"] for row in found] == ["http://example.org/0", url, "http://example.org/2"]
    assert found[1]["date"] == said and found[1]["text"] == PAGE.decode()


def test_files_that_are_none(rows, tmp_path: Path) -> None:
    assert [row["error"] for row in rows(b"")] == ["the file is empty"]
    (row,) = rows(b"<html>not an archive</html>")
    assert "no record header here" in row["error"]
    with pytest.raises(FileNotFoundError, match="missing"):
        list(warc.read(str(tmp_path / "missing.warc.gz")))


def test_a_record_inside_a_record_is_its_text(rows) -> None:
    found = rows(record(0, record(7), kind="resource", content_type="text/plain") + record(1))
    assert urls(found) == ["0", "1"]


def test_captures_of_the_same_content_at_the_same_url_are_for_deduplication(rows) -> None:
    found = rows(record(0) + record(1) + record(0))
    assert [row["text"] for row in found] == [PAGE.decode()] * 3


def test_bodies_are_handed_on_where_asked_for(rows) -> None:
    pdf = b"%PDF-1.4 \xe2\xe3\xcf"
    data = record(0, pdf, content_type="text/html") + record(1) + record(2, pdf, content_type="image/png")
    found = rows(data, bodies=["application/PDF"])
    assert [(row["text"], row["body"]) for row in found] == [("", pdf), (PAGE.decode(), None), (None, None)]
    assert [row["drop_reason"] for row in found] == [None, None, "warc.media_type"]
    assert "body" not in rows(data)[0]


def test_which_types_are_text_is_a_setting(rows) -> None:
    data = b"".join(
        record(i, b"a,b", content_type=f"text/{kind}") for i, kind in enumerate(["csv", "markdown"])
    )
    assert [row["text"] for row in rows(data)] == [None, "a,b"]
    assert [row["text"] for row in rows(data, texts=["text/csv"])] == ["a,b", None]


def test_nothing_captured_is_said(rows) -> None:
    (row,) = rows(record(0, kind="metadata", content_type="text/plain"))
    assert row["drop_reason"] == "warc.no_capture"
    (row,) = rows(record(0, b""))
    assert row["drop_reason"] == "warc.empty_body"


@pytest.mark.parametrize("packed", [False, True])
def test_zstd_with_a_dictionary_of_its_own_past_damage(rows, packed: bool) -> None:
    parts = [record(i) for i in range(60)]
    dictionary = zstd_train_dictionary_from_samples(parts, 4_096)
    head, members = b"", []
    for part in parts[:5]:
        out = io.BytesIO()
        writer = ZstdWriter(out, dictionary=dictionary, compress_dictionary_frame=packed)
        writer.write(part)
        writer.close()
        size = 8 + int.from_bytes(out.getvalue()[4:8], "little")
        head, member = out.getvalue()[:size], out.getvalue()[size:]
        members.append(member)
    assert urls(rows(head + b"".join(members))) == list("01234")
    members[1] = members[1][:-1] + bytes([members[1][-1] ^ 0xFF])
    found = urls(rows(head + b"".join(members)))
    assert found.count("error") == 1 and found[-3:] == list("234") and "0" in found


def test_a_packed_page_that_nobody_calls_packed(rows) -> None:
    (row,) = rows(record(0, gzip.compress(PAGE)))
    assert row["text"] == PAGE.decode()


def test_a_record_that_is_no_response_is_an_error(rows) -> None:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: 5\r\n\r\n"
    found = rows(head + b"<html\r\n\r\n" + record(1))
    assert urls(found) == ["error", "1"] and "no HTTP response" in found[0]["error"]


def test_xhtml_sent_as_xml_is_a_page_and_a_feed_is_not(rows) -> None:
    page = b'\xef\xbb\xbf<?xml version="1.0"?>\n<!DOCTYPE html><html><p>words'
    found = rows(
        record(0, page, content_type="application/xml") + record(1, b"<rss/>", content_type="text/xml")
    )
    assert [row["media_type"] for row in found] == ["text/html", "text/xml"]


def test_what_a_server_says_of_the_use_of_its_pages_is_kept(
    rows: Callable[..., list[dict[str, Any]]],
) -> None:
    headers = (
        ("X-Robots-Tag", "noai"),
        ("Server", "x"),
        ("tdm-reservation", "1"),
        ("x-robots-tag", "bot: none"),
    )
    said, silent, moved, plain = rows(
        record(1, headers=headers)
        + record(2)
        + record(3, status="404 Not Found", headers=headers[:1])
        + record(4, b"Plain words.", kind="conversion", content_type="text/plain")
    )
    assert json.loads(said["preferences"]) == [
        {"in": "header", "name": "x-robots-tag", "value": "noai"},
        {"in": "header", "name": "tdm-reservation", "value": "1"},
        {"in": "header", "name": "x-robots-tag", "value": "bot: none"},
    ]
    assert silent["preferences"] is None and plain["preferences"] is None
    assert json.loads(moved["preferences"])[0]["value"] == "noai"


HEAD = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://example.org/x\r\n"
ARC = b"http://example.org/9 1.2.3.4 20240101000000 text/html "


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (b"WARC/1.0\r\nA: " + b"a" * 200_000 + b"\r\n", "without an end in 65536 bytes"),
        (b"WARC/1.0\r\nA:\r\n" * 10_000, "without an end in 65536 bytes"),
        (HEAD + b"Content-Length: " + b"9" * 50_000 + b"\r\n\r\n", "none declared"),
        (HEAD + b"a: b\r\n" * 5_000 + b"\r\n", "none declared"),
        (b"x" * 20_000_000 + b"\n", "no record header here"),
    ],
)
def test_a_header_made_to_waste_time_costs_itself(rows: Any, broken: bytes, told: str) -> None:
    found = rows(record(1) + broken + record(2))
    assert [row["url"] for row in found if row["text"]] == ["http://example.org/1", "http://example.org/2"]
    assert told in (found[1]["error"] or json.loads(found[1]["metadata"])["damage"])


def test_digits_in_an_arc_line_are_no_length(rows: Any) -> None:
    page = b"<html><body><p>words</p></body></html>"
    whole = b"http://example.org/1 1.2.3.4 20240101000000 text/html %d\n%b\n" % (len(page), page)
    found = rows(whole + ARC + b"1" * 1_000_000 + b"\n" + whole + (ARC + b"1" * 1_900 + b"\n") * 3 + whole)
    assert [row["media_type"] for row in found if not row["error"]] == ["text/html"] * 3
    assert all("no record header here" in row["error"] for row in found if row["error"])


def test_a_field_sent_many_times_is_one(rows: Any) -> None:
    fields = tuple(("X-Same", str(i)) for i in range(20_000))
    assert [row["error"] for row in rows(record(1, headers=fields) + record(2))] == [None, None]


def test_content_codings_are_bounded(rows: Any) -> None:
    body = PAGE
    for _ in range(9):
        body = zlib.compress(body)
    eight = record(1, zlib.decompress(body), headers=(("Content-Encoding", ", ".join(["deflate"] * 8)),))
    nine = record(2, body, headers=(("Content-Encoding", ", ".join(["deflate"] * 9)),))
    found = rows(eight + nine + record(3))
    assert [bool(row["text"]) for row in found] == [True, False, True]
    assert "9 content codings, more than 8" in found[1]["error"]


def test_a_body_of_many_members_is_whole(rows: Any) -> None:
    parts = [gzip.compress(b""), *(gzip.compress(bytes([each])) for each in PAGE), gzip.compress(b"")]
    found = rows(record(1, b"".join(parts * 40), headers=(("Content-Encoding", "gzip"),)))
    assert found[0]["text"] == PAGE.decode() * 40


def test_chunks_of_a_byte(rows: Any) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in PAGE * 100) + b"0\r\n\r\n"
    found = rows(record(1, chunks, headers=(("Transfer-Encoding", "chunked"),)))
    assert found[0]["text"] == PAGE.decode() * 100


def test_beginnings_are_tried_so_often_in_a_block_and_no_more(
    tmp_path: Path, monkeypatch: Any, small_blocks: Any
) -> None:
    tried: list[int] = []
    is_whole = records._is_whole
    monkeypatch.setattr(records, "_is_whole", lambda raw, at: tried.append(at) or is_whole(raw, at))
    path = tmp_path / "archive.warc"
    path.write_bytes(record(1) + b"WARC/1.0\r\nA:\r\n" * 10_000 + record(2))
    with small_blocks(1 << 15):
        texts = pl.concat(warc.read(str(path)))["text"].drop_nulls()
    blocks = path.stat().st_size // (1 << 15) + 1
    assert len(texts) == 2 and splits.MAX_TRIES < len(tried) <= blocks * splits.MAX_TRIES


def respond(number: int, said: str = "", length: int | None = None) -> bytes:
    """A record whose response tells its own length; `said` stands where its own does."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/{number}\r\n"
    said = said or f"Content-Length: {len(http) if length is None else length}"
    return f"{head}Content-Type: application/http\r\n{said}\r\n\r\n".encode() + http + b"\r\n\r\n"


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "said",
    [
        "Content-Length: unknown",
        "Content-Width: 1",
        "Content-Length : 144",
        "Content-Length: 150\r\nContent-Length: 144",
        "Content-Length: 144\r\nContent-Length: 150",
        "Content-Length: 0",
        "Content-Length: 70000000",
        "Content-Length: 9223372036854775808",
    ],
)
def test_the_end_of_a_record_is_found_whatever_its_length(rows, layout: str, said: str) -> None:
    assert b"Content-Length: 144" in respond(0)
    found = rows(LAYOUTS[layout]([respond(0), respond(1, said), respond(2)]))
    assert [(row["url"][-1], row["text"].strip()) for row in found] == [(n, PAGE.decode()) for n in "012"]
    damaged = "damage" in json.loads(found[1]["metadata"])
    assert damaged == (said not in ("Content-Length : 144", "Content-Length: 144\r\nContent-Length: 150"))


@pytest.mark.parametrize("layout", ["plain", "gzip by record", "gzip as a whole", "zstd by record"])
def test_what_is_quoted_in_a_page_of_a_wrong_length_is_no_record(rows, layout: str) -> None:
    quoted = record(7)
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    page = PAGE + b"\r\n" + quoted + b" and on it goes"
    block = http % len(page) + page
    for more in (-300, -9, 9, 1_000, 10**15):
        host = record(1, block, kind="resource", content_type="application/http")
        host = with_length(host, more)
        found = rows(LAYOUTS[layout]([record(0), host, record(2)]))
        assert urls(found) == ["0", "1", "2"] and found[1]["text"].endswith("and on it goes")
    sound = record(1, block, kind="resource", content_type="application/http")
    assert urls(rows(record(0) + sound[:-4] + b"GARBAGE\n" + record(2))) == ["0", "1", "error", "2"]


def test_a_member_of_its_own_ends_a_record(rows) -> None:
    host = record(1, PAGE + b"\r\n" + record(7) + b"and on")
    found = rows(b"".join(map(gzip.compress, [record(0), with_length(host, 50), record(2)])))
    assert urls(found) == ["0", "1", "2"] and found[1]["text"].rstrip().endswith("and on")


@pytest.mark.parametrize("layout", ["gzip by record", "gzip as a whole", "xz"])
def test_what_a_cut_off_file_unpacks_to_comes_out(rows, layout: str) -> None:
    noise = bytes(32 + each % 90 for each in random.Random(1).randbytes(900_000))
    whole = LAYOUTS[layout]([record(0), record(1, b"<html>" + noise)])
    found = rows(whole[: len(whole) // 100 * 95])
    assert urls(found) == ["0", "1"] and "cut off" in json.loads(found[1]["metadata"])["damage"]
    assert len(found[1]["text"]) > 800_000
    corrupt = bytearray(whole)
    corrupt[-3] ^= 0xFF
    assert [bool(row["error"]) for row in rows(bytes(corrupt))][-1]


@pytest.mark.parametrize("layout", ["zstd by record", "lz4 by record"])
def test_what_lies_behind_several_damages_is_found(rows, layout: str) -> None:
    parts = [LAYOUTS[layout]([record(i)]) for i in range(9)]
    for at in (1, 4, 7):
        parts[at] = parts[at][:-9] + b"GARBAGE" + parts[at][-2:]
    found = rows(b"".join(parts))
    assert [url for url in urls(found) if url != "error"] == list("023568")


def test_garbage_before_a_header_in_one_line(rows) -> None:
    found = rows(record(0) + b"\x01\x02GARBAGE" + record(1) + record(2))
    assert urls(found) == ["0", "error", "1", "2"] and "9 bytes skipped" in found[1]["error"]
    quoted = b"<pre>" + record(7).rstrip() + b"</pre>\r\n"
    found = rows(record(0) + b"GARBAGE\r\n" + quoted + record(1))
    assert urls(found) == ["0", "error", "1"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_byte_order_mark_at_the_start_is_passed_over(rows, layout: str) -> None:
    for first, second in ((record(0), record(1)), (arc(0), arc(1))):
        assert urls(rows(LAYOUTS[layout]([b"\xef\xbb\xbf" + first, second]))) == ["0", "1"]


def test_a_page_whose_end_was_never_written(rows) -> None:
    found = rows(record(0, PAGE + bytes(4_096)) + record(1, b"%PDF-1.4 \xe2" + bytes(99)))
    assert found[0]["text"] == PAGE.decode() and "4096 bytes are NUL" in found[0]["metadata"]
    assert found[1]["drop_reason"] == "warc.media_type"
