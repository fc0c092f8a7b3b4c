"""Where tasks run: the workers of a local run take work from that run alone."""

import subprocess

import distributed
import pytest

from pipelines.work import pools


def test_local_workers_take_work_from_this_run_alone(tmp_path):
    said: list[str] = []
    with pools.open_pool(1, None, "auto", said.append) as pool:
        assert isinstance(pool, pools.OnDask) and not any(line.startswith("warning") for line in said)
        pool.submit(len, "four")  # type: ignore[arg-type]
        assert pool.wait().outcome == 4
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
