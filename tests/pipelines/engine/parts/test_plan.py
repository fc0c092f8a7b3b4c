from collections import defaultdict

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.engine.parts import listing, plan
from winnow.pipelines.spec import recipe, schema


@pytest.fixture(autouse=True)
def _cut_small_files(monkeypatch):
    """Files of a few bytes are cut as large ones are."""
    monkeypatch.setattr(plan, "MIN_RANGE_BYTES", 1)


def source(*uris, part_bytes=100, optional=False):
    return recipe.Source("s", "s", tuple(uris), None, part_bytes, optional)


def checked(*sources):
    return recipe.Recipe("r", "", 0.0, 0.5, {s.name: s for s in sources}, {})


def test_files_are_grouped_by_size_and_parts_numbered_over_all_sources(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, size in {"a.txt": 60, "b.txt": 30, "c.txt": 500, "d.txt": 10}.items():
        (tmp_path / name).write_bytes(b"x" * size)
    one = source("*.txt")
    two = recipe.Source("t", "t", ("d.txt",), None, 100, False)
    both = checked(one, two)
    planned = plan.lay_out(both, listing.list_sources(both), []).parts
    assert [[file.name for file in part.files] for part in planned["s"]] == [
        ["a.txt", "b.txt"],
        ["c.txt"],
        ["d.txt"],
    ]
    assert [part.number for parts in planned.values() for part in parts] == [0, 1, 2, 3]
    assert planned["s"][0].files[0].uri == str(tmp_path / "a.txt")


def test_ids_do_not_depend_on_where_a_checkout_lies(tmp_path, monkeypatch):
    names = []
    for folder in ("here", "there/deep"):
        (tmp_path / folder / "data").mkdir(parents=True)
        (tmp_path / folder / "data" / "x.txt").write_text("x")
        monkeypatch.chdir(tmp_path / folder)
        names.append(listing.list_files(source("data/*.txt"))[0].name)
    assert names == ["data/x.txt", "data/x.txt"]
    assert schema.document_id("s", names[0], 0) == schema.document_id("s", names[1], 0)


def test_other_stores_are_listed_by_their_own_addresses():
    system = fsspec.filesystem("memory")
    system.pipe("/plan/one.txt", b"1")
    system.pipe("/plan/two.txt", b"22")
    files = listing.list_files(source("memory://plan/*.txt"))
    assert [file.size for file in files] == [1, 2]
    with fsspec.open(files[0].uri) as handle:
        assert handle.read() == b"1"


def test_a_pattern_that_matches_nothing_is_refused_unless_optional(tmp_path):
    with pytest.raises(recipe.RecipeError, match="matches no file"):
        listing.list_files(source(f"{tmp_path}/*.none"))
    assert listing.list_files(source(f"{tmp_path}/*.none", optional=True)) == []


def splitting(name, part_bytes):
    """A source whose reader can split files."""
    read = recipe.Step("toy:records", "source", {})
    return recipe.Source(name, name, ("*",), read, part_bytes, False)


@st.composite
def histories(draw):
    """Listings of two sources, one after the other: files by name, with size and the time they changed."""
    listings = []
    files = {"s": {}, "t": {}}
    for time in range(draw(st.integers(1, 5))):
        for known in files.values():
            for name in draw(st.lists(st.sampled_from("abcdefgh"), unique=True)):
                if name in known and draw(st.booleans()):
                    del known[name]
                else:
                    known[name] = (draw(st.integers(0, 350)), str(time))
        listings.append({source: dict(known) for source, known in files.items()})
    return listings


def listed_as(files):
    """One source's files can be split, the other's cannot."""
    return {
        name: [listing.File(f"{file}.{name}", f"{file}.{name}", *known[file]) for file in sorted(known)]
        for name, known in files.items()
    }


def ranges_of(made):
    """For each file its parts' numbers, with the ranges that are read, in order."""
    found = defaultdict(list)
    for parts in made.parts.values():
        for part in parts:
            for file in part.files:
                found[file.name].append((file.start, file.stop, part.number))
    return {name: sorted(ranges, key=lambda one: one[0]) for name, ranges in found.items()}


@given(
    histories(),
    st.lists(st.integers(20, 120), min_size=5, max_size=5),
    st.sets(st.sampled_from(["a.s", "b.s", "c.t", "d.t"])),
)
def test_files_keep_their_parts_whatever_becomes_of_others(history, part_bytes, lost):
    known, before, listed_before = [], {}, {"s": [], "t": []}
    for files, size in zip(history, part_bytes, strict=False):
        sources = checked(splitting("s", size), recipe.Source("t", "t", ("*",), None, size, False))
        listed = listed_as(files)
        made = plan.lay_out(sources, listed, known, lambda *_: lost)
        now = ranges_of(made)
        assert now.keys() == {file.name for name in listed for file in listed[name]}
        for name, ranges in now.items():  # each byte once
            starts = [start for start, _, _ in ranges]
            assert starts[0] == 0 and [stop for _, stop, _ in ranges] == [*starts[1:], None]
            assert len(ranges) == 1 or name.endswith(".s")
        for name in listed:
            for file in set(listed[name]) & set(listed_before[name]):
                assert now[file.name] == before[file.name]
        used, using = ({number for ranges in of.values() for _, _, number in ranges} for of in (before, now))
        highest = max((place.part for place in known), default=-1)
        assert all(number > highest for number in using - used)
        again = plan.lay_out(sources, listed, made.places)
        assert again.places == made.places and not any(again.changes.values())
        known, before, listed_before = made.places, now, listed


def test_what_is_remembered_is_read_again(tmp_path):
    listed = {"s": [listing.File("a.txt", "a", 150, "1"), listing.File("b", "b", 0, "")]}
    made = plan.lay_out(checked(splitting("s", 100)), listed, [])
    assert [place[:1] + place[2:] for place in made.places] == [
        (0, "a.txt", 150, "1", 0, 75),
        (1, "a.txt", 150, "1", 75, None),
        (2, "b", 0, "", 0, None),
    ]
    plan.write_places(tmp_path, made.places)
    assert plan.read_places(tmp_path) == made.places


def test_a_lost_file_leaves_its_part_only_when_it_changed():
    def lay_out(known, **states):
        listed = {"s": [listing.File(name, name, 10, state) for name, state in states.items()]}
        made = plan.lay_out(
            checked(source()), listed, known, lambda source, part: {"b"} if part == 0 else set()
        )
        return made, [[file.name for file in part.files] for part in made.parts["s"]]

    first, parts = lay_out([], a="1", b="1", c="1")
    assert parts == [["a", "b", "c"]]
    second, parts = lay_out(first.places, a="1", b="2", c="1")
    assert parts == [["a", "c"], ["b"]]
    assert (second.changes["s"].to_run, second.changes["s"].changed) == (1, ["b"])
    _, parts = lay_out(first.places, a="2", b="1", c="1")
    assert parts == [["a", "b", "c"]]
    third, parts = lay_out(second.places, c="1")
    assert parts == [["c"]] and third.changes["s"].gone == ["a", "b"]
    _, parts = lay_out(third.places, c="1", d="1")
    assert [part.number for part in lay_out(third.places, c="1", d="1")[0].parts["s"]] == [0, 2]
    assert parts == [["c"], ["d"]]
