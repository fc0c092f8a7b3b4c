"""Hostile inputs that are large or deep, for the gate `trust`: a dear record between good neighbours.

Small ones are drawn by class for every reader in tests/ingest/test_hostile.py. `neighbours` are the marks of
the good records, which must be kept, and `odd` is how many others there are, each of which must be a row.
"""

import bz2
import gzip
import json
from collections.abc import Iterator
from typing import NamedTuple

GOOD = "A good neighbour, number {}, says in plain words what it has to say, and nothing of it may be lost."
DEEP = 100_000


class Case(NamedTuple):
    """A file: its format (the source that reads it), name and bytes, and what is in it."""

    kind: str
    name: str
    data: bytes
    neighbours: tuple[str, ...]
    odd: int


LINES = {
    "nesting without an end": b'{"text": "odd", "more": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "nesting of objects": b'{"text": "odd", "more": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "a name of 1 MB": b'{"text": "odd", "' + b"n" * 1_000_000 + b'": 1}',
    "100,000 names": b'{"text": "odd"' + b"".join(b', "k%d": 1' % n for n in range(DEEP)) + b"}",
    "text of 20 MB": b'{"text": "' + b"odd words " * 2_000_000 + b'"}',
    "line over the bound": b'{"text": "' + b"odd words " * 5_100_000 + b'"}',
}
WIKITEXT = {
    "markup without an end": ("Odd", "{{" * 50_000),
    "tables in tables": ("Odd", "{|\n|\n" * 20_000),
    "links in links": ("Odd", "[[" * 50_000),
    "title of 1 MB": ("T" * 1_000_000, "odd"),
    "page of 25 MB": ("Odd", "odd words " * 2_500_000),
}
MESSAGES = {
    "no header": b"\xff\xfe\n\nwords",
    "NUL": b"Subject: \0\n\na\0b",
    "charset": b"Content-Type: text/plain; charset=utf-7-imap\n\n\xe4\xf6",
    "base64": b"Content-Transfer-Encoding: base64\n\n=?=?=!",
    "multiparts": b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(500)
    ),
}
FILES = {"one line.txt": b"word " * 1_900_000, "too large.txt": b"word " * 2_100_000}


def mark(number: int) -> str:
    return GOOD.format(number)


def jsonl() -> Iterator[Case]:
    """Every odd line between 1,200 neighbours before and 3 behind (a batch and more), plain and packed."""
    good = [json.dumps({"text": mark(n), "url": f"https://a.example/{n}"}).encode() for n in range(1203)]
    for name, line in LINES.items():
        data = b"\n".join([*good[:1200], line, *good[1200:]]) + b"\n"
        for ending, packed in (("", data), (".gz", gzip.compress(data, 1))):
            yield Case("jsonl", f"{name}.jsonl{ending}", packed, tuple(map(mark, range(1203))), 1)


def wiki(title: str, text: str) -> str:
    body = f"<revision><timestamp>2020-01-01T00:00:00Z</timestamp><text>{text}</text></revision>"
    return f"<page><title>{title}</title><ns>0</ns><id>1</id>{body}</page>\n"


def pages() -> Iterator[Case]:
    """MediaWiki pages between pages, plain and packed."""
    good = [wiki(f"Title {n}", mark(n)) for n in range(4)]
    for name, page in WIKITEXT.items():
        text = "".join(["<mediawiki>\n", *good[:2], wiki(*page), *good[2:], "</mediawiki>\n"]).encode()
        for ending, packed in (("", text), (".bz2", bz2.compress(text, 1))):
            yield Case("mediawiki", f"{name}.xml{ending}", packed, tuple(map(mark, range(4))), 1)


def mail() -> Iterator[Case]:
    """Messages whose heads and bodies lie, between good ones."""
    good = [b"Subject: S\n\n" + mark(n).encode() for n in range(4)]
    line = b"From a@b.example Mon Jan  1 12:00:00 2024\n"
    for name, odd in MESSAGES.items():
        data = b"".join(line + each + b"\n\n" for each in [*good[:2], odd, *good[2:]])
        yield Case("mail", f"{name}.mbox", data, tuple(map(mark, range(4))), 1)


def every() -> Iterator[Case]:
    yield from jsonl()
    yield from pages()
    yield from mail()
    yield from (Case("files", name, data, (), 1) for name, data in FILES.items())
