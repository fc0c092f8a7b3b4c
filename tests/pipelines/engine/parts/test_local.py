"""What a pattern matches is read, or is a failed row that says what it is and what to do."""

import os
import socket
from pathlib import Path

import polars as pl
import pytest
from test_run import execute, ledger

from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts import listing, local
from winnow.pipelines.spec import recipe

STAGE = '[[stage]]\nname = "read"\nafter = "lines"\nsteps = [ { use = "toy:short", min_words = 1 } ]'


def source(*uris, optional=False, read=None):
    return recipe.Source("s", "s", tuple(str(uri) for uri in uris), read, 100, optional)


def by_name(files):
    return {Path(file.name).name: file for file in files}


@pytest.fixture
def folder(tmp_path):
    """A file, links to files inside and outside, and everything that is no file."""
    here = tmp_path / "in"
    (here / "sub").mkdir(parents=True)
    (here / "a.txt").write_text("a plain file\n")
    (tmp_path / "blob").write_text("a file elsewhere\n")
    (here / "inside.txt").symlink_to("a.txt")
    (here / "outside.txt").symlink_to(tmp_path / "blob")
    (here / "twice.txt").symlink_to("outside.txt")
    (here / "dangling.txt").symlink_to("nowhere")
    (here / "through.txt").symlink_to("a.txt/b")
    (here / "loop.txt").symlink_to("pool.txt")
    (here / "pool.txt").symlink_to("loop.txt")
    (here / "zero.txt").symlink_to("/dev/zero")
    (here / "folder.txt").mkdir()
    (here / "up.txt").symlink_to(tmp_path)
    os.mkfifo(here / "fifo.txt")
    os.mkfifo(tmp_path / "other")
    (here / "pipe.txt").symlink_to(tmp_path / "other")
    here_before = Path.cwd()
    os.chdir(here)  # the path of a socket is short
    try:
        socket.socket(socket.AF_UNIX).bind("socket.txt")
    finally:
        os.chdir(here_before)
    return here


REFUSED = {
    "dangling.txt": "a link to nowhere, which is not there",
    "through.txt": "a link to a.txt/b, which is not there",
    "loop.txt": "a link that leads back to itself",
    "pool.txt": "a link that leads back to itself",
    "zero.txt": "a character device",
    "fifo.txt": "a FIFO",
    "pipe.txt": "a FIFO",
    "socket.txt": "a socket",
    "up.txt": "a link to a folder that it is in",
}


def test_each_is_a_row_that_says_what_it_is_and_none_is_opened(folder, make_recipe, tmp_path, capsys):
    assert execute(make_recipe({}, STAGE), tmp_path / "out") == 0
    failed = ledger(tmp_path / "out", "read", "failed")
    errors = {Path(uri).name: error for uri, error in failed.select("uri", "error").iter_rows()}
    assert len(failed) == len(errors) and errors.keys() == REFUSED.keys()
    for name, told in REFUSED.items():
        assert errors[name].startswith(f"it is {told}"), name
        assert errors[name].partition(": ")[2], "it says what to do"
    kept = storage.read_ledger(tmp_path / "out/read")
    assert {Path(uri).name: text for uri, text in kept.select("uri", "text").iter_rows()} == {
        "a.txt": "a plain file",
        "inside.txt": "a plain file",
        "outside.txt": "a file elsewhere",
        "twice.txt": "a file elsewhere",
    }
    assert f"'{folder}/*.txt' matches the folder {folder}/folder.txt: what is in" in capsys.readouterr().out


def test_what_is_mended_is_read_by_the_next_run(folder, make_recipe, tmp_path):
    path = make_recipe({}, STAGE)
    execute(path, tmp_path / "out")
    (folder / "nowhere").write_text("it came back\n")
    (tmp_path / "blob").write_text("it is another text\n")
    execute(path, tmp_path / "out")
    kept = storage.read_ledger(tmp_path / "out/read").select("uri", "text").iter_rows()
    texts = {Path(uri).name: text for uri, text in kept}
    assert texts["dangling.txt"] == "it came back" and texts["twice.txt"] == "it is another text"
    failed = ledger(tmp_path / "out", "read", "failed")
    assert not failed.filter(pl.col("uri").str.ends_with("dangling.txt")).height


def test_size_and_time_are_of_what_a_link_leads_to(folder, tmp_path):
    os.utime(tmp_path / "blob", (1000, 1000))
    files = by_name(listing.list_files(source(f"{folder}/*.txt")))
    assert files["outside.txt"].size == len("a file elsewhere\n")
    assert files["outside.txt"].state == files["twice.txt"].state == "1000.0"
    named = listing.list_files(source(f"{folder}/outside.txt", f"{folder}/fifo.txt", f"{folder}/loop.txt"))
    assert [bool(file.refused) for file in named] == [True, True, False]


def test_folders_behind_links_are_entered_once_on_any_way(tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "far/nested").mkdir(parents=True)
    for name in ("in/deep/a.txt", "far/b.txt", "far/nested/c.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / "in/linked").symlink_to(tmp_path / "far")
    (tmp_path / "in/deep/back").symlink_to(tmp_path / "in")
    (tmp_path / "far/nested/round").symlink_to(tmp_path / "far")
    found = listing.list_files(source(f"{tmp_path}/in/**/*.txt"))
    assert [file.name.removeprefix(f"{tmp_path}/in/") for file in found] == [
        "deep/a.txt",
        "linked/b.txt",
        "linked/nested/c.txt",
    ]
    assert [file.size for file in listing.list_files(source(f"{tmp_path}/in/*/*.txt"))] == [1, 1]


def test_folders_are_told_with_how_many_and_an_example(tmp_path):
    for name in ("in/one", "in/two"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text("x")
    said = []
    with pytest.raises(
        recipe.RecipeError, match=rf"matches no file, only 2 folders, such as {tmp_path}/in/one"
    ):
        listing.list_files(source(f"{tmp_path}/in/*"), said.append)
    (tmp_path / "in/a.txt").write_text("x")
    assert len(listing.list_files(source(f"{tmp_path}/in/*"), said.append)) == 1
    assert len(said) == 1 and "matches 2 folders, such as" in said[0]
    assert len(listing.list_files(source(f"{tmp_path}/in/**"), said.append)) == 3
    assert len(said) == 1  # they were entered


def test_a_corpus_step_is_given_no_fifo(tmp_path):
    os.mkfifo(tmp_path / "x")
    one = source(tmp_path / "x")
    with pytest.raises(recipe.RecipeError, match=r"x is a FIFO"):
        listing.list_sources(recipe.Recipe("r", "", 0.0, 0.5, {"s": one}, {}))


def test_a_folder_that_may_not_be_listed_is_told(tmp_path, monkeypatch):
    (tmp_path / "in/shut").mkdir(parents=True)
    scan = os.scandir

    def refuse(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(recipe.RecipeError, match=r"cannot be listed.*Permission denied.*shut"):
        listing.list_files(source(f"{tmp_path}/in/*/*.txt"))
    assert local.LocalFiles().glob(f"{tmp_path}/in/*") == [f"{tmp_path}/in/shut"]
