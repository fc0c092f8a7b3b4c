"""What pages say of their use in `meta` elements, wherever these end up."""

import pytest
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page.heads import read_head
from winnow.ingest.page.optouts import find_preferences
from winnow.ingest.page.reader import blocks_of


def find_in(page: str) -> list[tuple[str, str]]:
    tree = HTMLTree.parse(page)
    found = find_preferences(tree, read_head(tree), in_body=blocks_of(tree).directed)
    assert all(one["in"] == "meta" for one in found)
    return [(one["name"], one["value"]) for one in found]


@pytest.mark.parametrize(
    ("metas", "expected"),
    [
        ("<meta name=ROBOTS content='index,\n follow'>", [("robots", "index, follow")]),
        ("<META content='noai, noimageai' NAME='robots'>", [("robots", "noai, noimageai")]),
        ("<meta name=googlebot content=noindex>", [("googlebot", "noindex")]),
        ("<meta name=OtherBot content='NoAI'>", [("otherbot", "NoAI")]),
        ("<meta name=robots content='mybot: noai; x'>", [("robots", "mybot: noai; x")]),
        (
            "<meta name=tdm-reservation content=1><meta name=tdm-policy content='https://x.example/?a=1&amp;b=2'>",
            [("tdm-reservation", "1"), ("tdm-policy", "https://x.example/?a=1&b=2")],
        ),
        ("<meta name=robots content=a><meta name=robots content=b>", [("robots", "a"), ("robots", "b")]),
        ("<meta name=description content='Say noai, and we shall not (perhaps) train.'>", []),
        ("<meta name=viewport content='width=device-width, initial-scale=1'>", []),
        ("<meta property=robots content=noai><meta itemprop=x content=noai>", []),
        ('<script>\'<meta name="robots" content="noai">\'</script>', []),
        ('<!-- <meta name="robots" content="noai"> -->', []),
    ],
)
def test_metas_in_the_head_and_behind_it(metas: str, expected: list[tuple[str, str]]) -> None:
    assert find_in(f"<head><title>x</title>{metas}</head><body><p>Text.</p>") == expected
    # A picture in the head ends it for a parser: what follows stands in the body.
    assert find_in(f"<head><noscript><img src=x></noscript>{metas}</head><body><p>Text.</p>") == expected


def test_head_before_body() -> None:
    page = "<head><meta name=robots content=a></head><body><p>x<meta name=robots content=b>"
    assert find_in(page) == [("robots", "a"), ("robots", "b")]


def test_hostile_pages_are_bounded() -> None:
    for place in ("<head>", "<body>"):
        found = find_in(f"<html>{place}" + f"<meta name=robots content='{'a' * 5000} noai'>" * 3000)
        assert len(found) == 20 and {len(value) for _, value in found} == {500}
    assert find_in("") == find_in("<p>x") == []


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a" * 50_000 + " noai " + "a" * 50_000 + " !", False),
        ("noai " * 20, True),
        ("noai " * 21, False),
        ("otherbot: noai, noimageai; x/y.z", True),
        ("no, noai!", False),
    ],
)
def test_lists_of_words_and_what_is_none(content: str, found: bool) -> None:
    assert bool(find_in(f'<head><meta name="x" content="{content}"></head><p>words')) is found
