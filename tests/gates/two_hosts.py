"""Gate: workers on two hosts that share no disk, with OUT in a bucket: the bytes of one machine.

`make gate NAME=two_hosts`. Two network namespaces, each with a TMPDIR of its own, stand for the hosts; a
bridge, a server of S3 and Dask's scheduler for what lies between. The wheel runs on them. In the middle of a
run the network of one is cut for CUT (60) seconds; in another the scheduler is killed and begun again.
Needs root, `ip` and `unshare`. Environment: WEB (data/web). Writes under out/gates/two_hosts/.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import base_only
import runs
import s3_server
import stores
import wheel
from figures import Figures

from winnow.pipelines.engine.disk.object_store import Store

FOLDER = Path("out/gates/two_hosts").resolve()
PLACE = FOLDER / "tmp"
CUT = float(os.environ.get("CUT", "60"))
BRIDGE, HERE = "winnowbr", "10.77.7.1"
HOSTS = {"winnow-a": "10.77.7.2", "winnow-b": "10.77.7.3"}
SCHEDULER = f"tcp://{HERE}:8797"
DASK = "import sys; from distributed.cli.dask_{0} import main; main()"


def ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=not check)


@contextmanager
def hosts() -> Iterator[None]:
    """Two namespaces and a bridge between them."""
    remove()
    ip("link", "add", BRIDGE, "type", "bridge")
    ip("addr", "add", f"{HERE}/24", "dev", BRIDGE)
    ip("link", "set", BRIDGE, "up")
    try:
        for name, address in HOSTS.items():
            ip("netns", "add", name)
            ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", name, "master", BRIDGE, "up")
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        remove()


def remove() -> None:
    for name in HOSTS:
        ip("netns", "del", name, check=False)
        ip("link", "del", name, check=False)
    ip("link", "del", BRIDGE, check=False)


def install() -> Path:
    """The Python of an environment with the wheel, and what it needs for a run in a bucket."""
    wheel.FOLDER = FOLDER
    made = wheel.build()
    venv.create(FOLDER / "env", with_pip=True)
    python = FOLDER / "env/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(made)], check=True)
    others = base_only.lay_out(FOLDER / "base", ["s3", "buckets"])
    (wheel.find_site() / "others.pth").write_text(f"{others}\n")
    return python


def begin(log: str, env: dict[str, str], *words: object) -> runs.Process:
    with (FOLDER / log).open("ab") as out:
        return subprocess.Popen(
            list(map(str, words)), env=env, stdout=out, stderr=out, start_new_session=True, cwd="/"
        )


def begin_worker(name: str, python: Path, env: dict[str, str]) -> runs.Process:
    """A worker on a host, where TMPDIR is its own."""
    alone = f'mount -t tmpfs tmpfs {shlex.quote(str(PLACE))} && exec "$@"'
    place = ["ip", "netns", "exec", name, "unshare", "--mount", "sh", "-c", alone, "sh"]
    options = [SCHEDULER, "--nthreads", "1", "--nworkers", "1", "--host", HOSTS[name]]
    options += ["--memory-limit", "4GB", "--local-directory", PLACE]
    return begin(f"{name}.log", env, *place, python, "-c", DASK.format("worker"), *options)


@contextmanager
def cluster(python: Path, env: dict[str, str]) -> Iterator[None]:
    """A scheduler here, and a worker on each host."""
    scheduler = [
        python,
        "-c",
        DASK.format("scheduler"),
        "--host",
        HERE,
        "--port",
        SCHEDULER.rpartition(":")[2],
    ]
    began = [begin("scheduler.log", env, *scheduler)]
    time.sleep(5)
    began += [begin_worker(name, python, env) for name in HOSTS]
    try:
        yield
    finally:
        for process in reversed(began):
            runs.kill(process)


def run(python: Path, env: dict[str, str], out: str | Path, *words: object) -> runs.Process:
    return begin("run.log", env, python, "-m", "winnow", "run", FOLDER / "winnow.toml", out, *words)


def wait_for(store: Store, objects: int, going: runs.Process) -> None:
    """Until a run has so many objects."""
    while going.poll() is None and sum(1 for _ in store.list_objects()) < objects:
        time.sleep(0.5)


def main() -> None:
    figures = Figures("two_hosts", FOLDER)
    PLACE.mkdir()
    python = install()
    with ExitStack() as opened:
        opened.enter_context(hosts())
        port = opened.enter_context(s3_server.serve("0.0.0.0"))
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "TMPDIR")}
        env |= s3_server.name_environment(port)
        env |= {"AWS_ENDPOINT_URL": f"http://{HERE}:{port}", "TMPDIR": str(PLACE)}
        env |= {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
        os.environ.update(s3_server.name_environment(port))
        s3_server.make_bucket(port)
        stores.FOLDER, stores.RECIPE = FOLDER, FOLDER / "winnow.toml"
        stores.copy_input()
        if run(python, env, FOLDER / "local", "--workers", 2).wait():
            raise SystemExit(f"the run on one machine failed; see {FOLDER}/run.log")
        expected = runs.digest(FOLDER / "local")
        whole = len([path for path in (FOLDER / "local").rglob("*") if path.is_file()])
        with cluster(python, env):
            cut(figures, python, env, expected, whole)
        for number in (1, 2):
            with cluster(python, env):
                restart(figures, python, env, expected, whole, last=number == 2)
    figures.close()


def cut(figures: Figures, python: Path, env: dict[str, str], expected: dict[str, str], whole: int) -> None:
    """The network of one host is cut in the middle, and comes again."""
    url = f"{stores.URL}/cut"
    going = run(python, env, url, "--scheduler", SCHEDULER)
    wait_for(Store(url), whole // 4, going)
    met = going.poll() is None
    ip("link", "set", "winnow-b", "down")
    time.sleep(CUT)
    ip("link", "set", "winnow-b", "up")
    code = going.wait()
    figures.add("cut.met_a_run", met, 1)
    figures.add("cut.exit_code", code, 0, most=True)
    figures.add("cut.same_bytes", stores.digest(url) == expected, 1)
    log = (FOLDER / "run.log").read_text()
    print(f"losses told: {log.count('lost its worker')}")


def restart(
    figures: Figures,
    python: Path,
    env: dict[str, str],
    expected: dict[str, str],
    whole: int,
    *,
    last: bool,
) -> None:
    """The scheduler is killed in the middle; with another one the same command goes on."""
    url = f"{stores.URL}/restarted"
    going = run(python, env, url, "--scheduler", SCHEDULER)
    if last:
        figures.add("restarted.exit_code", going.wait(), 0, most=True)
        figures.add("restarted.same_bytes", stores.digest(url) == expected, 1)
        return
    wait_for(Store(url), whole // 2, going)
    subprocess.run(["pkill", "-KILL", "-f", "dask_scheduler"], check=False)
    begun = time.monotonic()
    code = going.wait()
    print(f"the driver ended with {code} after {time.monotonic() - begun:.0f} s")
    figures.add("restarted.driver_says_so", code == 2, 1)


if __name__ == "__main__":
    if os.getuid() or not (shutil.which("ip") and shutil.which("unshare")):
        sys.exit("two_hosts needs root, ip and unshare")
    main()
