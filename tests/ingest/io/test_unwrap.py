from textwrap import fill

from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io.unwrap import unwrap

WORDS = st.lists(st.text(alphabet="abcdefghij", min_size=1, max_size=9), min_size=1, max_size=120)


@given(paragraphs=st.lists(WORDS, min_size=1, max_size=4))
def test_wrapping_is_undone_and_no_word_is_lost(paragraphs: list[list[str]]) -> None:
    long = ["word"] * 60  # enough lines for the usual width to show
    texts = [" ".join(words) for words in [long, *paragraphs]]
    assert unwrap("\n\n".join(fill(text, 60) for text in texts).splitlines()) == "\n\n".join(texts)


def test_verse_tables_and_signatures_keep_their_lines() -> None:
    prose = fill("It was a long letter, and it took her the whole of the evening to read it. " * 5, 70)
    verse = "Roses are red,\nviolets blue"
    signed = "I am, Madam, your most humble and obedient servant of this great house\n          J. Doe"
    text = unwrap(f"{prose}\n\n{verse}\n\n{signed}".splitlines())
    assert text.split("\n\n")[1:] == [verse, signed]
    assert "\n" not in text.split("\n\n")[0]


def test_nothing_gives_nothing() -> None:
    assert unwrap([]) == unwrap(["", "  "]) == ""
