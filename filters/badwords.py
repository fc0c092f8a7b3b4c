"""C4's list of bad words: pages that hold one of them are dropped.

Raffel et al. 2020 (arXiv:1910.10683), 2.2. The list is the user's; C4's was the "List of Dirty, Naughty,
Obscene or Otherwise Bad Words", which also takes out much that is none of these (Dodge et al. 2021,
arXiv:2104.08758).
"""

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import cache_by_stamp, read_text
from winnow.filters.verdict import judge_by_rules

TELLS = {"measure": "illegal"}

RULES = (("badwords.found", "badwords_count", "max_count"),)


def block(
    docs: Annotated[pl.DataFrame, "text"], *, words: Path, max_count: NonNegativeInt = 0
) -> Annotated[pl.DataFrame, "badwords_count"]:
    """Drop texts in which entries of the list occur more than `max_count` times (`badwords.found`).

    `words` is a file in UTF-8 with one word or phrase a line; blank lines and those that start with `#` do
    not count. An entry stands between characters that are neither letters, digits nor underscores; case does
    not matter. Signal: `badwords_count`; of entries that overlap or stand side by side, one counts.
    """
    found = docs["text"].str.to_lowercase().str.count_matches(_load_pattern(words)).fill_null(0)
    count = found.to_numpy().astype(np.int64)
    signals = {"badwords_count": count}
    return judge_by_rules(docs, signals, RULES, locals())


@cache_by_stamp(4)
def _load_pattern(words: Path) -> str:
    """An expression for all entries, longer ones first."""
    lines = (line.strip().lower() for line in read_text(words).splitlines())
    entries = sorted(
        {line for line in lines if line and not line.startswith("#")}, key=lambda e: (-len(e), e)
    )
    return rf"(?:^|\W)(?:{'|'.join(map(pl.escape_regex, entries))})(?:\W|$)" if entries else "[^\\s\\S]"
