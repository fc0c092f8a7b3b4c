"""Sections of web archives: wherever a file is cut, its ranges give the rows of the whole, damaged or not."""

import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pytest
from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.ingest import jsonl, parquet, warc
from winnow.ingest.io import splits
from winnow.ingest.wikis import mediawiki


def record(number: int, body: bytes, kind: str = "response", content_type: str = "text/html") -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    http = StatusAndHeaders("200 OK", [("Content-Type", content_type)], protocol="HTTP/1.1")
    written = writer.create_warc_record(
        f"http://example.org/{number}",
        kind,
        payload=io.BytesIO(body),
        http_headers=http if kind == "response" else None,
        warc_content_type="" if kind == "response" else content_type,
        warc_headers_dict={
            "WARC-Date": "2026-01-02T03:04:05Z",
            "WARC-Record-ID": f"<urn:uuid:00000000-0000-0000-0000-{number:012d}>",
        },
    )
    writer.write_record(written)
    return out.getvalue()


def arc(number: int, body: bytes) -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    return b"http://example.org/%d 1.2.3.4 20140102030405 text/html %d\n" % (number, len(http)) + http + b"\n"


NOISE = random.Random(7).randbytes(6_000).hex().encode()


def of_warc(number: int, what: str) -> bytes:  # noqa: C901 - a case for each kind
    page = b"<html><p>page %d " % number
    match what:
        case "arc":
            return arc(number, page)
        case "info":
            return record(number, b"software: x\r\n", "warcinfo", "application/warc-fields")
        case "wet":
            return record(number, b"words of a page", "conversion", "text/plain")
        case "long":
            return record(number, page + NOISE)
        case "too long":
            return record(number, page).replace(b"Content-Length: 1", b"Content-Length: 2", 1)
        case "too short":
            return record(number, page).replace(b"Content-Length: 1", b"Content-Length: ", 1)
        case "no length":
            return record(number, page).replace(b"Content-Length", b"Content-Width", 1)
        case "glued":
            return b"GARBAGE" + record(number, page)
        case "quoting":
            return record(number, page + b"\r\n" + record(99, page) + b" and on")
        case "garbage":
            return b"GARBAGE\r\n" * number
        case _:
            return record(number, page)


def pack_zstd(part: bytes, **options: Any) -> bytes:
    out = io.BytesIO()
    stream = ZstdWriter(out, **options)
    stream.write(part)
    stream.close()
    return out.getvalue()


def pack_with_dictionary(parts: list[bytes]) -> bytes:
    dictionary = zstd_train_dictionary_from_samples([record(n, b"<html>%d" % n) for n in range(60)], 4_096)
    packed = [pack_zstd(part, dictionary=dictionary) for part in parts]
    size = 8 + int.from_bytes(packed[0][4:8], "little")
    return b"".join([packed[0], *(frame[size:] for frame in packed[1:])])


LAYOUTS: dict[str, Callable[[list[bytes]], bytes]] = {
    "plain": b"".join,
    "gzip": lambda parts: b"".join(gzip.compress(part, mtime=0) for part in parts),
    "gzip in threes": lambda parts: b"".join(
        gzip.compress(b"".join(parts[n : n + 3]), mtime=0) for n in range(0, len(parts), 3)
    ),
    "gzip as a whole": lambda parts: gzip.compress(b"".join(parts), mtime=0),
    "zstd": lambda parts: b"".join(map(pack_zstd, parts)),
    "zstd with a dictionary": pack_with_dictionary,
}
KINDS = ["page", "info", "wet", "long", "too long", "too short", "no length", "garbage", "glued", "quoting"]
FILES = st.tuples(
    st.sampled_from(sorted(LAYOUTS)),
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=9)
    | st.lists(st.sampled_from(["arc", "garbage"]), min_size=1, max_size=9),
)
DAMAGE = st.lists(st.tuples(st.floats(0.01, 1), st.binary(min_size=1, max_size=20)), max_size=2)


