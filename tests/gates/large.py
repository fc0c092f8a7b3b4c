"""Gate: one large file is many parts. A JSONL file of 2 GB and a WARC of 1 GB, each alone in its source:
two workers beside one, a run that is killed at half and goes on, memory.

`make gate NAME=large`, on a machine with two idle cores. Both files are made of data/web/*.warc.gz (`make
data`) under out/gates/large/, and removed at the end. Environment: JSONL_MEGABYTES (2000), WARC_MEGABYTES
(1000); 0 leaves one out.
"""

import json
import os
import random
import shutil
import time
from pathlib import Path

import archives
import polars as pl
import runs
from figures import Figures
from web import WARCS

FOLDER = Path("out/gates/large")
JSONL = int(os.environ.get("JSONL_MEGABYTES", "2000")) * 1_000_000
WARC = int(os.environ.get("WARC_MEGABYTES", "1000")) * 1_000_000
RECIPE = """
name = "gate-large"
max_failed = 1.0

[[source]]
name = "large"
uris = ["{uri}"]
read = {{ use = "{read}" }}

[[stage]]
name = "filtered"
after = "large"
steps = [
{steps}  {{ use = "classifiers.language:identify" }},
  {{ use = "classifiers.language:keep", languages = ["en"], min_score = 0.65 }},
  {{ use = "filters.repetition:repetition" }},
  {{ use = "filters.gopher:quality" }},
  {{ use = "filters.c4:document" }},
  {{ use = "filters.fineweb:quality" }},
]
"""
EXTRACT = '  { use = "ingest.html:extract" },\n'


def write_jsonl(path: Path) -> int:
    """Texts of real pages over and over, each line another; returns how many."""
    from winnow.ingest import html, warc

    files = sorted(WARCS.glob("*.warc.gz"))
    pages = [
        html.extract(frame.filter(pl.col("error").is_null())) for f in files for frame in warc.read(str(f))
    ]
    texts = [text for frame in pages for text in frame["text"].drop_nulls() if len(text) > 500]
    drawn, written, lines = random.Random(5), 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < JSONL:
            row = {"text": f"{drawn.choice(texts)}\nThis is copy {lines}.", "id": lines}
            written += file.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines += 1
    return lines


def run(recipe: Path, out: Path, workers: int) -> runs.Used:
    return runs.finish(out.with_suffix(".log"), "run", recipe, out, "--workers", workers)


def list_done(out: Path) -> dict[str, int]:
    """The parts that are done, with the time at which each was: their documents are written last."""
    return {path.stem: path.stat().st_mtime_ns for path in out.glob("filtered/part-*.parquet")}


def kill_at(recipe: Path, out: Path, count: int) -> dict[str, int]:
    """Begin with two workers and kill all of it when so many parts are done; returns those."""
    going = runs.begin(out.with_suffix(".log"), "run", recipe, out, "--workers", 2)
    while going.poll() is None and len(list_done(out)) < count:
        time.sleep(0.1)
    runs.kill(going)
    return list_done(out)


def measure(figures: Figures, kind: str, path: Path, records: int) -> None:
    """All figures of one large file."""
    recipe = FOLDER / f"{kind}.toml"
    read, steps = ("ingest.warc:read", EXTRACT) if kind == "warc" else ("ingest.jsonl:read", "")
    recipe.write_text(RECIPE.format(uri=path, read=read, steps=steps))
    outs = {name: FOLDER / f"{kind}-{name}" for name in ("one", "two", "killed")}
    one, two = run(recipe, outs["one"], 1), run(recipe, outs["two"], 2)
    parts = json.loads((outs["two"] / "filtered/stage.json").read_text())["parts"]
    came = sum(part["rows_in"] for part in parts.values())
    fates = sum(part[fate] for part in parts.values() for fate in ("kept", "dropped", "failed"))
    print(f"  {kind}: {path.stat().st_size / 1e9:.2f} GB, {len(parts)} parts, {came:,} rows;", end=" ")
    print(f"{one.seconds:.1f} s and {two.seconds:.1f} s", flush=True)
    figures.add(f"{kind}_parts", len(parts), 8)
    figures.add(f"{kind}_records_lost", abs(records - came) + abs(came - fates), 0, most=True)
    figures.add(f"{kind}_one_worker_over_two_seconds", round(one.seconds / two.seconds, 2), 1.8)
    figures.add(f"{kind}_worker_peak_gb", round(max(one.peak, two.peak), 2), 1.5, most=True)
    done = kill_at(recipe, outs["killed"], len(parts) // 2)
    rest = run(recipe, outs["killed"], 2)
    after = list_done(outs["killed"])
    print(
        f"  {kind}: killed with {len(done)} of {len(parts)} parts done; the rest took {rest.seconds:.1f} s",
        flush=True,
    )
    same = runs.digest(outs["one"] / "filtered")
    figures.add(f"{kind}_parts_left_at_kill", len(parts) - len(done), 1)
    figures.add(f"{kind}_parts_begun_again", sum(after[n] != at for n, at in done.items()), 0, most=True)
    figures.add(f"{kind}_same_bytes", all(runs.digest(out / "filtered") == same for out in outs.values()), 1)
    for out in outs.values():
        shutil.rmtree(out)
    path.unlink()


def main() -> None:
    figures = Figures("large", FOLDER)
    if JSONL:
        path = FOLDER / "large.jsonl"
        measure(figures, "jsonl", path, write_jsonl(path))
    if WARC:
        path = FOLDER / "large.warc.gz"
        made = archives.large(path, archives.pages(WARCS), WARC, b"x", seed=1)
        measure(figures, "warc", path, sum(made.values()))
    shutil.rmtree(FOLDER, ignore_errors=True)
    figures.close()


if __name__ == "__main__":
    main()
