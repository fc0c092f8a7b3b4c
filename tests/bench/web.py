"""Bench: our rules and our web stages beside datatrove's, on the same real pages, in CPU-seconds of one core.

`make bench NAME=web`, or with other pages `make bench NAME=web WARCS=folder PAGES=500`: reads the first PAGES
response records of the folder's *.warc.gz (data/web from `make data` and 1,000 unless told otherwise;
datatrove takes a tenth of a second for each); with data/web, which is manuals, also Scrapinghub's news where
WINNOW_DATA has them. `WCXB=1`: the pages of WCXB's development half instead. Every side runs in its own
process; imports are not counted.

Rules alone, on extracted text: Gopher repetition and quality, C4, FineWeb; every document through all. Ours
went through the texts once before, as a worker has that is not at its first batch; datatrove's filters
through one.
The whole, WARC to filtered Parquet: reading, extraction, language, the same rules, no list of URLs.
datatrove with Trafilatura and with Resiliparse; ours with plain Resiliparse and with our own extraction.

The share of our own cost is what the CPU-seconds of the run leave without the steps `ingest.html:extract`
(parsing and extraction) and `classifiers.language:identify`, of all: reading and unpacking WARC, rules,
Parquet, engine. What a process pays once, to load compiled kernels and the language model, is neither in the
ratios nor in the share: it is printed as `start_up_seconds`. The receipts' times are CPU times here.
"""

import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sides

FOLDER = sides.OUT / "web"
MANUALS = Path("data/web")
WARCS = Path(os.environ.get("WARCS", MANUALS))
WCXB = bool(os.environ.get("WCXB"))
PAGES = 0 if WCXB else int(os.environ.get("PAGES", "1000"))
ARCHIVE = "web/wcxb-dev.tar.xz" if WCXB else "extraction/scrapinghub.tar.xz"
OURS = ("ours-resiliparse", "ours-blocks")
THEIRS = ("datatrove-trafilatura", "datatrove-resiliparse")
FLOORS = {  # ratio: (peer's CPU-seconds, ours, floor)
    "rules": ("datatrove-rules", "ours-rules", 100),
    "trafilatura": ("datatrove-trafilatura", "ours-resiliparse", 25),
    "resiliparse": ("datatrove-resiliparse", "ours-resiliparse", 8),
    "trafilatura_to_blocks": ("datatrove-trafilatura", "ours-blocks", 20),
    "resiliparse_to_blocks": ("datatrove-resiliparse", "ours-blocks", 5),
}
PARTS = {"extraction": "ingest.html:extract", "language": "classifiers.language:identify"}
RULES = """
  { use = "filters.repetition:repetition" },
  { use = "filters.gopher:quality" },
  { use = "filters.c4:lines", require_terminal_punctuation = false },
  { use = "filters.c4:document" },
  { use = "filters.fineweb:quality" },
"""
RECIPE = """
name = "bench-web"
max_failed = 1.0

[[source]]
name = "web"
uris = ["{folder}/pages.warc.gz"]
read = {{ use = "ingest.warc:read" }}

[[stage]]
name = "filtered"
after = "web"
steps = [
  {{ use = "ingest.html:extract", extractor = "{extractor}" }},
  {{ use = "classifiers.language:identify" }},
  {{ use = "classifiers.language:keep", languages = ["en"], min_score = 0.65 }},
  {rules}
]
"""


def sample() -> None:
    """The pages as one WARC, and their text as Parquet: what all sides read."""
    import polars as pl
    from fastwarc.stream_io import GzipWriter
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from winnow.ingest import html, warc
    from winnow.pipelines.demo import wrap

    files = sorted(WARCS.glob("*.warc.gz"))
    records = (r for path in files for r in ArchiveIterator(path.open("rb"), WarcRecordType.response, False))
    with (FOLDER / "pages.warc.gz").open("wb") as out:
        for record in itertools.islice(records, PAGES):
            member = GzipWriter(out)
            record.write(member)
            member.close()
        for url, page in articles() if WCXB or WARCS == MANUALS else ():
            out.write(wrap.response(url, page.encode(), 0))
    frames = list(warc.read(str(FOLDER / "pages.warc.gz")))
    pages = [html.extract(frame, extractor="resiliparse") for frame in frames]
    texts = [page.filter(pl.col("drop_reason").is_null()).select("text") for page in pages]
    pl.concat(texts).write_parquet(FOLDER / "texts.parquet")
    size = sum(int(frame["text"].str.len_bytes().sum()) for frame in frames)
    read = {"pages": sum(frame.height for frame in frames), "megabytes_of_html": size / 1e6}
    (FOLDER / "sample.json").write_text(json.dumps(read))


