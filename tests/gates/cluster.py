"""Gate: a run in SLURM, or by a scheduler that speaks TLS, gives the bytes of a run on one machine.

`make gate NAME=cluster`. A recipe of seven stages over a small web archive, by a SLURM of this machine
alone (`slurm.py`): as it is, with a job cancelled, with walltimes reached, with the driver killed; by a
scheduler and workers with TLS (`cluster_address.py`); with a queue, a Python, keys and code that are not the
run's. Environment: ONLY (`whole,refused,cancelled,walltime,killed,address`). Writes under out/gates/cluster/.
"""

import os
import shutil
import signal
from html import escape
from pathlib import Path

import cluster_address
import runs
import sections
import slurm
import small
from figures import Figures

from winnow.pipelines.demo import wrap

FOLDER = (Path("out/gates/cluster")).resolve()
ROOT = runs.ROOT
RECIPE = """name = "clusters"

[[source]]
name = "web"
uris = ["{folder}/web/*.warc.gz"]
read = {{ use = "ingest.warc:read" }}
part_bytes = 1

[[stage]]
name  = "web.read"
after = "web"
resources = {{ MEMORY = "1GB" }}
steps = [{{ use = "slow:wait" }}, {{ use = "ingest.html:extract" }}, {{ use = "filters.gopher:quality" }}]

[[stage]]
name  = "web.distinct"
after = "web.read"
use   = "{groups}/exact.toml"

[[stage]]
name  = "shards"
after = "web.distinct"
use   = "{groups}/shards.toml"
title = "Prose"
"""
PARTS = 16
STEP = '''"""Documents as they are, later: parts that take their time, and tell where they were at work."""

import os
import time
from pathlib import Path

import polars as pl


def wait(docs: pl.DataFrame) -> pl.DataFrame:
    if docs.height:
        Path(os.environ["GATE_NOTES"], os.environ.get("SLURM_JOB_ID", "here")).touch()
        time.sleep(float(os.environ["GATE_SECONDS"]))
    return docs
'''
SLURM = """kind = "slurm"
jobs = 2
cores = 1
memory = "3GB"
walltime = "{walltime}"
logs = "{logs}"
{more}
"""
BOTH = "SLURM: 2 running; 2 workers"


