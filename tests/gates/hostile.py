"""Hostile inputs by class, for the gate `trust`: bad records between good neighbours, in every format.

Each case counts its own records as it is made: `neighbours` are the marks of the good ones, which must be
kept, and `odd` is how many others there are, each of which must be a row, kept, dropped or failed.
"""

import base64
import bz2
import datetime
import gzip
import io
import json
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import archives
import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.stream_io import Lz4Writer, ZstdWriter

GOOD = "A good neighbour, number {}, says in plain words what it has to say, and nothing of it may be lost."


class Case(NamedTuple):
    """A file: its format (the source that reads it), name and bytes, and what is in it."""

    kind: str
    name: str
    data: bytes
    neighbours: tuple[str, ...]
    odd: int


def mark(number: int) -> str:
    return GOOD.format(number)


def good_line(number: int) -> bytes:
    return json.dumps(
        {"text": mark(number), "url": f"https://a.example/{number}", "more": {"n": number}}
    ).encode()


def odd_lines() -> dict[str, bytes]:
    """Lines that are no plain record, or whose values are not what they should be."""
    deep = 100_000
    lines = {
        "surrogate in text": b'{"text": "half \\ud800 of a pair", "url": "u"}',
        "surrogate in url": b'{"text": "odd", "url": "https://a.example/\\udfff"}',
        "surrogate in a name": b'{"text": "odd", "\\ud83d": 1}',
        "surrogate in other values": b'{"text": "odd", "more": ["\\ud800"]}',
        "surrogates the wrong way round": b'{"text": "\\ude00\\ud83d"}',
        "NUL in text": b'{"text": "a\\u0000b"}',
        "controls in text": b'{"text": "a\\u001b[31mb\\u0007\\u009b"}',
        "NaN": b'{"text": "odd", "score": NaN}',
        "infinity": b'{"text": "odd", "score": -Infinity}',
        "float over all bounds": b'{"text": "odd", "score": 1e999}',
        "integer of 10,000 digits": b'{"text": "odd", "score": ' + b"9" * 10_000 + b"}",
        "integer beyond 64 bits": b'{"text": "odd", "more": 123456789012345678901234567890}',
        "nesting without an end": b'{"text": "odd", "more": ' + b"[" * deep + b"]" * deep + b"}",
        "nesting of objects": b'{"text": "odd", "more": ' + b'{"a":' * deep + b"1" + b"}" * deep + b"}",
        "not UTF-8": b'{"text": "a\xff\xfeb"}',
        "overlong UTF-8": b'{"text": "a\xc0\xafb"}',
        "surrogate in UTF-8": b'{"text": "a\xed\xa0\x80b"}',
        "cut off": b'{"text": "odd, and then',
        "garbage behind": b'{"text": "odd"} garbage',
        "two records": b'{"text": "odd"}{"text": "odd"}',
        "a list": b'["text", "odd"]',
        "a string": b'"text"',
        "a number": b"12",
        "null": b"null",
        "empty object": b"{}",
        "text is a number": b'{"text": 12}',
        "text is a list": b'{"text": ["odd"]}',
        "text is an object": b'{"text": {"odd": 1}}',
        "text is null": b'{"text": null}',
        "text is true": b'{"text": true}',
        "text is empty": b'{"text": ""}',
        "names twice": b'{"text": "odd", "text": "odd again"}',
        "url is a list": b'{"text": "odd", "url": ["u"]}',
        "url is a number": b'{"text": "odd", "url": 12}',
        "a name of 1 MB": b'{"text": "odd", "' + b"n" * 1_000_000 + b'": 1}',
        "100,000 names": b'{"text": "odd"' + b"".join(b', "k%d": 1' % n for n in range(100_000)) + b"}",
        "line separators in text": '{"text": "a\u2028b\u2029c\x85d\x0be"}'.replace(
            "\x0b", "\\u000b"
        ).encode(),
        "byte order mark": b'\xef\xbb\xbf{"text": "odd"}',
        "UTF-16": '{"text": "odd"}'.encode("utf-16-le").replace(b"\n", b""),
        "carriage returns": b'{"text": "odd"}\r\r\r',
        "a script": b'{"text": "<script>alert(1)</script>", "url": "javascript:alert(1)"}',
        "text of 20 MB": b'{"text": "' + b"odd words " * 2_000_000 + b'"}',
        "line over the bound": b'{"text": "' + b"odd words " * 5_100_000 + b'"}',
    }
    return lines


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, 1),
    ".zst": lambda data: archives.packed_by(ZstdWriter, data),
    ".bz2": lambda data: bz2.compress(data, 1),
    ".xz": lambda data: lzma.compress(data, preset=0),
    ".lz4": lambda data: archives.packed_by(Lz4Writer, data),
}


