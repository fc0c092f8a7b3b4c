"""What dies of a document condemns it; what is taken away condemns nothing, and nothing vanishes."""

import json
import os
import signal
import subprocess
from dataclasses import replace

import polars as pl
import pytest
from test_run import ROOT, STAGES, TEXTS, command, digests, execute, ledger

from winnow.pipelines.engine import manifest, schedule, shard
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts import tasks
from winnow.pipelines.engine.work import cpu_limit, pools
from winnow.pipelines.screen import progress
from winnow.pipelines.spec import toml

STAGE = """
[[stage]]
name = "read"
after = "lines"
steps = [ { STEP } ]
"""


class Preempted(pools.InProcess):
    """A pool that loses its workers: so many times with each task of a stage, then never again."""

    def __init__(self, stage: str, times: int) -> None:
        super().__init__()
        self.stage, self.times, self.deaths = stage, times, {}

    def wait(self) -> pools.Done:
        task = self.queue[0][1]
        if task.folder.name == self.stage and self.deaths.get(task.name, 0) < self.times:
            self.queue.popleft()
            self.deaths[task.name] = self.deaths.get(task.name, 0) + 1
            return pools.Done(task, pools.WorkersLost(1))
        return super().wait()


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(schedule, "PAUSE_SECONDS", 0.0)


def go(path, out, pool):
    out.mkdir(exist_ok=True)
    going = schedule.Run(toml.load(path), out.resolve(), None, progress.Progress())
    going.go(pool)
    return going


def in_care(path, out):
    """The first part of the stage `read`, as it is run in a child."""
    out.mkdir()
    state = schedule.Run(toml.load(path), out.resolve(), None, progress.Progress()).state
    manifest.begin(out, state.about["read"], state.run)
    return replace(tasks.of_stage(state, state.recipe.stages["read"])[0], deaths=shard.IN_CARE)


def test_parts_that_lose_their_workers_again_and_again_give_the_same_bytes(make_recipe, tmp_path, capsys):
    texts = {"a.txt": TEXTS["a.txt"], "c.txt": "a poison\nfine text\nRAISE\n"}
    path = make_recipe(texts, STAGES)
    go(path, tmp_path / "whole", pools.InProcess())
    go(path, tmp_path / "out", Preempted("read", schedule.MAX_LOSSES - 1))
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")
    said = capsys.readouterr().out
    assert said.count("lost its worker: once more") == 2 * (schedule.MAX_LOSSES - 1)
    assert said.count("in a child process") == 2


def test_a_run_that_gets_nothing_done_stops_and_goes_on_later(make_recipe, tmp_path):
    path, out = make_recipe({"a.txt": "some fine text\n"}, STAGES), tmp_path / "out"
    with pytest.raises(schedule.Stopped, match=r"lost 10 workers.*since a part was done.*\n.*run again"):
        go(path, out, Preempted("read", 1000))
    assert not list((out / "read").glob("part-*.parquet"))
    assert execute(path, out) == 0
    assert not ledger(out, "read", "failed").height


def test_a_corpus_task_that_loses_its_workers_stops_the_run(make_recipe, tmp_path):
    path, out = make_recipe({"a.txt": "some fine text\n"}, STAGES), tmp_path / "out"
    with pytest.raises(schedule.Stopped, match=r"stage total, all lost 4 workers: out of memory\?"):
        go(path, out, Preempted("total", 1000))
    assert execute(path, out) == 0


def test_workers_and_children_killed_from_outside_condemn_nothing(make_recipe, tmp_path):
    (tmp_path / "kills").mkdir()
    # Two workers; then a child kills the worker that waits for it, is killed itself, and so on.
    step = f'use = "toy:fickle", folder = "{tmp_path}/kills", kills = "sspsp"'
    path = make_recipe({"a.txt": "one\ntwo\n"}, STAGE.replace("STEP", step))
    out = tmp_path / "out"
    assert execute(path, out, workers=1) == 0
    assert len(list((tmp_path / "kills").iterdir())) == 5
    assert storage.read_ledger(out / "read")["text"].to_list() == ["one", "two"]
    assert not ledger(out, "read", "failed").height


def test_what_kills_its_child_twice_alone_is_condemned_and_nothing_else(make_recipe, tmp_path):
    path, out = make_recipe({"a.txt": "one fine\na killer\nthree fine\n"}, STAGES), tmp_path / "out"
    receipt = shard.run_part(in_care(path, out))
    assert (receipt["rows_in"], receipt["kept"], receipt["failed"]) == (3, 2, 1)
    (row,) = ledger(out, "read", "failed").iter_rows(named=True)
    assert row["key"] == "line 2" and row["error"] == "ChildDied: the step killed its process (signal 9)"


def read_in_care(make_recipe, tmp_path, text, **settings):
    """A file through the reader that dies, in a child; the receipt, what was kept, and the error."""
    read = 'use = "toy:deadly"' + "".join(f', {name} = "{value}"' for name, value in settings.items())
    path = make_recipe({"a.txt": text}, STAGE.replace("STEP", 'use = "toy:ends"'), read=read)
    receipt = shard.run_part(in_care(path, tmp_path / "out"))
    failed = ledger(tmp_path / "out", "read", "failed")["error"].to_list()
    return receipt, storage.read_ledger(tmp_path / "out/read")["text"].to_list(), failed


