"""Code is part of what a stage is: changed code is told or stopped, and no stage is of two codes unsaid."""

import importlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import distributed
import polars as pl
import pytest
from click.testing import CliRunner

from winnow.cli import main
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.identity import code as identity
from winnow.pipelines.spec import address

ROOT = Path(__file__).parents[4]
MINE = Path(__file__).parent / "mine"
RECIPE = """
name = "mine"
[[source]]
name = "lines"
uris = ["{folder}/in/*.txt"]
part_bytes = 1
read = {{ use = "toy:read" }}
[[stage]]
name = "judged"
after = "lines"
steps = [ {steps} ]
[[stage]]
name = "total"
after = "judged"
steps = [ {{ use = "toy:total" }} ]
"""
RULE = '{ use = "rule:calm" }'
WEIGHED = '{ use = "rule:calm", seconds = 0.1 }, { use = "weigh:weigh" }'
ABOVE = ("rule.py", "> LOUD", ">= LOUD")
LOUDER = ("limits.py", "LOUD = 2", "LOUD = 1  # less")
NEWER = "Metadata-Version: 2.1\nName: Resiliparse\nVersion: 99.0\n"


def set_up(folder: Path, steps: str) -> Path:
    """Input, a recipe, and the user's modules in a folder of their own; returns the recipe."""
    (folder / "in").mkdir(parents=True)
    for number in range(6):
        (folder / f"in/{number}.txt").write_text(f"quiet {number}\nloud {number}!!\noh heck {number}\nfine")
    shutil.copytree(MINE, folder / "mine", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder, steps=steps))
    return folder / "recipe.toml"


def edit(mine: Path, name: str, old: str, new: str) -> None:
    text = (mine / name).read_text()
    assert old in text
    (mine / name).write_text(text.replace(old, new))


def environment(mine: Path) -> dict[str, str]:
    paths = [str(mine), str(ROOT / "tests/pipelines"), str(ROOT)]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "WINNOW_STEPS": os.pathsep.join(paths[:2]),
        "COLUMNS": "300",
    }


def list_arguments(recipe: Path, out: Path, *more: str) -> list[str]:
    asked = more if "check" in more else ("run", *(more or ("--workers", "0")))
    return [*asked, "--", str(recipe), str(out)]


def begin(recipe: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "winnow", *list_arguments(recipe, out, *more)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=environment(recipe.parent / "mine"), **pipes)


def run(recipe: Path, out: Path, *more: str) -> tuple[int, str]:
    """Exit code, and what stood on the screen, in a process of its own."""
    process = begin(recipe, out, *more)
    said = process.communicate(timeout=120)[0]
    return process.returncode, said


