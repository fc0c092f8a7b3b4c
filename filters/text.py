"""Whether there is a text at all."""

from typing import Annotated

import numpy as np
import polars as pl

from winnow.filters.verdict import judge
from winnow.words.cache import words_of


def nonempty(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, "text_word_count"]:
    """Drop documents without a single word (`text.empty`). Signal: `text_word_count`, without punctuation."""
    words, rows = words_of(docs["text"], marks=False)
    before = np.concatenate(([0], np.cumsum(words.kind != 0)))[words.doc]
    count = np.diff(before)[rows]
    return judge(docs, {"text_word_count": count}, [(count == 0, "text.empty")])