def test_a_reader_that_dies_keeps_what_it_gave_and_says_what_is_lost(make_recipe, tmp_path):
    receipt, kept, failed = read_in_care(make_recipe, tmp_path, "one\ntwo\nKILL\nfour\n")
    assert kept == ["one", "two"]
    assert failed == [
        "ChildDied: the step killed its process (signal 9) after record 2; the rest of the file is lost"
        " (18 bytes were not read)"
    ]
    assert receipt["by_source"]["lines"]["bytes_unread"] == 18


def test_a_reader_killed_from_outside_reads_on(make_recipe, tmp_path):
    receipt, kept, failed = read_in_care(make_recipe, tmp_path, "one\ntwo\nKILL\nfour\n", folder=tmp_path)
    assert kept == ["one", "two", "KILL", "four"] and not failed
    assert (tmp_path / "killed").exists() and receipt["rows_in"] == 4


@pytest.mark.parametrize("child", [False, True])
def test_a_reader_that_says_how_far_it_came_loses_the_rest_alone(make_recipe, tmp_path, child):
    text = "one\ntwo\nLOST\nfour\n"
    if child:
        receipt, _, failed = read_in_care(make_recipe, tmp_path, text)
    else:
        stage = STAGE.replace("STEP", 'use = "toy:ends"')
        path = make_recipe({"a.txt": text}, stage, read='use = "toy:deadly"')
        path.write_text(path.read_text().replace("max_failed = 1.0", "max_failed = 0.54"))
        assert execute(path, tmp_path / "out") == 1  # a third of the rows, but 10 of 18 bytes
        path.write_text(path.read_text().replace("max_failed = 0.54", "max_failed = 0.56"))
        assert execute(path, tmp_path / "out") == 0
        failed = ledger(tmp_path / "out", "read", "failed")["error"].to_list()
        receipt = json.loads((tmp_path / "out/read/stage.json").read_text())["parts"]["part-00000"]
    (error,) = failed
    assert error == (
        "ValueError: it goes no further after record 2; the rest of the file is lost (10 bytes were not read)"
    )
    assert receipt["by_source"]["lines"]["bytes_unread"] == 10


def test_a_document_over_its_budget_stands_alone(make_recipe, tmp_path, monkeypatch):
    path = make_recipe({"a.txt": "one\nspin\n"}, STAGE.replace("STEP", 'use = "toy:spin"'))
    monkeypatch.setattr(cpu_limit, "CALL_SECONDS", 0)
    receipt = shard.run_part(in_care(path, tmp_path / "out"))
    assert (receipt["kept"], receipt["failed"]) == (1, 1)
    (row,) = ledger(tmp_path / "out", "read", "failed").iter_rows(named=True)
    assert row["key"] == "line 2" and row["error"] == "OverBudget: over its CPU budget (1 s)"


def test_a_reader_over_its_budget_keeps_what_it_gave(make_recipe, tmp_path, monkeypatch):
    original = cpu_limit.of_file
    monkeypatch.setattr(cpu_limit, "of_file", lambda length: original(length) - cpu_limit.CALL_SECONDS)
    _, kept, failed = read_in_care(make_recipe, tmp_path, "one\nSPIN\nthree\n")
    assert kept == ["one"] and "over its CPU budget (1 s) after record 1" in failed[0]


@pytest.fixture
def short_clock(tmp_path, monkeypatch):
    """Budgets of two seconds in every process that starts from here."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(
        "from winnow.pipelines.engine.work import cpu_limit\ncpu_limit.CALL_SECONDS = 1\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), os.environ["PYTHONPATH"]]))


def test_the_clock_ends_a_worker_and_the_run_goes_on(make_recipe, tmp_path, short_clock):
    path = make_recipe({"a.txt": "one\nspin\n"}, STAGE.replace("STEP", 'use = "toy:spin"'))
    out = tmp_path / "out"
    assert execute(path, out, workers=1) == 0
    (error,) = ledger(out, "read", "failed")["error"]
    assert error == "OverBudget: over its CPU budget (2 s)"
    assert storage.read_ledger(out / "read")["text"].to_list() == ["one"]


def test_the_clock_ends_a_run_in_one_process_and_the_next_goes_on(make_recipe, tmp_path, short_clock):
    path = make_recipe({"a.txt": "one\nspin\n"}, STAGE.replace("STEP", 'use = "toy:spin"'))
    out, codes = tmp_path / "out", []
    for _ in range(2):
        done = subprocess.run(command(path, out, "--workers", "0"), cwd=ROOT, check=False)
        codes.append(done.returncode)
    assert codes == [-signal.SIGXCPU, 0]
    (error,) = ledger(out, "read", "failed")["error"]
    assert error == "OverBudget: over its CPU budget (2 s)"
    assert not list(out.rglob(".*.tmp"))


def test_the_clock_is_of_the_batch_in_hand_and_none_of_several_threads(monkeypatch):
    import resource
    import threading

    def left():
        return resource.getrlimit(resource.RLIMIT_CPU)[0]

    before = left()
    with cpu_limit.allow(1000):
        first = left()
        assert first >= 1000
        other = []

        def beside():
            with cpu_limit.allow(1000):
                other.append(left())

        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
    assert left() == before == other[0] != first
    frame = pl.DataFrame({"text": ["x" * 2_000_000, None]})
    assert cpu_limit.of_batch(frame) == cpu_limit.CALL_SECONDS + 2 * cpu_limit.MB_SECONDS
    assert cpu_limit.of_file(10**12) == cpu_limit.of_file(cpu_limit.READ_BYTES)
