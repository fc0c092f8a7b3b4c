"""Make the table of `dedup.overlap.lexer.confusables` from `unicodedata`.

By hand: `python -m winnow.dedup.overlap.lexer.characters`. Made with Unicode 14.0, that of Python 3.11, the
oldest that is supported.
"""

import functools
import re
import unicodedata
from pathlib import Path

import numpy as np

from winnow.dedup.overlap.lexer.confusables import (
    APOSTROPHE,
    DIGIT,
    FILE,
    HYPHEN,
    IDEOGRAPH,
    LETTER,
    SEPARATOR,
    SHIFT,
    SIZE,
    SKIP,
)

SOFT = "\u00ad"  # a hyphen that shows at the end of a line only
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\ufeff\uffa0"
_APOSTROPHES = "'\u2019\u2018\u201b\u02bc\u02b9\u2032\u0060\u00b4\uff07\u05f3"
_HYPHENS = "-\u2010\u2011\u00ad"
# Letters that Unicode does not take apart: of small capitals, with a stroke, in squares.
_NAMED = re.compile(
    r"LATIN (?:SMALL|CAPITAL) LETTER (?:DOTLESS )?([A-Z])(?: WITH .*)?$|"
    r"(?:LETTER SMALL CAPITAL|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])$|"
    r"NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])$"
)
# Scripts without spaces: each letter is a word, as in `winnow.words.split`.
_ALONE = (
    *((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF)),
    (0xF900, 0xFAFF),
)


@functools.cache
def read_lookalikes() -> dict[str, str]:
    """Letter -> the small Latin letter that it looks like."""
    found: dict[str, str] = {}
    latin = ""
    for line in Path(__file__).with_name("lookalikes.txt").read_text("utf-8").splitlines():
        for word in line.split() if not line.startswith("#") else ():
            if word.isascii():
                latin = word.lower()
            else:
                found |= {letter: latin for letter in word if not letter.isascii()}
    return found


def make_table() -> np.ndarray:
    """See `dedup.overlap.lexer.confusables.load_table`; from the Unicode tables of this Python."""
    out = np.zeros(SIZE, np.uint64)
    known = read_lookalikes()
    for point in range(SIZE):
        kind, shown = _read_character(chr(point), known)
        packed = sum(ord(c) << 20 * k for k, c in enumerate(shown[:3]))
        out[point] = kind << SHIFT | packed
    return out


def _read_character(character: str, known: dict[str, str]) -> tuple[int, str]:
    if character in _HYPHENS:
        return HYPHEN, "" if character != SOFT else SOFT
    if character in _APOSTROPHES:
        return APOSTROPHE, ""
    category = unicodedata.category(character)
    if character in _INVISIBLE or category in ("Mn", "Me", "Cf") or 0xFE00 <= ord(character) <= 0xFE0F:
        return SKIP, ""
    if category[0] not in "LNMS":
        return SEPARATOR, ""
    if any(a <= ord(character) <= b for a, b in _ALONE):
        return (IDEOGRAPH, character) if category[0] == "L" else (SKIP, "") if category[0] == "M" else (0, "")
    if found := _NAMED.search(unicodedata.name(character, "")):
        return LETTER, next(filter(None, found.groups())).lower()
    shown = "".join(_fold(c, known) for c in unicodedata.normalize("NFKD", character))
    if not shown or (category[0] == "S" and character not in known and not shown.isalpha()):
        return SEPARATOR, ""
    if all(unicodedata.decimal(c, None) is not None for c in shown):
        return DIGIT, "".join(str(unicodedata.decimal(c)) for c in shown)
    return LETTER, shown


def _fold(character: str, known: dict[str, str]) -> str:
    """What one of the parts of a character looks like, in lower case."""
    folded = known.get(character, character).casefold()
    return "".join(known.get(c, c) for c in unicodedata.normalize("NFKD", folded) if c.isalnum())


if __name__ == "__main__":
    made = make_table()
    kind = made >> np.uint64(SHIFT)
    # Differences compress better than characters.
    own = np.arange(SIZE, dtype=np.uint64) * (kind > SEPARATOR)
    shown = (made & np.uint64((1 << SHIFT) - 1)) - own
    np.savez_compressed(FILE, kind=kind.astype(np.uint8), shown=shown)
