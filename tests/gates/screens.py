"""Gate: what a person sees of a run. `make gate NAME=screens`.

A run in terminals of 80 and of 160 columns, with errors in it that would steer them: no line is wider, and elapsed,
share, time left, counts and reasons stand in what was drawn. Then a run in a pipe with no compiled loop on disk: no
half minute without a line, and that loops are compiled is said. `status` and the report of that run are asked for
while it goes, after it was killed and when it is done. A dashboard at a port. Last what commands say
at their end and in a pipe (`screens_told.py`). SCREENS=told: a part alone.
Recordings, and all that was printed, are in out/gates/screens/.
"""

# ruff: noqa: E501 - a table of commands

import itertools
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import runs
import screens_told
from figures import Figures

FOLDER = Path("out/gates/screens").resolve()
TOY = runs.ROOT / "tests/pipelines"
MAKES = ("COLUMNS", "MAKELEVEL", "MAKEFLAGS", "MFLAGS")  # a gate that make runs is none of make's children
ENV = {name: value for name, value in os.environ.items() if name not in MAKES}
ENV |= {"PYTHONPATH": str(runs.ROOT), "TERM": "xterm"}
HERE = {"cwd": runs.ROOT, "env": ENV}
STEPS_OF_OURS = ("--steps", FOLDER / "steps")
QUIET_SECONDS = 30.0
SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
STEPS = """import polars as pl

def picky(docs: pl.DataFrame, *, seconds: float = 0.0) -> pl.DataFrame:
    \"\"\"Cannot take what says bad.\"\"\"
    import time
    time.sleep(seconds if len(docs) == 100 else 0)
    if docs["text"].str.contains("bad").any():
        raise ValueError("no \\x1b[2J\\u202e way with 'this text' of 17 words, whatever is tried")
    return docs
"""


SLOW = '{ use = "mine:picky", seconds = 0.6 }'


def write_recipe(name: str, steps: str, source: str = "*.txt") -> Path:
    """A recipe over files of lines, one of them in a hundred bad."""
    folder = FOLDER / "in"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(6):
        lines = (f"a line of some words {n}" if n % 100 else "a bad line" for n in range(300))
        (folder / f"{number}.txt").write_text("\n".join(lines))
    (FOLDER / "steps").mkdir(exist_ok=True)
    (FOLDER / "steps/mine.py").write_text(STEPS)
    shutil.copy(TOY / "toy.py", FOLDER / "steps/toy.py")
    path = FOLDER / f"{name}.toml"
    path.write_text(
        f'name = "screens"\nmax_failed = 0.5\n[[source]]\nname = "lines"\npart_bytes = 1\nuris = ["{folder}/{source}"]\n'
        f'read = {{ use = "toy:read", batch = 100 }}\n[[stage]]\nname = "lines.judged.by.picky.steps"\nafter = "lines"\nsteps = [ {steps} ]\n'
        '[[stage]]\nname = "last"\nafter = "lines.judged.by.picky.steps"\nsteps = [ { use = "toy:short" } ]\n'
    )
    return path


def record(width: int, *words: object) -> tuple[int, str]:
    """The exit code of a command in a terminal of this width, and all that it sent there."""
    code, told = runs.record(width, *words, **HERE)
    (FOLDER / f"terminal-{width}.log").write_bytes(told)
    return code, told.decode("utf-8", "replace")


def judge_terminals(figures: Figures) -> None:
    """What a terminal shows."""
    path = write_recipe("slow", SLOW)
    for width in (80, 160):
        out = FOLDER / f"out-{width}"
        code, told = record(width, "run", path, out, *STEPS_OF_OURS, "--workers", 2)
        bare = SEQUENCE.sub("", told).replace("\r\n", "\n").replace("\r", "\n")
        words = " ".join(bare.split())
        seen = {
            "elapsed": r"\d+ s elapsed",
            "share and time left": r"\d+% of all done, about \d+ s left",
            "stages": r"[01] of 2 stages done",
            "parts": r"[1-5]/6 lines\.judged\.by\.picky\.steps: ",
            "what runs": r"part-0000\d has run \d+ s",
            "failed": r"\d+ failed",
            "reason": r"\d+ mine:picky: ValueError: no \\x1b\[…?J?",
            "a stage that is done": r"last: 6 parts, 1,782 documents, 100.0% kept",
        }  # fmt: skip
        missing = [what for what, pattern in seen.items() if not re.search(pattern, words)]
        widest = max(len(line) for line in bare.split("\n"))
        print(
            f"{width} columns: exit code {code}, widest line {widest}, not seen: {missing or 'nothing'}",
            flush=True,
        )
        figures.add(f"widest_line_at_{width}", widest, width, most=True)
        figures.add(f"not_seen_at_{width}", len(missing) + bool(code), 0, most=True)
        figures.add(f"steering_at_{width}", len(STEERING.findall(bare)), 0, most=True)


