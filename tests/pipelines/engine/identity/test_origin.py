"""Who made a run."""

import subprocess
from datetime import UTC, datetime, timedelta

from winnow.pipelines.engine.identity import origin


def test_it_says_when_where_by_what(monkeypatch):
    monkeypatch.setattr(
        "sys.orig_argv",
        ["python", "-m", "winnow", "run", "a b.toml", "s3://me:secret@host/x", "\udcff"],
    )
    told = origin.describe(60)
    assert told["command"] == "python -m winnow run 'a b.toml' s3://host/x '\\udcff'"
    ago = datetime.now(UTC) - datetime.fromisoformat(told["started"])
    assert timedelta(seconds=59) < ago < timedelta(seconds=90)
    assert told["host"] and told["version"]


def test_the_commit_is_told_with_its_changes(tmp_path):
    def git(*words):
        name = ("-c", "user.name=a", "-c", "user.email=a@b")
        subprocess.run(["git", "-C", tmp_path, *name, *words], check=True, capture_output=True)

    assert origin.find_commit(tmp_path) is None
    git("init")
    assert origin.find_commit(tmp_path) is None  # of nothing yet
    (tmp_path / "code.py").write_text("x = 1\n")
    git("add", ".")
    git("commit", "-m", "Begin")
    commit = origin.find_commit(tmp_path)
    assert commit and len(commit) == 40
    (tmp_path / "beside.txt").write_text("no code of the clone")
    assert origin.find_commit(tmp_path) == commit
    (tmp_path / "code.py").write_text("x = 2\n")
    assert origin.find_commit(tmp_path) == f"{commit}+"
