"""Gate: every way to end has its code, and says in a line what to do. `make gate NAME=ends`.

Each way of docs/running.md is gone, as a user would, and the code compared with the table there. The line
must name what it is about and must not be a traceback. A row is printed for each: way, code, line. A full disk is a
file system of 1 MB, a folder that nobody may write to a file system that is mounted so; where mounting is not
allowed these are left out, and said.

Then 400 recipes with mistakes in them (`mutants.py`), drawn from a seed that is printed (SEED= repeats it), are checked, one
in 40 by the command line: each ends with 0 or 2 and a line that names file and line. ONLY=mutated, ways or interrupt: a part alone.
Writes under out/gates/ends/.
"""

# ruff: noqa: E501 - a table of ways

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from figures import Figures

sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "pipelines"))

import doors
import ends_interrupt
import mutants
import polars as pl
from click.testing import CliRunner
from entered import enter
from leaks import draw

from pipelines import run

FOLDER = Path("out/gates/ends").resolve()
ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests/pipelines"
KEPT = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "toy:short" } ]\n'
STEP = '[[stage]]\nname = "next"\nafter = "kept"\nsteps = [ { use = %s } ]\n'
FAULT = (
    "from pipelines import schedule, run\nschedule.Run._finish = lambda *_, **__: {}['nothing']\nrun.main()\n"
)
SOON = "from pipelines import schedule, run\nfrom pipelines.work import clock\nclock.CALL_SECONDS, schedule.MAX_LOSSES = 8, 1\nrun.main()\n"  # as it is, but a minute earlier
LARGE = "".join(f"{random.Random(n).randbytes(25_000).hex()} {n}\n" for n in range(40))  # nothing packs it
Ending = tuple[int, str]


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


