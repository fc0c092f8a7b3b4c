"""EPUB: what a book says, the order and form of its text, and files made to do harm."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winnow.ingest.books import epub

CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Book</dc:title>
<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:language>en</dc:language><dc:date>2019-05-06T00:00:00Z</dc:date>
<dc:identifier>urn:isbn:9780000000001</dc:identifier><dc:rights>{rights}</dc:rights></metadata>
<manifest>{items}<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
</manifest>
<spine><itemref idref="nav"/>{refs}</spine></package>"""
PAGE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head>
<title>T</title><script src="x.js"/></head><body>{}</body></html>"""
LONG = "<p>" + "Words of a long chapter go on. " * 20 + "</p>"
FORMS = """<a id="p1"/><h1>First</h1><p>Caf&eacute;&nbsp;A<a epub:type="noteref"
href="#n1"><sup>1</sup></a> is
here.<span epub:type="pagebreak" title="12">12</span></p><img src="a.png" alt="no text"/>
<ol start="3"><li>three</li><li><p>four</p><ul><li>deep</li></ul></li></ol>
<table><tr><th>A</th><th>B</th></tr><tr><td>1|2</td><td>x<sup>2</sup></td></tr></table>
<pre class="language-py">if a &lt; b:
    c()</pre><blockquote><p>Said.</p></blockquote><math xmlns="http://www.w3.org/1998/Math/MathML"
><mfrac><mi>a</mi><mn>2</mn></mfrac></math><dl><dt>Term</dt><dd>Meaning</dd></dl>
<aside epub:type="footnote" id="n1">1. A note.</aside>"""
TEXT = """# First

Café A[1] is here.

3. three
4. four
  - deep

| A | B |
| --- | --- |
| 1\\|2 | x^2 |

```py
if a < b:
    c()
```

> Said.

$\\frac{a}{2}$

Term
: Meaning

