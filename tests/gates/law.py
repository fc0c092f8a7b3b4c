"""Gate: all gates of law, one after another: each figure as it comes, and a table of all at the end.

`make gate NAME=law`. Licences, opt-outs (made files and signals; a crawl from its captures to the summary),
the summary of training content, take-downs, privacy. OUT is a finished run of the demo, WINNOW_DATA the
labelled data; each gate says what it needs. ONLY=privacy,optouts runs some of them. The other tools are in
out/cache/peers_law. A gate that is not there, or ends with an error, is short. Writes out/gates/law.json.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import peers_law

GATES = ("licenses", "optouts", "optouts_crawl", "summary", "forget", "privacy")
HERE = Path(__file__).parent
_FIGURE = re.compile(r"(\S+) (-?[\d.]+(?:e[+-]?\d+)?) (-?[\d.]+(?:e[+-]?\d+)?) (ok|short)")


class Ran(NamedTuple):
    """A gate that ran: its figures (name, value, floor, verdict), exit code and seconds."""

    name: str
    figures: list[tuple[str, str, str, str]]
    code: int
    seconds: float


def run(name: str, python: str) -> Ran:
    """Run a gate in a process of its own; its lines are printed as they come."""
    path = HERE / f"{name}.py"
    if not path.exists():
        print(f"there is no {path.name}", flush=True)
        return Ran(name, [], 2, 0.0)
    begun, figures = time.monotonic(), []
    roots = os.pathsep.join([str(HERE.parent.parent), str(HERE)])
    env = {**os.environ, "PYTHONPATH": roots, "PYTHONUNBUFFERED": "1"}
    env.pop("ONLY", None)  # it names gates here, sections there
    with subprocess.Popen(
        [python, "-P", path], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        for line in child.stdout or ():
            print(line, end="", flush=True)
            if match := _FIGURE.fullmatch(line.strip()):
                figures.append((match[1], match[2], match[3], match[4]))
    return Ran(name, figures, child.returncode, time.monotonic() - begun)


def tell(ran: list[Ran]) -> str:
    """A table of all figures, and a line for each gate."""
    rows = [("gate", "figure", "value", "floor", "")]
    for each in ran:
        rows += [(each.name, *figure) for figure in each.figures]
        verdict = "ok" if each.code == 0 else "short"
        rows.append((each.name, f"exit code {each.code}, {each.seconds:.0f} s", "", "", verdict))
    widths = [max(len(row[at]) for row in rows) for at in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> int:
    try:
        python = str(peers_law.install())
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no other tools: {error}", flush=True)
        python = sys.executable
    ran = []
    for name in (os.environ.get("ONLY") or ",".join(GATES)).split(","):
        print(f"\n== {name}", flush=True)
        ran.append(run(name, python))
    print(f"\n{tell(ran)}")
    short = [each.name for each in ran if each.code]
    print(f"\nshort: {', '.join(short) or 'none'}")
    path = Path("out/gates/law.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([each._asdict() for each in ran], indent=1) + "\n")
    return int(bool(short))


if __name__ == "__main__":
    sys.exit(main())
