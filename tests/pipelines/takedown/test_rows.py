import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.spec.schema import hide
from winnow.pipelines.takedown import rows

GONE = pa.array(["gone"])
TABLE = pl.DataFrame(
    {
        "id": ["a", "b", "c", "d"],
        "other_id": ["gone", "x", None, "gone"],
        "text": ["gone", "b", "c", "d"],
        "verdicts": [[None, "gopher.short", None], [None], [], None],
        "members": [["a", "gone", None], ["gone"], None, ["x"]],
        "followers": [[{"id": "gone", "n": 1}, {"id": "x", "n": 2}], [], None, [{"id": None, "n": 3}]],
    }
)


def test_names_of_what_went_go_and_all_else_stays():
    left = pl.from_arrow(rows.unname(TABLE.to_arrow(), GONE))
    assert left["other_id"].to_list() == [hide("gone"), "x", None, hide("gone")]
    assert left["members"].to_list() == [["a", None], [], None, ["x"]]
    assert left["followers"].to_list() == [[{"id": "x", "n": 2}], [], None, [{"id": None, "n": 3}]]
    assert left.select("id", "text", "verdicts").equals(TABLE.select("id", "text", "verdicts"))


@pytest.mark.parametrize("keep", [[0, 1, 2, 3], [1, 3], []])
def test_a_file_keeps_its_row_groups_types_and_rows(tmp_path, keep):
    path, beside = tmp_path / "a.parquet", tmp_path / "b.parquet"
    table = TABLE.to_arrow(compat_level=pl.CompatLevel.oldest())
    pq.write_table(table, path, row_group_size=2, use_dictionary=["other_id"], compression="zstd")

    def change(part: pa.Table, start: int) -> pa.Table:
        return part.take(pa.array([n - start for n in keep if 0 <= n - start < len(part)], pa.int64()))

    rows.rewrite(path, beside, change)
    assert pq.read_schema(beside).equals(pq.read_schema(path))
    assert pl.read_parquet(beside, glob=False).equals(TABLE[keep])
    about = pq.read_metadata(beside)
    assert about.num_row_groups == max(1, len({n // 2 for n in keep}))
    if keep:
        assert about.row_group(0).column(1).has_dictionary_page
        assert not about.row_group(0).column(0).has_dictionary_page