def articles() -> Iterator[tuple[str, str]]:
    """Pages of a benchmark under WINNOW_DATA, as (url, HTML)."""
    from winnow.ingest.page.content import gold

    archive = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / ARCHIVE
    if not archive.exists():
        print(f"no {archive}: it is left out")
        return
    for number, page in enumerate(gold.read(archive)):
        yield f"https://{page.site}/{number}", page.html


def ours(extractor: str) -> tuple[float, float]:
    """Our engine, in this process: CPU-seconds of the run, and of what a process pays once before."""
    import polars as pl

    import winnow.compiler
    import winnow.ingest.page.reader  # noqa: F401
    from winnow.pipelines.engine import schedule
    from winnow.pipelines.engine.work import pools
    from winnow.pipelines.screen.progress import Progress
    from winnow.pipelines.spec import schema, toml

    time.perf_counter = time.process_time
    path = FOLDER / f"{extractor}.toml"
    path.write_text(RECIPE.format(folder=FOLDER, extractor=extractor, rules=RULES.strip()))
    out = (FOLDER / f"ours-{extractor}").resolve()
    loaded = toml.load(path)
    begun = time.process_time()
    docs = schema.complete(pl.DataFrame({"id": ["0"], "text": ["<p>A few words to begin with.</p>"]}))
    for step in loaded.stages["filtered"].steps:
        docs = step.function(docs, **step.settings)
    ready = time.process_time()
    schedule.Run(loaded, out, None, Progress()).go(pools.InProcess())
    return time.process_time() - ready, ready - begun


def our_rules(texts: list[str]) -> float:
    """CPU-seconds of our rules, in batches as the engine has them, the second time they see the texts."""
    import tomllib

    import polars as pl

    from winnow.pipelines.spec.address import resolve

    steps = [(resolve(step.pop("use")), step) for step in tomllib.loads(f"s = [{RULES}]")["s"]]

    def judge(docs: pl.DataFrame) -> None:
        for step, settings in steps:
            docs = step(docs, **settings)

    column = pl.Series("text", texts)
    for _ in range(2):
        begun = time.process_time()
        for i in range(0, len(column), 1000):
            judge(pl.DataFrame([column[i : i + 1000]]))
        seconds = time.process_time() - begun
    return seconds


def whole(extractor: str) -> dict[str, float]:
    """Our run."""
    import polars as pl

    seconds, start_up = ours(extractor)
    result = {"cpu_seconds": seconds + start_up, "start_up_seconds": start_up}
    folder = FOLDER / f"ours-{extractor}/filtered"
    receipts = [json.loads(path.read_text()) for path in folder.glob("receipts/*.json")]
    for step in receipts[0]["steps"]:
        result[step] = sum(receipt["steps"][step]["seconds"] for receipt in receipts)
    bare = seconds - sum(result[step] for step in PARTS.values())
    kept = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in folder.glob("*.parquet"))
    return {**result, "own_share": bare / seconds, "documents_kept": kept}


def work(name: str) -> None:
    """What is named, in this process; the result goes to a file."""
    if name == "sample":
        sample()
        return
    result = {"cpu_seconds": our_rules(read_texts())} if name == "ours-rules" else whole(name[len("ours-") :])
    (FOLDER / f"{name}.json").write_text(json.dumps(result))


def read_texts() -> list[str]:
    import polars as pl

    return pl.read_parquet(FOLDER / "texts.parquet")["text"].to_list()


def command(name: str) -> list[object]:
    """The program of a side, which writes its result to a file of its name."""
    if not name.startswith("datatrove"):
        return [sides.OURS, __file__, name]
    what, peers = name.removeprefix("datatrove-"), [sides.PEERS, "tests/bench/peers.py"]
    if what == "rules":
        return [*peers, "rules", FOLDER / "texts.parquet", FOLDER / f"{name}.json"]
    return [*peers, "whole", what, FOLDER, FOLDER / name]


def spend(told: dict[str, float]) -> float:
    """CPU-seconds of a side, start-up apart."""
    return told["cpu_seconds"] - told.get("start_up_seconds", 0)


def main() -> None:
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    if not WCXB and not list(WARCS.glob("*.warc.gz")):
        sys.exit(f"no *.warc.gz in {WARCS}: run `make data` first, or say WARCS=folder")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    results: dict[str, dict[str, float]] = {}
    for name in ("sample", "ours-rules", "datatrove-rules", *OURS, *THEIRS):
        results[name] = sides.run(FOLDER, name, *command(name))
        if name.endswith("-rules"):
            size = sum(len(text.encode()) for text in read_texts()) / 1e6
            print(f"{name}.megabytes_per_second {size / results[name]['cpu_seconds']:.3f}")
    ratios = {name: spend(results[peer]) / spend(results[own]) for name, (peer, own, _) in FLOORS.items()}
    holds = sides.hold(ratios, {name: floor for name, (_, _, floor) in FLOORS.items()})
    sides.close("web", results | {"ratios": ratios}, holds)


if __name__ == "__main__":
    main()
