"""What each character is to a reader: the letter it looks like, a digit, invisible, or what separates words.

A character stands for up to three others, so that ligatures and disguises are read as what they show:
`ﬁ` is `fi`, a Cyrillic es is `c`, a mathematical bold `A` is `a`, an `é` is `e`. The table is shipped
(`dedup.overlap.lexer.characters` makes it), so that every Python reads alike, whatever Unicode it knows.
"""

import functools
import html.entities
from pathlib import Path

import numpy as np

from winnow.kernels import U64

SIZE = 0x20000  # beyond are ideographs, and what is invisible
SEPARATOR, LETTER, DIGIT, SKIP, IDEOGRAPH, APOSTROPHE, HYPHEN = range(7)
SHIFT = 60  # of the class; below are three characters of 20 bits, the first the lowest
FILE = Path(__file__).with_name("characters.npz")


@functools.cache
def load_table() -> U64:
    """Class and characters of every code point below `SIZE`, uint64."""
    with np.load(FILE) as file:
        shown = file["shown"] + np.arange(SIZE, dtype=np.uint64) * (file["kind"] > SEPARATOR)
        table: U64 = shown | file["kind"].astype(np.uint64) << np.uint64(SHIFT)
        return table


def list_entities() -> tuple[list[str], list[int]]:
    """Names of HTML's characters, and what they are."""
    known = html.entities.name2codepoint | {"apos": 0x27}
    return list(known), list(known.values())
