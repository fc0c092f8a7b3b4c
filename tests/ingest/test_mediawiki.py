import bz2
import json
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl
import pytest

from ingest import mediawiki

HEAD = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><siteinfo><dbname>enwiki</dbname>
<base>https://wiki.example.org/wiki/Main_Page</base><namespaces><namespace key="0" />
<namespace key="6">File</namespace><namespace key="14">Category</namespace></namespaces></siteinfo>
"""


def page(title: str, text: str, *, ns: int = 0, redirect: bool = False) -> str:
    return (
        f"<page><title>{escape(title)}</title><ns>{ns}</ns><id>7</id>"
        f"{'<redirect />' if redirect else ''}<revision><id>9</id>"
        f"<timestamp>2020-01-02T03:04:05Z</timestamp><model>wikitext</model>"
        f'<text xml:space="preserve">{escape(text)}</text></revision></page>\n'
    )


def read(path: Path, xml: str | bytes) -> pl.DataFrame:
    path.write_bytes(xml.encode() if isinstance(xml, str) else xml)
    return pl.concat(mediawiki.read(str(path)))


def shown(tmp_path: Path, wikitext: str) -> str:
    return str(read(tmp_path / "one.xml", HEAD + page("T", wikitext) + "</mediawiki>")["text"][0])


def test_every_page_is_a_row_and_says_why_it_is_no_article(tmp_path: Path) -> None:
    pages = [
        page("A & b", "Prose."),
        page("Old", "#REDIRECT [[A & b]]", redirect=True),
        page("Talk:A", "hm", ns=1),
    ]
    frame = read(tmp_path / "dump.xml", HEAD + "".join(pages) + "</mediawiki>")
    assert frame["drop_reason"].to_list() == [None, "mediawiki.redirect", "mediawiki.namespace"]
    first = frame.row(0, named=True)
    assert "Prose." in first["text"]
    assert (first["url"], first["date"]) == ("https://wiki.example.org/wiki/A_%26_b", "2020-01-02T03:04:05Z")
    assert json.loads(first["metadata"])["title"] == "A & b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_packed_dumps_in_either_encoding(encoding: str, tmp_path: Path) -> None:
    xml = HEAD + page("Ёж", "Ёжик в тумане.") + "</mediawiki>"
    frame = read(tmp_path / "dump.xml.bz2", bz2.compress(xml.encode(encoding)))
    assert "Ёжик в тумане." in frame["text"][0]


def test_markup_goes_and_prose_headings_and_lists_stay(tmp_path: Path) -> None:
    text = shown(
        tmp_path,
        "{{Infobox|a=1}}A '''bold''' [[Town|town]]<ref>Source.</ref>, [[File:a.jpg|thumb|caption]]"
        "by a river.\n{| class=x\n| cell\n|}\n== History ==\nOld.\n* one\n* two\n[[Category:Towns]]",
    )
    assert "A bold town, by a river." in text
    lines = text.splitlines()
    assert "History" in lines and [line[-3:] for line in lines[-2:]] == ["one", "two"]
    for gone in ("Infobox", "Source", "caption", "cell", "Category", "'''", "[[", "=="):
        assert gone not in text


def test_formulas_stay_latex(tmp_path: Path) -> None:
    assert r"So $\frac{1}{2} x^2$ holds." in shown(tmp_path, r"So <math>\frac{1}{2} x^2</math> holds.")


@pytest.mark.parametrize("entity", ['"xxxxxxxxxx"', 'SYSTEM "file:///etc/passwd"'])
def test_entities_are_not_expanded(entity: str, tmp_path: Path) -> None:
    xml = f"<!DOCTYPE m [<!ENTITY e {entity}>]>" + HEAD + page("A", "x").replace(">x<", ">a &e; b<")
    frame = read(tmp_path / "dump.xml", xml + page("B", "whole") + "</mediawiki>")
    assert frame["error"].is_not_null().to_list() == [True, False]
    assert "whole" in frame["text"][1]


def test_a_cut_dump_gives_its_pages_and_one_error(tmp_path: Path) -> None:
    pages = "".join(page(f"P{n}", f"Text {n}.") for n in range(5))
    frame = read(tmp_path / "dump.xml", (HEAD + pages)[:-60])
    assert frame["text"].drop_nulls().len() == 4
    assert frame["error"].drop_nulls().len() == 1 and frame["error"][-1]


@pytest.mark.parametrize("data", [b"", b"<html><body>no dump</body></html>"])
def test_what_is_no_dump_says_so(data: bytes, tmp_path: Path) -> None:
    frame = read(tmp_path / "dump.xml", data)
    assert frame["error"].is_not_null().to_list() == [True]
