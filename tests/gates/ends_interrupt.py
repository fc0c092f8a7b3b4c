"""Ctrl-C at random moments of each command: for the gate `ends`, `ONLY=interrupt`.

The signal goes to the whole process group, as a terminal sends it, once or twice, at a moment drawn from
the first line of ours on to what the command takes. Each must end with 130, its own line the only one beside
what it said before, and leave no process; what follows must still be whole. SEED= draws the same again.
"""

import contextlib
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import runs
from figures import Figures
from interrupted import Ending, interrupt
from recipe_text import source, stage, step, write

TOLD = "interrupted; the same command goes on from here"
MOST = 20.0  # seconds of a command within which it is interrupted
MAKES = "make: *** ["  # make's own line on a command that failed


def make_run(folder: Path) -> tuple[Path, Path]:
    """A recipe over small files, and the folder in which it has run."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    for number in range(6):
        words = ("".join(draw.choices("abcdefgh ", k=300)) for _ in range(100))
        (folder / f"in/{number}.jsonl").write_text("".join(f'{{"text": "{text}"}}\n' for text in words))
    recipe, out = folder / "recipe.toml", folder / "out"
    read = step("ingest.jsonl:read", fields={"text": "text"})
    write(
        recipe,
        source("lines", folder / "in/*.jsonl", read, part_bytes=20_000),
        stage("kept", "lines", "filters.text:nonempty"),
        stage("distinct", "kept", use="groups/exact.toml"),
        stage("shards", "distinct", use="groups/shards.toml"),
        max_failed=None,
    )
    subprocess.run(run(recipe, out), cwd=runs.ROOT, env=environment(), check=True, capture_output=True)
    return recipe, out


def run(recipe: Path, out: Path, *more: str) -> list[str]:
    return runs.name_command("run", recipe, out, "--workers", 2, *more)


def environment() -> dict[str, str]:
    """Of a user's shell: none of the `make` in which the gate itself may run."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return {**own, "PYTHONPATH": str(runs.ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def list_commands(recipe: Path, out: Path, folder: Path) -> Iterator[tuple[str, list[str], int]]:
    """Name, command, how often: each on a run that is whole, but `run`, which begins anew."""
    anew = folder / "anew"
    make = ["make", "--no-print-directory", "-o", ".venv/.ready", "-o", ".venv/.base"]
    (folder / "list.txt").write_text("nothing-is-named-so\n")

    yield "run", run(recipe, anew), 16
    yield "make run", [*make, "run", f"RECIPE={recipe}", f"OUT={anew}"], 4
    yield "run --workers 0", [*run(recipe, anew), "--workers", "0"], 6
    yield "check", runs.name_command("check", recipe, out), 3
    for name in ("report", "verify", "status", "summary"):
        yield name, runs.name_command(name, out), 3
    yield "compare", runs.name_command("compare", "--out", folder / "compared", out, out), 3
    yield "explain", runs.name_command("explain", out, "0"), 3
    yield "trace", runs.name_command("trace", out, "1"), 2
    yield "worth", runs.name_command("worth", out, "distinct"), 3
    yield "prices", runs.name_command("prices", out), 3
    yield "tune", runs.name_command("tune", out), 2
    yield "tokenizer", runs.name_command("tokenizer", "--write", folder / "t.json", out), 3
    yield "forget", runs.name_command("forget", out, folder / "list.txt"), 3


def find_faults(ending: Ending) -> list[str]:
    """What is wrong with an ending; nothing where the command had ended before the signal came."""
    said = [line for line in ending.lines if not line.startswith(MAKES)]
    if TOLD not in said:
        ended = ending.code != 130 and not any("Traceback" in line for line in said)
        return [] if ended and not ending.left else [f"code {ending.code}", *said[-3:], *ending.left]
    faults = [] if ending.code == 130 else [f"code {ending.code}"]
    faults += [f"said behind it: {line}" for line in said[said.index(TOLD) + 1 :]]
    faults += ["a traceback"] if any("Traceback" in line for line in said) else []
    return faults + [f"left: {process}" for process in ending.left]


def judge(figures: Figures, folder: Path) -> None:
    """Interrupt each command, and run to the end what was begun."""
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    print(f"SEED={seed}", flush=True)
    draw = random.Random(seed)
    recipe, out = make_run(folder)
    taken: dict[str, float] = {}
    faulty = early = total = 0
    longest = 0.0
    for name, command, often in list_commands(recipe, out, folder):
        if name not in taken:
            begun = time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                subprocess.run(command, cwd=runs.ROOT, env=environment(), capture_output=True, timeout=MOST)
            taken[name] = time.monotonic() - begun
        for _ in range(often):
            if "anew" in " ".join(command) and draw.random() < 0.7:  # else it goes on with what is there
                shutil.rmtree(folder / "anew", ignore_errors=True)
            delay, times = draw.uniform(0, taken[name]), draw.choice((1, 1, 2))
            ending = interrupt(command, delay, times=times, cwd=runs.ROOT, env=environment())
            faults = find_faults(ending)
            total += 1
            faulty += bool(faults)
            early += TOLD not in ending.lines
            longest = max(longest, ending.seconds)
            if faults:
                print(f"{name} after {delay:.2f} s, {times} times: {'; '.join(faults)}", flush=True)
        print(f"{name}: {often} times within {taken[name]:.1f} s", flush=True)
    codes = [
        subprocess.run(command, cwd=runs.ROOT, env=environment(), capture_output=True).returncode
        for command in (
            run(recipe, folder / "anew"),
            runs.name_command("verify", out),
        )
    ]
    figures.add("interrupted", total, 50)
    figures.add("ended_before_the_signal", early, total // 3, most=True)
    figures.add("interrupted_otherwise_than_in_one_line", faulty, 0, most=True)
    figures.add("seconds_until_the_end", round(longest, 2), 6, most=True)
    figures.add("whole_afterwards", codes.count(0), 2)
