"""Bench: what it costs to begin, in CPU seconds of all processes: a check, a refusal, one page, set-up.

`make bench NAME=start`. BEFORE=path names another checkout, which runs beside this one, with the same
environment, in turns; then ratios are told as well. PARTS are some of `check,page,setup`, by default all:
about a quarter of an hour of one core, most of which compiles loops twice.

* `check`: `winnow check` and a refusal of each recipe, above `import polars, numpy, pydantic, click`
  (the median of ROUNDS runs, 7); and which of the heavy libraries it has loaded.
* `page`: one page through `winnow.toml`, token files and the report, without compiled loops (`cold`) and with
  them (`warm`, the median of 3), by workers as a user runs it; and once more in one process, told apart:
  imports, loops that are read from disk or compiled, the report, and all else, which is work.
* `setup`: compiling at set-up, into a folder of its own; and how many loops the recipes mine, winnow, fineweb
  and the groups duplicates, shards, tokens and contamination's steps compile after it, on Python's own
  library as texts and pages. Zero are wanted.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from html import escape
from pathlib import Path
from pydoc_data import topics

sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)  # no bench shadows a package

from winnow.pipelines.demo import wrap

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("out/bench/start").resolve()
SIDES = {"ours": ROOT} | ({"before": Path(os.environ["BEFORE"]).resolve()} if "BEFORE" in os.environ else {})
PARTS = os.environ.get("PARTS", "check,page,setup").split(",")
ROUNDS = int(os.environ.get("ROUNDS", "7"))
# As a user's shell has it: Python keeps the bytecode of what it imports.
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BARE = "import polars, numpy, pydantic, click"
RECIPES = ("mine", "winnow", "fineweb", "reference")
HEAVY = ("numba", "distributed", "dask", "scipy.special", "sklearn", "lxml", "plotly", "torch", "httpx2")
LOADED = f"""
import atexit, runpy, sys
atexit.register(lambda: print("loaded:", *(name for name in {HEAVY} if name in sys.modules), file=sys.stderr))
runpy.run_module("winnow", run_name="__main__", alter_sys=True)
"""
# Seconds of the outermost call of each kind, and what of them the kinds inside it took.
APART = """
import functools, importlib._bootstrap as bootstrap, json, os, runpy, sys, time
took, inner = {"imports": 0.0, "loops": 0.0, "report": 0.0}, []
def clock(kind, function):
    @functools.wraps(function)
    def timed(*args, **named):
        began = time.process_time()
        inner.append(0.0)
        try:
            return function(*args, **named)
        finally:
            spent = time.process_time() - began
            took[kind] += spent - inner.pop()
            if inner:
                inner[-1] += spent
    return timed
load = bootstrap._find_and_load
load_timed = clock("imports", load)
bootstrap._find_and_load = lambda name, by: (load if name in sys.modules else load_timed)(name, by)
import numba.core.dispatcher as dispatcher
dispatcher.Dispatcher.compile = clock("loops", dispatcher.Dispatcher.compile)
from winnow.pipelines.report import page
page.write = clock("report", page.write)
try:
    runpy.run_module("winnow.pipelines.commands.run", run_name="__main__", alter_sys=True)
finally:
    whole = time.process_time()
    print("apart:", json.dumps(took | {"work": whole - sum(took.values())}), file=sys.stderr)
"""
RUN = """
name = "start"
[[source]]
name = "mine"
uris = ["data/mine/*.jsonl"]
read = { use = "ingest.jsonl:read" }
[[source]]
name = "evals"
uris = ["data/evals/*.jsonl"]
[[stage]]
name = "distinct"
after = "mine"
use = "groups/duplicates.toml"
[[stage]]
name = "items"
after = "evals"
steps = [ { use = "ingest.evals:jsonl", eval = "topics", question = "question", answer = "answer" } ]
[[stage]]
name = "index"
after = "items"
steps = [ { use = "dedup.contamination:index" } ]
[[stage]]
name = "met"
after = "distinct"
steps = [ { use = "dedup.contamination_report:write", index = "stage:index" } ]
[[stage]]
name = "clean"
after = "distinct"
steps = [ { use = "dedup.contamination:check", index = "stage:index" } ]
[[stage]]
name = "shards"
after = "clean"
use = "groups/shards.toml"
tokenizer = "tokenizer.json"
"""
TOKENS = """
[[stage]]
name = "tokens"
after = "{after}"
use = "groups/tokens.toml"
tokenizer = "tokenizer.json"
window = 128
"""


def main() -> None:
    """Measure what PARTS names; a line for each figure."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_inputs()
    for part in PARTS:
        {"check": bench_check, "page": bench_page, "setup": bench_setup}[part]()


