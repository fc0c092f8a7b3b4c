"""Passages that rewrites are made of: encyclopedia, manuals, books, maths, papers and news.

Paragraphs of prose, one after another in one document, of 80 to 400 words together. Wikipedia, Debian's,
Python's and PostgreSQL's manuals, Austen, papers and PARI's manual come of `data/`; manual pages of this
machine; pages of WCXB (articles) out of the folder `WEB`, if it is set.
"""

import gzip
import hashlib
import json
import os
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from lxml import html

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from winnow.ingest import books, gutenberg, jats, mediawiki  # noqa: E402

DOCS = ROOT / "data/cache"
_PAGES = {
    "debian": (
        "debian-faq/**/*.en.html",
        "debian-history/**/docs/*.en.html",
        "debian-policy/**/policy.html/*.html",
        "debian-reference-en/**/*.en.html",
        "developers-reference/**/*.html",
        "debmake-doc/**/*.en.html",
    ),
    "python": ("python-doc/**/html/*/*.html",),
    "postgresql": ("postgresql-doc/**/html/*.html",),
    "anarchism": ("anarchism/**/html/*.html",),
}
_SHARES = {
    "wikipedia": 330,
    "debian": 90,
    "python": 70,
    "postgresql": 60,
    "man": 40,
    "books": 60,
    "maths": 45,
    "papers": 40,
    "web": 110,
    "anarchism": 20,
}
_SENTENCE_END = re.compile(r"[.!?][\"')\]]?$")
_PER_DOCUMENT = 4


def key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def gather(seed: int, without: set[str]) -> list[tuple[str, str]]:
    """Source and passage of each parent, by the seed; none of `without`."""
    kept: list[tuple[str, str]] = []
    for source, most in _SHARES.items():
        pool = sorted({p for p in _passages(source) if p not in without}, key=key)
        random.Random(f"{seed} {source}").shuffle(pool)
        kept += [(source, passage) for passage in pool[:most]]
    return kept


def _passages(source: str) -> Iterator[str]:
    for number, paragraphs in enumerate(_documents(source)):
        draw = random.Random(f"{source} {number}")
        found = list(_cut(paragraphs))
        yield from draw.sample(found, min(_PER_DOCUMENT if source != "books" else 60, len(found)))


def _cut(paragraphs: list[str]) -> Iterator[str]:
    held: list[str] = []
    for paragraph in [*paragraphs, ""]:
        words = len(paragraph.split())
        held_words = sum(len(p.split()) for p in held)
        if held and (not _is_prose(paragraph) or held_words + words > 260 or held_words > 110):
            if 80 <= held_words <= 400:
                yield "\n\n".join(held)
            held = []
        if _is_prose(paragraph):
            held.append(paragraph)


def _is_prose(paragraph: str) -> bool:
    words = paragraph.split()
    if len(words) < 12 or not _SENTENCE_END.search(paragraph) or not (paragraph[0].isalpha()):
        return False
    plain = sum(word.strip(".,;:()\"'").isalpha() for word in words)
    return plain > 0.72 * len(words) and not re.search(r"[|{}\\_=<>]{1}|\[\d|\.\.\.|https?:|``", paragraph)


def _documents(source: str) -> Iterator[list[str]]:
    if source in _PAGES:
        for pattern in _PAGES[source]:
            for path in sorted(DOCS.glob(pattern)):
                yield _html_paragraphs(path)
    elif source == "man":
        for path in sorted(Path("/usr/share/man").glob("man[1578]/*.gz")):
            if not path.is_symlink():
                yield _man_paragraphs(gzip.decompress(path.read_bytes()).decode("utf-8", "replace"))
    elif source == "web":
        yield from _articles()
    else:
        for text in _read(source):
            yield _paragraphs(text)


def _articles() -> Iterator[list[str]]:
    if web := os.environ.get("WEB"):
        for path in sorted(Path(web).glob("dev/ground-truth/*.json")):
            page = json.loads(path.read_text(encoding="utf-8"))
            if page["_internal"]["page_type"]["primary"] == "article":
                yield _paragraphs(page["ground_truth"].get("main_content") or "")


def _read(source: str) -> Iterator[str]:
    data = ROOT / "data"
    if source == "maths":
        for path in sorted((data / "maths").glob("*.tex")):
            yield _tex(path.read_text("latin-1"))
        return
    frames: Iterator[pl.DataFrame]
    if source == "wikipedia":
        frames = mediawiki.read(str(data / "wikipedia/enwiki-articles.xml.bz2"))
    elif source == "books":
        frames = books.read(str(data / "books/janeaustenr.rdb"))
    else:
        paths = sorted((data / "sources/jats").glob("*.nxml"))
        frames = (frame for path in paths for frame in jats.read(str(path)))
    for frame in frames:
        yield from frame["text"].drop_nulls().to_list()
    if source == "books":
        for frame in gutenberg.read(str(data / "sources/gutenberg/gutenberg-10001.txt")):
            yield from frame["text"].drop_nulls().to_list()


def _paragraphs(text: str) -> list[str]:
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n|\n(?=[#*-] )", text)]


def _html_paragraphs(path: Path) -> list[str]:
    tree = html.fromstring(path.read_bytes())
    return [" ".join(p.text_content().replace("¶", "").split()) for p in tree.iter("p", "pre", "h1", "h2")]


def _man_paragraphs(page: str) -> list[str]:
    page = re.sub(r"^\.(?:[PLI]P|TP|SH|SS|Pp|br|sp|nf|fi|RS|RE).*$", "\n", page, flags=re.M)
    page = re.sub(r"^\.\\\".*$|^'.*$", "", page, flags=re.M)
    page = re.sub(r"^\.(?:[BI]|BR|IR|RB|BI|IB|RI) ", "", page, flags=re.M)
    page = re.sub(r"^\..*$", "\n\n", page, flags=re.M)
    page = re.sub(r"\\f(?:\([A-Z]{2}|[A-Z])|\\&|\\c|\\/|\\,", "", page)
    return _paragraphs(page.replace("\\-", "-").replace("\\(aq", "'").replace("\\ ", " "))


def _tex(page: str) -> str:
    page = re.sub(r"(?<!\\)%.*", "", page)
    page = re.sub(r"\\(?:kbd|tet|idx|emph|var|secref|text)\{([^{}]*)\}", r"\1", page)
    page = re.sub(r"\\(?:sl|bf|it|noindent|smallskip|medskip|bigskip)\b", "", page)
    return page.replace("~", " ").replace("$", "").replace("``", '"').replace("''", '"')
