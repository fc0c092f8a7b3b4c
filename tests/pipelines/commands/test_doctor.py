"""One screen that says whether a run can start, also where nothing is there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from winnow import extras
from winnow.pipelines.commands import doctor, install

ROOT = Path(__file__).parents[3]


def look(capsys):
    with pytest.raises(SystemExit) as end:
        doctor.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    return end.value.code, lines


def test_where_all_is_there_a_run_can_start(capsys):
    code, lines = look(capsys)
    count = len(install.read_lock(ROOT / "requirements.lock"))
    assert code == 0 and lines[-1] == "All that a run needs is there."
    assert f"packages   {count} of {count} of requirements.lock" in lines


def test_what_is_absent_is_named_with_the_command(capsys, monkeypatch, tmp_path):
    found = install.find_installed()
    monkeypatch.setattr(
        install, "find_installed", lambda: {k: v for k, v in found.items() if k not in ("polars", "torch")}
    )
    monkeypatch.setattr(doctor, "read_memory", lambda: 500_000_000)
    code, lines = look(capsys)
    assert code == 2 and any("absent: " in line and "torch" in line for line in lines)
    assert any("1 are absent or of another version: make setup" in line for line in lines)
    assert "Too little memory is free for a worker." in lines


@pytest.fixture
def from_wheel(monkeypatch):
    known = extras.read_requirements()
    monkeypatch.setattr(extras, "is_checkout", lambda: False)
    monkeypatch.setattr(extras, "read_requirements", lambda: known)


def test_from_a_wheel_the_base_is_counted_and_extras_are_named(from_wheel, capsys, monkeypatch):
    found = install.find_installed()
    monkeypatch.setattr(install, "find_installed", lambda: found)
    code, lines = look(capsys)
    assert code == 0 and re.search(r"packages   (\d+) of \1 of the base\n", "\n".join(lines))
    assert not [line for line in lines if line.startswith(("make", "git"))]
    for name in ("striprtf", "s3fs", "numpy"):
        del found[name]
    code, lines = look(capsys)
    assert code == 2 and lines[-1] == f"Absent are numpy: {sys.executable} -m pip install winnow-data"
    (absent,) = [line for line in lines if "absent: " in line and "OCR" not in line]
    assert {"s3", "office"} <= set(re.findall(r"\w+", absent)) and not {"code", "papers"} & set(
        absent.split(", ")
    )


def test_loops_are_counted_where_they_lie(capsys, monkeypatch, tmp_path):
    (tmp_path / "there.nbi").touch()
    loops = [str(tmp_path / name) for name in ("there.nbi", "gone.nbi")]
    monkeypatch.setattr(doctor.sys, "prefix", str(tmp_path))
    doctor.look_at_loops()
    (tmp_path / ".ready").write_text(json.dumps({"loops": loops}))
    doctor.look_at_loops()
    none, some = capsys.readouterr().out.splitlines()
    assert "not compiled yet" in none and "1 of 2 compiled; runs compile the other" in some


def test_it_needs_no_environment_and_no_package():
    """By Python alone, isolated from all that is installed."""
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.base_prefix = sys.prefix\n"
    script += "from winnow.pipelines.commands import doctor; doctor.main()"
    told = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True)
    assert told.returncode == 2 and "There is no environment in .venv: make setup" in told.stdout, told.stderr


def test_make_says_so_where_there_is_no_python(tmp_path):
    command = ["make", "-C", str(ROOT), "doctor", "PYTHON=no-python", f"VENV={tmp_path}"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 2 and "apt-get install python3" in told.stdout
