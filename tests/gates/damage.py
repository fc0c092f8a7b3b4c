"""Gate: files of a finished run that are cut, flipped, emptied or deleted are repaired or named.

`make gate NAME=damage`. The demo's recipe on a small input of its shape, finished once; then every file of it
in turn is damaged, and single bits are flipped anywhere; after each the run is begun again, half of the time
so that a late stage has to read what is damaged, and `pipelines.commands.verify` looks at what stands there.
Environment: FLIPS (300); FILES (0: all) that are damaged in turn, spread over the run.
Writes under out/gates/damage/.
"""

import hashlib
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import Figures

os.environ |= {"COLUMNS": "500", "POLARS_MAX_THREADS": "1"}

import small

import winnow.pipelines.commands.run
import winnow.pipelines.commands.verify
from winnow.pipelines.spec.toml import load

FOLDER = Path("out/gates/damage")
FLIPS = int(os.environ.get("FLIPS", "300"))
FILES = int(os.environ.get("FILES", "0"))
LATE = "sampled"  # a stage near the end, which reads documents and ledgers
HOW = ("cut", "flip", "empty", "delete")
UNTOLD = {".lock", "run.log"}


def call(main: Callable[[], None], *more: str) -> tuple[int, str]:
    """Exit code and what stood on the screen of a command in a process of its own.

    The process is a fork of this one, which has loaded all modules and done nothing: what a new one loads
    takes as long as what it does.
    """
    with tempfile.TemporaryFile() as screen:
        child = os.fork()
        if child == 0:
            os.dup2(screen.fileno(), 1)
            os.dup2(screen.fileno(), 2)
            sys.argv = ["winnow", *more]
            try:
                main()
            except SystemExit as end:
                os._exit(_flush(end.code))
            except BaseException:
                traceback.print_exc()
                os._exit(_flush(1))
            os._exit(_flush(0))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        screen.seek(0)
        return code, screen.read().decode(errors="replace")


def _flush(code: object) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def run(out: Path, *more: str) -> tuple[int, str]:
    return call(
        winnow.pipelines.commands.run.main, str(FOLDER / "small.toml"), str(out), "--workers", "0", *more
    )


def list_files(out: Path) -> list[Path]:
    return [path for path in sorted(out.rglob("*")) if path.is_file() and path.name not in UNTOLD]


def digest(out: Path) -> str:
    """Of the names and bytes of all documents, ledgers, tables and shards."""
    total = hashlib.sha256()
    for path in sorted(out.rglob("*.parquet")):
        total.update(str(path.relative_to(out)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def hurt(path: Path, how: str, drawn: random.Random) -> None:
    """Damage a file in one way; an empty file can only go."""
    data = path.read_bytes()
    if how == "delete" or not data:
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "cut":
        path.write_bytes(data[: drawn.randrange(len(data))])
    else:
        at = drawn.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << drawn.randrange(8)]) + data[at + 1 :])


def choose(out: Path, drawn: random.Random) -> Iterator[tuple[Path, str]]:
    """Every file in turn, each in one way; then single bits, files by their size."""
    files = list_files(out)
    for number, path in enumerate(files[:: max(1, len(files) // FILES)] if FILES else files):
        yield path.relative_to(out), HOW[number % len(HOW)]
    sizes = [path.stat().st_size for path in files]
    for path in drawn.choices(files, sizes, k=FLIPS):
        yield path.relative_to(out), "flip"


def judge(whole: Path, name: Path, how: str, late: bool, expected: str, drawn: random.Random) -> str:
    """What became of one damage: repaired, named, or else `silent` or `traceback`."""
    out = FOLDER / "out"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(whole, out)
    hurt(out / name, how, drawn)
    _, proved = call(winnow.pipelines.commands.verify.main, str(out))
    named = name.name in proved
    code, said = run(out, *(("--redo", LATE) if late else ()))
    left, after = call(winnow.pipelines.commands.verify.main, str(out))
    if "Traceback" in proved + said + after:
        print(f"traceback: {how} {name}\n{(proved + said + after)[-1500:]}", flush=True)
        return "traceback"
    same = digest(out) == expected
    if named and code == 0 and left == 0 and same:
        return "repaired"
    if named and (name.name in after or name.name in said or (left == 0 and same)):
        return "named"
    print(f"silent: {how} {name} late={late} run {code} verify {left} same {same} named {named}", flush=True)
    return "silent"


def main() -> None:
    figures = Figures("damage", FOLDER)
    small.lay_out((FOLDER / "data").resolve())
    (FOLDER / "small.toml").write_text(small.recipe((FOLDER / "data").resolve()))
    whole, out, drawn = FOLDER / "whole", FOLDER / "out", random.Random(13)
    load(FOLDER / "small.toml")  # and so the modules of its steps
    code, said = run(out)
    if code:
        raise SystemExit(f"the run without damage did not end well: {said[-2000:]}")
    clean, proved = call(winnow.pipelines.commands.verify.main, str(out))
    print(proved[-500:], flush=True)
    figures.add("verify_of_the_whole_run", clean, 0, most=True)
    shutil.copytree(out, whole)  # the copies are made at one place: a run remembers no path of its own
    expected, fates = digest(whole), Counter[str]()
    for number, (name, how) in enumerate(choose(whole, drawn)):
        fates[judge(whole, name, how, number // len(HOW) % 2 == 0, expected, drawn)] += 1
        if number % 50 == 0:
            print(f"  {number}: {dict(fates)}", flush=True)
    print(dict(fates), flush=True)
    figures.add("damages", fates.total(), 400)
    figures.add("silent", fates["silent"], 0, most=True)
    figures.add("tracebacks", fates["traceback"], 0, most=True)
    figures.close()


if __name__ == "__main__":
    main()
