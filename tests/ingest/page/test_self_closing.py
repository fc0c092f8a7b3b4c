"""Elements that only XML closes get an end tag, in pages that say they are XHTML and nowhere else."""

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.html import extract
from winnow.ingest.page.self_closing import close_empty

XMLNS = '<html xmlns="http://www.w3.org/1999/xhtml">'
SAYS = [
    '<?xml version="1.0"?><html>',
    '\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "a.dtd"><html>',
    f"<!DOCTYPE html>{XMLNS}",
]
WORDS = "The harbor was quiet in the morning, and the boats lay still at their moorings until the tide came. "


@pytest.mark.parametrize("begin", SAYS)
@pytest.mark.parametrize(
    "tag",
    [
        '<script src="a.js"/>',
        "<title/>",
        "<textarea rows='2' />",
        "<style/>",
        '<iframe src="a"/>',
        "<select/>",
        "<object/>",
        "<video/>",
        "<svg/>",
        "<noscript/>",
        "<SCRIPT/>",
    ],
)
def test_text_behind_an_element_that_xml_closes_is_kept(begin: str, tag: str) -> None:
    page = f"{begin}<body>{tag}<h1>The harbor</h1><p>{WORDS}</p><p>{WORDS}</p></body></html>"
    text = extract(pl.DataFrame({"text": [page]}))["text"][0]
    assert text.count(WORDS.strip()) == 2


def test_a_link_that_xml_closes_holds_no_text() -> None:
    page = f'{XMLNS}<body><a id="top"/><p>{WORDS * 3}</p><div class="nav"/><span/><i/><o:p/><p>{WORDS}</p>'
    closed = '<a id="top"></a>', '<div class="nav"></div>', "<span></span>", "<i></i>", "<o:p></o:p>"
    assert [each in close_empty(page) for each in closed] == [True] * 5


@pytest.mark.parametrize(
    "body",
    [
        "<br/><hr /><img src='a'/><p/><td/><li/><plaintext/>",  # closed as it is
        '<script src="a.js" /></script>',  # a slip
        '<script src="a.js" />var a = "<b/>";</script><p>a',
        '<a name="a" />Heading</a>',
        "<a href=http://a/>b</a><i class=a/>",  # the slash is a value's
        "<!-- <div/> --><!--><!-- <i/> --><script>'<div/>'</script><div a='/>'></div>",
        '<div title="a/>b" c>d</div>< div/><?php <i/>',
        "</div/>",
        "<div/",
    ],
)
def test_what_html_closes_or_holds_in_a_value_stays(body: str) -> None:
    assert close_empty(XMLNS + body) == XMLNS + body


@pytest.mark.parametrize("quote", ['<div a"/>', "<div a'b/>", '<div a="b"c"/>', '<div "/>', "<div =/>"])
def test_a_stray_quote_is_part_of_the_name_of_an_attribute(quote: str) -> None:
    assert close_empty(f"{XMLNS}{quote}<i/>") == f"{XMLNS}{quote[:-2]}></div><i></i>"


@pytest.mark.parametrize(
    "begin", ["", "<!DOCTYPE html><html>", "<html xmlns:og='a'>", f"{' ' * 5000}{XMLNS}"]
)
def test_a_page_that_does_not_say_it_is_xhtml_is_html(begin: str) -> None:
    page = f'{begin}<script src="a.js"/><div/>'
    assert close_empty(page) is page


@given(
    st.lists(
        st.sampled_from(["<", "/", ">", "a", "div", "script", " ", "=", '"', "'", "!--", "--", "é", "?"])
    )
)
def test_only_end_tags_are_added(parts: list[str]) -> None:
    page = XMLNS + "".join(parts)
    closed = close_empty(page)
    back = re.sub(r"></[^<>]*>", "/>", closed) if closed != page else page
    assert re.sub(r"></[^<>]*>", "/>", page) == back
    assert close_empty(closed) == closed
