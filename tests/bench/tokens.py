"""Bench: documents to packed token files beside datatrove's and Megatron's ways, in CPU-seconds of one core.

`make bench NAME=tokens`. The same `tokenizer.json` (data/evals, of `make data`) and the same documents: those
of DOCS, a folder of Parquet files with `text`, or sources and topics of Python's own library. Sides (ONLY:
some of them), each in a process of its own, ROUNDS times in turn (3); the least counts, without imports. What
our process pays once, to load compiled loops and the tokenizer, is in our seconds and in the ratios. What
encodes every document by the tokenizer cannot be faster than it, which is printed as the peers' share; ours
encodes distinct pieces, so that it may take less.

* `tokenizer`: `encode_batch_fast` alone, nothing kept;
* `ours`: encode, pack, plan, write `.ds`, finish (which encodes a share once more);
* `ours_encode`: the first of these;
* `datatrove`: `DocumentTokenizer`, shuffled, which does not pack;
* `megatron`: as its `preprocess_data.py` does, a document at a time into `IndexedDatasetBuilder` (of the
  gate's out/cache/token_peers; left out where that is not there).
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import sections
import sides
from figures import say_figure

FOLDER = sides.OUT / "tokens"
TOKENIZER = Path("data/evals/tokenizer.json").resolve()
PEERS = Path("out/cache/token_peers/main").resolve()
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SIDES = ("tokenizer", "ours", "ours_encode", "datatrove", "megatron")
EOS = "<|endoftext|>"
IMPORTS = {
    "tokenizer": ["tokenizers", "polars"],
    "ours": [
        "winnow.mixing.tokens.writer",
        "winnow.mixing.tokens.order",
        "winnow.mixing.tokens.encoder",
        "winnow.pipelines.engine.disk.documents",
    ],
    "ours_encode": ["winnow.mixing.tokens.encoder", "winnow.pipelines.engine.disk.documents"],
    "datatrove": ["datatrove.executor", "datatrove.pipeline.readers", "datatrove.pipeline.tokens"],
    "megatron": ["tokenizers", "polars", "megatron.core.datasets.indexed_dataset"],
}
FLOORS = {"datatrove": 1.5, "megatron": 1.5}


def sample() -> None:
    """The documents as four Parquet files."""
    import hashlib
    import sysconfig

    import polars as pl

    if folder := os.environ.get("DOCS"):
        frames = [pl.read_parquet(path, columns=["text"]) for path in sorted(Path(folder).glob("*.parquet"))]
        texts = pl.concat(frames)["text"].to_list()
    else:
        from pydoc_data.topics import topics

        root = Path(sysconfig.get_path("stdlib"))
        files = sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)
        found = [*topics.values(), *(path.read_text("utf-8", "replace") for path in files)]
        texts = list(filter(None, found))  # datatrove's reader leaves an empty text out, ours ends it
    ids = [hashlib.blake2b(str(i).encode(), digest_size=16).hexdigest() for i in range(len(texts))]
    docs = pl.DataFrame({"id": ids, "source": "python", "text": texts})
    (FOLDER / "docs").mkdir(parents=True)
    for part in range(4):
        docs[part::4].write_parquet(FOLDER / f"docs/part-{part:05d}.parquet", row_group_size=200)
    (FOLDER / "few").mkdir()
    docs[:3].write_parquet(FOLDER / "few/part-00000.parquet")


def read_texts() -> list[list[str]]:
    import polars as pl

    return [pl.read_parquet(path)["text"].to_list() for path in sorted((FOLDER / "docs").iterdir())]


def run_tokenizer(out: Path) -> int:
    from tokenizers import Tokenizer

    plain, count = Tokenizer.from_file(str(TOKENIZER)), 0
    for texts in read_texts():
        for first in range(0, len(texts), 200):
            count += sum(
                map(len, plain.encode_batch_fast(texts[first : first + 200], add_special_tokens=False))
            )
    return count


def run_ours(out: Path, only_encode: bool = False, documents: str = "docs") -> int:
    from winnow.mixing.tokens import encoder, order, pack, writer
    from winnow.pipelines.engine.disk.documents import read_batches

    def list_files(name: str) -> list[Path]:
        return sorted(path for path in (out / name).rglob("*") if path.is_file())

    docs = sorted((FOLDER / documents).iterdir())
    for path in docs:
        part = out / "encoded" / path.stem
        part.mkdir(parents=True)
        encoder.encode([path], part, read=read_batches, tokenizer=TOKENIZER)
    if not only_encode:
        for name in ("packed", "ordered", "files"):
            (out / name).mkdir()
        pack.samples(list_files("encoded"), out / "packed", window=4097)
        order.plan(list_files("packed"), out / "ordered")
        for bucket in sorted((out / "ordered").glob("bucket=*")):
            place = out / "written" / bucket.stem
            place.mkdir(parents=True)
            writer.write([bucket], place, encoded=out / "encoded", formats=["datatrove"])
        files = [*list_files("written"), *docs]
        writer.finish(files, out / "files", read=read_batches, order=out / "ordered", tokenizer=TOKENIZER)
    found = list_files("encoded")
    return sum(json.loads(path.read_text())["tokens"] for path in found if path.name == "encoding.json")


def run_datatrove(out: Path) -> int:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.tokens import DocumentTokenizer

    steps: list[Any] = [
        ParquetReader(str(FOLDER / "docs")),
        DocumentTokenizer(str(out / "ds"), tokenizer_name_or_path=str(TOKENIZER), eos_token=EOS, seed=1),
    ]
    LocalPipelineExecutor(steps, tasks=1, logging_dir=str(out / "logs")).run()
    return sum(path.stat().st_size for path in (out / "ds").glob("*.ds")) // 2


def run_megatron(out: Path) -> int:
    import numpy as np
    from megatron.core.datasets.indexed_dataset import IndexedDatasetBuilder
    from tokenizers import Tokenizer

    plain, count = Tokenizer.from_file(str(TOKENIZER)), 0
    eos = plain.token_to_id(EOS)
    builder = IndexedDatasetBuilder(str(out / "megatron.bin"), dtype=np.uint16)
    for texts in read_texts():
        for text in texts:
            ids = [*plain.encode(text, add_special_tokens=False).ids, eos]
            builder.add_document(ids, [len(ids)])
            count += len(ids)
    builder.finalize(str(out / "megatron.idx"))
    return count


def side(name: str) -> None:
    """One side, once."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    runs = {
        "tokenizer": run_tokenizer,
        "ours": run_ours,
        "ours_encode": lambda out: run_ours(out, only_encode=True),
        "datatrove": run_datatrove,
        "megatron": run_megatron,
    }
    if name == "megatron":
        sys.path.append(str(PEERS))
    for each in IMPORTS[name]:
        import_module(each)
    out = FOLDER / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    start_up = 0.0
    if name.startswith("ours"):  # what a process pays once: compiled loops are loaded, and the tokenizer
        begun = time.process_time()
        run_ours(out / "few", name == "ours_encode", "few")
        start_up = time.process_time() - begun
    begun = time.process_time()
    count = runs[name](out)
    seconds = time.process_time() - begun + start_up
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    said = {"side": name, "seconds": seconds, "start_up": start_up, "tokens": count, "peak_mb": round(peak)}
    print(json.dumps(said))