def forget_code() -> None:
    """As a process that has just begun: no module of a user's is loaded, and no code is known."""
    for name in (*(path.stem for path in MINE.glob("*.py")), "toy"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    identity._stamps.clear()
    known = (identity.of_step, identity._find, identity._is_installed, identity._library)
    for function in (*known, identity._read, identity._tables, address._permit):
        function.cache_clear()


@pytest.fixture
def run_here(monkeypatch):
    """`run` in this process: where it calls no compiled loop, all code can be loaded anew."""

    def run(recipe: Path, out: Path, *more: str) -> tuple[int, str]:
        forget_code()
        with monkeypatch.context() as patch:
            names = environment(recipe.parent / "mine")
            for name, value in names.items():
                patch.setenv(name, value)
            patch.setattr(sys, "path", [*names["PYTHONPATH"].split(os.pathsep), *sys.path])
            done = CliRunner().invoke(main, list_arguments(recipe, out, *more))
        return done.exit_code, done.output

    yield run
    forget_code()


def codes(out: Path) -> list[str]:
    """The codes that made the parts on disk, as their receipts say."""
    receipts = sorted((out / "judged/receipts").glob("*.json"))
    return [json.loads(path.read_text())["code"] for path in receipts]


def weights(out: Path) -> list[int]:
    kept = storage.read_ledger(out / "judged")
    return (kept["weigh_bytes"] / kept["text"].str.len_bytes()).unique().to_list()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that is done."""
    folder = tmp_path_factory.mktemp("finished")
    code, said = run(set_up(folder, RULE), folder / "out")
    assert code == 0 and "warning" not in said
    assert len(set(codes(folder / "out"))) == 1
    return folder


@pytest.fixture
def again(finished):
    """The finished run, put back after a test has changed it."""
    for name in ("mine", "out"):
        shutil.copytree(finished / name, finished / f"{name}.kept", symlinks=True)
    yield finished
    for name in ("mine", "out"):
        shutil.rmtree(finished / name)
        (finished / f"{name}.kept").rename(finished / name)


def upgrade(mine: Path) -> None:
    """As `pip install --upgrade` into a folder that comes first."""
    (mine / "resiliparse-99.0.dist-info").mkdir()
    (mine / "resiliparse-99.0.dist-info/METADATA").write_text(NEWER)


CHANGES = {
    "rule": (lambda mine: edit(mine, *ABOVE), r"module rule: was \w+, is \w+ \(in rule:calm\)"),
    "constant": (lambda mine: edit(mine, *LOUDER), r"module limits: was \w+, is \w+ \(in rule:calm\)"),
    "table": (lambda mine: (mine / "bad.txt").write_text("quiet\n"), r"table bad.txt: was \w+, is \w+"),
    "library": (upgrade, r"library Resiliparse: was [\d.]+, is 99\.0"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_finished_stage_warns_and_stays(again, run_here, change):
    act, line = CHANGES[change]
    before = (again / "out/judged/part-00000.parquet").read_bytes()
    act(again / "mine")
    code, said = run_here(again / "recipe.toml", again / "out")
    assert code == 0 and re.search(rf"warning: stage judged was made by other code: {line}", said)
    assert "stage total was made" not in said
    assert (again / "out/judged/part-00000.parquet").read_bytes() == before
    about = json.loads((again / "out/judged/stage.json").read_text())
    assert re.search(line, about["changed"][0])
    assert re.search(line, (again / "out/report.html").read_text())


@pytest.mark.parametrize("change", CHANGES)
def test_an_unfinished_stage_stops_and_names_what_changed(again, run_here, change):
    act, line = CHANGES[change]
    (again / "out/judged/part-00003.parquet").unlink()
    act(again / "mine")
    code, said = run_here(again / "recipe.toml", again / "out")
    assert code == 2 and re.search(line, said) and "--accept-code" in said and "--redo judged" in said
    assert not (again / "out/judged/part-00003.parquet").exists()


def test_a_file_more_does_not_go_into_a_finished_stage_of_other_code(again, run_here):
    edit(again / "mine", *ABOVE)
    more = again / "in/33.txt"
    more.write_text("quiet more")
    before = {path: path.stat().st_mtime_ns for path in (again / "out/judged").rglob("*.parquet")}
    try:
        code, said = run_here(again / "recipe.toml", again / "out", "check")
        assert code == 0 and "1 of 7 parts to run, made by other code: module rule: was" in said
        code, said = run_here(again / "recipe.toml", again / "out")
        assert code == 2 and "source lines: 1 file new" in said and "module rule: was" in said
        assert {path: path.stat().st_mtime_ns for path in (again / "out/judged").rglob("*.parquet")} == before
        code, said = run_here(again / "recipe.toml", again / "out", "--workers", "0", "--accept-code")
        assert code == 0 and len(set(codes(again / "out"))) == 2
    finally:
        more.unlink()


def test_comments_docstrings_and_formatting_are_not_told(again, run_here):
    mine = again / "mine"
    edit(mine, "rule.py", "# so that a run can be interrupted", "# why not")
    edit(mine, "rule.py", '"""Drops what is loud or holds a bad word."""', '"""Keeps the calm."""')
    edit(mine, "rule.py", "    bad = ", "\n    bad = ")
    (again / "out/judged/part-00003.parquet").unlink()
    code, said = run_here(again / "recipe.toml", again / "out")
    assert code == 0 and "warning" not in said
    assert len(codes(again / "out")) == 6 and len(set(codes(again / "out"))) == 1


def test_a_change_of_a_finished_stage_is_foreseen_and_can_be_accepted(again, run_here):
    edit(again / "mine", *ABOVE)
    code, said = run_here(again / "recipe.toml", again / "out", "check")
    assert code == 0 and "nothing to run" not in said.split("stage total")[0].split("stage judged")[1]
    assert "stage judged (shard) after lines: made by other code: module rule: was" in said
    code, said = run_here(again / "recipe.toml", again / "out", "--workers", "0", "--accept-code")
    assert code == 0 and "warning" not in said
    code, said = run_here(again / "recipe.toml", again / "out")
    assert code == 0 and "warning" not in said and "as accepted: module rule" in said


def interrupt(recipe: Path, out: Path) -> None:
    process = begin(recipe, out)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list(out.glob("judged/part-*.parquet")):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 130 and "interrupted" in said


def test_interrupted_edited_and_resumed(tmp_path, run_here):
    recipe, out = set_up(tmp_path, RULE.replace(" }", ", seconds = 0.15 }")), tmp_path / "out"
    interrupt(recipe, out)
    old = set(codes(out))
    edit(tmp_path / "mine", *ABOVE)
    code, said = run_here(recipe, out)
    assert code == 2 and "module rule: was" in said
    shutil.copytree(out, tmp_path / "anew")

    assert run_here(recipe, out, "--workers", "0", "--accept-code")[0] == 0
    assert len(codes(out)) == 6 and len(set(codes(out))) == 2
    about = json.loads((out / "judged/stage.json").read_text())
    assert [entry["digest"] for entry in about["accepted"]] == list(old)
    assert "as accepted: module rule" in (out / "report.html").read_text()

    assert run_here(recipe, tmp_path / "anew", "--workers", "0", "--redo", "judged")[0] == 0
    assert len(codes(tmp_path / "anew")) == 6 and len(set(codes(tmp_path / "anew")) - old) == 1
    assert set(codes(tmp_path / "anew")) < set(codes(out))


def test_code_edited_before_any_part_was_made_is_no_matter(again, run_here):
    shutil.rmtree(again / "out/judged/receipts")
    edit(again / "mine", *ABOVE)
    code, said = run_here(again / "recipe.toml", again / "out", "--workers", "0", "--redo", "total")
    assert code == 0 and "warning" not in said
    about = json.loads((again / "out/judged/stage.json").read_text())
    assert len(set(codes(again / "out"))) == 1 and "changed" not in about and "accepted" not in about


@contextmanager
def cluster(*folders: Path):
    """A scheduler, and a worker for each folder of modules; gives the address and the processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/"}
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [["scheduler", "--host", address, "--no-dashboard"], *([worker] * len(folders))]
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *command], env=environment(folder), **quiet)
        for command, folder in zip(commands, (MINE, *folders), strict=True)
    ]
    try:
        with distributed.Client(address, timeout=60) as client:
            client.wait_for_workers(len(folders), timeout=60)
        yield address, started[1:]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_a_constant_of_a_compiled_loop_counts_here_and_on_a_worker(tmp_path, run_here):
    recipe, out = set_up(tmp_path, WEIGHED), tmp_path / "out"
    assert run(recipe, out)[0] == 0 and weights(out) == [3]
    edit(tmp_path / "mine", "limits.py", "FACTOR = 3", "FACTOR = 50")
    code, said = run_here(recipe, out)  # makes no part, and so calls no loop
    assert code == 0 and "module limits: was" in said and "(in rule:calm, weigh:weigh)" in said
    assert weights(out) == [3]
    assert run(recipe, tmp_path / "here")[0] == 0 and weights(tmp_path / "here") == [50]
    edit(tmp_path / "mine", "limits.py", "FACTOR = 50", "FACTOR = 7000")
    with cluster(tmp_path / "mine") as (address, _):
        assert run_here(recipe, tmp_path / "there", "--scheduler", address)[0] == 0
    assert weights(tmp_path / "there") == [7000]