1. A note."""


def make(
    path: Path,
    pages: dict[str, str | bytes],
    *,
    rights: str = "CC BY 4.0",
    more: dict[str, Any] | None = None,
) -> str:
    """A book of these pages, in this order in the spine, and in another one in the file."""
    names = list(pages)
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names)
    )
    refs = "".join(f'<itemref idref="i{n}"/>' for n in range(len(names)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/epub+zip")
        file.writestr("META-INF/container.xml", CONTAINER)
        file.writestr("OEBPS/book.opf", OPF.format(items=items, refs=refs, rights=rights))
        file.writestr("OEBPS/nav.xhtml", PAGE.format("<nav>Contents</nav><p>no text</p>"))
        for name in reversed(names):
            body = pages[name]
            file.writestr(f"OEBPS/{name}", PAGE.replace("{}", body) if isinstance(body, str) else body)
        for name, data in (more or {}).items():
            file.writestr(name, data)
    return str(path)


def read(uri: str, **options: Any) -> pl.DataFrame:
    return pl.concat(epub.read(uri, **options))


def test_forms_stay_and_the_book_says_whose_it_is(tmp_path: Path) -> None:
    row = read(make(tmp_path / "a.epub", {"one.xhtml": FORMS})).row(0, named=True)
    assert row["text"] == TEXT
    assert (row["author"], row["date"], row["license"]) == ("Ann; Bob", "2019-05-06", "CC-BY-4.0")
    assert row["thread"] == "epub:urn:isbn:9780000000001"
    assert json.loads(row["metadata"])["title"] == "A Book"


def test_chapters_follow_the_spine_and_short_ones_the_next(tmp_path: Path) -> None:
    pages = {
        "z.xhtml": "<h1>Part</h1>",
        "a.xhtml": f"<h2>One</h2>{LONG}",
        "m.xhtml": f"<h2>Two</h2>{LONG}",
        "e.xhtml": "<p>End.</p>",
    }
    path = make(tmp_path / "a.epub", pages)
    frame = read(path, by="chapter")
    assert [text[:20].split("\n")[0] for text in frame["text"]] == ["# Part", "## Two", "End."]
    assert frame["thread"].n_unique() == 1 and frame["place"].to_list() == [0, 1, 2]
    assert read(path)["text"][0].count("\n\n") == 5 and "\n\n## Two\n\n" in read(path)["text"][0]


@pytest.mark.parametrize(
    ("rights", "license"),
    [
        ("Creative Commons Attribution-ShareAlike 3.0", "CC-BY-SA-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("Copyright 2020 Somebody. All rights reserved.", "X"),
    ],
)
def test_rights_name_a_license_or_the_recipe_does(tmp_path: Path, rights: str, license: str) -> None:
    assert (
        read(make(tmp_path / "a.epub", {"a.xhtml": LONG}, rights=rights), license="X")["license"][0]
        == license
    )


def test_one_bad_chapter_costs_one(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.epub", {"a.xhtml": LONG, "../../gone.xhtml": "x", "b.xhtml": f"<h1>B</h1>{LONG}"}
    )
    for by in ("book", "chapter"):
        frame = read(path, by=by)
        assert (
            "is not there" in frame["error"].drop_nulls()[0]
            and frame["error"].null_count() == frame.height - 1
        )
        assert "# B" in frame["text"].drop_nulls()[-1] and frame["place"].n_unique() == frame.height


def test_what_the_spine_names_and_is_no_text_is_told(tmp_path: Path) -> None:
    path = make(tmp_path / "a.epub", {"a.xhtml": LONG, "b.pdf": b"%PDF", "c.svg": b"<svg/>", "d.xml": LONG})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.epub", "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            for ending, kind in (
                (".pdf", "application/pdf"),
                (".svg", "image/svg+xml"),
                (".xml", "text/xml"),
            ):
                data = data.replace(
                    f'{ending}" media-type="application/xhtml+xml"', f'{ending}" media-type="{kind}"'
                )
            new.writestr(name, data.replace("</spine>", '<itemref idref="gone"/></spine>'))
    for by in ("book", "chapter"):
        frame = read(str(tmp_path / "b.epub"), by=by)
        assert frame["error"].drop_nulls().to_list() == [
            "b.pdf in the spine is no text: application/pdf",
            "the spine names 'gone', which the manifest does not have",
        ]
        assert "".join(frame["text"].drop_nulls()).count("Words") == 40
    assert json.loads(read(str(tmp_path / "b.epub"))["metadata"][-1])["lost"] == 2
    assert "lost" not in json.loads(read(make(tmp_path / "c.epub", {"a.xhtml": LONG}))["metadata"][0])


def test_a_fallback_stands_for_what_is_no_text(tmp_path: Path) -> None:
    path = make(tmp_path / "a.epub", {"a.xhtml": LONG, "b.pdf": b"%PDF"})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.epub", "w") as new:
        for name in old.namelist():
            data = old.read(name).decode().replace('<itemref idref="i0"/>', "")
            data = data.replace(
                'b.pdf" media-type="', 'b.pdf" fallback="i0" media-type="application/pdf" x="'
            )
            new.writestr(name, data)
    assert read(str(tmp_path / "b.epub"))["text"][0].startswith("Words")


ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData
xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{}"/></EncryptedData></encryption>"""


def test_encrypted_books_are_told_and_mangled_fonts_are_none(tmp_path: Path) -> None:
    for algorithm, reason in (
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "epub.drm"),
        ("http://www.idpf.org/2008/embedding", None),
    ):
        more = {"META-INF/encryption.xml": ENCRYPTED.format(algorithm)}
        frame = read(make(tmp_path / "a.epub", {"a.xhtml": LONG}, more=more))
        assert frame["drop_reason"].to_list() == [reason]


def test_contents_that_the_package_does_not_tell_are_no_text(tmp_path: Path) -> None:
    links = "".join(f'<p><a href="a.xhtml#{n}">Chapter number {n}</a></p>' for n in range(9))
    assert "number" not in read(make(tmp_path / "a.epub", {"toc.xhtml": links, "a.xhtml": LONG}))["text"][0]
    assert read(make(tmp_path / "b.epub", {"toc.xhtml": links}))["drop_reason"][0] == "epub.no_text"