def begin(command: list[str], log: Path, before: str = "") -> subprocess.Popen[bytes]:
    """A command as a user starts it, its output in a file; `before` is said to the shell first."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TOY}"}
    whole = ["bash", "-c", f'{before}exec "$0" "$@"', sys.executable, *command]
    with log.open("wb") as handle:
        return subprocess.Popen(whole, cwd=ROOT, stdout=handle, stderr=handle, env=env)


def go(
    path: Path,
    *more: str,
    out: Path | None = None,
    module: str = "pipelines.run",
    before: str = "",
    script: str = "",
) -> Ending:
    """Exit code and output of a run, or of a module on its folder."""
    out = out or path.parent / "out"
    command = ["-c", script] if script else ["-m", module]
    command += (
        [str(path), str(out), "--workers", "0", "--steps", str(TOY)]
        if module == "pipelines.run"
        else [str(out)]
    )
    log = path.parent / "log"
    code = begin([*command, *more], log, before).wait(timeout=200)
    return code, log.read_text(errors="replace")


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


def full_disk() -> Ending:
    path = make("full", text=LARGE)
    out = path.parent / "out"
    with mounted(out, "-t", "tmpfs", "-o", "size=300k", "tmpfs"):
        return go(path)


def read_only() -> Ending:
    path = make("read-only")
    out = path.parent / "out"
    with mounted(out, "-t", "tmpfs", "-o", "ro", "tmpfs"):
        return go(path)


def read_only_report() -> Ending:
    path = finished("read-only-report")
    with mounted(path.parent / "out", "--bind", "-o", "ro", str(path.parent / "out")):
        return go(path, module="pipelines.report.page")


def finished(name: str, stages: str = KEPT) -> Path:
    path = make(name, stages)
    code, told = go(path)
    assert code == 0, told
    return path


def change(path: Path, old: str, new: str) -> Path:
    """A recipe with something else in it."""
    path.write_text(path.read_text().replace(old, new), errors="surrogateescape")
    return path


def with_damage(name: str, file: str, data: bytes | None, **more: str) -> Ending:
    path = finished(name)
    if data is None:
        (path.parent / "out" / file).unlink()
    else:
        (path.parent / "out" / file).write_bytes(data)
    return go(path, **more)


WEB = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "filters.text:nonempty" } ]\n'


def of_web(name: str, address: str) -> Path:
    """A recipe over JSON lines of a server."""
    path = change(make(name, WEB, head=""), '"toy:read"', '"ingest.jsonl:read"')
    return change(path, f"{path.parent}/in/*.txt", address)


def of_lines(name: str) -> Path:
    """A recipe over JSON lines."""
    return change(make(name, WEB, text='{"text": "a line"}\n'), '"toy:read"', '"ingest.jsonl:read"')


def hung_up(then: str = "cut") -> Ending:
    """A server that hangs up in the middle of a file, and the same command when it does so no more."""
    with doors.opened({"a.jsonl": b'{"text": "a line"}\n' * 100}, draw(1)) as server:
        path = of_web(f"web-{then}", f"http://{server.host}/cut/a.jsonl")
        ending = go(path)
        if then == "cut":
            return ending
        server.cuts = False
        return go(path)


def sums() -> Ending:
    path = finished("sums")
    file = next((path.parent / "out/kept").glob("part-*.parquet"))
    pl.read_parquet(file)[:-1].write_parquet(file)
    enter(file)  # as if the run had written it so
    return go(path)


def interrupted(name: str, times: int = 1, *, kind: int = signal.SIGINT, workers: str = "0") -> Ending:
    path = make(name, KEPT.replace('"toy:short"', '"toy:shout", seconds = 60.0'))
    command = [
        "-m",
        "pipelines.run",
        str(path),
        str(path.parent / "out"),
        "--workers",
        workers,
        "--steps",
        str(TOY),
    ]
    log = path.parent / "log"
    going = begin(command, log, "trap - INT; ")
    while not (path.parent / "out/kept/stage.json").exists() and going.poll() is None:
        time.sleep(0.1)
    time.sleep(3)
    for _ in range(times):
        going.send_signal(kind)
        time.sleep(0.3)
    return going.wait(timeout=100), log.read_text()


def again(name: str) -> Ending:
    """After Ctrl-C the same command."""
    path = FOLDER / name / "recipe.toml"
    path.write_text(path.read_text().replace('"toy:shout", seconds = 60.0', '"toy:short"'))
    return go(path, "--redo", "kept")


def locked() -> Ending:
    path = make("locked")
    (path.parent / "out").mkdir()
    holder = subprocess.Popen(["flock", str(path.parent / "out/.lock"), "sleep", "30"])
    time.sleep(1)
    try:
        return go(path)
    finally:
        holder.kill()


def with_file(name: str, use: str, setting: str, file: str, data: bytes, more: str = "") -> Ending:
    """A step whose setting names a file that is of no use."""
    path = FOLDER / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return go(make(name, KEPT + STEP % f'"{use}", {setting} = "{path}"{more}'))


def folder_of(name: str, file: str, data: bytes) -> str:
    path = FOLDER / name / "made"
    path.mkdir(parents=True, exist_ok=True)
    (path / file).write_bytes(data)
    return str(path)


def ways() -> dict[str, tuple[int, str, Callable[[], Ending]]]:
    """Each way to end: the code that the docs say, what the output must name, how it is gone."""
    no = b"{ this is no"
    found: dict[str, tuple[int, str, Callable[[], Ending]]] = {
        "done": (0, "every stage adds up", lambda: go(make("done"))),
        "done, in a log of a full terminal": (0, "report.html", lambda: go(make("done2"), before="export COLUMNS=20; ")),
        "more failed than max_failed": (1, "max_failed = 1.00%", lambda: go(make("failed", head=""))),
        "a recipe that is not there": (2, "none.toml", lambda: go(make("none").with_name("none.toml"))),
        "a recipe that is a folder": (2, "recipes", lambda: go(Path(shutil.copytree(ROOT / "pipelines/recipes", FOLDER / "recipes/recipes")))),
        "a recipe in another encoding": (2, "recipe.toml", lambda: go(change(make("encoding"), "ends", "\udcff\udcfe"))),
        "no such step": (2, "recipe.toml:", lambda: go(make("step", KEPT.replace("short", "long")))),
        "no such setting": (2, "recipe.toml:", lambda: go(make("setting", KEPT.replace('"toy:short"', '"toy:short", no = 1')))),
        "no such language": (2, "there is no language 'english': write 'en'", lambda: go(make("language", KEPT.replace('"toy:short"', '"classifiers.language:keep", languages = ["english"]')))),
        "no such option": (2, "--no-such", lambda: go(make("option"), "--no-such")),
        "no such stage to redo": (2, "--redo", lambda: go(make("redo"), "--redo", "none")),
        "memory that is none": (2, "--memory", lambda: go(make("memory"), "--memory", "much")),
        "memory that is too little": (2, "500 MB at least", lambda: go(make("memory2"), "--memory", "50MB")),
        "a field that no record has": (2, "there are: text", lambda: go(change(of_lines("field"), "jsonl:read\"", "jsonl:read\", fields = { text = \"body\" }"))),
        "and gone on with when it is named": (0, "every stage adds up", lambda: go(change(FOLDER / "field/recipe.toml", "body", "text"))),
        "nothing is kept of a source": (5, "may_be_empty", lambda: go(make("nothing", text="one\n"))),
        "and again": (5, "may_be_empty", lambda: go(FOLDER / "nothing/recipe.toml")),
        "and where that may be": (0, "every stage adds up", lambda: go(change(FOLDER / "nothing/recipe.toml", "[[stage]]", "[[stage]]\nmay_be_empty = true"))),
        "no scheduler": (2, "--scheduler", lambda: go(make("scheduler"), "--scheduler", "tcp://127.0.0.1:9")),
        "input missing, by pattern": (2, "matches no file", lambda: go(change(make("missing"), "*.txt", "*.none"))),
        "input missing, by name": (2, "recipe.toml:5: source 'lines'", lambda: go(change(make("named"), "*.txt", "b.txt"))),
        "a server that hangs up": (2, "run again", hung_up),
        "and gone on with when it does not": (0, "every stage adds up", lambda: hung_up("mended")),
        "a server that is not there": (2, "run again", lambda: go(of_web("nobody", "http://127.0.0.1:9/a.jsonl?part=1"))),
        "another recipe's folder": (2, "folder of its own", lambda: go(change(finished("other"), '"ends"', '"other"'))),
        "other settings": (2, "--redo kept", lambda: go(change(finished("otherwise"), '"toy:short"', '"toy:short", min_words = 3'))),
        "OUT is a file": (2, "recipe.toml", lambda: go(make("file"), out=FOLDER / "file/recipe.toml")),
        "OUT is in a file": (2, "recipe.toml", lambda: go(make("infile"), out=FOLDER / "infile/recipe.toml/out")),
        "OUT is taken by another run": (2, "another run is under way", locked),
        "a corpus step that fails": (2, "stage all", lambda: go(make("corpus", KEPT + '[[stage]]\nname = "all"\nafter = "kept"\nsteps = [ { use = "toy:broken" } ]\n'))),
        "a step that breaks its word": (2, "toy:lose", lambda: go(make("word", KEPT.replace("short", "lose")))),
        "a package that is not there": (2, "make extras", lambda: go(make("package", KEPT.replace("short", "lacking_some")))),
        "a file too large for the system": (2, "run again", lambda: go(make("fsize", text=LARGE), before="ulimit -f 100; ")),
        "a fault of ours": (70, "error.txt", lambda: go(make("fault"), script=FAULT)),
        "sums that do not hold": (70, "these sums do not hold", sums),
        "interrupted": (130, "the same command goes on", lambda: interrupted("int")),
        "and gone on with": (0, "every stage adds up", lambda: again("int")),
        "interrupted with workers": (130, "the same command goes on", lambda: interrupted("int2", workers="1")),
        "interrupted twice": (130, "the same command goes on", lambda: interrupted("int3", 2)),
        "terminated": (143, "", lambda: interrupted("term", kind=signal.SIGTERM)),
        "workers are lost again and again": (3, "lost 1 workers", lambda: go(make("lost", KEPT.replace("short", "shout"), text="killer\n"), "--workers", "1", script=SOON)),
        "a batch over its budget": (152, "", lambda: go(make("spin", KEPT.replace("short", "spin"), text="spin\n"), script=SOON)),
        "and gone on with in a child": (0, "every stage adds up", lambda: go(FOLDER / "spin/recipe.toml", script=SOON)),
        "verify of a whole run": (0, "0 damaged", lambda: go(finished("verify"), module="pipelines.verify")),
        "verify of no run": (2, "run.json", lambda: go(make("norun"), module="pipelines.verify", out=make("norun").parent)),
        "verify of a damaged run": (4, "part-00000.parquet", lambda: with_damage("hurt", "kept/part-00000.parquet", no, module="pipelines.verify")),
        "report of no run": (2, "run.json", lambda: go(make("norun2"), module="pipelines.report.page", out=make("norun2").parent)),
        "report of a damaged run": (4, "stage.json", lambda: with_damage("hurt2", "kept/stage.json", no, module="pipelines.report.page")),
        "explain of no such id": (2, "knows no document", lambda: go(finished("explain"), "0000", module="pipelines.report.explain")),
        "a receipt is damaged": (0, "receipts", lambda: with_damage("receipt", "kept/receipts/part-00000.json", no)),
        "a part is gone": (0, "part-00000.parquet", lambda: with_damage("gone", "kept/part-00000.parquet", None)),
        "a receipt is not JSON's kind": (0, "receipts", lambda: with_damage("receipt2", "kept/receipts/part-00000.json", b"[1]")),
    }  # fmt: skip
    for file in ("parts.parquet", "run.json", "kept/stage.json"):
        for kind, data in (("garbage", no), ("empty", b""), ("of another kind", b"[1]")):
            name = f"{file.replace('/', '.')}-{kind.split()[0]}"
            found[f"{file} is {kind}"] = (
                2,
                file,
                lambda name=name, file=file, data=data: with_damage(name, file, data),
            )
    for kind, data in (("cut", b'{"model"'), ("empty", b""), ("of another kind", b"[1, 2]")):
        name = f"tokenizer-{kind.split()[0]}"
        found[f"a tokenizer is {kind}"] = (
            2,
            "tokenizer",
            lambda name=name, data=data: with_file(
                name, "mixing.count:tokens", "tokenizer", "tokenizer.json", data
            ),
        )
        name = f"model-{kind.split()[0]}"
        found[f"a model is {kind}"] = (
            2,
            "model",
            lambda name=name, data=data: go(
                make(
                    name,
                    KEPT
                    + STEP
                    % f'"classifiers.quality:score", model = "{folder_of(name, "quality.json", data)}"',
                )
            ),
        )
        name = f"index-{kind.split()[0]}"
        found[f"an index is {kind}"] = (
            2,
            "index",
            lambda name=name, data=data: go(
                make(
                    name,
                    KEPT
                    + STEP
                    % f'"dedup.contamination:check", index = "{folder_of(name, "items.parquet", data)}"',
                )
            ),
        )
        name = f"list-{kind.split()[0]}"
        found[f"a list kills its step, {kind}"] = (
            2,
            "names",
            lambda name=name, data=data: with_file(
                name, "toy:name_list", "names", "list.txt", b"killer" + data
            ),
        )
        name = f"eval-{kind.split()[0]}"
        found[f"an eval file is {kind}"] = (
            2,
            "a.txt",
            lambda name=name, data=data: go(
                make(
                    name,
                    '[[stage]]\nname = "evals"\nafter = "lines"\nsteps = [ { use = "ingest.evals:read", evals = ["gsm8k"] } ]\n',
                    text=data.decode(),
                )
            ),
        )
    if may_mount():
        found["the disk is full"] = (2, "No space left", full_disk)
        found["OUT may not be written"] = (2, "Read-only", read_only)
        found["the report may not be written"] = (2, "Read-only", read_only_report)
    else:
        print("left out: a full disk and a folder that is not writable, since nothing can be mounted here")
    return found


def check_mutated(figures: Figures, count: int = 400) -> None:
    seed = int(os.environ.get("SEED") or time.time_ns() % 2**32)
    print(f"recipes with mistakes in them, SEED={seed}", flush=True)
    shipped = sorted((ROOT / "pipelines/recipes").rglob("*.toml"))
    codes, short = {0: 0, 2: 0}, 0
    for number, (what, path) in enumerate(mutants.make(FOLDER / "mutated", shipped, seed)):
        if number == count:
            break
        command = [str(path), str(path.parent / "out"), "--check"]
        if number % 40:
            ended = CliRunner().invoke(run.main, command)
            fault = ended.exception if not isinstance(ended.exception, (SystemExit, type(None))) else None
            code, told = ended.exit_code, ended.output + ("Traceback" if fault else "")
        else:
            code, told = go(path, "--check")
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
    only = os.environ.get("WAYS", "")  # a part of their names, to go some alone
    rows, short = [], 0
    for name, (wanted, names, way) in ways().items():
        if only not in name:
            continue
        code, told = way()
        ending = code if code >= 0 else 128 - code, told  # as a shell says it
        wrong = judge(wanted, names, ending)
        lines = [line for line in ending[1].strip().splitlines() if line.strip()]
        rows.append({"way": name, "code": ending[0], "line": lines[-1] if lines else "", "wrong": wrong})
        short += bool(wrong)
        print(
            f"{name:34} {ending[0]:4}  {(lines[-1] if lines else '').replace(str(FOLDER), '')[:160]}{'   WRONG: ' + wrong if wrong else ''}",
            flush=True,
        )
    (FOLDER / "ends.json").write_text(json.dumps(rows, indent=1))
    figures.add("ways", len(rows), 50)
    figures.add("ways_that_end_otherwise", short, 0, most=True)


def main() -> None:
    figures = Figures("ends")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    only = os.environ.get("ONLY", "mutated ways interrupt")  # some alone
    if "mutated" in only:
        check_mutated(figures)
    if "ways" in only:
        judge_ways(figures)
    if "interrupt" in only:
        ends_interrupt.judge(figures, FOLDER / "interrupt")
    figures.close()


if __name__ == "__main__":
    main()
