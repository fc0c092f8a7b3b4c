"""Stages by bucket: merged in rounds or not, over and over or once, the documents that stay are the same."""

import random
import shutil
from functools import partial

import pytest
import toy_recipe
from growing import SCALE, change, rows, same_end, twelve
from test_run import digests, execute

from winnow import shuffle
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.spec import toml


@pytest.fixture
def narrow(monkeypatch):
    """Two files are merged into one: twelve parts make rounds of merges where there are many buckets."""
    monkeypatch.setattr(shuffle, "FAN", 2)


def with_buckets(make_recipe, buckets: int):
    """The recipe of growing sources, its stages by bucket in so many."""
    path = make_recipe(twelve(), SCALE)
    path.write_text(path.read_text().replace('by = "bucket"\n', f'by = "bucket"\nbuckets = {buckets}\n'))
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder with the recipe with eight buckets, whose source is named from there, and a run of it that has
    ended in `out`: tests go on from a copy."""
    folder = tmp_path_factory.mktemp("eight")
    path = with_buckets(partial(toy_recipe.write, folder), 8)
    path.write_text(path.read_text().replace(f"{folder}/in/", "in/"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffle, "FAN", 2)
        patch.chdir(folder)
        assert execute(path, folder / "out") == 0
    return folder


@pytest.fixture
def copied(finished, tmp_path, narrow, monkeypatch):
    """The recipe and its run that has ended, in a folder of this test's own."""
    folder = shutil.copytree(finished, tmp_path / "copied")
    monkeypatch.chdir(folder)
    return folder / "recipe.toml", folder / "out"


def groups(out, stage):
    return sorted(path.stem for path in (out / stage / "receipts").glob("*.json"))


def test_any_number_of_buckets_removes_the_same(make_recipe, tmp_path, narrow):
    ends = {}
    for buckets in (0, 16):
        out = tmp_path / f"out{buckets}"
        assert execute(with_buckets(make_recipe, buckets), out) == 0
        ends[buckets] = {stage: rows(out, stage) for stage in ("single", "counted")}
    assert all(end == ends[0] for end in ends.values())
    assert any(reason == "minhash.near_duplicate" for _, _, reason in ends[0]["single"]["dropped"])
    assert groups(tmp_path / "out0", "near.paired") == ["bucket=0000"]  # little is one bucket
    found = groups(tmp_path / "out16", "near.paired")
    assert [name for name in found if name.startswith("bucket=")] == [f"bucket={n:04d}" for n in range(16)]
    merged = [sum(name.startswith(f"merge={number}.") for name in found) for number in (1, 2, 3)]
    assert merged == [6, 3, 0]  # cells of twelve parts: four, eight, sixteen


def test_rounds_go_on_until_nothing_is_new_and_only_the_last_one_counts(finished):
    out = finished / "out"
    found = groups(out, "near.joined")
    last = max(int(name[6:8]) for name in found if name.startswith("round="))
    assert 1 <= last <= 5
    receipts = [storage.read_json(out / f"near.joined/receipts/{name}.json") for name in found]
    gave = {
        name: sorted((file.split("/")[1], told) for file, (_, told) in receipt["files"].items())
        for name, receipt in zip(found, receipts, strict=True)
    }
    before = "" if last == 1 else f"round={last - 1:02d}."
    for bucket in range(8):
        assert gave[f"round={last:02d}.bucket={bucket:04d}"] == gave[f"{before}bucket={bucket:04d}"]


def test_what_grows_is_merged_anew_where_it_grew(copied, tmp_path):
    path, out = copied
    whole = digests(out)
    assert execute(path, out) == 0 and digests(out) == whole  # nothing changed, nothing runs
    change(path.parent / "in")
    before = {
        name: (out / f"near.paired/receipts/{name}.json").stat().st_ino for name in groups(out, "near.paired")
    }
    assert execute(path, out) == 0
    kept = [
        name
        for name in groups(out, "near.paired")
        if name in before and (out / f"near.paired/receipts/{name}.json").stat().st_ino == before[name]
    ]
    assert any(name.startswith("merge=1.") for name in kept)
    assert execute(path, tmp_path / "fresh") == 0
    same_end(out, tmp_path / "fresh")


@pytest.mark.parametrize(
    ("workers", "cuts"),
    [
        (0, [("near.paired",), ("near.joined",)]),
        (2, [("exact.found", "near.joined", "near.found")]),  # all at once: workers are started once
    ],
)
def test_a_run_cut_off_in_any_round_ends_as_a_whole_one(copied, workers, cuts):
    """What stands of a stage when its process dies is any subset of its groups."""
    path, out = copied
    whole, draw = digests(out), random.Random(workers)
    for stages in cuts:
        for stage in stages:
            cut_off(out / stage, draw)
        assert execute(path, out, workers=workers) == 0
        assert digests(out) == whole


def cut_off(folder, draw):
    """Leave of a stage's folder what one that was not done has: of a third of its groups there is no receipt,
    and of each other of these nothing at all."""
    about = storage.read_json(folder / "stage.json")
    left = {key: value for key, value in about.items() if key not in ("done", "parts")}
    storage.write_json(folder / "stage.json", left)
    names = groups(folder.parent, folder.name)
    for number, name in enumerate(draw.sample(names, k=max(1, len(names) // 3))):
        (folder / f"receipts/{name}.json").unlink()
        if number % 2 == 0:
            shutil.rmtree(folder / name)


def test_a_damaged_merge_is_made_again(copied, capsys):
    path, out = copied
    whole = digests(out)
    [file, *_] = sorted((out / "near.paired").glob("merge=1.*/*.shuffle"))
    data = bytearray(file.read_bytes())
    data[len(data) // 3] ^= 0xFF
    file.write_bytes(data)
    for name in groups(out, "near.paired"):
        if name.startswith("bucket="):
            (out / f"near.paired/receipts/{name}.json").unlink()
    assert execute(path, out) == 0
    assert digests(out) == whole and file.name in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('by = "bucket"\nbuckets = 12\n', "buckets is 12: it must be a power of two, or 0"),
        ('by = "part"\nbuckets = 4\n', "dedup.exact:duplicates runs by bucket: by = 'bucket'"),
        ("", "dedup.exact:duplicates runs by bucket: by = 'bucket'"),
    ],
)
def test_what_a_stage_says_of_buckets_is_checked(make_recipe, line, told):
    path = make_recipe(twelve(), SCALE)
    old = 'after = "exact.spread"\nby = "bucket"\n'
    path.write_text(path.read_text().replace(old, f'after = "exact.spread"\n{line}'))
    with pytest.raises(toml.RecipeError, match=told):
        toml.load(path)


def test_buckets_of_a_stage_that_has_none_are_refused(make_recipe):
    path = make_recipe(twelve(), SCALE)
    path.write_text(path.read_text().replace('name = "signed"\n', 'name = "signed"\nuntil_stable = true\n'))
    with pytest.raises(toml.RecipeError, match="`until_stable` are for steps that read the shuffle"):
        toml.load(path)