def compare(best: dict[str, dict[str, Any]]) -> bool:
    """Print how the sides stand; whether a floor is missed, or the sides count different tokens."""
    ours, alone, short = best["ours"], best["tokenizer"], False
    for name, floor in FLOORS.items():
        if name in best:
            ratio, share = (best[name]["seconds"] / ours["seconds"], alone["seconds"] / best[name]["seconds"])
            short |= say_figure(f"{name} / ours", ratio, floor) == "short"
            print(f"  the tokenizer is {share:.2f} of {name}'s CPU")
    print(
        f"tokenizer / ours: {alone['seconds'] / ours['seconds']:.2f}; ours pays {ours['start_up']:.1f} s once"
    )
    if len({row["tokens"] for name, row in best.items() if name != "tokenizer"}) > 1:
        print("the sides count different tokens")
        short = True
    return short


def main() -> None:
    wanted = sections.choose(SIDES)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    sample()
    some = [name for name in wanted if (name != "megatron" or PEERS.exists())]
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in some}
    for _ in range(ROUNDS):
        for name in some:
            done = subprocess.run(
                [sys.executable, __file__, name], capture_output=True, text=True, check=False, env=os.environ
            )
            lines = [line for line in done.stdout.splitlines() if line.startswith('{"side"')]
            if not lines:
                sys.exit(f"{name}: {done.stderr[-2000:]}")
            rows[name].append(json.loads(lines[0]))
    best = {name: min(found, key=lambda row: row["seconds"]) for name, found in rows.items()}
    size = sum(len(text.encode()) for texts in read_texts() for text in texts)
    for name, row in best.items():
        every = ", ".join(f"{found['seconds']:.1f}" for found in rows[name])
        print(
            f"{name:12} {row['seconds']:7.1f} s ({every})  {size / 1e6 / row['seconds']:6.2f} MB/s"
            f"  {row['tokens']:,} tokens  {row['peak_mb']:,} MB"
        )
    short = {"ours", "tokenizer"} <= set(best) and compare(best)
    sides.close("tokens", rows, not short)


if __name__ == "__main__":
    side(sys.argv[1]) if len(sys.argv) > 1 else main()
