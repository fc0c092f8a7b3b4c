"""Bench: near deduplication beside datatrove, rensa and datasketch, in CPU-seconds of one core; and at scale.

`make bench NAME=dedup`. Environment: DOCS (60,000; datatrove takes 10 ms for each), SCALE ("1000000 5000000",
the sizes of the runs over short documents made from real text; "0": none), WORKERS (2) for those.

Signatures: text in, signatures out. The whole: our engine from Parquet to the documents that stay, verified
and with its ledgers, against datatrove's four stages, and rensa's and datasketch's own LSH, which only tell.
Each side runs in its own process, all on the same core; imports are not counted, nor is the loading of our
compiled kernels.
Scale: short documents with planted copies, 50,000 of one of them; wall time, peak memory of all processes
together, and the share of copies that went.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import near
import numpy as np
import polars as pl
import psutil
import runs
import sides

FOLDER = sides.OUT / "dedup"
DOCS = int(os.environ.get("DOCS", "60000"))
SCALE = [int(size) for size in os.environ.get("SCALE", "1000000 5000000").split()]
WORKERS = os.environ.get("WORKERS", "2")
FLOORS = {
    "sign_datatrove": 150,
    "sign_rensa": 6,
    "whole_datatrove": 30,
    "whole_rensa": 1,
    "whole_datasketch": 1,
}
HUGE = 50_000


def sample() -> float:
    """Pages of manuals, and passages of them where there are not enough; megabytes."""
    docs = near.corpus(Path("out/gates/dedup")).sample(fraction=1, shuffle=True, seed=1)[:DOCS]
    if docs.height < DOCS:
        lack = DOCS - docs.height
        halves = docs[:lack].with_columns(
            pl.format("half:{}", "name").alias("name"),
            pl.col("text").str.head(pl.col("text").str.len_chars() // 2),
        )
        docs = pl.concat([docs, halves])
    near.lay_out(docs, FOLDER / "docs", 1)
    return float(docs["text"].str.len_bytes().sum()) / 1e6


def sign() -> float:
    """CPU-seconds of our signatures, in batches of a thousand as the engine has them."""
    from winnow.dedup import minhash

    texts = pl.read_parquet(FOLDER / "docs/000.parquet", columns=["text"])
    minhash.sign(texts[:10])
    begun = time.process_time()
    for start in range(0, texts.height, 1000):
        minhash.sign(texts[start : start + 1000])
    return time.process_time() - begun


def whole(docs: Path, out: Path) -> float:
    """CPU-seconds of our engine in this process, after a run over a few of the documents."""
    import winnow.pipelines.report.page  # noqa: F401
    from winnow.pipelines.engine import schedule
    from winnow.pipelines.engine.work import pools
    from winnow.pipelines.screen.progress import Progress
    from winnow.pipelines.spec import toml

    few = out.with_name("few")
    near.lay_out(pl.read_parquet(docs / "000.parquet").head(100), few / "docs", 1)
    seconds = 0.0
    for folder, target in ((few / "docs", few / "out"), (docs, out)):
        shutil.rmtree(target, ignore_errors=True)
        path = near.recipe(folder, target.with_suffix(".toml"), facts=2)
        path.write_text(path.read_text().replace("part_bytes = 1\n", f"part_bytes = {2**30}\n"))  # one
        loaded = toml.load(path)
        begun = time.process_time()
        schedule.Run(loaded, target, None, Progress()).go(pools.InProcess())
        seconds = time.process_time() - begun
    return seconds


def run_ours(what: str) -> float:
    """CPU-seconds of `sign` or `whole`, in a process of its own."""
    return float(sides.run(FOLDER, what, sides.OURS, __file__, what)["cpu_seconds"])


def run_peer(side: str) -> dict[str, float]:
    told = sides.run(FOLDER, side, sides.PEERS, "tests/bench/peers.py", side, FOLDER / "docs", FOLDER)
    print(f"{side}.removed {len(told['removed'])}")
    return told["cpu_seconds"]


def compare() -> dict[str, float]:
    megabytes = sample()
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_cores)})  # for the processes begun from here on: one core, each alone
    figures = {"megabytes": megabytes, "ours.sign": run_ours("sign"), "ours.whole": run_ours("whole")}
    figures["ours.removed"] = near.ledger(FOLDER / "ours").height
    for side in ("rensa", "datasketch", "datatrove"):
        seconds = run_peer(side)
        figures[f"{side}.sign"], figures[f"{side}.whole"] = seconds["sign"], sum(seconds.values())
    for name in FLOORS:
        what, side = name.split("_")
        figures[f"ratio.{name}"] = figures[f"{side}.{what}"] / figures[f"ours.{what}"]
    figures["ours.sign_megabytes_per_second"] = megabytes / figures["ours.sign"]
    os.sched_setaffinity(0, all_cores)
    return figures


def short_documents(size: int, folder: Path) -> None:
    """Documents of six runs of ten words; each fifth is a copy of one before, one word changed in most.

    `name` is the number of the document that it is a copy of, and its own. Document 0 has `HUGE` copies.
    """
    words = " ".join(near.corpus(Path("out/gates/dedup"))["text"].sample(4000, seed=1)).split()
    runs = pl.Series([" ".join(words[i : i + 10]) for i in range(0, len(words) - 10, 10)])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    step = 50_000
    for number in range(0, size, step):
        own = np.arange(number, number + step)
        copied = np.where(
            rng.random(step) < 0.2, (rng.random(step) ** 2 * size // 40 * 5).astype(np.int64), own
        )
        copied = np.where(rng.random(step) < HUGE / size, 0, copied)
        columns = []
        for k in range(6):
            drawn = (copied * 7919 + 104_729 * (copied // 977 + 1) * (k + 1)) * 2654435761 % 2**32 % len(runs)
            columns.append(runs[drawn].alias(f"w{k}"))
        changed = pl.Series("changed", np.where((own != copied) & (own % 3 > 0), own.astype(str), "same"))
        frame = pl.DataFrame([*columns, changed])
        text = frame.select(text=pl.concat_str("w0", "w1", "w2", "changed", "w3", "w4", "w5", separator=" "))
        names = pl.Series("name", [f"{a}:{b}" for a, b in zip(copied, own, strict=True)])
        text.with_columns(names).write_parquet(
            folder / f"{number // step:03d}.parquet", row_group_size=10_000
        )


def at_scale(size: int) -> dict[str, float]:
    folder, out = FOLDER / f"scale{size}", FOLDER / f"scale{size}.out"
    short_documents(size, folder)
    shutil.rmtree(out, ignore_errors=True)
    recipe = near.recipe(folder, FOLDER / f"scale{size}.toml")
    before, begun, peak = runs.count_cpu(), time.monotonic(), 0
    with (FOLDER / f"scale{size}.log").open("w") as log:
        command = [sys.executable, "-m", "winnow", "run", str(recipe), str(out), "--workers", WORKERS]
        going = subprocess.Popen(command, stdout=log, stderr=log)
        while going.poll() is None:
            peak = max(peak, resident(going.pid))
            time.sleep(0.5)
    if going.returncode:
        raise SystemExit(f"the run into {out} ended with {going.returncode}")
    kept = pl.concat(
        pl.read_parquet(path, columns=["metadata"]) for path in sorted((out / "distinct").glob("part-*"))
    )
    name = kept["metadata"].str.json_path_match("$.name").str.split(":").list
    ends = pl.DataFrame({"of": name.get(0), "own": name.get(1)})
    return {
        "wall_seconds": time.monotonic() - begun,
        "cpu_seconds": runs.count_cpu() - before,
        "peak_gigabytes": peak / 1e9,
        "kept": kept.height,
        "copies_kept_twice": ends.height - ends["of"].n_unique(),
    }


def resident(pid: int) -> int:
    """Bytes of a process and its children that are theirs alone, and what they share once."""
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().uss
    except psutil.Error:
        pass
    return total


def main() -> None:
    if len(sys.argv) > 1:
        seconds = sign() if sys.argv[1] == "sign" else whole(FOLDER / "docs", FOLDER / "ours")
        (FOLDER / f"{sys.argv[1]}.json").write_text(json.dumps({"cpu_seconds": seconds}))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = compare() if DOCS else {}
    for size in SCALE if SCALE != [0] else []:
        figures |= {f"scale.{size}.{name}": value for name, value in at_scale(size).items()}
    for name, value in figures.items():
        print(f"{name} {value:.3f}")
    ratios = {name: figures[f"ratio.{name}"] for name in FLOORS if DOCS}
    sides.close("dedup", figures, sides.hold(ratios, FLOORS))


if __name__ == "__main__":
    main()
