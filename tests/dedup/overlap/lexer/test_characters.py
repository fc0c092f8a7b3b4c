"""The shipped table is what Python's own Unicode data says, and holds for later versions of it."""

import unicodedata

import numpy as np

from winnow.dedup.overlap.lexer import characters
from winnow.dedup.overlap.lexer import confusables as letters


def test_shipped_table_is_made_from_unicode() -> None:
    shipped, made = letters.load_table(), characters.make_table()
    assert shipped.dtype == made.dtype == np.uint64
    differ = shipped != made
    if unicodedata.unidata_version == "14.0.0":
        assert not differ.any()
    # Unassigned when the table was made, a character separates words: a later Unicode may know it.
    assert not (differ & (shipped >> np.uint64(letters.SHIFT) != letters.SEPARATOR)).any()
