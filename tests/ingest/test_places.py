"""Every reader that gives places gives each row one of its own, also of files that hold nothing good."""

import contextlib
import importlib
import inspect
import re
from pathlib import Path

import polars as pl
import pytest
from crawl_server import serve

from winnow.pipelines.spec.address import find_steps

NAMES = [
    "x.txt",
    "x.xml",
    "x.jsonl",
    "x.json",
    "x.tar",
    "x.zip",
    "x.mbox",
    "x.epub",
    "x.docx",
    "x.html",
    "x.gz",
]
BAD = {
    "empty": b"",
    "words": b"No reader knows these words.\n" * 3,
    "bytes": bytes(range(256)) * 4,
    "object": b'{"interactions": []}\n{"a": 1}\n',
    "answers": b'{"interactions": [{"request": {}, "response": {}}, {"request": {}, "response": {}}]}',
    "xml": b"<a><page></page><row/><article/></a>",
}
READERS = [
    use.removeprefix("ingest.").split(":")
    for use, kind, _ in find_steps()
    if kind == "source" and use.startswith("ingest.") and "dictionary" not in use
]


@pytest.mark.parametrize(("name", "function"), READERS)
@pytest.mark.parametrize("bad", BAD)
def test_no_two_rows_have_one_place(name: str, function: str, bad: str, tmp_path: Path) -> None:
    read = getattr(importlib.import_module(f"winnow.ingest.{name}"), function)
    for file in NAMES:
        path = tmp_path / file
        path.write_bytes(BAD[bad])
        frames: list[pl.DataFrame] = []
        with contextlib.suppress(Exception):  # the engine makes a row of what a reader raises
            frames.extend(read(str(path)))
        for column in [frame["place"] for frame in frames if "place" in frame.columns]:
            assert not column.null_count() and column.n_unique() == len(column), file


TARS = (
    "papers.arxiv",
    "papers.jats",
    "code.repository",
)  # their headers are looked for from the beginning on
RANGED = [
    (name, function)
    for name, function in READERS
    if name not in TARS
    and "start"
    in inspect.signature(getattr(importlib.import_module(f"winnow.ingest.{name}"), function)).parameters
]


@pytest.mark.parametrize(("name", "function"), RANGED)
def test_of_a_file_on_the_web_a_range_alone_is_fetched(name: str, function: str, tmp_path: Path) -> None:
    module = importlib.import_module(f"winnow.ingest.{name}")
    file = next(file for file in [*NAMES, "x.parquet", "x.warc", "x.xml.bz2"] if module.can_split(file))
    begins = {"x.mbox": b"From a Mon Jan  1 00:00:00 2024\nA: b\n\n", "x.xml": b"  <page>\n"}
    ends = {"x.xml": b"</page>"}
    (tmp_path / file).write_bytes(
        (begins.get(file, b"") + b"x" * 9_990 + ends.get(file, b"") + b"\n") * 2_500
    )
    with serve(tmp_path) as server, contextlib.suppress(ValueError):  # it is no Parquet
        list(getattr(module, function)(server.url + file, start=1 << 22, stop=1 << 23))
    spans = [re.fullmatch(r"bytes=(\d+)-(\d+)", asked[2] or "") for asked in server.asked]
    assert spans and sum(int(span[2]) - int(span[1]) if span else 25_000_000 for span in spans) < 12_000_000
