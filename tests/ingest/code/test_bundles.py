import io
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from winnow.ingest.code import bundles
from winnow.ingest.io.batches import Unreadable


def make_bundle(folder: Path, *arguments: str) -> Path:
    git = ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    (folder / "a.py").write_text("x = 1\n")
    (folder / "link").symlink_to("/etc/passwd")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    (folder / "a.py").write_text("x = 2\n")
    subprocess.run([*git, "commit", "-q", "-a", "-m", "two"], check=True, capture_output=True)
    subprocess.run([*git, "bundle", "create", "-q", "b", *arguments], check=True, capture_output=True)
    return folder / "b"


def test_links_are_told_and_the_tree_is_that_of_the_branch(tmp_path: Path) -> None:
    with make_bundle(tmp_path, "main").open("rb") as raw, bundles.open_bundle(raw) as git:
        tree = git.find_tree()
        assert tree.ref == "refs/heads/main"
        found = {member.path: member for member in git.walk(tree, lambda path, size: True)}
    assert (found["a.py"].data, found["link"].kind, found["link"].data) == (b"x = 2\n", "link", None)


def test_a_bundle_that_needs_another_is_unreadable(tmp_path: Path) -> None:
    path = make_bundle(tmp_path, "main", "^main~1")
    with (
        path.open("rb") as raw,
        pytest.raises(Unreadable, match="git fetch failed"),
        bundles.open_bundle(raw),
    ):
        pass


def test_a_child_over_its_time_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_SECONDS", 0.2)
    git = bundles.Git(tmp_path, 0)
    with git.run("init", "--quiet", "--bare", str(tmp_path / "git")) as process:
        process.wait()
    with git.run("cat-file", "--batch") as process, bundles.keep_time(process):  # it waits for its input
        assert process.wait(10) == -9


def test_the_environment_holds_nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("SECRET", "x")
    environment = bundles.Git(tmp_path, 0).env
    assert not {"GIT_DIR", "SECRET"} & set(environment)
    assert environment["GIT_CONFIG_NOSYSTEM"] == "1"


def test_the_time_of_who_reads_is_not_the_childs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "z.py").write_text("y = 1\n")
    with make_bundle(tmp_path, "main").open("rb") as raw, bundles.open_bundle(raw) as git:
        monkeypatch.setattr(bundles, "MAX_SECONDS", 1.5)
        members = git.walk(git.find_tree(), lambda path, size: True)
        found = [next(members)]
        time.sleep(2)
        found += members
    assert [member.path for member in found] == ["a.py", "link", "z.py"]


def test_a_part_of_a_file_is_no_file() -> None:
    cat: Any = SimpleNamespace(stdin=io.BytesIO(), stdout=io.BytesIO(b"abc blob 10\nx = 1\n"))
    with pytest.raises(Unreadable, match="inside of a file"):
        bundles._read_blob(cat, b"abc")


def test_a_bundle_of_head_alone(tmp_path: Path) -> None:
    with make_bundle(tmp_path, "HEAD").open("rb") as raw, bundles.open_bundle(raw) as git:
        tree = git.find_tree()
        assert tree.ref == "HEAD" and len(list(git.walk(tree, lambda path, size: True))) == 2