@pytest.mark.parametrize(
    "body",
    [
        "<p>one</p></div></div><p>two</p></body></html>",
        "<p>one</p></p></body></html><p>two</p>",
        f"<p>one</p>{'<div>' * 300}deep{'</div>' * 300}<p>two</p></body></html>",
        "<p>one<br></p><p>fish & chips</p>&j;<p>two</p>",
    ],
)
def test_faulty_markup_costs_no_text(tmp_path: Path, body: str) -> None:
    page = f"<?xml version='1.0'?><!DOCTYPE html><html><body>{body}".encode()
    text = read(make(tmp_path / "a.epub", {"a.xhtml": page}))["text"][0]
    assert text.startswith("one\n\n") and text.endswith("\n\ntwo")


def test_marks_of_pages_and_notes_are_known_in_faulty_markup(tmp_path: Path) -> None:
    text = read(make(tmp_path / "a.epub", {"a.xhtml": FORMS + "</div></div><p>End"}))["text"][0]
    assert "A[1] is here.\n\n" in text and text.endswith("1. A note.\n\nEnd")


def test_a_text_that_nests_too_deep_is_an_error(tmp_path: Path) -> None:
    deep = f"<html><body><p>one</p>{'<div>' * 3_000}{'</div>' * 3_000}<p>two</p></body></html>".encode()
    frame = read(make(tmp_path / "a.epub", {"a.xhtml": LONG, "b.xhtml": deep}))
    assert "b.xhtml is no XHTML that can be read: elements nest too deep" in frame["error"][0]
    assert frame["text"][1].startswith("Words of a long chapter")


@pytest.mark.parametrize("fault", ["</x></x></x>", "<x>" * 300])
def test_a_package_that_loses_texts_by_its_damage_says_so(tmp_path: Path, fault: str) -> None:
    path = make(tmp_path / "a.epub", {"a.xhtml": LONG, "b.xhtml": LONG}, rights=f"Bread & butter{fault}")
    assert "its package is damaged" in read(path)["error"][0]
    whole = make(tmp_path / "b.epub", {"a.xhtml": LONG}, rights="Bread & butter <!-- <b> -->")
    assert read(whole)["text"][0].startswith("Words")


