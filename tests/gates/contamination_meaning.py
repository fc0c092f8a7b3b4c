"""Gate: eval items in other words and languages, by what they mean. `make gate NAME=contamination_meaning`.

Translations, paraphrases and look-alikes by another hand (golds/copies_and_leaks.md): the half `open` trained
the head, `held` chose nothing. Ordinary pages are the texts of WCXB's pages and of manuals of Debian's
packages; train items are those of evals, others than those that trained. Beside the head its simplest rival,
the cosine alone, at as many false pages. Environment: PAGES (2,000) manuals, WINNOW_DATA.

`ONLY=fit` trains the head anew, on the half `open`, documents of the demo's run and train items: writes
dedup/meaning/head.npz.
"""

import json
import lzma
import os
import tarfile
import time
from pathlib import Path

import contamination as gate
import hosts
import numpy as np
import polars as pl
from figures import Figures
from sklearn.ensemble import HistGradientBoostingClassifier

from winnow import trees
from winnow.dedup import contamination_meaning as meaning
from winnow.dedup.meaning import head

GOLD = Path(__file__).parent / "golds/contamination_meaning.jsonl.xz"
FOLDER = Path("out/gates/contamination_meaning")
DEMO = Path(os.environ.get("OUT") or os.environ.get("DEMO") or "out/demo")
DATA = Path(os.environ.get("WINNOW_DATA", "../shared/data"))
PAGES = int(os.environ.get("PAGES", "2000"))
LANGUAGES = ("de", "fr", "es", "ru", "pt", "zh")


def cases(half: str) -> pl.DataFrame:
    """The cases of a half: `kind` is the way without its language."""
    with lzma.open(GOLD, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["half"] == half]
    told = [
        {name: row[name] for name in ("way", "question", "text", "document", "must_find")} for row in rows
    ]
    kind = pl.col("way").str.replace(f"_({'|'.join(LANGUAGES)}|en)$", "")
    return pl.DataFrame(told).with_columns(kind=kind).with_row_index("document_number")


def squeeze(name: str) -> pl.Expr:
    """The first letters and digits of a text: what a question is known by."""
    return pl.col(name).str.replace_all(r"[^\p{L}\p{N}]+", "").str.slice(0, 80)


def is_right(found: pl.DataFrame, docs: pl.DataFrame) -> pl.Series:
    """Whether each passage's item is the one that was put into other words there."""
    own = docs[found["document"]]
    pairs = pl.DataFrame({"item": found["question"], "own": own["question"], "must": own["must_find"]})
    return pairs.select((squeeze("item") == squeeze("own")).fill_null(False) & pl.col("must")).to_series()


def train_items(which: int) -> pl.Series:
    """Questions of train splits: of each eval 400, of those that the number chooses."""
    file = next((DEMO / "train.items").glob("*/train.parquet"))
    rows = pl.read_parquet(file, glob=False).drop_nulls("question").with_row_index()
    rows = rows.filter(pl.col("index") % 2 == which)
    return pl.concat([each.sample(400, seed=5) for each in rows.partition_by("eval", maintain_order=True)])[
        "question"
    ]


def pages() -> pl.Series:
    """Texts that people wrote for others: of WCXB's pages and of manuals."""
    texts = []
    with tarfile.open(DATA / "web/wcxb-dev.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".json") and "/ground-truth/" in member.name:
                known = json.load(archive.extractfile(member))
                texts.append(known["ground_truth"]["main_content"])
    manuals = hosts.clean(FOLDER / "clean.parquet", Path("data"), 220_000)["text"]
    return pl.concat([pl.Series("text", texts), manuals.sample(PAGES, seed=7).alias("text")])


def fit(index: Path) -> None:
    """Train the head, and say what it finds out of fold is left to the half that trained nothing."""
    docs = cases("open")
    files = sorted((DEMO / "shards").glob("*/data/*.parquet"))
    demo = pl.concat([pl.read_parquet(file, columns=["text"], glob=False) for file in files])
    found = meaning.describe_passages(docs["document"], index=index)
    others = [
        meaning.describe_passages(each, index=index)
        for each in (demo["text"].sample(4500, seed=1), train_items(0))
    ]
    features = np.concatenate([each["features"].to_numpy() for each in (found, *others)])
    right = np.concatenate([is_right(found, docs).to_numpy(), np.zeros(sum(map(len, others)), bool)])
    weight = np.ones(len(right))
    weight[len(right) - len(others[1]) :] = 0.3
    model = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.1, max_leaf_nodes=6, min_samples_leaf=10, l2_regularization=1.0,
        monotonic_cst=list(head.RISING), early_stopping=False, random_state=0,
    )  # fmt: skip
    model.fit(features, right, sample_weight=weight)
    np.savez_compressed(head.FILE, **trees.flatten([model]))
    print(f"{head.FILE}: {right.sum()} of {len(right)} passages are items")


