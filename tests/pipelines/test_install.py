"""What a lock file pins is installed, and every few seconds a line says how far that is."""

import os
import re
import subprocess
import sys
import zipfile
from collections import deque
from pathlib import Path

import pytest

from pipelines import install

ROOT = Path(__file__).parents[2]


def make_wheel(folder: Path, name: str) -> None:
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", about)
        wheel.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")


def go(folder: Path, lines: str) -> subprocess.CompletedProcess[str]:
    (folder / "a.lock").write_text(lines)
    command = [sys.executable, "-m", "pipelines.install", str(folder / "a.lock"), "--no-index"]
    command += [f"--find-links={folder}", f"--target={folder / 'site'}"]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def test_wheels_of_a_folder_are_installed_without_an_index(tmp_path):
    for name in ("one", "two"):
        make_wheel(tmp_path, name)
    told = go(tmp_path, "one==1.0\ntwo==1.0\nthree==1.0 ; sys_platform == 'win32'\n")
    assert told.returncode == 0, told.stderr
    assert re.search(r"^a\.lock: 2 packages are there, \d+ s$", told.stdout, re.M)
    assert (tmp_path / "site/two.py").exists()


def test_what_cannot_be_had_is_named_with_what_to_do(tmp_path):
    told = go(tmp_path, "nobody_has_this==1.0\n")
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
