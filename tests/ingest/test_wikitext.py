"""Wikitext to plain text, and pages made to waste time."""

import time

import pytest

from ingest.wikitext import count_unclosed, plain_text

HIDDEN = frozenset({"file", "datei", "category"})


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''Bold''' and ''slanted'' [[link]]s, [[target|shown]].", "Bold and slanted links, shown."),
        ("Fact.<ref>Source</ref> More.<ref name=a/>", "Fact. More."),
        ("{{Infobox|a=1}}Text{{citation needed}}.", "Text."),
        ("It is {{convert|5|km}} or {{lang|de|weit}}.", "It is 5 km or weit."),
        ("Energy <math>E = mc^2</math>.", "Energy $E = mc^2$."),
        ('<math display="block">\\frac{1}{2}</math>', "$$\\frac{1}{2}$$"),
        ("{| class=x\n| cell\n|}\nAfter.", "After."),
        ("* one\n* two", "- one\n- two"),
        ("== History ==\nOld.\n\n== References ==\n{{reflist}}", "History\n\nOld."),
        ("== Top ==\n=== Below ===\nText.", "Top\n\nBelow\n\nText."),
        ("Text.\n== External links ==\n* [http://a.org A]\n* [http://b.org B]", "Text."),
        ("[[File:a.jpg|thumb|A [[nested]] caption]]Text [[Datei:b.jpg]][[Category:C]]", "Text"),
        ("Text.[[de:Wort]] [[:Category:Birds]]", "Text. Category:Birds"),
        ("See [http://a.org the site], A&nbsp;B &amp; C<br>D<!-- no -->", "See the site, A B & C\nD"),
        ("The name (, {{IPA|x}}) is __NOTOC__ old.", "The name is old."),
        ("<syntaxhighlight lang=py>\nif a < b:\n    c()\n</syntaxhighlight>", "if a < b:\n    c()"),
    ],
)
def test_markup(wikitext: str, text: str) -> None:
    assert plain_text(wikitext, HIDDEN) == text


@pytest.mark.parametrize(
    "piece", ["{{a|", "[http://a ", "<div>", "<ref>", "[[", "'''", " ", "(, ", "{| ", "=="]
)
def test_broken_markup_is_told_before_it_costs_minutes(piece: str) -> None:
    begun = time.process_time()
    if count_unclosed(piece * 50_000) <= 1_000:
        assert plain_text(piece * 50_000 + "end", HIDDEN).endswith("end")
    assert time.process_time() - begun < 5
    assert count_unclosed("{{a}} [[b]] [c] <ref>d</ref> <br> <br/> }} ]]") == 0
