"""How far two readings of one line agree."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

# What NFKD leaves whole, and what print does not tell apart for sure.
PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ß": "ss", "æ": "ae", "œ": "oe", "\u0131": "l"}
)
ALIKE = str.maketrans("1i|!0", "llllo")


def compare(layer: str, reading: str) -> float:
    """1 where letters and digits are the same, 0 where none is: edits over the longer one's length.

    Case and accents do not count, nor what print hardly tells apart (1, l and i). A right-to-left line may
    stand in either order. Where the layer has hardly a letter its other signs count too.
    """
    a, b = pick(layer), pick(reading)
    solid = "".join(layer.split())
    if len(a) < 0.5 * len(solid):
        a, b = solid.lower(), "".join(reading.split()).lower()
    longer = max(len(a), len(b))
    if not longer:
        return 0.0
    best = 1 - count_edits(a, b) / longer
    if any("\u0590" <= letter <= "\u08ff" for letter in a):
        best = max(best, 1 - count_edits(a, b[::-1]) / longer)
    return best


def pick(text: str) -> str:
    """Letters and digits, small, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower()).translate(PLAIN).translate(ALIKE)
    return "".join(letter for letter in plain if letter.isalnum())


def find_lost(lines: Sequence[tuple[str, str]]) -> tuple[int, float]:
    """Signs of the layer that are never read as they stand there: how many, their share of what can be told.

    A map that is broken for capitals or digits alone leaves most of a line right, and is wrong each time.
    Told are digits and the plain letters of English and Russian, in lines of one script.
    """
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for layer, reading in lines:
        a, b = (unicodedata.normalize("NFKD", side).translate(ALIKE) for side in (layer, reading))
        latin = sum(c.isascii() and c.isalpha() for c in a) > 0.5 * sum(c.isalpha() for c in a)
        total.update(c for c in a if _is_told(c, latin))
        for start, _, length in SequenceMatcher(
            None, a.lower(), b.lower(), autojunk=False
        ).get_matching_blocks():
            right.update(c for c in a[start : start + length] if _is_told(c, latin))
    lost = [c for c in total if not right[c]]
    return len(lost), sum(total[c] for c in lost) / max(sum(total.values()), 1)


def _is_told(letter: str, latin: bool) -> bool:
    if letter.isdigit():
        return letter.isascii()
    return letter.isalpha() and (letter.isascii() if latin else "\u0410" <= letter <= "\u044f")


def count_edits(a: str, b: str) -> int:
    """Levenshtein's distance, a column at a time in the bits of one number (Myers 1999; Hyyrö 2003)."""
    if not a or not b:
        return len(a) + len(b)
    places: dict[str, int] = {}
    for index, letter in enumerate(a):
        places[letter] = places.get(letter, 0) | 1 << index
    full, last = (1 << len(a)) - 1, 1 << len(a) - 1
    up, down, edits = full, 0, len(a)
    for letter in b:
        match = places.get(letter, 0)
        diagonal = (((match & up) + up) ^ up) | match | down
        right, left = down | ~(diagonal | up) & full, up & diagonal
        edits += bool(right & last) - bool(left & last)
        right, left = right << 1 | 1, left << 1
        up, down = (left | ~(diagonal | right)) & full, right & diagonal & full
    return edits
