"""Letters as people write them: what each line of a list means."""

# ruff: noqa: E501 - a table of letters

import json
import time
from pathlib import Path

import polars as pl
import pytest

from winnow.dedup import takedowns
from winnow.dedup.takedown import quotes

WORDS = (Path(__file__).parents[3] / "docs/running.md").read_text().split()
SAID = (
    "The miller's daughter kept forty-two geese behind the old chapel, and every evening - whatever the weather - she "
    "counted them twice before she locked the gate and carried the lantern home."
)
PAGES = {
    "home": "https://harbor.example.org/",
    "post": "https://harbor.example.org/blog/a-post",
    "deep": "http://www.harbor.example.org/blog/2024/other?id=7&page=2",
    "blogger": "https://harbor.example.org/blogger",
    "slash": "https://harbor.example.org/a/b",
    "escaped": "https://harbor.example.org/a%2Fb",
    "hash": "https://app.example.org/#!/a",
    "other": "https://app.example.org/#!/other",
    "idn": "https://b\u00fccher.example.net/liste",
    "cyrillic": "https://xn--e1afmkfd.xn--p1ai/page",
    "port": "https://app.example.org:8443/x",
    "plain": "https://app.example.org/x",
    "film": "https://app.example.org/film_(1999)",
    "london": "https://london.gov.uk/x",
    "user": "https://someone.github.io/x",
}
REFUSED = "refused"


@pytest.fixture(scope="module")
def docs():
    texts = [" ".join(WORDS[n * 50 : n * 50 + 50]) for n in range(len(PAGES))]
    texts[0] = f"{texts[0]} {SAID} {texts[1][:200]}"
    return pl.DataFrame({"id": list(PAGES), "url": list(PAGES.values()), "text": texts})


