"""Whatever data say, a Markdown parser reads back the text that was there, in one cell."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from winnow.markdown import draw_table, escape

TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
PARSER = MarkdownIt("gfm-like", {"linkify": False})
HOSTILE = [
    *(
        "<script>alert(1)</script>",
        "a | b",
        "[x](javascript:alert(1))",
        "![](http://x.example/p)",
        "`",
        "*b*",
    ),
    *(
        "\\",
        "\\|",
        "&lt;",
        "# head",
        "a\n\n# head",
        "~~gone~~",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\u202egnp.exe",
    ),
    *("<!-- ", "- item", "1. item", "---", "=== ", "\u2028# head", "__init__", "<https://x.example>"),
]


def read_cells(lines):
    """The text of each cell of a table of one row, and whether anything but text stands in it."""
    tokens = PARSER.parse("\n".join(lines))
    inline = [token for token in tokens if token.type == "inline"]
    kinds = {child.type for token in inline for child in token.children}
    return ["".join(child.content for child in token.children) for token in inline], kinds


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_in_their_cell(text):
    check_cell(text)


@given(st.text(max_size=60))
def test_any_text_stays_in_its_cell(text):
    check_cell(text)


def check_cell(text):
    cells, kinds = read_cells(draw_table(["name", "documents"], [[text, 3]], right=1))
    assert cells[:2] == ["name", "documents"] and cells[3] == "3" and len(cells) == 4
    assert kinds <= {"text", "text_special", "entity"}
    assert not {unicodedata.category(char) for char in cells[2]} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in cells[2]} & TURNING
    if text.isprintable():
        assert cells[2] == " ".join(text.split())


def test_nothing_steers():
    assert escape("$x$ \U000e0041") == "\\$x\\$ \\\\U000e0041"
    assert escape("a\x1b[31m\u202eb\tc\ud800") == "a\\\\x1b\\[31m\\\\u202eb c\\\\ud800"