def jsonl() -> Iterator[Case]:
    """Every odd line between 1,200 neighbours before and 3 behind (a batch and more), packed by turns."""
    before = [good_line(n) for n in range(1200)]
    after = [good_line(n) for n in range(1200, 1203)]
    neighbours = tuple(mark(n) for n in range(1203))
    packings = list(PACKINGS.items())
    for number, (name, line) in enumerate(odd_lines().items()):
        for ending, pack in (packings[0], packings[1 + number % 5]):
            data = pack(b"\n".join([*before, line, *after]) + b"\n")
            yield Case("jsonl", f"{name}.jsonl{ending}", data, neighbours, 1)


def write_parquet(columns: dict[str, pa.Array], **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **options)
    return out.getvalue()


def odd_columns(rows: int) -> dict[str, pa.Array]:
    """Columns beside a good `text` that no column of a document looks like."""
    deep: pa.DataType = pa.int64()
    value: object = 1
    for _ in range(20):
        deep, value = pa.list_(deep), [value]
    bad = b"a\xff\xfeb"
    offsets = pa.py_buffer(struct.pack(f"<{rows + 1}i", *(len(bad) * n for n in range(rows + 1))))
    return {
        "date in year 20000": pa.array([6_600_000] * rows, pa.date32()),
        "time before all years": pa.array([-(2**62)] * rows, pa.timestamp("us")),
        "time in nanoseconds": pa.array([2**62] * rows, pa.timestamp("ns")),
        "time of a strange zone": pa.array([0] * rows, pa.timestamp("ms", "Mars/Olympus")),
        "duration": pa.array([2**62] * rows, pa.duration("us")),
        "unsigned beyond 63 bits": pa.array([2**64 - 1] * rows, pa.uint64()),
        "decimal": pa.array([None] * rows, pa.decimal256(76, 3)),
        "half floats": pa.array([float("nan")] * rows, pa.float32()),
        "map": pa.array([[("a", 1), ("a", 2)]] * rows, pa.map_(pa.string(), pa.int64())),
        "struct with a name twice": pa.array([{"a": 1}] * rows, pa.struct([("a", pa.int64())])),
        "lists in lists": pa.array([value] * rows, deep),
        "bytes": pa.array([b"\x00\xff"] * rows, pa.binary()),
        "nulls": pa.nulls(rows),
        "dictionary": pa.array(["a"] * rows).dictionary_encode(),
        "strings that are no UTF-8": pa.Array.from_buffers(
            pa.string(), rows, [None, offsets, pa.py_buffer(bad * rows)]
        ),
        "time of day": pa.array([1] * rows, pa.time64("ns")),
        "a large cell": pa.array(["x" * 5_000_000] + ["y"] * (rows - 1)),
    }


def odd_texts() -> dict[str, pa.Array]:
    """Text columns of another type, three rows each: all their rows are odd ones."""
    return {
        "texts are numbers": pa.array([1, 2, 3]),
        "texts are lists": pa.array([["a"], ["b"], ["c"]]),
        "texts are structs": pa.array([{"a": 1}] * 3),
        "texts are bytes": pa.array([b"\xff\xfe", b"good", b"\x00"]),
        "texts are nulls": pa.nulls(3, pa.string()),
        "texts are a dictionary": pa.array(["a", "b", "a"]).dictionary_encode(),
        "texts are large": pa.array(["a", "b", "c"], pa.large_string()),
        "texts are views": pa.array(["a", "b", "c"], pa.string_view()),
        "texts are dates": pa.array([datetime.date(2020, 1, 1)] * 3),
        "texts are true": pa.array([True, False, None]),
    }


