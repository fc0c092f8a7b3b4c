"""Ledger rows that go by way of the disk are those that stayed in memory."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from winnow.pipelines.engine.ledger import spool
from winnow.pipelines.spec import schema

COLUMNS: dict[str, pl.DataType] = {
    **{"id": pl.String(), "count": pl.Int64(), "ratio": pl.Float64(), "name": pl.String()},
    "never": pl.Boolean(),
}
FRAMES = [
    pl.DataFrame({"id": ["a", "b"], "count": [1, 2]}),
    pl.DataFrame({"id": ["c"], "count": [3], "ratio": [0.5]}),
    pl.DataFrame({"id": ["d", "e", "f"], "count": [4, 5, 6], "name": ["x", None, "y"]}),
    pl.DataFrame({"id": ["g"], "count": [7], "ratio": [1.0]}),
]


def written(folder: Path, frames: list[pl.DataFrame]) -> tuple[pl.DataFrame, list[int]]:
    rows = spool.Spool(folder)
    for frame in frames:
        rows.append(frame)
    rows.write(folder / "rows.parquet", COLUMNS)
    rows.close()
    assert [path.name for path in folder.iterdir()] == ["rows.parquet"]
    about = pq.ParquetFile(folder / "rows.parquet").metadata
    return pl.read_parquet(folder / "rows.parquet"), [
        about.row_group(k).num_rows for k in range(about.num_row_groups)
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 5, 100])
def test_by_way_of_the_disk(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "MAX_ROWS", most)
    table, groups = written(tmp_path, FRAMES)
    assert table.equals(pl.concat([pl.DataFrame(schema=COLUMNS), *FRAMES], how="diagonal"))
    assert max(groups) <= most
    assert table.schema == pl.Schema(COLUMNS)


def test_row_groups_do_not_depend_on_how_rows_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MAX_ROWS", 2)
    whole = pl.concat(FRAMES, how="diagonal")
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
    assert written(tmp_path / "one", [whole])[1] == written(tmp_path / "many", [*whole.iter_slices(1)])[1]


def test_nothing_is_a_table_with_columns(tmp_path: Path) -> None:
    table, groups = written(tmp_path, [])
    assert table.schema == pl.Schema(COLUMNS)
    assert groups == [0]


def test_what_was_dropped_has_the_signals_of_its_stage_and_verdicts_where_that_is_replayable() -> None:
    stage = schema.DOCUMENT | {"words": pl.Int64(), "kind": pl.String(), "bands": pl.List(pl.UInt64)}
    plain = schema.dropped_columns(stage, replayable=False)
    assert {"reason", "words", "kind"} < set(plain) and not {"text", "bands", "verdicts"} & set(plain)
    assert "verdicts" in schema.dropped_columns(stage, replayable=True)
