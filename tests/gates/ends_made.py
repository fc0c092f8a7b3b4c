"""What the ways of the gate `ends` are gone with: recipes over small files, commands as a user gives them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import runs

FOLDER = Path("out/gates/ends").resolve()
TOY = runs.ROOT / "tests/pipelines"
KEPT = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "toy:short" } ]\n'
STEP = '[[stage]]\nname = "next"\nafter = "kept"\nsteps = [ { use = %s } ]\n'
GROUP = '[[stage]]\nname = "next"\nafter = "kept"\nuse = "groups/%s.toml"\n'
WEB = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "filters.text:nonempty" } ]\n'
Ending = tuple[int, str]
Ways = dict[str, tuple[int, str, Callable[[], Ending]]]
"""Each way to end: the code that the docs say, what the output must name, how it is gone."""


def make(
    name: str, stages: str = KEPT, *, head: str = "max_failed = 1.0", text: str = "one two\nthree\nFAIL\n"
) -> Path:
    """A folder with a file of lines and a recipe over it."""
    folder = FOLDER / name
    (folder / "in").mkdir(parents=True, exist_ok=True)
    (folder / "in/a.txt").write_text(text)
    path = folder / "recipe.toml"
    path.write_text(
        f'name = "ends"\n{head}\n[[source]]\nname = "lines"\nuris = ["{folder}/in/*.txt"]\n'
        f'read = {{ use = "toy:read" }}\n{stages}'
    )
    return path


def begin(command: list[str], log: Path, before: str = "") -> runs.Process:
    """A command as a user starts it, its output in a file; `before` is said to the shell first."""
    env = {**os.environ, "PYTHONPATH": f"{runs.ROOT}{os.pathsep}{TOY}"}
    whole = ["bash", "-c", f'{before}exec "$0" "$@"', sys.executable, *command]
    with log.open("wb") as handle:
        return subprocess.Popen(whole, cwd=runs.ROOT, stdout=handle, stderr=handle, env=env)


def go(
    path: Path, *more: str, out: Path | None = None, command: str = "run", before: str = "", script: str = ""
) -> Ending:
    """Exit code and output of a run, or of a command on its folder."""
    words = ["-c", script] if script else ["-m", "winnow", command]
    words += [str(path)] * (command in ("run", "check")) + [str(out or path.parent / "out")]
    words += ["--workers", "0"] * (command == "run") + ["--steps", str(TOY)] * (command in ("run", "check"))
    log = path.parent / "log"
    code = begin([*words, *more], log, before).wait(timeout=200)
    return code, log.read_text(errors="replace")


def finished(name: str, stages: str = KEPT) -> Path:
    path = make(name, stages)
    code, told = go(path)
    assert code == 0, told
    return path


def change(path: Path, old: str, new: str) -> Path:
    """A recipe with something else in it."""
    path.write_text(path.read_text().replace(old, new), errors="surrogateescape")
    return path


def of_lines(name: str, text: str = '{"text": "a line"}\n') -> Path:
    """A recipe over JSON lines."""
    return change(make(name, WEB, text=text), '"toy:read"', '"ingest.jsonl:read"')


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """A file system of its own at a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def may_mount() -> bool:
    try:
        with mounted(FOLDER / "try", "-t", "tmpfs", "tmpfs"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


def interrupted(name: str, times: int = 1, *, kind: int = signal.SIGINT, workers: str = "0") -> Ending:
    path = make(name, KEPT.replace('"toy:short"', '"toy:shout", seconds = 60.0'))
    words = ("run", path, path.parent / "out", "--workers", workers, "--steps", TOY)
    log = path.parent / "log"
    going = begin(runs.name_command(*words)[1:], log, "trap - INT; ")
    while not (path.parent / "out/kept/stage.json").exists() and going.poll() is None:
        time.sleep(0.1)
    time.sleep(3)
    for _ in range(times):
        going.send_signal(kind)
        time.sleep(0.3)
    return going.wait(timeout=100), log.read_text()


def damage(name: str, file: str, data: bytes | None, **more: str) -> Ending:
    """A finished run, a file of it damaged or gone; then the same command, or a module on its folder."""
    path = finished(name)
    if data is None:
        (path.parent / "out" / file).unlink()
    else:
        (path.parent / "out" / file).write_bytes(data)
    return go(path, **more)


def lay(name: str, file: str, data: bytes) -> Path:
    """A file beside the recipe that will be of this name."""
    path = FOLDER / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