def test_values_of_entities_do_not_multiply(tmp_path: Path) -> None:
    page = f"{BOMB}<!--{'x' * 200_000}-->]><html><body><p title='&j;'>before</p></body></html>".encode()
    assert read(make(tmp_path / "a.epub", {"a.xhtml": page}))["text"][0].endswith("before")


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
)
HOSTILE: dict[str, bytes] = {
    "entities": f"{BOMB}]><html><body><p>before &j; behind</p></body></html>".encode(),
    "external": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    + b"<html><body><p>a &e; b</p></body></html>",
    "nested": b"<html><body>" + b"<div>" * 200_000 + b"deep",
    "expanding": b"<html><body><p>" + b"a" * 30_000_000 + b"</p></body></html>",
    "cells": b"<html><body><table>"
    + b'<tr><td colspan="99999">a</td></tr>' * 20_000
    + b"</table></body></html>",
    "binary": bytes(range(256)) * 100,
    "doctypes": b"<!DOCTYPE[" * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_chapter_is_read_in_bounds(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "a.epub", {"bad.xhtml": HOSTILE[name], "good.xhtml": f"<h1>Good</h1>{LONG}"})
    frame = read(path, by="chapter", max_text_bytes=20_000_000)
    assert "# Good" in "".join(frame["text"].drop_nulls())
    assert "root:" not in "".join(frame["text"].drop_nulls())
    assert frame["text"].str.len_bytes().sum() < 25_000_000


def test_what_is_unpacked_is_bounded_and_not_what_is_written(tmp_path: Path) -> None:
    page = b"<html><body><p>few</p>" + b" " * 400_000 + b"</body></html>"
    path = make(tmp_path / "a.epub", {f"{n}.xhtml": page for n in range(9)} | {"z.xhtml": "<p>End.</p>"})
    frame = read(path, max_text_bytes=1_000_000)
    assert frame["error"].drop_nulls().len() == 7 and "max_text_bytes" in frame["error"][0]
    assert frame["text"][7] == "few\n\nfew\n\nEnd."


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bounds_are_refused(tmp_path: Path, method: int) -> None:
    path = make(tmp_path / "a.epub", {"gone.xhtml": LONG, "b.xhtml": LONG})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.epub", "w") as new:
        for name in old.namelist():
            kind = method if "gone" in name else zipfile.ZIP_DEFLATED
            new.writestr(name, old.read(name), compress_type=kind)
    frame = read(str(tmp_path / "b.epub"))
    assert "packed by a method" in frame["error"][0] and frame["text"][1].startswith("Words")


@pytest.mark.parametrize("data", [b"", b"no book", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_epub_says_so(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.epub").write_bytes(data)
    assert "is no EPUB that can be read" in read(str(tmp_path / "x.epub"))["error"][0]


GOOD = io.BytesIO()
make(GOOD, {"a.xhtml": LONG, "b.xhtml": FORMS})  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), junk=st.binary(min_size=1, max_size=20), cut=st.booleans())
def test_damage_anywhere_is_a_row(tmp_path: Path, place: float, junk: bytes, cut: bool) -> None:
    data = bytearray(GOOD.getvalue())
    at = int(place * len(data))
    data[at : at + len(junk)] = junk
    (tmp_path / "x.epub").write_bytes(data[:at] if cut else data)
    frame = read(str(tmp_path / "x.epub"))
    assert frame.height >= 1
    for row in frame.iter_rows(named=True):
        assert row["text"] or row["error"] or row["drop_reason"]


def test_memory_at_an_end_is_no_fault_of_a_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, size: int = -1) -> None:
        raise MemoryError

    book = make(tmp_path / "a.epub", {"one.xhtml": FORMS})
    monkeypatch.setattr(zipfile.ZipExtFile, "read", fail)
    with pytest.raises(MemoryError):
        read(book)


TDM = "http://www.w3.org/ns/tdmrep#"


@pytest.mark.parametrize(
    ("package", "meta", "said"),
    [
        ("", '<meta name="tdm:reservation" content="1"/>', ["1"]),
        ("", '<meta name="tdm:reservation" content=" 0 "/>', ["0"]),
        (f'prefix="tdm: {TDM}"', '<meta property="tdm:reservation">1</meta>', ["1"]),
        (f'prefix="a: b r: {TDM}"', '<meta property="r:reservation"> 1\n</meta>', ["1"]),
        ("", '<meta property="tdm:reservation">1</meta>', ["1"]),
        ('prefix="tdm: http://other.example/#"', '<meta property="tdm:reservation">1</meta>', []),
        ("", '<meta property="other:reservation">1</meta>', []),
        ("", '<meta refines="#x" property="tdm:reservation">1</meta>', []),
        ("", '<meta name="cover" content="1"/><meta name="tdm:other" content="1"/>', []),
        ("", '<meta name="tdm:reservation" content="1"/><meta name="tdm:policy" content="u"/>', ["1", "u"]),
    ],
)
def test_a_book_may_reserve_its_mining(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, meta: str, said: list[str]
) -> None:
    opf = OPF.replace('version="3.0"', f'version="3.0" {package}').replace(
        "</metadata>", f"{meta}</metadata>"
    )
    monkeypatch.setitem(globals(), "OPF", opf)
    path = make(tmp_path / "a.epub", {"a.xhtml": LONG, "b.xhtml": LONG})
    for by, many in (("book", 1), ("chapter", 2)):
        rows = read(path, by=by)["preferences"].to_list()
        assert len(rows) == many and len(set(rows)) == 1
        entries = json.loads(rows[0]) if rows[0] else []
        assert [each["value"] for each in entries] == said
        names = {each["name"] for each in entries} - {"tdm-policy"}
        assert names == ({"tdm-reservation"} if said else set())
        assert {each["in"] for each in entries} == ({"epub"} if said else set())