def read(docs: pl.DataFrame, folder: Path, line: str) -> set[str] | str:
    path = folder / "list.txt"
    path.write_text(f"# first\n{line}\n", encoding="utf-8")
    try:
        return set(takedowns.drop(docs, list=path).drop_nulls("drop_reason")["id"])
    except ValueError as error:
        assert "line 2: " in str(error)
        return REFUSED


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("https://harbor.example.org/blog/*", {"post", "deep"}),
        ("https://harbor.example.org/blog/*  # all below it", {"post", "deep"}),
        ("https://harbor.example.org/blog/2024/* - mine", {"deep"}),
        ("harbor.example.org/blog/2024/*", {"deep"}),
        ("https://harbor.example.org/*", {"home", "post", "deep", "blogger", "slash", "escaped"}),
        ("*.harbor.example.org", {"home", "post", "deep", "blogger", "slash", "escaped"}),
        ("https://harbor.example.org/blog*", REFUSED),
        ("do not remove https://harbor.example.org/blog/post", REFUSED),
        ("keep https://harbor.example.org/blog/post", REFUSED),
        ("https://harbor.example.org/blog/post - do not remove", REFUSED),
        ("https://harbor.example.org/blog/post (nicht entfernen)", REFUSED),
        ("https://harbor.example.org/*/post", REFUSED),
        ("domain:https://app.example.org", {"hash", "other", "port", "plain", "film"}),
        ("domain: https://www.app.example.org/", {"hash", "other", "port", "plain", "film"}),
        ("domain:https://app.example.org/x", REFUSED),
        ("harbor.example.org/blog/a-post", {"post"}),
        ("//harbor.example.org/blog/a-post", {"post"}),
        ("<https://harbor.example.org/blog/a-post>", {"post"}),
        ("https://harbor.example.org/blog/a-post.", {"post"}),
        ("\u201chttps://harbor.example.org/blog/a-post\u201d,", {"post"}),
        ("- `https://harbor.example.org/blog/a-post`", {"post"}),
        ("[my post](https://harbor.example.org/blog/a-post)", {"post"}),
        ('<a href="https://harbor.example.org/blog/a-post">my post</a>', {"post"}),
        ("URL: https://harbor.example.org/blog/a-post", {"post"}),
        ("https://harbor.example.org/blog/a-post (my diary)", {"post"}),
        ("https://harbor.example.org/blog/a-post and all below it", REFUSED),
        ("https://harbor.example.org/blog/a-post https://app.example.org/x", REFUSED),
        ("https://harbor.example.org/blog/a-post,https://app.example.org/x", REFUSED),
        ("https://app.example.org/film_(1999)", {"film"}),
        ("(https://app.example.org/film_(1999))", {"film"}),
        ("hxxps://harbor[.]example[.]org/blog/a-post", {"post"}),
        ("https//harbor.example.org/blog/a-post", {"post"}),
        ("http:\\\\harbor.example.org\\blog\\a-post", {"post"}),
        ("https://web.archive.org/web/20240503010101/https://harbor.example.org/blog/a-post", {"post"}),
        ("https://b\u00fccher.example.net/liste", {"idn"}),
        ("https://xn--bcher-kva.example.net/liste", {"idn"}),
        ("https://B\u00dcCHER.example.net/liste", {"idn"}),
        ("\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", {"cyrillic"}),
        ("domain:xn--e1afmkfd.xn--p1ai", {"cyrillic"}),
        ("https://harbor.example.org/blog/../blog/./a-post", {"post"}),
        ("https://harbor.example.org/%62log/a%2Dpost", {"post"}),
        ("https://harbor.example.org/blog/2024/other?page=2&amp;id=7", {"deep"}),
        ("https://harbor.example.org/a/b", {"slash"}),
        ("https://harbor.example.org/a%2fb", {"escaped"}),
        ("https://harbor.example.org/a%252Fb", set()),
        ("https://app.example.org/#!/a", {"hash"}),
        ("https://app.example.org/x#part", {"plain"}),
        ("https://app.example.org:443/x", {"plain"}),
        ("https://app.example.org:8443/x", {"port"}),
        ("domain:co.uk", REFUSED),
        ("gov.uk", REFUSED),
        ("*.github.io", REFUSED),
        ("domain:someone.github.io", {"user"}),
        ("london.gov.uk", {"london"}),
        ("someone@app.example.org", REFUSED),
        ("mailto:someone@app.example.org", REFUSED),
        ("/blog/a-post", REFUSED),
        ("letter.txt", REFUSED),
    ],
)
def test_what_an_address_means(docs, tmp_path, line, meant):
    assert read(docs, tmp_path, line) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (SAID, {"home"}),
        (SAID.replace("'", "\u2019").replace(" - ", " \u2014 ").upper(), {"home"}),
        (SAID.replace("geese", "gee\u00adse").replace("chapel", "cha\u200bpel"), {"home"}),
        (SAID.replace("o", "\u043e").replace("a", "\u0430"), {"home"}),
        (
            "The miller's daughter kept forty-two geese ... she counted them twice [\u2026] carried the lantern home.",
            {"home"},
        ),
        ("she counted them twice ... The miller's daughter kept forty-two geese", set()),
        (SAID.replace("geese", "hens"), {"home"}),
        (SAID.replace("lantern ", ""), {"home"}),
        (SAID.replace("geese", "hens").replace("chapel", "church").replace("gate", "door"), set()),
        ("The miller's daughter kept forty-two hens behind the old chapel", set()),
        ("The miller ... daughter", REFUSED),
        ("four words of it", REFUSED),
    ],
)
def test_what_a_text_means(docs, tmp_path, text, meant):
    assert read(docs, tmp_path, "text:" + json.dumps(text)) == meant
    assert read(docs, tmp_path, f"text:{json.dumps(text)}  # of a letter") == meant


def test_a_number_sign_is_part_of_a_text_and_begins_what_is_for_people_behind_a_file(docs, tmp_path):
    (tmp_path / "letter.txt").write_text(SAID)
    assert read(docs, tmp_path, "file:letter.txt   # the same") == {"home"}
    assert read(docs, tmp_path, "text:" + json.dumps(SAID.replace("chapel, and", 'chapel "," # and'))) == {
        "home"
    }


def test_a_quotation_of_one_word_said_again_and_again_costs_little():
    quoted = " ".join([*WORDS[:170], *["zero"] * 60, *WORDS[170:340]])
    begun = time.process_time()
    assert quotes.find(pl.Series(["zero " * 20_000, f"{quoted} end"]), (quoted,)) == [(1, 0)]
    quoted = " ".join([*["na"] * 200, "batman", *["na"] * 200, *WORDS[:30]])
    assert quotes.find(pl.Series(["na " * 1_000]), (quoted,)) == []
    assert time.process_time() - begun < 20


def test_the_piece_of_most_words_is_looked_for():
    long = "x" * 200
    assert quotes.find(
        pl.Series([f"{long} b c kept several geese behind chapels"]),
        (f"{long} ... kept several geese behind chapels",),
    )
