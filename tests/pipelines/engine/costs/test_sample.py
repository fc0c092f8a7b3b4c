"""Which files a trial reads."""

from dataclasses import replace
from itertools import pairwise

import pytest

from winnow.pipelines.engine.costs import sample
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.parts.plan import MIN_RANGE_BYTES as BLOCK
from winnow.pipelines.spec.recipe import Source, Step

LINES = Source("lines", "lines", (), Step("toy:records", "source", {}), 1, False)


def list_files(count, size=1000):
    return [File(f"{n:05d}.txt", f"{n:05d}.txt", size=size + n % 7, state="") for n in range(count)]


def names(drawn):
    return [file.name for part in drawn.parts for file in part]


def test_a_hundredth_is_drawn_each_file_once_always_the_same():
    files = list_files(10_000)
    drawn = sample.draw(LINES, files, 0.01)
    assert len(names(drawn)) == len(set(names(drawn))) == 100
    assert drawn == sample.draw(LINES, files[::-1], 0.01)
    assert len(drawn.parts) == sample.MOST_PARTS and {len(part) for part in drawn.parts} == {12, 13}
    wider = sample.draw(replace(LINES, part_bytes=25_000), files, 0.01)
    assert [len(part) for part in wider.parts] == [25] * 4
    assert len(sample.draw(replace(LINES, part_bytes=10**9), files, 0.01).parts) == sample.LEAST_PARTS
    assert drawn.factor == pytest.approx(100, rel=0.01)
    assert drawn.factor * drawn.size == pytest.approx(sum(file.size for file in files))
    assert set(drawn.tiny) < set(drawn.parts[0])


def test_files_of_all_sizes_are_drawn():
    files = [replace(file, size=10 ** (n % 5)) for n, file in enumerate(list_files(10_000))]
    sizes = [file.size for part in sample.draw(LINES, files, 0.01).parts for file in part]
    assert {size: sizes.count(size) for size in set(sizes)} == {10**n: 20 for n in range(5)}


def test_neighbors_are_drawn_no_less_than_strangers():
    drawn = sorted(int(name[:5]) for name in names(sample.draw(LINES, list_files(100_000), 0.01)))
    near = sum(later - earlier < 20 for earlier, later in pairwise(drawn))
    assert 130 < near < 230  # of 1,000 drawn by chance 181


def test_few_files_are_taken_whole_and_what_has_no_reader_too():
    few = list_files(20)
    drawn = sample.draw(LINES, few, 0.01)
    assert sorted(names(drawn)) == [file.name for file in few] and drawn.factor == 1
    assert sample.draw(replace(LINES, read=None), list_files(1000), None).factor == 1
    assert sample.draw(LINES, [], None).parts == ()


def test_of_large_files_blocks_are_drawn_where_their_reader_can(tmp_path):
    files = [File(f"{n}.txt", f"{n}.txt", size=100 * BLOCK, state="") for n in range(100)]
    drawn = sample.draw(LINES, files, 0.01)
    blocks = [(file.name, file.start) for part in drawn.parts for file in part]
    assert len(set(blocks)) == len(blocks) == 100 and drawn.factor == 100
    assert all(start % BLOCK == 0 and start < 100 * BLOCK for _, start in blocks)
    assert {file.stop - file.start for part in drawn.parts for file in part} == {BLOCK}
    whole = sample.draw(replace(LINES, read=Step("toy:read", "source", {})), files, 0.01)
    assert len(names(whole)) == 16 and whole.size == 16 * 100 * BLOCK


def test_without_a_share_no_more_and_no_less_is_read_than_so_many_bytes():
    drawn = sample.draw(LINES, list_files(100_000), None)
    assert sample.LEAST_BYTES * 0.99 < drawn.size < sample.LEAST_BYTES * 1.01
    files = [File(f"{n}.txt", f"{n}.txt", size=2**30, state="") for n in range(1000)]
    assert sample.draw(LINES, files, None).size == sample.MOST_BYTES
    assert sample.draw(LINES, files, 0.001).size == pytest.approx(0.001 * 1000 * 2**30, rel=0.01)


def test_a_file_whose_size_no_list_told_is_asked_for(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * 2000)
    files = [
        File(f"{number}.txt", str(tmp_path / f"{number}.txt"), size=0, state="", sized=False)
        for number in range(40)
    ]
    drawn = sample.draw(LINES, files, 0.01)
    assert drawn.size == 16 * 2000 and drawn.factor == 40 / 16
    assert sum(map(len, sample.draw(LINES, files * 1000, None).parts)) == sample.MOST_BYTES // BLOCK
