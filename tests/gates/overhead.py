"""Gate: what it costs that files prove themselves and that calls have a clock; what a small part costs.
`make gate NAME=overhead`.

1. Two recipes over real pages (`make data`), from WARC to filtered documents and through near deduplication,
   run in this process by turns as they are, and without digests of files, proofs before reading, checksums
   of Parquet's pages, and clocks. The least CPU time of each: the machine may be busy.
2. So many files of a few documents, a part each, in one process: CPU time of all it takes from its start to
   the report, by part. A run of a few parts before it compiles the loops.

Environment: TURNS (5), PARTS (3000). Names of parts as arguments run only these (web dedup parts).
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import near
import polars as pl
import pyarrow.parquet as pq
import runs
from figures import Figures
from recipe_text import LANGUAGE, source, stage, step, write

from winnow.pipelines.engine import schedule
from winnow.pipelines.engine.disk import documents, proof, storage
from winnow.pipelines.engine.work import cpu_limit, pools
from winnow.pipelines.screen.progress import Progress
from winnow.pipelines.spec import toml

FOLDER = Path("out/gates/overhead").resolve()
PAGES = Path("data/web").resolve()
TURNS, PARTS = int(os.environ.get("TURNS", "5")), int(os.environ.get("PARTS", "3000"))
NO_DIGEST = "0" * 32
RULES = (
    "filters.repetition:repetition",
    "filters.gopher:quality",
    step("filters.c4:lines", require_terminal_punctuation=False),
    "filters.fineweb:quality",
)


def read_pages(pattern: str) -> tuple[str, str]:
    """Real pages, and their texts."""
    files = [str(file) for file in sorted(PAGES.glob(pattern))]
    return source("pages", files, "ingest.warc:read"), stage("text", "pages", "ingest.html:extract")


@contextmanager
def unproved() -> Iterator[None]:
    """Without what proves files and what times calls."""
    instead: list[tuple[Any, str, Any]] = [
        (proof, "digest_file", lambda path: NO_DIGEST),
        (storage, "digest_file", lambda path: NO_DIGEST),
        (proof, "_prove", lambda path: None),
        (proof, "prove_folder", lambda path, run: None),
        (proof, "encode", lambda path, value: json.dumps(value, ensure_ascii=False).encode()),
        (proof, "read_json", read_json),
        (storage, "read_json", read_json),
        (cpu_limit, "allow", lambda seconds: nullcontext()),
        (cpu_limit, "each", lambda items, seconds: items),
        (cpu_limit, "of_batch", lambda frame: 0),
        *((pq, name, leave_checksums_out(getattr(pq, name))) for name in ("ParquetWriter", "write_table")),
    ]
    with ExitStack() as stack:
        for module, name, other in instead:
            stack.enter_context(patch.object(module, name, other))
        yield


def read_json(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.exists() else None


def leave_checksums_out(make: Any) -> Any:
    return lambda *given, **named: make(*given, **{**named, "write_page_checksum": False})


def run(recipe: Path, out: Path) -> float:
    """CPU-seconds of a run in this process, in all its threads."""
    shutil.rmtree(out, ignore_errors=True)
    loaded = toml.load(recipe)
    begun = time.process_time()
    schedule.Run(loaded, out, None, Progress()).go(pools.InProcess())
    return time.process_time() - begun


def compare(figures: Figures, name: str, recipe: Path) -> None:
    """Runs by turns, each side first as often as second, after one of each that does not count."""
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for turn in range(TURNS + 1):
        for side in sorted(taken, reverse=bool(turn % 2)):
            with unproved() if side == "without" else nullcontext():
                taken[side].append(run(recipe, FOLDER / name / side))
    for side, seconds in taken.items():
        digests = {entry[1] for entry in list_files(FOLDER / name / side)}
        assert (digests == {NO_DIGEST}) == (side == "without"), f"{name} {side}: {len(digests)} digests"
        print(f"{name} {side:8}", *(f"{second:.2f}" for second in seconds[1:]), "CPU s")
    figures.add(
        f"{name}_ratio", round(min(taken["with"][1:]) / min(taken["without"][1:]), 4), 1.03, most=True
    )


def list_files(out: Path) -> list[list[Any]]:
    """Size and digest of all files, as the receipts say."""
    receipts = [json.loads(path.read_bytes()) for path in out.glob("*/receipts/*.json")]
    return [entry for receipt in receipts for entry in receipt["files"].values()]


def web(figures: Figures) -> None:
    filtered = stage("filtered", "text", *LANGUAGE, *RULES)
    path = write(FOLDER / "web.toml", *read_pages("*-00000.warc.gz"), filtered)
    compare(figures, "web", path)


def list_passages() -> pl.DataFrame:
    """Passages of the pages' texts, of some paragraphs each, and their names."""
    path = write(FOLDER / "text.toml", *read_pages("*.warc.gz"))
    run(path, FOLDER / "passages")
    texts = documents.read(FOLDER / "passages/text", ["text"])["text"].drop_nulls()
    pages = [text.split("\n\n") for text in texts]
    cut = ["\n\n".join(page[at : at + 8]) for page in pages for at in range(0, len(page), 8)]
    return pl.DataFrame({"name": [f"passage:{i}" for i in range(len(cut))], "text": cut})


def dedup(figures: Figures) -> None:
    passages = list_passages()
    print(f"\n{passages.height:,} passages, {passages['text'].str.len_bytes().sum() / 1e6:.1f} MB")
    near.lay_out(passages, FOLDER / "docs", 4)
    compare(figures, "dedup", near.recipe(FOLDER / "docs", FOLDER / "dedup.toml", facts=2))


def parts(figures: Figures) -> None:
    passages = list_passages()["text"].to_list()
    folder = FOLDER / "small"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(PARTS):
        few = [passages[(3 * number + k) % len(passages)] for k in range(3)]
        lines = [json.dumps({"text": text}) + "\n" for text in few]
        (folder / f"{number:05d}.jsonl").write_text("".join(lines))
    texts = source("texts", folder / "*.jsonl", "ingest.jsonl:read", part_bytes=1)
    path = write(FOLDER / "small.toml", texts, stage("filtered", "texts", *RULES))
    shutil.rmtree(FOLDER / "out", ignore_errors=True)
    before = runs.count_cpu()
    runs.finish(FOLDER / "small.log", "run", path, FOLDER / "out", "--workers", 0)
    seconds = runs.count_cpu() - before
    print(f"\n{PARTS:,} parts of 3 documents, {seconds:.1f} CPU s")
    figures.add("cpu_ms_per_part", round(1000 * seconds / PARTS, 1), 20, most=True)


def main() -> None:
    if not any(PAGES.glob("*.warc.gz")):
        sys.exit("no data/web/*.warc.gz: make data")
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = Figures("overhead")
    for part in (web, dedup, parts):
        if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
            part(figures)
    figures.close()


if __name__ == "__main__":
    main()
