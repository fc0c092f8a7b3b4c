"""Compile what is compiled once, at set-up, so that no run waits for it.

`make setup` does it by `-m ...warm READY`; READY then names the loops. The recipes that most begin
with are run on small inputs, for no list would tell which loops a run calls, and with what; of the other
shipped recipes every shard step that needs no model or table of a run is called on two documents. Several
processes work side by side. A step whose package is absent is passed over, by name.
"""

import contextlib
import inspect
import io
import json
import multiprocessing
import os
import resource
import signal
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import psutil

from winnow.pipelines.commands import warm_inputs
from winnow.pipelines.spec import address, groups, schema

FOLDER = Path(__file__).resolve().parent.parent
RUN = ("recipes/warm/warm.toml", "recipes/winnow.toml", "recipes/fineweb.toml", "recipes/mine.toml")
TEXT = "A first sentence, with some words. A second one isn't long!\n\nAnd a paragraph: three words. "
SAY_SECONDS = 5.0
PROCESS_BYTES = 1_500_000_000  # at the most, with the models that steps load

Outcome = tuple[str | None, set[str]]  # why nothing came of it; the files of all loops so far


class Job(NamedTuple):
    """A recipe to run, or a step to call, with its settings."""

    name: str
    settings: dict[str, Any] | None = None


def main() -> None:
    """Do it and say how far it is; READY then names the loops' files."""
    began = time.monotonic()
    loops: set[str] = set()
    why: dict[str, list[str]] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="winnow-setup-", ignore_cleanup_errors=True) as folder:
            warm_inputs.write(Path(folder))
            for job, (told, met) in do_all([*map(Job, RUN), *list_steps()], Path(folder)):
                loops |= met
                if told:
                    why.setdefault(told, []).append(job.name)
    except BrokenProcessPool:
        sys.exit("A process that compiled loops was killed, perhaps for memory; the same command goes on.")
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
    for told, names in why.items():
        print(f"{told}: {', '.join(sorted(names))}")
    Path(sys.argv[1]).write_text(json.dumps({"loops": sorted(loops)}) + "\n", encoding="utf-8")
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in used)
    print(f"{len(loops)} loops are compiled; {time.monotonic() - began:.0f} s, {cpu:.0f} s of CPU")


def list_steps() -> list[Job]:
    """Each step of the other shipped recipes once, with the settings it has in the first of them."""
    found: dict[str, Job] = {}
    for path in sorted(FOLDER.glob("recipes/*.toml")):
        text, _ = groups.expand(path, path.read_text(encoding="utf-8"))
        for step in (step for stage in tomllib.loads(text)["stage"] for step in stage["steps"]):
            settings = {name: value for name, value in step.items() if name not in ("use", "where")}
            if not any(str(value).startswith(("stage:", "data/")) for value in settings.values()):
                found.setdefault(step["use"], Job(step["use"], settings))
    return list(found.values())


def do_all(jobs: list[Job], folder: Path) -> Iterator[tuple[Job, Outcome]]:
    """What came of each job, as they end; lines now and then say how many are done, and what goes on."""
    began = said = time.monotonic()
    loops: set[str] = set()
    size = max(min(count_cores(), psutil.virtual_memory().available // PROCESS_BYTES), 1)
    context = multiprocessing.get_context("spawn")
    with futures.ProcessPoolExecutor(size, context, _ignore_interrupt) as pool:
        waiting = {pool.submit(do, job, folder): job for job in jobs}
        try:
            while waiting:
                done, _ = futures.wait(waiting, SAY_SECONDS, futures.FIRST_COMPLETED)
                for each in done:
                    loops |= each.result()[1]
                    yield waiting.pop(each), each.result()
                if time.monotonic() - said >= SAY_SECONDS or not waiting:
                    said = time.monotonic()
                    at_work = ", ".join([job.name for job in waiting.values()][:size]) or "done"
                    of = f"{len(loops)} loops, {len(jobs) - len(waiting)} of {len(jobs)} steps and recipes"
                    print(f"compiling: {of}, {said - began:.0f} s: {at_work}", flush=True)
        finally:  # they take long to take themselves down, and have nothing to lose
            for child in multiprocessing.active_children():
                child.terminate()


def count_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def do(job: Job, folder: Path) -> Outcome:
    """In a process of the pool: run the recipe, or call the step."""
    from winnow.pipelines.engine.work import sharing  # here: the parent needs no numba

    sharing.share()
    told = None
    try:
        (_run if job.settings is None else _call)(job, folder)
    except address.AbsentPackage as absent:
        told = f"passed over, since not installed are {absent.packages} (`{absent.install}`)"
    except Exception:  # whatever it is, the other loops are worth having
        told = f"failed with {traceback.format_exc(limit=-3)}"
    return told, set(sharing.met)


def _call(job: Job, _: Path) -> None:
    settings = job.settings or {}
    if absent := address.find_absent(job.name, settings):
        raise absent
    function = address.resolve(job.name)
    if next(iter(inspect.signature(function).parameters)) != "docs":
        return
    row = {"id": ["a", "b"], "text": [TEXT * 20, "Ein kurzer Text über nichts."]}
    with contextlib.suppress(
        pl.exceptions.ColumnNotFoundError
    ):  # what a step with a model adds; no loop of it
        function(schema.complete(pl.DataFrame(row)), **settings)


def _run(job: Job, folder: Path) -> None:
    from winnow.pipelines.commands import run
    from winnow.pipelines.engine import exit_codes

    os.chdir(folder)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        code = run.execute(FOLDER / job.name, folder / "out" / Path(job.name).stem, 0, None, "auto", ())
    if code not in (exit_codes.DONE, exit_codes.EMPTY):  # what is too strict for the inputs has run
        raise RuntimeError(f"exit code {code}: {told.getvalue()[-1000:]}")


def _ignore_interrupt() -> None:
    """In a process of the pool: the parent is the one that is interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
