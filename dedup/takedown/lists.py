"""A list of take-downs: a line an entry, in plain text.

# what follows a number sign is for people
https://example.org/page         a document by its URL
https://example.org/blog/*       all below it on this host
domain:example.org               all of a site, its subdomains too (a bare `example.org` is the same)
id:2dbdefa4cf92b087              a document by its id, of which eight digits will do (bare, too)
text:"The text, as JSON ... "    what holds this text, and what resembles it
file:letter.txt                  the same, the text in a file beside the list
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from winnow.dedup.address import canonical
from winnow.dedup.exact import IGNORED
from winnow.dedup.takedown import letters, quotes


class Entry(NamedTuple):
    """A line of a list: its number, its kind (`url`, `section`, `domain`, `id`, `text`), its value made
    comparable."""

    line: int
    kind: str
    value: str


def read(path: Path) -> list[Entry]:
    """The entries of a list. ValueError, with file and line, where one cannot be read or there is none."""
    entries = []
    for number, raw in enumerate(path.read_bytes().split(b"\n"), 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if line and not line.startswith("#"):
                named = letters.read(line)
                entries += [Entry(number, *_make_comparable(*each, path.parent)) for each in named]
        except ValueError as error:
            told = "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise ValueError(f"{path}, line {number}: {told}") from None
    if not entries:
        raise ValueError(f"{path} names nothing: write {letters.FORMS}, a line each")
    return entries


def _make_comparable(kind: str, value: str, folder: Path) -> tuple[str, str]:
    if kind == "url":
        return kind, name_page(value)
    if kind == "section":
        return kind, name_page(value).partition("?")[0] + "/"
    if kind in ("file", "text"):
        text = _read_text(folder / value) if kind == "file" else _parse(value)
        quotes.check(text)
        return "text", text
    return kind, value


def _parse(value: str) -> str:
    try:
        text = json.loads(value)
    except ValueError as error:
        raise ValueError(f"the text is no JSON string: {error}") from None
    if not isinstance(text, str):
        raise ValueError("the text is no JSON string")
    return text


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


@lru_cache(maxsize=2**16)
def name_page(url: str) -> str:
    """The page that a URL names, whatever its scheme and its tracking parameters; else the URL itself."""
    return canonical.canonicalize(url, IGNORED) or url


@lru_cache(maxsize=2**16)
def list_places(url: str) -> tuple[tuple[str, str], ...]:
    """What a URL is of, as (kind, value): its page, the sections that it is below, its sites."""
    page = name_page(url)
    place, _, path = page.partition("?")[0].partition("/")
    host = re.sub(r":\d+$", "", place)
    names = path.split("/")
    sections = (f"{place}/{'/'.join(names[:end])}" for end in range(1, len(names)))
    below = [f"{place}/"] * bool(path or "?" in page) + [f"{section}/" for section in sections]
    return (
        ("url", page),
        *(("section", one) for one in below),
        *(("domain", one) for one in canonical.list_domains(host)),
    )


def find_named(docs: pl.DataFrame, entries: list[Entry]) -> pl.DataFrame:
    """Which documents which entries name by id, URL, section or domain: `row` and `line`.

    URLs are in the columns `url` and `canonical_url`, where there are such.
    """
    named: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        named.setdefault((entry.kind, entry.value), []).append(entry.line)
    found: list[tuple[int, int]] = []
    sizes = {len(value) for kind, value in named if kind == "id"}
    for row, identity in enumerate(docs["id"]) if sizes else ():
        for size in sizes:
            found += [(row, line) for line in named.get(("id", (identity or "")[:size]), ())]
    placed = any(kind in ("url", "section", "domain") for kind, _ in named)
    for column in ("url", "canonical_url"):
        for row, url in enumerate(docs[column]) if placed and column in docs.columns else ():
            for place in list_places(url) if url else ():
                found += [(row, line) for line in named.get(place, ())]
    schema = {"row": pl.UInt32, "line": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row").unique(maintain_order=True)


def find_quoting(texts: pl.Series, entries: list[Entry]) -> pl.DataFrame:
    """Which texts hold the text of which entries, from its first word to its last: `row` and `line`."""
    wanted = tuple(entry for entry in entries if entry.kind == "text")
    found = quotes.find(texts, tuple(entry.value for entry in wanted))
    lines = [(row, wanted[number].line) for row, number in found]
    return pl.DataFrame(lines, schema={"row": pl.UInt32, "line": pl.Int64}, orient="row")
