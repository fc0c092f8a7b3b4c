"""What workers say of themselves, how they differ, and how they leave before they are ended."""

import asyncio
import copy
import time
from types import SimpleNamespace

import pytest

from winnow.pipelines.engine.work import cluster, cluster_worker


@pytest.fixture(scope="module")
def ours():
    return cluster_worker.describe()


def test_what_is_told(ours, tmp_path, monkeypatch):
    assert {"winnow", "Python", "polars", "distributed"} <= ours["versions"].keys()
    assert {"kernels.py", "filters/gopher.py", "pipelines/engine/shard.py"} <= ours["files"].keys()
    assert ours["free"] > 0
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    again = cluster_worker.describe()
    assert again["temporary"] == str(tmp_path) and cluster_worker.find_difference(ours, again) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda them: them["versions"].update(polars="0.1"), "polars 0.1, and here "),
        (lambda them: them["versions"].pop("polars"), "polars is absent, and here "),
        (lambda them: them["versions"].update(other="1"), "other 1, and here is absent"),
        (lambda them: them["files"].update({"kernels.py": "?"}), "winnow/kernels.py are other files there"),
        (lambda them: them["files"].pop("filters/gopher.py"), "winnow/filters/gopher.py are other files"),
        (lambda them: them["files"].clear(), "and [0-9]+ more are other files there"),
    ],
)
def test_a_worker_that_differs_is_refused_by_name(ours, change, told):
    them = copy.deepcopy(ours)
    cluster.refuse_other("the worker a", ours, them, pytest.fail)
    change(them)
    with pytest.raises(ConnectionError, match=f"the worker a on .* other code than this run: .*{told}"):
        cluster.refuse_other("the worker a", ours, them, pytest.fail)


def test_a_worker_that_raises_is_refused(ours):
    for error, told in (
        (ModuleNotFoundError("No module named 'winnow'"), "import the code: No module"),
        (AttributeError("no describe"), "AttributeError: no describe"),
    ):
        with pytest.raises(ConnectionError, match=f"the worker a cannot .*{told}"):
            cluster.refuse_other("the worker a", ours, error, pytest.fail)


def test_a_worker_with_hardly_any_room_is_told(ours):
    said: list[str] = []
    cluster.refuse_other(
        "the worker a", ours, {**ours, "free": 5_000_000, "temporary": "/scratch"}, said.append
    )
    assert "5 MB free in /scratch (TMPDIR)" in said[0]


def make_worker(executing: int):
    """A worker that is at so many tasks, and notes what it is told."""
    noted: list[object] = []

    async def retire(**asked):
        noted.append(("retire", asked["workers"], asked["remove"]))

    async def close(**asked):
        noted.append(("close", asked["nanny"]))

    return SimpleNamespace(
        address="tcp://a:1",
        data={},
        state=SimpleNamespace(executing_count=executing),
        scheduler=SimpleNamespace(retire_workers=retire),
        close=close,
        noted=noted,
        io_loop=SimpleNamespace(call_later=lambda *given: noted.append(given)),
    )


def test_a_worker_finishes_what_it_has_and_leaves():
    worker = make_worker(1)

    async def run() -> None:
        leaving = asyncio.create_task(cluster_worker.leave(worker, 60.0))
        await asyncio.sleep(0.5)
        assert worker.noted == [("retire", ["tcp://a:1"], False)]
        worker.state.executing_count = 0
        await leaving

    asyncio.run(run())
    assert worker.noted[1:] == [("retire", ["tcp://a:1"], True), ("close", True)]


def test_a_worker_does_not_wait_for_longer_than_it_has():
    worker = make_worker(1)
    asyncio.run(asyncio.wait_for(cluster_worker.leave(worker, 0.3), 5))
    assert worker.noted[-1] == ("close", True)


@pytest.mark.parametrize(("left", "drain"), [(3600.0, 360.0), (86_400.0, 600.0), (120.0, 30.0), (40.0, 20.0)])
def test_a_worker_begins_to_leave_in_the_last_tenth_of_its_time(monkeypatch, left, drain):
    worker = make_worker(0)
    cluster_worker.dask_setup(worker)
    assert worker.noted == []
    monkeypatch.setenv(cluster_worker.ENDS, str(time.time() + left))
    begins = set()
    for _ in range(20):
        worker.noted.clear()
        cluster_worker.dask_setup(worker)
        ((begin, function, given, seconds),) = worker.noted
        assert function is cluster_worker.leave and given is worker
        assert left - 1.5 * drain - 1 <= begin <= left - drain + 1
        assert seconds == pytest.approx(0.7 * drain, 0.1)
        begins.add(begin)
    assert len(begins) > 10  # not all at once
