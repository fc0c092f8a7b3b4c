import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import toy_recipe

from winnow.pipelines.commands import run
from winnow.pipelines.engine import manifest, schedule, shard
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.work import pools
from winnow.pipelines.spec import recipe, schema, toml

ROOT = Path(__file__).parent.parent.parent.parent
STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:shout" }, { use = "toy:short", min_words = 2 } ]

[[stage]]
name = "split"
after = "read"
by = "part"
steps = [ { use = "toy:split" } ]

[[stage]]
name = "bucketed"
after = "split"
by = "bucket"
steps = [ { use = "toy:total" } ]

[[stage]]
name = "total"
after = "read"
steps = [ { use = "toy:total", extra = "stage:bucketed" } ]

[[stage]]
name = "again"
after = "read"
steps = [ { use = "toy:short", min_words = 3 } ]
"""
TEXTS = {
    "a.txt": "one two three\nword\nDROP this line\nFAIL that line\nfour five\n",
    "b.txt": "",
    "c.txt": "\n".join(f"line number {i} of many" for i in range(40)),
}


def execute(
    path: Path, out: Path, *, workers: int = 0, redo: tuple[str, ...] = (), scheduler: str | None = None
) -> int:
    return run.execute(path, out, workers, scheduler, "auto", redo)


def digests(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted([*out.rglob("*.parquet"), *out.rglob("*.shuffle")])
    }


def ledger(out: Path, stage: str, kind: str) -> pl.DataFrame:
    return storage.read_ledger(out / stage / kind)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a recipe, and of a finished run of it; neither is to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    assert execute(toy_recipe.write(folder, TEXTS, STAGES), folder / "out") == 0
    return folder


@pytest.fixture
def made(finished, tmp_path):
    """A copy of the recipe, and one of the run."""
    path = Path(shutil.copy(finished / "recipe.toml", tmp_path))
    return path, shutil.copytree(finished / "out", tmp_path / "out")


def test_every_input_is_kept_dropped_or_failed_with_its_reason(finished):
    out = finished / "out"
    kept = storage.read_ledger(out / "read")
    dropped = ledger(out, "read", "dropped")
    failed = ledger(out, "read", "failed")
    assert kept.height == 42 and kept["text"][0] == "ONE TWO THREE"
    assert dropped.select("key", "reason", "step").rows() == [
        ("line 3", "toy.told_to", "toy:read"),
        ("line 2", "toy.too_short", "toy:short"),
    ]
    assert dropped["toy_words"].to_list() == [None, 1]
    assert failed.select("key", "error").rows() == [
        ("line 4", "FAIL that line"),
        (None, "the file holds no record"),
    ]
    assert kept["id"].n_unique() == 42
    receipts = json.loads((out / "read" / "stage.json").read_text())["parts"]
    assert sum(r["rows_in"] for r in receipts.values()) == 46
    assert all(r["rows_in"] == r["kept"] + r["dropped"] + r["failed"] for r in receipts.values())
    assert (out / "total/all/total.txt").read_text() == "42 bucketed"
    assert sorted(p.name for p in (out / "bucketed").glob("bucket*")) == ["bucket=0", "bucket=1"]
    assert ledger(out, "again", "dropped").height == 1


def test_a_key_of_which_no_file_was_made_is_no_work_and_a_key_unheard_of_is_refused(make_recipe, tmp_path):
    stages = """
