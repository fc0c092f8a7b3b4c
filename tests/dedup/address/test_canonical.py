"""Which addresses are one page, and whose."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup.address import canonical

NONE = re.compile("(?!)")


def name(url: str) -> str | None:
    return canonical.canonicalize(url, NONE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://h.example/a", "https://www.H.example:443/a/", True),
        ("https://h.example/a", "https://h.example:8443/a", False),
        ("http://h.example:443/a", "http://h.example/a", False),
        ("https://h.example/%7Ea/%62", "https://h.example/~a/b", True),
        ("https://h.example/a%2Fb", "https://h.example/a/b", False),
        ("https://h.example/a%2fb", "https://h.example/a%2Fb", True),
        ("https://h.example/a%252Fb", "https://h.example/a%2Fb", False),
        ("https://h.example/caf\u00e9", "https://h.example/caf%c3%a9", True),
        ("https://h.example/cafe\u0301", "https://h.example/caf%C3%A9", True),
        ("https://h.example/x/../a/./b", "https://h.example//a/b", True),
        ("https://h.example/../../a", "https://h.example/a", True),
        ("https://h.example/A", "https://h.example/a", False),
        ("https://h.example/?b=2&a=1", "https://h.example/index.html?a=1&b=2", True),
        ("https://h.example/?a=x+y", "https://h.example/?a=x%20y", True),
        ("https://h.example/a+b", "https://h.example/a%20b", False),
        ("https://h.example/#!/a", "https://h.example/#!/b", False),
        ("https://h.example/#a", "https://h.example/#b", True),
        ("https://user:word@h.example/a", "https://h.example/a", True),
        ("https://b\u00fccher.example/", "https://xn--bcher-kva.example", True),
        ("https://\u2603.example/", "https://xn--n3h.example", True),
        ("https://a_b.b\u00fccher.example/", "https://a_b.xn--bcher-kva.example", True),
        ("https://b\u00fccher\u3002example/", "https://xn--bcher-kva.example", True),
        ("https://h.example/100%", "https://h.example/100%25", True),
        ("https://stra\u00dfe.example/", "https://strasse.example", False),
        ("https://\uff48.example/a", "https://h.example/a", True),
        ("http://[2001:db8:0:0:0:0:0:1]/a", "http://[2001:db8::1]:80/a", True),
        ("http://192.0.2.1/a", "http://192.0.2.2/a", False),
    ],
)
def test_which_are_one_page(one, other, same):
    assert (name(one) == name(other)) is same


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_name_names_itself(rest):
    first = name(f"https://h.example/{rest}")
    if first is not None and "#" not in rest:
        assert name(f"https://{first}") == first


@pytest.mark.parametrize("url", ["", "no address", "https:///a", "http://[::1/a", "https://h.example:port/"])
def test_what_has_no_host_has_no_name(url):
    assert name(url) is None


def test_whose_a_host_is():
    assert canonical.list_domains("a.b.example") == ("a.b.example", "b.example")
    assert canonical.list_domains("192.0.2.1") == ("192.0.2.1",)
    assert canonical.is_suffix("co.uk") and canonical.is_suffix("github.io")
    assert not canonical.is_suffix("one.co.uk") and not canonical.is_suffix("example.org")
    assert canonical.is_known("x.example") and not canonical.is_known("letter.txt")
