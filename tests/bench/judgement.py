"""Learnt judgement beside datatrove's classifier filter, in documents a CPU-second of one core.

`make bench NAME=judgement`. The demo's pages, as they are extracted, several times over. The peer has a
fastText model (pairs of words, as DCLM's) trained here on the same documents; the same model judges inside a
head of ours, and the shipped heads judge too. Sides take turns, `ROUNDS` times; the best of each counts.
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import sides

from winnow.classifiers import harm, lines, machine, quality, types
from winnow.ingest import html, warc
from winnow.pipelines.engine.disk.documents import read_batches

FOLDER = sides.OUT / "judgement"
ROUNDS = 3
LEAST = 4000  # documents


def read_pages() -> pl.DataFrame:
    """Pages of the demo's web archives as text."""
    frames = [batch for file in sorted(Path("data/web").glob("*.warc.gz")) for batch in warc.read(str(file))]
    docs = pl.concat(frames, how="diagonal_relaxed").filter(pl.col("text").is_not_null())
    texts = html.extract(docs).filter(pl.col("text").str.len_chars() > 200).select("text")
    if texts.is_empty():
        raise SystemExit("data/web has no pages: `make data` fetches them")
    return pl.concat([texts] * (LEAST // texts.height + 1)).head(LEAST)


def train(docs: pl.DataFrame) -> Path:
    """A head of fastText alone that tells long pages from short ones: what it says does not matter here."""
    some = docs.unique("text", maintain_order=True)
    graded = some.with_columns(
        score=(pl.col("text").str.len_chars() > pl.col("text").str.len_chars().median()).cast(pl.Int64)
    )
    FOLDER.mkdir(parents=True, exist_ok=True)
    graded.write_parquet(FOLDER / "grades.parquet")
    out = FOLDER / "model"
    if not (out / "quality.json").exists():
        out.mkdir(exist_ok=True)
        quality.train([], out, read=read_batches, grades=FOLDER / "grades.parquet", members=["fasttext"])
    return out


def measure(judge: Callable[[pl.DataFrame], pl.DataFrame], docs: pl.DataFrame) -> float:
    """CPU-seconds; the documents lie elsewhere each time, so that their words are found anew."""
    moved = docs.with_columns(pl.col("text") + " ")
    return sides.take(lambda: [judge(batch) for batch in moved.iter_slices(1000)])


def peer(model: Path, docs: pl.DataFrame) -> float:
    """CPU-seconds of datatrove's filter."""
    docs.write_parquet(FOLDER / "docs.parquet")
    files = [model / "all/head.bin", FOLDER / "docs.parquet", FOLDER / "peer.json"]
    return float(
        sides.run(FOLDER, "peer", sides.PEERS, "tests/bench/peers.py", "fasttext", *files)["seconds"]
    )


def main() -> None:
    """Print a line for each way of judging."""
    docs = read_pages()
    model = train(docs)
    ways: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
        "fastText, the peer's model": lambda batch: quality.score(batch, model=model),
        "quality, shipped": quality.score,
        "types, shipped": types.label,
        "lines, shipped": lines.clean,
        "harm, shipped": harm.score,
        "machine-made, shipped": machine.score,
    }
    for judge in ways.values():
        judge(docs.head(50))
    best = dict.fromkeys([*ways, "datatrove, fastText"], float("inf"))
    for _ in range(ROUNDS):
        best["datatrove, fastText"] = min(best["datatrove, fastText"], peer(model, docs))
        for name, judge in ways.items():
            best[name] = min(best[name], measure(judge, docs))
    print(f"{docs.height} documents of {docs['text'].str.len_bytes().mean():.0f} bytes")
    for name, seconds in best.items():
        ratio = best["datatrove, fastText"] / seconds
        print(f"{name:<28} {docs.height / seconds:8.0f} a CPU-second, {ratio:5.2f} of datatrove's rate")


if __name__ == "__main__":
    main()
