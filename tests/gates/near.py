"""Real documents for deduplication, both sides' runs over them, and similarity in plain Python.

Manuals out of Debian packages: two releases of the same manuals give pairs, API references give templates.
"""

import json
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import runs
from kept import keep
from recipe_text import source, stage, step, write
from resiliparse.extract.html2text import extract_plain_text

from winnow.ingest.io.charset import decode
from winnow.pipelines.demo import archives, packages

CACHE = Path("data/cache")
ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff66-\uff9d"
MANUALS = {  # package: the folder under which names of pages are the same in each release
    "ada-reference-manual-2012": "ada-reference-manual-2012/",
    "ada-reference-manual-2020": "ada-reference-manual-2020/",
    "openjdk-21-doc": "/api/",
    "openjdk-25-doc": "/api/",
    "php-doc": "php-doc/",
    "postgresql-doc-17": "html/",
    "cppreference-doc-en-html": "/en/",
    "debian-handbook": "debian-handbook/",
}
RELEASES = (
    ("ada-reference-manual-2012", "ada-reference-manual-2020"),
    ("openjdk-21-doc", "openjdk-25-doc"),
)
PRESETS = {"fineweb": {"ngram": 5, "bands": 14, "rows": 8}, "dolma3": {"ngram": 5, "bands": 26, "rows": 11}}


def pages(cache: Path = CACHE) -> Iterator[tuple[str, str, str]]:
    """Package, name and text of each page of the manuals, as Resiliparse reads it."""
    for package, root in MANUALS.items():
        try:
            folder = cache / packages.fetch_deb(package, package, cache).files
        except archives.FetchError as error:
            print(f"left out: {package}: {error}")
            continue
        for path in sorted(folder.rglob("*.htm*")):
            if path.is_symlink() or not path.is_file():
                continue
            html = decode(path.read_bytes())[0]
            text = extract_plain_text(html, main_content=False, alt_texts=False)
            if len(text.split()) >= 50:
                yield package, str(path).split(root)[-1], text


def corpus(folder: Path) -> pl.DataFrame:
    """`source`, `name` and `text` of the manuals' pages, kept in `folder` once they were read."""

    def make() -> pl.DataFrame:
        rows = pl.DataFrame(pages(), schema=["source", "name", "text"], orient="row")
        return rows.with_columns(name=pl.format("{}:{}", "source", "name"))

    return keep(folder / "pages.parquet", [*(CACHE / name for name in MANUALS), Path(__file__)], make)


def edits(texts: list[str], each: int, seed: int) -> Iterator[tuple[str, str]]:
    """Texts with copies in which words were replaced, dropped and put in, a few or many."""
    draw = random.Random(seed)
    vocabulary = re.findall(r"[a-z]{3,}", " ".join(texts[:50]))
    for text in texts:
        words = text.split(" ")
        for _ in range(each):
            copy = list(words)
            for place in sorted(draw.sample(range(len(copy)), int(len(copy) * draw.random() * 0.035)))[::-1]:
                new = [draw.choice(vocabulary)]
                copy[place : place + 1] = draw.choice([new, [], [copy[place], *new]])
            yield text, " ".join(copy)


def shingles(text: str, n: int = 5) -> frozenset[tuple[str, ...]]:
    """Runs of n words (letters and digits, lower case; Chinese by character); all where fewer."""
    words = re.findall(rf"[{ALONE}]|[^\W_{ALONE}]+", text.lower())
    return frozenset(tuple(words[i : i + n]) for i in range(max(1, len(words) - n + 1)))


def alike(a: str, b: str) -> tuple[float, float]:
    """Jaccard similarity, and how much of the first is in the second."""
    x, y = shingles(a), shingles(b)
    return len(x & y) / len(x | y), len(x & y) / len(x)


