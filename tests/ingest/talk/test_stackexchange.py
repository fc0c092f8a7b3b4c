import bz2
import gzip
import json
import os
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import fsspec
import polars as pl
import pytest
from crawl_server import serve
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.archive import sevenzip
from winnow.ingest.io import byte_range, splits
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.talk import stackexchange

POST = {"CreationDate": "2016-01-21T20:26:05.383", "Score": "3", "OwnerUserId": "7"}


def row(**fields: Any) -> str:
    return "  <row " + " ".join(f"{name}={quoteattr(str(value))}" for name, value in fields.items()) + " />\n"


def question(number: int, body: str = "<p>Body</p>", **fields: Any) -> str:
    about = {
        "Id": number,
        "PostTypeId": 1,
        **POST,
        "Title": f"Title {number}",
        "Body": body,
        "Tags": "<a><b-c>",
    }
    return row(**about | fields)


def answer(number: int, to: int, body: str = "<p>Answer</p>", **fields: Any) -> str:
    return row(**{"Id": number, "PostTypeId": 2, "ParentId": to, **POST, "Body": body} | fields)


def dump(*rows: str) -> bytes:
    return ('\ufeff<?xml version="1.0" encoding="utf-8"?>\n<posts>\n' + "".join(rows) + "</posts>").encode()


def read(path: Path, **settings: Any) -> pl.DataFrame:
    return pl.concat(stackexchange.read(str(path), **settings))


def write(folder: Path, *rows: str, name: str = "cooking.stackexchange.com/Posts.xml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(dump(*rows))
    return path


def test_a_question_and_its_answer_are_posts_of_one_thread(tmp_path: Path) -> None:
    rows = [question(1, AcceptedAnswerId=2), answer(2, 1, OwnerDisplayName="gone", OwnerUserId="")]
    found = read(write(tmp_path, *rows))
    assert found["text"].to_list() == ["Title 1\n\nBody", "Answer"]
    assert found["thread"].to_list() == ["cooking.stackexchange.com:1"] * 2
    assert found["threads_post"].to_list() == ["1", "2"]
    assert found["threads_parent"].to_list() == [None, "1"]
    assert found["threads_accepts"].to_list() == ["2", None]
    assert found["url"].to_list() == [
        "https://cooking.stackexchange.com/questions/1", "https://cooking.stackexchange.com/a/2",
    ]  # fmt: skip
    assert found["author"].to_list() == ["https://cooking.stackexchange.com/users/7", "gone"]
    assert found["score_votes"].to_list() == [3.0, 3.0]
    assert found["date"][0] == "2016-01-21T20:26:05.383Z"
    about = {"title": "Title 1", "tags": ["a", "b-c"], "site": "cooking.stackexchange.com"}
    assert json.loads(found["metadata"][0]) == about


def test_tags_of_newer_dumps_are_read_too(tmp_path: Path) -> None:
    found = read(write(tmp_path, question(1, Tags="|a|b-c|")))
    assert json.loads(found["metadata"][0])["tags"] == ["a", "b-c"]


@pytest.mark.parametrize(
    ("date", "said", "license"),
    [
        ("2011-04-07T23:59:59.999", None, "CC-BY-SA-2.5"),
        ("2011-04-08T00:00:00.000", None, "CC-BY-SA-3.0"),
        ("2018-05-01T23:59:59.999", None, "CC-BY-SA-3.0"),
        ("2018-05-02T00:00:00.000", None, "CC-BY-SA-4.0"),
        ("2009-01-01T00:00:00.000", "CC BY-SA 4.0", "CC-BY-SA-4.0"),
    ],
)
def test_the_license_is_the_one_of_the_post_or_of_its_day(
    date: str, said: str | None, license: str, tmp_path: Path
) -> None:
    more = {"ContentLicense": said} if said else {}
    assert read(write(tmp_path, question(1, CreationDate=date, **more)))["license"].to_list() == [license]


@pytest.mark.parametrize(
    ("given", "date", "license"),
    [
        (1302220799, "2011-04-07T23:59:59Z", "CC-BY-SA-2.5"),
        (1525219200.0, "2018-05-02T00:00:00.000Z", "CC-BY-SA-4.0"),
        ("1525219199", "2018-05-01T23:59:59Z", "CC-BY-SA-3.0"),
        ("2018-05-02T01:00:00+02:00", "2018-05-01T23:00:00Z", "CC-BY-SA-3.0"),
        ("2018-05-02 00:00:00Z", "2018-05-02T00:00:00Z", "CC-BY-SA-4.0"),
        ("yesterday", None, None),
        ("9" * 400, None, None),
        (9999999999999, None, None),
    ],
)
def test_a_date_of_another_form_tells_the_license_or_nothing(
    given: str | float, date: str | None, license: str | None, tmp_path: Path
) -> None:
    question = {"id": 5, "title": "T", "body_html": "Q", "creation_date": given}
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": question}))
    [found] = pl.concat(stackexchange.threads(str(tmp_path / "a.jsonl"))).to_dicts()
    assert (found["date"], found["license"], found["error"]) == (date, license, None)


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"OwnerDisplayName": "Ann"}, "https://cooking.stackexchange.com/users/7"),
        ({"OwnerDisplayName": "Ann", "OwnerUserId": ""}, "Ann"),
        ({}, "https://cooking.stackexchange.com/users/7"),
    ],
)
def test_the_author_is_the_page_or_the_name_where_there_is_none(
    fields: dict[str, str], author: str, tmp_path: Path
) -> None:
    assert read(write(tmp_path, question(1, **fields)))["author"].to_list() == [author]


