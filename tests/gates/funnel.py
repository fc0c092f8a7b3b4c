"""Gate: the demo conserves its input, survives kill -9, and gives the same bytes on any workers.

`make gate NAME=funnel`. Environment: KILLS (10) moments at which the run's process group is killed,
each followed by a run to the end; RECIPE (the demo). Runs go under out/gates/funnel/.
"""

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
from figures import Figures

RECIPE = os.environ.get("RECIPE", "pipelines/recipes/demo.toml")
KILLS = int(os.environ.get("KILLS", "10"))
FOLDER = Path("out/gates/funnel")
SHARDS = os.environ.get("SHARDS", "shards/all")


def command(out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "winnow", "run", RECIPE, str(out), *more]


def run(out: Path, *more: str) -> tuple[float, float]:
    """Wall seconds of a run to its end, and the peak memory in GB of all its processes together."""
    begun, peak = time.monotonic(), 0
    with (FOLDER / f"{out.name}.log").open("a") as log:
        going = subprocess.Popen(command(out, *more), stdout=log, stderr=log)
        while going.poll() is None:
            peak = max(peak, resident(going.pid))
            time.sleep(0.5)
    if going.returncode:
        raise SystemExit(f"the run into {out} ended with {going.returncode}; see {FOLDER}/{out.name}.log")
    return time.monotonic() - begun, peak / 1e9


def resident(pid: int) -> int:
    """Bytes resident in a process and its children; pages that they share are counted in each."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_info().rss
    return total


def digest(out: Path) -> str:
    """Of the names and bytes of all that the export wrote."""
    total = hashlib.sha256()
    for path in sorted((out / SHARDS).rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(out)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def unbalanced(out: Path) -> int:
    """Parts whose rows do not add up, counted from the files and not from the receipts alone."""
    import polars as pl

    wrong = 0
    for path in out.glob("*/stage.json"):
        stage = json.loads(path.read_text())
        for name, receipt in stage["parts"].items():
            if stage["kind"] != "shard":
                continue
            files = [path.parent / folder / f"{name}.parquet" for folder in (".", "dropped", "failed")]
            found = [pl.scan_parquet(file).select(pl.len()).collect().item() for file in files]
            told = [receipt["kept"], receipt["dropped"], receipt["failed"]]
            wrong += found != told or sum(found) != receipt["rows_in"]
    return wrong


def killed_once(out: Path, after: float) -> None:
    """Begin, kill the whole process group after some seconds, run to the end."""
    with (FOLDER / f"{out.name}.log").open("a") as log:
        process = subprocess.Popen(command(out), start_new_session=True, stdout=log, stderr=log)
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    run(out)


def on_scheduler(out: Path) -> float:
    """On a scheduler of its own with two workers, one killed on the way; 1 if the run ended well."""
    address = f"tcp://127.0.0.1:{19000 + os.getpid() % 1000}"
    dask = [sys.executable, "-m", "dask"]
    log = (FOLDER / "scheduler.log").open("a")
    processes = [
        subprocess.Popen([*dask, "scheduler", "--host", address, "--no-dashboard"], stdout=log, stderr=log)
    ]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    processes += [subprocess.Popen(worker, stdout=log, stderr=log) for _ in range(2)]
    try:
        with (FOLDER / f"{out.name}.log").open("a") as lines:
            going = subprocess.Popen(command(out, "--scheduler", address), stdout=lines, stderr=lines)
            while going.poll() is None and len(list(out.glob("*/receipts/*.json"))) < 20:
                time.sleep(0.2)
            processes[1].kill()
            print(
                f"killed a worker; the run was {'ended' if going.poll() is not None else 'under way'}",
                flush=True,
            )
            return float(going.wait() == 0)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main() -> None:
    figures = Figures("funnel")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    whole, memory = run(FOLDER / "two")
    figures.add("seconds_two_workers", round(whole), 1200, most=True)
    figures.add("peak_memory_gb", round(memory, 2), 6, most=True)
    figures.add("parts_that_do_not_add_up", unbalanced(FOLDER / "two"), 0, most=True)
    expected = digest(FOLDER / "two")
    for workers in ("0", "1"):
        run(FOLDER / f"workers{workers}", "--workers", workers)
        figures.add(f"same_bytes_workers_{workers}", digest(FOLDER / f"workers{workers}") == expected, 1)
    figures.add("scheduler_run_ended_well", on_scheduler(FOLDER / "scheduler"), 1)
    figures.add("same_bytes_scheduler_worker_killed", digest(FOLDER / "scheduler") == expected, 1)
    moments = random.Random(7)
    same = 0
    for number in range(KILLS):
        out = FOLDER / f"kill{number}"
        after = moments.uniform(3, whole)
        killed_once(out, after)
        same += digest(out) == expected
        print(
            f"killed after {after:.0f} s: {'the same' if digest(out) == expected else 'other'} bytes",
            flush=True,
        )
        shutil.rmtree(out)
    figures.add("same_bytes_after_kill_9_share", same / max(KILLS, 1), 1)
    figures.close()


if __name__ == "__main__":
    main()
