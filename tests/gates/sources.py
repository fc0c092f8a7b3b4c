"""Gate: every kind of source, what came of its records and what reading costs, beside the obvious other tool.

`WINNOW_DATA=... make gate NAME=sources`. Runs the gates of single sources (`sources_*.py`, `crawl.py`) one
behind the other, each in a process of its own, and prints what each prints; ONLY=code,papers names some. A
gate that cannot run (a package or peer that is not there) is short, and says why.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    names = [path.stem for path in sorted(HERE.glob("sources_*.py"))] + ["crawl"]
    if wanted := os.environ.get("ONLY"):
        names = [name for name in names if name.removeprefix("sources_") in wanted.split(",")]
    short = []
    for name in names:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, HERE / f"{name}.py"], check=False).returncode:
            short.append(name)
    sys.exit(f"short: {', '.join(short)}" if short else 0)


if __name__ == "__main__":
    main()
