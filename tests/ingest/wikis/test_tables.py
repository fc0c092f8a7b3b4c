"""Tables of wikitext: their cells, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.wikis.kinds import HIDDEN
from winnow.ingest.wikis.tables import cut_tables
from winnow.ingest.wikis.text import Page, plain_text


def show(wikitext: str) -> str:
    return plain_text(wikitext, Page(HIDDEN))


def line_up(*rows: str) -> str:
    return "\n".join(f"| {' | '.join(row.split(';'))} |" for row in (rows[0], "---;---", *rows[1:]))


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("! A !! B\n|-\n| 1 || 2", line_up("A;B", "1;2")),
        ("! A\n! B\n|-\n| style=x | 1\n| [[p|2]]", line_up("A;B", "1;2")),
        ("|+ Title\n|-\n| a || b\n|-\n| c || d", "Title\n\n" + line_up("a;b", "c;d")),
        ("| rowspan=2 | a || b\n|-\n| c", line_up("a;b", "a;c")),
        ("| rowspan=3 | a || b\n|-\n| c\n|-\n| d\n|-\n| e || f", line_up("a;b", "a;c", "a;d", "e;f")),
        ("| colspan=2 | a || b\n|-\n| c || d || e", "| a |  | b |\n| --- | --- | --- |\n| c | d | e |"),
        ("| a || b\n|-\n| {{lang|de|x|y}} || <math>p||q</math>", line_up("a;b", "x;$p\\vert \\vert q$")),
        ("| a || b\n|-\n| c\n* one\n* two\n| d", line_up("a;b", "c - one - two;d")),
        ("| a\n{|\n| in || ner\n|}\n| b\n|-\n| c || d", line_up("a in ner;b", "c;d")),
        ("| only\n|-\n| one column", "only\n\none column"),
        ("| one || row", "one\n\nrow"),
        ("| a || b\n|-\n| {{reflist}} ||\n|-\n| c || d<ref>no</ref>", line_up("a;b", "c;d")),
    ],
)
def test_cells(table: str, text: str) -> None:
    assert show(f"Before.\n{{| class=x\n{table}\n|}}\nAfter.") == "\n\n".join(
        filter(None, ["Before.", text, "After."])
    )


def test_columns_of_verse_are_no_table() -> None:
    verse = "\n".join(f"It is line {n} of them,<br>" for n in range(60))
    text = show(f"{{|\n! First !! Second\n|-\n|\n{verse}\n|\n{verse}\n|}}".replace("{|", "{|", 1))
    assert "| --- |" not in text and text.count("It is line 7 of them,") == 2 and "them,\n" in text


def test_an_open_table_ends_with_its_page_or_at_the_next_heading() -> None:
    assert show("{|\n| a || b\n|-\n| c || d\n== Next ==\nText.").endswith("| c | d |\n\n## Next\n\nText.")
    assert show("{|\n| a || b\n|-\n| c || d").endswith("| c | d |")


@given(
    st.lists(
        st.sampled_from(["{|", "|}", "\n", "\n|", "||", "\n|-", "!", "a", "[[", "]]", "{{", "<nowiki>"]),
        max_size=40,
    )
)
def test_tables_and_what_is_between_are_the_page(parts: list[str]) -> None:
    page = "".join(parts)
    tables, between = cut_tables(page)
    assert "".join(a + b for a, b in zip(between, [*tables, ""], strict=True)) == page
    show(page)
