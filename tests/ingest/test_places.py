"""Every reader that gives places gives each row one of its own, also of files that hold nothing good."""

import contextlib
import importlib
import inspect
from pathlib import Path

import polars as pl
import pytest

from ingest import jsonl

FOLDER = Path(inspect.getfile(jsonl)).parent
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
    (name, function)
    for name in sorted(
        path.stem for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "dictionary")
    )
    for function, value in vars(importlib.import_module(f"ingest.{name}")).items()
    if inspect.isfunction(value)
    and value.__module__ == f"ingest.{name}"
    and not function.startswith("_")
    and next(iter(inspect.signature(value).parameters), "") == "uri"
]


@pytest.mark.parametrize(("name", "function"), READERS)
@pytest.mark.parametrize("bad", BAD)
def test_no_two_rows_have_one_place(name: str, function: str, bad: str, tmp_path: Path) -> None:
    read = getattr(importlib.import_module(f"ingest.{name}"), function)
    for file in NAMES:
        path = tmp_path / file
        path.write_bytes(BAD[bad])
        frames: list[pl.DataFrame] = []
        with contextlib.suppress(Exception):  # the engine makes a row of what a reader raises
            frames.extend(read(str(path)))
        for column in [frame["place"] for frame in frames if "place" in frame.columns]:
            assert not column.null_count() and column.n_unique() == len(column), file
