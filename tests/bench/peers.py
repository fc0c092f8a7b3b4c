"""Peers on the documents of a folder of Parquet files (`name`, `text`), one core: run by `.venv-bench`.

`peers.py SIDE DOCS OUT`: SIDE is datatrove (its four stages), datatrove-sign, rensa, rensa-sign or
datasketch. Writes OUT/SIDE.json: CPU-seconds of each part of the work, imports apart, and `removed`, pairs
of a document's name and the name of the one kept for it (null where the peer does not say).
"""

import json
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Removed = list[tuple[str, str | None]]


def documents(folder: Path) -> tuple[list[str], list[str]]:
    tables = [pq.read_table(path, columns=["name", "text"]) for path in sorted(folder.glob("*.parquet"))]
    return [x for t in tables for x in t["name"].to_pylist()], [
        x for t in tables for x in t["text"].to_pylist()
    ]


def shingles(text: str) -> list[str]:
    """Runs of five words as the peers' own examples make them: a regular expression, joined strings."""
    words = re.findall(r"\w+", text.lower())
    return [" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))]


def datatrove(docs: Path, out: Path, *, only_signatures: bool = False) -> tuple[dict[str, float], Removed]:
    """FineWeb's settings, which are its defaults."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    folder = out / "datatrove"
    shutil.rmtree(folder, ignore_errors=True)
    load_word_tokenizer("eng").word_tokenize("Loaded before.")
    config, places = minhash.MinhashConfig(), [str(folder / name) for name in ("sigs", "buckets", "ids")]
    reader = ParquetReader(str(docs), id_key="name")
    kept, gone = JsonlWriter(str(folder / "kept")), JsonlWriter(str(folder / "gone"))
    stages: list[list[Any]] = [
        [reader, minhash.MinhashDedupSignature(places[0], config)],
        [minhash.MinhashDedupBuckets(places[0], places[1], config=config)],
        [minhash.MinhashDedupCluster(places[1], places[2], config, save_cluster_id=True)],
        [reader, minhash.MinhashDedupFilter(places[2], gone, load_cluster_ids=True), kept],
    ]
    seconds = {}
    for number, name in enumerate(["sign", "buckets", "cluster", "filter"][: 1 if only_signatures else 4]):
        begun = time.process_time()
        for rank in range(config.num_buckets if number == 1 else 1):
            world = config.num_buckets if number == 1 else 1
            stage = LocalPipelineExecutor(
                stages[number], tasks=world, workers=1, logging_dir=str(folder / f"logs{number}")
            )
            stage._run_for_rank(rank)
        seconds[name] = time.process_time() - begun
    if only_signatures:
        return seconds, []
    stays = {cluster: name for name, cluster in _rows(folder / "kept") if cluster is not None}
    return seconds, [(name, stays.get(cluster)) for name, cluster in _rows(folder / "gone")]


def _rows(folder: Path) -> Iterator[tuple[str, int | None]]:
    import gzip

    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            for line in lines:
                row = json.loads(line)
                cluster = row["metadata"].get("minhash_cluster_id")
                yield row["id"], cluster if cluster is not None and cluster >= 0 else None


def rensa(docs: Path, *, only_signatures: bool = False) -> tuple[dict[str, float], Removed]:
    """RMinHash with 112 permutations; then its LSH of 14 bands, keeping the first of those alike."""
    from rensa import RMinHash, RMinHashLSH

    names, texts = documents(docs)
    begun = time.process_time()
    sketches = []
    for text in texts:
        sketch = RMinHash(num_perm=112, seed=1)
        sketch.update(shingles(text))
        sketches.append(sketch)
    seconds = {"sign": time.process_time() - begun}
    removed: Removed = []
    if not only_signatures:
        begun = time.process_time()
        lsh = RMinHashLSH(threshold=0.75, num_perm=112, num_bands=14)
        for number, sketch in enumerate(sketches):
            near = [k for k in lsh.query(sketch) if sketch.jaccard(sketches[k]) >= 0.75]
            if near:
                removed.append((names[number], names[near[0]]))
            else:
                lsh.insert(number, sketch)
        seconds["lsh"] = time.process_time() - begun
    return seconds, removed


def datasketch(docs: Path) -> tuple[dict[str, float], Removed]:
    """MinHash with 112 permutations and MinHashLSH of 14 bands of 8, keeping the first of those alike."""
    from datasketch import MinHash, MinHashLSH

    names, texts = documents(docs)
    seconds, removed = {"sign": 0.0, "lsh": 0.0}, []
    lsh = MinHashLSH(params=(14, 8), num_perm=112)
    for name, text in zip(names, texts, strict=True):
        begun = time.process_time()
        sketch = MinHash(num_perm=112, seed=1)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        seconds["sign"] += time.process_time() - begun
        begun = time.process_time()
        near = sorted(lsh.query(sketch))
        if near:
            removed.append((name, near[0]))
        else:
            lsh.insert(name, sketch)
        seconds["lsh"] += time.process_time() - begun
    return seconds, removed


def main() -> None:
    side, docs, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    peer, _, what = side.partition("-")
    if peer == "datatrove":
        seconds, removed = datatrove(docs, out, only_signatures=what == "sign")
    elif peer == "rensa":
        seconds, removed = rensa(docs, only_signatures=what == "sign")
    else:
        seconds, removed = datasketch(docs)
    (out / f"{side}.json").write_text(json.dumps({"cpu_seconds": seconds, "removed": removed}))


if __name__ == "__main__":
    main()
