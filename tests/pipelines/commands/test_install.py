"""What a lock file pins is installed, and every few seconds a line says how far that is."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections import deque
from pathlib import Path

import pytest

from winnow.pipelines.commands import install

ROOT = Path(__file__).parents[3]


def make_wheel(folder: Path, name: str, more: str = "") -> str:
    """A wheel in a folder; returns its line in a lock."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{more}"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", about)
        wheel.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    digests = ("0" * 64, hashlib.sha256(path.read_bytes()).hexdigest())  # of another platform's, and its own
    return " \\\n    ".join([f"{name}==1.0", *(f"--hash=sha256:{digest}" for digest in digests)]) + "\n"


def go(folder: Path, lines: str, what: str = "a.lock") -> subprocess.CompletedProcess[str]:
    (folder / "a.lock").write_text(lines)
    what = str(folder / what) if what == "a.lock" else what
    command = [sys.executable, "-m", "winnow.pipelines.commands.install", what, "--no-index"]
    command += [f"--find-links={folder}", f"--target={folder / 'site'}"]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def test_wheels_of_a_folder_are_installed_without_an_index(tmp_path):
    lines = [make_wheel(tmp_path, name) for name in ("one", "two")]
    told = go(tmp_path, "".join(lines) + "three==1.0 ; sys_platform == 'win32'\n")
    assert told.returncode == 0, told.stderr
    assert re.search(r"^a\.lock: 2 packages are there, \d+ s$", told.stdout, re.M)
    assert (tmp_path / "site/two.py").exists()


@pytest.mark.parametrize("line", ["one==1.0\n", f"one==1.0 --hash=sha256:{'0' * 64}\n"])
def test_what_the_lock_has_no_digest_of_is_not_installed(tmp_path, line):
    make_wheel(tmp_path, "one")
    told = go(tmp_path, line)
    assert told.returncode == 1 and "one==1.0" in told.stderr and "hash" in told.stderr.lower()
    assert "Traceback" not in told.stderr and not (tmp_path / "site").exists()


def test_what_a_package_needs_beside_the_lock_or_with_an_extra_asks_for_no_digest(tmp_path):
    other = make_wheel(tmp_path, "other", "Requires-Dist: one[more]>=1\nRequires-Dist: three\n")
    one = make_wheel(tmp_path, "one", "Provides-Extra: more\n")
    told = go(tmp_path, other + one)
    assert told.returncode == 0, told.stderr
    assert install.read_lock(tmp_path / "a.lock") == {"one": "1.0", "other": "1.0"}


def test_a_requirement_that_is_no_lock_has_no_digest(tmp_path):
    make_wheel(tmp_path, "one")
    told = go(tmp_path, "", "one>=1.0,<2")
    assert told.returncode == 0 and "one>=1.0,<2: 1 packages are there" in told.stdout, told.stderr


@pytest.mark.parametrize(
    "lock", sorted([*ROOT.glob("*.lock"), *ROOT.glob("tests/bench/*.lock")]), ids=lambda path: path.name
)
def test_a_lock_has_digests_of_all_that_it_pins(lock):
    text = lock.read_text().replace("\\\n", " ")
    bare = [line.split()[0] for line in text.splitlines() if "--hash=sha256:" not in line]
    assert len(install.list_pins(lock)) > 50 and bare == []


def test_what_cannot_be_had_is_named_with_what_to_do(tmp_path):
    told = go(tmp_path, f"nobody_has_this==1.0 --hash=sha256:{'0' * 64}\n")
    assert told.returncode == 1 and "nobody_has_this==1.0" in told.stderr
    assert "HTTPS_PROXY=" in told.stderr and "WHEELS=dir" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("  Downloading two.whl (3 MB)", "fetching packages: 2 of 3: two==1.0"),
        ("Installing collected packages: one, two", "unpacking packages: 1 of 3"),
        (
            "WARNING: Retrying (Retry(total=4)) after connection broken",
            "fetching packages: WARNING: Retrying",
        ),
    ],
)
def test_a_line_says_what_is_at_hand_and_how_many_of_how_many(last, said, monkeypatch):
    monkeypatch.setattr(install, "find_installed", lambda: {"one": "1.0", "other": "2"})
    pins = {"one": "1.0", "two": "1.0", "three": "1.0"}
    assert install.describe(pins, {"one==1.0": None, "two==1.0": None}, deque([last])).startswith(said)


def test_a_retry_that_is_over_is_not_told(monkeypatch):
    monkeypatch.setattr(install, "find_installed", dict)
    last = deque(
        ["WARNING: Retrying (Retry(total=4)) after connection broken", "  Downloading two.whl (3 MB)"]
    )
    said = install.describe({"one": "1.0", "two": "1.0"}, {"one==1.0": None, "two==1.0": None}, last)
    assert said == "fetching packages: 2 of 2: two==1.0"