def test_fabricated_posts_wikis_low_scores_and_empty_posts_are_dropped(tmp_path: Path) -> None:
    rows = [
        question(1, Score=-1),
        answer(2, 1, Score=0),
        row(Id=3, PostTypeId=5, Body="<p>wiki</p>", **POST),
        question(4, "<p> </p>", Title=""),
        question(1000000001, OwnerUserId=-1),
        answer(1000000010, 1000000001, OwnerUserId=-1),
        answer(5, 1, OwnerUserId=-1),
        answer(1000000010, 1),
    ]
    found = read(write(tmp_path, *rows), min_question_score=0, min_answer_score=1)
    reasons = ["low_score", "low_score", "other_kind", "no_text", "fabricated", "fabricated"]
    assert found["drop_reason"].to_list() == [*(f"stackexchange.{why}" for why in reasons), None, None]


def test_a_damaged_post_costs_itself(tmp_path: Path) -> None:
    bad = [
        '  <row Id="2" Body="&nosuch;" />\n',
        '  <row Id="3" Body="a" b />\n',
        row(PostTypeId=1, Body="no number"),
        question(4, "<b>" * 3_000 + "<p>" * 3_000),
        question(5, "x" * 3_000_000),
        question(6, Score="many"),
    ]
    path = write(tmp_path, question(1), *bad, question(9))
    found = read(path, max_post_bytes=1_000_000)
    assert found["error"].is_null().to_list() == [True, *[False] * len(bad), True]
    assert found["text"].to_list()[0] == "Title 1\n\nBody" and found["threads_post"].to_list()[-1] == "9"


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 300), st.integers(0, 400), st.integers(0, 300))
def test_what_is_too_long_costs_no_other_however_it_is_cut(size: int, length: int, first: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splits, "OUT_BYTES", 0)
        stored = dump(row(Id=1, Body="x" * (200 + length)), row(Id=2, Body="a"), row(Id=3, Body="b"))
        bounds = [0, *range(first, len(stored), size), len(stored)]
        pieces = (Piece(stored[start:stop]) for start, stop in pairwise(bounds))
        found = list(stackexchange.cut_rows(pieces, 200))
    assert [error is None for _, error in found] == [False, True, True]
    assert b'Id="2"' in found[1][0] and b'Id="3"' in found[2][0]


def test_an_entity_of_a_document_type_is_not_expanded(tmp_path: Path) -> None:
    path = write(tmp_path, question(2))
    inside = b'<!DOCTYPE posts [<!ENTITY a "aaaaaaaa"><!ENTITY x SYSTEM "file:///etc/passwd">]>\n<posts>\n'
    evil = row(Id=1, PostTypeId=1, Body="BODY").replace("BODY", "&a;&x;").encode()
    path.write_bytes(path.read_bytes().replace(b"<posts>\n", inside + evil))
    assert read(path)["error"].is_null().to_list() == [False, True]


def test_ranges_of_a_plain_file_give_what_the_whole_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (byte_range, sys.modules["winnow.ingest.io.splits"]):
        monkeypatch.setattr(module, "BLOCK_BYTES", 1_000, raising=False)
    path = write(tmp_path, *(question(n, f"<p>{'word ' * (n % 60)}</p>") for n in range(1, 120)))
    whole = read(path)
    assert whole.height == 119 and whole["place"].n_unique() == 119
    size = path.stat().st_size
    for step in (700, 1_000, 7_777):
        ranges = [(at, min(at + step, size)) for at in range(0, size, step)]
        parts = [
            frame for start, stop in ranges for frame in stackexchange.read(str(path), start=start, stop=stop)
        ]
        assert pl.concat(parts).equals(whole)