def lay_out(docs: pl.DataFrame, folder: Path, parts: int, seed: int | None = None) -> None:
    """The documents as Parquet files, in their order or shuffled."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    docs = docs.sample(fraction=1, shuffle=True, seed=seed) if seed is not None else docs
    size = -(-docs.height // parts)
    for number in range(parts):
        docs[number * size : (number + 1) * size].write_parquet(
            folder / f"{number:03d}.parquet", row_group_size=1000
        )


def recipe(
    docs: Path,
    path: Path,
    *,
    backwards: bool = False,
    preset: str = "fineweb",
    similarity: float = 0.75,
    facts: int = 0,
    index: Path | None = None,
    indexed: bool = False,
) -> Path:
    """A recipe that takes exact, then near duplicates out of the files in `docs`, read in any order."""
    files = sorted((str(file) for file in docs.glob("*.parquet")), reverse=backwards)
    exact, alike = "stage:exact", {"min_similarity": similarity}
    sides = ["", "old."] if index else [""]
    pair = step("dedup.minhash:pairs", **alike)
    choose = step("dedup.clusters:choose", **alike, min_facts=facts)
    gather = step("dedup.clusters:gather", clusters="stage:joined", without=exact)
    blocks = [
        source("docs", files, "ingest.parquet:read", part_bytes=1),
        stage("signed", "docs", "dedup.exact:hash", step("dedup.minhash:sign", **PRESETS[preset])),
        stage("keyed", "signed", "dedup.exact:partition", by="part"),
        stage("exact", "keyed", "dedup.exact:duplicates", by="bucket"),
        stage("banded", "signed", step("dedup.minhash:bands", without=exact), by="part"),
        stage("paired", [f"{side}banded" for side in sides], pair, by="bucket"),
        stage("joined", "paired", "dedup.clusters:join", by="bucket", until_stable=True),
        stage("gathered", "signed", gather, by="part"),
        stage("chosen", [f"{side}gathered" for side in sides], choose, by="bucket"),
        stage(
            "distinct",
            "signed",
            step("dedup.exact:remove", duplicates=exact, clusters="stage:chosen"),
            step("dedup.minhash:remove", clusters="stage:chosen"),
        ),
    ]
    if indexed:
        kept = step("dedup.minhash:index", clusters="stage:chosen", without=exact)
        blocks += [stage("index", "signed", kept, by="part")]
    if index:
        again = step("dedup.clusters:gather", clusters="stage:joined", old=True)
        blocks += [
            source("old", f"{index}/*/part-*.parquet", part_bytes=1),
            stage("old.banded", "old", step("dedup.minhash:bands", old=True), by="part"),
            stage("old.gathered", "old", again, by="part"),
        ]
    return write(path, *blocks, max_failed=None)


def run(recipe: Path, out: Path, *more: str) -> tuple[float, float]:
    """CPU-seconds and wall seconds of our run to its end."""
    before = runs.count_cpu()
    used = runs.finish(out.with_suffix(".log"), "run", recipe, out, *more)
    return runs.count_cpu() - before, used.seconds


def ledger(out: Path, *old: Path) -> pl.DataFrame:
    """All removals of a run, exact and near, by the documents' own names; `old`: runs whose index it had."""
    dropped = sorted((out / "distinct/dropped").glob("*"))
    table = pl.concat([pl.read_parquet(path) for path in dropped], how="diagonal_relaxed")
    name: dict[str, str] = {}
    for folder in (out, *old):
        for path in sorted((folder / "signed").glob("part-*")):
            read = pl.read_parquet(path, columns=["id", "metadata"])
            name |= dict(read.with_columns(pl.col("metadata").str.json_path_match("$.name")).iter_rows())
    columns = [
        pl.col(c).replace_strict(name, default=pl.col(c)) for c in ("id", "dedup_survivor", "dedup_cluster")
    ]
    return table.with_columns(columns).sort("id")


def datatrove(docs: Path, folder: Path) -> pl.DataFrame:
    """The documents that datatrove removes: `name`, and `survivor`, the one kept of its cluster."""
    if not Path(".venv-bench/bin/python").exists():
        print("left out: datatrove; `make bench NAME=dedup` makes its environment")
        return pl.DataFrame(schema={"name": pl.String, "survivor": pl.String})
    with (folder / "datatrove.log").open("w") as log:
        peers = [".venv-bench/bin/python", "tests/bench/peers.py", "datatrove", str(docs), str(folder)]
        subprocess.run(peers, check=True, stdout=log, stderr=log)
    rows = json.loads((folder / "datatrove.json").read_text())["removed"]
    return pl.DataFrame(rows, schema={"name": pl.String, "survivor": pl.String}, orient="row")
