"""Wherever a file is cut, its ranges give the rows of the whole file: each once, with the same places."""

import bz2
import contextlib
import gzip
import io
import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pyarrow.parquet as pq
import pytest
from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest import compression, jsonl, mediawiki, parquet, sections, warc

Read = Callable[..., Iterator[pl.DataFrame]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ranges") / "file"


def read_whole(read: Read, path: Path, **options: Any) -> pl.DataFrame:
    return pl.concat(read(str(path), **options))


def read_ranges(read: Read, path: Path, cuts: Sequence[int], **options: Any) -> list[pl.DataFrame]:
    """What each range between two cuts gives, from the first byte to the last."""
    edges = sorted({0, *cuts, path.stat().st_size} - {0}) or [0]
    whole = read_whole(read, path, **options)
    return [
        pl.concat([whole.clear(), *read(str(path), start=start, stop=stop, **options)])
        for start, stop in itertools.pairwise([0, *edges])
    ]


def check_law(read: Read, path: Path, cuts: Sequence[int], **options: Any) -> pl.DataFrame:
    whole = read_whole(read, path, **options)
    assert whole["place"].n_unique() == whole.height and whole["place"].null_count() == 0
    found = pl.concat(read_ranges(read, path, cuts, **options))
    assert_frame_equal(found, whole)
    return whole


@contextlib.contextmanager
def small_blocks(block: int, chain: int = 1_000) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "BLOCK_BYTES", block)
        patch.setattr(sections, "CHAIN_BYTES", chain)
        yield


CUTS = st.lists(st.floats(0, 1), max_size=6)


def at(cuts: list[float], data: bytes) -> list[int]:
    return [int(cut * len(data)) for cut in cuts]


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


@given(lines=st.lists(LINE, max_size=12), end=st.sampled_from([b"\n", b"\r\n"]), last=st.booleans(), cuts=CUTS)
def test_lines(path: Path, lines: list[bytes], end: bytes, last: bool, cuts: list[float]) -> None:
    data = end.join(lines) + (end if last else b"")
    path.write_bytes(data)
    begins = [len(end.join(lines[:n])) + len(end) for n in range(1, len(lines))]
    check_law(jsonl.read, path, at(cuts, data), max_line_bytes=300)
    check_law(jsonl.read, path, [begin for begin in begins if begin < len(data)], max_line_bytes=300)
    check_law(jsonl.read, path, range(1, len(data)), max_line_bytes=300)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_packed_lines_are_read_by_the_first_range(path: Path, pack: Callable[[bytes], bytes]) -> None:
    path.write_bytes(pack(b"".join(b'{"text": "line %d"}\n' % n for n in range(3_000)))[:-50])
    parts = read_ranges(jsonl.read, path, [10, 100])
    assert [part.height > 0 for part in parts] == [True, False, False]
    assert_frame_equal(parts[0], read_whole(jsonl.read, path))
    assert parts[0]["place"].n_unique() == parts[0].height


def test_a_range_reads_little_more_than_itself(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"".join(b'{"text": "%d"}\n' % n for n in range(500_000)))
    reads: list[int] = []

    class Counted(io.FileIO):
        def read(self, size: int = -1) -> bytes:
            data = super().read(size)
            reads.append(len(data))
            return data

    monkeypatch.setattr(jsonl, "opened", Counted)
    found = pl.concat(jsonl.read(str(path), start=1_000_000, stop=3_000_000))
    assert found["place"].min() >= 1_000_000 and found["place"].max() < 3_000_000
    assert sum(reads) < 2_000_000 + 3 * compression.RAW_BYTES


@given(heights=st.lists(st.integers(1, 7), min_size=1, max_size=6), cuts=CUTS)
def test_row_groups(path: Path, heights: list[int], cuts: list[float]) -> None:
    frame = pl.DataFrame({"text": [None if n == 3 else f"text {n}" for n in range(sum(heights))]}).to_arrow()
    with pq.ParquetWriter(path, frame.schema) as writer:
        for first, height in zip(itertools.accumulate([0, *heights]), heights, strict=False):
            writer.write_table(frame.slice(first, height))
    data = path.read_bytes()
    whole = check_law(parquet.read, path, at(cuts, data))
    assert whole["place"].to_list() == list(range(sum(heights)))
    groups = pq.ParquetFile(path).metadata
    begins = [groups.row_group(n).column(0).dictionary_page_offset for n in range(len(heights))]
    parts = read_ranges(parquet.read, path, begins)
    assert [part.height for part in parts] == [0, *heights]


