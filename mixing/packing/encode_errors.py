"""Documents that a tokenizer fails on: each costs itself, not the run."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import polars as pl
from tokenizers import Tokenizer

FAILED = {"id": pl.String, "source": pl.String, "characters": pl.Int64, "error": pl.String}


def refuse_other(error: BaseException) -> None:
    """Raise again what is no failure of a tokenizer. A panic of the library is no Exception, so that who asks
    it for ids catches all."""
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | MemoryError):
        raise error


def encode_singly(
    rows: pl.DataFrame, tokenizer: Tokenizer, failed: list[dict[str, Any]]
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """The documents that the tokenizer takes one by one, their ids end to end and how many each has; the
    others go to `failed`."""
    found: list[Any] = []
    takes = []
    for id_, source, text in rows.select("id", "source", "text").iter_rows():
        try:
            found += tokenizer.encode_batch_fast([text], add_special_tokens=False)
            takes.append(True)
        except BaseException as error:
            refuse_other(error)
            takes.append(False)
            said = f"{type(error).__name__}: {error}"
            failed.append({"id": id_, "source": source, "characters": len(text), "error": said})
    return rows.filter(pl.Series(takes, dtype=pl.Boolean)), *flatten(found)


def flatten(encoded: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Ids of what `tokenizers` gives, end to end, and how many each has."""
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    ids = chain.from_iterable(each.ids for each in encoded)
    return np.fromiter(ids, np.uint32, int(lengths.sum())), lengths