def parquet() -> Iterator[Case]:
    """Odd columns beside good texts, odd texts, and row groups between which one text is no UTF-8."""
    texts = [mark(n) for n in range(600)]
    for name, column in odd_columns(600).items():
        data = write_parquet({"text": pa.array(texts), "more": column}, row_group_size=200)
        yield Case("parquet", f"{name}.parquet", data, tuple(texts), 0)
    for name, column in odd_texts().items():
        yield Case("parquet", f"{name}.parquet", write_parquet({"text": column}), (), 3)
    bad = [text.encode() for text in texts]
    bad[301] = b"a\xff\xfeb"
    ends = [0]
    for text in bad:
        ends.append(ends[-1] + len(text))
    offsets = pa.py_buffer(struct.pack(f"<{len(ends)}i", *ends))
    column = pa.Array.from_buffers(pa.string(), 600, [None, offsets, pa.py_buffer(b"".join(bad))])
    data = write_parquet({"text": column}, row_group_size=200)
    yield Case("parquet", "one text is no UTF-8.parquet", data, tuple(texts[:301] + texts[302:]), 1)
    # One without a column that the recipe names refuses the recipe (tests/ingest/test_parquet.py).
    yield Case("parquet", "no rows.parquet", write_parquet({"text": pa.array([], pa.string())}), (), 1)
    yield Case("parquet", "not Parquet.parquet", b"PAR1 nothing PAR1", (), 1)
    yield Case("parquet", "empty.parquet", b"", (), 1)


def page(number: int) -> bytes:
    return b"<html><body><p>" + mark(number).encode() + b"</p></body></html>"


def warc() -> Iterator[Case]:
    """Every kind of odd record that the gate of archives knows, packed and plain; one row each."""
    for name, made, _ in archives.kinds():
        for ending, pack in (("", lambda data: data), (".gz", gzip.compress)):
            good = [archives.record(f"n{n}", page(n)) for n in range(4)]
            data = b"".join(pack(one) for one in (*good[:2], made, *good[2:]))
            yield Case("warc", f"{name}.warc{ending}".replace("/", "-"), data, tuple(map(mark, range(4))), 1)


def pages_xml() -> Iterator[Case]:
    """MediaWiki pages that are no pages, between pages."""

    def wiki(title: str, text: str) -> str:
        body = f"<revision><timestamp>2020-01-01T00:00:00Z</timestamp><text>{text}</text></revision>"
        return f"<page><title>{title}</title><ns>0</ns><id>1</id>{body}</page>\n"

    odd = {
        "not closed": "<page><title>Odd</title><revision><text>odd</text></revision>\n",
        "no revision": "<page><title>Odd</title></page>\n",
        "not nested": "<page><title>Odd</page></title>\n",
        "bad entity": wiki("Odd", "a &nbsp; b"),
        "entities of entities": wiki("Odd", "&a;&a;&a;"),
        "controls": wiki("Odd", "a\x01\x02b"),
        "markup without an end": wiki("Odd", "{{" * 50_000),
        "tables in tables": wiki("Odd", "{|\n|\n" * 20_000),
        "links in links": wiki("Odd", "[[" * 50_000),
        "redirect": "<page><title>Odd</title><redirect title='x'/><revision/></page>\n",
        "title of 1 MB": wiki("T" * 1_000_000, "odd"),
        "no text": wiki("Odd", ""),
        "page of 25 MB": wiki("Odd", "odd words " * 2_500_000),
    }
    for name, made in odd.items():
        good = [wiki(f"Title {n}", mark(n)) for n in range(4)]
        text = "<mediawiki>\n" + "".join([*good[:2], made, *good[2:]]) + "</mediawiki>\n"
        for ending in ("", ".bz2"):
            data = PACKINGS[ending](text.encode())
            yield Case("mediawiki", f"{name}.xml{ending}", data, tuple(map(mark, range(4))), 1)


