"""Gate: documents that say the same in other words. `make gate NAME=semantic`.

Paraphrases, retellings, translations, and other texts on the same narrow subject, by another hand
(golds/semantic.md): the half `open` chose the threshold, `held` nothing. Beside the vectors their simplest
rival: hashed words, TF-IDF, cut to 128 dimensions by SVD over the manuals, each at the threshold that flags
no neighbour of the half `open`.

Among manuals of Debian's packages (PAGES, 8,000): which pairs share a centre, of those that a comparison of
all with all finds, what a million documents cost, and `out/gates/semantic/pairs.tsv`, 60 pairs to be read.
"""

import json
import lzma
import os
import time
from pathlib import Path
from typing import Any

import hosts
import numpy as np
import polars as pl
from figures import Figures
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from winnow.dedup import semantic
from winnow.dedup.meaning import sentences

GOLD = Path(__file__).parent / "golds/semantic.jsonl.xz"
FOLDER = Path("out/gates/semantic")
PAGES = int(os.environ.get("PAGES", "8000"))
FOUND = {"paraphrase": 0.4, "translation": 0.4}
NEIGHBOURS = 0.05


def embed(texts: list[str]) -> np.ndarray:
    return sentences.unpack(semantic.embed(pl.DataFrame({"text": texts}))["semantic_vector"])


def match(one: list[str], other: list[str]) -> list[float]:
    """How the sentences of each pair match."""
    own, theirs = (sentences.pack_sentences(sentences.begin(pl.Series(texts))) for texts in (one, other))
    return [
        sentences.compare(sentences.unpack([a]), sentences.unpack([b]))[0]
        for a, b in zip(own, theirs, strict=True)
    ]


def cut_words(texts: list[str]) -> Any:
    """TF-IDF of hashed words in 128 dimensions, fitted on these texts."""
    hashed = HashingVectorizer(n_features=2**18, alternate_sign=False, norm=None)
    return make_pipeline(
        hashed, TfidfTransformer(sublinear_tf=True), TruncatedSVD(128, random_state=0), Normalizer()
    ).fit(texts)


def judge(figures: Figures, manuals: list[str]) -> None:
    with lzma.open(GOLD, "rt", encoding="utf-8") as file:
        rows = pl.DataFrame([json.loads(line) for line in file]).select("way", "half", "source", "text")
    one, other = rows["source"].to_list(), rows["text"].to_list()
    words = cut_words(manuals[:5000])
    near = (embed(one) * embed(other)).sum(axis=1)
    scores = {"words": (words.transform(one) * words.transform(other)).sum(axis=1), "vectors": near}
    scores |= {"sentences": match(one, other)}
    told = rows.with_columns(pl.Series(name, values) for name, values in scores.items())
    told = told.with_columns(
        marked=(pl.col("vectors") >= semantic.MIN_SIMILARITY) & (pl.col("sentences") >= semantic.MIN_MATCH)
    )
    for name in scores:
        most = told.filter(way="neighbour", half="open")[name].max()
        for half in ("open", "held"):
            for way in (*FOUND, "retold", "neighbour"):
                own = told.filter(way=way, half=half)[name]
                curve = "  ".join(f"{at:.2f}: {(own >= at).mean():.2f}" for at in np.arange(0.5, 0.91, 0.05))
                print(f"    {name} {half} {way}: {curve}  above open neighbours: {(own > most).mean():.2f}")
    for (half, way), own in told.group_by("half", "way", maintain_order=True):
        marked = round(own["marked"].mean(), 3)
        if way == "retold":
            print(f"    {half}.retold {marked}")
        else:
            worst = way == "neighbour"
            figures.add(f"{half}.{way}", marked, NEIGHBOURS if worst else FOUND[way], most=worst)


def pair_all(vectors: np.ndarray, least: float) -> set[tuple[int, int]]:
    """All pairs that are so near."""
    found = set()
    for begin in range(0, len(vectors), 1000):
        a, b = np.nonzero(vectors[begin : begin + 1000] @ vectors.T >= least)
        found |= {(int(x), int(y)) for x, y in zip(a + begin, b, strict=True) if y < x}
    return found


def scale(figures: Figures, docs: pl.DataFrame) -> None:
    began = time.process_time()
    vectors = semantic.embed(docs)
    spent = time.process_time() - began
    file = FOLDER / "part-00000.parquet"
    vectors.write_parquet(file)
    semantic.find_centres([file], FOLDER, documents=500)
    points = np.load(FOLDER / semantic.CENTRES)
    own = sentences.unpack(vectors["semantic_vector"])
    nearest = semantic._find_nearest(own, points)
    truth = pair_all(own, semantic.MIN_SIMILARITY)
    met = sum(bool(set(nearest[a]) & set(nearest[b])) for a, b in truth)
    print(f"    {len(docs)} documents, {len(points)} centres, {len(truth)} pairs, {met} share a centre")
    print(f"    embedding {spent / len(docs) * 1e6:.0f} CPU s a million documents")
    figures.add("pairs.that_share_a_centre", round(met / len(truth), 4), 0.95)
    draw = np.random.default_rng(3)
    pairs = sorted(truth)
    some = [pairs[k] for k in sorted(draw.choice(len(pairs), min(2000, len(pairs)), replace=False))]
    matched = match([docs["text"][a] for a, _ in some], [docs["text"][b] for _, b in some])
    some = [pair for pair, each in zip(some, matched, strict=True) if each >= semantic.MIN_MATCH]
    print(f"    of {len(matched)} pairs drawn, {len(some)} match by their sentences")
    rows = [
        {
            "cosine": round(float(own[a] @ own[b]), 3),
            "one": docs["text"][a][:600],
            "other": docs["text"][b][:600],
        }
        for a, b in some[:60]
    ]
    pl.DataFrame(rows).write_csv(FOLDER / "pairs.tsv", separator="\t")


def main() -> None:
    figures = Figures("semantic", FOLDER)
    docs = hosts.clean(FOLDER.parent / "contamination_meaning/clean.parquet", Path("data"), 220_000)
    docs = docs.filter(pl.col("text").str.len_chars() >= 200).unique("text", maintain_order=True)
    docs = (
        docs.sample(min(PAGES, docs.height), seed=11)
        .with_row_index()
        .with_columns(id=pl.col("index").cast(pl.String))
    )
    judge(figures, docs["text"].to_list())
    scale(figures, docs.select("id", "text"))
    figures.close()


if __name__ == "__main__":
    main()