def test_packed_dumps_are_read_and_damage_costs_what_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path, *(question(n) for n in range(1, 400)))
    whole = read(path)
    for pack, ending in ((gzip.compress, ".gz"), (bz2.compress, ".bz2")):
        packed = path.with_name(path.name + ending)
        packed.write_bytes(pack(path.read_bytes()))
        assert read(packed).equals(whole.with_columns(place=pl.Series(range(399)), key=read(packed)["key"]))
    packed = path.with_name("Posts.xml.gz")
    stored = gzip.compress(path.read_bytes())
    packed.write_bytes(stored[: len(stored) // 2])
    found = read(packed)
    assert 0 < found.height < 399 and found["error"].drop_nulls().len() == 1


def test_a_file_without_posts_is_an_error_row(tmp_path: Path) -> None:
    path = tmp_path / "Posts.xml"
    path.write_bytes(dump())
    assert "no <row> here" in read(path)["error"][0]
    assert "no <row> here" in read(path, start=0, stop=30)["error"][0]


@pytest.mark.parametrize(
    "stored", [b"", b"\n \n", gzip.compress(b"", mtime=0)], ids=["none", "blank", "packed"]
)
def test_a_file_without_threads_is_an_error_row(stored: bytes, tmp_path: Path) -> None:
    (tmp_path / "threads.jsonl").write_bytes(stored)
    [row] = pl.concat(stackexchange.threads(str(tmp_path / "threads.jsonl"))).to_dicts()
    assert row["key"] == "file" and row["error"].startswith("no line here")


def test_memory_at_an_end_is_no_fault_of_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(line: bytes) -> None:
        raise MemoryError

    (tmp_path / "threads.jsonl").write_text("{}\n")
    monkeypatch.setattr(json, "loads", fail)
    with pytest.raises(MemoryError):
        list(stackexchange.threads(str(tmp_path / "threads.jsonl")))


def test_the_member_of_a_7z_is_read_in_a_process_of_its_own(tmp_path: Path) -> None:
    py7zr = pytest.importorskip("py7zr")
    path = write(tmp_path, *(question(n) for n in range(1, 50)))
    packed = tmp_path / "cooking.stackexchange.com.7z"
    with py7zr.SevenZipFile(packed, "w") as archive:
        archive.writestr("<badges />", "Badges.xml")
        archive.write(path, "Posts.xml")
    assert read(packed)["text"].equals(read(path)["text"])
    stored = packed.read_bytes()
    for broken in (b"", stored[:200], stored[:50] + b"\0" * 20 + stored[70:]):
        packed.write_bytes(broken)
        assert "damaged 7z archive" in read(packed)["error"].to_list()[0]
    with py7zr.SevenZipFile(packed, "w") as archive:
        archive.writestr("<badges />", "Badges.xml")
    assert "no member Posts.xml" in read(packed)["error"][0]


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    py7zr = pytest.importorskip("py7zr")
    path = tmp_path / "served" / "cooking.stackexchange.com.7z"
    path.parent.mkdir()
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.write(write(tmp_path, *(question(n) for n in range(1, 50))), "Posts.xml")
    return path


def test_a_7z_of_a_store_is_fetched_once(packed: Path) -> None:
    with serve(packed.parent) as server:
        assert pl.concat(stackexchange.read(f"{server.url}{packed.name}")).equals(read(packed))
        assert len(server.asked) == 1
    with fsspec.open(f"memory://{packed.name}", "wb") as file:  # which no other process can read
        file.write(packed.read_bytes())
    assert pl.concat(stackexchange.read(f"memory://{packed.name}")).equals(read(packed))


def test_a_fault_of_the_disk_is_no_damage_of_the_archive(
    packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sevenzip,
        "open_uri",
        lambda uri: os.fdopen(os.open(packed, os.O_WRONLY), "rb"),  # reading fails
    )
    with pytest.raises(OSError, match="Bad file descriptor"):
        read(packed)


def test_threads_of_json_lines_are_posts(tmp_path: Path) -> None:
    thread = {
        "site": "maths.stackexchange.com",
        "question": {"id": 5, "title": "T", "body_html": "<p>Q $x$</p>", "score": 2, "tags": ["a"],
                     "creation_date": "2014-01-10T09:14:33.103", "accepted_answer_id": 7, "owner_user_id": 1},
        "answers": [{"id": 7, "body_html": "<p>A</p>", "score": 1}, {"id": 8}],
    }  # fmt: skip
    path = tmp_path / "threads.jsonl"
    path.write_text("\n".join([json.dumps(thread), "{}", "[]", "not JSON", json.dumps(thread)]))
    found = pl.concat(stackexchange.threads(str(path)))
    assert found["text"].to_list() == ["T\n\nQ $x$", "A", None, None, None, None, "T\n\nQ $x$", "A", None]
    assert found["error"].is_null().to_list() == [True, True, *[False] * 4, True, True, False]
    assert found["thread"].to_list()[:2] == ["maths.stackexchange.com:5"] * 2
    assert found["threads_accepts"][0] == "7" and found["place"].n_unique() == 9


def test_what_a_post_costs_grows_with_its_size_and_not_with_its_square(tmp_path: Path) -> None:
    def measure(count: int) -> float:
        path = write(tmp_path, question(1, **{f"a{number}": "x" for number in range(count)}))
        best = []
        for _ in range(3):
            begun = time.process_time()
            assert read(path)["text"].to_list() == ["Title 1\n\nBody"]
            best.append(time.process_time() - begun)
        return min(best)

    measure(10)
    assert measure(40_000) < 1.0  # 5 s where each attribute is looked for among all
