"""What a library in Rust panics with is an error like any other."""

import click.testing
import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine import shard

STEP = '[[stage]]\nname = "next"\nafter = "kept"\nsteps = [ { use = "toy:%s" } ]\n'


def go(folder, *, read="read", steps="", workers="0"):
    (folder / "a.txt").write_text("one\nto panic\nthree\n")
    path = folder / "recipe.toml"
    path.write_text(
        f'name = "panics"\nmax_failed = 1.0\n[[source]]\nname = "in"\nuris = ["{folder}/a.txt"]\n'
        f'read = {{ use = "toy:{read}" }}\n[[stage]]\nname = "kept"\nafter = "in"\n'
        f'steps = [ {{ use = "filters.text:nonempty" }} ]\n{steps}'
    )
    return click.testing.CliRunner().invoke(run.main, [str(path), str(folder / "out"), "--workers", workers])


@pytest.mark.parametrize(("care", "workers"), [(shard.IN_CARE, "0"), (0, "0"), (shard.IN_CARE, "1")])
def test_a_document_at_which_a_library_panics_fails_alone(tmp_path, monkeypatch, care, workers):
    """In this process, in a child, on a worker."""
    monkeypatch.setattr(shard, "IN_CARE", care)
    told = go(tmp_path, steps=STEP % "panic", workers=workers)
    assert told.exit_code == 0, told.output
    failed = pl.read_parquet(tmp_path / "out/next/failed/*.parquet")
    assert [error.endswith("Panic: it was none") for error in failed["error"]] == [True]
    assert pl.read_parquet(tmp_path / "out/next/part-*.parquet").height == 2


@pytest.mark.parametrize("care", [shard.IN_CARE, 0])
def test_a_file_at_which_its_reader_panics_keeps_what_was_read(tmp_path, monkeypatch, care):
    monkeypatch.setattr(shard, "IN_CARE", care)
    told = go(tmp_path, read="panic_reading")
    assert told.exit_code == 0, told.output
    assert pl.read_parquet(tmp_path / "out/kept/part-*.parquet").height == 1
    assert "it was none after record 1" in pl.read_parquet(tmp_path / "out/kept/failed/*.parquet")["error"][0]


@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_corpus_step_that_panics_stops_the_run(tmp_path, workers):
    told = go(tmp_path, steps=STEP % "panic_all", workers=workers)
    assert told.exit_code == 2 and "stage next, all: Panic: it was none" in told.output
