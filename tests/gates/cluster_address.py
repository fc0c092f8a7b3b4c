"""A part of the gate `cluster`: a scheduler and workers that run already, and speak TLS."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import runs

FOLDER, ROOT = Path("out/gates/cluster").resolve(), runs.ROOT
SAID = """kind = "address"
address = "{0}"
ca = "keys/ca.pem"
cert = "keys/{1}.pem"
key = "keys/{1}.key"
"""
SELF_SIGNED = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={0} -keyout {0}.key -out {0}.pem"
ASKED = "req -newkey rsa:2048 -nodes -subj /CN=host -keyout host.key -out host.csr"
SIGNED = "x509 -req -in host.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out host.pem"


def make_keys(folder: Path) -> None:
    """An authority and a key that it signed; and another key that it did not."""
    folder.mkdir()
    for line in (SELF_SIGNED.format("ca"), SELF_SIGNED.format("other"), ASKED, SIGNED):
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True)


@contextlib.contextmanager
def start_dask(keys: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """A scheduler that speaks TLS; its address, and what a worker needs in its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"tls://127.0.0.1:{probe.getsockname()[1]}"
    tls = {"CA_FILE": keys / "ca.pem"}
    tls |= {
        f"{who}__{what}": keys / f"host.{end}"
        for who in ("SCHEDULER", "WORKER")
        for what, end in (("CERT", "pem"), ("KEY", "key"))
    }
    env = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(path) for name, path in tls.items()}
    env |= {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True", "WINNOW_STEPS": str(FOLDER / "steps")}
    env |= {
        "GATE_SECONDS": "2",
        "GATE_NOTES": str(FOLDER / "notes"),
        **{k: v for k, v in os.environ.items() if k != "GATE_SECONDS"},
    }
    with start_part(["scheduler", "--host", address, "--no-dashboard"], env):
        yield address, env


@contextlib.contextmanager
def start_part(words: list[str], env: dict[str, str]) -> Iterator[None]:
    """A scheduler or worker of Dask, for as long as it is open."""
    with (FOLDER / "dask.log").open("ab") as log:
        going = subprocess.Popen(
            ["nice", sys.executable, "-m", "dask", *words],
            env=env,
            stdout=log,
            stderr=log,
            cwd=FOLDER,
            start_new_session=True,
        )
    try:
        yield
    finally:
        runs.kill(going)


def copy_code(folder: Path) -> None:
    """The code as it stands here, but for one line."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in names.splitlines():
        if re.match(r"(winnow|ingest|ocr|filters|dedup|classifiers|mixing|pipelines)(/|$)|[^/]*$", name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / name).exists():
                shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    with (folder / "filters/gopher.py").open("a") as file:
        file.write("\nOTHER = True\n")


def try_all(case: Any) -> None:
    """A scheduler with TLS, of whose workers one has what a stage needs, and that without it; a key that it
    does not know; a worker that comes later, with other code."""
    make_keys(FOLDER / "keys")
    copy_code(FOLDER / "other")
    with start_dask(FOLDER / "keys") as (address, env):
        worker = ["worker", address, "--nthreads", "1", "--no-dashboard"]
        for name in ("host", "other"):
            (FOLDER / f"{name}.toml").write_text(SAID.format(address, name))
        able = start_part([*worker, "--resources", "MEMORY=2e9"], env)
        with start_part(worker, env):
            begun = time.monotonic()
            code = case.begin("lacking", "--cluster", FOLDER / "host.toml").wait(120)
            said = "stage 'web.read' needs MEMORY = 1 GB" in (FOLDER / "lacking.log").read_text()
            case.figures.add("lacking_resources_refused", code == 2 and said, 1)
            case.figures.add("lacking_resources_told_after_seconds", since(begun), 40, most=True)
        with start_part(worker, env), able:
            case.compare("address", case.begin("address", "--cluster", FOLDER / "host.toml"))
            begun = time.monotonic()
            code = case.begin("strange", "--cluster", FOLDER / "other.toml").wait(120)
            case.figures.add("strange_key_exit_code_2", code == 2, 1)
            case.figures.add("strange_key_told_after_seconds", since(begun), 20, most=True)
            case.clear_notes()
            going = case.begin("later", "--cluster", FOLDER / "host.toml")
            case.wait_for_jobs(1, 60)
            begun = time.monotonic()
            with start_part(worker, {**env, "PYTHONPATH": str(FOLDER / "other")}):
                code = going.wait(120)
            case.figures.add("other_code_told_after_seconds", since(begun), 20, most=True)
            said = (FOLDER / "later.log").read_text()  # at the door, or by the first part that it was given
            told = "other code" in said and "gopher" in said
            case.figures.add("other_code_refused", code == 2 and told, 1)


def since(begun: float) -> float:
    return round(time.monotonic() - begun, 1)
