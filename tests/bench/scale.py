"""Bench: what a part takes of the driver, and what a second worker gives.

`make bench NAME=scale`. Sections (ONLY=: some of them):

* `simulated`: PARTS (100,000) parts on WORKERS (1,000) made-up workers, with receipts written and, in the
  end, reconciled with the rows on disk. The scheduler is the real one (`winnow simulate`); Dask is not in it;
* `buckets`: the same scheduler over 10,000 parts into 16,384 buckets, files of which are merged in rounds;
* `small`: 3,000 parts of two lines each on two real workers: CPU of the driver with Dask's scheduler in it;
* `pairs`: two workers beside two runs of one worker over a half each, all in turn, for web, duplicates,
  contamination and tokens: seconds of the slower half over seconds of the whole. Each pays its start. Web is
  data/web, the others Python's own library, COPIES (2) times with other words at the head.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sections
import sides
from figures import say_figure

if TYPE_CHECKING:
    from winnow.pipelines.engine.simulation import Simulated

FOLDER = sides.OUT / "scale"
SECTIONS = ("simulated", "buckets", "small", "pairs")
BUCKETS = 2**14
PARTS, WORKERS = int(os.environ.get("PARTS", "100000")), int(os.environ.get("WORKERS", "1000"))
SMALL = int(os.environ.get("SMALL", "3000"))
COPIES = int(os.environ.get("COPIES", "2"))
TOKENIZER = Path("data/evals/tokenizer.json").resolve()
SOURCE = """name = "scale"
max_failed = 1.0

[[source]]
name = "some"
uris = [URIS]
read = { use = "READ" }
part_bytes = BYTES
"""
CHAIN = """
[[stage]]
name = "read"
after = "some"
steps = [ { use = "dedup.exact:hash" } ]

[[stage]]
name = "partitioned"
after = "read"
by = "part"
steps = [ { use = "dedup.exact:partition" } ]

[[stage]]
name = "found"
after = "partitioned"
by = "bucket"
steps = [ { use = "dedup.exact:duplicates" } ]

[[stage]]
name = "clean"
after = "read"
steps = [ { use = "dedup.exact:remove", duplicates = "stage:found" } ]
"""
GROUP = """
[[stage]]
name = "read"
after = "some"
steps = [ { use = "dedup.exact:hash" } ]

