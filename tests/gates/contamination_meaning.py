"""Gate: eval items in other words and languages, by what they mean. `make gate NAME=contamination_meaning`.

Translations, paraphrases and look-alikes by another hand (golds/copies_and_leaks.md): the half `open` trained
the head, `held` chose nothing; of a second set (`fresh`) neither half trained or chose. Ordinary pages are
manuals of Debian's packages and the texts of Scrapinghub's pages; train items are those of evals, others than
those that trained. Beside the head its simplest rival, the cosine alone, at as many false pages.
Environment: PAGES (2,000) manuals, WINNOW_DATA.

`ONLY=fit` trains the head anew, on the half `open`, documents of the demo's run, web pages and train items,
and prints what it finds out of fold, by site: writes dedup/meaning/head.npz.
"""

import gzip
import json
import lzma
import os
import shutil
import tarfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import contamination as gate
import hosts
import numpy as np
import polars as pl
import sections
from figures import Figures
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from winnow import trees
from winnow.dedup import contamination_meaning as meaning
from winnow.dedup.meaning import head

GOLD = Path(__file__).parent / "golds/contamination_meaning.jsonl.xz"
FRESH = Path(__file__).parent / "golds/contamination_meaning_fresh.jsonl.xz"
FOLDER = Path("out/gates/contamination_meaning")
DEMO = Path(os.environ.get("OUT") or os.environ.get("DEMO") or "out/demo")
DATA = Path(os.environ.get("WINNOW_DATA", "../shared/data"))
PAGES = int(os.environ.get("PAGES", "2000"))
FLOORS = {"translation": 0.4, "paraphrase": 0.25, "paraphrase_solution": 0.4}


def cases(gold: Path, halves: tuple[str, ...]) -> pl.DataFrame:
    """The cases of some halves: `kind` is the way without its language."""
    with lzma.open(gold, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if row["half"] in halves]
    told = [
        {name: row[name] for name in ("way", "question", "text", "document", "must_find")} for row in rows
    ]
    kind = pl.col("way").str.replace("_[a-z]{2}$", "")
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
    """Manuals of Debian's packages, and the texts of Scrapinghub's pages."""
    with tarfile.open(DATA / "extraction/scrapinghub.tar.xz") as archive:
        known = next(json.load(archive.extractfile(each)) for each in archive if each.name.endswith(".json"))
    texts = [page["articleBody"] for page in known.values()]
    manuals = hosts.clean(FOLDER / "clean.parquet", Path("data"), 220_000)["text"]
    return pl.concat([pl.Series("text", texts), manuals.sample(PAGES, seed=7).alias("text")])


def fit_pages() -> pl.DataFrame:
    """Documents that hold no item, with their site: of the demo's run, the half of WCXB that may train, and
    web pages that TurkuNLP labelled for training."""
    files = sorted((DEMO / "shards").glob("*/data/*.parquet"))
    demo = pl.concat([pl.read_parquet(file, columns=["text"], glob=False) for file in files])
    rows = [(text, f"demo {number}") for number, text in enumerate(demo["text"].sample(4500, seed=1))]
    with tarfile.open(DATA / "web/wcxb-dev.tar.xz") as archive:
        for member in archive:
            if member.name.endswith(".json") and "/ground-truth/" in member.name:
                page = json.load(archive.extractfile(member))
                site = urlsplit(page.get("url") or "").netloc or member.name
                rows.append((page["ground_truth"].get("main_content") or "", site))
    for language in ("en", "de", "es"):
        with gzip.open(DATA / f"quality/turku/{language}/train.json.gz", "rt") as file:
            rows += [("\n".join(page["text"]), f"{language} {k}") for k, page in enumerate(json.load(file))]
    return pl.DataFrame(rows, schema=["text", "site"], orient="row")


def make_model() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.1, max_leaf_nodes=6, min_samples_leaf=10, l2_regularization=1.0,
        monotonic_cst=list(head.RISING), early_stopping=False, random_state=0,
    )  # fmt: skip


