"""How a run stands: under way, stopped, ended; its report says so too."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click.testing
import pytest

from winnow.pipelines.commands import run, status
from winnow.pipelines.report import page

ROOT = Path(__file__).parent.parent.parent.parent
TWO = """
[[stage]]
name = "kept"
after = "lines"
steps = [ { use = "toy:shout" } ]
[[stage]]
name = "last"
after = "kept"
steps = [ { use = "toy:short" } ]
"""


def ask(out):
    told = click.testing.CliRunner().invoke(status.main, [str(out)])
    return told.exit_code, told.output


def test_under_way_and_stopped_and_ended(make_recipe, tmp_path):
    stages = TWO.replace('"toy:shout"', '"toy:shout", seconds = 60.0')
    path, out = make_recipe({"a.txt": "one two\nFAIL \x1b[2J 12", "b.txt": "three"}, stages), tmp_path / "out"
    command = [sys.executable, "-m", "winnow", "run", str(path), str(out), "--workers", "0"]
    going = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=os.environ)
    while not list((out / "kept").glob(".part-*.tmp")):
        assert going.poll() is None
        time.sleep(0.05)
    before = {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}
    code, told = ask(out)
    assert code == 0 and "the run is under way: 0 of 2 stages are done" in told
    assert "begun    kept: 0 of 2 parts" in told and "part-00000 runs" in told and "waiting  last" in told
    assert f"the last lines of {out}/run.log" in told
    assert (
        before.items() <= {file: file.stat().st_mtime_ns for file in out.rglob("*") if file.is_file()}.items()
    )
    assert "This run is not finished</b> The run is under way" in page.write(out).read_text()
    going.send_signal(signal.SIGKILL)
    going.wait()
    code, told = ask(out)
    assert code == 0 and "the run stopped before its end: 0 of 2 stages are done" in told
    assert "runs" not in told.partition("the last lines")[0]


def test_ended(make_recipe, tmp_path):
    path, out = make_recipe({"a.txt": "one two\nFAIL \x1b[2J 12\nFAIL \x1b[2J 13"}, TWO), tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    code, told = ask(out)
    assert code == 0 and "the run has ended: 2 of 2 stages are done" in told
    assert "done     kept: 1 parts, 3 documents, 1 kept (33.3%), 2 failed" in told
    assert "failed   2\n            2 toy:read: FAIL \\x1b[…J …\n" in told
    assert "not finished" not in (out / "report.html").read_text()


@pytest.mark.parametrize("name", ["run.json", "kept/stage.json"])
def test_a_damaged_file_is_named(make_recipe, tmp_path, name):
    path, out = make_recipe({"a.txt": "one two"}, TWO), tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    (out / name).write_text("{")
    code, told = ask(out)
    assert code == 4 and str(out / name) in told


def test_no_run(tmp_path):
    assert ask(tmp_path)[0] == 2 and "there is no run.json" in ask(tmp_path)[1]
