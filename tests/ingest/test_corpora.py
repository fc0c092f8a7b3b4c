"""Corpora by name: each form as its documentation shows it, and files of any form in one folder."""

import bz2
import gzip
import json
import lzma
import tomllib
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest import corpora
from winnow.ingest.io import mapping

RECORDS = [{"id": f"n{n}", "text": f"text {n}", "meta": {"at": [n, {"x": "}"}]}} for n in range(2_000)]
LINES = b"".join(json.dumps(record).encode() + b"\n" for record in RECORDS)


def read(path: Path, data: bytes | None = None, **options: Any) -> pl.DataFrame:
    if data is not None:
        path.write_bytes(data)
    return pl.concat(corpora.read(str(path), **options))


def pack_lz4(data: bytes) -> bytes:
    with pa.CompressedOutputStream(sink := pa.BufferOutputStream(), "lz4") as stream:
        stream.write(data)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", LINES),
        ("a.json", json.dumps(RECORDS).encode()),
        ("a.json", b"\xef\xbb\xbf" + json.dumps(RECORDS, indent=2).encode()),
        ("a.json", b"\n".join(json.dumps(record, indent=1).encode() for record in RECORDS)),
        ("a.json.gz", gzip.compress(LINES, mtime=0)),
        ("a.json.gz", gzip.compress(json.dumps(RECORDS).encode(), mtime=0)),
        ("a.jsonl.zst", zstandard.ZstdCompressor().compress(LINES)),
        ("a.jsonl.bz2", bz2.compress(LINES)),
        ("a.jsonl.xz", lzma.compress(LINES)),
        ("a.jsonl.lz4", pack_lz4(LINES)),
    ],
)
def test_a_file_is_told_by_its_bytes(name: str, data: bytes, tmp_path: Path) -> None:
    frame = read(tmp_path / name, data, fields={"key": "id"})
    assert frame["text"].to_list() == [record["text"] for record in RECORDS]
    assert frame["key"].to_list() == [record["id"] for record in RECORDS]
    assert frame["error"].null_count() == len(RECORDS) and frame["place"].n_unique() == len(RECORDS)
    assert json.loads(frame["metadata"][7]) == {"id": "n7", "meta": {"at": [7, {"x": "}"}]}}


@pytest.mark.parametrize("write", ["write_parquet", "write_ipc", "write_ipc_stream"])
def test_columns_are_told_by_their_bytes(write: str, tmp_path: Path) -> None:
    table = pl.DataFrame({"text": ["one", "two"], "id": [1, 2]})
    getattr(table, write)(tmp_path / "a.data")
    frame = read(tmp_path / "a.data")
    assert frame["text"].to_list() == ["one", "two"] and frame["key"].to_list() == ["row 0", "row 1"]
    with pytest.raises(ValueError, match="has 'body'; there are: text, id"):
        read(tmp_path / "a.data", fields={"text": "body"})


