"""Every way a run ends, by its exit code and the line on the screen (docs/running.md)."""

import functools
import json
from pathlib import Path

import click.testing
import polars as pl
import pytest
import toy
from entered import enter

from winnow.dedup import exact
from winnow.pipelines.commands import check, run
from winnow.pipelines.engine import schedule

ROOT = Path(__file__).parent.parent.parent
KEPT = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "toy:short" } ]\n'


def corpus(step):
    return f'{KEPT}[[stage]]\nname = "all"\nafter = "kept"\nsteps = [ {{ use = "{step}" }} ]\n'


@pytest.fixture
def door(tmp_path):
    """The command in this process: its exit code, and both of what it prints."""

    def go(path, *more, out=tmp_path / "out"):
        told = click.testing.CliRunner().invoke(run.main, [str(path), str(out), "--workers", "0", *more])
        assert "Traceback" not in told.output and not isinstance(told.exception, Exception)
        return told.exit_code, told.output

    return go


def test_done(make_recipe, door):
    code, said = door(make_recipe({"a.txt": "one two\nthree"}, KEPT))
    assert code == 0 and "every stage adds up" in said


def test_more_failed_than_the_recipe_allows(make_recipe, door):
    path = make_recipe({"a.txt": "one two\nFAIL"}, KEPT)
    path.write_text(path.read_text().replace("max_failed = 1.0", "max_failed = 0.1"))
    code, said = door(path)
    assert code == 1 and "1 of 2 inputs failed, and 0 of 12 bytes of input were not read: more than" in said


def test_a_stage_that_keeps_nothing_of_a_source(make_recipe, door, tmp_path):
    other = f'[[source]]\nname = "other"\nuris = ["{tmp_path}/other.txt"]\nread = {{ use = "toy:read" }}\n'
    none = '[[source]]\nname = "none"\nuris = ["none.txt*"]\nread = { use = "toy:read" }\noptional = true\n'
    (tmp_path / "other.txt").write_text("one\ntwo\n")
    stages = KEPT.replace('after = "lines"', 'after = ["lines", "other", "none"]')
    path = make_recipe({"a.txt": "one two\nthree"}, stages, extra=other + none)
    line = "stage kept keeps none of the 2 documents of source other"
    for more in ((), (), ("--redo", "kept")):  # a run that is whole says so again
        code, said = door(path, *more)
        assert code == 5 and line in said and "may_be_empty = true" in said.splitlines()[-1]
        assert ("nothing is kept of source other, of which 2" in said) == ("kept: 2 parts" in said)
    told = json.loads((tmp_path / "out/report.json").read_text())["alarms"]
    empty = "other is empty from here on: none of its 2 documents is kept"
    assert [alarm["text"] for alarm in told if alarm["stage"] == "kept"] == [empty]
    assert empty in (tmp_path / "out/report.html").read_text()
    path.write_text(path.read_text().replace('name = "kept"\n', 'name = "kept"\nmay_be_empty = true\n'))
    code, said = door(path)
    assert code == 0 and "keeps none" not in said
    told = json.loads((tmp_path / "out/report.json").read_text())["alarms"]
    assert [alarm["text"] for alarm in told] == ["other loses 100% of its documents"]


def test_more_failures_than_allowed_weigh_more_than_a_source_of_which_nothing_is_kept(make_recipe, door):
    path = make_recipe({"a.txt": "one\nFAIL"}, KEPT)
    path.write_text(path.read_text().replace("max_failed = 1.0", "max_failed = 0.1"))
    code, said = door(path)
    assert code == 1 and "stage kept keeps none of the 2 documents of source lines" in said


@pytest.mark.parametrize("more", [(), ("--workers", "1"), "child"])
def test_a_field_that_no_record_has(make_recipe, door, tmp_path, more):
    rows = '{"content": "one two", "id": 1}\n' * 3
    read = 'use = "ingest.jsonl:read", fields = { text = "body" }'
    path = make_recipe({"a.txt": rows, "b.txt": rows}, KEPT, read=read)
    if more == "child":
        more = ()
        (tmp_path / "out/kept").mkdir(parents=True)
        (tmp_path / "out/kept/.part-00000.running.tmp").touch()
    code, said = door(path, *more)
    at = next(n for n, line in enumerate(path.read_text().splitlines(), 1) if line.startswith("read = "))
    last, kept = said.splitlines()[-2:]
    assert code == 2 and kept == schedule.GO_ON and "traceback" not in said
    assert last.startswith(f"{path}:{at}: ingest.jsonl:read: fields: {tmp_path}/in/")
    assert last.endswith(".txt: none of its first 3 records has 'body'; there are: content, id")
    path.write_text(path.read_text().replace("body", "content"))
    code, said = door(path)
    assert (code, "every stage adds up" in said) == (0, True), said


