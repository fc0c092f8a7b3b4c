"""From data to Markdown: what a page, a crawl or a recipe says stands in a card as text, never as markup."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

# Marks of Markdown go behind a backslash, those of HTML become entities; within a word `_` marks nothing.
_MARKS = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*[]|~#$"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# What steers a terminal, turns the direction of writing, is seen by machines alone or half of a character is
# spelt out.
_STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


def escape(value: Any) -> str:
    """A value in a line or a cell that it cannot leave, mark up or steer; white space is single spaces."""
    text = _STEERING.sub(lambda found: ascii(found[0])[1:-1], " ".join(str(value).split()))
    return _EDGE.sub(r"\\_", text.translate(_MARKS))


def draw_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], right: int = 0) -> list[str]:
    """The lines of a table whose cells are escaped; the last `right` columns are aligned to the right."""
    rule = ["---"] * (len(heads) - right) + ["--:"] * right
    head, *cells = [[escape(cell) for cell in row] for row in (heads, *rows)]
    return [f"| {' | '.join(line)} |" for line in (head, rule, *cells)]