[[stage]]
name = "proposed"
after = "lines"
steps = [ { use = "toy:propose" } ]
[[stage]]
name = "trained"
after = "proposed"
by = "mix"
steps = [ { use = "toy:total" } ]
[[stage]]
name = "fit"
after = ["proposed", "trained"]
steps = [ { use = "toy:litter" } ]
"""
    out = tmp_path / "out"
    path = make_recipe(TEXTS, stages)
    assert [execute(path, out), execute(path, out)] == [0, 0]
    assert json.loads((out / "trained/stage.json").read_text())["parts"] == {}
    path.write_text(path.read_text().replace('by = "mix"', 'by = "band"'))
    with pytest.raises(schedule.Stopped, match="no files for by = 'band' among those of"):
        execute(path, tmp_path / "other")


def test_a_misspelt_key_behind_a_source_is_refused(make_recipe, tmp_path):
    stages = '[[stage]]\nname = "total"\nafter = "lines"\nby = "buckt"\nsteps = [ { use = "toy:total" } ]'
    with pytest.raises(schedule.Stopped, match="no files for by = 'buckt' among those of"):
        execute(make_recipe(TEXTS, stages), tmp_path / "out")


def test_a_dropped_document_is_found_upstream_by_part_and_id(finished):
    out = finished / "out"
    (row,) = ledger(out, "again", "dropped").iter_rows(named=True)
    part = next((out / "again" / "dropped").glob("part-00000.parquet"))
    upstream = pl.read_parquet(out / "read" / part.name).filter(pl.col("id") == row["id"])
    assert upstream["text"].to_list() == ["FOUR FIVE"]


def test_a_document_that_raises_stands_alone_in_failed(make_recipe, tmp_path):
    texts = {"a.txt": "good one here\npoison here\ngood two here\nRAISE\nnever read"}
    out = tmp_path / "out"
    assert execute(make_recipe(texts, STAGES), out) == 0
    assert storage.read_ledger(out / "read")["text"].to_list() == ["GOOD ONE HERE", "GOOD TWO HERE"]
    failed = ledger(out, "read", "failed").sort("key")
    assert failed["error"].to_list() == [
        "ValueError: this file says RAISE after record 3; the rest of the file is lost"
        " (56 bytes were not read)",
        "ValueError: poison in the text",
    ]


def test_more_failures_than_allowed_end_with_an_error(make_recipe, tmp_path):
    path = make_recipe({"a.txt": "FAIL a\nfine text\n"}, STAGES)
    path.write_text(path.read_text().replace("max_failed = 1.0", "max_failed = 0.4"))
    assert execute(path, tmp_path / "out") == 1


def test_a_file_that_is_not_there_refuses_the_run(make_recipe, tmp_path):
    path = make_recipe({"a.txt": "some text here"}, STAGES)
    path.write_text(
        path.read_text().replace("*.txt", "a.txt").replace('a.txt"]', f'a.txt", "{tmp_path}/gone.txt"]')
    )
    with pytest.raises(recipe.RecipeError, match=r"gone\.txt' is not there"):
        execute(path, tmp_path / "out")


def test_a_name_that_is_no_text_and_one_with_colons_are_read(make_recipe, tmp_path):
    path = make_recipe({"File::Spec.txt": "some text here"}, STAGES)
    (tmp_path / "in" / os.fsdecode(b"b\xff.txt")).write_text("other text here")
    assert execute(path, tmp_path / "out") == 0
    kept = storage.read_ledger(tmp_path / "out/read")
    assert [uri.rsplit("/", 1)[1] for uri in kept["uri"]] == ["File::Spec.txt", "b\\xff.txt"]


def test_a_file_read_by_two_sources_of_one_domain_is_refused(make_recipe, tmp_path):
    uris = f'uris = ["{tmp_path}/in/a.txt"]'
    again = f'[[source]]\nname = "twice"\ndomain = "lines"\n{uris}\nread = {{ use = "toy:read" }}'
    path = make_recipe(TEXTS, STAGES, extra=again)
    with pytest.raises(recipe.RecipeError, match="is read by 'lines' already"):
        execute(path, tmp_path / "out")


def test_a_worker_that_outlives_its_driver_does_not_write_into_the_next_run(
    make_recipe, tmp_path, monkeypatch
):
    path, out = make_recipe(TEXTS, STAGES), tmp_path / "out"
    submitted = []
    with monkeypatch.context() as patch:
        submit = pools.InProcess.submit
        patch.setattr(pools.InProcess, "submit", lambda *args: submitted.append(args[2]) or submit(*args))
        execute(path, out)
    task = submitted[0]
    path.write_text(path.read_text().replace("min_words = 2", "min_words = 4"))
    execute(path, out, redo=("read",))
    before = digests(out)
    with pytest.raises(schema.ContractError, match="belongs to another run"):
        shard.run_part(task)
    assert digests(out) == before


def test_a_step_that_loses_rows_stops_the_run(make_recipe, tmp_path):
    path = make_recipe(TEXTS, '[[stage]]\nname = "x"\nafter = "lines"\nsteps = [ { use = "toy:lose" } ]')
    with pytest.raises(schedule.Stopped, match="removed, added or reordered"):
        execute(path, tmp_path / "out")


def test_a_full_disk_stops_and_the_state_can_be_gone_on_with(make_recipe, tmp_path):
    full = STAGES.replace('name = "total"', 'name = "full"').replace(
        'use = "toy:total", extra = "stage:bucketed"', 'use = "toy:full"'
    )
    path = make_recipe(TEXTS, full)
    with pytest.raises(schedule.Stopped, match=r"No space left.*\nWhat is done is kept"):
        execute(path, tmp_path / "out")
    before = (tmp_path / "out/read/part-00000.parquet").stat().st_mtime_ns
    path.write_text(path.read_text().replace(full, STAGES))
    assert execute(path, tmp_path / "out") == 0
    assert (tmp_path / "out/read/part-00000.parquet").stat().st_mtime_ns == before


def test_what_is_whole_is_not_made_again_and_what_is_missing_is(made):
    path, out = made
    first = digests(out)
    stamp = (out / "read/part-00000.parquet").stat().st_mtime_ns
    (out / "read/part-00002.parquet").unlink()
    (out / "read/.part-00002.parquet.dead.tmp").write_text("half")
    execute(path, out)
    assert digests(out) == first
    assert (out / "read/part-00000.parquet").stat().st_mtime_ns == stamp
    assert not list(out.rglob(".*.tmp"))


def test_a_changed_recipe_stops_and_says_what_differs_and_redo_goes_on(made):
    path, out = made
    path.write_text(path.read_text().replace("min_words = 2", "min_words = 4"))
    with pytest.raises(manifest.StaleStage, match=r"toy:short: min_words: was 2, is 4\n.*--redo read"):
        execute(path, out)
    assert execute(path, out, redo=("read",)) == 0
    assert storage.read_ledger(out / "read").height == 40


def test_output_of_unknown_origin_is_not_gone_on_with(made):
    path, out = made
    (out / "read/stage.json").unlink()
    with pytest.raises(manifest.StaleStage, match="holds files but no stage"):
        execute(path, out)
    (out / ".read.0123.tmp").mkdir()
    assert execute(path, out, redo=("read",)) == 0
    assert not list(out.glob(".*.tmp"))


def test_the_same_bytes_for_any_number_of_workers(finished, made):
    path, out = made
    for workers in (1, 2):
        shutil.rmtree(out)
        assert execute(path, out, workers=workers) == 0
        assert digests(out) == digests(finished / "out"), workers


def test_a_document_that_kills_its_worker_is_named_and_the_run_goes_on(make_recipe, tmp_path):
    texts = {"a.txt": "fine text\nthe killer text\nmore fine text\n", "b.txt": "other text"}
    out = tmp_path / "out"
    assert execute(make_recipe(texts, STAGES), out, workers=1) == 0
    assert storage.read_ledger(out / "read").height == 3
    (row,) = ledger(out, "read", "failed").iter_rows(named=True)
    assert row["key"] == "line 2" and "signal 9" in row["error"]


def command(path: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "winnow", "run", str(path), str(out), *more]


def test_kill_9_and_rerun_give_the_same_bytes(make_recipe, tmp_path):
    stages = STAGES.replace('use = "toy:shout"', 'use = "toy:shout", seconds = 0.05')
    path = make_recipe(TEXTS, stages)
    execute(path, tmp_path / "whole")
    out = tmp_path / "out"
    for _ in range(2):
        process = subprocess.Popen(command(path, out, "--workers", "0"), cwd=ROOT, start_new_session=True)
        deadline = time.monotonic() + 60
        while (
            process.poll() is None and time.monotonic() < deadline and not list(out.rglob("receipts/*.json"))
        ):
            time.sleep(0.01)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert execute(path, out) == 0
    assert digests(out) == digests(tmp_path / "whole")


def test_a_scheduler_that_runs_already_and_a_worker_killed_on_the_way(make_recipe, tmp_path):
    stages = STAGES.replace('use = "toy:shout"', 'use = "toy:shout", seconds = 0.3')
    path = make_recipe({f"{i}.txt": f"some text {i}" for i in range(8)}, stages)
    execute(path, tmp_path / "whole")
    address = f"tcp://127.0.0.1:{18000 + os.getpid() % 2000}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    scheduler = subprocess.Popen(
        [sys.executable, "-m", "dask", "scheduler", "--host", address, "--no-dashboard"], **quiet
    )
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "dask",
                "worker",
                address,
                "--nthreads",
                "1",
                "--no-nanny",
                "--no-dashboard",
            ],
            **quiet,
        )
        for _ in range(2)
    ]
    try:
        going = subprocess.Popen(command(path, tmp_path / "out", "--scheduler", address), cwd=ROOT)
        while going.poll() is None and not list((tmp_path / "out").rglob("receipts/*.json")):
            time.sleep(0.02)
        workers[0].kill()
        assert going.wait(120) == 0
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"toy:shout"', '"toy:whisper"'), r"toml:\d+: no function 'whisper' in the module 'toy'"),
        (("min_words = 2", "min_word = 2"), "no such setting; its .*: min_words; did you mean 'min_words'"),
        (("min_words = 2", 'min_words = "two"'), "min_words: Input should be a valid integer"),
        (
            ('after = "split"', 'after = "spilt"'),
            "needs 'spilt', which is neither a .*; did you mean 'split'",
        ),
        (('"stage:bucketed"', '"/no/such/file"'), "'/no/such/file': there is no such file"),
        (('by = "part"', 'bye = "part"'), r"stage.\d.bye: no such key; did you mean 'by'"),
        (
            ('"toy:total", extra', '"toy:name_list", name'),
            "name: no such setting; .*: names, last; did you mean 'names'",
        ),
        (('after = "split"', 'aftr = "split"'), r"stage.\d.aftr: no such key; did you mean 'after'"),
        (("part_bytes =", "part_byte ="), r"source.0.part_byte: no such key; did you mean 'part_bytes'"),
        (("max_failed =", "max_faild ="), "max_faild: no such key; did you mean 'max_failed'"),
        (
            ('name = "again"\nafter = "read"', 'name = "again"\nafter = ["read", "lines"]'),
            "documents of lines twice",
        ),
        (('use = "toy:read"', 'use = "toy:shout"'), "a source step belongs here"),
    ],
)
def test_a_wrong_recipe_is_refused_with_file_and_line(make_recipe, tmp_path, change, message):
    path = make_recipe(TEXTS, STAGES)
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    with pytest.raises(recipe.RecipeError, match=message) as caught:
        toml.load(path)
    assert str(path) in str(caught.value)


def test_a_run_that_passes_its_core_hours_stops_and_goes_on_with_more(make_recipe, tmp_path):
    path, out = make_recipe(TEXTS, STAGES), tmp_path / "out"
    with pytest.raises(schedule.Stopped, match=r"took \S+ core-hours, more than --max-core-hours 1e-09\n"):
        run.execute(path, out, 0, None, "auto", (), max_core_hours=1e-9)
    receipts = [storage.read_json(each) for each in out.glob("*/receipts/*.json")]
    assert len(receipts) == 1 and receipts[0]["cpu_seconds"] > 0
    with pytest.raises(schedule.Stopped, match="core-hours"):  # what an earlier run spent counts
        run.execute(path, out, 0, None, "auto", (), max_core_hours=1e-9)
    assert len(list(out.glob("*/receipts/*.json"))) == 1
    assert run.execute(path, out, 0, None, "auto", (), max_core_hours=1) == 0
    assert run.execute(path, out, 0, None, "auto", (), max_core_hours=1e-9) == 0  # nothing is left to do


def test_a_misspelt_stage_to_redo_is_told_with_the_one_that_was_meant(make_recipe, tmp_path):
    path = make_recipe(TEXTS, STAGES)
    with pytest.raises(recipe.RecipeError, match=r"--redo splti: no such .*; did you mean 'split'\?$"):
        execute(path, tmp_path / "out", redo=("splti",))


def test_exit_codes_and_messages_of_the_door(make_recipe, tmp_path):
    path = make_recipe(TEXTS, STAGES)
    path.write_text(path.read_text().replace("min_words = 2", "min_words = true"))
    done = subprocess.run(command(path, tmp_path / "out"), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and "min_words" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_of_a_run_within_a_command_what_other_code_began_goes(tmp_path, monkeypatch):
    """Its messages would name options that the command does not have."""
    (tmp_path / "run").mkdir()
    calls = []

    def execute(recipe, out, *_, within):
        calls.append((within, out.exists()))
        if out.exists():
            raise manifest.StaleStage("of other code")
        return 0

    monkeypatch.setattr(run, "execute", execute)
    assert run.execute_within("tune web", tmp_path / "recipe.toml", tmp_path / "run", 1) == 0
    assert calls == [("tune web", True), ("tune web", False)]
