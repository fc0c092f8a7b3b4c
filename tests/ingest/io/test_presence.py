"""Fields that no record has stop the reading; those that some have do not."""

import gzip
import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from winnow.ingest import chats, corpora, jsonl, parquet
from winnow.ingest.io.presence import RECORDS, NoSuchField

ROWS = [{"content": f"text {n}", "id": str(n)} for n in range(1_500)]


def write(folder: Path, name: str, rows: list) -> str:
    path = folder / name
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    if name.endswith(".parquet"):
        pl.DataFrame(rows).write_parquet(path)
    elif name.endswith(".csv"):
        pl.DataFrame(rows).write_csv(path)
    elif name.endswith(".arrow"):
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    elif name.endswith(".json"):
        path.write_text(json.dumps(rows))
    else:
        path.write_bytes(gzip.compress(lines.encode()) if name.endswith(".gz") else lines.encode())
    return str(path)


EVERY = [
    *((jsonl, name) for name in ("a.jsonl", "a.jsonl.gz")),
    *((corpora, name) for name in ("a.jsonl", "a.json", "a.csv", "a.arrow", "a.parquet")),
    (parquet, "a.parquet"),
    (chats, "a.jsonl"),
    (chats, "a.parquet"),
]


@pytest.mark.parametrize(("reader", "name"), EVERY)
def test_a_field_that_no_record_has_stops_the_reading_with_those_there_are(tmp_path, reader, name):
    path = write(tmp_path, name, ROWS)
    wrong = {"answer": "contend"} if reader is chats else {"text": "contend"}
    with pytest.raises(
        NoSuchField, match=r"a\.\w+.*: none of its .*has 'contend'.*; there are: content, id$"
    ):
        list(reader.read(path, fields=wrong))
    if reader is not chats:
        assert pl.concat(reader.read(path, fields={"text": "content"}))["text"].null_count() == 0
        [first, *_] = reader.read(path, fields={"text": "body|content", "url": "url?"})
        assert first["text"][0] == "text 0"


def test_the_first_records_decide_and_a_single_one_of_them_may_have_it(tmp_path):
    for place, stops in ((0, False), (RECORDS - 1, False), (RECORDS, True)):
        rows = [row | ({"url": "u"} if n == place else {}) for n, row in enumerate(ROWS)]
        path = write(tmp_path, "a.jsonl", rows)
        fields = {"text": "content", "url": "url"}
        if stops:
            with pytest.raises(NoSuchField, match="none of its first 1,000 records has 'url'"):
                list(jsonl.read(path, fields=fields))
        else:
            assert pl.concat(jsonl.read(path, fields=fields))["error"].null_count() == 1


def test_bad_lines_are_no_records_and_a_file_of_them_alone_is_read(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("no json\n[1]\n\n")
    assert pl.concat(jsonl.read(str(path)))["error"].null_count() == 0
    path.write_text('no json\n{"body": "x"}\n')
    with pytest.raises(NoSuchField, match="none of its first 1 records has 'text'; there are: body"):
        list(jsonl.read(str(path)))


def test_only_the_range_at_a_files_beginning_is_judged_and_as_the_whole_is(tmp_path):
    for last, stops in (({}, True), ({"text": "here"}, False)):
        path = write(tmp_path, "a.jsonl", [*ROWS[:10], ROWS[10] | last])
        size = Path(path).stat().st_size
        [frame] = jsonl.read(path, start=size // 2, stop=size)
        assert frame["error"].null_count() == len(last)
        for stop in (1, size // 2, None):
            if stops:
                with pytest.raises(NoSuchField, match="its first 11 records"):
                    list(jsonl.read(path, start=0, stop=stop))
            else:
                assert pl.concat(jsonl.read(path, start=0, stop=stop)).height >= 1


def test_a_field_within_another_is_looked_for_there(tmp_path):
    rows = [{"text": "a", "meta": {"uri": "x"}}, {"text": "b", "meta": '{"url": "x"}'}]
    path = write(tmp_path, "a.jsonl", rows)
    assert pl.concat(jsonl.read(path, fields={"url": "meta.url"}))["error"].null_count() == 1
    path = write(tmp_path, "a.parquet", rows[:1])
    with pytest.raises(NoSuchField, match=r"has 'meta\.url'"):
        list(parquet.read(path, fields={"url": "meta.url"}))