def test_a_damaged_row_group_is_told_by_its_range(path: Path) -> None:
    pl.DataFrame({"text": [f"a text of some length {n}" for n in range(40)]}).write_parquet(
        path, row_group_size=10, compression="zstd"
    )
    data = bytearray(path.read_bytes())
    group = pq.ParquetFile(path).metadata.row_group(1).column(0)
    data[group.data_page_offset : group.data_page_offset + 9] = b"\xff" * 9
    path.write_bytes(data)
    whole = check_law(parquet.read, path, [group.data_page_offset, len(data) // 2])
    assert whole["error"].drop_nulls().len() == 1 and whole["error"].null_count() == 30


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


def of_warc(number: int, what: str) -> bytes:
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
KINDS = ["page", "info", "wet", "long", "too long", "too short", "no length", "garbage"]
FILES = st.tuples(
    st.sampled_from(sorted(LAYOUTS)),
    st.lists(st.sampled_from(KINDS), min_size=1, max_size=9)
    | st.lists(st.sampled_from(["arc", "garbage"]), min_size=1, max_size=9),
)
DAMAGE = st.lists(st.tuples(st.floats(0.01, 1), st.binary(min_size=1, max_size=20)), max_size=2)


@given(file=FILES, damage=DAMAGE, cut_off=st.integers(0, 60), block=st.integers(60, 2_000), cuts=CUTS)
def test_web_archives_of_all_sorts_damaged_or_not(
    path: Path,
    file: tuple[str, list[str]],
    damage: list[tuple[float, bytes]],
    cut_off: int,
    block: int,
    cuts: list[float],
) -> None:
    layout, kinds = file
    data = LAYOUTS[layout]([of_warc(number, kind) for number, kind in enumerate(kinds, 1)])
    for share, junk in damage:
        place = int(share * len(data))
        data = data[:place] + junk + data[place + len(junk) :]
    data = data[: len(data) - (cut_off if cut_off < 30 else 0)]
    path.write_bytes(data)
    with small_blocks(block):
        check_law(warc.read, path, at(cuts, data))
        check_law(warc.read, path, range(block // 2, len(data), block))


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("kind", ["page", "arc"])
def test_sections_change_nothing_and_are_many(path: Path, layout: str, kind: str) -> None:
    kinds = [kind, kind, "long", kind, "info", "wet", *[kind] * 6]
    if kind == "arc":
        kinds = [kind] * 12
    data = LAYOUTS[layout]([of_warc(number, kind) for number, kind in enumerate(kinds, 1)])
    path.write_bytes(data)
    streamed = read_whole(warc.read, path)
    with small_blocks(300):
        whole = check_law(warc.read, path, range(300, len(data), 300))
        filled = sum(part.height > 0 for part in read_ranges(warc.read, path, range(300, len(data), 300)))
    content = pl.exclude("key", "place")
    assert_frame_equal(whole.select(content), streamed.select(content))
    assert streamed["error"].null_count() == streamed.height == 11 + (kind == "arc")
    assert filled == 1 if layout == "gzip as a whole" else filled >= 2
    if layout.startswith("gzip"):
        assert_frame_equal(whole, streamed)


def test_a_record_goes_over_many_ranges(path: Path) -> None:
    parts = [of_warc(1, "page"), of_warc(2, "long"), of_warc(3, "page")]
    for data in (b"".join(parts), b"".join(map(gzip.compress, parts))):
        path.write_bytes(data)
        with small_blocks(100):
            heights = [part.height for part in read_ranges(warc.read, path, range(100, len(data), 100))]
        assert sum(heights) == 3 and len(heights) > 20 and max(heights) == 1


def test_places_say_where_a_member_begins(path: Path) -> None:
    members = [gzip.compress(of_warc(n, "page") + of_warc(n + 1, "page")) for n in (1, 3, 5)]
    path.write_bytes(b"".join(members))
    begins = [0, len(members[0]), len(members[0]) + len(members[1])]
    found = read_whole(warc.read, path)
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
    path: Path, pack: Callable[[bytes], bytes], store: Callable[[bytes], bytes]
) -> None:
    """Where the outer member is stored, the inner ones stand in the file as if they were its own."""
    draw = random.Random(3)
    inner = b"".join(pack(record(n, draw.randbytes(3_000))) for n in range(150))
    outer = store(record(2, inner))
    path.write_bytes(pack(of_warc(1, "page")) + outer + pack(of_warc(3, "page")))
    assert inner[:10_000] in outer
    with small_blocks(10_000, sections.CHAIN_BYTES):
        whole = check_law(warc.read, path, range(10_000, path.stat().st_size, 50_000))
    assert whole["url"].to_list() == [f"http://example.org/{n}" for n in (1, 2, 3)]
    with small_blocks(10_000, 1_000):  # what it is that the long chain is for
        assert read_whole(warc.read, path).height > 3


def test_what_holds_for_a_whole_file_is_told_once(path: Path) -> None:
    files = [
        b"",
        b"".join(gzip.compress(of_warc(n, "info")) for n in range(1, 20)),
        b"\n" * 2_000,
        b"\n" * 2_000 + of_warc(1, "page"),
        gzip.compress(of_warc(1, "info")) * 9 + gzip.compress(of_warc(2, "page")),
    ]
    told = []
    for data in files:
        path.write_bytes(data)
        with small_blocks(200):
            whole = check_law(warc.read, path, range(200, len(data), 200))
        told.append(whole.select(pl.coalesce("error", "drop_reason", "url")).to_series().to_list())
    page = ["http://example.org/1"]
    assert told[:4] == [["the file is empty"], ["warc.no_capture"], ["the file is empty"], page]
    assert told[4] == ["http://example.org/2"]
    path.write_bytes(b"\n" * 3_000)
    assert check_law(jsonl.read, path, [1_000, 2_000])["error"].to_list() == ["the file is empty"]


SITE = (
    b"<mediawiki><siteinfo><dbname>dewiki</dbname><base>https://de.example.org/wiki/Main</base></siteinfo>\n"
)


def of_wiki(number: int, what: str) -> bytes:
    text = NOISE if what == "long" else b"Text %d." % number
    ends = b"" if what == "broken" else b"</page>"
    page = b"<page><title>P%d</title><ns>0</ns><id>%d</id><revision><text>%b</text></revision>%b\n"
    return page % (number, number, text, ends)


@given(
    pages=st.lists(st.sampled_from(["page", "long", "broken"]), min_size=1, max_size=12),
    a_stream=st.integers(1, 4),
    damage=st.lists(st.tuples(st.floats(0.1, 1), st.binary(min_size=1, max_size=9)), max_size=1),
    block=st.integers(60, 2_000),
    cuts=CUTS,
)
def test_pages_of_a_wiki(
    path: Path, pages: list[str], a_stream: int, damage: list[tuple[float, bytes]], block: int, cuts: list[float]
) -> None:
    made = [of_wiki(number, what) for number, what in enumerate(pages, 1)]
    streams = [b"".join(made[n : n + a_stream]) for n in range(0, len(made), a_stream)]
    data = b"".join(map(bz2.compress, [SITE, *streams, b"</mediawiki>"]))
    for share, junk in damage:
        place = int(share * len(data))
        data = data[:place] + junk + data[place + len(junk) :]
    path.write_bytes(data)
    with small_blocks(block):
        check_law(mediawiki.read, path, at(cuts, data))
        check_law(mediawiki.read, path, range(block // 2, len(data), block))


def test_later_streams_know_their_site_and_one_stream_is_read_by_the_first_range(path: Path) -> None:
    made = [of_wiki(number, "page") for number in range(1, 9)]
    many = b"".join(map(bz2.compress, [SITE, *made, b"</mediawiki>"]))
    path.write_bytes(many)
    with small_blocks(200):
        parts = read_ranges(mediawiki.read, path, range(200, len(many), 200))
    assert sum(part.height > 0 for part in parts) > 4
    found = pl.concat(parts)
    assert found["url"].to_list() == [f"https://de.example.org/wiki/P{n}" for n in range(1, 9)]
    assert {json.loads(notes)["language"] for notes in found["metadata"]} == {"de"}
    one = bz2.compress(SITE + b"".join(made) + b"</mediawiki>")
    path.write_bytes(one)
    with small_blocks(50):
        heights = [part.height for part in read_ranges(mediawiki.read, path, range(50, len(one), 50))]
    assert heights[0] == 8 and sum(heights) == 8


def test_damage_costs_the_pages_up_to_the_next_section(path: Path) -> None:
    streams = [bz2.compress(part) for part in [SITE, *(of_wiki(n, "page") for n in range(1, 9))]]
    bad = bytearray(streams[3])
    bad[len(bad) // 2] ^= 0xFF
    path.write_bytes(b"".join([*streams[:3], bytes(bad), *streams[4:]]))
    with small_blocks(100):
        whole = check_law(mediawiki.read, path, [300, 600, 900])
    assert whole["error"].drop_nulls().len() == 1 and "went on at byte" in whole["error"].drop_nulls()[0]
    assert whole["url"].drop_nulls().len() == 7


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
        (mediawiki, "dump.xml", False),
        (parquet, "a.parquet", True),
    ],
)
def test_which_files_can_be_split_is_told_by_their_names(read: Any, name: str, split: bool) -> None:
    assert read.can_split(name) is split


def test_ranges_of_a_file_behind_a_url(path: Path) -> None:
    fsspec.filesystem("memory").pipe("/a.warc.gz", b"".join(gzip.compress(of_warc(n, "page")) for n in range(9)))
    with small_blocks(500):
        parts = [
            frame["url"].to_list()
            for start, stop in ((0, 900), (900, None))
            for frame in warc.read("memory://a.warc.gz", start=start, stop=stop)
        ]
    assert [len(part) for part in parts] > [0, 0]
    assert sum(parts, []) == [f"http://example.org/{n}" for n in range(9)]
