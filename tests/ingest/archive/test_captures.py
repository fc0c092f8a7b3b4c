"""Rows of a columnar index: those that are meant are found, whatever row groups are left out."""

import re
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.archive import captures
from winnow.ingest.archive.captures import Capture, Filter

HOSTS = [
    "example.org",
    "www.example.org",
    "a.co.uk",
    "b.a.co.uk",
    "notexample.org",
    "10.0.0.1",
    "www2.example.org",
    "www.org",
]


def index(hosts: list[str], statuses: list[int], languages: list[str | None]) -> pl.DataFrame:
    rows = [
        {
            "url": f"http://{host}/{n}",
            "url_host_name": host,
            "url_host_tld": None if host[0].isdigit() else host.rpartition(".")[2],
            "url_surtkey": f"{host if host[0].isdigit() else _turn(host)})/{n}",
            "fetch_status": status,
            "content_languages": language,
            "warc_filename": f"f{n % 2}",
            "warc_record_offset": 1000 - n,
            "warc_record_length": 10,
        }
        for n, (host, status, language) in enumerate(zip(hosts, statuses, languages, strict=True))
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def _turn(host: str) -> str:
    """A host as the keys of the index have it."""
    return ",".join(reversed(re.sub(r"^www\d*\.", "", host).split(".")))


def is_meant(row: dict[str, object], wanted: Filter) -> bool:
    host, languages = str(row["url_host_name"]), str(row["content_languages"] or "")
    return (
        all(row[name] in values for name, values in wanted.values.items() if values)
        and (not wanted.languages or languages.split(",")[0] in wanted.languages)
        and (
            not wanted.hosts
            or any(host == name or (name[0] == "." and f".{host}".endswith(name)) for name in wanted.hosts)
        )
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(HOSTS),
            st.sampled_from([200, 301, 404]),
            st.sampled_from([None, "eng", "deu,eng"]),
        ),
        min_size=1,
        max_size=30,
    ),
    st.lists(st.sampled_from([*HOSTS, ".example.org", ".co.uk", ".www.example.org", ".org"]), max_size=2),
    st.lists(st.sampled_from(["org", "uk", "de"]), max_size=2),
    st.lists(st.sampled_from([200, 404]), max_size=1),
    st.lists(st.sampled_from(["eng", "deu"]), max_size=1),
    st.booleans(),
)
def test_what_is_meant_is_found_and_nothing_else(
    tmp_path_factory, rows, hosts, tlds, statuses, languages, sort
):
    path = tmp_path_factory.getbasetemp() / "index.parquet"
    frame = index(*(list(column) for column in zip(*rows, strict=True)))
    frame = frame.sort("url_surtkey") if sort else frame
    frame.write_parquet(path, row_group_size=3, statistics=True)
    wanted = Filter(hosts, {"url_host_tld": tlds, "fetch_status": statuses}, languages)
    file, first, found = pq.ParquetFile(path), 0, []
    for group in range(file.num_row_groups):
        about = file.metadata.row_group(group)
        if captures.may_hold(about, wanted):
            found += [c for some in captures.read_captures(file, group, first, wanted) for c in some]
        first += about.num_rows
    expected = [n for n, row in enumerate(frame.rows(named=True)) if is_meant(row, wanted)]
    assert sorted(capture.row for capture in found) == expected
    assert all(capture.url == frame["url"][capture.row] for capture in found)


@pytest.mark.parametrize("host", ["www.example.org", ".example.org", "example.org"])
def test_a_row_group_of_other_hosts_is_left_out(tmp_path: Path, host: str) -> None:
    frame = index(["a.co.uk", "b.a.co.uk", "example.org", "www.example.org"], [200] * 4, ["eng"] * 4)
    frame.write_parquet(tmp_path / "a", row_group_size=2, statistics=True)
    file = pq.ParquetFile(tmp_path / "a").metadata
    wanted = Filter([host], {}, [])
    assert [captures.may_hold(file.row_group(n), wanted) for n in (0, 1)] == [False, True]
    tlds = Filter([], {"url_host_tld": ["uk"]}, [])
    assert [captures.may_hold(file.row_group(n), tlds) for n in (0, 1)] == [True, False]


@pytest.mark.parametrize(
    ("file", "offset", "length", "wrong"),
    [
        ("../../etc/passwd", 0, 1, "names no file"),
        ("/etc/passwd", 0, 1, "names no file"),
        ("http://other.org/a", 0, 1, "names no file"),
        (None, 0, 1, "names no file"),
        ("a\nb", 0, 1, "names no file"),
        ("a", -1, 1, "byte -1"),
        ("a", 0, 0, "has 0 bytes"),
        ("a", None, 5, "byte None"),
    ],
)
def test_a_row_without_a_place_says_so(
    tmp_path: Path, file: str | None, offset: int | None, length: int | None, wrong: str
) -> None:
    place = {"warc_filename": [file], "warc_record_offset": [offset], "warc_record_length": [length]}
    types = {"warc_filename": pl.String, "warc_record_offset": pl.Int32, "warc_record_length": pl.Int32}
    pl.DataFrame({"url": ["u"], **place}, schema={"url": pl.String, **types}).write_parquet(tmp_path / "a")
    table = pq.ParquetFile(tmp_path / "a")
    ((capture,),) = captures.read_captures(table, 0, 0, Filter([], {}, []))
    assert capture.wrong is not None and wrong in capture.wrong


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 300_000), st.integers(1, 5_000_000)), max_size=30
    )
)
def test_neighbors_are_joined_and_none_is_lost(places):
    found = sorted(
        (Capture(n, "u", file, start, start + size) for n, (file, start, size) in enumerate(places)),
        key=lambda capture: (capture.file, capture.start),
    )
    joined = list(captures.join(found))
    assert [capture for stretch in joined for capture in stretch.captures] == found
    for stretch in joined:
        assert stretch.start == min(capture.start for capture in stretch.captures)
        assert stretch.end == max(capture.end for capture in stretch.captures)
        assert {capture.file for capture in stretch.captures} == {stretch.file}
        assert len(stretch.captures) == 1 or stretch.end - stretch.start <= captures.JOINED_BYTES


def test_records_that_lie_beside_each_other_are_one_stretch() -> None:
    near = [Capture(n, "u", "a", n * 1000, n * 1000 + 900) for n in range(5)]
    far = Capture(9, "u", "a", 10_000_000, 10_000_100)
    assert [(s.start, s.end) for s in captures.join([*near, far])] == [(0, 4900), (10_000_000, 10_000_100)]
