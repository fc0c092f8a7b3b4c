"""A list of take-downs: a line an entry, in plain text.

# what follows a number sign is for people
https://example.org/page         a document by its URL
domain:example.org               all of a site, its subdomains too (a bare `example.org` is the same)
id:2dbdefa4cf92b087              a document by its id, of which eight digits will do (bare, too)
text:"The whole text, as JSON"   what holds this text, up to case and white space, and what resembles it
file:letter.txt                  the same, the text in a file beside the list
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from dedup.exact import TRACKING, canonicalize
from dedup.takedown import marks

LEAST_DIGITS, LEAST_WORDS = 8, 5
FORMS = 'a URL, domain:NAME, id:DIGITS, text:"..." or file:PATH'
_KINDS = ("url", "domain", "id", "text", "file")
_ID = re.compile(rf"[0-9a-f]{{{LEAST_DIGITS},32}}")
_DOMAIN = re.compile(r"(?=.{4,253}$)([\w-]{1,63}\.)+[^\W\d_][\w-]+", re.I)
_IGNORED = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in TRACKING), re.I)


class Entry(NamedTuple):
    """A line of a list: its number, its kind (`url`, `domain`, `id`, `text`), its value made comparable."""

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
                entries.append(Entry(number, *_read_line(line, path.parent)))
        except ValueError as error:
            told = "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
            raise ValueError(f"{path}, line {number}: {told}") from None
    if not entries:
        raise ValueError(f"{path} names nothing: write {FORMS}, a line each")
    return entries


def _read_line(line: str, folder: Path) -> tuple[str, str]:
    kind, colon, value = line.partition(":")
    if "://" in line.split(" ")[0] and kind not in _KINDS:
        kind, value = "url", line
    elif not colon and _ID.fullmatch(line.lower()):
        kind, value = "id", line
    elif not colon and _DOMAIN.fullmatch(line):
        kind, value = "domain", line
    if kind not in _KINDS:
        raise ValueError(f"{line[:80]!r} is none of {FORMS}")
    return _make_comparable(kind, value.strip(), folder)


def _make_comparable(kind: str, value: str, folder: Path) -> tuple[str, str]:
    if kind == "id" and not _ID.fullmatch(value.lower()):
        raise ValueError(f"{value[:80]!r} is no id: {LEAST_DIGITS} to 32 hexadecimal digits")
    if kind == "domain" and not _DOMAIN.fullmatch(value.removeprefix("*.").rstrip(".")):
        raise ValueError(f"{value[:80]!r} is no domain's name")
    if (kind == "url" and not value) or (any(sign.isspace() for sign in value) and kind == "url"):
        raise ValueError(f"{value[:80]!r} is no URL: it has white space, or nothing, in it")
    if kind == "file":
        kind, value = "text", _read_text(folder / value)
    elif kind == "text":
        value = _parse(value)
    if kind == "text" and len(value.split()) < LEAST_WORDS:
        raise ValueError(f"a text of fewer than {LEAST_WORDS} words would match too much")
    if kind == "domain":
        return kind, value.removeprefix("*.").rstrip(".").lower().removeprefix("www.")
    if kind == "url":
        return kind, name_page(value)
    return kind, value.lower() if kind == "id" else value


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
    return canonicalize(url, _IGNORED) or url


@lru_cache(maxsize=2**16)
def list_domains(url: str) -> tuple[str, ...]:
    """The host of a URL and all that it is below."""
    host = name_page(url).partition("/")[0].partition("?")[0].lower()
    names = host.split(".")
    return tuple(".".join(names[start:]) for start in range(len(names) - 1))


def flatten(texts: pl.Series) -> pl.Series:
    """Texts in which white space counts as one space, and case not."""
    return texts.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def find_named(docs: pl.DataFrame, entries: list[Entry]) -> pl.DataFrame:
    """Which documents which entries name by id, URL or domain: `row` and `line`.

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
    places = {kind for kind, _ in named} & {"url", "domain"}
    for column in ("url", "canonical_url"):
        for row, url in enumerate(docs[column]) if places and column in docs.columns else ():
            if url:
                found += [(row, line) for line in named.get(("url", name_page(url)), ())]
                for domain in list_domains(url):
                    found += [(row, line) for line in named.get(("domain", domain), ())]
    schema = {"row": pl.UInt32, "line": pl.Int64}
    return pl.DataFrame(found, schema=schema, orient="row").unique(maintain_order=True)


def find_quoting(texts: pl.Series, entries: list[Entry]) -> pl.DataFrame:
    """Which texts hold the text of which entries, from its first word to its last: `row` and `line`."""
    wanted = tuple(entry for entry in entries if entry.kind == "text")
    schema = {"row": pl.UInt32, "line": pl.Int64}
    if not wanted:
        return pl.DataFrame(schema=schema)
    known = _mark(wanted)
    likely = marks.count_shared(texts, known).filter(pl.col("shared") == pl.col("other"))
    flat = flatten(texts.gather(likely["row"]))
    values = flatten(pl.Series([entry.value for entry in wanted]))
    holds = [value in text for text, value in zip(flat, values.gather(likely["mark"]), strict=True)]
    found = likely.filter(pl.Series(holds, dtype=pl.Boolean))
    lines = [wanted[mark].line for mark in found["mark"]]
    return pl.DataFrame({"row": found["row"], "line": lines}).cast(schema)  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def _mark(wanted: tuple[Entry, ...]) -> marks.Marks:
    return marks.of_texts(pl.Series([entry.value for entry in wanted], dtype=pl.String))
