"""Where tasks run: the workers of a local run take work from that run alone."""

import contextlib
import multiprocessing
import subprocess
import time
from types import SimpleNamespace

import distributed
import pytest

from pipelines.work import pools


def test_local_workers_take_work_from_this_run_alone(tmp_path):
    said: list[str] = []
    with pools.open_pool(1, None, "auto", said.append) as pool:
        assert isinstance(pool, pools.OnDask) and not any(line.startswith("warning") for line in said)
        pool.submit(
            lambda task: {"name": task.name}, SimpleNamespace(folder=tmp_path / "near", name="part-4")
        )
        assert pool.wait().outcome == {"name": "part-4"}
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


def test_without_openssl_it_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    said: list[str] = []
    with pools._make_keys(said.append) as keys:
        assert keys == {} and said[0].startswith("warning: without openssl other users")


def test_a_scheduler_that_is_not_there_is_named():
    with (
        pytest.raises(ConnectionError, match="--scheduler nonsense://here"),
        pools.open_pool(0, "nonsense://here", "auto", print),
    ):
        pass


class Late(contextlib.AbstractContextManager):
    """A cluster whose workers do not end in time."""

    def __exit__(self, *_):
        raise TimeoutError


def test_workers_that_do_not_end_in_time_are_killed_when_the_work_is_done():
    worker = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    worker.start()
    said: list[str] = []
    with pools._end(Late(), said.append):  # type: ignore[arg-type]
        pass
    worker.join(60)
    assert worker.exitcode == -9 and said == [
        "workers did not end in time and were killed; what they did is whole"
    ]


def test_work_that_ran_out_of_time_is_no_end():
    with pytest.raises(TimeoutError, match="the work"), pools._end(contextlib.nullcontext(), print):  # type: ignore[arg-type]
        raise TimeoutError("the work")
