"""A tokenizer of one's own, trained on the documents that it will encode."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.mixing.packing.scatter import hash_names
from winnow.mixing.proxy.streams import train_bpe

TELLS = {"files": {"tokenizer": "tokenizer.json"}, "does": {"tokenizer": "train"}}


def train(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    vocabulary: PositiveInt = 50_000,
    special: list[str] = ["<|endoftext|>"],  # noqa: B006 - never changed
    max_bytes: PositiveInt = 1_000_000_000,
    seed: NonNegativeInt = 1,
) -> None:
    """Write `tokenizer.json`: a byte-level BPE of `vocabulary` ids, cut into words as GPT-2's.

    Trained on at most about `max_bytes` of text: where there is more, on documents drawn by a hash of the id
    and `seed`, each source in the share that it has. `special` are the first ids. Every text can be encoded,
    and is what its ids decode to. Another stage names it `tokenizer = "stage:NAME/tokenizer.json"`.

    Errors: ValueError where there is no text, or the vocabulary has no room for 256 bytes and the special
    tokens.
    """
    if vocabulary < 256 + len(special):
        raise ValueError(
            f"vocabulary = {vocabulary} has no room for 256 bytes and {len(special)} special tokens"
        )
    texts = (batch["text"] for file in files for batch in read(file, ["text"]))
    size = sum(int(text.str.len_bytes().sum()) for text in texts)
    if not size:
        raise ValueError("no text to train a tokenizer on; look at what the stages before dropped")
    share = max_bytes / size
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    tokenizer = train_bpe(_draw_texts(files, read, share, seed), vocabulary, special)
    tokenizer.save(str(out / "tokenizer.json"))


def _draw_texts(
    files: Sequence[Path], read: Callable[..., Iterator[pl.DataFrame]], share: float, seed: int
) -> Iterator[str]:
    """Texts of a share of the documents."""
    for docs in (batch for file in files for batch in read(file, ["id", "text"])):
        draws = (hash_names(docs["id"].to_list(), seed) >> np.uint64(11)) / 2.0**53
        yield from docs.filter(pl.Series(draws < share))["text"]
