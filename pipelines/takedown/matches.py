"""Whether a string says something of a document that goes: its id, its address, a stretch of its text."""

import re
from collections.abc import Callable

import polars as pl

from winnow.pipelines.engine.ledger import takedowns

WORDS, LEAST = 12, 4
"""A text is looked at in pieces of so many words; so many runs of five words, and half of a piece's, must be
of a document that goes: whoever quotes 16 words in a row is found."""
_ID = re.compile(r"[0-9a-f]{32}")
_URL = re.compile(r"[a-z][a-z0-9+.-]*:/{1,2}[^\s\"'<>\\)]+", re.I)


def make(ids: set[str], urls: set[str], texts: pl.DataFrame) -> Callable[[list[str]], list[bool]]:
    """A function that says so of strings. `texts` has `id` and `text`."""
    rows = takedowns.resolve_part("marks", "make_rows")(texts, ())
    marks = takedowns.resolve_part("marks", "arrange")(rows)
    count = takedowns.resolve_part("marks", "count_shared")

    def tell(strings: list[str]) -> list[bool]:
        found = [_names(one, ids, urls) for one in strings]
        pieces = [(n, piece) for n, one in enumerate(strings) for piece in _cut(one)]
        if pieces and len(marks.sizes):
            shared = count(pl.Series([piece for _, piece in pieces]), marks)
            own = pl.col("shared")
            for row in shared.filter((own >= LEAST) & (2 * own >= pl.col("own")))["row"].unique():
                found[pieces[row][0]] = True
        return found

    return tell


def _names(text: str, ids: set[str], urls: set[str]) -> bool:
    return (
        text in urls
        or any(one in ids for one in _ID.findall(text))
        or any(one in urls or one.rstrip(".,;:&") in urls for one in _URL.findall(text))
    )


def _cut(text: str) -> list[str]:
    """Pieces of a text; the last one takes what is left, of at least half as many words."""
    words = text.split()
    starts = list(range(0, max(len(words) - WORDS // 2, 1), WORDS))
    return [" ".join(words[a:b]) for a, b in zip(starts, [*starts[1:], len(words)], strict=True)]
