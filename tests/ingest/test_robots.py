"""Captures of robots.txt out of damaged archives."""

from pathlib import Path

import polars as pl
from optouts_judged import write_answers

from ingest import robots

GOOD = b"User-agent: *\nDisallow: /1\n"


def write(path: Path) -> Path:
    sites = [f"https://{n}.example/robots.txt" for n in range(20)]
    write_answers(path, [(url, "2024-04-01T00:00:00Z", 200, GOOD * 200, {}) for url in sites])
    return path


def test_what_is_cut_off_costs_no_capture_before_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz")
    whole = pl.concat(robots.read(str(path)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = pl.concat(robots.read(str(path)))
    good = found.filter(pl.col("error").is_null())
    assert whole.height == 20 and 5 < good.height < 15 and found["error"].drop_nulls().len() == 1
    assert good["url"].to_list() == whole["url"].to_list()[: good.height]


def test_a_record_that_is_too_large_is_an_error_and_costs_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "a.warc.gz")
    found = pl.concat(robots.read(str(path), max_record_bytes=1_000))
    assert found.height == 20 and found["error"].null_count() == 0
