"""Sources that grow: only what is new or changed is run, and the end is that of a fresh run."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from growing import SCALE, change, compose, rows, same_end, twelve
from test_run import STAGES, command, digests, execute

from winnow.pipelines.commands import check, run
from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts import plan
from winnow.pipelines.engine.work import pools
from winnow.pipelines.screen import progress
from winnow.pipelines.spec import toml

ROOT = Path(__file__).parent.parent.parent.parent.parent
TRAINED = """
[[stage]]
name = "model"
after = "signed"
[[stage.steps]]
use = "classifiers.quality:train"
positives = ["good"]
negatives = ["lines"]
members = ["ngrams"]
[[stage]]
name = "scored"
after = "counted"
steps = [ { use = "classifiers.quality:score", model = "stage:model" } ]
"""
COUNTED = """
[[stage]]
name = "again"
after = "read"
steps = [ { use = "toy:short", min_words = 4 } ]
[[stage]]
name = "total"
after = "again"
steps = [ { use = "toy:total" } ]
"""


@pytest.fixture(autouse=True)
def _cut_small_files(monkeypatch):
    """Files of a few bytes are cut as large ones are."""
    monkeypatch.setattr(plan, "MIN_RANGE_BYTES", 1)


@pytest.fixture
def watch(monkeypatch):
    """The tasks that were begun, by stage, since it was last asked."""
    begun: list[tuple[str, str]] = []
    submit = pools.InProcess.submit

    def note(self, function, task):
        begun.append((task.folder.name, task.name))
        submit(self, function, task)

    monkeypatch.setattr(pools.InProcess, "submit", note)

    def asked() -> Counter[str]:
        found = Counter(stage for stage, _ in begun)
        begun.clear()
        return found

    return asked


def given(stage: Path) -> set[tuple[str, str]]:
    """Each part of a stage with the digest of what it kept."""
    receipts = [json.loads(path.read_text()) for path in stage.glob("receipts/*.json")]
    return {(name, told[1]) for each in receipts for name, told in each["files"].items() if "/" not in name}


@pytest.mark.parametrize(
    ("part_bytes", "packed", "run_now", "told_now"),
    [(1, 12, 2, "2 parts to run, 1 taken away"), (5_000, 4, 3, "3 parts to run")],
)
def test_a_source_of_twelve_files_grows(
    make_recipe, tmp_path, watch, capsys, part_bytes, packed, run_now, told_now
):
    path = make_recipe(twelve(), SCALE)
    path.write_text(path.read_text().replace("part_bytes = 1", f"part_bytes = {part_bytes}"))
    out = tmp_path / "out"
    assert execute(path, out) == 0
    assert watch()["signed"] == packed
    assert execute(path, out) == 0 and not watch()  # nothing changed, nothing runs
    gave = given(out / "single")
    change(tmp_path / "in")
    capsys.readouterr()
    assert execute(path, out) == 0
    told = capsys.readouterr().out
    assert f"source lines: 1 file new, 1 changed, 1 gone: {told_now}\n" in told
    ran = watch()
    assert (ran["signed"], ran["exact.spread"]) == (run_now, run_now)
    total = packed if part_bytes == 1 else packed + 1
    assert ran["single"] == total  # each reads the ledger, which is another
    assert ran["counted"] == len(given(out / "single") - gave)  # and what gives the same ends there
    one = "1 new, 1 changed, 1 gone" if part_bytes == 1 else "1 new, 2 changed"
    assert (
        f"stage near.spread is behind: of {total} inputs {one}; stage exact.found made anew: {total} of"
        in told
    )
    assert execute(path, tmp_path / "fresh") == 0
    same_end(out, tmp_path / "fresh")
    assert not list(out.rglob(".*.tmp"))


def test_what_is_trained_and_what_workers_make_depends_on_documents_alone(make_recipe, tmp_path):
    good = f'[[source]]\nname = "good"\nuris = ["{tmp_path}/good/*.txt"]\nread = {{ use = "toy:read" }}'
    path = make_recipe(
        twelve(), SCALE.replace('after = "lines"', 'after = ["lines", "good"]') + TRAINED, extra=good
    )
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 5_000"))
    (tmp_path / "good").mkdir()
    for number in range(40, 44):
        (tmp_path / f"good/{number}.txt").write_text("\n".join(compose(number)))
    out, fresh = tmp_path / "out", tmp_path / "fresh"
    assert execute(path, out) == 0  # then workers make every stage anew, but for what did not change
    change(tmp_path / "in")
    (tmp_path / "good/39.txt").write_text("\n".join(compose(39)))
    assert execute(path, out, workers=2) == 0
    assert execute(path, fresh) == 0
    same_end(out, fresh)
    assert rows(out, "scored") == rows(fresh, "scored")
    for name in ("head.npz", "head.json"):
        assert (out / "model/all/all" / name).read_bytes() == (fresh / "model/all/all" / name).read_bytes()


def test_a_part_that_gives_the_same_makes_nothing_run_after_it(make_recipe, tmp_path, watch):
    path, out = (
        make_recipe({f"{name}.txt": f"some text of {name}" for name in "abc"}, STAGES),
        tmp_path / "out",
    )
    execute(path, out)
    watch()
    os.utime(tmp_path / "in/b.txt", (1, 1))
    before = digests(out / "read") | digests(out / "again")
    assert execute(path, out) == 0
    assert watch() == {"read": 1}
    # And a document that the first stage drops is new, but not to the stages after it.
    (tmp_path / "in/d.txt").write_text("word")
    assert execute(path, out) == 0
    assert watch() == {"read": 1, "split": 1, "total": 1, "again": 1}
    (tmp_path / "in/d.txt").write_text("verb")
    assert execute(path, out) == 0
    assert watch() == {"read": 1}
    after = digests(out / "read") | digests(out / "again")
    assert {name: after[name] for name in before} == before


def test_a_failed_file_that_is_mended_is_read_alone(make_recipe, tmp_path, watch, capsys):
    texts = {f"{name}.txt": f"some text of {name}\n" for name in "abcd"} | {"b.txt": "BAD", "c.txt": "BAD"}
    path, out = make_recipe(texts, STAGES, read='use = "toy:records"'), tmp_path / "out"
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 1000"))
    execute(path, out)
    assert watch()["read"] == 1 and len(rows(out, "read")["failed"]) == 2
    kept = (out / "read/part-00000.parquet").stat().st_mtime_ns
    (tmp_path / "in/b.txt").write_text("mended text")
    assert execute(path, out) == 0
    assert "source lines: 1 file changed: 1 part to run\n" in capsys.readouterr().out
    assert watch() == {"read": 1, "split": 1, "bucketed": 1, "total": 1, "again": 1}
    (tmp_path / "in/c.txt").unlink()  # what could not be read goes without anything being run
    assert execute(path, out) == 0
    assert "source lines: 1 file gone: 0 parts to run\n" in capsys.readouterr().out
    assert watch() == {}
    assert (out / "read/part-00000.parquet").stat().st_mtime_ns == kept
    execute(path, tmp_path / "fresh")
    assert rows(out, "read") == rows(tmp_path / "fresh", "read")
    receipts = json.loads((out / "read/stage.json").read_text())["parts"]
    figures = {name: sum(part[name] for part in receipts.values()) for name in ("rows_in", "kept", "failed")}
    assert figures == {"rows_in": 3, "kept": 3, "failed": 0}
    assert receipts["part-00000"]["by_source"]["lines"]["documents_failed"] == 0


def test_a_large_file_is_read_in_ranges_that_grow_with_it(make_recipe, tmp_path, watch):
    text = "".join(f"line number {i} of many\n" for i in range(100))
    path, out = (
        make_recipe({"a.txt": "small text", "b.txt": text}, STAGES, read='use = "toy:records"'),
        tmp_path / "out",
    )
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 1000"))
    execute(path, out)
    assert watch()["read"] == 4  # the small file, and thirds of the large one
    kept = {
        part.name: pl.read_parquet(part)["key"].to_list() for part in sorted((out / "read").glob("*.parquet"))
    }
    assert [len(keys) for keys in kept.values()] == [1, 34, 33, 33]
    (tmp_path / "in/b.txt").write_text(text + text)
    execute(path, out)
    assert watch()["read"] == 6 and watch() == {}  # all ranges of it, of which three are new
    assert {name: pl.read_parquet(out / "read" / name)["key"].to_list() for name in [*kept][:3]} == dict(
        [*kept.items()][:3]
    )
    whole = make_recipe({}, STAGES, read='use = "toy:records"')
    whole.write_text(whole.read_text().replace("part_bytes = 1", "part_bytes = 1000000"))
    execute(whole, tmp_path / "whole")
    assert rows(out, "read") == rows(tmp_path / "whole", "read")
    (tmp_path / "in/b.txt").write_text("one line\n")
    execute(path, out)
    assert rows(out, "read")["kept"] and len(list((out / "read").glob("*.parquet"))) == 2


def test_a_first_range_without_a_record_is_no_failure_and_a_file_without_one_is(make_recipe, tmp_path):
    lines = "".join(f'{{"text": "line number {i} of many"}}\n' for i in range(40))
    files = {"late.txt": "\n" * 1_500 + lines, "never.txt": "\n" * 1_500}
    path, out = make_recipe(files, STAGES, read='use = "ingest.jsonl:read"'), tmp_path / "out"
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 500"))
    execute(path, out)
    failed = storage.read_ledger(out / "read/failed")
    assert [Path(uri).name for uri in failed["uri"]] == ["never.txt"] and "empty" in failed["error"][0]
    assert storage.read_ledger(out / "read").height == 40


def test_another_part_bytes_moves_no_file(make_recipe, tmp_path, watch):
    path, out = (
        make_recipe({f"{name}.txt": f"some text of {name}" for name in "abcd"}, STAGES),
        tmp_path / "out",
    )
    execute(path, out)
    watch()
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 1000"))
    assert execute(path, out) == 0
    assert watch() == {}
    for name in "ef":
        (tmp_path / f"in/{name}.txt").write_text(f"some text of {name}")
    execute(path, out)
    assert watch()["read"] == 1 and len(list((out / "read").glob("*.parquet"))) == 5


def test_two_recipes_in_one_folder_are_refused_from_the_first_moment(make_recipe, tmp_path):
    full = STAGES.replace('use = "toy:shout"', 'use = "toy:lose"')
    path, out = make_recipe({"a.txt": "some text"}, full), tmp_path / "out"
    with pytest.raises(schedule.Stopped):
        execute(path, out)
    path.write_text(path.read_text().replace('name = "toy"', 'name = "other"'))
    before = digests(out)
    for main, more in ((run.main, ["--workers", "0"]), (check.main, [])):
        done = CliRunner().invoke(main, [str(path), str(out), *more])
        assert done.exit_code == 2
        assert f"{out} is the folder of the recipe 'toy'; 'other' needs a folder of its own" in done.stderr
    assert digests(out) == before


def test_stages_that_the_recipe_does_not_name_are_told(make_recipe, tmp_path, capsys):
    path, out = make_recipe({"a.txt": "some text here"}, STAGES), tmp_path / "out"
    execute(path, out)
    path.write_text(path.read_text().replace('name = "again"', 'name = "later"'))
    capsys.readouterr()
    assert execute(path, out) == 0
    assert capsys.readouterr().out.count("out also holds again, no stage of this recipe") == 1


def test_a_changed_reader_and_a_changed_list_are_told_by_name(make_recipe, tmp_path):
    words = tmp_path / "words"
    words.write_text("a")
    stages = STAGES.replace("stage:bucketed", str(words))
    path, out = make_recipe({"a.txt": "some text"}, stages), tmp_path / "out"
    execute(path, out)
    words.write_text("b")
    line = [str(path), str(out), "--workers", "0"]
    done = CliRunner().invoke(run.main, line)
    assert done.exit_code == 2 and f"  toy:total: extra: the file {words} has changed\n" in done.stderr
    path.write_text(path.read_text().replace('"toy:read"', '"toy:read", batch = 7'))
    done = CliRunner().invoke(run.main, line)
    assert "  source lines: toy:read: batch: was 3, is 7\n" in done.stderr and "{" not in done.stderr


def test_check_says_what_would_run_and_writes_nothing(make_recipe, tmp_path):
    path, out = (
        make_recipe({f"{name}.txt": f"some text of {name}" for name in "abcd"}, STAGES),
        tmp_path / "out",
    )
    told = "\n".join(check.describe_run(path, out, ()))
    assert not out.exists()
    assert "source lines: 4 files, 4 parts\nstage read (shard) after lines: 4 of 4 parts to run\n" in told
    assert "stage bucketed (corpus) after split: follows" in told
    execute(path, out)
    assert [
        line for line in check.describe_run(path, out, ()) if "stage" in line and "nothing to run" not in line
    ] == []
    (tmp_path / "in/b.txt").write_text("other text")
    (tmp_path / "in/bb.txt").write_text("new text")
    (tmp_path / "in/d.txt").unlink()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    told = "\n".join(check.describe_run(path, out, ()))
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    folder = tmp_path / "in"
    assert told.startswith(
        "source lines: 4 files, 4 parts: 1 file new, 1 changed, 1 gone: 2 parts to run, 1 taken away\n"
        f"  new: {folder}/bb.txt\n  changed: {folder}/b.txt\n  gone: {folder}/d.txt\n"
        "stage read (shard) after lines: 2 of 4 parts to run, 1 taken away\n"
    )
    assert "stage again (shard) after read: 2 of 4 follow, 1 taken away" in told
    assert "stage split (corpus) after read: follows" in told
    assert "stage again (shard) after read: made anew" in "\n".join(check.describe_run(path, out, ("again",)))


class Killed(BaseException):
    """As kill -9: nothing is done on disk after it."""


@pytest.fixture
def kill_at(monkeypatch):
    """From the n-th change on disk on, each raises; returns a function that sets n (None: never), and tells
    the kinds of those that there were: what is done to a file of what name. What finds nothing to change is
    none: killed there, a run leaves what it would leave at the next change."""
    done, limit = [], None

    def guard(owner, name):
        real = getattr(owner, name)

        def counted(path, *args, **keywords):
            if os.path.lexists(path) != (name == "mkdir"):
                if limit is not None and len(done) >= limit:
                    raise Killed
                done.append((name, *(re.sub(r"[0-9a-f]{5,}", "*", part) for part in Path(path).parts[-3:])))
            return real(path, *args, **keywords)

        monkeypatch.setattr(owner, name, counted)

    for owner, name in (
        (os, "replace"),
        (os, "rename"),
        (Path, "unlink"),
        (Path, "mkdir"),
        (shutil, "rmtree"),
    ):
        guard(owner, name)

    def at(number: int | None) -> list[tuple[str, ...]]:
        nonlocal done, limit
        kinds, done, limit = done, [], number
        return kinds

    return at


def go(path: Path, out: Path) -> None:
    """A run without its report."""
    schedule.Run(toml.load(path), out.resolve(), None, progress.Progress()).go(pools.InProcess())


def test_killed_between_two_writes_it_ends_as_a_fresh_run(make_recipe, tmp_path, kill_at):
    texts = {f"{name}.txt": f"some text of {name}\n" for name in "abcdef"} | {"c.txt": "BAD", "d.txt": "BAD"}
    path = make_recipe(texts, STAGES.split("\n\n")[0], read='use = "toy:records"')
    path.write_text(path.read_text().replace("part_bytes = 1", "part_bytes = 45") + COUNTED)
    go(path, tmp_path / "begun")
    (tmp_path / "in/a.txt").unlink()
    (tmp_path / "in/bb.txt").write_text("new text of bb")
    (tmp_path / "in/c.txt").write_text("mended text of c")
    (tmp_path / "in/d.txt").unlink()
    (tmp_path / "in/f.txt").write_text("changed text of f")
    shutil.copytree(tmp_path / "begun", tmp_path / "grown")
    kill_at(None)
    go(path, tmp_path / "grown")
    kinds = kill_at(None)
    whole = digests(tmp_path / "grown")
    go(path, tmp_path / "fresh")
    assert rows(tmp_path / "grown", "read") == rows(tmp_path / "fresh", "read")
    assert (tmp_path / "grown/total/all/total.txt").read_text() == "5 "
    assert len(kinds) > 60 and len(set(kinds)) > 20
    for number in sorted(map(kinds.index, set(kinds))):  # before the first change of each kind
        out = tmp_path / "out"
        shutil.copytree(tmp_path / "begun", out)
        kill_at(number)
        with pytest.raises(Killed):
            go(path, out)
        kill_at(None)
        go(path, out)
        assert digests(out) == whole, kinds[number]
        assert (out / "total/all/total.txt").read_text() == "5 "
        assert not list(out.rglob("*/.*.tmp"))
        shutil.rmtree(out)


def test_kill_9_while_growing_gives_the_same_bytes(make_recipe, tmp_path):
    slow = STAGES.replace('use = "toy:shout"', 'use = "toy:shout", seconds = 0.1')
    path, out = (
        make_recipe({f"{name}.txt": f"some text of {name}" for name in "abcdef"}, slow),
        tmp_path / "out",
    )
    execute(path, out)
    for name in "bdf":
        (tmp_path / f"in/{name}.txt").write_text(f"other text of {name}")
    shutil.copytree(out, tmp_path / "whole")
    execute(path, tmp_path / "whole")
    process = subprocess.Popen(command(path, out, "--workers", "0"), cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if (out / "read/stage.json").read_text().find('"done"') < 0:
            break
        time.sleep(0.01)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert execute(path, out) == 0
    assert digests(out) == digests(tmp_path / "whole")
