import itertools

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import schema, storage


def frame(texts: list[str]) -> pl.DataFrame:
    return schema.complete(pl.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts}))


def write(path, batches):
    with storage.replacing(path) as beside:
        writer = storage.DocumentWriter(beside)
        for batch in batches:
            writer.write(batch)
        writer.close(lambda: frame([]))


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(0, 5000), max_size=60), cuts=st.lists(st.integers(0, 60), max_size=5))
def test_bytes_depend_on_the_rows_and_not_on_the_batches(tmp_path_factory, sizes, cuts):
    storage.ROW_GROUP_ROWS, storage.ROW_GROUP_BYTES = 16, 20_000
    folder = tmp_path_factory.mktemp("w")
    whole = frame(["x" * size for size in sizes])
    write(folder / "one.parquet", [whole])
    edges = sorted({0, len(sizes), *(cut for cut in cuts if cut <= len(sizes))})
    write(folder / "many.parquet", [whole[a:b] for a, b in itertools.pairwise(edges)])
    assert (folder / "one.parquet").read_bytes() == (folder / "many.parquet").read_bytes()
    read = list(storage.read_batches(folder / "one.parquet"))
    assert pl.concat(read).equals(whole)
    assert all(batch.height <= 16 for batch in read)
    assert all(batch["text"].str.len_bytes()[:-1].sum() < 20_000 for batch in read)
    storage.ROW_GROUP_ROWS, storage.ROW_GROUP_BYTES = 1000, 16 * 2**20


def test_what_is_half_written_is_not_there(tmp_path):
    path = tmp_path / "a" / "part.parquet"
    with pytest.raises(ZeroDivisionError), storage.replacing(path) as beside:
        beside.write_text("half")
        raise ZeroDivisionError
    assert not path.exists() and not list(tmp_path.rglob("*.tmp"))


def test_no_batches_still_make_a_file_with_the_columns(tmp_path):
    write(tmp_path / "empty.parquet", [])
    assert pq.read_schema(tmp_path / "empty.parquet").names == list(schema.DOCUMENT)
    assert pl.read_parquet(tmp_path / "empty.parquet").height == 0


def test_a_column_that_appears_late_is_a_broken_contract(tmp_path):
    batches = [frame(["a"]), frame(["b"]).with_columns(late=pl.lit(1))]
    with pytest.raises(schema.ContractError, match="late"):
        write(tmp_path / "x.parquet", batches)
