"""One form of a letter for all that a text may write it in: without its accent, and of plain width where it
is wide or in a ligature. What does not show inside a word is no part of it.

NFC and NFD of a text are so the same terms, as they are where accents were lost on the way.
"""

from __future__ import annotations

import functools
import unicodedata

import numpy as np

from winnow.kernels import U32, Bool, kernel
from winnow.words import unicode

_TAKEN_APART = ((0xA0, 0x3100), (0xFF01, 0xFFE0))  # where letters with accents or of other widths stand
_FIRST_LIGATURE, _LAST_LIGATURE = 0xFB00, 0xFB06
LETTERS = np.array(
    [[*map(ord, text), 0][:3] for text in ("ff", "fi", "fl", "ffi", "ffl", "st", "st")], dtype=np.uint32
)
"""The letters of each Latin ligature, by its place; 0 for none."""


@functools.cache
def make_folds() -> U32:
    """What each code point is compared as: `winnow.words.unicode.folds` of the letter without its accents.

    By how Unicode takes characters apart, which never changes for one that there is.
    """
    folds = unicode.folds().copy()
    for first, last in _TAKEN_APART:
        for point in range(first, last):
            taken = [c for c in unicodedata.normalize("NFKD", chr(point)) if not "\u0300" <= c <= "\u036f"]
            taken = [c for c in taken if c not in "\u3099\u309a"]
            if len(taken) == 1 and taken[0].isalnum():
                folds[point] = unicode.folds()[ord(taken[0])]
    return folds


@kernel(inlined=True)
def is_accent(point: np.uint32) -> Bool:
    """Whether a code point is a mark over, under or through the letter before it, as Latin, Greek, Cyrillic
    and Japanese have them."""
    return 0x300 <= point <= 0x36F or point == 0x3099 or point == 0x309A


@kernel(inlined=True)
def is_hidden(point: np.uint32) -> Bool:
    """Whether a code point shows nothing inside a word: of no width, or a hyphen where a line may end."""
    return 0x200B <= point <= 0x200D or point == 0x2060 or point == 0xAD or point == 0xFEFF


@kernel(inlined=True)
def spell(point: np.uint32, folds: U32) -> tuple[np.uint32, np.uint32, np.uint32]:
    """What a letter is compared as: itself, or those of a ligature or of a Korean syllable; 0 for none."""
    none = np.uint32(0)
    if _FIRST_LIGATURE <= point <= _LAST_LIGATURE:
        row = np.int64(point) - _FIRST_LIGATURE
        return LETTERS[row, 0], LETTERS[row, 1], LETTERS[row, 2]
    if 0xAC00 <= point <= 0xD7A3:  # how these are taken apart is arithmetic (The Unicode Standard, 3.12)
        syllable = point - np.uint32(0xAC00)
        last = syllable % np.uint32(28)
        first, middle = syllable // np.uint32(588), syllable % np.uint32(588) // np.uint32(28)
        end = np.uint32(0x11A7) + last if last else none
        return np.uint32(0x1100) + first, np.uint32(0x1161) + middle, end
    return folds[point] if point < len(folds) else point, none, none