def share(found: pl.DataFrame, docs: pl.DataFrame, name: str, least: float) -> dict[str, float]:
    """Of each kind how many documents have a passage at `least` with its own item; look-alikes: with any."""
    right = is_right(found, docs) | ~docs["must_find"][found["document"]]
    held = found.filter(right & (found[name] >= least))["document"].unique()
    kinds = docs.with_columns(held=pl.col("document_number").is_in(held.implode()))
    return dict(kinds.group_by("kind").agg(pl.col("held").mean()).sort("kind").iter_rows())


def count_documents(found: pl.DataFrame, name: str, least: float) -> int:
    return found.filter(pl.col(name) >= least)["document"].n_unique()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = FOLDER / "index"
    index.mkdir(exist_ok=True)
    began = time.process_time()
    if not (index / "format.json").exists():
        meaning.index([gate.read_items()], index)
        print(f"    index: {time.process_time() - began:.0f} CPU s")
    if os.environ.get("ONLY") == "fit":
        return fit(index)
    figures = Figures("contamination_meaning")
    docs, text, taught = cases("held"), pages(), train_items(1)
    began = time.process_time()
    ordinary = meaning.score_passages(text, index=index)
    spent = time.process_time() - began
    print(f"    {len(text)} pages of {text.str.len_bytes().sum() / 1e6:.0f} MB, {len(ordinary)} passages:")
    print(f"    {spent:.0f} CPU s, {len(text) / spent:.0f} pages a second")
    found, split = (meaning.score_passages(each, index=index) for each in (docs["document"], taught))
    for name, value in share(found, docs, "score", meaning.MIN_SCORE).items():
        floors = {"translation": 0.4, "paraphrase": 0.0, "paraphrase_solution": 0.4}
        figures.add(f"held.{name}", round(value, 3), floors.get(name, 0.05), most=name not in floors)
    both = docs.filter(pl.col("kind").str.starts_with("paraphrase"))["document_number"]
    right = found.filter(is_right(found, docs) & (pl.col("score") >= meaning.MIN_SCORE))["document"].unique()
    figures.add("held.paraphrases", round(both.is_in(right.implode()).mean(), 3), 0.4)
    wrong = count_documents(ordinary, "score", meaning.MIN_SCORE)
    figures.add("pages.false", round(wrong / len(text), 5), 0.001, most=True)
    figures.add(
        "train.flagged",
        round(count_documents(split, "score", meaning.MIN_SCORE) / len(taught), 4),
        0.03,
        most=True,
    )
    for row in ordinary.sort("score", descending=True).head(8).iter_rows(named=True):
        print(f"    {row['score']:.2f} {row['similarity']:.2f} {row['eval']}: {row['passage'][:160]!r}")
        print(f"        {row['question'][:160]!r}")
    best = ordinary.group_by("document").agg(pl.col("similarity").max())["similarity"].sort(descending=True)
    level = float(best[max(1, wrong)]) + 1e-6
    for name, value in share(found, docs, "similarity", level).items():
        print(f"    by the cosine alone, at {level:.3f}: {name} {value:.3f}")
    print(f"    by the cosine alone: train {count_documents(split, 'similarity', level) / len(taught):.4f}")
    figures.close()


if __name__ == "__main__":
    main()
