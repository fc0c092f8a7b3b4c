import json

import pytest

from winnow.pipelines.engine.disk import commit, mirror, proof, storage
from winnow.pipelines.engine.disk.object_store import Store


@pytest.fixture
def attempt(bucket):
    """A function that makes an attempt at a part, with these rows, on a host of this name, and commits it."""

    def make(host, rows, **other):
        folder = mirror.tempfile.gettempdir() + f"/{host}"
        mirror._mirrors.clear()
        with mirror.work(mirror.Path(folder), bucket, "run") as found:
            stage = found.folder / "stage"
            storage.write(stage / "part-00000.parquet", rows)
            files = proof.describe(stage, [stage / "part-00000.parquet"])
            receipt = {"identity": "i", "input": {"files": "f"}, "files": files, "host": host, **other}
            storage.write_json(stage / "receipts/part-00000.json", receipt)
            told = commit.commit(found, stage, "part-00000", receipt)
            rows_here = mirror.fetch(stage / "part-00000.parquet").read_bytes()
        return told, rows_here

    return make


def read(bucket):
    store = Store(bucket)
    return store.read("stage/part-00000.parquet")[0], json.loads(
        store.read("stage/receipts/part-00000.json")[0]
    )


def test_the_first_attempt_counts_and_the_other_takes_what_it_gave(attempt, bucket):
    first, _ = attempt("one", "rows")
    second, here = attempt("two", "sows")
    assert first["host"] == second["host"] == "one"
    assert here == b"rows"
    rows, receipt = read(bucket)
    assert (rows, receipt["host"]) == (b"rows", "one")


def test_files_of_an_attempt_that_died_are_no_part(attempt, bucket):
    Store(bucket).put("stage/part-00000.parquet", b"half")
    told, _ = attempt("one", "rows")
    assert told["host"] == "one"
    assert read(bucket)[0] == b"rows"


def test_the_same_bytes_of_an_attempt_that_died_stay(attempt, bucket):
    tag = Store(bucket).put("stage/part-00000.parquet", b"rows")
    attempt("one", "rows")
    assert Store(bucket).head("stage/part-00000.parquet").tag == tag


def test_a_receipt_of_another_input_is_nobodys_any_more(attempt, bucket):
    attempt("one", "rows", input={"files": "other"})
    told, _ = attempt("two", "sows")
    assert told["host"] == "two"
    assert read(bucket)[0] == b"sows"