def lay_out() -> None:
    """The archive, the recipe and its step."""
    pages = FOLDER / "pages"
    pages.mkdir()
    texts = small.prose()
    for number in range(3 * PARTS):
        blocks = texts[number % len(texts)].split("\n\n")[number // len(texts) :]
        body = "".join(f"<p>{escape(block)}</p>" for block in blocks)
        page = f"<html><title>{number}</title><body><main>{body}</main></body></html>"
        (pages / f"{number}.html").write_text(page)
        os.utime(pages / f"{number}.html", (small.WHEN, small.WHEN))
    for part in range(PARTS):
        chosen = [pages / f"{number}.html" for number in range(part * 3, part * 3 + 3)]
        wrap.wrap_pages(
            [(f"https://docs.example/{path.name}", path) for path in chosen], FOLDER / f"web/{part:02d}"
        )
    (FOLDER / "web.toml").write_text(RECIPE.format(folder=FOLDER, groups=ROOT / "pipelines/recipes/groups"))
    (FOLDER / "steps").mkdir()
    (FOLDER / "steps/slow.py").write_text(STEP)
    (FOLDER / "notes").mkdir()


def begin(name: str, *more: object, seconds: float = 0.0) -> runs.Process:
    """The run as a user starts it; each part takes so many seconds."""
    env = {**os.environ, "GATE_SECONDS": str(seconds), "GATE_NOTES": str(FOLDER / "notes")}
    words = ("run", FOLDER / "web.toml", FOLDER / name, "--steps", FOLDER / "steps", *more)
    return runs.begin(FOLDER / f"{name}.log", *words, env=env, preexec_fn=lambda: os.nice(10))


def write(name: str, *, walltime: str = "01:00:00", more: str = "") -> Path:
    """The file of a cluster that is SLURM."""
    path = FOLDER / f"{name}.toml"
    path.write_text(SLURM.format(walltime=walltime, logs=FOLDER / f"jobs-{name}", more=more))
    return path


def wait_for_jobs(count: int, seconds: float) -> float:
    """Until so many jobs have worked on a part."""
    notes = FOLDER / "notes"
    return slurm.wait_for(lambda: len(list(notes.iterdir())) >= count, seconds)


def wait_for_line(name: str, told: str) -> float:
    """Until a run has said something."""
    return slurm.wait_for(lambda: told in (FOLDER / f"{name}.log").read_text(), 120)


def clear_notes() -> None:
    for path in (FOLDER / "notes").iterdir():
        path.unlink()


class Case:
    """Runs whose bytes are compared with those of one machine."""

    begin, clear_notes, wait_for_jobs = (
        staticmethod(begin),
        staticmethod(clear_notes),
        staticmethod(wait_for_jobs),
    )

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        if begin("here", "--workers", 2).wait():
            raise SystemExit(f"the run on one machine did not end well; see {FOLDER}/here.log")
        self.expected = runs.digest(FOLDER / "here")

    def compare(self, name: str, going: runs.Process) -> None:
        """Wait for a run, whose files must be the same."""
        same = going.wait() == 0 and not runs.count_others(runs.digest(FOLDER / name), self.expected)
        self.figures.add(f"{name}_same_bytes", same, 1)
        self.figures.add(f"{name}_files", len(self.expected) if same else 0, 100)
        if same:
            shutil.rmtree(FOLDER / name)


def try_cancelled(case: Case) -> None:
    """A job is cancelled while both work: another one works in its place."""
    clear_notes()
    going = begin("cancelled", "--cluster", write("cancelled"), seconds=5)
    wait_for_jobs(2, 120)
    victim, log = min(slurm.list_running()), FOLDER / "cancelled.log"
    told = log.read_text().count(BOTH)
    slurm.ask("scancel", victim)
    seconds = slurm.wait_for(lambda: log.read_text().count(BOTH) > told, 120)
    case.figures.add("seconds_until_there_were_two_workers_again", round(seconds, 1), 60, most=True)
    case.figures.add("jobs_that_run_then", len(slurm.list_running() - {victim}), 2)
    case.compare("cancelled", going)


def try_walltime(case: Case) -> None:
    """Jobs of two minutes, and work for more: they leave before they are ended, and others come."""
    clear_notes()
    going = begin("walltime", "--cluster", write("walltime", walltime="00:02:00"), seconds=12)
    case.compare("walltime", going)
    log = (FOLDER / "walltime.log").read_text()
    worked = len(list((FOLDER / "notes").iterdir()))
    # Two work at once: a third one came for one that had left. On a busy machine there are more.
    case.figures.add("jobs_that_worked_one_after_another", worked, 3)
    case.figures.add("jobs_ended_by_their_walltime", log.count("TIMEOUT"), 0, most=True)
    case.figures.add("parts_lost_with_a_worker", log.count("lost its worker"), 0, most=True)


def try_killed(case: Case) -> None:
    """The driver is killed: its jobs end by themselves, and the same command goes on."""
    clear_notes()
    file = write("killed")
    going = begin("killed", "--cluster", file, seconds=5)
    wait_for_jobs(2, 120)
    going.send_signal(signal.SIGKILL)
    going.wait()
    case.figures.add(
        "seconds_until_its_jobs_ended",
        round(slurm.wait_for(lambda: not slurm.list_running(), 300), 1),
        150,
        most=True,
    )
    case.compare("killed", begin("killed", "--cluster", file))


def try_refused(case: Case) -> None:
    """What SLURM or a job cannot do is told, in seconds."""
    for name, more, told in (
        ("queue", 'queue = "none"', "invalid partition specified: none"),
        ("python", f'python = "{FOLDER}/none/python"', "No such file or directory"),
        ("bare", 'python = "/usr/bin/python3"', "No module named"),
    ):
        going = begin(name, "--cluster", write(name, more=more))
        wait_for_line(name, "asked of SLURM" if name != "queue" else told)
        seconds = wait_for_line(name, told)
        case.figures.add(f"{name}_told_after_seconds", round(seconds, 1), 20, most=True)
        case.figures.add(f"{name}_exit_code_2", going.wait(300) == 2, 1)


def try_whole(case: Case) -> None:
    """A run that nothing happens to."""
    case.compare("whole", begin("whole", "--cluster", write("whole")))


TRIED = {
    "whole": try_whole,
    "refused": try_refused,
    "cancelled": try_cancelled,
    "walltime": try_walltime,
    "killed": try_killed,
}


def main() -> None:
    figures = Figures("cluster", FOLDER)
    lay_out()
    case = Case(figures)
    asked = sections.choose([*TRIED, "address"])
    if "address" in asked:
        cluster_address.try_all(case)
    if TRIED.keys() & set(asked):
        with slurm.start(FOLDER / "daemons"):
            for name, each in TRIED.items():
                if name in asked:
                    each(case)
    figures.close()


if __name__ == "__main__":
    main()
