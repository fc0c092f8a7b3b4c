"""URLs as a crawl writes them take a short way; it is held beside the long one, that all others go."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters.optouts.paths import split_odd, split_urls

HEADS = ("https://a.example", "http://A.b_c", "https://a.example.", "https://u:p@a.example:443", "https://a:8",
         "https://ü.example", " https://a.example", "https://", "mailto:", "")  # fmt: skip
TAILS = (
    *(
        "",
        "/",
        "//",
        "/.",
        "/..",
        "/a.b",
        "/%2e",
        "/%2E/",
        "/%2",
        "/%C3%A9",
        "%",
        "?",
        "?q=1",
        "#",
        "#x",
        "é",
        "x",
    ),
    *(
        "*",
        "$",
        "'",
        "^",
        "|",
        "[",
        "]",
        "{",
        "<",
        " ",
        "\t",
        "\n",
        "\\",
        "~",
        "_",
        "@",
        ":",
        "\x00",
        "a" * 8_200,
    ),
)


def test_urls_are_split_the_short_way_as_the_long() -> None:
    urls = [head + one + other for head in HEADS for one in TAILS for other in TAILS]
    urls += [f"{HEADS[0]}/a{chr(code)}b?c{chr(code)}d" for code in range(300)]
    url = pl.Series("url", [*urls, None], dtype=pl.String)
    assert_frame_equal(split_urls(url), split_odd(url))


@given(st.lists(st.text(max_size=20).map("https://a.example/".__add__) | st.text(max_size=9) | st.none()))
def test_any_urls_are_split_the_short_way_as_the_long(urls: list[str | None]) -> None:
    url = pl.Series("url", urls, dtype=pl.String)
    assert_frame_equal(split_urls(url), split_odd(url))