@pytest.mark.parametrize(
    "more",
    [
        "--workers -1",
        "--memory much",
        "--memory -4GB",
        "--memory infGB",
        "--memory 1e999GB",
        "--memory 5bananas",
        "--memory 0",
        "--memory 50MB",
        "--no-such",
        "--redo none",
        "--dashboard 1",
        "--scheduler foo",
    ],
)
def test_a_wrong_command_line(make_recipe, door, more):
    code, said = door(make_recipe({"a.txt": "one"}, KEPT), *more.split())
    assert code == 2 and more.split()[-1] in said and said.count("\n") == 1


def test_a_module_of_ones_own_that_fails(make_recipe, door, tmp_path):
    (tmp_path / "falls.py").write_text("\n1 / 0\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit('\x1b[2J')\n")
    for name, told in (("falls", "ZeroDivisionError: division by zero"), ("leaves", r"SystemExit: \x1b[2J")):
        path = make_recipe({"a.txt": "one"}, KEPT.replace("toy:short", f"{name}:step"))
        code, said = door(path, "--steps", str(tmp_path))
        assert code == 2 and said.count("\n") == 1 and said.startswith(f"{path}:")
        assert f"fails when it is imported: {told} ({tmp_path}/{name}.py, line {2 - len(name) // 6})" in said


def test_reasons_of_failures_are_told(make_recipe, door, tmp_path):
    path = make_recipe({"a.txt": "one two\nFAIL 1 \x1b[2J\nFAIL 2 \x1b[2J\nFAIL"}, KEPT)
    code, said = door(path)
    told = "failed most    2 toy:read: FAIL … \\x1b[…J\n               1 toy:read: FAIL\n"
    assert code == 0 and told in said and told.splitlines()[0] in (tmp_path / "out/run.log").read_text()


def test_what_ends_a_run_is_the_last_line_of_its_log(make_recipe, door, tmp_path):
    assert door(make_recipe({"a.txt": "one two"}, corpus("toy:broken")))[0] == 2
    last = (tmp_path / "out/run.log").read_text().splitlines()[-1]
    assert last.partition(" ")[2] == "stopped: stage all, all: KeyError: 'no such thing'"


def test_a_recipe_that_is_not_there_or_wrong(make_recipe, door, tmp_path):
    assert door(tmp_path / "no.toml")[0] == 2
    path = make_recipe({"a.txt": "one"}, KEPT.replace("toy:short", "toy:long"))
    code, said = door(path)
    assert code == 2 and said.startswith(f"{path}:")


def test_the_folder_of_another_recipe(make_recipe, door):
    path = make_recipe({"a.txt": "one two"}, KEPT)
    assert door(path)[0] == 0
    path.write_text(path.read_text().replace('name = "toy"', 'name = "other"'))
    code, said = door(path)
    assert code == 2 and "needs a folder of its own" in said


def test_a_folder_that_is_a_file_and_a_full_disk(make_recipe, door, tmp_path):
    path = make_recipe({"a.txt": "one two"}, corpus("toy:full"))
    code, said = door(path)
    assert code == 2 and "No space left on device" in said and "run again to go on" in said
    code, said = door(path, out=path)
    assert code == 2 and said.startswith("stopped: ") and str(path) in said


