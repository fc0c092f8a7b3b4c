"""What models learn from sets of documents of equal tokens, for the bench `data`.

`score` draws documents anew for each seed and has n-gram models, or transformers, learn so many tokens.
"""

import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats
from threadpoolctl import threadpool_limits

from winnow.mixing import count, ngram, proxies
from winnow.pipelines.engine.disk import documents

BYTES_PER_TOKEN = 2.8  # about what a vocabulary of 1,024 gives
EVALS = {
    "text": ["hellaswag", "arc_easy", "arc_challenge", "piqa", "openbookqa", "mmlu"],
    "code": ["humaneval", "mbpp"],
    "maths": ["gsm8k", "minerva_math_500"],
    "prose": ["text:prose"],
    "web": ["text:web"],
}
MOST_ITEMS = 400  # of each eval
SIZE = 400_000  # parameters of a transformer
WORKERS = 2


def tell_repeats(kept: dict[str, pl.DataFrame], tokens: int) -> None:
    """Print of which recipes documents are read again, and how often."""
    wanted = tokens * BYTES_PER_TOKEN
    for name, docs in kept.items():
        if (size := docs["text"].str.len_bytes().sum()) < wanted:
            print(f"{name}: {tokens:,} tokens are all that it keeps, {wanted / size:.2f} times over")


def draw(docs: pl.DataFrame, name: str, seed: int, tokens: int) -> pl.DataFrame:
    """Rows in an order of the seed, again where there are too few, as many as hold so many tokens. A document
    that comes several times comes at several places."""
    wanted = int(tokens * BYTES_PER_TOKEN * 1.1)
    size = docs["text"].str.len_bytes().sum()
    docs = docs.with_columns(copy=pl.int_range(pl.len()).over("id"))
    order = docs.select(pl.struct("id", "copy").hash(seed)).to_series().arg_sort()
    rows = pl.concat([docs[order]] * int(wanted // size + 1))
    bytes_ = pl.col("text").str.len_bytes()
    taken = rows.filter(bytes_.cum_sum().shift(1, fill_value=0) < wanted)
    source = pl.lit(f"{name}.{seed}")
    ids = pl.format("{}-{}-{}", "id", source, pl.int_range(pl.len()))
    return taken.select(ids.alias("id"), source.alias("source"), "text", token_count=bytes_ // 3)


def score(
    kept: dict[str, pl.DataFrame], items: Path, place: Path, *, proxy: str, tokens: int, seeds: int
) -> pl.DataFrame:
    """`recipe`, `seed`, `eval`, `value`: bits per byte. Works in the folder `place`, which is made anew."""
    shutil.rmtree(place, ignore_errors=True)
    for name in ("docs", "prepared", "counts", "mixes", "scores"):
        (place / name).mkdir(parents=True)
    rows = pl.concat([draw(docs, name, seed, tokens) for name, docs in kept.items() for seed in range(seeds)])
    rows.write_parquet(place / "docs/part-0.parquet", row_group_size=500)
    sources = sorted(rows["source"].unique())
    file = [place / "docs/part-0.parquet"]
    proxies.prepare(
        file,
        place / "prepared",
        read=documents.read_batches,
        items=items,
        max_bytes_per_source=10**9,
        held_out_bytes=0,
        max_items_per_eval=MOST_ITEMS,
    )
    for number, source in enumerate(sources):
        weights = {name: [float(name == source)] for name in sources}
        row = {"mix": [number], "seed": [int(source.rsplit(".", 1)[1])], "round": [0], **weights}
        pl.DataFrame(row).write_parquet(place / f"mixes/mix={number:04d}.parquet")
    if proxy == "ngram":
        count.by_source(file, place / "counts")
        score_ngrams(place, tokens)
    else:
        train_transformers(place, tokens)
    found = pl.concat(map(pl.read_parquet, sorted(place.glob("scores/**/scores.parquet"))))
    names = pl.DataFrame({"mix": range(len(sources)), "source": sources})
    split = pl.col("source").str.split_exact(".", 1)
    found = found.select("mix", "eval", "value").join(names, on="mix")
    return found.select(
        split.struct[0].alias("recipe"), split.struct[1].cast(int).alias("seed"), "eval", "value"
    )


def score_ngrams(place: Path, tokens: int) -> None:
    ngram.score(
        sorted((place / "mixes").glob("*.parquet")),
        place / "scores",
        data=place / "prepared",
        counts=place / "counts",
        proxy_tokens=tokens,
        budget_tokens=tokens,
        smoothing=["text:prose", "text:web"],
    )


def train_transformers(place: Path, tokens: int) -> None:
    """A transformer of `SIZE` parameters on each mix, several side by side."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        mixes = sorted((place / "mixes").glob("*.parquet"))
        list(pool.map(train_one, mixes, [place] * len(mixes), [tokens] * len(mixes)))


def train_one(mix: Path, place: Path, tokens: int) -> None:
    import torch

    torch.set_num_threads(1)
    out = place / "scores" / mix.stem
    out.mkdir()
    with threadpool_limits(1):
        proxies.train([mix], out, data=place / "prepared", proxy_tokens=tokens, size=SIZE)


def compare(scores: pl.DataFrame, name: str, base: str) -> dict[str, tuple[float, float]]:
    """Of each group of evals, by how much more bits (in percent) one recipe needs than another, and +-."""
    told = {}
    for group, members in EVALS.items():
        mean = (
            scores.filter(pl.col("eval").is_in(members))
            .group_by("recipe", "seed")
            .agg(pl.col("value").mean())
        )
        mine, theirs = (mean.filter(recipe=each).sort("seed")["value"].to_numpy() for each in (name, base))
        change = 100 * (mine / theirs - 1)
        half = stats.t.ppf(0.975, len(change) - 1) * np.std(change, ddof=1) / np.sqrt(len(change))
        told[group] = (float(change.mean()), float(half))
    return told
