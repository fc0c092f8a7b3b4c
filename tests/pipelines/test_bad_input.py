"""Each kind of bad input ends in the ledger with a message, and what stands beside it stays."""

import json
import re

import bad
import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.disk import storage


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    bad.write(folder / "in", line_bytes=12_000_000)
    path = folder / "bad.toml"
    path.write_text(bad.recipe(folder / "in"))
    assert (
        run.execute(path, folder / "out", 0, None, "auto", ()) == exit_codes.EMPTY
    )  # of `pdf` nothing is left
    return folder / "out"


@pytest.fixture(scope="module")
def ledger(out):
    stage = out / "read"
    dropped = storage.read_ledger(stage / "dropped").select("uri", "step", pl.col("reason").alias("message"))
    failed = storage.read_ledger(stage / "failed").select("uri", "step", pl.col("error").alias("message"))
    return pl.concat([dropped, failed]), storage.read_ledger(stage)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("truncated.warc.gz", "truncat|cut|ends|lost|gzip"),
        ("garbage.warc.gz", "record|garbage|byte"),
        ("line.warc.gz", "html.too_large"),
        ("empty.warc.gz", "empty"),
        ("words.warc.gz", "text.empty|html.no_text"),
        ("corrupt.pdf", "PDF"),
        ("encrypted.pdf", "encrypted"),
        ("utf8.jsonl", "UTF-8"),
        ("json.jsonl", "JSON"),
    ],
)
def test_a_bad_input_is_named_with_what_is_wrong(ledger, name, message):
    rows, _ = ledger
    found = rows.filter(pl.col("uri").str.ends_with(name))["message"].to_list()
    assert found, f"nothing about {name}"
    assert any(re.search(message, text) for text in found), found
    assert not any("Traceback" in text for text in found)


def test_what_stands_beside_it_stays(ledger):
    _, kept = ledger
    good = {url.rsplit("/", 1)[1] for url in kept["url"].drop_nulls() if "good.example" in url}
    assert good == {"truncated", "garbage1", "garbage2", "length1", "length2"}
    assert kept.filter(pl.col("source") == "lines").height == 3


def test_a_lying_charset_is_seen_through(ledger):
    _, kept = ledger
    (text,) = kept.filter(pl.col("uri").str.ends_with("charset.warc.gz"))["text"]
    assert "Žluťoučký kůň" in text


def test_a_record_of_wrong_length_is_kept_and_counted(ledger, out):
    """As far as it is there; its receipt says so, and with it the head of the report."""
    _, kept = ledger
    (row,) = kept.filter(pl.col("url") == "https://bad.example/length").to_dicts()
    assert "wrong length" in json.loads(row["metadata"])["damage"]
    told = json.loads((out / "report.json").read_text())["stages"]["read"]
    assert told["damaged_records"] == {"wrong length": 1}
    assert "no further than it is there: wrong length 1" in (out / "report.html").read_text()