@given(
    archive=FILES,
    damage=DAMAGE,
    cut_off=st.integers(0, 60),
    block=st.integers(60, 2_000),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_web_archives_of_all_sorts_damaged_or_not(
    file: Path,
    check_ranges: Any,
    small_blocks: Any,
    archive: tuple[str, list[str]],
    damage: list[tuple[float, bytes]],
    cut_off: int,
    block: int,
    cuts: list[float],
) -> None:
    layout, kinds = archive
    data = LAYOUTS[layout]([of_warc(number, kind) for number, kind in enumerate(kinds, 1)])
    for share, junk in damage:
        place = int(share * len(data))
        data = data[:place] + junk + data[place + len(junk) :]
    data = data[: len(data) - (cut_off if cut_off < 30 else 0)]
    file.write_bytes(data)
    with small_blocks(block):
        check_ranges(warc.read, file, [int(cut * len(data)) for cut in cuts])
        check_ranges(warc.read, file, range(block // 2, len(data), block))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("kind", ["page", "arc"])
def test_sections_change_nothing_and_are_many(
    file: Path, read_ranges: Any, check_ranges: Any, small_blocks: Any, layout: str, kind: str
) -> None:
    kinds = [kind, kind, "long", kind, "info", "wet", *[kind] * 6]
    if kind == "arc":
        kinds = [kind] * 12
    data = LAYOUTS[layout]([of_warc(number, kind) for number, kind in enumerate(kinds, 1)])
    file.write_bytes(data)
    streamed = pl.concat(warc.read(str(file)))
    with small_blocks(300):
        whole = check_ranges(warc.read, file, range(300, len(data), 300))
        filled = sum(part.height > 0 for part in read_ranges(warc.read, file, range(300, len(data), 300)))
    content = pl.exclude("key", "place")
    assert_frame_equal(whole.select(content), streamed.select(content))
    assert streamed["error"].null_count() == streamed.height == 11 + (kind == "arc")
    assert filled == 1 if layout == "gzip as a whole" else filled >= 2
    if layout.startswith("gzip"):
        assert_frame_equal(whole, streamed)


def test_a_record_goes_over_many_ranges(file: Path, read_ranges: Any, small_blocks: Any) -> None:
    parts = [of_warc(1, "page"), of_warc(2, "long"), of_warc(3, "page")]
    for data in (b"".join(parts), b"".join(map(gzip.compress, parts))):
        file.write_bytes(data)
        with small_blocks(100):
            heights = [part.height for part in read_ranges(warc.read, file, range(100, len(data), 100))]
        assert sum(heights) == 3 and len(heights) > 20 and max(heights) == 1


def test_places_say_where_a_member_begins(file: Path) -> None:
    members = [gzip.compress(of_warc(n, "page") + of_warc(n + 1, "page")) for n in (1, 3, 5)]
    file.write_bytes(b"".join(members))
    begins = [0, len(members[0]), len(members[0]) + len(members[1])]
    found = pl.concat(warc.read(str(file)))
    assert found["place"].to_list() == [(begin << 16) + n for begin in begins for n in (0, 1)]
    assert found["key"].to_list()[2:4] == [f"record at byte {begins[1]}", f"record 2 from byte {begins[1]}"]


def store_zstd(data: bytes) -> bytes:
    """A frame of raw blocks."""
    blocks = [data[n : n + 131_072] for n in range(0, len(data), 131_072)]
    made = b"\x28\xb5\x2f\xfd\x00\x50"
    for number, block in enumerate(blocks, 1):
        made += (len(block) << 3 | (number == len(blocks))).to_bytes(3, "little") + block
    return made


@pytest.mark.parametrize(
    ("pack", "store"), [(gzip.compress, lambda data: gzip.compress(data, 0)), (pack_zstd, store_zstd)]
)
def test_an_archive_inside_a_record_is_no_section(
    file: Path,
    check_ranges: Any,
    small_blocks: Any,
    pack: Callable[[bytes], bytes],
    store: Callable[[bytes], bytes],
) -> None:
    """Where the outer member is stored, the inner ones stand in the file as if they were its own."""
    draw = random.Random(3)
    inner = b"".join(pack(record(n, draw.randbytes(3_000))) for n in range(150))
    outer = store(record(2, inner))
    file.write_bytes(pack(of_warc(1, "page")) + outer + pack(of_warc(3, "page")))
    assert inner[:10_000] in outer
    with small_blocks(10_000, splits.CHAIN_BYTES):
        whole = check_ranges(warc.read, file, range(10_000, file.stat().st_size, 50_000))
    assert whole["url"].to_list() == [f"http://example.org/{n}" for n in (1, 2, 3)]
    with small_blocks(10_000, 1_000):  # what it is that the long chain is for
        assert pl.concat(warc.read(str(file))).height > 3


def test_a_damaged_dictionary_is_told(file: Path) -> None:
    data = bytearray(pack_with_dictionary([of_warc(n, "page") for n in (1, 2)]))
    data[18:40] = b"\xff" * 22
    file.write_bytes(data)
    found = pl.concat(warc.read(str(file)))
    assert found["error"].drop_nulls().len() == found.height > 0


def test_what_holds_for_a_whole_file_is_told_once(file: Path, check_ranges: Any, small_blocks: Any) -> None:
    files = [
        b"",
        b"".join(gzip.compress(of_warc(n, "info")) for n in range(1, 20)),
        b"\n" * 2_000,
        b"\n" * 2_000 + of_warc(1, "page"),
        gzip.compress(of_warc(1, "info")) * 9 + gzip.compress(of_warc(2, "page")),
    ]
    told = []
    for data in files:
        file.write_bytes(data)
        with small_blocks(200):
            whole = check_ranges(warc.read, file, range(200, len(data), 200))
        told.append(whole.select(pl.coalesce("error", "drop_reason", "url")).to_series().to_list())
    page = ["http://example.org/1"]
    assert told[:4] == [["the file is empty"], ["warc.no_capture"], ["the file is empty"], page]
    assert told[4] == ["http://example.org/2"]
    file.write_bytes(b"\n" * 3_000)
    assert check_ranges(jsonl.read, file, [1_000, 2_000])["error"].to_list() == ["the file is empty"]


@pytest.mark.parametrize(
    ("read", "name", "split"),
    [
        (warc, "CC-MAIN-2026.warc.gz", True),
        (warc, "CC-MAIN-2026.warc.wet.gz", True),
        (warc, "A.WARC", True),
        (warc, "a.arc.gz", True),
        (warc, "a.warc.zst", True),
        (warc, "a.wacz", False),
        (warc, "a.warc.lz4", False),
        (jsonl, "a.jsonl", True),
        (jsonl, "a.jsonl.gz", False),
        (mediawiki, "enwiki-pages-articles-multistream.xml.bz2", True),
        (mediawiki, "dump.xml", True),
        (mediawiki, "dump.xml.gz", False),
        (parquet, "a.parquet", True),
    ],
)
def test_which_files_can_be_split_is_told_by_their_names(read: Any, name: str, split: bool) -> None:
    assert read.can_split(name) is split


def test_ranges_of_a_file_behind_a_url(file: Path, small_blocks: Any) -> None:
    fsspec.filesystem("memory").pipe(
        "/a.warc.gz", b"".join(gzip.compress(of_warc(n, "page")) for n in range(9))
    )
    with small_blocks(500):
        parts = [
            frame["url"].to_list()
            for start, stop in ((0, 900), (900, None))
            for frame in warc.read("memory://a.warc.gz", start=start, stop=stop)
        ]
    assert [len(part) for part in parts] > [0, 0]
    assert [url for part in parts for url in part] == [f"http://example.org/{n}" for n in range(9)]
