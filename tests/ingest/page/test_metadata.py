import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from winnow.ingest.licenses.links import name_license
from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.dates import to_iso
from winnow.ingest.page.heads import read_head
from winnow.ingest.page.metadata import describe


def describe_page(page: str) -> dict[str, str | None]:
    tree = HTMLTree.parse(page)
    return describe(tree, read_head(tree), scan(markup_of(tree)))


def test_a_news_page():
    page = """<html lang="en_GB"><head><title> A  fine
    day </title><meta content="2024-05-01T10:00:00+02:00" property="article:published_time">
    <meta property="article:modified_time" content="2025-01-01">
    <link href="https://news.example/a?b=1&amp;c=2" rel="canonical"></head>
    <body><p>Text.</p><footer>Under <a href="https://creativecommons.org/licenses/by-sa/4.0/deed.de">CC</a>"""
    found = describe_page(page)
    [said] = json.loads(found.pop("license_evidence") or "")
    assert (said["in"], said["region"]) == ("link", "footer")
    assert found == {
        "title": "A fine day",
        "date": "2024-05-01T08:00:00Z",
        "canonical_url": "https://news.example/a?b=1&c=2",
        "language": "en-GB",
        "license": "CC-BY-SA-4.0",
    }


def test_a_page_that_says_nothing():
    assert set(describe_page("<p>Text").values()) == {None}
    assert set(describe_page("").values()) == {None}


@pytest.mark.parametrize("place", ["head", "body"])
def test_linked_data_in_head_and_body(place):
    data = {
        "@graph": [
            {"@type": "WebSite"},
            {"datePublished": "2019-07-01", "license": {"@id": "https://x.example/l"}},
        ]
    }
    script = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    page = f"<head>{script if place == 'head' else ''}</head><body>{script if place == 'body' else ''}<p>x"
    assert describe_page(page)["date"] == "2019-07-01"
    assert describe_page(page)["license"] is None  # terms by an address name no license


def test_what_a_script_quotes_is_no_meta():
    script = """<script>var a = '<meta name="date" content="2001-01-01">'</script>"""
    assert describe_page(f"<head>{script}<meta name=date content=2002-02-02>")["date"] == "2002-02-02"


@pytest.mark.parametrize(
    ("body", "date"),
    [
        ('<time pubdate datetime="2020-01-02">now</time><time datetime="2021-01-01">', "2020-01-02"),
        ('<time datetime="2020-01-02T03:04">then</time>', "2020-01-02T03:04:00"),
        ('<time datetime="2020-01-02">a</time><time datetime="2021-01-02">b</time>', None),
        ('<meta itemprop="datePublished" content="2020-01-02">', "2020-01-02"),
        ('<time class="entry-date">5 March 2021</time>', "2021-03-05"),
        ("<time>soon</time>", None),
    ],
)
def test_dates_in_the_body(body, date):
    assert describe_page(f"<body><p>Text</p>{body}")["date"] == date


def test_a_picture_s_license_is_not_the_page_s():
    link = '<a href="https://creativecommons.org/licenses/by/2.0/">CC</a>'
    assert describe_page(f"<body><figure>{link}</figure>")["license"] is None
    assert (
        describe_page(f"<body><figure>{link}</figure><div class='site-footer'>{link}")["license"]
        == "CC-BY-2.0"
    )
    own = "<a rel='license nofollow' href='https://x.example/my'>x"
    assert describe_page(f"<body>{own}")["license"] is None


def test_addresses_that_are_none():
    for url in (
        "/a",
        "//x.example/a",
        "javascript:alert(1)",
        "https://",
        "https://x.example/ a",
        "https:x",
        "",
    ):
        assert describe_page(f'<head><link rel=canonical href="{url}">')["canonical_url"] is None
    fallback = '<head><link rel=canonical href="/a"><meta property="og:url" content="http://x.example">'
    assert describe_page(fallback)["canonical_url"] == "http://x.example"


def test_hostile_heads_are_bounded():
    long = "a\u202e\x01b" * 100_000
    deep = "[" * 100_000
    found = describe_page(
        f'<html lang="{long}"><head><title>{long}</title><meta name=date content="{long}">'
        f'<link rel=canonical href="https://x.example/{long}"><link rel=license href="{long}">'
        f'<script type="application/ld+json">{deep}</script>'
    )
    assert found["title"] and len(found["title"]) <= 1_000
    assert not any(ord(letter) < 32 or letter == "\u202e" for letter in found["title"])
    assert [found[name] for name in ("date", "canonical_url", "language", "license")] == [None] * 4


@pytest.mark.parametrize(
    "part", ["<meta ", '<link rel="', "<script ", '<meta name="a', '<link rel="canonical']
)
def test_hostile_heads_take_no_longer(part):
    assert describe_page(f"<head><title>t</title><script>{part * 30_000}</script>")["title"] == "t"


@given(st.text(st.sampled_from('<>"=/ \n') | st.characters(codec="utf-8"), max_size=80))
def test_any_value_is_taken(value):
    page = f'<html lang="{value}"><head><title>{value}</title><meta name="dc.date" content="{value}">'
    found = describe_page(
        page + f'<link rel="canonical license" href="{value}"></head><body><time pubdate>{value}'
    )
    assert set(found) == {"title", "date", "canonical_url", "language", "license", "license_evidence"}


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1001, 1, 1), datetime(9998, 1, 1), timezones=ZONES))
def test_the_same_moment_however_written(moment):
    moment = moment.replace(microsecond=0)
    written = {to_iso(moment.isoformat()), to_iso(moment.isoformat(sep=" ")), to_iso(format_datetime(moment))}
    assert len(written) == 1


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("20240501", "2024-05-01"),
        ("2024/5/1", "2024-05-01"),
        ("2024-05-01 10:00:00.123 UTC", "2024-05-01T10:00:00Z"),
        ("2024-05-01T10:00+0130", "2024-05-01T08:30:00Z"),
        ("May 1st, 2024", "2024-05-01"),
        ("Wed, 1 May 2024", "2024-05-01"),
        ("1 May 2024", "2024-05-01"),
        ("01/02/2024", None),
        ("2024", None),
        ("2024-13-01", None),
        ("0001-01-01T00:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-10:00", None),
        ("version 2024-05-01", None),
    ],
)
def test_dates(text, date):
    assert to_iso(text) == date


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("http://creativecommons.org/licenses/by-nc-sa/3.0/us/", "CC-BY-NC-SA-3.0-US"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by-sa/", "CC-BY-SA"),
        ("https://creativecommons.org/about", "https://creativecommons.org/about"),
        ("https://www.gnu.org/licenses/fdl-1.3.html", "GFDL-1.3"),
        ("https://www.gnu.org/copyleft/gpl.html", "GPL"),
        ("https://opensource.org/licenses/MIT", "MIT"),
        ("Licensed under CC BY-SA 4.0.", "CC-BY-SA-4.0"),
        ("\u00a9 1999 A. Author", "\u00a9 1999 A. Author"),
        ("", None),
        (None, None),
    ],
)
def test_licenses(text, name):
    assert name_license(text) == name
