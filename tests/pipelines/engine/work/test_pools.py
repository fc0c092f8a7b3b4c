"""Where tasks run: the workers of a local run take work from that run alone."""

import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import distributed
import psutil
import pytest

from winnow.pipelines.engine.work import cluster, cluster_file, cluster_local, pools, tls
from winnow.pipelines.engine.work.cluster_file import Local

ROOT = Path(__file__).parent.parent.parent.parent.parent


def take(pool: pools.Pool) -> Any:
    """What the next task that ends gave."""
    while (done := pool.wait()) is None:
        pass
    return done.outcome


def test_local_workers_take_work_from_this_run_alone(tmp_path):
    said: list[str] = []
    signs: list[dict[str, str]] = []
    with pools.open_pool(Local(workers=1), said.append, signs.append) as pool:
        assert isinstance(pool, cluster.OnDask) and not any(line.startswith("warning") for line in said)

        def work(task):
            while not (task.folder / "seen").exists():  # a scheduler forgets the group of a task that is over
                time.sleep(0.05)
            return {"name": task.name}

        folder = tmp_path / "near.found-2"
        folder.mkdir()
        pool.submit(work, SimpleNamespace(folder=folder, name="part-4"))
        assert pool.wait() is None  # it is sent, and runs
        groups = pool.client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_groups))
        assert groups == ["near.found-2"]
        (folder / "seen").touch()
        assert take(pool) == {"name": "part-4"}
        while not signs:
            time.sleep(0.05)
        assert signs[0] == {**signs[0], "stage": "near.found-2", "part": "part-4"}
        address = pool.client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        with pytest.raises(OSError):
            distributed.Client(address.replace("tls", "tcp"), timeout=3)
        cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=winnow"]
        subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
        stranger = distributed.Security(
            tls_ca_file=cert, tls_client_cert=cert, tls_client_key=key, require_encryption=True
        )
        with pytest.raises(OSError):
            distributed.Client(address, security=stranger, timeout=3)


@pytest.mark.parametrize(("tasks", "workers"), [(1, 1), (3, 2)])
def test_other_workers_start_when_there_is_work_for_them(tmp_path, monkeypatch, tasks, workers):
    monkeypatch.setattr(cluster, "GROW_SECONDS", 0.5)

    def work(task):
        time.sleep(0.7)
        return {"name": task.name}

    with pools.open_pool(Local(workers=2), print) as pool:
        assert isinstance(pool, cluster.OnDask) and pool.capacity() == 2
        for number in range(tasks):
            pool.submit(work, SimpleNamespace(folder=tmp_path, name=f"part-{number}"))
        assert {take(pool)["name"] for _ in range(tasks)} == {f"part-{n}" for n in range(tasks)}
        pool.client.wait_for_workers(workers, timeout=60)
        assert len(pool.client.nthreads()) == workers


def test_workers_start_at_once_where_they_are_asked_for(tmp_path):
    with pools.open_pool(Local(workers=2), print, at_once=5) as pool:
        assert isinstance(pool, cluster.OnDask) and pool.grow is None
        assert len(pool.client.nthreads()) == 2 and pool.capacity() == 4


def test_without_openssl_it_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    said: list[str] = []
    with tls.make_keys(said.append) as keys:
        assert keys == {} and said[0].startswith("warning: without openssl other users")


def test_a_scheduler_that_is_not_there_is_named():
    with (
        pytest.raises(ConnectionError, match="--scheduler nonsense://here"),
        pools.open_pool(cluster_file.choose(None, "nonsense://here", 2, "auto"), print),
    ):
        pass


def list_heard() -> set[str]:
    """Where this process and what it started listen."""
    me = psutil.Process()
    found = [one.net_connections("tcp") for one in (me, *me.children(recursive=True))]
    return {
        f"{each.laddr.ip}:{each.laddr.port}" for some in found for each in some if each.status == "LISTEN"
    }


def test_nothing_listens_to_the_network_and_a_port_that_is_taken_is_no_warning(recwarn):
    before = list_heard()
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError):  # taken by another, which does as well
            held.enter_context(socket.create_server(("", 8787)))
            before |= list_heard()
        with pools.open_pool(Local(workers=1), print):
            heard = list_heard() - before
    assert heard and all(one.startswith("127.0.0.1:") for one in heard)
    assert not [one for one in recwarn if "8787" in str(one.message)]


def test_a_dashboard_has_the_port_that_was_asked_for_or_the_run_is_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionError, match=f"--dashboard {port}: Address already in use"):
            cluster_local.start(1, "auto", {}, port)
    with cluster_local.start(0, "auto", {}, port) as empty:
        assert empty.dashboard_link == f"http://127.0.0.1:{port}/status"


def test_workers_that_do_not_start_are_told(monkeypatch):
    def fail(**_):
        raise RuntimeError("Nanny failed to start.") from OverflowError("too large")

    monkeypatch.setattr(distributed, "LocalCluster", fail)
    with pytest.raises(ConnectionError, match="the workers did not start: too large"):
        cluster_local.start(1, "auto", {}, None)


@pytest.mark.parametrize("able", [False, True])
def test_a_scheduler_or_a_worker_that_lacks_the_code_is_told(tmp_path, able):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    quiet: Any = {"cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    having = bare | {"PYTHONPATH": str(ROOT)} if able else bare
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", address, "--no-dashboard"], env=having, **quiet
    )
    worker = subprocess.Popen([*dask, "worker", address, "--no-dashboard"], env=bare, **quiet)
    who = "the worker tcp://.*" if able else f"--scheduler {address}"
    try:
        with (
            pytest.raises(ConnectionError, match=f"{who} cannot import the code: No module named 'winnow'"),
            pools.open_pool(cluster_file.choose(None, address, 2, "auto"), print),
        ):
            pass
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait()


class Late(contextlib.AbstractContextManager):
    """A cluster whose workers do not end in time."""

    def __exit__(self, *_):
        raise TimeoutError


def test_workers_that_do_not_end_in_time_are_killed_when_the_work_is_done():
    worker = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    worker.start()
    said: list[str] = []
    with cluster_local.end(Late(), said.append):  # type: ignore[arg-type]
        pass
    worker.join(60)
    assert worker.exitcode == -9 and said == [
        "workers did not end in time and were killed; what they did is whole"
    ]


def test_work_that_ran_out_of_time_is_no_end():
    with pytest.raises(TimeoutError, match="the work"), cluster_local.end(contextlib.nullcontext(), print):  # type: ignore[arg-type]
        raise TimeoutError("the work")
