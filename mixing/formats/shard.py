"""What the forms are made of: one shard's samples in the order of training."""

from typing import Any, NamedTuple

import numpy as np
import polars as pl


class Shard(NamedTuple):
    """Ids of all samples end to end; `ends` of samples and `borders`, ends of documents, among them, padding
    included; `documents` names each piece (`id`, `source`, `begin`, `end`); `size` is the vocabulary's."""

    name: str
    ids: np.ndarray
    ends: np.ndarray
    borders: np.ndarray
    documents: pl.DataFrame
    size: int
    tokenizer: str

    @property
    def window(self) -> int | None:
        """The length of all samples, where they have one."""
        lengths = np.diff(self.ends, prepend=0)
        return int(lengths[0]) if len(lengths) and (lengths == lengths[0]).all() else None

    @property
    def begins(self) -> np.ndarray:
        """Where each sample begins."""
        return np.concatenate([[0], self.ends[:-1]]).astype(np.int64)

    def borders_of(self, sample: int) -> np.ndarray:
        """Where documents end within a sample (uint32)."""
        begin, end = int(self.begins[sample]), int(self.ends[sample])
        first, last = np.searchsorted(self.borders, [begin, end], side="right")
        return (self.borders[first:last] - begin).astype(np.uint32)


Info = dict[str, Any]


def dtype_of(info: Info) -> np.dtype[Any]:
    """The ids' type, little-endian, as `mixing.tokens.encoder:encode` chose it."""
    return np.dtype("<u2" if info["dtype"] == "uint16" else "<u4")
