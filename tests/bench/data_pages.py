"""Pages for the bench `data`: real ones of many sites, halved by site, and copies of them planted among them.

A copy is exact, edited (some words are others), or re-templated: the main part of a page in the frame of a
page of another site. The planter works on trees of lxml and on gold texts; what finds duplicates shares no
code with it.
"""

import copy
import hashlib
import json
import random
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html

HALVES = ("chosen", "judged")
COVERED = 0.9  # of the words of a page's main text, in the element that is taken for its main part
LEAST_WORDS = 120  # of a page that is copied
EDITED = 0.02  # of the words


@dataclass(frozen=True)
class Page:
    """A page with its gold: `kind` is its type, `main` its main text."""

    name: str
    url: str
    kind: str
    html: bytes
    main: str

    @property
    def site(self) -> str:
        return urlsplit(self.url).hostname or self.name


@dataclass(frozen=True)
class Copy:
    """A page planted: `how` it was made, `of` which page, in the `frame` of which."""

    name: str
    url: str
    html: bytes
    how: str
    of: str
    frame: str | None


def read_wcxb(path: Path) -> Iterator[Page]:
    """The pages of WCXB's development half that have main text."""
    with tarfile.open(path) as archive:  # in its order: to go back in it is to unpack it anew
        files = {Path(m.name): archive.extractfile(m) for m in archive if m.isfile()}
        read = {place: file.read() for place, file in files.items() if file}
    for place, data in sorted(read.items()):
        if place.suffix == ".json" and place.parent.name == "ground-truth":
            told = json.loads(data)
            main = told["ground_truth"].get("main_content") or ""
            kind = told["_internal"]["page_type"]["primary"]
            html = read[place.parents[1] / "html" / f"{place.stem}.html"]
            if main.strip():
                yield Page(place.stem, told.get("url") or "", kind, html, main)


def find_half(site: str) -> str:
    """Which half a site's pages are in, whatever else there is."""
    return HALVES[hashlib.blake2b(site.encode(), digest_size=1).digest()[0] % 2]


def plant(pages: list[Page], each: int, seed: int) -> Iterator[Copy]:
    """`each` copies of each kind, of pages drawn anew for each kind; as many as can be made."""
    draw = random.Random(seed)
    long = [page for page in pages if len(page.main.split()) >= LEAST_WORDS]
    parts = {page.name: part for page in long if (part := find_main(page)) is not None}
    whole = [page for page in long if page.name in parts]
    for number, page in enumerate(_draw(draw, long, each)):
        yield _make(page, f"exact-{number}", page.html, "exact", None)
    for number, page in enumerate(_draw(draw, whole, each)):
        yield _make(page, f"edited-{number}", edit(page, parts[page.name], draw), "edited", None)
    for number, page in enumerate(_draw(draw, whole, each)):
        frame = draw.choice([other for other in whole if other.site != page.site])
        yield _make(page, f"framed-{number}", reframe(parts[page.name], frame), "framed", frame.name)


def _draw(draw: random.Random, pages: list[Page], count: int) -> list[Page]:
    return draw.sample(pages, min(count, len(pages)))


def _make(page: Page, name: str, html: bytes, how: str, frame: str | None) -> Copy:
    return Copy(name, f"https://{name}.copies.example/{page.name}", html, how, page.name, frame)


def find_main(page: Page) -> lxml.html.HtmlElement | None:
    """The deepest element with nearly all words of the main text and not many others; None if none has."""
    wanted = Counter(re.findall(r"\w+", page.main))
    need = COVERED * wanted.total()
    try:
        node = lxml.html.fromstring(page.html)
    except (ValueError, lxml.etree.LxmlError):
        return None
    node = node.find("body") if node.find("body") is not None else node
    while True:
        inside = next(
            (child for child in node if isinstance(child.tag, str) and _count(child, wanted) >= need), None
        )
        if inside is None:
            break
        node = inside
    held = len(re.findall(r"\w+", node.text_content()))
    return node if node.tag != "body" and need <= _count(node, wanted) and held < 2 * wanted.total() else None


def _count(node: lxml.html.HtmlElement, wanted: Counter[str]) -> int:
    return (Counter(re.findall(r"\w+", node.text_content())) & wanted).total()


def reframe(part: lxml.html.HtmlElement, frame: Page) -> bytes:
    """The main part in another page's frame, in the place of that page's own; its title goes with it."""
    theirs = find_main(frame)
    assert theirs is not None
    root = theirs.getroottree()
    mine = copy.deepcopy(part)
    mine.tail = theirs.tail
    theirs.getparent().replace(theirs, mine)
    return lxml.html.tostring(root, encoding="utf-8", doctype="<!DOCTYPE html>")


def edit(page: Page, part: lxml.html.HtmlElement, draw: random.Random) -> bytes:
    """The page with a share of its main part's words put in the places of others of them."""
    mine = copy.deepcopy(part.getroottree()).getroot()
    node = mine.xpath(part.getroottree().getpath(part))[0]
    words = re.findall(r"[a-z]{4,}", page.main) or ["word"]
    for element in node.iter():
        for name in ("text", "tail"):
            text = getattr(element, name)
            if isinstance(element.tag, str) and text and (name == "text" or element is not node):
                swapped = re.sub(r"\b[a-z]{4,}\b", lambda found: _swap(found, words, draw), text)
                setattr(element, name, swapped)
    return lxml.html.tostring(mine, encoding="utf-8", doctype="<!DOCTYPE html>")


def _swap(found: re.Match[str], words: list[str], draw: random.Random) -> str:
    return draw.choice(words) if draw.random() < EDITED else found[0]


def read_scrapinghub(path: Path) -> Iterator[tuple[str, str]]:
    """The name and the main text of news pages."""
    with tarfile.open(path) as archive:
        member = next(m for m in archive if Path(m.name).name == "ground-truth.json")
        told = json.load(archive.extractfile(member))  # type: ignore[arg-type]
    yield from ((name, entry["articleBody"]) for name, entry in sorted(told.items()))


def take_apart(texts: list[tuple[str, str]], pages: list[str]) -> list[tuple[str, str]]:
    """The texts that share less than a twentieth of their runs of ten words with the pages: the same news
    stands on several sites."""
    seen = set().union(*map(_list_runs, pages))
    runs = [(name, text, _list_runs(text)) for name, text in texts]
    return [(name, text) for name, text, own in runs if len(own & seen) < len(own) / 20]


def _list_runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 10]) for i in range(len(words) - 9)}
