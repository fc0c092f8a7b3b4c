"""Bench: which tokens to read first where tokens are the limit, and not text.

`make bench NAME=budget`, after the bench `data` was run with HALF=chosen and HALF=judged (RECIPES with
`datatrove` and `winnow`): of each half of the sites its pages, extracted and judged by what the other half
taught. Weights of documents are learnt on one half's pages with its half of the evals' items; they order the
pages of the other half, on whose items n-gram models are asked. Read are SHARES of the text that datatrove's
FineWeb keeps, nothing twice, DRAWS times, each of four fifths of the sites; beside it FineWeb's text drawn at
random to the same number. Told is by how much more bits (percent) an arm needs than that, mean of both
halves, with a 90% interval over draws; and what each other arm needs beside `general`, draw by draw. Asked
are books too, three evals that another hand picked, and one of medicine, by which an arm of its own is
learnt. PAIRS=5 trains transformers, so many pairs of each half, at the last of SHARES. Environment: SHARES
(".25 .5"), DRAWS (20). Writes under out/bench/budget/; what was learnt stays there.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import budget_arms as arms
import budget_items as asked_too
import budget_pairs as trained
import numpy as np
import polars as pl
from data_scores import EVALS, MOST_ITEMS
from figures import say_figure
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
PAIRS = int(os.environ.get("PAIRS", "0"))
CONFIDENCE = 0.9
GROUPS = EVALS | asked_too.GROUPS
FLOORS = {"text": 0.0, "code": -10.0, "maths": 0.0, "prose": 0.0, "books": 0.0} | dict.fromkeys(
    asked_too.UNNAMED, 0.0
)  # of `general`: percent at most, at the upper end for the first two, else at the lower
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


def prepare(place: Path, docs: pl.DataFrame, items: Path) -> Path:
    """The vocabulary, and the windows of the items."""
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


def lay_out(half: str) -> tuple[Side, Path, Path]:
    """A half, what weights learn of it, and the same with all that is asked."""
    docs = read_documents(half)
    items = ROOT / half / "items/items.parquet"
    own = prepare(HOME / half / "own", docs, items)
    data = prepare(HOME / half / "all", docs, asked_too.add(items, half, HOME / half / "asked"))
    bench, _, names = benches.lay_out(docs.select(arms.TRAITS), docs, data, 0)
    sizes = docs["text"].str.len_bytes().to_numpy()
    return Side(docs, docs["part"].to_numpy(), sizes, bench, names), own, data


def compare(side: Side, orders: dict[str, tuple[np.ndarray | None, int]]) -> dict[str, np.ndarray]:
    """By arm (shares, draws, groups) the percent of bits beside FineWeb at random. An arm is a number by
    document, the highest first (None: at random), and which documents it is of."""
    found: dict[str, list[np.ndarray]] = {arm: [] for arm in orders}
    random = np.random.default_rng(7)
    for _ in range(DRAWS):
        sites = (random.random(int(side.bench.sites.max()) + 1) < 0.8)[side.bench.sites]
        chance = random.permutation(len(sites))
        theirs = sites & (side.part == THEIRS)
        for share in SHARES:
            budget = share * side.sizes[theirs].sum()
            base = ask(side, chance, theirs, budget)
            for arm, (value, of) in orders.items():
                order = chance if value is None else chance[np.argsort(-value[chance], kind="stable")]
                came = ask(side, order, sites & (side.part == of), budget)
                found[arm].append(100 * (came / base - 1))
    return {arm: np.array(rows).reshape(DRAWS, len(SHARES), -1) for arm, rows in found.items()}


def ask(side: Side, order: np.ndarray, there: np.ndarray, budget: float) -> np.ndarray:
    """Mean bits per byte of each group of evals, of what `budget` bytes of the documents `there` hold."""
    read = take_best(side.sizes, order, there, budget)
    bits = np.mean([side.bench.score(read, half) for half in (benches.LEARN, benches.JUDGE)], axis=0)
    return np.array([np.mean([bits[side.names.index(name)] for name in mine]) for mine in GROUPS.values()])


def main() -> None:
    laid = {half: lay_out(half) for half in HALVES}
    told: dict[str, np.ndarray] = {}
    pairs: list[pl.DataFrame] = []
    for taught, asked in (HALVES, HALVES[::-1]):
        (there, own, data), (here, _, _) = laid[taught], laid[asked]
        mine = there.docs.filter(pl.col("part") == OURS)
        orders = arms.order_all(mine, own, HOME / taught, here.docs)
        domain = arms.learn(
            mine, data, HOME / taught / "learnt/domain", arms.TRAITS, {asked_too.DOMAIN: 1.0}, {}
        )
        orders["medicine"] = (arms.apply(domain, here.docs), OURS)
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
    written = {}
    for at, share in enumerate(SHARES):
        cut = {arm: rows[:, at] for arm, rows in told.items()}
        written[f"{share:g}"] = tell(
            f"{share:.0%} of FineWeb's text, percent of bits beside FineWeb at random", cut
        )
        beside = {arm: rows - cut["general"] for arm, rows in cut.items() if arm != "general"}
        written[f"{share:g}, paired"] = tell(f"{share:.0%}, beside `general` draw by draw", beside)
    (HOME / "told.json").write_text(json.dumps(written, indent=1))
    said = [verdict for share in SHARES for verdict in judge(share, written[f"{share:g}"]["general"])]
    sys.exit("short" in said)


def tell(title: str, told: dict[str, np.ndarray]) -> dict[str, dict[str, tuple[float, float]]]:
    """Print and give, by arm and group of evals, the mean over draws and half its interval."""
    print(f"{title}: {', '.join(GROUPS)}")
    found = {}
    for arm, rows in told.items():
        reach = stats.t.ppf((1 + CONFIDENCE) / 2, DRAWS - 1) / np.sqrt(DRAWS)  # halves share no site
        means, errors = rows.mean(axis=0), reach * rows.std(axis=0, ddof=1)
        found[arm] = {name: (float(m), float(e)) for name, m, e in zip(GROUPS, means, errors, strict=True)}
        print(
            f"  {arm:22} " + "  ".join(f"{m:+6.2f} +- {e:4.2f}" for m, e in found[arm].values()), flush=True
        )
    return found


def judge(share: float, general: dict[str, tuple[float, float]]) -> list[str]:
    """Say how what ships stands: text and code surely below what is wanted, the others not seen above it."""
    said = []
    for name, floor in FLOORS.items():
        mean, error = general[name]
        end = mean + error if name in ("text", "code") else mean - error
        said.append(say_figure(f"{name.replace(' ', '_')}_{share:g}", round(end, 3), floor, most=True))
    return said


if __name__ == "__main__":
    main()
