import bz2
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io.byte_range import Piece
from winnow.ingest.wikis import mediawiki

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


def show(tmp_path: Path, wikitext: str) -> str:
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
    text = show(
        tmp_path,
        "{{Infobox|a=1}}A '''bold''' [[Town|town]]<ref>Source.</ref>, [[File:a.jpg|thumb|caption]]"
        "by a river.\n{| class=x\n| cell\n|}\n== History ==\nOld.\n* one\n* two\n[[Category:Towns]]",
    )
    assert "A bold town, by a river." in text
    lines = text.splitlines()
    assert "## History" in lines and [line[-3:] for line in lines[-2:]] == ["one", "two"]
    assert "cell" in lines
    for gone in ("Infobox", "Source", "caption", "Category", "'''", "[[", "=="):
        assert gone not in text


def test_formulas_stay_latex(tmp_path: Path) -> None:
    assert r"So $\frac{1}{2} x^2$ holds." in show(tmp_path, r"So <math>\frac{1}{2} x^2</math> holds.")


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


def make_page(number: int, what: str = "page") -> bytes:
    """Long ones go over many blocks, broken ones have no end."""
    text = random.Random(number).randbytes(3_000).hex() if what == "long" else f"Text {number}."
    return page(f"P{number}", text).replace("</page>", "" if what == "broken" else "</page>").encode()


@given(
    pages=st.lists(st.sampled_from(["page", "long", "broken"]), min_size=1, max_size=12),
    a_stream=st.integers(1, 4),
    damage=st.lists(st.tuples(st.floats(0.1, 1), st.binary(min_size=1, max_size=9)), max_size=1),
    block=st.integers(60, 2_000),
    cuts=st.lists(st.floats(0, 1), max_size=6),
    pack=st.sampled_from([bz2.compress, bytes]),
)
def test_pages_of_a_wiki(
    file: Path,
    check_ranges: Any,
    small_blocks: Any,
    pages: list[str],
    a_stream: int,
    damage: list[tuple[float, bytes]],
    block: int,
    cuts: list[float],
    pack: Callable[[bytes], bytes],
) -> None:
    made = [make_page(number, what) for number, what in enumerate(pages, 1)]
    streams = [b"".join(made[n : n + a_stream]) for n in range(0, len(made), a_stream)]
    data = b"".join(map(pack, [HEAD.encode(), *streams, b"</mediawiki>"]))
    for share, junk in damage:
        place = int(share * len(data))
        data = data[:place] + junk + data[place + len(junk) :]
    file.write_bytes(data)
    with small_blocks(block):
        check_ranges(mediawiki.read, file, [int(cut * len(data)) for cut in cuts])
        check_ranges(mediawiki.read, file, range(block // 2, len(data), block))


def test_later_ranges_know_their_site_and_one_stream_is_read_by_the_first_range(
    file: Path, read_ranges: Any, small_blocks: Any
) -> None:
    made = [make_page(number) for number in range(1, 9)]
    for pack in (bz2.compress, bytes):
        many = b"".join(map(pack, [HEAD.encode(), *made, b"</mediawiki>"]))
        file.write_bytes(many)
        with small_blocks(200):
            parts = read_ranges(mediawiki.read, file, range(200, len(many), 200))
        assert sum(part.height > 0 for part in parts) > 4
        found = pl.concat(parts)
        assert found["url"].to_list() == [f"https://wiki.example.org/wiki/P{n}" for n in range(1, 9)]
        assert {json.loads(notes)["language"] for notes in found["metadata"]} == {"en"}
    one = bz2.compress(HEAD.encode() + b"".join(made) + b"</mediawiki>")
    file.write_bytes(one)
    with small_blocks(50):
        heights = [part.height for part in read_ranges(mediawiki.read, file, range(50, len(one), 50))]
    assert heights[0] == 8 and sum(heights) == 8


def test_damage_costs_the_pages_up_to_the_next_section(
    file: Path, check_ranges: Any, small_blocks: Any
) -> None:
    streams = [bz2.compress(part) for part in [HEAD.encode(), *(make_page(n) for n in range(1, 9))]]
    bad = bytearray(streams[3])
    bad[len(bad) // 2] ^= 0xFF
    file.write_bytes(b"".join([*streams[:3], bytes(bad), *streams[4:]]))
    with small_blocks(100):
        whole = check_ranges(mediawiki.read, file, [300, 600, 900])
    assert whole["error"].drop_nulls().len() == 1 and "went on at byte" in whole["error"].drop_nulls()[0]
    assert whole["url"].drop_nulls().len() == 7


def test_pages_without_an_end_are_a_row_each(tmp_path: Path) -> None:
    xml = HEAD + page("A", "Words.") + "<page>" * 5_000 + page("B", "Words.") + "</mediawiki>"
    found = read(tmp_path / "begun.xml", xml)
    assert found["text"].drop_nulls().to_list() == ["# A\n\nWords.", "# B\n\nWords."]
    assert found.height == 5_002 and found["error"].null_count() == 2


@given(
    st.lists(st.sampled_from(["<page>", "</page>", "<siteinfo>", "</siteinfo>", "<a>", "x"])),
    st.integers(1, 9),
)
def test_elements_do_not_depend_on_the_pieces_that_they_come_in(tags: list[str], size: int) -> None:
    data = "".join(tags).encode()
    pieces = [Piece(data[i : i + size]) for i in range(0, len(data), size)]
    whole = list(mediawiki._cut_elements(iter([Piece(data)]), 10_000))
    assert list(mediawiki._cut_elements(iter(pieces), 10_000)) == whole


@pytest.mark.parametrize(
    ("wikitext", "told"),
    [
        ("{|\n|a\n" * 2_000, "2000 templates, links, tags or tables are never closed, more than 1000"),
        ("}}" * 2_000 + "{{a" * 2_000, "2000 templates"),
        ("{{a|" * 101 + "}}" * 101, "markup nests 101 deep, more than 100"),
        ("''a" * 20_000, "20000 marks of bold and italics in 60000 characters"),
        ("*" * 1_000, "1000 marks of lists and arguments in 1000 characters"),
        (";a:b\n" * 1_000, "2000 marks of lists and arguments"),
        ("{{a" + "|a" * 1_000 + "}}", "1000 marks of lists and arguments"),
    ],
)
def test_markup_that_would_keep_the_parser_busy(tmp_path: Path, wikitext: str, told: str) -> None:
    found = read(tmp_path / "busy.xml", HEAD + page("A", wikitext) + page("B", "Words.") + "</mediawiki>")
    assert told in found["error"][0] and found["text"][1] == "# B\n\nWords."


def test_pages_of_lists_and_of_compact_tables_are_none_that_keep_the_parser_busy(tmp_path: Path) -> None:
    lists, table = "* [[a]]\n" * 500, "Words.\n{|\n" + "|-\n|1||2||3\n" * 500 + "|}"
    found = read(tmp_path / "lists.xml", HEAD + page("A", "Words.\n" + lists) + page("B", table))
    assert found["error"].drop_nulls().to_list() == []
