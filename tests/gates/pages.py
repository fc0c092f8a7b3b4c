"""Real pages for the gates: the manuals of Debian's packages, extracted; what can be had of them.

The sample is deterministic: of each package the first pages in the order of a hash of their path, so many
at most, that references with a page for each function do not swamp what was written to be read.
"""

import gzip
import hashlib
import json
import math
import multiprocessing
import os
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import polars as pl
import sayings

from winnow.ingest import html
from winnow.ingest.books import r_packages
from winnow.ingest.io.charset import decode
from winnow.ingest.talk import reddit
from winnow.ingest.wikis import mediawiki
from winnow.pipelines.demo import archives, packages

MAX_CHARS = 20_000  # what is longer is cut, for both sides
KINDS = {  # pages a package at most: its patterns of names
    1200: "libreoffice-help-en-us php-doc",
    800: "postgresql-doc-\\d+ sqlite3-doc cppreference-doc-en-html libboost1\\.\\d+-doc openjdk-\\d+-doc "
    "rust-doc qt6-declarative-doc-html libgtk-4-doc installation-guide-amd64 lilypond-doc-html",
    600: "debian-handbook apache2-doc ada-reference-manual-2020 qt6-base-doc-html octave-doc singular-doc "
    "python-numpy-doc docbook-defguide systemtap-doc fp-docs-[\\d.]+ gnuplot-doc llvm-19-doc",
    400: "python3\\.\\d+-doc python-django-doc erlang-doc",
    250: "maxima-doc openafs-doc git-doc zsh-doc exim4-doc-html live-manual-html slurm-wlm-doc postfix-doc "
    "libreoffice-help-(de|fr|es|it|pl|ru|pt-br) lilypond-doc-html-(de|fr|es) anarchism debian-history "
    "debian-faq debian-reference-en debian-policy developers-reference maint-guide aptitude-doc-en "
    "debmake-doc debian-reference-(de|fr|es|it|pt) debian-faq-(de|fr|it|nl|ru) aptitude-doc-(es|fr|fi|cs) "
    "bind9-doc",
    100: "gap-doc tomcat10-docs ntpsec-doc nodejs-doc r-doc-html c\\+\\+-annotations-html",
    60: "libreoffice-help-zh-cn lilypond-doc-html-ja debian-reference-ja",
}


def html_pages(cache: Path, share: float) -> tuple[pl.DataFrame, list[str]]:
    """Extracted pages (`id`, `source`: the package, `text`), and what could not be had, in words."""
    found, missing = [], []
    for cap, key, pattern in wanted():
        try:
            found.append((packages.fetch_deb(key, pattern, cache), cap))
        except archives.FetchError as error:
            missing.append(f"{key}: {error}")
    work = [(cache / package.files, package.key, math.ceil(cap * share)) for package, cap in found]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        frames = pool.starmap(of_package, work, chunksize=1)
    frames.append(of_scrapinghub())
    return pl.concat(frames).unique("text", keep="first", maintain_order=True), missing


def wanted() -> Iterator[tuple[int, str, str]]:
    """(pages at most, key, pattern of the name) of each package."""
    for cap, patterns in KINDS.items():
        for pattern in patterns.split():
            head, _, tail = pattern.partition("(")
            for middle in tail.removesuffix(")").split("|"):
                name = head + middle
                key = name.replace("\\d+", "").replace("[\\d.]+", "").replace("\\", "")
                yield (
                    cap,
                    {"postgresql-doc-": "postgresql-doc", "python3.-doc": "python-doc"}.get(key, key),
                    name,
                )


def of_package(files: Path, source: str, cap: int) -> pl.DataFrame:
    """Its first `cap` pages that have a text."""
    paths = [p for p in files.rglob("*") if p.suffix in (".html", ".htm") and p.is_file()]
    names = sorted((p.relative_to(files).as_posix() for p in paths if not p.is_symlink()), key=order)
    some = ((name, (files / name).read_bytes()) for name in names)
    taken: list[pl.DataFrame] = []
    while sum(map(len, taken)) < cap and (batch := list(islice(some, min(cap, 100)))):
        taken.append(extracted(source, batch))
    return pl.concat(taken).head(cap) if taken else nothing()


def order(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"id": pl.String, "source": pl.String, "text": pl.String})


def extracted(source: str, pages: list[tuple[str, bytes]]) -> pl.DataFrame:
    """The pages that have a text, extracted as the recipes do."""
    docs = pl.DataFrame(
        {
            "id": [f"{source}/{name}" for name, _ in pages],
            "source": source,
            "text": [decode(data, markup=True)[0] for _, data in pages],
        }
    )
    return texts_of(html.extract(docs))


def texts_of(docs: pl.DataFrame) -> pl.DataFrame:
    if "drop_reason" in docs.columns:
        docs = docs.filter(pl.col("drop_reason").is_null())
    text = pl.col("text").str.slice(0, MAX_CHARS)
    docs = docs.select("id", "source", text).filter(text.str.strip_chars() != "")
    return docs.filter(text.str.contains(r"\p{L}"))


def of_scrapinghub() -> pl.DataFrame:
    """News pages of scrapinghub's benchmark, where the environment names the data."""
    archive = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "extraction/scrapinghub.tar.xz"
    if not archive.exists():
        return nothing()
    with tarfile.open(archive) as tar:
        pages = [
            (member.name, gzip.decompress(stream.read()))
            for member in sorted(tar, key=lambda m: m.name)
            if member.name.endswith(".html.gz") and (stream := tar.extractfile(member))
        ]
    return extracted("scrapinghub", pages)


def other_texts(cache: Path) -> pl.DataFrame:
    """Texts that are no web pages: an encyclopedia, novels, forum posts, sayings, READMEs; none twice."""
    frames = [nothing()]
    for source, rows in _others(cache):
        docs = pl.concat(rows, how="diagonal") if rows else nothing()
        if len(docs):
            ids = pl.format("{}/{}", pl.lit(source), pl.int_range(pl.len()))
            frames.append(texts_of(docs.with_columns(id=ids, source=pl.lit(source))))
    return pl.concat(frames).unique("text", keep="first", maintain_order=True)


def _others(cache: Path) -> Iterator[tuple[str, list[pl.DataFrame]]]:
    def files(key: str, glob: str) -> list[Path]:
        return sorted((cache / key / "files").rglob(glob))

    packages.fetch_pip("gensim", "gensim", cache, members=r"test_data/(en|bg)wiki")
    packages.fetch_pip("praw", "praw", cache, members="/cassettes/", sdist=True)
    yield "wikipedia", [f for p in files("gensim", "*articles*.bz2") for f in mediawiki.read(str(p))]
    yield "reddit", [f for p in files("praw", "*.json") for f in reddit.recorded(str(p))]
    if packages.has_apt() or packages.keep_cached("janeaustenr", cache):
        packages.fetch_deb("janeaustenr", "r-cran-janeaustenr", cache)
        yield "novels", [f for p in files("janeaustenr", "Rdata.rdb") for f in r_packages.read(str(p))]
        yield "fortunes", [pl.DataFrame({"text": sayings.read(cache)})]
    yield "web (DCLM's labels)", _labelled()


def _labelled() -> list[pl.DataFrame]:
    path = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "quality/dclm_human_quality_dev.jsonl.gz"
    if not path.exists():
        return []
    return [pl.DataFrame({"text": [json.loads(line)["text"] for line in gzip.open(path, "rt")]})]
