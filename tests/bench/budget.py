"""Bench: which tokens to read first where tokens are the limit, and not text.

`make bench NAME=budget`, after the bench `data` was run with HALF=chosen and HALF=judged (RECIPES with
`datatrove` and `winnow`): of each half of the sites its pages, extracted and judged by what the other half
taught. Weights of documents are learnt on one half's pages with its half of the evals' items; they order the
pages of the other half, on whose items n-gram models are asked. Read are SHARES of the text that datatrove's
FineWeb keeps, nothing twice, DRAWS times, each of four fifths of the sites; beside it FineWeb's text drawn at
random to the same number. Told is by how much more bits (percent) an arm needs than that, mean of both
halves, with a 90% interval over draws. ITEMS names a table of other items (`eval`, `item`, `prompt`,
`answer`), which are then asked instead, each an eval of its own. PAIRS=5 trains transformers, so many pairs
of each half, at the last of SHARES. Environment: SHARES (".25 .5"), DRAWS (20).
Writes under out/bench/budget/; what was learnt stays there.
"""

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import budget_arms as arms
import budget_pairs as trained
import numpy as np
import polars as pl
from data_scores import EVALS, MOST_ITEMS
from scipy import stats

from winnow.classifiers import importance as shown
from winnow.mixing import proxies
from winnow.mixing.importance import SITE
from winnow.mixing.importance import bench as benches
from winnow.mixing.importance.choice import take_best
from winnow.pipelines.engine.disk import documents

ROOT = Path("out/bench/data")
HOME = Path("out/bench/budget")
HALVES = ("chosen", "judged")
SHARES = [float(share) for share in os.environ.get("SHARES", ".25 .5").split()]
DRAWS = int(os.environ.get("DRAWS", "20"))
ITEMS = os.environ.get("ITEMS")
PAIRS = int(os.environ.get("PAIRS", "0"))
CONFIDENCE = 0.9
BREADTH = 12_000  # characters of a page, where it is cut
OURS, THEIRS, OURS_CUT, THEIRS_CUT = range(4)  # what a document is


class Side(NamedTuple):
    """A half of the sites: all documents, what each is, and what models are asked."""

    docs: pl.DataFrame
    part: np.ndarray
    sizes: np.ndarray  # bytes
    bench: benches.Bench
    names: list[str]


def read_documents(half: str) -> pl.DataFrame:
    """Ours, FineWeb's, and both cut short, with traits; `site` is that of the page a copy was made of."""
    columns = ["id", "url", "text", "score_quality", "page_type"]
    ours = documents.read(ROOT / half / "runs/winnow/web.masked", columns)
    theirs = pl.read_parquet(ROOT / half / "runs/datatrove/kept.parquet", columns=columns[:3])
    cut = [part.with_columns(pl.col("text").str.head(BREADTH)) for part in (ours, theirs)]
    parts = [part.with_columns(part=pl.lit(at)) for at, part in enumerate((ours, theirs, *cut))]
    planted = pl.read_parquet(ROOT / half / "planted.parquet")
    urls = dict(planted.select("name", "url").iter_rows())
    of = {url: urls[name] for url, name in planted.select("url", "of").iter_rows()}
    docs = shown.measure(pl.concat(parts, how="diagonal_relaxed"))
    return docs.with_columns(site=pl.col("url").replace(of).str.extract(SITE))


def prepare(half: str, docs: pl.DataFrame, items: Path) -> Path:
    """The vocabulary, and the windows of the items."""
    place = HOME / half / items.parent.name
    if not (place / "prepared.json").exists():
        shutil.rmtree(place, ignore_errors=True)
        (place / "given").mkdir(parents=True)
        shutil.copy(items, place / "given/items.parquet")
        rows = docs.filter(pl.col("part") <= THEIRS).select("id", source=pl.lit("web"), text="text")
        rows.write_parquet(place / "docs.parquet", row_group_size=500)
        proxies.prepare(
            [place / "docs.parquet"], place, read=documents.read_batches, items=place / "given",
            max_bytes_per_source=10**9, held_out_bytes=0, max_items_per_eval=MOST_ITEMS,
        )  # fmt: skip
    return place


