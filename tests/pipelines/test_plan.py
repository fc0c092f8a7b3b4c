import fsspec
import pytest

from pipelines import listing, plan, recipe, schema


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
    (missing,) = listing.list_files(source(f"{tmp_path}/named.txt"))
    assert missing.state == "missing"
