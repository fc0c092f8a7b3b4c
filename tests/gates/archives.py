"""Web archives made for gates: large ones out of real pages, and one record of each kind."""

import gzip
import io
import itertools
import lzma
import random
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import brotli
from fastwarc.stream_io import ZstdWriter
from isal import isal_zlib
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

PAGE = (
    b"<html><head><meta charset=utf-8></head><body><p>Some words on a page, enough of them to be one.</html>"
)
Fields = tuple[tuple[str, str], ...]


def record(
    name: str,
    body: bytes = PAGE,
    kind: str = "response",
    status: str = "200 OK",
    content_type: str = "text/html",
    fields: Fields = (),
) -> bytes:
    """One WARC record, not packed."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    http = None
    if kind in ("response", "revisit"):
        http = StatusAndHeaders(status, [("Content-Type", content_type), *fields], protocol="HTTP/1.1")
    url = f"http://example.org/{name}"
    made = writer.create_warc_record(
        url, kind, payload=io.BytesIO(body), http_headers=http, warc_content_type="" if http else content_type
    )
    writer.write_record(made)
    return out.getvalue()


def pages(folder: Path) -> list[bytes]:
    """The bodies of all pages in a folder of WARC files."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    found = []
    for path in sorted(folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            for one in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
                found.append(one.reader.read())
    return found


def large(path: Path, bodies: list[bytes], size: int, giant: bytes, seed: int) -> dict[str, int]:
    """Write a WARC of about `size` bytes, a gzip member each record: the pages in ever new order at new urls,
    a number in each; between them errors, pictures, revisits; and one page and one text of 40 MB.

    Returns how many records it holds of each kind.
    """
    rng, counts = random.Random(seed), {"page": 0, "other": 0, "giant": 0}
    with path.open("wb") as out:
        for number in itertools.count():
            if out.tell() >= size:
                return counts
            body = rng.choice(bodies).replace(b"<p>", b"<p>%d " % number)
            kind, made = "page", record(f"{seed}/{number}", body)
            if number % 20 == 1:
                kind, made = "other", record(f"{seed}/{number}", body, status="404 Not Found")
            elif number % 20 == 2:
                kind = "other"
                made = record(f"{seed}/{number}", rng.randbytes(20_000), content_type="image/jpeg")
            elif number in (505, 506):
                shown = "text/plain" if number == 505 else "text/html"
                kind, made = "giant", record(f"{seed}/{number}", giant, content_type=shown)
            counts[kind] += 1
            packer = isal_zlib.compressobj(1, wbits=31)
            out.write(packer.compress(made) + packer.flush())
    raise AssertionError


def with_length(made: bytes, more: int) -> bytes:
    """The record with a Content-Length that is `more` too long."""
    return re.sub(
        rb"(?<=\nContent-Length: )\d+", lambda found: b"%d" % (int(found.group()) + more), made, count=1
    )


def chunked(body: bytes) -> bytes:
    """In chunks of 30 bytes."""
    parts = [body[i : i + 30] for i in range(0, len(body), 30)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def packed_by(writer: type, *parts: bytes) -> bytes:
    """Each part a frame of its own."""
    made = b""
    for part in parts:
        out = io.BytesIO()
        stream = writer(out)
        while part:
            part = part[stream.write(part) :]
        stream.close()
        made += out.getvalue()
    return made


def codings() -> Iterator[tuple[str, bytes, str]]:
    """Records by their body's coding: name, bytes, fate."""
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(PAGE),
        "x-gzip": gzip.compress(PAGE),
        "deflate": zlib.compress(PAGE),
        "deflate (raw)": raw.compress(PAGE) + raw.flush(),
        "br": brotli.compress(PAGE),
        "zstd": packed_by(ZstdWriter, PAGE),
        "gzip, br": brotli.compress(gzip.compress(PAGE)),
    }
    for name, body in packed.items():
        field = (("Content-Encoding", name.removesuffix(" (raw)")),)
        yield f"body {name}", record("odd", body, fields=field), "kept"
        yield f"body marked {name}, but decoded", record("odd", PAGE, fields=field), "kept"
    te = (("Transfer-Encoding", "chunked"),)
    yield "body chunked", record("odd", chunked(PAGE), fields=te), "kept"
    yield "body marked chunked, but dechunked", record("odd", PAGE, fields=te), "kept"
    both = (*te, ("Content-Encoding", "br"))
    yield "body br and chunked", record("odd", chunked(brotli.compress(PAGE)), fields=both), "kept"
    yield "body gzip, unmarked", record("odd", gzip.compress(PAGE)), "kept"
    for name, body, fate in (("lzma", lzma.compress(PAGE), "failed"), ("iso-8859-1", PAGE, "kept")):
        yield f"body of coding {name}", record("odd", body, fields=(("Content-Encoding", name),)), fate
    bomb = gzip.compress(bytes(60_000_000))
    yield "gzip bomb", record("odd", bomb, fields=(("Content-Encoding", "gzip"),)), "failed"


def kinds() -> Iterator[tuple[str, bytes, str]]:
    """Records that are not plain pages: name, bytes, and what must become of them."""
    yield from codings()
    yield "revisit", record("odd", kind="revisit"), "warc.revisit"
    yield "the same capture again", record("before"), "kept"
    yield "status 404", record("odd", status="404 Not Found"), "warc.http_status"
    yield "status 301, no body", record("odd", b"", status="301 Moved"), "warc.http_status"
    yield "empty body", record("odd", b""), "warc.empty_body"
    yield "PDF", record("odd", b"%PDF-1.4 \xe2\xe3", content_type="application/pdf"), "warc.media_type"
    yield "PDF called HTML", record("odd", b"%PDF-1.4 \xe2\xe3"), "warc.media_type"
    noise = random.Random(1).randbytes(3_000)
    yield "noise called text", record("odd", noise, content_type="text/plain"), "warc.media_type"
    yield "image", record("odd", b"\x89PNG\r\n\x1a\n" + noise, content_type="image/png"), "warc.media_type"
    yield "JSON", record("odd", b"{}", content_type="application/json"), "warc.media_type"
    yield "plain text", record("odd", b"plain words", content_type="text/plain"), "kept"
    yield "resource", record("odd", kind="resource"), "kept"
    wet = record("odd", b"words of a page", kind="conversion", content_type="text/plain")
    yield "conversion (WET)", wet, "kept"
    yield "HTML without a type", record("odd", content_type=""), "kept"
    yield "length too long", with_length(record("odd"), 40), "kept"
    yield "length beyond the file", with_length(record("odd"), 10**11), "failed"
    yield "length beyond all files", with_length(record("odd"), 10**12), "kept"
    yield "record of 60 MB", record("odd", b"x" * 60_000_000), "failed"
    yield "garbage", b"GARBAGE\r\n" * 40, "failed"
    yield "unknown record type", record("odd", kind="screenshot", content_type="image/png"), "failed"
