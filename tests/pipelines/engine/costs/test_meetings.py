"""How rows meet in a sample, and by which power of its size."""

import numpy as np
import polars as pl
import pytest

from winnow.pipelines.engine.costs import meetings
from winnow.shuffle import open_writer


def write(folder, keys):
    """Files of the shuffle, by part, of these hashes each."""
    files = {}
    for number, some in enumerate(keys):
        out = folder / f"part-{number:05d}"
        out.mkdir(parents=True)
        with open_writer(out, "key") as add:
            add(pl.DataFrame({"key": np.array(some, np.uint64), "row": range(len(some))}))
        files[out.name] = sorted(out.iterdir())
    return files


def draw_sample(folder, whole, share, seed=2):
    """The meetings of a share of the rows of a whole, in eight parts."""
    rows = np.random.default_rng(seed).permutation(np.array(whole))
    return meetings.count(write(folder, np.array_split(rows[: int(len(rows) * share)], 8)))


def test_rows_that_meet_nobody_do_not_in_the_whole(tmp_path):
    found = draw_sample(tmp_path, range(100_000), 0.01)
    assert (found.rows, found.met) == (1000, 0) and found.grow(100) == 100
    assert meetings.count({}) == (0, {})


def test_pairs_of_one_file_grow_as_files_do_those_of_two_by_the_square(tmp_path):
    apart = meetings.count(write(tmp_path / "apart", [range(0, 400), range(200, 600)]))
    assert (apart.rows, apart.met, dict(apart.hashes)) == (800, 200, {1: 400, 2: 200})
    together = meetings.count(write(tmp_path / "together", [[n // 2 for n in range(400)], range(200, 600)]))
    assert (together.rows, together.met, dict(together.hashes)) == (800, 200, {1: 600})
    assert together.grow(10) == pytest.approx(10, rel=0.01)
    few = meetings.count(write(tmp_path / "few", [range(0, 400), range(371, 600)]))
    assert few.met == meetings.FEW - 1 and few.grow(10) == 10


def test_pairs_that_chance_brings_into_one_part_are_of_two_files(tmp_path):
    """Every hash stands twice in a whole of 400,000 rows, of which a twentieth is drawn."""
    found = draw_sample(tmp_path, np.repeat(np.arange(200_000), 2), 0.05)
    assert found.met == pytest.approx(20_000**2 / 4 / 200_000, rel=0.15)
    assert found.hashes[2] == pytest.approx(found.met, rel=0.02)


@pytest.mark.parametrize(
    ("whole", "share", "off"),
    [
        (np.repeat(np.arange(200_000), 2), 0.05, 0.3),
        (np.repeat(np.arange(5_000), 20), 0.01, 0.3),
        (np.concatenate([np.repeat(np.arange(50), 1000), np.arange(50, 50_000)]), 0.01, 0.1),
        (np.concatenate([np.repeat(np.arange(20), 360), np.arange(100, 16_900)]), 0.1, 0.1),
    ],
    ids=["pairs", "twenties", "thousands", "few shared"],
)
def test_meetings_of_a_whole_are_told_from_a_sample(tmp_path, whole, share, off):
    found = draw_sample(tmp_path, whole, share)
    true = len(whole) - len(np.unique(whole))
    assert found.met * found.grow(1 / share) == pytest.approx(true, rel=off)
