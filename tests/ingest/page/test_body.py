import pytest

from winnow.ingest.page.body import TooTangled, read_body


def test_code_stands_in_fences_with_its_indentation() -> None:
    code = "def f(x):\n    if x &lt; 1:\n\n        return\n"
    html = f'<p>So:</p>\n<pre class="lang-py s-code"><code>{code}</code></pre>\n<p>and <code>f(1)</code>.</p>'
    assert read_body(html) == "So:\n\n```py\ndef f(x):\n    if x < 1:\n\n        return\n```\n\nand `f(1)`."


def test_a_fence_is_longer_than_those_in_the_code() -> None:
    assert read_body("<pre><code>```\nx\n```</code></pre>") == "````\n```\nx\n```\n````"


def test_quotes_headings_lists_and_powers_are_marked() -> None:
    html = (
        "<h2>Head</h2><blockquote>\n<p>One.</p>\n<p>Two<br>lines.</p></blockquote><p>Mine.</p>"
        "<ul><li>a</li><li>b</li></ul><p>10<sup>2</sup> and x<sup>th ing</sup></p>"
        "<blockquote>bare</blockquote>"
    )
    expected = "## Head\n\n> One.\n\n> Two\n> lines.\n\nMine.\n\n- a\n- b\n\n10^2 and xth ing\n\n> bare"
    assert read_body(html) == expected


def test_quotes_nest_and_end() -> None:
    html = "<blockquote><p>a</p><blockquote><p>b</p></blockquote><p>c</p></blockquote></blockquote><p>d</p>"
    assert read_body(html) == "> a\n\n> > b\n\n> c\n\nd"


@pytest.mark.parametrize("html", ["<b>" * 3_000 + "<p>" * 3_000, "<div>" * 2_000])
def test_what_would_tangle_a_parser_is_refused(html: str) -> None:
    with pytest.raises(TooTangled):
        read_body(html)