def test_a_worker_with_other_code_is_refused(tmp_path, run_here):
    recipe, out = set_up(tmp_path, WEIGHED), tmp_path / "out"
    shutil.copytree(tmp_path / "mine", tmp_path / "other")
    edit(tmp_path / "other", "limits.py", "FACTOR = 3", "FACTOR = 50")
    with cluster(tmp_path / "mine", tmp_path / "other") as (address, workers):
        code, said = run_here(recipe, out, "--scheduler", address)
        assert code == 2 and "restart the workers" in said and socket.gethostname() in said
        assert re.search(r"module limits: was \w+, is \w+ \(in rule:calm, weigh:weigh\)", said)
        workers[1].kill()
        assert run_here(recipe, out, "--scheduler", address)[0] == 0
    assert len(codes(out)) == 6 and len(set(codes(out))) == 1
    assert weights(out) == [3] and pl.read_parquet(out / "judged/*.parquet").height == 18


def test_a_worker_that_has_loaded_the_code_before_an_edit_is_refused(tmp_path, run_here):
    recipe = set_up(tmp_path, RULE)
    with cluster(tmp_path / "mine") as (address, _):
        assert run_here(recipe, tmp_path / "before", "--scheduler", address)[0] == 0
        edit(tmp_path / "mine", *LOUDER)
        code, said = run_here(recipe, tmp_path / "after", "--scheduler", address)
    assert code == 2 and "restart the workers" in said and "module limits" in said
    assert not codes(tmp_path / "after")
