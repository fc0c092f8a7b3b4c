"""What a run holds out for validation, beside what it trains on, by a comparison that shares nothing with
`dedup`: section `held` of the gate `tokens`, on the demo's token files."""

import hashlib
import json
import re
from pathlib import Path

import polars as pl
from figures import Figures

from winnow.pipelines.engine.disk.documents import read_batches

WORDS, ALIKE = 5, 0.8  # of a shingle; Jaccard from which on two texts are near duplicates


def judge(figures: Figures, out: Path) -> None:
    made = out / "tokens/all"
    train, held = (set(read_ids(made, split)) for split in ("train", "validation"))
    shingles = {}
    for part in sorted((out / "sampled").glob("part-*.parquet")):
        for docs in read_batches(part, ["id", "text"]):
            for id_, text in docs.iter_rows():
                shingles[id_] = cut(text)
    index: dict[int, list[str]] = {}
    for id_ in held:
        for each in shingles[id_]:
            index.setdefault(each, []).append(id_)
    worst, alike = 0.0, 0
    for id_ in train:
        shared: dict[str, int] = {}
        for each in shingles[id_]:
            for other in index.get(each, ()):
                shared[other] = shared.get(other, 0) + 1
        for other, count in shared.items():
            jaccard = count / len(shingles[id_] | shingles[other])
            worst = max(worst, jaccard)
            alike += jaccard >= ALIKE
    print(f"held out: {len(held):,} of {len(held | train):,} documents; the most alike pair: {worst:.2f}")
    figures.add("held: documents held out", len(held), 20)
    figures.add("held: documents on both sides", len(held & train), 0, most=True)
    figures.add("held: pairs alike by 5-word shingles, Jaccard .8 and more", alike, 0, most=True)
    worst_share = 100 * json.loads((made / "tokens.json").read_text())["mix"]["worst_in_1000"]
    figures.add("held: shares in 1,000 samples of the demo, points", worst_share, 1, most=True)


def read_ids(made: Path, split: str) -> list[str]:
    files = [
        path
        for path in sorted((made / "trace").glob("*.parquet"))
        if path.stem.startswith("validation-") == (split == "validation")
    ]
    return pl.concat([pl.read_parquet(path, columns=["id"]) for path in files])["id"].to_list()


def cut(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    rows = (" ".join(words[i : i + WORDS]) for i in range(max(1, len(words) - WORDS + 1)))
    return {int.from_bytes(hashlib.blake2b(row.encode(), digest_size=8).digest(), "little") for row in rows}
