"""Wikitext to plain text, and pages made to waste time."""

import re
import time
from typing import Any

import mwparserfromhell
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.wikis import text as wikitext
from winnow.ingest.wikis.kinds import HIDDEN
from winnow.ingest.wikis.limits import measure_markup
from winnow.ingest.wikis.text import Page


def plain_text(source: str, language: str = "", **options: Any) -> str:
    return wikitext.plain_text(source, Page(HIDDEN, language, **options))


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''Bold''' and ''slanted'' [[link]]s, [[target|shown]].", "Bold and slanted links, shown."),
        ("Fact.<ref>Source</ref> More.<ref name=a/>", "Fact. More."),
        ("{{Infobox|a=1}}Text{{citation needed}}.", "Text."),
        ("It is {{convert|5|km}} or {{lang|de|weit}}.", "It is 5 km or weit."),
        ("Energy <math>E = mc^2</math>.", "Energy $E = mc^2$."),
        ('<math display="block">\\frac{1}{2}</math>', "$$\\frac{1}{2}$$"),
        ("{| class=x\n| cell\n|}\nAfter.", "cell\n\nAfter."),
        ("* one\n* two", "- one\n- two"),
        ("# a\n# b\n#* deep\n# c\n\nText.\n# anew", "1. a\n2. b\n  - deep\n3. c\n\nText.\n1. anew"),
        ("; term : meaning\n: indented", "term\n: meaning\nindented"),
        ("A line\nand its next.<br>Broken.\n\nApart.", "A line and its next.\nBroken.\n\nApart."),
        (
            "It is 10<sup>5</sup>, x<sub>i</sub>, H<sub>2</sub>O, 19<sup>th</sup>.",
            "It is 10^5, x_i, H2O, 19th.",
        ),
        ("A <ref>open ''x'' </div> &ndash; b", "A open x \u2013 b"),
        ("== History ==\nOld.\n\n== References ==\n{{reflist}}", "## History\n\nOld."),
        ("== Top ==\n=== Below ===\nText.", "## Top\n\n### Below\n\nText."),
        ("Text.\n== External links ==\n* [http://a.org A]\n* [http://b.org B]", "Text."),
        ("[[File:a.jpg|thumb|A [[nested]] caption]]Text [[Datei:b.jpg]][[Category:C]]", "Text"),
        ("Text.[[de:Wort]] [[:Category:Birds]]", "Text. Category:Birds"),
        ("See [http://a.org the site], A&nbsp;B &amp; C<br>D<!-- no -->", "See the site, A B & C\nD"),
        ("The name (, {{IPA-de|x}}) is __NOTOC__ old.", "The name is old."),
        (
            "<syntaxhighlight lang=py>\nif a < b:\n    c()\n</syntaxhighlight>",
            "```py\nif a < b:\n    c()\n```",
        ),
    ],
)
def test_markup(wikitext: str, text: str) -> None:
    assert plain_text(wikitext) == text


@pytest.mark.parametrize(
    "piece", ["{{a|", "[http://a ", "<div>", "<ref>", "[[", "'''", " ", "(, ", "{| ", "=="]
)
def test_broken_markup_is_told_before_it_costs_minutes(piece: str) -> None:
    begun = time.process_time()
    if measure_markup(piece * 50_000)[0] <= 1_000:
        assert plain_text(piece * 50_000 + "end").endswith("end")
    assert time.process_time() - begun < 5
    assert measure_markup("{{a}} [[b]] [c] <ref>d</ref> <br> <br/> }} ]]") == (0, 2)


OLD_HEADING = re.compile(r"^(={1,6})[ \t]*(\S.*?)[ \t]*\1[ \t]*$", re.MULTILINE)


@given(st.text("=a \t\xa0\r\n", max_size=14))
def test_headings_are_what_their_pattern_says(text: str) -> None:
    expected = [(len(found[1]), found[2]) for found in OLD_HEADING.finditer(text)]
    assert [(level, words) for level, words, _ in wikitext._cut_sections(text) if level] == expected


class Counted(list[tuple[int, str, str]]):
    """Sections that count how many of them are looked at; a slice copies all that it holds."""

    looks = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        self.looks += len(found) if isinstance(at, slice) else 1
        return found


@given(st.lists(st.integers(1, 6), max_size=60))
def test_a_section_is_looked_at_for_the_headings_above_it_alone(levels: list[int]) -> None:
    sections = Counted((level, "a", "") for level in levels)
    assert not any(wikitext._has_text_below(sections, at) for at in range(len(levels)))
    assert sections.looks <= 8 * len(
        levels
    )  # itself, those above it of six levels, the one that ends before it


def test_many_headings_are_looked_at_once_each() -> None:
    sections = Counted([(2, "a", "")] * 1_000)
    assert not any(wikitext._has_text_below(sections, at) for at in range(1_000))
    assert sections.looks <= 2_000


@given(st.text("ab1 ,.()\n", max_size=30))
def test_words_alone_are_what_the_parser_makes_of_them(text: str) -> None:
    page = Page(HIDDEN)
    assert wikitext._parse(text, page) == wikitext._read_text(mwparserfromhell.parse(text), page)


def test_a_long_table_goes_and_what_is_around_stays() -> None:
    table = "{|\n" + "|-\n| cell {{a|}} || other\n{|\n| inner\n|}\n" * 3_000 + "|}\n"
    short = "{|\n| a\n|}\n"
    for page in ("Before.\n#Behind.", "#", "== A ==\n#== B ==\n#Behind."):
        dropped = plain_text(page.replace("#", table), tables=False)
        assert dropped == plain_text(page.replace("#", short), tables=False)
    assert measure_markup(table) == (0, 2)
