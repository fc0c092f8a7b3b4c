"""Documents that a tokenizer fails on: each costs itself, not the run."""

from typing import Any

import polars as pl
from tokenizers import Tokenizer

FAILED = {"id": pl.String, "source": pl.String, "characters": pl.Int64, "error": pl.String}


def encode_singly(
    rows: pl.DataFrame, tokenizer: Tokenizer, failed: list[dict[str, Any]]
) -> tuple[pl.DataFrame, list[Any]]:
    """The documents that the tokenizer takes one by one, and their encodings; the others go to `failed`."""
    found, takes = [], []
    for id_, source, text in rows.select("id", "source", "text").iter_rows():
        try:
            found += tokenizer.encode_batch_fast([text], add_special_tokens=False)
            takes.append(True)
        except BaseException as error:  # a panic of the library is no Exception
            if isinstance(error, KeyboardInterrupt | MemoryError):
                raise
            takes.append(False)
            said = f"{type(error).__name__}: {error}"
            failed.append({"id": id_, "source": source, "characters": len(text), "error": said})
    return rows.filter(pl.Series(takes, dtype=pl.Boolean)), found
