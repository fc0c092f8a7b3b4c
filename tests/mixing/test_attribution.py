"""Whom to name: what asks for it, who holds the rights, and how many tokens."""

# ruff: noqa: E501 - rows and pages as they are written

import json

import polars as pl
import pytest

from winnow.mixing import attribution

ROWS = [
    {"id": "a", "url": "https://www.x.example/a", "license": "CC-BY-4.0", "author": "Ann", "metadata": json.dumps({"title": "A | b"}), "text": "12345678", "token_count": None, "repeats": 2},
    {"id": "b", "url": "https://x.example/b", "license": "CC0-1.0", "author": None, "metadata": None, "text": "1", "token_count": 5, "repeats": None},
    {"id": "c", "url": None, "license": "MIT", "author": None, "metadata": json.dumps({"publisher": "House"}), "text": "1", "token_count": 3, "repeats": 1},
    {"id": "d", "url": "https://y.example/", "license": None, "author": None, "metadata": "no JSON", "text": "1", "token_count": 9, "repeats": 1},
    {"id": "e", "url": "https://y.example/", "license": "CC-BY-4.0", "author": "Ann", "metadata": None, "text": "1", "token_count": 1, "repeats": 0},
    {"id": "f", "url": "http://[", "license": "CC-BY-SA-4.0", "author": None, "metadata": json.dumps({"authors": [{"name": "Bo"}, "Cy"]}), "text": "1", "token_count": 1, "repeats": 1},
]  # fmt: skip


def write(tmp_path, rows=ROWS):
    docs = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        source=pl.lit("web"),
        uri=pl.lit("in.tar"),
        key=pl.lit("k.py"),
        token_count=pl.col("token_count").cast(pl.Int64),
    )
    attribution.write([tmp_path / "any"], tmp_path, read=lambda file, columns: iter([docs[:2], docs[2:]]))
    return pl.read_parquet(tmp_path / "attribution.parquet"), pl.read_parquet(tmp_path / "holders.parquet")


def test_what_asks_is_listed_and_holders_are_summed(tmp_path):
    listed, holders = write(tmp_path)
    assert listed.select(
        "id", "holder", "author", "title", "place", "license", "tokens", "repeats"
    ).rows() == [
        ("a", "Ann", "Ann", "A | b", "https://www.x.example/a", "CC-BY-4.0", 2, 2),
        ("c", "House", None, None, "in.tar k.py", "MIT", 3, 1),
        ("f", "Bo; Cy", "Bo; Cy", None, "http://[", "CC-BY-SA-4.0", 1, 1),
    ]
    assert holders.rows() == [
        ("y.example", "domain", "", 1, 9, 9),
        ("x.example", "domain", "CC0-1.0", 1, 5, 5),
        ("House", "publisher", "MIT", 1, 3, 3),
        ("Ann", "author", "CC-BY-4.0", 1, 2, 4),
        ("Bo; Cy", "author", "CC-BY-SA-4.0", 1, 1, 1),
    ]
    page = (tmp_path / "attribution.md").read_text()
    assert (
        "3 documents ask for attribution" in page
        and "| y.example | domain | not stated | 1 | 9 | 45.00% |" in page
    )


def test_names_cannot_break_the_page(tmp_path):
    write(tmp_path, [{**ROWS[0], "author": "<b>|x|\n`y`"}])
    assert r"&lt;b&gt;\|x\| \`y\`" in (tmp_path / "attribution.md").read_text()


@pytest.mark.parametrize(
    ("license", "asked"),
    [("CC-BY-4.0", True), ("CC0-1.0", False), ("0BSD", False), ("MIT AND CC0-1.0", True), ("MIT OR Unlicense", False),
     ("CC0-1.0 AND 0BSD", False), ("GPL-2.0-only WITH Classpath-exception-2.0", True), ("", False),
     ("LicenseRef-all-rights-reserved", False), ("https://x.example/terms", True)],
)  # fmt: skip
def test_what_asks(license, asked):
    assert attribution.asks(license) is asked
