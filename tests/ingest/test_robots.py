"""Captures of robots.txt out of damaged archives."""

import base64
import gzip
import json
import random
from pathlib import Path

import polars as pl
from optouts_judged import write_answers

from winnow.ingest import robots

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


def test_of_a_capture_whose_length_is_wrong_nothing_is_believed(tmp_path: Path) -> None:
    """What is lost of it may forbid what stands before."""
    path = write(tmp_path / "a.warc.gz")
    data = gzip.decompress(path.read_bytes())
    at = data.rindex(b"Content-Length: ", 0, data.rindex(b"HTTP/1.1")) + len(b"Content-Length: ")
    (tmp_path / "b.warc").write_bytes(data[:at] + b"1" + data[at:])
    found = pl.concat(robots.read(str(tmp_path / "b.warc")))
    assert "cut off" in found["error"].drop_nulls().to_list()[-1]
    assert (
        found.filter(pl.col("error").is_not_null())["text"].null_count() == found["error"].drop_nulls().len()
    )


def test_of_a_file_that_is_too_large_the_beginning_is_read_and_the_rest_is_told(tmp_path: Path) -> None:
    large = b"User-agent: *\nDisallow: /x\n" + b"# a remark\n" * 200_000
    sites = [f"https://{n}.example/robots.txt" for n in range(3)]
    bodies = (GOOD, large, GOOD)
    for name in ("a.warc.gz", "a.warc"):
        path = tmp_path / name
        answers = zip(sites, bodies, strict=True)
        write_answers(path, [(url, "2024-04-01T00:00:00Z", 200, body, {}) for url, body in answers])
        if name == "a.warc":
            path.write_bytes(gzip.decompress(path.read_bytes()))
        for limit in (1_000_000, 50_000_000):
            found = pl.concat(robots.read(str(path), max_record_bytes=limit))
            assert found["url"].to_list() == sites and found["error"].null_count() == 3
            assert found["text"].to_list() == [
                GOOD.decode(),
                large[: robots.MAX_BYTES].decode(),
                GOOD.decode(),
            ]
            notes = [json.loads(each) for each in found["metadata"]]
            assert notes[0] == notes[2] == {}
            assert len(large) <= notes[1]["truncated"] < len(large) + 200


def test_of_a_packed_body_that_is_too_large_the_beginning_is_read(tmp_path: Path) -> None:
    plain = GOOD + base64.b64encode(random.Random(0).randbytes(1_000_000))
    head = {"Content-Encoding": "gzip"}
    answer = ("https://a.example/robots.txt", "2024-04-01T00:00:00Z", 200, gzip.compress(plain), head)
    write_answers(tmp_path / "a.warc.gz", [answer])
    (found,) = pl.concat(robots.read(str(tmp_path / "a.warc.gz"), max_record_bytes=900_000)).to_dicts()
    assert found["text"] == plain[: robots.MAX_BYTES].decode()
    (bomb,) = pl.concat(robots.read(str(tmp_path / "a.warc.gz"), max_record_bytes=700_000)).to_dicts()
    assert bomb["text"] is None and "more than max_record_bytes" in bomb["error"]
