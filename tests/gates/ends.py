"""Gate: every way to end has its code, and says in a line what to do. `make gate NAME=ends`.

Each way of docs/running.md is gone, as a user would (`ends_refused.py`, `ends_stopped.py`), and the code
compared with the table there. The line must name what it is about and must not be a traceback. A row is
printed for each: way, code, line. A full disk is a file system of 300 kB, a folder that nobody may write to a
file system that is mounted so; where mounting is not allowed these are left out, and said. WAYS= goes those
alone whose name matches it.

Then 400 recipes with mistakes in them (`mutants.py`), drawn from a seed that is printed (SEED= repeats it),
are checked, one in 40 by the command line: each ends with 0 or 2 and a line that names file and line. Last,
Ctrl-C at random moments of each command (`ends_interrupt.py`). ONLY=mutated, ways or interrupt: a part alone.
Writes under out/gates/ends/.
"""

import json
import os
import re
import shutil
import time

import ends_interrupt
import ends_refused
import ends_stopped
import mutants
import runs
import sections
from click.testing import CliRunner
from ends_made import FOLDER, Ending, Ways, go
from figures import Figures

from winnow.pipelines.commands import check


def list_ways() -> Ways:
    """All of them."""
    tables = (
        ends_refused.list_recipes,
        ends_refused.list_commands,
        ends_refused.list_settings,
        ends_refused.list_files,
        ends_stopped.list_runs,
        ends_stopped.list_looks,
        ends_stopped.list_mounted,
    )
    return {name: way for table in tables for name, way in table().items()}


def check_mutated(figures: Figures, count: int = 400) -> None:
    seed = int(os.environ.get("SEED") or time.time_ns() % 2**32)
    print(f"recipes with mistakes in them, SEED={seed}", flush=True)
    shipped = sorted((runs.ROOT / "pipelines/recipes").rglob("*.toml"))
    codes, short = {0: 0, 2: 0}, 0
    for number, (what, path) in enumerate(mutants.make(FOLDER / "mutated", shipped, seed)):
        if number == count:
            break
        command = [str(path), str(path.parent / "out")]
        if number % 40:
            ended = CliRunner().invoke(check.main, command)
            fault = ended.exception if not isinstance(ended.exception, (SystemExit, type(None))) else None
            code, told = ended.exit_code, ended.output + ("Traceback" if fault else "")
        else:
            code, told = go(path, command="check")
        codes[code] = codes.get(code, 0) + 1
        if wrong := mutants.judge(code, told):
            short += 1
            print(f"{number:4} {what}: {told.strip()[-200:]}   WRONG: {wrong}", flush=True)
            shutil.copytree(path.parent, FOLDER / f"mutated-{number}", dirs_exist_ok=True)
    print(f"ended with {codes}")
    figures.add("recipes_with_mistakes", sum(codes.values()), count)
    figures.add("mistakes_that_end_otherwise", short, 0, most=True)


def judge(wanted: int, names: str, ending: Ending) -> str:
    """What is wrong with an ending; nothing where all is well."""
    code, told = ending
    wrong = [] if code == wanted else [f"code {code}, the docs say {wanted}"]
    wrong += ["a traceback"] if "Traceback" in told else []
    wrong += [f"no word of {names!r}"] if names not in told else []
    return "; ".join(wrong)


def judge_ways(figures: Figures) -> None:
    """Go each way, and compare."""
    rows, short = [], 0
    for name, (wanted, names, way) in list_ways().items():
        if not re.search(os.environ.get("WAYS", ""), name):
            continue
        code, told = way()
        ending = code if code >= 0 else 128 - code, told  # as a shell says it
        wrong = judge(wanted, names, ending)
        lines = [line for line in ending[1].strip().splitlines() if line.strip()] or [""]
        rows.append({"way": name, "code": ending[0], "line": lines[-1], "wrong": wrong})
        short += bool(wrong)
        said = lines[-1].replace(str(FOLDER), "")[:160]
        print(f"{name:34} {ending[0]:4}  {said}{wrong and '   WRONG: ' + wrong}", flush=True)
    (FOLDER / "ends.json").write_text(json.dumps(rows, indent=1))
    figures.add("ways", len(rows), 100)
    figures.add("ways_that_end_otherwise", short, 0, most=True)


def main() -> None:
    only = sections.choose(("mutated", "ways", "interrupt"))
    figures = Figures("ends", FOLDER)
    if "mutated" in only:
        check_mutated(figures)
    if "ways" in only:
        judge_ways(figures)
    if "interrupt" in only:
        ends_interrupt.judge(figures, FOLDER / "interrupt")
    figures.close()


if __name__ == "__main__":
    main()
