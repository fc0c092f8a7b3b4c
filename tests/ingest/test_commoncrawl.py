"""Captures by the columnar index: every row that is meant is one row, whatever lies at its place."""

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from crawl_server import TABLE, Page, Server, lay_out, serve
from polars.testing import assert_frame_equal

from winnow.ingest import commoncrawl, warc
from winnow.ingest.io import connection_limit, web

BODY = b"<html><body><p>Words on the page %d of a site.</p></body></html>"
TYPES = ["text/html", "application/pdf"]


def pages(count: int = 60) -> list[Page]:
    return [
        Page(
            f"http://{'www.' if n % 2 else ''}site{n % 6}.{'de' if n % 3 == 0 else 'org'}/{n}",
            BODY % n,
            status=200 if n % 10 else 301,
            type=TYPES[n % 7 == 0],
            languages=["eng", "deu", "deu,eng", None][n % 4],
        )
        for n in range(count)
    ]


@pytest.fixture
def crawl(tmp_path: Path) -> tuple[Path, pl.DataFrame]:
    root = tmp_path / "crawl"
    return root, lay_out(root, pages(), group=7)


@pytest.fixture
def server(crawl: tuple[Path, pl.DataFrame], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(web, "WAITS", (0.0,) * 12)
    monkeypatch.setattr(connection_limit, "AGAIN_SECONDS", 0.0)
    with serve(crawl[0]) as about:
        yield about


def select(root: Path | str, part: int = 0, **settings: Any) -> pl.DataFrame:
    uri = f"{str(root).rstrip('/')}/{TABLE}/part-0000{part}.gz.parquet"
    return pl.concat(commoncrawl.select(uri, **settings))


FILTERS: list[tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = [
    ({"statuses": []}, lambda row: True),
    ({}, lambda row: row["fetch_status"] == 200),
    ({"tlds": ["DE"]}, lambda row: row["url_host_tld"] == "de" and row["fetch_status"] == 200),
    (
        {"hosts": ["www.site1.org"], "statuses": []},
        lambda row: row["url_host_name"] == "www.site1.org",
    ),
    (
        {"hosts": [".site1.org", "site2.org"], "statuses": [200, 301]},
        lambda row: row["url_host_name"] in ("site1.org", "www.site1.org", "site2.org"),
    ),
    (
        {"languages": ["deu"], "types": ["text/html"], "statuses": []},
        lambda row: (
            (row["content_languages"] or "").startswith("deu") and row["content_mime_detected"] == "text/html"
        ),
    ),
]


@pytest.mark.parametrize(("settings", "is_meant"), FILTERS)
def test_each_row_that_is_meant_is_one_row(
    crawl: tuple[Path, pl.DataFrame], settings: dict[str, Any], is_meant: Callable[[dict[str, Any]], bool]
) -> None:
    root, index = crawl
    for part, first in ((0, 0), (1, 30)):
        rows = {r["row"] - first: r for r in index[first : first + 30].rows(named=True) if is_meant(r)}
        found = select(root, part, **settings)
        if not rows:
            assert found["drop_reason"].to_list() == ["commoncrawl.no_capture"]
            continue
        assert sorted(found["place"]) == sorted(rows)
        for row in found.rows(named=True):
            assert row["url"] == rows[row["place"]]["url"] and row["error"] is None
            moved = rows[row["place"]]["fetch_status"] == 301
            assert (row["drop_reason"] == "warc.http_status") == moved


def test_records_are_read_as_they_are_from_whole_files(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, _ = crawl
    found = pl.concat([select(root, part, statuses=[]) for part in (0, 1)])
    files = sorted(root.rglob("warc/*.warc.gz"))
    whole = pl.concat([frame for file in files for frame in warc.read(str(file))])
    names = [name for name in whole.columns if name not in ("key", "place")]
    assert_frame_equal(found.select(names).sort("url"), whole.select(names).sort("url"))


def test_a_server_with_bad_days_gives_the_same(server: Server) -> None:
    local = select(server.root, languages=["deu"])
    server.busy, server.cut = 4, 5
    assert_frame_equal(select(server.url, languages=["deu"]), local)
    assert server.count(503) > 0


def test_neighbors_are_fetched_together_and_nothing_else_is(server: Server) -> None:
    found = select(server.url, statuses=[])
    asked = [name for _, name, _, _ in server.asked if "/segments/" in name]
    groups = 5  # of 7 rows, whose records lie in three files of a few KB
    assert found.height == 30 and len(set(asked)) == 3 and len(asked) <= groups * 3
    server.asked.clear()
    found = select(server.url, hosts=["site2.org"])
    assert 0 < found.height < 10
    assert len([1 for _, name, _, _ in server.asked if "/segments/" in name]) <= found.height


def test_ranges_of_the_index_give_its_rows(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, _ = crawl
    size = (root / TABLE / "part-00000.gz.parquet").stat().st_size
    for settings in ({"statuses": []}, {"tlds": ["de"]}, {"hosts": ["nowhere.org"]}):
        whole = select(root, **settings)
        cuts = [0, size // 5, size // 2, size - 10]
        parts = [
            select(root, **settings, start=start, stop=stop)
            if _any(root, settings, start, stop)
            else whole[:0]
            for start, stop in zip(cuts, [*cuts[1:], None], strict=True)
        ]
        assert_frame_equal(pl.concat(parts), whole)


def _any(root: Path, settings: dict[str, Any], start: int, stop: int | None) -> bool:
    uri = f"{root}/{TABLE}/part-00000.gz.parquet"
    return any(True for _ in commoncrawl.select(uri, **settings, start=start, stop=stop))


def change(root: Path, **columns: pl.Expr) -> None:
    path = root / TABLE / "part-00000.gz.parquet"
    pl.read_parquet(path).with_columns(**columns).write_parquet(path, row_group_size=7, statistics=True)


def test_what_is_wrong_with_a_record_is_told_of_it_alone(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, _ = crawl
    n, offset = pl.int_range(pl.len()), pl.col("warc_record_offset")
    name = pl.col("warc_filename")
    change(
        root,
        warc_record_offset=pl.when(n == 3).then(offset + 1).when(n == 4).then(10**8).otherwise(offset),
        warc_filename=pl.when(n == 5).then(name + ".gone").when(n == 6).then(pl.lit("../x")).otherwise(name),
        url=pl.when(n == 7).then(pl.lit("http://other.org/")).otherwise(pl.col("url")),
        warc_record_length=pl.when(n == 8)
        .then(-5)
        .when(n == 9)
        .then(60_000_000)
        .when(n == 10)
        .then(pl.col("warc_record_length") - 20)
        .otherwise(pl.col("warc_record_length")),
    )
    found = select(root, statuses=[])
    wrong = {row["place"]: row["error"] for row in found.rows(named=True) if row["error"]}
    assert found.height == 30 and sorted(wrong) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert (
        "ends before" in wrong[4]
        and "no such file" in wrong[5].lower()
        and "no file of the crawl" in wrong[6]
    )
    assert "of another URL" in wrong[7] and "-5 bytes" in wrong[8] and "max_record_bytes" in wrong[9]


def test_a_place_that_no_file_has_costs_its_row(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, _ = crawl
    n, offset, name = pl.int_range(pl.len()), pl.col("warc_record_offset"), pl.col("warc_filename")
    change(
        root,
        warc_record_offset=pl.when(n == 3).then(2**63 - 10**6).otherwise(offset),
        warc_filename=pl.when(n == 4)
        .then(pl.lit("crawl-data"))
        .when(n == 5)
        .then(name + "/beneath")
        .when(n == 6)
        .then(pl.lit("x" * 300))
        .otherwise(name),
    )
    found = select(root, statuses=[])
    assert found.height == 30
    assert sorted(found.filter(pl.col("error").is_not_null())["place"]) == [3, 4, 5, 6]


def test_records_are_unpacked_one_by_one(
    crawl: tuple[Path, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, _ = crawl
    unpacked: list[int] = []
    monkeypatch.setattr(
        commoncrawl, "_read_capture", lambda record, capture, wanted: unpacked.append(capture.row) or {}
    )
    uri = f"{root}/{TABLE}/part-00000.gz.parquet"
    monkeypatch.setattr(commoncrawl, "frames", lambda rows, schema: rows)
    for count, _row in enumerate(commoncrawl.select(uri, statuses=[]), 1):
        assert len(unpacked) == count


def test_a_missing_file_on_the_web_costs_its_records(server: Server) -> None:
    gone = sorted(server.root.rglob("warc/*.warc.gz"))[0]
    records = pl.read_parquet(server.root / TABLE / "part-00000.gz.parquet")
    lost = records.filter(pl.col("warc_filename") == str(gone.relative_to(server.root))).height
    gone.unlink()
    found = select(server.url, statuses=[])
    assert found.height == 30 and found["error"].str.contains("the server says 404").sum() == lost > 0


def test_two_records_where_one_is_named_are_told(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, index = crawl
    file = root / index["warc_filename"][0]
    rows = index.filter(pl.col("warc_filename") == index["warc_filename"][0]).sort("warc_record_offset")
    span = rows["warc_record_offset"][1] + rows["warc_record_length"][1] - rows["warc_record_offset"][0]
    data = file.read_bytes()[rows["warc_record_offset"][0] :][:span]
    assert gzip.GzipFile(fileobj=io.BytesIO(data)).read().count(b"WARC/1.0\r\n") == 2
    url = rows["url"][0]
    change(
        root,
        warc_record_length=pl.when(pl.col("url") == url).then(span).otherwise(pl.col("warc_record_length")),
    )
    change_of = pl.concat([select(root, part, statuses=[]) for part in (0, 1)])
    row = change_of.row(by_predicate=pl.col("url") == url, named=True)
    assert row["error"] is None or "2 records" in row["error"]


def test_a_damaged_row_group_loses_its_rows_alone(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, index = crawl
    names = index["url_host_name"].to_list()
    path = root / TABLE / "part-00000.gz.parquet"
    whole = select(root, statuses=[])
    data = bytearray(path.read_bytes())
    about = pq.ParquetFile(path).metadata.row_group(2)
    (at,) = (
        about.column(n).data_page_offset
        for n in range(about.num_columns)
        if about.column(n).path_in_schema == "url"
    )
    data[at + 30 : at + 90] = bytes(60)
    path.write_bytes(bytes(data))
    found = select(root, statuses=[])
    lost = found.filter(pl.col("error").is_not_null())
    assert lost.height == 1 and "are lost: damaged row group" in lost["error"][0]
    rest = found.filter(pl.col("error").is_null())
    assert_frame_equal(rest, whole.filter(pl.col("place").is_in(rest["place"].implode())))
    before = about.column(0).dictionary_page_offset or about.column(0).data_page_offset
    host = next(host for host in names[14:21] if host not in names[:14])
    assert list(commoncrawl.select(str(path), hosts=[host], stop=before)) == []
    assert select(root, hosts=[host])["error"].str.contains("are lost").sum() == 1
    assert 0 < whole.height - rest.height <= 7


def test_an_index_without_a_column_that_is_asked_of_is_refused(crawl: tuple[Path, pl.DataFrame]) -> None:
    root, _ = crawl
    path = root / TABLE / "part-00000.gz.parquet"
    pl.read_parquet(path).drop("content_languages").write_parquet(path)
    with pytest.raises(ValueError, match="no column 'content_languages'"):
        select(root, languages=["deu"])
    assert select(root).height > 0
    for empty in ("", "."):
        with pytest.raises(ValueError, match="one of them is empty"):
            select(root, hosts=["site1.org", empty])
    path.write_bytes(b"no Parquet")
    with pytest.raises(ValueError, match="not a whole Parquet file"):
        select(root)


def test_where_records_lie(crawl: tuple[Path, pl.DataFrame], tmp_path: Path) -> None:
    root, _ = crawl
    copy = tmp_path / "part-0000.parquet"
    copy.write_bytes((root / TABLE / "part-00000.gz.parquet").read_bytes())
    assert commoncrawl._find_root(str(copy), None) == "https://data.commoncrawl.org/"
    assert commoncrawl._find_root(f"s3://commoncrawl/{TABLE}/a", None) == "s3://commoncrawl/"
    found = pl.concat(commoncrawl.select(str(copy), root=str(root)))
    assert_frame_equal(found, select(root))