def test_tables_are_told_by_their_names(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.csv", b'text,id\n"two\nlines",1\n', fields={"key": "id"})
    assert frame.select("text", "key").rows() == [("two\nlines", "1")]
    frame = read(tmp_path / "a.tsv.gz", gzip.compress(b"text\tid\na, b\t1\n"))
    assert frame["text"].to_list() == ["a, b"] and json.loads(frame["metadata"][0]) == {"id": "1"}


@pytest.mark.parametrize("data", [b"", b"[]", b"[\n]", pa.BufferOutputStream().getvalue().to_pybytes()])
def test_a_file_without_records_says_so(data: bytes, tmp_path: Path) -> None:
    frame = read(tmp_path / "a.json", data)
    assert frame.height == 1 and frame["error"][0]


@pytest.mark.parametrize("new", [pa.ipc.new_file, pa.ipc.new_stream])
def test_two_columns_of_one_name_are_refused(new: Any, tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"])] * 3, ["text", "id", "id"])
    with new(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    (tmp_path / "a.csv").write_text("text,id,id\na,1,2\n")
    for name in ("a.arrow", "a.csv"):
        assert read(tmp_path / name)["error"].to_list() == ["two columns are named 'id'; rename one"]


def test_damaged_arrow_data_is_told(tmp_path: Path) -> None:
    pl.DataFrame({"text": [f"text {n}" for n in range(5_000)]}).write_ipc_stream(tmp_path / "a.arrow")
    data = (tmp_path / "a.arrow").read_bytes()
    frame = read(tmp_path / "a.arrow", data[: len(data) // 2])
    assert "damaged Arrow data" in frame["error"][-1]


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), max_size=4), array=st.booleans())
def test_ranges(file: Path, check_ranges: Any, cuts: list[float], array: bool) -> None:
    data = json.dumps(RECORDS[:50]).encode() if array else LINES[:3_000]
    file.write_bytes(data)
    check_ranges(corpora.read, file, [int(cut * len(data)) for cut in cuts])


def test_what_can_be_split_is_told_by_its_name() -> None:
    assert all(map(corpora.can_split, ["a.parquet", "a.jsonl", "a.json"]))
    assert not any(map(corpora.can_split, ["a.json.gz", "a.jsonl.ZST", "a.csv", "a.arrow"]))


# One record of each corpus, in the form that its documentation shows.
URL = "https://example.org/a"
FORMS: dict[str, dict[str, Any]] = {
    "fineweb": {
        "text": "t",
        "id": "<urn:1>",
        "dump": "CC-MAIN-2013-20",
        "url": URL,
        "date": "2013-05-18T00:00:00Z",
        "file_path": "s3://x",
        "language": "en",
        "language_score": 0.9,
        "token_count": 5,
        "score": 3.1,
        "int_score": 3,
    },
    "fineweb2": {
        "text": "t",
        "id": "<urn:1>",
        "dump": "d",
        "url": URL,
        "date": "2013-05-18",
        "file_path": "s3://x",
        "language": "fra",
        "language_score": 0.9,
        "language_script": "Latn",
        "minhash_cluster_size": 3,
        "top_langs": '{"fra_Latn_score": 0.9}',
    },
    "finepdfs": {
        "text": "t",
        "id": "<urn:1>",
        "dump": "d",
        "url": URL,
        "date": "2013-05-18",
        "file_path": "s3://x",
        "offset": 9,
        "token_count": 4,
        "language": "eng_Latn",
        "page_average_lid": "eng_Latn",
        "page_average_lid_score": 0.9,
        "full_doc_lid": "eng_Latn",
        "full_doc_lid_score": 0.8,
        "per_page_languages": ["eng_Latn"],
        "is_truncated": False,
        "extractor": "docling",
        "page_ends": [9],
    },
    "dolma": {
        "id": "x1",
        "text": "t",
        "source": "s2",
        "added": "2022-11-01",
        "created": "2013-05-18",
        "version": "v1",
        "metadata": {"url": URL, "authors": ["A. B.", "C. D."]},
    },
    "common_pile": {
        "id": "x1",
        "text": "t",
        "source": "hansard",
        "created": "2013-05-18",
        "added": "2025-01-01",
        "metadata": {"license": "OGL-UK-3.0", "url": URL, "author": "A. B."},
    },
    "redpajama": {
        "text": "t",
        "meta": json.dumps({"timestamp": "2013-05-18", "url": URL, "language": "en"}),
        "red_pajama_subset": "arxiv",
    },
    "redpajama2": {
        "url": URL,
        "date_download": "2013-05-18T00:00:00Z",
        "digest": "sha1:1",
        "length": 1,
        "nlines": 1,
        "source_domain": "example.org",
        "title": "T",
        "raw_content": "t",
        "cc_segment": "c",
        "original_nlines": 2,
        "original_length": 3,
        "language": "en",
        "language_score": 0.9,
        "perplexity": 1.5,
        "bucket": "head",
    },
    "stack": {
        "hexsha": "ab",
        "size": 1,
        "ext": "py",
        "lang": "Python",
        "max_stars_repo_path": "a.py",
        "max_stars_repo_name": "o/r",
        "max_stars_repo_licenses": ["MIT", "Apache-2.0"],
        "max_stars_count": 3,
        "content": "t",
        "avg_line_length": 1.0,
        "max_line_length": 1,
        "alphanum_fraction": 1.0,
    },
    "stack2": {
        "blob_id": "ab",
        "path": "/a.py",
        "content_id": "cd",
        "detected_licenses": ["MIT"],
        "license_type": "permissive",
        "repo_name": "o/r",
        "snapshot_id": "s",
        "revision_id": "r",
        "branch_name": "refs/heads/main",
        "visit_date": "2013-05-18",
        "src_encoding": "UTF-8",
        "language": "Python",
        "is_vendor": False,
        "is_generated": False,
        "length_bytes": 1,
        "extension": "py",
        "content": "t",
    },
    "c4": {"text": "t", "timestamp": "2013-05-18T00:00:00Z", "url": URL},
    "oscar": {
        "content": "t",
        "warc_headers": {
            "warc-record-id": "<urn:1>",
            "warc-date": "2013-05-18T00:00:00Z",
            "warc-target-uri": URL,
        },
        "metadata": {"identification": {"label": "fr", "prob": 0.9}, "annotation": None},
    },
    "culturax": {"text": "t", "timestamp": "2013-05-18T00:00:00Z", "url": URL, "source": "mC4"},
    "pile": {"text": "t", "meta": {"pile_set_name": "Pile-CC"}},
    "slimpajama": {"text": "t", "meta": {"redpajama_set_name": "RedPajamaC4"}},
    "dclm": {
        "bff_contained_ngram_count_before_dedupe": 0,
        "language_id_whole_page_fasttext": {"en": 0.9},
        "metadata": {
            "WARC-Date": "2013-05-18T00:00:00Z",
            "WARC-Record-ID": "<urn:1>",
            "WARC-Target-URI": URL,
        },
        "previous_word_count": 5,
        "text": "t",
        "url": URL,
        "warcinfo": "w",
        "fasttext_openhermes_reddit_eli5_vs_rw_v2_bigram_200k_train_prob": 0.25,
    },
}
FULL = {  # what a record of the form gives, beyond its text
    "fineweb": {
        "url": URL,
        "key": "<urn:1>",
        "language": "en",
        "token_count": 5,
        "score_edu": 3.0999999046325684,
    },
    "fineweb2": {"url": URL, "key": "<urn:1>", "language": "fra", "date": "2013-05-18"},
    "finepdfs": {"url": URL, "language": "eng_Latn", "token_count": 4},
    "dolma": {"url": URL, "key": "x1", "date": "2013-05-18", "author": "A. B.; C. D."},
    "common_pile": {"url": URL, "license": "OGL-UK-3.0", "author": "A. B."},
    "redpajama": {"url": URL, "date": "2013-05-18", "language": "en"},
    "redpajama2": {"url": URL, "key": "sha1:1", "language": "en", "date": "2013-05-18T00:00:00Z"},
    "stack": {"key": "ab", "license": "MIT AND Apache-2.0", "thread": "o/r"},
    "stack2": {"key": "ab", "license": "MIT", "thread": "o/r", "date": "2013-05-18"},
    "c4": {"url": URL, "date": "2013-05-18T00:00:00Z"},
    "oscar": {"url": URL, "language": "fr", "key": "<urn:1>"},
    "culturax": {"url": URL, "date": "2013-05-18T00:00:00Z"},
    "pile": {},
    "slimpajama": {},
    "dclm": {"url": URL, "score_dclm": 0.25, "key": "<urn:1>"},
}


@pytest.mark.parametrize("corpus", FORMS)
def test_a_known_corpus_fills_its_columns_and_keeps_the_rest(corpus: str, tmp_path: Path) -> None:
    record = FORMS[corpus]
    frame = read(tmp_path / "a.jsonl", json.dumps(record).encode(), corpus=corpus)
    row = frame.row(0, named=True)
    assert row["error"] is None and row["text"] == "t"
    assert {name: row[name] for name in FULL[corpus]} == FULL[corpus]
    kept = json.loads(row["metadata"] or "{}")
    named = {
        one.rstrip("?").split(".")[0] for f in corpora._read_known()[corpus].values() for one in f.split("|")
    }
    assert {name for name in record if name not in named and name != "text"} <= set(kept)
    pl.DataFrame([record]).write_parquet(tmp_path / "a.parquet")
    columns = read(tmp_path / "a.parquet", corpus=corpus)
    assert {name: columns[name][0] for name in FULL[corpus]} == FULL[corpus]


def test_every_corpus_of_the_table_has_its_form_here_and_fills_what_can_be_filled() -> None:
    table = tomllib.loads((Path(mapping.__file__).parent / "corpora.toml").read_text("utf-8"))
    assert set(table) == set(FORMS) == set(FULL)
    for name in table:
        assert f"`{name}`" in str(corpora.read.__doc__)
        mapping.name_columns({"fields": table[name]})


def test_own_fields_go_before_those_of_the_corpus(tmp_path: Path) -> None:
    line = json.dumps(FORMS["c4"] | {"body": "mine"}).encode()
    row = read(tmp_path / "a.jsonl", line, corpus="c4", fields={"text": "body", "date": "?no|timestamp?"})
    assert row["text"][0] == "mine" and row["url"][0] == URL
    with pytest.raises(ValueError, match=r"no corpus 'c5' is known; there are c4, "):
        list(corpora.read(str(tmp_path / "a.jsonl"), corpus="c5"))


def test_the_first_field_that_there_is_is_taken(tmp_path: Path) -> None:
    lines = b'{"text": "a", "u": "1", "v": "2"}\n{"text": "b", "v": "2"}\n{"text": "c", "u": null}\n'
    frame = read(tmp_path / "a.jsonl", lines, fields={"url": "u|v?"})
    assert frame["url"].to_list() == ["1", "2", None]
    frame = read(tmp_path / "a.jsonl", lines, fields={"url": "u|v"})
    assert frame["error"].null_count() == 2 and "'u|v' is missing" in frame["error"][2]
