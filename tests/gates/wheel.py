"""Gate: what `pip wheel` makes of this checkout runs as the checkout does, where nothing may be written.

`make gate NAME=wheel`. The wheel is built by pip, which fetches what builds it, and installed beside the
base's packages alone into an environment whose files are read-only, for a root as for others. Each shipped
recipe is checked there: it passes, or names its extra. `mine.toml` runs from the checkout and from the wheel
in one folder in turn: the same bytes, the same code of every step by its digests, no file beside the modules.
Then a module of the wheel is edited: the next run tells of other code.
Writes under out/gates/wheel/. Linux: it lays down a capability of root.
"""

import ctypes
import json
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

import base_only  # noqa: E402
from figures import Figures  # noqa: E402
from frozen import Digests, digest, make_mine  # noqa: E402

from winnow.pipelines.engine.disk.storage import read_json  # noqa: E402

FOLDER = Path("out/gates/wheel").resolve()
DROP, OVERRIDE = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE: with it root writes what is read-only
RUN = ("winnow", "run", "--workers=0", "--", "mine.toml", "out")
NAMED = re.compile(r'is not installed: .* -m pip install "winnow-data\[\w+\]"')
EDITED = ("filters/gopher.py", "min_words: NonNegativeInt = 50", "min_words: NonNegativeInt = 49")


def build() -> Path:
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        f"--wheel-dir={FOLDER}",
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    (wheel,) = FOLDER.glob("*.whl")
    return wheel


def install(wheel: Path) -> Path:
    """An environment with the wheel, and behind it the base's packages of this one; its Python."""
    venv.create(FOLDER / "env", with_pip=True)
    python = FOLDER / "env/bin/python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    (find_site() / "others.pth").write_text(f"{base_only.lay_out(FOLDER / 'base')}\n")
    return python


def find_site() -> Path:
    (site,) = (FOLDER / "env/lib").glob("python*/site-packages")
    return site


def set_writable(writable: bool) -> None:
    for path in [find_site(), *find_site().rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200 if writable else path.stat().st_mode & ~0o222)


def run(python: str | Path, command: tuple[str, ...] = RUN, **environment: str) -> tuple[int, str]:
    """How a run of mine.toml into `out`, or another command, ends, and what it says."""

    def enter() -> None:
        ctypes.CDLL(None).prctl(DROP, OVERRIDE, 0, 0, 0)

    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(python), "-m", *command],
        env={**clean, "HOME": str(FOLDER / "home"), **environment},
        preexec_fn=enter,
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER / "work",
    )
    return done.returncode, done.stdout + done.stderr


def check_recipes(python: Path) -> tuple[int, list[str]]:
    """How many of the shipped recipes need the base alone, and what else is said that names no extra."""
    told = {
        path.name: run(python, ("winnow", "check", "--print", str(path), "out"))
        for path in sorted((find_site() / "winnow/pipelines/recipes").glob("*.toml"))
    }
    for name, (code, said) in told.items():
        named = re.search(r"winnow-data\[\w+\]", said)
        print(
            f"  {name:24}{(named[0] if named else said.strip()) if code else 'the base is enough'}",
            flush=True,
        )
    other = [name for name, (code, said) in told.items() if code and not NAMED.search(said)]
    return sum(code == 0 for code, _ in told.values()), other


def read_code(out: Path) -> Digests:
    """The code of each step but its libraries, of which the base has fewer, by stage and address."""
    found = {}
    for path in sorted(out.glob("*/stage.json")):
        found |= {
            f"{path.parent.name} {use}": json.dumps([code["modules"], code["tables"]])
            for use, code in read_json(path)["code"].items()
        }
    return found


def count_others(one: Digests, other: Digests) -> int:
    return sum(one.get(name) != other.get(name) for name in {**one, **other})


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    work = FOLDER / "work"
    work.mkdir(parents=True)
    os.chdir(work)
    make_mine()
    figures = Figures("wheel")
    wheel = build()
    names = zipfile.ZipFile(wheel).namelist()
    figures.add("files_that_are_tests", sum("test" in Path(name).parts[:2] for name in names), 0, most=True)
    figures.add("MB", wheel.stat().st_size / 1e6, 12, most=True)
    python = install(wheel)
    code, told = run(sys.executable, PYTHONPATH=str(ROOT))
    assert code == 0, told
    here, steps = digest(work / "out"), read_code(work / "out")
    (work / "out").rename(work / "checkout")
    enough, other = check_recipes(python)
    figures.add("recipes_that_need_the_base_alone", enough, 10)
    figures.add("recipes_refused_for_something_else", len(other), 0, most=True)
    figures.add("doctor_ends_with", run(python, ("winnow.pipelines.commands.doctor",))[0], 0, most=True)
    set_writable(False)
    before = sorted(find_site().rglob("*"))
    code, told = run(python)
    assert code == 0, told
    figures.add("stages", len(here), 4)
    figures.add("stages_with_other_bytes", count_others(here, digest(work / "out")), 0, most=True)
    figures.add("steps_with_other_code", count_others(steps, read_code(work / "out")), 0, most=True)
    figures.add("files_written_beside_modules", len(set(find_site().rglob("*")) - {*before}), 0, most=True)
    set_writable(True)
    name, old, new = EDITED
    source = find_site() / "winnow" / name
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new))
    code, told = run(python)
    figures.add("edit_is_told", bool(re.search(r"module filters\.gopher: was \w+, is \w+", told)), 1)
    figures.close()


if __name__ == "__main__":
    main()
