"""Real documents: those that cases are planted in, and the clean ones that must not be flagged."""

import gzip
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pages
import polars as pl
from kept import keep
from near import MANUALS
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from winnow.ingest import files
from winnow.ingest.books import dictionary, r_packages
from winnow.ingest.io.charset import decode
from winnow.ingest.talk import reddit
from winnow.ingest.wikis import mediawiki
from winnow.pipelines.demo import archives, packages

MAX_CHARS = 6_000  # longer texts are several documents


def clean(path: Path, data: Path, wanted: int) -> pl.DataFrame:
    """At least `wanted` documents, if there are so many: (source, uri, text). Kept in `path`."""
    return keep(path, [str(wanted), data / "cache", data, Path(__file__)], lambda: _clean(data, wanted))


def _clean(data: Path, wanted: int) -> pl.DataFrame:
    rows = [{"source": source, "uri": uri, "text": text} for source, uri, text in sources(data)]
    for folder in manuals(data / "cache"):
        if len(rows) >= wanted:
            break
        rows += [{"source": "web", "uri": uri, "text": text} for uri, text in _pages(folder)]
    docs = pl.DataFrame(rows).filter(pl.col("text").str.len_bytes() > 200)
    return docs.unique("text", keep="first", maintain_order=True)


def manuals(cache: Path) -> Iterator[Path]:
    """Folders of the manuals that the gates for filters and duplicates read; fetched where they are not."""
    for key, pattern in [
        *((name, name) for name in MANUALS),
        *((key, name) for _, key, name in pages.wanted()),
    ]:
        try:
            yield cache / packages.fetch_deb(key, pattern, cache).files
        except archives.FetchError as error:
            print(f"left out: {key}: {error}", flush=True)


def sources(data: Path) -> Iterator[tuple[str, str, str]]:
    """(source, uri, text) of the demo's input that is no web page."""
    readers = {
        "books": (r_packages.read, "books/*.rdb"),
        "wikipedia": (mediawiki.read, "wikipedia/*.bz2"),
        "reddit": (reddit.recorded, "forum/reddit/*.json"),
        "dictionary": (dictionary.read, "dictionary/*.dict.dz"),
        "code": (files.read, "code/**/*.py"),
    }
    for source, (read, pattern) in readers.items():
        for uri in sorted(str(path) for path in data.glob(pattern)):
            for frame in read(uri):
                for text in frame["text"].drop_nulls():
                    for start in range(0, len(text), MAX_CHARS):
                        yield source, uri, text[start : start + MAX_CHARS]


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*")):
        if re.search(r"\.html?(\.gz)?$", file.name) and file.is_file() and not file.is_symlink():
            data = file.read_bytes()
            try:
                html = decode(gzip.decompress(data) if file.suffix == ".gz" else data)[0]
            except (OSError, ValueError):
                continue
            text = extract_plain_text(HTMLTree.parse(html), main_content=True)
            for start in range(0, len(text), MAX_CHARS):
                yield f"{folder.parent.name}/{file.name}", text[start : start + MAX_CHARS]


def hosts(docs: pl.DataFrame, seed: int, count: int = 400) -> list[str]:
    """Documents to plant in: as many of each source as can be had."""
    fit = docs.filter(pl.col("text").str.len_chars().is_between(500, MAX_CHARS))
    by = fit.partition_by("source", maintain_order=True)
    chosen = [part.sample(min(count // len(by), part.height), seed=seed) for part in by]
    texts = pl.concat(chosen)["text"].to_list()
    random.Random(seed).shuffle(texts)
    return texts
