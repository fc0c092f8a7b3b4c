"""Orders of documents for the bench `budget`: weights learnt elsewhere, and simple ones."""

import itertools
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import polars as pl

from winnow.classifiers import importance as shown
from winnow.classifiers import target as likeness
from winnow.mixing import importance
from winnow.pipelines.engine.disk import documents

TRAITS = importance.TRAITS
FAMILIES = {
    "text": ["hellaswag", "arc_easy", "arc_challenge", "piqa", "openbookqa", "mmlu"],
    "code": ["humaneval", "mbpp"],
    "maths": ["gsm8k", "minerva_math_500"],
}
FRONTIER = {  # what each family of evals counts
    "text alone": {"text": 1.0},
    "text": {"text": 0.9, "code": 0.05, "maths": 0.05},
    "general": {"text": 0.75, "code": 0.05, "maths": 0.2},
    "even": {"text": 0.5, "code": 0.2, "maths": 0.3},
    "code first": {"text": 0.2, "code": 0.6, "maths": 0.2},
    "code alone": {"code": 1.0},
}
OURS = 0
PEERS = Path(".venv-bench/bin/python").absolute()
SHORT = 100  # n-grams: texts of fewer are not DSIR's
BUCKETS = 1 << 16  # of hashed words and pairs of them
WORD = re.compile(r"\w+|[^\w\s]+")
Order = tuple[np.ndarray, int]


def order_all(mine: pl.DataFrame, data: Path, home: Path, here: pl.DataFrame) -> dict[str, Order]:
    """Each arm's number for every document `here`, the highest first; learnt on the documents `mine` with the
    items in `data`, and kept under `home`."""
    found: dict[str, np.ndarray] = {}
    for name, weights in FRONTIER.items():
        table = learn(mine, data, home / f"learnt/{name.replace(' ', '-')}", TRAITS, weights)
        found[name] = apply(table, here)
    cells = sorted({cell for cell in name_cells(mine) if cell is not None})
    told = [mark_cells(docs, cells) for docs in (mine, here)]
    table = learn(told[0], data, home / "learnt/cells", cells, FRONTIER["general"])
    found["cells"] = apply(table, told[1])
    target = read_items(data)
    found["log-ratio of n-grams"] = weigh_ratio(mine["text"], target, here["text"])
    found["DSIR"] = run_dsir(target, here, home / f"dsir-{data.name}")
    found["target head"] = aim(mine, target, here, home / f"learnt/target-{data.name}")
    columns = ("score_quality", "trait_length")
    quality, length = (here[name].fill_null(0).to_numpy().astype(float) for name in columns)
    found |= {"quality": quality, "short first": -length}
    found["quality, short first"] = standardize(quality) - standardize(length)
    found["articles"] = (here["page_type"] == "article").fill_null(False).to_numpy().astype(float)
    return {name: (value, OURS) for name, value in found.items()}


def learn(
    docs: pl.DataFrame,
    data: Path,
    out: Path,
    traits: list[str],
    weights: dict[str, float],
    families: dict[str, list[str]] = FAMILIES,
) -> dict[str, dict[str, float]]:
    """By trait mean, standard deviation and weight: learnt once."""
    if not (out / "importance.json").exists():
        out.mkdir(parents=True, exist_ok=True)
        docs.select("id", "url", "text", *traits).write_parquet(out / "docs.parquet", row_group_size=500)
        importance.learn(
            [out / "docs.parquet"], out, read=documents.read_batches, data=data, evals=weights,
            families=families, traits=traits, folds=2, draws=2,
        )  # fmt: skip
    found: dict[str, dict[str, float]] = json.loads((out / "importance.json").read_text())["traits"]
    return found


