"""Words are shared between steps where the texts are the same memory, and never where they are not."""

import sys

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters import c4, fineweb, gopher, repetition
from winnow.kernels import Kernel
from winnow.words.cache import words_of
from winnow.words.split import split


def test_a_filtered_frame_reads_the_words_of_the_whole() -> None:
    docs = pl.DataFrame({"text": [f"a text of more than twelve bytes, number {i}" for i in range(50)]})
    words, _ = words_of(docs["text"])
    kept = docs.with_columns(drop_reason=pl.lit(None)).filter(pl.int_range(pl.len()) % 3 != 0)
    shared, rows = words_of(kept["text"])
    assert shared is words
    assert rows.tolist() == [i for i in range(50) if i % 3]


def test_other_texts_are_split_anew() -> None:
    first, _ = words_of(pl.Series(["the same length as another text"]))
    second, _ = words_of(pl.Series(["the same length as annother tex"]))
    assert first is not second


@given(
    st.lists(st.sampled_from(["", "a", "b c", "long enough to lie apart", "and " * 5]), max_size=8), st.data()
)
def test_rows_always_get_their_own_words(texts: list[str], data: st.DataObject) -> None:
    column = pl.Series("text", texts, dtype=pl.String)
    words_of(column)
    chosen = data.draw(st.lists(st.integers(0, max(0, len(texts) - 1)), max_size=8) if texts else st.just([]))
    part = column.gather(chosen) if texts else column
    words, rows = words_of(part)
    plain = split(part)
    assert len(rows) == len(part)
    for i, row in enumerate(rows):
        own = plain.hash[plain.doc[i] : plain.doc[i + 1]]
        assert words.hash[words.doc[row] : words.doc[row + 1]].tolist() == own.tolist()


def test_no_documents_compile_nothing_anew() -> None:
    """An empty array that numba takes for another type costs a worker a minute of compiling."""
    text = pl.Series(["One line of words.\nAnd another, #2...", "Three"])
    docs = pl.DataFrame({"text": text})
    steps = (gopher.quality, repetition.repetition, c4.lines, c4.document, fineweb.quality)

    def compiled() -> int:
        modules = [module for name, module in list(sys.modules.items()) if name.startswith("winnow.filters.")]
        kernels = [
            value for module in modules for value in vars(module).values() if isinstance(value, Kernel)
        ]
        return sum(len(kernel.compiled.signatures) for kernel in kernels)

    for step in steps:
        step(docs)
    before = compiled()
    for step in steps:
        step(docs.clear())
    assert compiled() == before > 0


def test_a_column_without_rows_or_type_has_no_words():
    for text in (pl.Series([]), pl.Series([None, None])):
        words, rows = words_of(text)
        assert len(words.start) == 0 and len(rows) == len(text)
