"""Gate: the demo conserves its input, survives kill -9, and gives the same bytes on any workers.

`make gate NAME=funnel`. Environment: KILLS (10) moments at which the run's process group is killed,
each followed by a run to the end; RECIPE (the demo). Runs go under out/gates/funnel/.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import runs
from figures import Figures

RECIPE = os.environ.get("RECIPE", "pipelines/recipes/demo.toml")
KILLS = int(os.environ.get("KILLS", "10"))
FOLDER = Path("out/gates/funnel")
SHARDS = os.environ.get("SHARDS", "shards/all")


def run(out: Path, *more: str) -> runs.Used:
    return runs.finish(FOLDER / f"{out.name}.log", "run", RECIPE, out, *more)


def digest(out: Path) -> dict[str, str]:
    """Of all that the export wrote."""
    return runs.digest(out / SHARDS, "*")


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
    going = runs.begin(FOLDER / f"{out.name}.log", "run", RECIPE, out)
    with contextlib.suppress(subprocess.TimeoutExpired):
        going.wait(after)
    runs.kill(going)
    run(out)


def on_scheduler(out: Path) -> float:
    """On a scheduler of its own with two workers, one killed on the way; 1 if the run ended well."""
    address = f"tcp://127.0.0.1:{19000 + os.getpid() % 1000}"
    dask = runs.name_command(module="dask")
    log = (FOLDER / "scheduler.log").open("a")
    processes = [
        subprocess.Popen([*dask, "scheduler", "--host", address, "--no-dashboard"], stdout=log, stderr=log)
    ]
    worker = [*dask, "worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
    processes += [subprocess.Popen(worker, stdout=log, stderr=log) for _ in range(2)]
    try:
        going = runs.begin(FOLDER / f"{out.name}.log", "run", RECIPE, out, "--scheduler", address)
        while going.poll() is None and len(list(out.glob("*/receipts/*.json"))) < 20:
            time.sleep(0.2)
        processes[1].kill()
        print(f"killed a worker; the run was {'under way' if going.poll() is None else 'ended'}", flush=True)
        return float(going.wait() == 0)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def main() -> None:
    figures = Figures("funnel", FOLDER)
    whole = run(FOLDER / "two")
    figures.add("seconds_two_workers", round(whole.seconds), 1200, most=True)
    figures.add("peak_memory_gb", round(whole.together, 2), 6, most=True)
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
        after = moments.uniform(3, whole.seconds)
        killed_once(out, after)
        equal = digest(out) == expected
        same += equal
        print(f"killed after {after:.0f} s: {'the same' if equal else 'other'} bytes", flush=True)
        shutil.rmtree(out)
    figures.add("same_bytes_after_kill_9_share", same / max(KILLS, 1), 1)
    figures.close()


if __name__ == "__main__":
    main()
