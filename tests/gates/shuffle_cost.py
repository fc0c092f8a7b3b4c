"""Gate: what the shuffle of near duplicates costs a document, and so what it costs where more cannot be run.

`make gate NAME=shuffle_cost`. Documents of sixty made words, every tenth a copy of another with a word
changed, in parts of 2,500, through the chain of near duplicates in one process: files, reads, bytes on disk
and CPU of the shuffle for each part or document, and the most memory of a task. Then with as many buckets as
make files be merged twice, as for ten billion documents, and with two, which are full. Environment: SIZES
("62500 250000 1000000 4000000"). Writes under out/gates/shuffle_cost/.
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
from recipe_text import source, stage, step, write

from winnow import shuffle
from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.work import pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml

FOLDER = Path("out/gates/shuffle_cost")
SIZES = [int(size) for size in os.environ.get("SIZES", "62500 250000 1000000 4000000").split()]
PART, WORDS, TWICE, FULL, PAGES, PAGE = 2_500, 60, 1024, 2, 25_000, 600
SHUFFLED = ("partitioned", "paired", "joined", "gathered", "chosen")
MOST_PIECES, MOST_GROWTH, MOST_WRITTEN, MOST_SHARE = 20, 1.15, 3.0, 0.15
FEW_BEFORE, MANY_BEFORE, MOST_OF_BEFORE = 687, 1235, 0.6
"""Bytes on disk of a document's rows of bands when each bucket had a file: of 16 buckets, and of many."""

GATHER = step("dedup.clusters:gather", clusters="stage:near.joined")
REMOVE = step("dedup.minhash:remove", clusters="stage:near.chosen")
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


def make(count: int, length: int = WORDS) -> Path:
    """The documents, in files of `PART`."""
    folder, draw = FOLDER / f"docs-{count}", np.random.default_rng(3)
    folder.mkdir(parents=True)
    vocabulary = pl.Series([f"w{n:05d}" for n in range(20_000)])
    for number in range(count // PART):
        words = draw.integers(0, len(vocabulary), (PART, length))
        words[::10] = words[1::10]
        words[::10, 20] = draw.integers(0, len(vocabulary), len(words[::10]))
        texts = vocabulary.gather(words.reshape(-1)).reshape((PART, length)).arr.join(" ")
        ids = [f"{number * PART + n:09d}" for n in range(PART)]
        pl.DataFrame({"id": ids, "text": texts}).write_parquet(folder / f"{number:06d}.parquet")
    return folder


def run(count: int, buckets: int = 0) -> dict[str, float]:
    """What a run cost; the documents must be there already."""
    docs, out = FOLDER / f"docs-{count}", FOLDER / f"out-{count}-{buckets}"
    path = write(
        out.with_suffix(".toml"),
        source("docs", f"{docs.resolve()}/*.parquet", "ingest.parquet:read", part_bytes=1),
        stage("near.signed", "docs", "dedup.minhash:sign"),
        stage("near.partitioned", "near.signed", "dedup.minhash:bands", by="part"),
        stage("near.paired", "near.partitioned", "dedup.minhash:pairs", by="bucket", buckets=buckets),
        stage("near.joined", "near.paired", "dedup.clusters:join", by="bucket", until_stable=True),
        stage("near.gathered", "near.signed", GATHER, by="part"),
        stage("near.chosen", "near.gathered", "dedup.clusters:choose", by="bucket"),
        stage("near", "near.signed", REMOVE),
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


def count_reads(parts: int, size: float) -> float:
    """Reads at a place for each part, of rows of so many bytes: two for each piece, of the index and of the
    cells; of what is merged the index is read whole."""
    buckets, reads, files, cells = shuffle.count_buckets(int(size)), 0.0, parts, shuffle.CELLS
    for _ in range(shuffle.count_rounds(buckets)):
        reads += files * (cells + 2)
        files, cells = -(-files // shuffle.FAN), min(cells * shuffle.FAN, buckets)
    return round((reads + 2 * files * buckets) / parts, 1)


def tabulate(page: dict[str, float], twice: dict[str, float], merged: float) -> None:
    """The table of docs/dedup.md: pages of `PAGE` words in parts of 10,000."""
    print("| | .1 billion | 1 billion | 10 billion |\n|---|---|---|---|")
    sizes, band = [10**8, 10**9, 10**10], page["band_bytes"]
    buckets = [shuffle.count_buckets(int(size * band)) for size in sizes]
    rounds = [shuffle.count_rounds(count) for count in buckets]
    shuffled = [
        page["shuffle_us"] + (twice["shuffle_us"] - page["shuffle_us"]) * number / 2 for number in rounds
    ]
    cpu = [page["cpu_us"] - page["shuffle_us"] + one for one in shuffled]
    rows = {
        "parts of 10,000 pages": [f"{size // 10**4:,}" for size in sizes],
        "rows of bands in parts, TB": [f"{size * page['band_bytes'] / 1e12:.3g}" for size in sizes],
        "rows of bands merged, TB, each round": [f"{size * merged / 1e12:.3g}" for size in sizes],
        "buckets of bands": [f"{count:,}" for count in buckets],
        "rounds of merging": [str(number) for number in rounds],
        "reads at a place, millions": [
            f"{count_reads(size // 10**4, size * page['band_bytes']) * size / 1e10:,.1f}" for size in sizes
        ],
        "CPU hours": [f"{size * one / 3.6e9:,.0f}" for size, one in zip(sizes, cpu, strict=True)],
        "of these the shuffle": [f"{one / all_:.0%}" for one, all_ in zip(shuffled, cpu, strict=True)],
    }
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")


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
    largest = SIZES[min(2, len(SIZES) - 1)]
    twice = run(largest, buckets=TWICE)
    full = run(largest, buckets=FULL)
    make(PAGES, PAGE)
    page = run(PAGES)
    merged = (twice["written"] - 1) / 2 * twice["band_bytes"]  # of each of two rounds
    for name in ("files", "reads"):
        most = max(one[name] for one in found.values())
        figures.add(f"{name}_a_part", round(most, 2), MOST_PIECES, most=True)
    figures.add(
        "reads_a_part_at_ten_billion", count_reads(10**6, 10**10 * page["band_bytes"]), MOST_PIECES, most=True
    )
    figures.add("bytes_of_before", round(page["band_bytes"] / FEW_BEFORE, 3), MOST_OF_BEFORE, most=True)
    figures.add("bytes_merged_of_before", round(merged / MANY_BEFORE, 3), MOST_OF_BEFORE, most=True)
    written = twice["written"] * twice["band_bytes"] / merged
    figures.add("written_times_the_rows", round(written, 2), MOST_WRITTEN, most=True)
    base = [one["cpu_us"] for size, one in found.items() if size >= 250_000] or [twice["cpu_us"]]
    figures.add("cpu_a_document_grows", round(max(base) / base[0], 3), MOST_GROWTH, most=True)
    whole = page["cpu_us"] - page["shuffle_us"] + twice["shuffle_us"]
    figures.add("share_of_a_page_merged_twice", round(twice["shuffle_us"] / whole, 3), MOST_SHARE, most=True)
    fill = largest * full["band_bytes"] / FULL / shuffle.BUCKET_BYTES
    print(f"a bucket of {fill:.0%} of the bytes that one may have takes {full['peak_mb']:,.0f} MB at most")
    tabulate(page, twice, merged)
    figures.close()


if __name__ == "__main__":
    main()
