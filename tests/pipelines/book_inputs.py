"""Small files of readers of books, wikis, offices and courts, with all that these readers may fill."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from office_files import p, word

CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
OPF = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Book</dc:title><dc:creator>Ann</dc:creator>
<dc:date>2019-05-06</dc:date><dc:identifier>urn:isbn:1</dc:identifier><dc:rights>CC BY 4.0</dc:rights>
<meta property="tdm:reservation">1</meta></metadata>
<manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="a"/></spine></package>"""
XHTML = '<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>One</h1><p>It was a night.</p></body></html>'
GUTENBERG = """The Project Gutenberg EBook of The Lamp, by Ann Lee

Title: The Lamp
Author: Ann Lee
Release Date: May 6, 2019 [EBook #10001]

*** START OF THE PROJECT GUTENBERG EBOOK THE LAMP ***

CHAPTER I.

It was a night.

*** END OF THE PROJECT GUTENBERG EBOOK THE LAMP ***

Updated editions are created from public domain print editions.
"""
ARTICLE = {
    "name": "Albedo",
    "identifier": 1,
    "date_modified": "2024-01-01T00:00:00Z",
    "url": "https://en.wikipedia.org/wiki/Albedo",
    "namespace": {"identifier": 0},
    "license": [{"identifier": "CC-BY-SA-4.0"}],
    "article_body": {"html": "<html><body><section><p>It is a share of light.</p></section></body></html>"},
}
DECISION = {
    "id": 1,
    "name": "A v. B",
    "decision_date": "1999-05-06",
    "frontend_url": "https://cite.case.law/us/1/1/",
    "casebody": {
        "status": "ok",
        "data": {"opinions": [{"type": "majority", "author": "LEE, J.", "text": "No."}]},
    },
}
GRANT = """<?xml version="1.0" encoding="UTF-8"?>
<us-patent-grant lang="EN" country="US"><us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>1</doc-number><kind>B2</kind>
<date>20240102</date></document-id></publication-reference><invention-title>Planter</invention-title>
<us-parties><inventors><inventor><addressbook><last-name>Lee</last-name><first-name>Ann</first-name></addressbook>
</inventor></inventors></us-parties></us-bibliographic-data-grant>
<description><p>It sows.</p></description></us-patent-grant>
"""
SAVED = """From: <Saved by Blink>
Snapshot-Content-Location: https://a.example/one
Date: Mon, 1 Jan 2024 00:00:00 -0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html
Content-Location: https://a.example/one

<html><head><title>T</title></head><body>Words</body></html>
--b--
"""
OWN = [{}, {"license": "MIT"}]


def pack_articles(articles: list[dict[str, Any]]) -> bytes:
    """A snapshot of articles, as Wikimedia Enterprise packs it."""
    out = io.BytesIO()
    data = "".join(f"{json.dumps(article)}\n" for article in articles).encode()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        member = tarfile.TarInfo("a.ndjson")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def write(folder: Path) -> dict[str, tuple[Path, list[dict[str, Any]]]]:
    """For each reader a file, and settings with which it fills different columns."""
    with zipfile.ZipFile(folder / "a.epub", "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        for name, text in {"META-INF/container.xml": CONTAINER, "book.opf": OPF, "a.xhtml": XHTML}.items():
            book.writestr(name, text)
    (folder / "10001.txt").write_text(GUTENBERG)
    (folder / "snapshot.tar.gz").write_bytes(pack_articles([ARTICLE]))
    (folder / "cases.jsonl.gz").write_bytes(gzip.compress(json.dumps(DECISION).encode()))
    (folder / "grants.xml").write_text(GRANT)
    (folder / "saved.mhtml").write_text(SAVED)
    (folder / "a.docx").write_bytes(word(p("Words")))
    return {
        "ingest.books.epub:read": (folder / "a.epub", [{}]),
        "ingest.books.gutenberg:read": (folder / "10001.txt", [{}]),
        "ingest.wikis.enterprise:read": (folder / "snapshot.tar.gz", [{}]),
        "ingest.decisions.caselaw:read": (folder / "cases.jsonl.gz", OWN),
        "ingest.decisions.patents:read": (folder / "grants.xml", OWN),
        "ingest.html:read": (folder / "saved.mhtml", OWN),
        "ingest.office.documents:read": (folder / "a.docx", OWN),
    }