def reddit() -> Iterator[Case]:
    """Recorded answers whose posts have odd values."""

    def post(number: int, **more: object) -> dict[str, object]:
        about = {"name": f"t3_{number}", "title": mark(number), "selftext": "said so", "created_utc": 1.5e9}
        return {"kind": "t3", "data": about | more}

    deep: object = post(9)
    for _ in range(200):
        deep = {"data": [deep]}
    odd: dict[str, object] = {
        "time beyond all years": post(9, created_utc=1e300),
        "time is a list": post(9, created_utc=[1]),
        "time is negative": post(9, created_utc=-1e15),
        "title is a number": post(9, title=12),
        "text is a list": post(9, selftext=["odd"]),
        "subreddit is an object": post(9, subreddit={"a": 1}),
        "permalink is a number": post(9, permalink=5),
        "surrogate in title": post(9, title="odd \ud800"),
        "surrogate in name": post(9, name="t3_\udfff"),
        "deep": deep,
        "score of 5,000 digits": post(9, score=int("9" * 4_000)),
    }
    for name, made in odd.items():
        answers = [post(0), post(1), made, post(2), post(3)]
        interactions = [
            {
                "request": {"uri": "https://oauth.reddit.example/r/a?raw_json=1"},
                "response": {
                    "headers": {"Content-Type": ["application/json"]},
                    "body": {"string": json.dumps(a)},
                },
            }
            for a in answers
        ]
        data = json.dumps({"http_interactions": interactions}).encode()
        yield Case("reddit", f"{name}.json", data, tuple(map(mark, range(4))), 1)
    interactions[2] = {"response": None}
    data = json.dumps({"http_interactions": interactions}).encode()
    yield Case("reddit", "no answer.json", data, tuple(map(mark, range(4))), 1)
    interactions[2] = {
        "response": {"headers": {"Content-Type": ["application/json"]}, "body": {"string": "{}"}}
    }
    data = json.dumps({"http_interactions": interactions}).encode()
    yield Case("reddit", "no request.json", data, tuple(map(mark, range(4))), 0)


def mail() -> Iterator[Case]:
    """Messages whose heads and bodies lie."""
    line = b"From a@b.example Mon Jan  1 12:00:00 2024\n"
    good = [b"Subject: S\n\n" + mark(n).encode() for n in range(4)]
    odd = {
        "no header": b"\xff\xfe\n\nwords",
        "NUL": b"Subject: \0\n\na\0b",
        "charset": b"Content-Type: text/plain; charset=utf-7-imap\n\n\xe4\xf6",
        "base64": b"Content-Transfer-Encoding: base64\n\n=?=?=!",
        "multiparts": b"".join(
            b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(500)
        ),
    }
    for name, made in odd.items():
        data = b"".join(line + message + b"\n\n" for message in [*good[:2], made, *good[2:]])
        yield Case("mail", f"{name}.mbox", data, tuple(map(mark, range(4))), 1)


def files() -> Iterator[Case]:
    """Single files: one row each."""
    noise = zlib.compress(base64.b64encode(bytes(range(256)) * 400))
    odd = {
        "empty.txt": b"",
        "blank.txt": b" \n\t\n",
        "binary.txt": noise,
        "nul.txt": b"words\0words",
        "utf16.txt": "words and words".encode("utf-16"),
        "latin.txt": "caf\xe9 au lait, s'il vous pla\xeet".encode("latin-1") * 20,
        "coding.py": b"# coding: rot13\nprint(1)\n# \xff\n",
        "unknown coding.py": b"# coding: nothing-known\n# \xe9\n",
        "utf7.py": b"# coding: utf-7\n# +2AA-\xff\n",
        "one line.txt": b"word " * 1_900_000,
        "too large.txt": b"word " * 2_100_000,
        "escape \x1b[31m.txt": b"a name with an escape",
        "a 'quote' & <b>.txt": b"a name with marks",
    }
    for name, data in odd.items():
        yield Case("files", name, data, (), 1)


def every() -> Iterator[Case]:
    """All classes."""
    for make in (jsonl, parquet, warc, pages_xml, reddit, mail, files):
        yield from make()
