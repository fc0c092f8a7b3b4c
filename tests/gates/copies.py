"""Gate: memory and time follow the documents, also where all of them are one and the same.

`make gate NAME=copies`. A crawl's error page comes 10^5 times: so many copies of one document, and so many
that differ in three words (two numbers and a name: for the guard pages of one template, which stay), go
through the whole chain of exact and near duplicates, the copies also through that of near duplicates alone
and that of repeated passages; a run is a process of its own.
Ten times the documents may take eleven times the memory and fifteen times the time, both beyond what a run of
one document takes. Environment: MANY (100000). Runs go under out/gates/copies/, and are removed at the end.
"""

import json
import os
import shutil
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, step, write

FOLDER = Path("out/gates/copies").resolve()
MANY = int(os.environ.get("MANY", "100000"))
WORDS = 120
MOST_GB = 1.0

EXACT = (
    stage("keys", "signed", "dedup.exact:partition", by="part"),
    stage("exact", "keys", "dedup.exact:duplicates", by="bucket"),
)
PASSAGES = (
    stage("anchors", "signed", "dedup.substrings:anchors", by="part"),
    stage("shared", "anchors", "dedup.substrings:shared", by="bucket"),
    stage("windows", "signed", step("dedup.substrings:windows", places="stage:shared"), by="part"),
    stage("spans", "windows", "dedup.substrings:spans", by="bucket"),
)
REMOVE_EXACT = step("dedup.exact:remove", duplicates="stage:exact", clusters="stage:near")
REMOVE_NEAR = step("dedup.minhash:remove", clusters="stage:near")


def list_near(**without: str) -> tuple[str, ...]:
    """The chain of near duplicates, of what is left by the stage that `without` names."""
    gather = step("dedup.clusters:gather", clusters="stage:joined", **without)
    return (
        stage("bands", "signed", step("dedup.minhash:bands", **without), by="part"),
        stage("pairs", "bands", "dedup.minhash:pairs", by="bucket"),
        stage("joined", "pairs", "dedup.clusters:join", by="bucket", until_stable=True),
        stage("gathered", "signed", gather, by="part"),
        stage("near", "gathered", "dedup.clusters:choose", by="bucket"),
    )


CHAINS = {
    "both": (*EXACT, *list_near(without="stage:exact"), stage("clean", "signed", REMOVE_EXACT, REMOVE_NEAR)),
    "near": (*list_near(), stage("clean", "signed", REMOVE_NEAR)),
    "passages": (*PASSAGES, stage("clean", "signed", step("dedup.substrings:cut", spans="stage:spans"))),
}


def write_documents(folder: Path, count: int, *, edited: bool) -> None:
    """So many copies of one page, or of copies that each have three words of their own."""
    folder.mkdir(parents=True)
    words = " ".join(topics.values()).split()[:WORDS]
    with (folder / "copies.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            own = words.copy()
            if edited:
                own[WORDS // 3], own[WORDS // 2] = f"{number * 7919 % 100_003}", f"request{number}"
                own[-1] = f"{number}"
            file.write(json.dumps({"text": " ".join(own)}) + "\n")


def run(name: str, chain: str, count: int, *, edited: bool) -> tuple[float, float, int]:
    """GB of memory at most and CPU-seconds of a run in one process, and the documents that it kept."""
    folder, out = FOLDER / name, FOLDER / f"{name}-out"
    write_documents(folder, count, edited=edited)
    texts = source("copies", folder / "*.jsonl", "ingest.jsonl:read", part_bytes=8_000_000)
    signed = stage("signed", "copies", "dedup.exact:hash", "dedup.minhash:sign")
    write(FOLDER / f"{name}.toml", texts, signed, *CHAINS[chain], max_failed=None)
    log = FOLDER / f"{name}.log"
    process = runs.begin(log, "run", FOLDER / f"{name}.toml", out, "--workers", 0)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{name} ended with {os.waitstatus_to_exitcode(status)}; see {log}")
    kept = sum(pl.read_parquet(file, columns=["id"]).height for file in out.glob("clean/part-*.parquet"))
    shutil.rmtree(out)
    return used.ru_maxrss * 1024 / 1e9, used.ru_utime + used.ru_stime, kept


def measure(figures: Figures, chain: str, what: str, *, edited: bool) -> None:
    """A chain on one document, on a tenth and on all."""
    run(f"{chain}-{what}-first", chain, 100, edited=edited)  # compiles the loops
    runs = []
    for count, times in ((1, 3), (MANY // 10, 3), (MANY, 1)):  # short ones by the least of several
        one = [run(f"{chain}-{what}-{count}-{i}", chain, count, edited=edited) for i in range(times)]
        runs.append((min(gb for gb, _, _ in one), min(seconds for _, seconds, _ in one), one[-1][2]))
    (base, idle, _), (some, soon, _), (most, late, kept) = runs
    for (gb, seconds, _), count in zip(runs, (1, MANY // 10, MANY), strict=True):
        print(f"  {chain}, {what}: {count:,} documents, {gb:.2f} GB, {seconds:.1f} CPU-seconds", flush=True)
    if edited:  # pages of one template, each with facts of its own: the guard keeps them
        print(f"{chain}_{what}_kept {kept}", flush=True)
    else:
        figures.add(f"{chain}_{what}_kept", kept, 1, most=True)
    figures.add(f"{chain}_{what}_peak_gb", round(most, 2), MOST_GB, most=True)
    figures.add(
        f"{chain}_{what}_memory_times", round((most - base) / max(some - base, 0.01), 1), 11, most=True
    )
    figures.add(f"{chain}_{what}_time_times", round((late - idle) / max(soon - idle, 0.1), 1), 15, most=True)


def main() -> None:
    figures = Figures("copies", FOLDER)
    measure(figures, "both", "identical", edited=False)
    measure(figures, "both", "edited", edited=True)
    measure(figures, "near", "identical", edited=False)
    measure(figures, "passages", "identical", edited=False)
    shutil.rmtree(FOLDER)
    figures.close()


if __name__ == "__main__":
    main()
