"""What a stage needs of a worker: refused where none has it, told where none has it any more, no part of what
a stage is."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import distributed
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.engine import manifest, schedule
from winnow.pipelines.engine.work import cluster, cluster_file, cluster_kubernetes, cluster_local, pools
from winnow.pipelines.engine.work.cluster_file import Kubernetes, Local, Slurm
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.recipe import RecipeError

ROOT = Path(__file__).parents[4]
STAGES = """
[[stage]]
name = "read"
after = "lines"
resources = { GPU = 1, MEMORY = "2GB" }
steps = [ { use = "toy:shout" } ]

[[stage]]
name = "plain"
after = "lines"
steps = [ { use = "toy:shout" } ]
"""
NEEDS = (("GPU", 1.0), ("MEMORY", 2e9))
GPU = (("GPU", 1.0),)


@pytest.fixture
def path(make_recipe):
    return make_recipe({f"{n}.txt": f"file {n}\n" for n in range(8)}, STAGES)


def test_a_stage_says_what_it_needs_and_is_the_same_stage(path):
    checked = toml.load(path)
    assert checked.stages["read"].resources == NEEDS and checked.stages["plain"].resources == ()
    path.write_text(path.read_text().replace("GPU = 1,", ""))
    other = toml.load(path)
    assert other.stages["read"].resources == NEEDS[1:]
    first, second = (manifest.describe(each, ())["read"]["identity"] for each in (checked, other))
    assert first == second


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("{ GPU = 0 }", "greater than 0, not 0"),
        ('{ MEMORY = "0" }', "greater than 0"),
        ("{ GPU = -1 }", "greater than 0, not -1"),
        ('{ MEMORY = "much" }', "could not parse value and unit from byte string, not 'much'"),
        ("{ GPU = true }", "could not parse value and unit from byte string, not True"),
        ('"GPU"', "valid dictionary, not 'GPU'"),
    ],
)
def test_what_is_no_resource_is_told_with_its_line(path, given, told):
    path.write_text(path.read_text().replace('{ GPU = 1, MEMORY = "2GB" }', given))
    line = path.read_text().split("\n").index(f"resources = {given}") + 1
    with pytest.raises(RecipeError, match=rf":{line}: stage.0.resources.*{re.escape(told)}"):
        toml.load(path)


def test_what_no_worker_would_have_is_refused_before_anything_is_written(path, tmp_path):
    line = path.read_text().split("\n").index('resources = { GPU = 1, MEMORY = "2GB" }') + 1
    told = (
        f"{path}:{line}: stage 'read' needs GPU = 1, MEMORY = 2 GB of a worker, and they offer"
        " MEMORY = 1 GB: where they have more, `memory` and `resources` in a file for --cluster say so"
    )
    for workers in (0, 2):
        with pytest.raises(RecipeError, match=f"^{re.escape(told)}$"):
            run.execute(path, tmp_path / "out", workers, None, "1GB", ())
    assert not (tmp_path / "out").exists()


def test_workers_that_the_run_starts_offer_what_their_file_says(path):
    checked = toml.load(path)
    size = {"memory": "4GB", "resources": {"GPU": 2}}
    slurm = {"kind": "slurm", "jobs": 1, "cores": 2, "walltime": "01:00:00"}
    for asked in (
        Local.model_validate(size),
        Slurm.model_validate(size | slurm),
        Kubernetes.model_validate(size | {"kind": "kubernetes", "workers": 1, "image": "here/winnow:1"}),
    ):
        cluster_file.refuse_needs(asked, path, checked)
        short = asked.model_copy(update={"memory": "3GB" if isinstance(asked, Slurm) else "1.5GB"})
        with pytest.raises(RecipeError, match=r"needs GPU = 1, MEMORY = 2 GB .* offer GPU = 2, MEMORY = 1.5"):
            cluster_file.refuse_needs(short, path, checked)
    worker = cluster_kubernetes.render_spec(asked, "winnow-1")["spec"]["worker"]["spec"]["containers"][0]
    assert worker["resources"]["limits"] == {"cpu": "1", "memory": "4000000000", "nvidia.com/gpu": "2"}


def test_a_run_on_workers_that_have_it(path, tmp_path):
    file = tmp_path / "local.toml"
    file.write_text('kind = "local"\nworkers = 1\nmemory = "2GB"\nresources = { GPU = 1 }\n')
    assert run.execute(path, tmp_path / "out", 2, None, "auto", (), cluster=file) == 0


class FewAble(pools.InProcess):
    """No worker has what is needed until all else is done."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[str] = []

    def capacity(self, needs: tuple[tuple[str, float], ...] = ()) -> int:
        return 1 if not needs or len(self.ended) >= 8 else 0

    def wait(self) -> pools.Done:
        done = super().wait()
        self.ended.append(done.task.folder.name)
        return done