def fit(index: Path) -> None:
    """Train the head, and print what it finds out of fold, by the share of pages that it may flag."""
    docs, clean, taught = cases(GOLD, ("open",)), fit_pages(), train_items(0)
    parts = [
        meaning.describe_passages(each, index=index).with_columns(part=pl.lit(number))
        for number, each in enumerate((docs["document"], clean["text"], taught))
    ]
    right = [is_right(parts[0], docs), *(pl.Series([False] * len(each)) for each in parts[1:])]
    rows = pl.concat(parts).with_columns(right=pl.concat(right))
    rows = rows.with_columns(weight=pl.when(pl.col("part") == 2).then(0.3).otherwise(1.0))
    features, found = rows["features"].to_numpy(), np.zeros(len(rows))
    sites = [
        clean["site"][each] if part == 1 else f"{part} {each}"
        for part, each in rows.select("part", "document").rows()
    ]
    groups = pl.Series(sites).rank("dense").to_numpy()
    for some, others in GroupKFold(8, shuffle=True, random_state=0).split(features, groups=groups):
        part = rows[some]
        model = make_model().fit(features[some], part["right"], sample_weight=part["weight"])
        found[others] = model.predict_proba(features[others])[:, 1]
    rows = rows.with_columns(score=pl.Series(found))
    best = rows.filter(part=1).group_by("document").agg(pl.col("score").max())["score"].sort(descending=True)
    for most in (0.0003, 0.0005, 0.001, 0.002):
        least = float(best[int(most * len(clean))])
        held = {
            name: round(each, 3) for name, each in share(rows.filter(part=0), docs, "score", least).items()
        }
        flagged = count_documents(rows.filter(part=2), "score", least) / len(taught)
        print(f"    {most} of {len(clean)} pages: at {least:.3f}, train {flagged:.4f}, {held}")
    model = make_model().fit(features, rows["right"], sample_weight=rows["weight"])
    np.savez_compressed(head.FILE, **trees.flatten([model]))


def share(found: pl.DataFrame, docs: pl.DataFrame, name: str, least: float) -> dict[str, float]:
    """Of each kind how many documents have a passage at `least` with its own item; look-alikes: with any."""
    right = is_right(found, docs) | ~docs["must_find"][found["document"]]
    held = found.filter(right & (found[name] >= least))["document"].unique()
    kinds = docs.with_columns(held=pl.col("document_number").is_in(held.implode()))
    return dict(kinds.group_by("kind").agg(pl.col("held").mean()).sort("kind").iter_rows())


def count_documents(found: pl.DataFrame, name: str, least: float) -> int:
    return found.filter(pl.col(name) >= least)["document"].n_unique()


def judge(name: str, docs: pl.DataFrame, index: Path, figures: Figures) -> pl.DataFrame:
    """The passages of some cases, whose shares by kind become figures."""
    found = meaning.score_passages(docs["document"], index=index)
    for kind, value in share(found, docs, "score", meaning.MIN_SCORE).items():
        figures.add(f"{name}.{kind}", round(value, 3), FLOORS.get(kind, 0.05), most=kind not in FLOORS)
    both = docs.filter(pl.col("kind").str.starts_with("paraphrase"))["document_number"]
    right = found.filter(is_right(found, docs) & (pl.col("score") >= meaning.MIN_SCORE))["document"].unique()
    figures.add(f"{name}.paraphrases", round(both.is_in(right.implode()).mean(), 3), 0.4)
    return found


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    index = FOLDER / "index"
    began = time.process_time()
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir()
    meaning.index([gate.read_items()], index)
    print(f"    index: {time.process_time() - began:.0f} CPU s")
    if sections.choose(("judge", "fit"), usual=("judge",)) == ["fit"]:
        return fit(index)
    figures = Figures("contamination_meaning")
    text, taught = pages(), train_items(1)
    began = time.process_time()
    ordinary = meaning.score_passages(text, index=index)
    spent = time.process_time() - began
    print(f"    {len(text)} pages of {text.str.len_bytes().sum() / 1e6:.0f} MB, {len(ordinary)} passages:")
    print(f"    {spent:.0f} CPU s, {len(text) / spent:.0f} pages a second")
    docs, split = cases(GOLD, ("held",)), meaning.score_passages(taught, index=index)
    found = judge("held", docs, index, figures)
    judge("fresh", cases(FRESH, ("open", "held")), index, figures)
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
