"""Gate: what the shuffle of near duplicates costs a document, and so what it costs where more cannot be run.

`make gate NAME=shuffle_cost`. Documents of sixty made words, every tenth a copy of another with a word
changed, in parts of 2,500, through `groups/minhash.toml` in one process: files, reads, bytes on disk and CPU
of the shuffle for each part or document, and the most memory of a task. Then with as many buckets as make
files be merged twice, as they would be for ten billion documents. Environment: SIZES ("62500 250000 1000000
4000000"). Writes under out/gates/shuffle_cost/.
"""

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from figures import Figures
from recipe_text import source, stage, write

from winnow import shuffle
from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.work import pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml

FOLDER = Path("out/gates/shuffle_cost")
SIZES = [int(size) for size in os.environ.get("SIZES", "62500 250000 1000000 4000000").split()]
PART, WORDS, TWICE = 2_500, 60, 1024
SHUFFLED = ("partitioned", "paired", "joined", "gathered", "chosen")
MOST_PIECES, MOST_GROWTH, MOST_WRITTEN, MOST_SHARE = 20, 1.15, 3.0, 0.15
ROWS = 76 * 14
"""Bytes of the bands' rows of a document as they were: key, address, size and sketch of seven words."""

spent: Counter[str] = Counter()


def watch(name: str) -> None:
    """Count calls of a function of the shuffle, and the CPU of those that no other one of them called."""
    function: Callable[..., Any] = getattr(shuffle, name)

    @wraps(function)
    def counted(*given: Any, **named: Any) -> Any:
        spent[name] += 1
        spent["depth"] += 1
        begun = time.process_time_ns()
        try:
            return function(*given, **named)
        finally:
            spent["depth"] -= 1
            if not spent["depth"]:
                spent["cpu"] += time.process_time_ns() - begun

    setattr(shuffle, name, counted)


def make(count: int) -> Path:
    """The documents, in files of `PART`."""
    folder, draw = FOLDER / f"docs-{count}", np.random.default_rng(3)
    folder.mkdir(parents=True)
    vocabulary = pl.Series([f"w{n:05d}" for n in range(20_000)])
    for number in range(count // PART):
        words = draw.integers(0, len(vocabulary), (PART, WORDS))
        words[::10] = words[1::10]
        words[::10, 20] = draw.integers(0, len(vocabulary), len(words[::10]))
        texts = vocabulary.gather(words.reshape(-1)).reshape((PART, WORDS)).arr.join(" ")
        ids = [f"{number * PART + n:09d}" for n in range(PART)]
        pl.DataFrame({"id": ids, "text": texts}).write_parquet(folder / f"{number:06d}.parquet")
    return folder


def run(count: int, buckets: int = 0) -> dict[str, float]:
    """What a run cost; the documents must be there already."""
    docs, out = FOLDER / f"docs-{count}", FOLDER / f"out-{count}-{buckets}"
    path = write(
        out.with_suffix(".toml"),
        source("docs", f"{docs.resolve()}/*.parquet", "ingest.parquet:read", part_bytes=1),
        stage("near", "docs", use="groups/minhash.toml", buckets=buckets),
    )
    loaded = toml.load(path)
    spent.clear()
    begun = time.process_time()
    schedule.Run(loaded, out, None, Progress()).go(pools.InProcess())
    total = time.process_time() - begun
    parts = count / PART
    receipts = {
        f"{name}/{path.stem}": storage.read_json(path)
        for name in SHUFFLED
        for path in (out / f"near.{name}/receipts").glob("*.json")
    }
    bands = {
        name: told for name, told in receipts.items() if name.startswith(("partitioned/", "paired/merge="))
    }
    rows = sum(told["bytes_out"] for name, told in bands.items() if name.startswith("partitioned/"))
    files = [file for told in bands.values() for file in told["files"] if file.endswith(".shuffle")]
    found = {
        "files": len(files) / parts,
        "reads": (spent["_read_run"] + spent["_read_index"]) / parts,
        "band_bytes": rows / count,
        "written": sum(told["bytes_out"] for told in bands.values()) / rows,
        "cpu_us": total / count * 1e6,
        "shuffle_us": spent["cpu"] / 1e3 / count,
        "peak_mb": max(told["peak_bytes"] for told in receipts.values()) / 1e6,
        "buckets": sum("/bucket=" in name for name in receipts if name.startswith("paired/")),
    }
    shutil.rmtree(out)
    print(
        f"{count:,} documents:", ", ".join(f"{key} {value:.4g}" for key, value in found.items()), flush=True
    )
    return found


def main() -> None:
    """Run all sizes and the forced merges; figures, and the table."""
    figures = Figures("shuffle_cost", FOLDER)
    for name in ("write_cells", "merge", "_read_index", "_read_run", "_decode"):
        watch(name)
    make(PART * 4)
    run(PART * 4)  # loops are compiled, libraries read
    found = {}
    for size in SIZES:
        make(size)
        found[size] = run(size)
    twice = run(SIZES[min(2, len(SIZES) - 1)], buckets=TWICE)
    for name in ("files", "reads"):
        most = max(one[name] for one in (*found.values(), twice))
        figures.add(f"{name}_a_part", round(most, 2), MOST_PIECES, most=True)
    figures.add("written_times_the_rows", round(twice["written"], 2), MOST_WRITTEN, most=True)
    base = [one["cpu_us"] for size, one in found.items() if size >= 250_000] or [twice["cpu_us"]]
    figures.add("cpu_a_document_grows", round(max(base) / base[0], 3), MOST_GROWTH, most=True)
    figures.add(
        "share_of_cpu_merged_twice", round(twice["shuffle_us"] / twice["cpu_us"], 3), MOST_SHARE, most=True
    )
    figures.add(
        "share_of_bytes_before", round(twice["band_bytes"] * twice["written"] / ROWS, 3), 9, most=True
    )
    figures.close()


if __name__ == "__main__":
    main()
