"""Pairs of natural templates: real pages of one site, or of one generator, that share frame and wording and
are about different things. What is alike is told in plain Python, by no code of ours that finds duplicates.
"""

import gzip
import hashlib
import html
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import data_pages as planter
import lxml.html
import near
import templates

from winnow.pipelines.demo import packages

MANUALS = {  # key of a package: its pattern, and what the path of a page matches
    "cppreference-doc-en-html": ("cppreference-doc-en-html", "/en/"),
    "openjdk-25-doc": ("openjdk-25-doc", "/api/java.base/"),
    "php-doc": ("php-doc", "/php-doc/"),
    "python-doc": (r"python3\.\d+-doc", "/library/"),
    "postgresql-doc": (r"postgresql-doc-\d+", "/html/"),
    "debian-policy": ("debian-policy", "/policy.html/"),
    "debmake-doc": ("debmake-doc", r"\.en\.html"),
    "developers-reference": ("developers-reference", "/doc/developers-reference/[^/]+$"),
}
PAGES = 250  # of a manual
OF_SOURCE = 60  # pairs, the most alike
OF_PAGE = 2  # pairs that a page is in, at most
FRAMES, FILLED = 40, 5  # frames of real pages, and the main texts put into each
LONG_FRAME = 300  # words beside the main text
MAIN_WORDS = (100, 350)
LEAST_WORDS = 50  # of a text: the recipe drops shorter ones before it looks for duplicates
HELD = 0.5  # of the main text's words, in what the extraction leaves of a page


class Natural(NamedTuple):
    """A page: its address, where it is from, its HTML, and its main text where that is known."""

    url: str
    source: str
    html: bytes
    main: str | None


class Pair(NamedTuple):
    """Two pages about different things: `alike` is the larger containment of one's text in the other's."""

    a: str
    b: str
    source: str
    alike: float