def ask(name: str, out: Path) -> str:
    """What a command says of a run."""
    return runs.ask(name, out, **HERE, timeout=300)[1]


def judge_pipe(figures: Figures) -> None:
    """A run in a pipe, its loops not compiled: gaps between lines; its status and report meanwhile."""
    path = write_recipe("cold", '{ use = "mine:picky", seconds = 0.2 }, { use = "filters.gopher:quality" }')
    out, cache = FOLDER / "out-cold", FOLDER / "numba"
    command = runs.name_command("run", path, out, *STEPS_OF_OURS, "--workers", 1)
    env = {**ENV, "NUMBA_CACHE_DIR": str(cache)}
    said: list[tuple[float, str]] = []
    statuses: dict[str, str] = {}
    begun = time.monotonic()
    for when in ("under way", "ended"):
        going = subprocess.Popen(
            command, cwd=runs.ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert going.stdout
        said.append((time.monotonic() - begun, f"({shlex.join(command[1:3])})"))
        for line in going.stdout:
            said.append((time.monotonic() - begun, line.rstrip("\n")))
            if (when == "under way" and "1/6 parts" in line) or (
                when == "under way" and "has run" in line and "compiling" in line
            ):
                statuses[when] = ask("status", out)
                statuses["page"] = ask("report", out) + (out / "report.html").read_text()
                going.send_signal(signal.SIGKILL)
        going.wait()
        statuses["stopped" if when == "under way" else when] = ask("status", out)
    log = "\n".join(f"{at:7.1f} {line}" for at, line in said)
    (FOLDER / "pipe.log").write_text(log)
    (FOLDER / "status.log").write_text(
        "\n\n".join(f"{when}:\n{told}" for when, told in statuses.items() if when != "page")
    )
    print(log, *(told for when, told in statuses.items() if when != "page"), sep="\n", flush=True)
    gap = max(later - sooner for (sooner, _), (later, _) in itertools.pairwise(said))
    figures.add("longest_silence_in_seconds", round(gap, 1), QUIET_SECONDS, most=True)
    figures.add("says_that_it_compiles", int("compiling loops, once, about" in log), 1)
    held = [
        "the run is under way" in statuses["under way"] and "begun" in statuses["under way"],
        "the run stopped before its end" in statuses["stopped"],
        "the run has ended: 2 of 2" in statuses["ended"] and "mine:picky: ValueError" in statuses["ended"],
        "This run is not finished" in statuses["page"],
        "This run is not finished" not in (out / "report.html").read_text(),
        len(re.findall(r"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d ", (out / "run.log").read_text()))
        > 10,
    ]
    figures.add("states_told", sum(held), len(held))


def find_port() -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def judge_dashboard(figures: Figures) -> None:
    """A dashboard at a port of one's own, and a port that is taken."""
    path, port = write_recipe("slow", SLOW), find_port()
    words = (*STEPS_OF_OURS, "--workers", 1, "--dashboard", port)
    command = runs.name_command("run", path, FOLDER / "out-port", *words)
    going = subprocess.Popen(command, **HERE, stdout=subprocess.PIPE, text=True)
    assert going.stdout
    next(line for line in going.stdout if f"127.0.0.1:{port}" in line)
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=60).read()
    again, told = runs.ask("run", path, FOLDER / "out-taken", *words, **HERE)
    going.communicate()
    print(f"dashboard of {len(page)} bytes at port {port}; a second run there: {again} {told.strip()}")
    well = b"Bokeh" in page and again == 2 and "--dashboard" in told
    figures.add("dashboard_at_its_port", int(well), 1)


def main() -> None:
    figures = Figures("screens", FOLDER)
    only = os.environ.get("SCREENS", "terminals pipe dashboard told")  # some alone
    for name, judge in (("terminals", judge_terminals), ("pipe", judge_pipe), ("dashboard", judge_dashboard)):  # fmt: skip
        if name in only:
            judge(figures)
    if "told" in only:
        screens_told.judge(figures, FOLDER / "told", record)
    figures.close()


if __name__ == "__main__":
    main()
