"""Gate: how often a run writes the text of a document that it keeps. `make gate NAME=written OUT=out/demo`.

Reads the finished run in OUT (environment; out/demo). A stage has written a text where its file of kept
documents holds it; the shards count once for a document, however often it was drawn. Beyond what the export
holds in memory, its shuffle is a write more. The same text stands in one stage and in the shards; a page of
the demo in five forms at most: HTML, text, without the lines of its site, masked, in a shard.
"""

import os
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
from figures import Figures

from winnow.mixing.packing import scatter
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary

OUT = Path(os.environ.get("OUT", "out/demo"))


def shards(account: RunSummary) -> list[Path]:
    exports = sorted(path.parent for path in account.out.glob("*/all/manifest.json"))
    return [file for folder in exports for file in sorted(folder.glob("data/*.parquet"))]


def kept(account: RunSummary) -> pl.DataFrame:
    """`id` and `text` of the documents in the shards, each once."""
    files = shards(account)
    if not files:
        raise SystemExit(f"{account.out} holds no shards: run `make demo` first, or say OUT=")
    rows = pl.concat([pl.read_parquet(file, columns=["id", "text"], glob=False) for file in files])
    return rows.unique("id")


def written(folder: Path) -> pl.DataFrame:
    """`id`, `hash` and `bytes` of the texts that the files of a stage hold."""
    found = [pl.DataFrame(schema={"id": pl.String, "hash": pl.UInt64, "bytes": pl.Int64})]
    for file in sorted(folder.glob("part-*.parquet")):
        docs = pl.scan_parquet(file, glob=False)
        name = "text" if "text" in docs.collect_schema() else "text_here"
        found.append(docs.drop_nulls(name).select("id", *measure(name)).collect())
    return pl.concat(found)


def measure(name: str) -> tuple[pl.Expr, pl.Expr]:
    """`hash` and `bytes` of the texts in a column."""
    return pl.col(name).hash().alias("hash"), pl.col(name).str.len_bytes().cast(pl.Int64).alias("bytes")


def shuffled(account: RunSummary) -> bool:
    """Whether the export's shuffle wrote: the shards hold more than it holds in memory."""
    found = [pq.read_metadata(file) for file in shards(account)]
    groups = [about.row_group(number) for about in found for number in range(about.num_row_groups)]
    return sum(group.total_byte_size for group in groups) > scatter.BUFFER_BYTES


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> None:
    figures = Figures("written")
    account = run_summary.read(OUT)
    documents = kept(account)
    total, last = documents["text"].str.len_bytes().sum(), 1 + shuffled(account)
    writes, share = [documents.select("id", *measure("text"))] * last, float(last)
    print(f"{'stage':24} {'of kept':>8} {'of all':>8}  text written per byte of text kept; and on disk, MB")
    for stage in account.shard_stages():
        rows = written(stage.folder)
        writes.append(rows.join(documents.select("id"), on="id", how="semi"))
        of_kept, of_all = writes[-1]["bytes"].sum() / total, rows["bytes"].sum() / total
        print(f"{stage.name:24} {of_kept:8.2f} {of_all:8.2f}  {size(stage.folder) / 1e6:8.1f}")
        share += of_kept
    print(f"{'shards':24} {float(last):8.2f}")
    of_one = pl.concat(writes)
    most = {keys: of_one.group_by(*keys).len()["len"].max() for keys in (("id",), ("id", "hash"))}
    figures.add("text_written_per_byte_kept", round(share, 2), 3, most=True)
    figures.add("most_writes_of_one_document", most[("id",)], 5, most=True)
    figures.add("most_writes_of_the_same_text", most["id", "hash"], 1 + last, most=True)
    figures.add("megabytes_on_disk", round(size(OUT) / 1e6, 1), float("inf"), most=True)
    figures.close()


if __name__ == "__main__":
    main()