def read_manuals(cache: Path, kept: Path) -> Iterator[Natural]:
    """Pages of references, of one stretch of their names; packages are fetched where absent."""
    for key, (pattern, inside) in MANUALS.items():
        place = kept if packages.keep_cached(key, kept) else cache
        folder = place / packages.fetch_deb(key, pattern, place).files
        files = [path for path in folder.rglob("*.htm*") if re.search(inside, str(path))]
        files = [path for path in files if path.is_file() and not path.is_symlink()]
        files = [path for path in files if 2_000 < path.stat().st_size < 200_000]
        # Those of one chapter stand together: the most alike are among them.
        files = sorted(files, key=lambda path: str(path.relative_to(folder)))
        start = max(0, len(files) // 2 - PAGES // 2)
        for path in files[start : start + PAGES]:
            name = path.relative_to(folder).as_posix()
            yield Natural(f"https://{key}.example/{name}", key, templates.read(path).encode(), None)


def read_same_sites(pages: list[planter.Page]) -> Iterator[Natural]:
    """Pages of sites of which there are two or more; of one address with and without a slash, the first."""
    for site, own in group_sites(pages).items():
        several = {page.url.split("?")[0].rstrip("/"): page for page in reversed(own)}
        if len(several) > 1:
            yield from (Natural(page.url, f"site:{site}", page.html, page.main) for page in several.values())


def group_sites(pages: list[planter.Page]) -> dict[str, list[planter.Page]]:
    """The pages of each site, by name."""
    found: dict[str, list[planter.Page]] = {}
    for page in sorted(pages, key=lambda page: page.name):
        found.setdefault(page.site, []).append(page)
    return found


def fill_frames(pages: list[planter.Page], questions: list[str]) -> Iterator[Natural]:
    """Frames of real pages that are long, each with several real main texts of a moderate length: parts of
    other pages, and questions. Each main text is used once, and is of a site with no other page."""
    alone = {own[0].name for own in group_sites(pages).values() if len(own) == 1}
    parts = {page.name: part for page in pages if (part := planter.find_main(page)) is not None}
    whole = sorted((page for page in pages if page.name in parts), key=_shuffle)
    low, high = MAIN_WORDS
    short = [page for page in whole if page.name in alone and low <= len(page.main.split()) <= high]
    mains = [parts[page.name] for page in short]
    asked = [lxml.html.fromstring(question) for question in questions]
    both = itertools.chain.from_iterable(itertools.zip_longest(mains, asked))
    each = (part for part in both if part is not None)
    taken = {page.name for page in short}
    framed = [page for page in whole if page.name not in taken]
    framed = [page for page in framed if _count_frame(page, parts[page.name]) >= LONG_FRAME]
    for frame in framed[:FRAMES]:
        for number, part in enumerate(itertools.islice(each, FILLED)):
            url, source = f"https://{frame.name}.filled.example/{number}", f"frame:{frame.name}"
            yield Natural(url, source, planter.reframe(part, frame), _read(part))


def _shuffle(page: planter.Page) -> bytes:
    return hashlib.blake2b(page.name.encode(), digest_size=8).digest()


def _count_frame(page: planter.Page, part: lxml.html.HtmlElement) -> int:
    root = part.getroottree().getroot()
    all_words, own = (len(re.findall(r"\w+", _read(node))) for node in (root, part))
    return all_words - own


def _read(node: lxml.html.HtmlElement) -> str:
    return " ".join(node.xpath(".//text()[not(parent::script or parent::style or parent::noscript)]"))


def read_questions(folder: Path) -> list[str]:
    """Questions, as HTML, of a moderate length."""
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            thread = json.loads(line)
            title = html.escape(thread["question"]["title"])
            body = f"<div><h1>{title}</h1>{thread['question']['body_html']}</div>"
            if MAIN_WORDS[0] <= len(body.split()) <= MAIN_WORDS[1]:
                found.append(body)
    return found


def read_licenses(root: Path) -> Iterator[Natural]:
    """The legal texts of packages, as pages of plain text; one of each software that names itself."""
    seen: set[str] = set()
    for path in sorted(root.glob("*/copyright")):
        text = path.read_text(errors="replace")
        name = re.search(r"^Upstream-Name: *(\S.*)$", text, re.M)
        if name and name[1].lower() not in seen and len(seen) < PAGES:
            seen.add(name[1].lower())
            page = f"<html><body><pre>{html.escape(text)}</pre></body></html>".encode()
            yield Natural(f"https://{path.parent.name}.licenses.example/", "licenses", page, None)


def choose_pairs(pages: Iterable[Natural], texts: dict[str, str]) -> list[Pair]:
    """The pairs of a source whose texts are most alike, a page in few of them.

    `texts` is what was extracted, by address. A page is left out if that has too few words, or lacks the main
    text: what is left then is a frame. A pair is left out if its texts, or its main texts, are the same.
    """
    known = {page.url: page for page in pages}
    words = {url: re.findall(r"\w+", text.lower()) for url, text in texts.items()}
    fit = [
        known[url] for url in sorted(texts) if len(words[url]) >= LEAST_WORDS and _is_held(known[url], words)
    ]
    pairs = []
    for source in sorted({page.source for page in fit}):
        own = {page.url: near.shingles(texts[page.url]) for page in fit if page.source == source}
        found = [(_measure(own[a], own[b]), a, b) for a, b in itertools.combinations(own, 2)]
        used: Counter[str] = Counter()
        taken = 0
        for alike, a, b in sorted(found, key=lambda each: (-each[0], *each[1:])):
            same = words[a] == words[b] or (known[a].main is not None and known[a].main == known[b].main)
            if not same and max(used[a], used[b]) < OF_PAGE and taken < OF_SOURCE:
                used.update((a, b))
                pairs.append(Pair(a, b, source, alike))
                taken += 1
    return pairs


def _is_held(page: Natural, words: dict[str, list[str]]) -> bool:
    if page.main is None:
        return True
    gold = Counter(re.findall(r"\w+", page.main.lower()))
    return (gold & Counter(words[page.url])).total() >= HELD * gold.total()


def _measure(a: frozenset, b: frozenset) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))
