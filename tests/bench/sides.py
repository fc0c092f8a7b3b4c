"""What benches share: sides in processes of their own, CPU-seconds, and figures beside their floors."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from figures import say_figure

OURS, PEERS = sys.executable, ".venv-bench/bin/python"
OUT = Path("out/bench").resolve()
# Freed memory stays with the process, as in our workers; for the peers, too. What Python compiles is kept,
# as by a user's shell: so is what a module's code says, which a run asks for.
KEEPING = os.environ | {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**30)}
KEEPING.pop("PYTHONDONTWRITEBYTECODE", None)
Figures = dict[str, Any]


def take(step: Callable[[], object], times: int = 1) -> float:
    """CPU-seconds of the best of so many runs in this process."""
    taken = []
    for _ in range(times):
        begun = time.process_time()
        step()
        taken.append(time.process_time() - begun)
    return max(min(taken), 1e-9)


def run(folder: Path, name: str, *command: object) -> Figures:
    """Run a side to its end; what it wrote to NAME.json in the folder, each figure printed."""
    with (folder / f"{name}.log").open("w") as log:
        subprocess.run(list(map(str, command)), check=True, stdout=log, stderr=log, env=KEEPING)
    told: Figures = json.loads((folder / f"{name}.json").read_text())
    for figure, value in told.items():
        if isinstance(value, int | float):
            print(f"{name}.{figure} {value:.3f}", flush=True)
    return told


def hold(ratios: Mapping[str, float], floors: Mapping[str, float]) -> bool:
    """Print the ratios that have a floor beside it; whether all hold."""
    said = [
        say_figure(f"ratio_{name}", ratios[name], floor) for name, floor in floors.items() if name in ratios
    ]
    return "short" not in said


def close(name: str, told: object, holds: bool = True) -> NoReturn:
    """Write what a bench found, and exit: 0 where all holds."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n")
    sys.exit(not holds)