def test_parts_that_wait_for_such_a_worker_hold_up_no_other_ones(path, tmp_path):
    (tmp_path / "out").mkdir()
    pool = FewAble()
    schedule.Run(toml.load(path), (tmp_path / "out").resolve(), None, Progress()).go(pool)
    assert pool.ended == ["plain"] * 8 + ["read"] * 8


def begin_worker(address: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    return subprocess.Popen(
        [*command, "--no-dashboard", *more],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def tell_resources(task: SimpleNamespace) -> dict[str, object]:
    return {"name": task.name, "has": dict(distributed.get_worker().state.total_resources)}


def wait_for(pool: cluster.OnDask, count: int) -> dict[str, dict[str, object]]:
    found = {}
    while len(found) < count:
        if done := pool.wait():
            assert isinstance(done.outcome, dict), done.outcome
            found[done.task.name] = done.outcome
    return found


def test_tasks_go_where_workers_have_it_and_one_that_leaves_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 1.0)
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 3.0)
    needs = {"judged": GPU, "plain": ()}
    said: list[str] = []
    judged, plain = tmp_path / "judged", tmp_path / "plain"
    with cluster_local.start(1, "1GB", {}, None) as here, distributed.Client(here) as client:
        pool = cluster.OnDask(client, print, said.append)
        lack = "stage 'judged' needs GPU = 1 of a worker, and they offer nothing: start one with --resources"
        with pytest.raises(ConnectionError, match=f"^{lack} 'GPU=1'$"):
            pool.need(needs)
        worker = begin_worker(here.scheduler_address, "--resources", "GPU=1", "--no-nanny")
        try:
            client.wait_for_workers(2, timeout=60)
            pool.need(needs)
            assert pool.capacity() == 4 and pool.capacity(GPU) == 2 and not said
            for number in range(8):
                pool.submit(tell_resources, SimpleNamespace(folder=judged, name=f"judged-{number}"))
                pool.submit(tell_resources, SimpleNamespace(folder=plain, name=f"plain-{number}"))
            found = wait_for(pool, 16)
            assert all(found[f"judged-{number}"]["has"] == {"GPU": 1.0} for number in range(8))
        finally:
            worker.kill()
            worker.wait()
        began = time.monotonic()
        pool.submit(tell_resources, SimpleNamespace(folder=judged, name="late"))
        pool.submit(tell_resources, SimpleNamespace(folder=plain, name="other"))
        assert wait_for(pool, 1) == {"other": {"name": "other", "has": {}}}
        with pytest.raises(ConnectionError, match=f"^{lack} 'GPU=1', and run again to go on$"):
            wait_for(pool, 1)
        assert said == [f"warning: {lack} 'GPU=1'; its parts wait for one"] and time.monotonic() - began < 60
        pool.alive = time.monotonic() + 60
        late: list[subprocess.Popen[bytes]] = []
        threading.Timer(
            2, lambda: late.append(begin_worker(here.scheduler_address, "--resources", "GPU=1", "--no-nanny"))
        ).start()
        assert wait_for(pool, 1) == {"late": {"name": "late", "has": {"GPU": 1.0}}}
        for one in late:
            one.kill()
            one.wait()
