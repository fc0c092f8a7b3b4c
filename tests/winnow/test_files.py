import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.files import cache_by_stamp, find_files, read_text


@pytest.fixture
def load():
    read = []

    @cache_by_stamp(2)
    def load(files: tuple[Path, ...] | Path, end: str = "") -> str:
        read.append(files)
        paths = files if isinstance(files, tuple) else [files]
        paths = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
        return "".join(path.read_text() for path in paths) + end

    load.read = read
    return load


def write(path: Path, text: str, time: int) -> Path:
    path.write_text(text)
    os.utime(path, ns=(time, time))
    return path


def test_a_file_is_read_once_and_again_when_it_was_written_anew(tmp_path, load):
    file = write(tmp_path / "a", "one", 1)
    assert [load(file), load(file)] == ["one", "one"] and len(load.read) == 1
    write(file, "two", 2)
    assert load(file) == "two"
    write(file, "three", 2)
    assert load(file) == "three", "of the same time but another length"


def test_tuples_and_folders_stand_for_their_files(tmp_path, load):
    files = tuple(write(tmp_path / name, name, 1) for name in "ab")
    assert load(files) == load(tmp_path) == "ab"
    write(tmp_path / "b", "c", 2)
    assert load(files) == load(tmp_path) == "ac"
    write(tmp_path / "c", "d", 1)
    assert load(tmp_path) == "acd"
    (tmp_path / "a").unlink()
    assert load(tmp_path) == "cd"


def test_other_arguments_make_other_results(tmp_path, load):
    file = write(tmp_path / "a", "one", 1)
    assert [load(file), load(file, "!"), load(file, "!")] == ["one", "one!", "one!"]
    assert len(load.read) == 2


def test_a_file_that_is_not_there_is_an_error(tmp_path, load):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "no")


def test_files_of_a_name_lie_in_the_folder_or_one_below(tmp_path):
    for name in ("x", "b/x", "a/x", "a/y", "a/b/x", ".tmp/x"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_files(tmp_path, "x")
    assert [str(file.relative_to(tmp_path)) for file in found] == ["a/x", "b/x", "x"]
    with pytest.raises(ValueError, match=r"no x in this folder"):
        find_files(tmp_path / "[", "x")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-be", "utf-32"])
def test_a_text_in_another_encoding_is_refused_with_its_line(tmp_path, encoding):
    path = tmp_path / "list.txt"
    path.write_text("caf\u00e9\nna\u00efve\n", encoding=encoding)
    with pytest.raises(ValueError, match=r"list\.txt, line 1: not in UTF-8"):
        read_text(path)


@given(st.text(alphabet=st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"])))
def test_a_text_in_utf8_is_read_as_it_is(text):
    assert read_text(Path("list"), text.encode("utf-8-sig")) == read_text(Path("list"), text.encode()) == text