def lay_out(half: str) -> tuple[Side, Path]:
    docs = read_documents(half)
    own = prepare(half, docs, ROOT / half / "items/items.parquet")
    data = prepare(half, docs, Path(ITEMS)) if ITEMS else own
    bench, _, names = benches.lay_out(docs.select(arms.TRAITS), docs, data, 0)
    sizes = docs["text"].str.len_bytes().to_numpy()
    return Side(docs, docs["part"].to_numpy(), sizes, bench, names), own


def compare(side: Side, orders: dict[str, tuple[np.ndarray | None, int]]) -> dict[str, np.ndarray]:
    """By arm (shares, draws, groups) the percent of bits beside FineWeb at random. An arm is a number by
    document, the highest first (None: at random), and which documents it is of."""
    groups = {name: [name] for name in side.names} if ITEMS else EVALS
    found: dict[str, list[np.ndarray]] = {arm: [] for arm in orders}
    random = np.random.default_rng(7)
    for _ in range(DRAWS):
        sites = (random.random(int(side.bench.sites.max()) + 1) < 0.8)[side.bench.sites]
        chance = random.permutation(len(sites))
        theirs = sites & (side.part == THEIRS)
        for share in SHARES:
            budget = share * side.sizes[theirs].sum()
            base = ask(side, chance, theirs, budget, groups)
            for arm, (value, of) in orders.items():
                order = chance if value is None else chance[np.argsort(-value[chance], kind="stable")]
                came = ask(side, order, sites & (side.part == of), budget, groups)
                found[arm].append(100 * (came / base - 1))
    return {arm: np.array(rows).reshape(DRAWS, len(SHARES), -1) for arm, rows in found.items()}


def ask(
    side: Side, order: np.ndarray, there: np.ndarray, budget: float, groups: dict[str, list[str]]
) -> np.ndarray:
    """Mean bits per byte of each group of evals, of what `budget` bytes of the documents `there` hold."""
    read = take_best(side.sizes, order, there, budget)
    bits = np.mean([side.bench.score(read, half) for half in (benches.LEARN, benches.JUDGE)], axis=0)
    return np.array([np.mean([bits[side.names.index(name)] for name in mine]) for mine in groups.values()])


def main() -> None:
    laid = {half: lay_out(half) for half in HALVES}
    told: dict[str, np.ndarray] = {}
    pairs: list[pl.DataFrame] = []
    for taught, asked in (HALVES, HALVES[::-1]):
        (there, data), (here, _) = laid[taught], laid[asked]
        mine = there.docs.filter(pl.col("part") == OURS)
        orders = arms.order_all(mine, data, HOME / taught, here.docs)
        orders |= {"FineWeb, short first": (-here.sizes.astype(float), THEIRS)}
        orders |= {"FineWeb, cut": (None, THEIRS_CUT), "ours at random": (None, OURS)}
        orders |= {"ours, cut": (None, OURS_CUT), "general, cut": (orders["general"][0], OURS_CUT)}
        if PAIRS:
            items, place = ROOT / asked / "items", HOME / asked / "transformers"
            scores = trained.train(here, orders, SHARES[-1], PAIRS, items, place)
            pairs.append(scores.with_columns(half=pl.lit(asked)))
            continue
        for arm, rows in compare(here, orders).items():
            told[arm] = rows if arm not in told else np.concatenate([told[arm], rows])
    if PAIRS:
        trained.tell(pairs, CONFIDENCE)
        return
    names = laid[HALVES[0]][0].names if ITEMS else list(EVALS)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, DRAWS - 1)
    written = {}
    for at, share in enumerate(SHARES):
        print(f"{share:.0%} of FineWeb's text, percent of bits beside FineWeb at random: {', '.join(names)}")
        for arm, rows in told.items():
            means = rows[:, at].mean(axis=0)
            errors = reach * rows[:, at].std(axis=0, ddof=1) / np.sqrt(DRAWS)  # halves share no site
            row = {name: (float(m), float(e)) for name, m, e in zip(names, means, errors, strict=True)}
            written[f"{arm}, {share:g}"] = row
            print(f"  {arm:22} " + "  ".join(f"{m:+6.2f} +- {e:4.2f}" for m, e in row.values()), flush=True)
    (HOME / f"told{'-other' if ITEMS else ''}.json").write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
