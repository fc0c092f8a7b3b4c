"""Bad input of every kind, each beside a good record, and a recipe that reads it all."""

import gzip
import io
from pathlib import Path

import pymupdf
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

GOOD = "<html><body><main><p>A good page with a few words of plain text.</p></main></body></html>"


def record(url: str, body: bytes, kind: str = "text/html; charset=utf-8") -> bytes:
    """One response record in a gzip member."""
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
    writer.write_record(
        writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
    )
    return buffer.getvalue()


def good(name: str) -> bytes:
    """A record that must survive its neighbours."""
    return record(f"https://good.example/{name}", GOOD.encode())


def wrong_length(url: str) -> bytes:
    """A record whose Content-Length is larger than its block."""
    plain = gzip.decompress(record(url, GOOD.encode()))
    head, rest = plain.split(b"\r\n\r\n", 1)
    lines = [
        b"Content-Length: 999999" if line.startswith(b"Content-Length") else line
        for line in head.split(b"\r\n")
    ]
    return gzip.compress(b"\r\n".join(lines) + b"\r\n\r\n" + rest)


def write(folder: Path, line_bytes: int = 50_000_000) -> None:
    """All files under `folder`."""
    folder.mkdir(parents=True)
    second = record("https://bad.example/cut", GOOD.encode() * 50)
    files = {
        "truncated.warc.gz": good("truncated") + second[: len(second) // 2],
        "garbage.warc.gz": good("garbage1") + b"\x00\xffthis is no record" * 300 + good("garbage2"),
        "length.warc.gz": good("length1") + wrong_length("https://bad.example/length") + good("length2"),
        "charset.warc.gz": record(
            "https://bad.example/charset",
            "<html><body><p>Žluťoučký kůň pěl ďábelské ódy a nikdo ho neslyšel.</p></body></html>".encode(),
            "text/html; charset=iso-8859-1",
        ),
        "line.warc.gz": record(
            "https://bad.example/line",
            b"<html><body><p>" + b"word " * (line_bytes // 5) + b"</p></body></html>",
        ),
        "empty.warc.gz": b"",
        "words.warc.gz": record("https://bad.example/words", b"<html><body><p>... !!! ---</p></body></html>"),
        "corrupt.pdf": b"%PDF-1.7\nthis is no PDF at all",
        "utf8.jsonl": b'{"text": "a good line of text", "id": "1"}\n'
        b'{"text": "bad \xff\xfe bytes"}\n{"text": "another good line"}\n',
        "json.jsonl": b'{"text": "a good line of text"}\n{"text": "never closed\n',
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "secret text")
    encryption = pymupdf.PDF_ENCRYPT_AES_256
    document.save(folder / "encrypted.pdf", encryption=encryption, owner_pw="owner", user_pw="user")


def recipe(folder: Path) -> str:
    """Readers and the step that drops documents of no words."""
    return f"""
name = "bad"
max_failed = 1.0

[[source]]
name = "web"
uris = ["{folder}/*.warc.gz"]
read = {{ use = "ingest.warc:read" }}
part_bytes = 1

[[source]]
name = "pdf"
uris = ["{folder}/*.pdf"]
read = {{ use = "ocr.pdf:read" }}

[[source]]
name = "lines"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read" }}

[[stage]]
name = "read"
after = ["web", "pdf", "lines"]
steps = [ {{ use = "ingest.html:extract" }}, {{ use = "filters.text:nonempty" }} ]
"""