[[stage]]
name = "made"
after = "read"
use = "groups/NAME"
"""
WEB = """
[[stage]]
name = "made"
after = "some"
use = "groups/winnow.toml"
"""
CHECK = """
[[stage]]
name = "checked"
after = "some"
steps = [ { use = "dedup.contamination:check", index = "INDEX" } ]
"""


def write_recipe(
    path: Path, uris: list[Path], stages: str, read: str = "ingest.jsonl:read", size: int = 1
) -> Path:
    named = ", ".join(json.dumps(str(uri)) for uri in uris)
    head = SOURCE.replace("URIS", named).replace("READ", read).replace("BYTES", str(size))
    path.write_text(head + stages)
    return path


def write_small(folder: Path, count: int) -> Path:
    """A recipe over so many files of two lines."""
    (folder / "in").mkdir(parents=True)
    for number in range(count):
        lines = [
            {"text": f"document {number} {line} of a small part, which says little"} for line in range(2)
        ]
        (folder / f"in/{number:06d}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return write_recipe(folder / "recipe.toml", [folder / "in/*.jsonl"], CHAIN)


def run_winnow(folder: Path, recipe: Path, out: Path, workers: int) -> subprocess.Popen[bytes]:
    with (folder / f"{out.name}.log").open("ab") as log:
        command = [sys.executable, "-m", "winnow", "run", recipe, out, "--workers", workers]
        return subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env=sides.KEEPING)


def make_many(name: str, parts: int, workers: int, buckets: int = 0) -> tuple[Path, "Simulated", float]:
    """In this process: the scheduler over many parts like those of a small run. Returns the folder, what the
    simulation told, and the bytes that this process had before."""
    from winnow.pipelines.commands.run import describe_run
    from winnow.pipelines.commands.simulate import describe
    from winnow.pipelines.engine import simulation
    from winnow.pipelines.engine.disk import storage
    from winnow.pipelines.spec import toml

    folder, out = FOLDER / name, FOLDER / name / "many"
    recipe = write_small(folder, 20)
    run_winnow(folder, recipe, folder / "recorded", 0).wait()  # what steps load is not the driver's
    out.mkdir()
    if buckets:
        recipe.write_text(recipe.read_text().replace('"bucket"', f'"bucket"\nbuckets = {buckets}'))
    checked = toml.load(recipe)
    storage.write_json(out / "run.json", describe_run(checked))
    before = simulation.find_memory()
    told = simulation.simulate(checked, folder / "recorded", out, parts, workers)
    for line in describe(told, workers):
        print(line, flush=True)
    return out, told, before


def simulate() -> None:
    """The scheduler over many parts, and then all receipts against the rows on disk."""
    from winnow.pipelines.engine.ledger import run_summary
    from winnow.pipelines.report import page

    out, told, before = make_many("simulated", PARTS, WORKERS)
    each = [one / 1e6 for one in told.memory]
    of_scheduler = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    began = time.process_time()
    broken = page.find_broken(run_summary.read(out))
    reconciled = time.process_time() - began
    stages = [one for one in told.stages if one.parts == PARTS]
    save(
        {
            "ms_a_part": max(1000 * one.seconds / one.parts for one in stages),
            "ms_a_part_reconciled": 1000 * reconciled / told.tasks,
            "scheduler_peak_mb": of_scheduler,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            "grown_mb": each[-1] - before / 1e6,
            "mb_of_stages_behind_the_first": each[-1] - each[len(each) // len(stages)],
            "broken_sums": len(broken),
            "parts": sum(one.parts for one in told.stages),
        }
    )


def simulate_buckets() -> None:
    """The scheduler over as many buckets as parts, and more."""
    _, told, _ = make_many("buckets", 10_000, WORKERS, BUCKETS)
    found = next(one for one in told.stages if one.stage == "found")
    save(
        {
            "ms_a_bucket": 1000 * found.seconds / found.parts,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            "tasks": told.tasks,
        }
    )


def run_small() -> None:
    """In this process: a run of small parts on two workers."""
    from winnow.pipelines.commands.run import execute
    from winnow.pipelines.engine import schedule

    folder = FOLDER / "small"
    recipe = write_small(folder, SMALL)
    spent = {}
    go = schedule.Run.go

    def watch(self: Any, pool: Any) -> None:
        began = time.process_time(), time.monotonic()
        go(self, pool)
        spent["cpu"], spent["wall"] = time.process_time() - began[0], time.monotonic() - began[1]
        spent["parts"] = sum(map(len, self.state.receipts.values()))

    schedule.Run.go = watch  # type: ignore[method-assign]
    begun = time.process_time()
    execute(recipe, folder / "out", 2, None, "auto", ())
    save(
        {
            "driver_ms_a_part": 1000 * spent["cpu"] / spent["parts"],
            "wall_ms_a_part": 1000 * spent["wall"] / spent["parts"],
            "driver_seconds_beside": time.process_time() - begun - spent["cpu"],
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            "parts": spent["parts"],
        }
    )


def write_library(folder: Path) -> list[Path]:
    """Python's own library as 32 files of lines, of which half of the files have half of the text."""
    root = Path(sysconfig.get_path("stdlib"))
    texts = [
        path.read_text("utf-8", "replace")
        for path in sorted(root.rglob("*.py"))
        if "site-packages" not in path.parts
    ]
    texts = [f"copy{copy} " + text for text in texts for copy in range(COPIES)]
    places: list[list[str]] = [[] for _ in range(32)]
    for text in sorted(texts, key=len, reverse=True):
        min(places, key=lambda place: sum(map(len, place))).append(text)
    files = [folder / f"{number:02d}.jsonl" for number in range(len(places))]
    for file, place in zip(files, places, strict=True):
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in place))
    return files