def make_inputs() -> None:
    """Texts and pages of Python's own library, an eval, a tokenizer, and recipes that name them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    texts = [text for text in topics.topics.values() if len(text) > 2000]
    for kind, rows in {
        "mine": [{"text": text} for text in (*texts, texts[0], texts[1].replace(" the ", " one ", 2))],
        "evals": [{"question": text[:300], "answer": text[300:340]} for text in texts[:20]],
    }.items():
        (FOLDER / f"data/{kind}").mkdir(parents=True)
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (FOLDER / f"data/{kind}/rows.jsonl").write_text(lines)
    for name, taken in (("web", texts), ("page", [max(texts, key=len)])):
        pages = []
        for number, text in enumerate(taken):
            page = FOLDER / f"html/{name}-{number}.html"
            page.parent.mkdir(exist_ok=True)
            body = "".join(f"<p>{escape(each)}</p>" for each in text.split("\n\n"))
            page.write_text(f"<html><body><main><h1>Topic {number}</h1>{body}</main></body></html>")
            pages.append((f"https://topics.example/{number}", page))
        wrap.wrap_pages(pages, FOLDER / f"data/{name}/pages")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(FOLDER / "tokenizer.json"))


def _name(side: Path) -> str:
    """`ours` or `before`: two checkouts may have folders of one name."""
    return next(name for name, path in SIDES.items() if path == side)


def lay_out(side: Path) -> dict[str, Path]:
    """The recipes of a checkout, on our inputs."""
    shipped = side / "pipelines/recipes"
    found = {"start": RUN + TOKENS.format(after="clean")}
    for name in ("mine", "winnow", "fineweb"):
        found[name] = (shipped / f"{name}.toml").read_text().replace("*.jsonl*", "*.jsonl")
    found["page"] = found["winnow"].replace("data/web/", "data/page/") + TOKENS.format(after="web.masked")
    folder = FOLDER / f"recipes-{_name(side)}"
    folder.mkdir(exist_ok=True)
    if not (folder / "groups").exists():
        (folder / "groups").symlink_to(shipped / "groups")
    for name, text in found.items():
        (folder / f"{name}.toml").write_text(text)
    (folder / "wrong.toml").write_text(found["winnow"].replace("min_containment", "min_containmend"))
    return {name: folder / f"{name}.toml" for name in (*found, "wrong")}


def run(side: Path, *command: object, code: int | None = 0, **more: str) -> tuple[float, str]:
    """CPU seconds of a Python process and all that it started, and what it wrote to stderr."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=FOLDER,
        env={**ENV, "PYTHONPATH": str(side), **more},
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert code is None or done.returncode == code, (done.args, done.returncode, done.stdout + done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def bench_check() -> None:
    """A check and a refusal, above the imports that every command of ours needs."""
    kinds: dict[str, dict[str, list[object]]] = {side: {} for side in SIDES}
    for side, path in SIDES.items():
        laid = lay_out(path)
        for name in RECIPES:
            recipe = laid.get(name, path / f"pipelines/recipes/{name}.toml")
            kinds[side][f"check of {name}"] = ["check", recipe, FOLDER / "none"]
        kinds[side]["a refusal of winnow, misspelt"] = ["run", laid["wrong"], FOLDER / "none"]
        kinds[side]["a refusal of no recipe"] = ["check", FOLDER / "none.toml", FOLDER / "none"]
    spent: dict[tuple[str, str], list[float]] = {}
    loaded: dict[tuple[str, str], str] = {}
    for _ in range(ROUNDS):
        for side, path in SIDES.items():
            spent.setdefault((side, "bare"), []).append(run(path, "-c", BARE)[0])
            for kind, arguments in kinds[side].items():
                seconds, told = run(path, "-c", LOADED, *arguments, code=None)
                spent.setdefault((side, kind), []).append(seconds)
                loaded[side, kind] = told.rpartition("loaded:")[2].strip()
    middle = {key: statistics.median(values) for key, values in spent.items()}
    print(f"bare imports: {middle['ours', 'bare']:.2f} CPU s; above them:")
    for kind in kinds["ours"]:
        above = {side: middle[side, kind] - middle[side, "bare"] for side in SIDES}
        told = ", ".join(
            f"{side} {above[side]:.2f} ({loaded[side, kind] or 'nothing heavy'})" for side in SIDES
        )
        print(f"  {kind}: {told}{_tell_ratio(above)}", flush=True)


def bench_page() -> None:
    """One page through winnow, token files and report: cold, warm, and warm told apart."""
    cold, warm = dict.fromkeys(SIDES, 0.0), {side: [0.0] * 0 for side in SIDES}
    apart: dict[str, dict[str, float]] = {}
    for side, path in SIDES.items():
        cold[side] = _run_page(path, "cold")
    print(f"one page, cold: {_tell(cold)} CPU s{_tell_ratio(cold)}", flush=True)
    for number in range(3):
        for side, path in SIDES.items():
            warm[side].append(_run_page(path, f"warm-{number}"))
    middle = {side: statistics.median(values) for side, values in warm.items()}
    print(f"one page, warm: {_tell(middle)} CPU s{_tell_ratio(middle)}", flush=True)
    for side, path in SIDES.items():
        _run_page(path, "apart-first", "-c", APART, workers=0)
        apart[side] = json.loads(_run_page(path, "apart", "-c", APART, workers=0, told=True))
    print("one page, warm, in one process, told apart:")
    for kind in apart["ours"]:
        spent = {side: apart[side][kind] for side in SIDES}
        print(f"  {kind}: {_tell(spent)} CPU s{_tell_ratio(spent)}", flush=True)


def _run_page(side: Path, name: str, *how: str, workers: int = 2, told: bool = False) -> object:
    recipe, out = lay_out(side)["page"], FOLDER / f"out-{_name(side)}-{name}"
    cache = str(FOLDER / f"loops-{_name(side)}")
    way = how or ("-m", "winnow", "run")
    seconds, text = run(side, *way, recipe, out, f"--workers={workers}", NUMBA_CACHE_DIR=cache)
    return text.rpartition("apart:")[2] if told else seconds


def bench_setup() -> None:
    """What set-up costs, and what is compiled after it all the same."""
    for side, path in SIDES.items():
        cache = FOLDER / f"setup-{side}"
        ready = (
            [FOLDER / f"ready-{side}"] if "READY" in (path / "pipelines/commands/warm.py").read_text() else []
        )
        seconds, said = run(
            path, "-m", "winnow.pipelines.commands.warm", *ready, code=None, NUMBA_CACHE_DIR=str(cache)
        )
        have, fault = _count(cache), said.strip().rpartition("\n")[2]
        print(f"set-up, {side}: {seconds:.0f} CPU s, {have} compiled loops {fault}", flush=True)
        for name in ("mine", "winnow", "fineweb", "start"):
            out = FOLDER / f"out-{side}-after-{name}"
            seconds, _ = run(
                path, "-m", "winnow", "run", lay_out(path)[name], out, NUMBA_CACHE_DIR=str(cache)
            )
            told = "the groups and contamination" if name == "start" else name
            print(f"  then {told}: {_count(cache) - have} more, {seconds:.1f} CPU s", flush=True)
            have = _count(cache)


def _count(cache: Path) -> int:
    """Compiled loops, each form of one by itself."""
    return sum(1 for _ in cache.rglob("*.nbc"))


def _tell(values: dict[str, float]) -> str:
    return ", ".join(f"{side} {value:.2f}" for side, value in values.items())


def _tell_ratio(values: dict[str, float]) -> str:
    return f" ({values['ours'] / values['before']:.0%})" if "before" in values else ""


if __name__ == "__main__":
    main()
