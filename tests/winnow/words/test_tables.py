"""The shipped tables are what Python's own Unicode data says, and hold for later versions of it."""

import unicodedata

import numpy as np
import pytest

from winnow.words import tables, unicode

# Unassigned when the tables were made: a later Unicode may have given them a meaning.
_NEW = np.array([unicodedata.category(chr(c)) for c in range(unicode.SIZE)]) != "Cn"
_NEW &= (unicode.flags() == unicode.SYMBOL) & (unicode.folds() == np.arange(unicode.SIZE))


@pytest.mark.parametrize("name", ["flags", "folds"])
def test_shipped_tables_are_made_from_unicode(name: str) -> None:
    shipped, made = getattr(unicode, name)(), getattr(tables, name)()
    differ = shipped != made
    if unicodedata.unidata_version == "14.0.0":
        assert not differ.any()
    assert not (differ & ~_NEW).any()
    assert shipped.dtype == made.dtype == np.uint32
