"""Main text of pages, the law of shard steps, and pages made to waste time."""

import json
import time
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest import html
from winnow.ingest.page.nesting import measure_nesting

SENTENCE = "The harbour lay quiet in the morning, and the boats had not yet gone out to sea. "
PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>A  quiet
harbour</title><script>var x = "<div>";</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/about">About us</a></li></ul></nav>
<main><article><h1>A quiet harbour</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 3}</p>
<pre><code>if x:
    y = 1</code></pre><ul><li>first boat</li><li>second boat</li></ul></article></main>
<footer>Copyright notice</footer></body></html>"""


def docs(*texts: str | None, **columns: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"text": texts, **columns}, schema_overrides={"text": pl.String})


def test_main_text_title_and_language() -> None:
    row = html.extract(docs(PAGE, metadata=['{"status": 200}'])).row(0, named=True)
    assert SENTENCE.strip() in row["text"] and "second boat" in row["text"]
    assert "if x:\n    y = 1" in row["text"]
    assert "About us" not in row["text"] and "Copyright" not in row["text"] and "var x" not in row["text"]
    assert json.loads(row["metadata"]) == {"status": 200, "title": "A quiet harbour", "language": "en-GB"}
    assert row["canonical_url"] is None and row["license"] is None
    assert row["drop_reason"] is None
    assert "About us" in html.extract(docs(PAGE), main_content=False)["text"][0]


DECLARED = f"""<html lang="de"><head><title>T</title><link rel="canonical" href="https://example.org/a">
<meta property="article:published_time" content="2020-05-01"><link rel="license"
href="https://creativecommons.org/licenses/by/4.0/"></head><body><p>{SENTENCE}</p></body></html>"""


@pytest.mark.parametrize("extractor", ["blocks", "resiliparse", "trafilatura"])
def test_what_a_page_says_of_its_use_follows_what_its_server_said(extractor: str) -> None:
    page = PAGE.replace("<title>", '<meta name="robots" content="noai"><title>')
    header = json.dumps([{"in": "header", "name": "content-signal", "value": "ai-train=no"}])
    found = html.extract(docs(page, page, PAGE, preferences=[header, None, header]), extractor=extractor)
    meta = {"in": "meta", "name": "robots", "value": "noai"}
    assert json.loads(found["preferences"][0]) == [*json.loads(header), meta]
    assert json.loads(found["preferences"][1]) == [meta]
    assert found["preferences"][2] == header
    assert html.extract(docs(PAGE))["preferences"].to_list() == [None]


def test_what_a_page_declares_goes_to_columns_and_does_not_overwrite() -> None:
    found = html.extract(docs(DECLARED, DECLARED, license=[None, "CC0-1.0"]))
    assert found["canonical_url"].to_list() == ["https://example.org/a"] * 2
    assert found["license"].to_list() == ["CC-BY-4.0", "CC0-1.0"]
    assert json.loads(found["metadata"][0]) == {"title": "T", "language": "de", "published": "2020-05-01"}


@pytest.mark.parametrize("extractor", ["blocks", "resiliparse", "trafilatura"])
def test_every_extractor_keeps_the_article_and_drops_what_is_around(extractor: Any) -> None:
    text = html.extract(docs(PAGE), extractor=extractor)["text"][0]
    assert text.count(SENTENCE.strip()) >= 3 and "if x:\n    y = 1" in text
    assert "About us" not in text and "Copyright" not in text


POST = "<div class='post'><a class='author'>{0}</a><div class='postbody'><p>{1}</p></div></div>"
PARTS = "".join(f"<h2>Part {i}</h2><p>{SENTENCE}</p>" for i in range(4))
FLAT = f"<html><body><h1>rope(1)</h1>{PARTS}</body></html>"
POSTS = "".join(POST.format(f"user{i}", f"Answer {i}: {SENTENCE}") for i in range(5))
COMMENTS = "<div id='comments' class='comments-area'><h3>5 comments</h3>{0}<form>Leave a comment</form></div>"


@pytest.mark.parametrize(
    ("page", "kept", "gone"),
    [
        (FLAT, [f"Part {i}" for i in range(4)], []),
        (f"<p>{SENTENCE}", [SENTENCE.strip()], []),
        (f"<html><body><h1>How to row</h1>{POSTS}</body></html>", [f"Answer {i}:" for i in range(5)], []),
        (PAGE.replace("</main>", "</main>" + COMMENTS.format(POSTS)), ["first boat"], ["Leave a comment"]),
    ],
)
def test_pages_of_other_kinds_than_articles(page: str, kept: list[str], gone: list[str]) -> None:
    text = html.extract(docs(page))["text"][0]
    assert [each for each in kept if each not in text] == []
    assert [each for each in gone if each in text] == []


def test_shortcodes_of_page_builders_are_no_text() -> None:
    codes, code = "<p>[vc_row el_class='a b'][vc_column_text]</p>", f"<p>x[av_i] = y[0]; {SENTENCE}</p>"
    page = f"<article>{codes}<p>{SENTENCE * 3}</p>{code}<p>{SENTENCE}[/vc_column_text][/vc_row]</p></article>"
    (text,) = html.extract(docs(page))["text"]
    assert text.startswith(SENTENCE) and text.endswith("sea.") and "vc_" not in text and "y[0]" in text


def test_reasons_and_rows_that_are_no_pages() -> None:
    batch = docs(PAGE, "<p>kept</p> as it is", "<html><body></body></html>", "<p>" + "x" * 2_000)
    batch = batch.with_columns(pl.Series("media_type", [None, "text/plain", "text/html", "text/html"]))
    found = html.extract(batch, max_bytes=1_500)
    assert found["drop_reason"].to_list() == [None, None, "html.no_text", "html.too_large"]
    assert found["text"][1] == "<p>kept</p> as it is"
    assert found["html_bytes"].to_list() == batch["text"].str.len_bytes().to_list()


def test_lists_in_flat_pages_are_text_and_lists_of_links_are_not() -> None:
    links = '<ul><li><a href="/a">Home page</a></li><li><a href="/b">About us</a></li></ul>'
    prose = '<ul><li>tie the <a href="/k">knots</a> of the rope with care</li><li>row</li></ul>'
    body = f"{links}<h1>The harbour</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p>{prose}"
    (text,) = html.extract(docs(f"<html><body>{body}</body></html>"))["text"]
    assert "About us" not in text
    assert [line.strip("- ") for line in text.splitlines()[-2:]] == [
        "tie the knots of the rope with care",
        "row",
    ]


FRAGMENTS = st.lists(
    st.sampled_from(
        ["<div>", "</div>", "<p>", "words ", "<b>", "</b>", "<br/>", "<!-- <div> -->", "<", "é", "&amp;"]
    ),
    max_size=12,
).map("".join)


@given(st.lists(FRAGMENTS, max_size=5), st.lists(FRAGMENTS, max_size=5))
def test_the_law_of_shard_steps(a: list[str], b: list[str]) -> None:
    first, second = docs(*a), docs(*b)
    both = html.extract(pl.concat([first, second]))
    assert both.equals(pl.concat([html.extract(first), html.extract(second)]))


@pytest.mark.parametrize(
    ("page", "depth", "walk"),
    [
        ("<div><div></div></div>", 2, 1),
        ("<p>a<p>b<br><img src=x>c", 0, 0),
        ("<script>'<div><div>'</script><b>", 1, 0),
        ("<!-- <div><div> --><DIV><svg><path/></svg>", 2, 3),
        ("</div></div><div>", 1, 0),
        ("a < b <", 0, 0),
        ("<section-x><blockquote></blockquote>", 2, 1),
    ],
)
def test_nesting_is_counted(page: str, depth: int, walk: int) -> None:
    depths, walks, _, _ = measure_nesting(pa.array(["", page, None], pa.large_string()))
    assert (depths.tolist(), walks.tolist()) == ([0, depth, 0], [0, walk, 0])


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<p>" + "word " * 10_000_000, "html.too_large"),
        ("<p>" + "word " * 1_900_000, None),
        ("<div>" * 100_000 + "words", "html.too_deep"),
        ("<div>" * 900 + "<p>words</p>" * 100_000, "html.too_deep"),
        ("".join(f"<p><b class={i}>x" for i in range(5_000)), "html.too_deep"),
        ("<" * 5_000_000, None),
        ("<p>words" + "\0" * 5_000_000, None),
        ("<p " + 'class="a b c" ' * 500_000 + ">words", None),
        (f'<p class="{"share " * 1_000_000}">words', None),
        ("<li>x" * 500_000, None),
        ("<math>x</math>" * 20_000, None),
    ],
)
def test_pages_made_to_waste_time_do_not(page: str, reason: str | None) -> None:
    html.extract(docs("<p>compile and warm</p>"))
    begun = time.process_time()
    assert html.extract(docs(page))["drop_reason"].to_list() == [reason]
    assert time.process_time() - begun < 5


ARTICLE = "<p>" + "The committee of the town met on Monday, to hear what had become of the old bridge. " * 5


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("<p " + " ".join(f"a{i}=1" for i in range(1_000)) + f">{ARTICLE}", None),
        ("<p " + " ".join(f"a{i}=1" for i in range(1_001)) + f">{ARTICLE}", "html.too_many_attributes"),
        ("".join(f"<html a{i}=1>" for i in range(1_001)), "html.too_many_attributes"),
        ("".join(f"<body a{i}=1>" for i in range(1_001)), "html.too_many_attributes"),
        (f"<p>{''.join(f'<b id={i}>' for i in range(500))}" + "<p>x" * 2_001, "html.too_tangled"),
        (f"<p>{''.join(f'<b id={i}>' for i in range(10))}" + "<p>x" * 5_000, "html.too_tangled"),
        (f"<p>{''.join(f'<b id={i}>' for i in range(10))}" + f"<p>{'x' * 40}" * 5_000, None),
        (f"<p>{''.join(f'<b id={i}>' for i in range(500))}{'</b>' * 500}" + "<p>x" * 2_001, None),
        (f"{'<b>' * 900}{'</b>' * 900}" + "<p>x" * 9_000, None),
        (f"<table><tr>{''.join(f'<td><font a={i}>x' for i in range(900))}</table>" + "<p>x" * 9_000, None),
    ],
)
def test_what_a_parser_would_explode_by(page: str, reason: str | None) -> None:
    found = html.extract(docs(page, ARTICLE))
    assert found["drop_reason"].to_list() == [reason, None]
    assert found["text"][1].startswith("The committee")


def test_a_page_with_a_long_list_to_choose_from_keeps_its_text() -> None:
    options = "".join(f"<option value={i}>Choice {i}" for i in range(5_000))
    found = html.extract(docs(f"{ARTICLE}<select>{options}</select>{ARTICLE}"))
    assert found["drop_reason"][0] is None
    assert found["text"][0].count("The committee") == 10 and "Choice" not in found["text"][0]


@pytest.mark.parametrize(
    ("page", "attributes", "clones"),
    [
        ("<p x='>' y=\">\" z>", 3, 0),
        ("<p x x x y = 1 z=/>", 3, 0),
        ("<b><i><p><p>", 0, 4),
        ("<b><b><b><b><p>", 0, 3),
        ("<a><a><p>", 0, 1),
        ("<b><textarea></b></textarea><p>", 0, 2),
        ("<td><b></td><p>", 0, 1),
    ],
)
def test_attributes_and_open_formatting_are_counted(page: str, attributes: int, clones: int) -> None:
    found = measure_nesting(pa.array([page], pa.large_string()))
    assert (found.attributes.tolist(), found.clones.tolist()) == ([attributes], [clones])
