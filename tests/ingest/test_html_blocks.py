"""The scan stays inside its arrays on whatever lexbor writes, and compiled code does what Python does."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import MAX_DEPTH, markup_of, scan
from winnow.ingest.page.content import classifier, features
from winnow.ingest.page.content.context import gather
from winnow.ingest.page.reader import blocks_of
from winnow.ingest.page.render import render
from winnow.ingest.page.tags import INSIDE, find_byte

PIECES = [
    '<div>', '</div>', '<p>', '</p>', '<ul>', '<ol start=3>', '<li>', '</ul>', '</ol>', '<table>',
    '<tr>', '<td>', '<th>', '</table>', '<pre>', '</pre>', '<br>', '<hr>', '<a href=x>', '</a>',
    '<b class="share nav">', '</b>', '<code>', '</code>', '<h2>', '</h2>', '<q>', '</q>',
    '<script>x < "</b>" </script>', '<style>p{}</style>', '<!-- <p> -->', '<svg>', '</svg>', '<math>',
    '</math>', '<i hidden>', '</i>', '<p style="display : none">', '<img alt="\\frac{1}{2}^{3}">',
    '<template>', '</template>', '<select>', '<option>', '<span class="katex">', '</span>',
    '<title>a b</title>', '<textarea>', '</textarea>', '<noscript>', '<plaintext>', '<a-b c=">\'">',
    '&lt;', '&nbsp;', '&amp;', '&', 'words and more, ', 'A sentence.', ' ', '\n    ', '\t', 'é', '。',
    '\x01abcde', '\x00', '\u200b', '\xad', '\ufeff', '<', '>', '"', "'", '</', '<!', '<?', ']]>', '😀',
]  # fmt: skip
HTML = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def digest(html: str) -> str:
    page = scan(markup_of(HTMLTree.parse(html)))
    text = render(page, np.ones(len(page.blocks), np.bool_))
    rows = page.blocks.tobytes() + page.elements.tobytes() + page.data.tobytes()
    likely = np.round(classifier.score(page).astype(np.float64), 4).tobytes()
    return hashlib.sha256(rows + text.encode() + likely).hexdigest()


def samples() -> list[str]:
    draw = random.Random(0)
    return ["".join(draw.choices(PIECES, k=draw.randrange(1, 80))) for _ in range(60)]


def test_compiled_and_interpreted_agree_and_no_index_is_out_of_bounds() -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_html_blocks import digest, samples\n"
        "print(*(digest(each) for each in samples()), sep='\\n')"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(Path(__file__).parent)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [digest(each) for each in samples()]


@given(HTML)
def test_rows_hold_together(html: str) -> None:
    page = scan(markup_of(HTMLTree.parse(html)))
    blocks, elements, size = page.blocks, page.elements, len(page.data)
    assert blocks.shape[1] == col.BLOCK_COLUMNS
    assert (blocks[:, col.CHARS] > 0).all() and (blocks[:, col.LINK] <= blocks[:, col.CHARS]).all()
    assert (
        (blocks[:, col.START] >= 0).all()
        and (blocks[:, col.START] < blocks[:, col.END]).all()
        and (blocks[:, col.END] <= size).all()
    )
    assert (blocks[1:, col.START] >= blocks[:-1, col.END]).all()
    assert (blocks[:, col.ELEM] < len(elements)).all() and (blocks[:, col.LI] < len(elements)).all()
    assert (elements[:, col.PARENT] < np.arange(len(elements))).all()
    assert (elements[:, col.B0] <= elements[:, col.B1]).all() and (elements[:, col.B1] <= len(blocks)).all()


@given(HTML)
def test_every_visible_word_is_written_once(html: str) -> None:
    page = scan(markup_of(HTMLTree.parse(html)))
    text = render(page, np.ones(len(page.blocks), np.bool_))
    assert "\x01" not in text and "\0" not in text and text == text.strip("\n ")
    assert bool(text) == bool(len(page.blocks))
    parts = [render(page, np.arange(len(page.blocks)) == block) for block in range(len(page.blocks))]
    assert sum(part.count("words") for part in parts) == text.count("words")


def read_all(html: str) -> str:
    page = blocks_of(HTMLTree.parse(html))
    return render(page, np.ones(len(page.blocks), np.bool_))


def test_a_page_that_a_script_fills_is_read_as_without_one() -> None:
    """But not for a note, and not where its own words are many."""
    post = "<noscript><div><p>" + "words of a post. " * 30 + "</div></noscript>"
    assert read_all(f"<p>Loading</p>{post}").count("words of a post.") == 30
    formula = post.replace("<p>", "<p><math alttext='x^2'><mi>x</mi></math> ")
    assert "$x^2$ words of a post." in read_all(f"<p>Loading</p>{formula}")
    assert read_all(f"<p>{'own words ' * 110}</p>{post}").count("words of a post.") == 0
    assert read_all("<p>own</p><noscript>Switch scripts on to read this forum.</noscript>") == "own"


def test_a_name_around_the_whole_page_tells_no_block_apart() -> None:
    blocks = "<p>one sentence of the page.</p><p class=share>a word</p>"
    row = features.FEATURES.index("name_share")
    for around, told in (("<div class=share>", [0, 0]), ("<div>", [0, 1])):
        page = blocks_of(HTMLTree.parse(f"{around}{blocks}</div>"))
        found = np.zeros((2, features.COUNT), np.float32)
        features.fill(0, 2, page.blocks, page.elements, gather(page), found)
        assert found[:, row].tolist() == told


def test_links_titles_and_places_are_counted() -> None:
    html = (
        "<title>The quiet harbour</title><body>"
        "<nav><a href=/>Home</a> page</nav><h1>Quiet <i>harbour</i></h1>"
    )
    nav, heading = scan(markup_of(HTMLTree.parse(html))).blocks
    assert (nav[col.CHARS], nav[col.LINK], heading[col.LINK]) == (8, 4, 0)
    assert (
        nav[col.IN] & INSIDE["nav"] and heading[col.IN] & INSIDE["h1"] and not heading[col.IN] & INSIDE["nav"]
    )
    assert (nav[col.TITLE], heading[col.TITLE]) == (0, 2)


@pytest.mark.parametrize(
    ("html", "dated", "licensed"),
    [
        ("<p>a <a href='https://x.example/license'>b</a> datePublished", False, False),
        ("<time>soon</time>", True, False),
        ("<script type='application/ld+json'>{}</script>", True, False),
        ("<svg></svg><p><meta itemprop='x datePublished' content=2020-01-01>", True, False),
        ("<a rel='nofollow license' href=/>x</a>", False, True),
        ("<a href='//creativecommons.org/licenses/by/4.0'>x</a>", False, True),
    ],
)
def test_what_a_page_may_tell_is_seen(html: str, dated: bool, licensed: bool) -> None:
    page = scan(markup_of(HTMLTree.parse(f"<body>{html}")))
    assert (page.dated, page.licensed) == (dated, licensed)


@given(st.binary(min_size=1, max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_byte_is_reached_where_it_stands(data: bytes, first: int, last: int) -> None:
    end = min(last, len(data))
    found = data.find(b"<", first, end)
    assert find_byte(np.frombuffer(data, np.uint8), first, end, 60) == (
        found if found >= 0 else max(first, end)
    )


def test_elements_deeper_than_the_stack_are_part_of_the_deepest_seen() -> None:
    depth = MAX_DEPTH + 500
    page = scan("<div>" * depth + "in" + "</div>" * depth + "<p>out</p>")
    assert render(page, np.ones(len(page.blocks), np.bool_)) == "in\n\nout"
    assert page.blocks[1, col.ELEM] == len(page.elements) - 1 and page.elements[-1, col.PARENT] == -1


def test_markup_that_ends_in_the_middle_stays_inside() -> None:
    whole = '<div class="a b" style="display:'
    for end in range(len(whole)):
        for tail in ("", "<", "</", "<!--", "<script>", "&", "&nb", "\u3002"[:1]):
            page = scan("<p>x</p>" + whole[:end] + tail)
            assert render(page, np.ones(len(page.blocks), np.bool_)).startswith("x")


def test_a_row_of_data_stays_whole_or_goes() -> None:
    rows = "<tr><td>a name<td>1<td>2<tr><td>b<td>a long value of it<td>3<tr><td>one alone"
    page = scan(markup_of(HTMLTree.parse(f"<p>before<table>{rows}</table>")))
    keep = np.array([True, True, False, False, False, False, True, True])
    classifier._complete_rows(page.blocks, page.elements, keep, np.zeros((len(page.elements), 2)))
    assert keep.tolist() == [True, True, True, True, False, False, False, True]
