"""Real files damaged by script, for the gate `trust`; each beside the whole one.

What must be kept is found by readers of this file alone, made before ours was hardened: the lines of JSONL,
the gzip members of a WARC, which stand wholly before the damage or, where nothing moved, behind it.
"""

import io
import json
import random
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path("data")
SIZE = 1_000_000  # of each file: cut there, at a record
PICK = {
    "warc": [
        "web/debian-faq-00000.warc.gz",
        "web/python3.13-doc-00000.warc.gz",
        "web/debian-history-00000.warc.gz",
    ],
    "mediawiki": ["wikipedia/enwiki-articles.xml.bz2", "wikipedia/bgwiki-articles.xml.bz2"],
    "pdf": ["pdf/fhs-3.0.pdf", "pdf/project-history.en.pdf", "pdf/maint-guide.en.pdf"],
    "files": ["maths/users.tex", "code/turtle.py"],
}


class Damaged(NamedTuple):
    """A damaged file: `whole` names the one it was, and `at` the bytes of it that were hurt."""

    kind: str
    whole: str
    name: str
    data: bytes
    at: tuple[int, int]
    moved: bool


def cut_members(data: bytes) -> bytes:
    """The first gzip members of a WARC."""
    end = 0
    for _, stop in list_members(data):
        if stop > SIZE and end:
            break
        end = stop
    return data[:end]


def list_members(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each gzip member begins and ends."""
    start = 0
    while start < len(data):
        unpacker = zlib.decompressobj(wbits=31)
        unpacker.decompress(data[start:])
        stop = len(data) - len(unpacker.unused_data)
        yield start, stop
        start = stop


def list_lines(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends, with its line feed."""
    start = 0
    for line in (
        data.splitlines(keepends=True) if b"\r" not in data else [x + b"\n" for x in data.split(b"\n")]
    ):
        yield start, start + len(line)
        start += len(line)


RECORDS: dict[str, Callable[[bytes], Iterator[tuple[int, int]]]] = {"warc": list_members, "jsonl": list_lines}


def take_whole() -> Iterator[tuple[str, str, bytes]]:
    """Format, name and bytes of each undamaged file."""
    for kind, names in PICK.items():
        for name in names:
            data = (DATA / name).read_bytes()
            yield kind, Path(name).name, cut_members(data) if kind == "warc" else data
    reddit = sorted((DATA / "forum/reddit").iterdir(), key=lambda path: path.stat().st_size)[-2:]
    for path in reddit:
        yield "reddit", path.name, path.read_bytes()
    for path in sorted((DATA / "forum/mail").glob("*.mbox"))[:1]:
        yield "mail", path.name, path.read_bytes()[:2_000_000]
    texts = [
        text
        for path in sorted((DATA / "maths").glob("*.tex"))
        for text in path.read_text("latin-1").split("\n\n")
    ]
    texts = [text for text in dict.fromkeys(texts) if len(text) > 80]
    lines = [json.dumps({"text": text, "id": n}) + "\n" for n, text in enumerate(texts)]
    yield "jsonl", "maths.jsonl", "".join(lines).encode()
    out = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "id": range(len(texts))}), out, row_group_size=200)
    yield "parquet", "maths.parquet", out.getvalue()


def damage(data: bytes, drawn: random.Random) -> Iterator[tuple[str, bytes, tuple[int, int], bool]]:
    """What is done, the bytes after, the stretch of the whole that was hurt, and whether the rest moved."""
    size = len(data)
    for number in range(3):
        at = drawn.randrange(size)
        yield (
            f"bit{number}",
            data[:at] + bytes([data[at] ^ 1 << drawn.randrange(8)]) + data[at + 1 :],
            (at, at + 1),
            False,
        )
    at = drawn.randrange(max(size - 4096, 1))
    yield "cut", data[: size // 3], (size // 3, size), False
    yield "end", data[:-10], (size - 10, size), False
    yield "zeros", data[:at] + bytes(4096) + data[at + 4096 :], (at, at + 4096), False
    yield "noise", data[:at] + drawn.randbytes(4096) + data[at + 4096 :], (at, at + 4096), False
    yield "gone", data[:at] + data[at + 1000 :], (at, at + 1000), True
    yield "more", data[:at] + drawn.randbytes(1000) + data[at:], (at, at + 1), True
    yield "head", bytes(16) + data[16:], (0, 16), False


def every(whole: list[tuple[str, str, bytes]]) -> Iterator[Damaged]:
    """Each whole file in all ways."""
    for kind, name, data in whole:
        drawn = random.Random(name)
        for how, bad, at, moved in damage(data, drawn):
            yield Damaged(kind, name, f"{how}-{name}", bad, at, moved)
