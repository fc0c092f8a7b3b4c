"""Which documents stand in a sample."""

from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers.similarity.documents import draw
from winnow.pipelines.engine.disk.documents import read_batches


@pytest.mark.parametrize("seed", [-1, 0, 7])
def test_a_sample_is_chosen_by_ids_alone(tmp_path: Path, seed: int) -> None:
    docs = pl.DataFrame({"id": [f"id{n}" for n in range(90)]}).with_columns(source=pl.lit("a"), text="id")
    for name, rows in (("all", docs), ("first", docs[:50]), ("rest", docs[50:])):
        rows.write_parquet(tmp_path / f"{name}.parquet")
    found = draw([tmp_path / "all.parquet"], read_batches, 20, seed)
    assert found.height == 20
    parts = [tmp_path / "rest.parquet", tmp_path / "first.parquet"]
    assert draw(parts, read_batches, 20, seed).equals(found)
    assert draw(parts, read_batches, 10, seed).equals(found[:10])


def test_seeds_choose_otherwise(tmp_path: Path) -> None:
    docs = pl.DataFrame({"id": [f"id{n}" for n in range(90)]}).with_columns(source=pl.lit("a"), text="id")
    docs.write_parquet(tmp_path / "all.parquet")
    samples = {tuple(draw([tmp_path / "all.parquet"], read_batches, 20, seed)["id"]) for seed in (-1, 0, 1)}
    assert len(samples) == 3