def apply(table: dict[str, dict[str, float]], docs: pl.DataFrame) -> np.ndarray:
    """The weighted sum of what is told of each document, as the step that scores has it."""
    parts = [
        ((pl.col(name) - row["mean"]) / row["sd"]).fill_null(0.0).clip(-shown.FAR, shown.FAR) * row["weight"]
        for name, row in table.items()
    ]
    return docs.select(pl.sum_horizontal(parts)).to_series().to_numpy().astype(float)


def name_cells(docs: pl.DataFrame) -> list[str]:
    """The kind of page with a third of quality."""
    third = (pl.col("score_quality").fill_null(0) * 3).floor().clip(0, 2).cast(pl.Int64)
    name = pl.format("{}/{}", pl.col("page_type").fill_null("none"), third)
    return docs.select(name.alias("cell"))["cell"].to_list()


def mark_cells(docs: pl.DataFrame, cells: list[str]) -> pl.DataFrame:
    own = pl.Series("cell", name_cells(docs))
    return docs.with_columns((own == cell).cast(pl.Float32).alias(cell) for cell in cells)


def read_items(data: Path) -> pl.Series:
    items = pl.read_parquet(data / "given/items.parquet").filter(~pl.col("eval").str.starts_with("text:"))
    return items.select(pl.concat_str("prompt", "answer")).to_series()


def weigh_ratio(raw: pl.Series, target: pl.Series, docs: pl.Series) -> np.ndarray:
    """DSIR's importance (Xie et al. 2023): the log-ratio of hashed words and pairs of words under the items
    and under the pages, here by word, so that length counts for itself."""
    shares = [np.log((count(texts) + 1) / (count(texts) + 1).sum()) for texts in (target, raw)]
    ratio = shares[0] - shares[1]
    return np.array([ratio[hash_grams(text)].mean() if text.strip() else 0.0 for text in docs])


def run_dsir(target: pl.Series, docs: pl.DataFrame, out: Path) -> np.ndarray:
    """The package's own importance of each document for the items, of our documents among themselves."""
    ours = (docs["part"] == OURS).to_numpy()
    (out / "cache").mkdir(parents=True, exist_ok=True)
    for name, texts in (("raw", docs["text"].filter(pl.Series(ours))), ("target", target)):
        pl.DataFrame({"text": texts}).write_ndjson(out / f"{name}.jsonl")
    command = [PEERS, "tests/bench/peers_dsir.py", out / "raw.jsonl", out / "target.jsonl", out / "cache"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    weights = np.load(out / "cache/log_importance_weights/0.npy")
    weights[np.load(out / "cache/perexample_metadata/0.npy") < SHORT] = -np.inf
    found = np.full(docs.height, -np.inf)
    found[ours] = weights
    return found


def aim(mine: pl.DataFrame, target: pl.Series, docs: pl.DataFrame, out: Path) -> np.ndarray:
    """The score of a target head that learnt on the documents `mine` what is like the items."""
    if not (out / "target.json").exists():
        out.mkdir(parents=True, exist_ok=True)
        rows = mine.select("id", source=pl.lit("web"), text="text")
        rows.write_parquet(out / "docs.parquet", row_group_size=500)
        pl.DataFrame({"text": target, "eval": "evals", "split": "train"}).write_parquet(out / "items.parquet")
        likeness.train(
            [out / "docs.parquet"], out, read=documents.read_batches, items=out / "items.parquet", top=0.2
        )
    return likeness.score(docs, model=out)["score_target"].to_numpy().astype(float)


def count(texts: pl.Series) -> np.ndarray:
    return np.sum([np.bincount(hash_grams(text), minlength=BUCKETS) for text in texts], axis=0)


def hash_grams(text: str) -> np.ndarray:
    words = WORD.findall(text.lower())
    grams = pl.Series([*words, *map(" ".join, itertools.pairwise(words))], dtype=pl.String)
    return (grams.hash(0) % BUCKETS).to_numpy().astype(np.int64)


def standardize(values: np.ndarray) -> np.ndarray:
    return np.asarray((values - values.mean()) / values.std())