def test_a_folder_that_is_an_address(make_recipe, door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, said = door(make_recipe({"a.txt": "one two"}, KEPT), out="https://me:pw@host/out")
    assert code == 2 and "or a folder" in said and "pw" not in said
    assert not (tmp_path / "https:").exists()


def test_a_scheduler_with_a_password(make_recipe, door):
    code, said = door(make_recipe({"a.txt": "one two"}, KEPT), "--scheduler", "tcp://me:pw@127.0.0.1:9")
    assert code == 2 and "no password" in said and "pw" not in said


def test_a_password_that_should_be_encoded(make_recipe, door):
    path = make_recipe({"a.txt": "one two"}, KEPT)
    path.write_text(path.read_text().replace('uris = ["', 'uris = ["https://me:p/w@host/a", "'))
    code, said = door(path)
    assert code == 2 and "recipe.toml:" in said and "percent-encoded" in said and "p/w" not in said


@pytest.mark.parametrize("name", ["parts.parquet", "run.json", "kept/stage.json"])
def test_a_damaged_file_of_the_run(make_recipe, door, tmp_path, name):
    path = make_recipe({"a.txt": "one two"}, KEPT)
    assert door(path)[0] == 0
    (tmp_path / "out" / name).write_text("{ this is no")
    code, said = door(path)
    assert code == 2 and str(tmp_path / "out" / name) in said and "is damaged" in said


@pytest.mark.parametrize("name", ["kept/receipts/part-00000.json", "kept/part-00000.parquet"])
def test_a_damaged_part_is_made_again_and_named(make_recipe, door, tmp_path, name):
    path = make_recipe({"a.txt": "one two"}, corpus("toy:total"))
    assert door(path)[0] == 0
    whole = (tmp_path / "out" / name).read_bytes()
    (tmp_path / "out" / name).write_bytes(b"PAR1" + bytes(len(whole) - 4))
    code, said = door(path, "--redo", "all")
    assert code == 0 and str(tmp_path / "out" / name) in said
    assert (tmp_path / "out/kept/part-00000.parquet").stat().st_size > 4


def test_a_step_of_ones_own_with_a_fault(make_recipe, door, tmp_path):
    for step, told in (("toy:broken", "KeyError: 'no such thing'"), ("toy:leave", "SystemExit: 1")):
        code, said = door(make_recipe({"a.txt": "one two"}, corpus(step)), out=tmp_path / step)
        assert code == 2 and f"stopped: stage all, all: {told}" in said
        assert f"The traceback is in {tmp_path / step}/error.txt." in said
        assert step.split(":")[1] in (tmp_path / step / "error.txt").read_text()


def test_a_fault_of_a_step_of_ours(make_recipe, door, tmp_path, monkeypatch):
    @functools.wraps(exact.duplicates)
    def broken(files, out, *, read_bucket):
        raise KeyError("our mistake \x1b[2J")

    path = make_recipe({"a.txt": "one two"}, corpus("dedup.exact:duplicates"))
    path.write_text(path.read_text().replace("toy:short", "dedup.exact:hash"))
    path.write_text(
        path.read_text().replace('after = "kept"\nsteps', 'after = "spread"\nby = "bucket"\nsteps')
    )
    spread = '[[stage]]\nname = "spread"\nafter = "kept"\nby = "part"\n'
    path.write_text(path.read_text() + spread + 'steps = [ { use = "dedup.exact:partition" } ]\n')
    with monkeypatch.context() as patched:
        patched.setattr(exact, "duplicates", broken)
        code, said = door(path)
    assert code == 70 and "internal error: Unforeseen: stage all, bucket=0000: KeyError" in said
    assert "a fault of Winnow" in said and "\x1b" not in said
    assert "our mistake" in (tmp_path / "out/error.txt").read_text()
    assert door(path)[0] == 0 and not (tmp_path / "out/error.txt").exists()


def test_a_fault_of_the_engine(make_recipe, door, tmp_path, monkeypatch):
    path = make_recipe({"a.txt": "one two"}, KEPT)
    monkeypatch.setattr(schedule.Run, "_finish", lambda *_, **__: {}["nothing"])
    code, said = door(path)
    assert code == 70 and "internal error: KeyError: 'nothing'" in said
    assert f"{tmp_path}/out/error.txt" in said and "nothing" in (tmp_path / "out/error.txt").read_text()
    monkeypatch.setattr(check, "describe_run", lambda *_: [][0])
    code, said = click_check(path, tmp_path / "none")
    assert code == 70 and "the lines above" in said and not (tmp_path / "none").exists()


def click_check(path, out):
    told = click.testing.CliRunner().invoke(check.main, [str(path), str(out)])
    return told.exit_code, told.output


@pytest.mark.parametrize("fate", ["", "dropped/", "failed/"])
def test_sums_that_do_not_hold(make_recipe, door, tmp_path, fate):
    path = make_recipe({"a.txt": "one two\nthree\nFAIL\nfour five"}, KEPT)
    assert door(path)[0] == 0
    file = tmp_path / f"out/kept/{fate}part-00000.parquet"
    pl.read_parquet(file)[:-1].write_parquet(file)
    enter(file)  # as if the run had written it so
    code, said = door(path)
    assert code == 70 and "these sums do not hold" in said and "stage kept: " in said


def test_what_data_say_never_steers_the_terminal(make_recipe, door):
    path = make_recipe({"a\x1b]0;owned\x07.txt": "one two"}, KEPT.replace("toy:short", "toy:none\\u001b[2J"))
    assert toy.__name__ == "toy"
    code, said = door(path)
    assert code == 2 and "\x1b" not in said and "\\x1b[2J" in said