def write_index(folder: Path) -> Path:
    """An index of sentences of Python's manual, as if they were an eval."""
    from pydoc_data.topics import topics

    import polars as pl

    from winnow.dedup import contamination

    texts = [text for whole in topics.values() for text in whole.split("\n\n") if 15 < len(text.split()) < 80]
    items = pl.DataFrame({"eval": ["manual"] * len(texts), "item": [str(i) for i in range(len(texts))]})
    items = items.with_columns(question=pl.Series(texts), answer=pl.lit(""))
    items.write_parquet(folder / "items.parquet")
    (folder / "index").mkdir()
    contamination.index([folder / "items.parquet"], folder / "index")
    return folder / "index"


def run_pairs() -> None:
    """Two workers over all, then a worker over each half at once: seconds, and CPU-seconds of all."""
    folder = FOLDER / "pairs"
    folder.mkdir()
    library, web = write_library(folder), sorted(Path("data/web").resolve().glob("*.warc.gz"))
    kinds = {
        "web": (web, WEB, "ingest.warc:read", 500_000),
        "dedup": (library, GROUP.replace("NAME", "duplicates.toml"), "ingest.jsonl:read", 1),
        "contamination": (library, CHECK.replace("INDEX", str(write_index(folder))), "ingest.jsonl:read", 1),
        "tokens": (
            library,
            GROUP.replace("NAME", "tokens.toml") + f'tokenizer = "{TOKENIZER}"\nformats = ["datatrove"]\n',
            *("ingest.jsonl:read", 1),
        ),
    }
    told = {}
    for name, (files, stages, read, size) in kinds.items():
        taken = {}
        sides_ = ("warm", [files[-1:]], 1), ("halves", split(files), 1), ("whole", [files], 2)
        for side, given, workers in sides_:  # first all is loaded and compiled, and not timed
            recipes = [
                write_recipe(folder / f"{name}-{side}{number}.toml", some, stages, read, size)
                for number, some in enumerate(given)
            ]
            began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            going = [run_winnow(folder, path, folder / path.stem, workers) for path in recipes]
            codes = [process.wait() for process in going]
            if any(code not in (0, 1, 5) for code in codes):
                raise SystemExit(f"{name}, {side}: {codes}; see {folder}/{name}-{side}*.log")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            taken[side] = time.monotonic() - began, cpu
            print(name, side, f"{taken[side][0]:.1f} s, {cpu:.1f} CPU-seconds", flush=True)
        told[f"{name}_whole_seconds"], told[f"{name}_whole_cpu"] = taken["whole"]
        told[f"{name}_halves_seconds"], told[f"{name}_halves_cpu"] = taken["halves"]
        told[f"ratio_{name}"] = taken["halves"][0] / taken["whole"][0]
    save(told)


def split(files: list[Path]) -> list[list[Path]]:
    """Halves of about as many bytes."""
    halves: list[list[Path]] = [[], []]
    for file in sorted(files, key=lambda file: -file.stat().st_size):
        min(halves, key=lambda half: sum(each.stat().st_size for each in half)).append(file)
    return [sorted(half) for half in halves]


def save(told: dict[str, float]) -> None:
    (FOLDER / f"{sys.argv[1]}.json").write_text(json.dumps(told))


def main() -> None:
    if len(sys.argv) > 1:
        {"simulated": simulate, "buckets": simulate_buckets, "small": run_small, "pairs": run_pairs}[
            sys.argv[1]
        ]()
        return
    wanted = sections.choose(SECTIONS)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    told = {name: sides.run(FOLDER, name, sides.OURS, "-P", __file__, name) for name in wanted}
    verdicts = []
    for name, figure, bound in (
        ("simulated", "ms_a_part", 4.0),
        ("simulated", "peak_mb", 1000.0),
        ("simulated", "mb_of_stages_behind_the_first", 100.0),
        ("simulated", "broken_sums", 0.0),
        ("buckets", "peak_mb", 1000.0),
        ("small", "driver_ms_a_part", 10.0),
        ("small", "peak_mb", 1000.0),
    ):
        if name in told:
            verdicts.append(say_figure(f"{name}_{figure}", told[name][figure], bound, most=True))
    for name in ("web", "dedup", "contamination", "tokens") if "pairs" in told else ():
        verdicts.append(say_figure(f"ratio_{name}", told["pairs"][f"ratio_{name}"], 0.93))
    shutil.rmtree(FOLDER, ignore_errors=True)
    sides.close("scale", told, "short" not in verdicts)


if __name__ == "__main__":
    main()
