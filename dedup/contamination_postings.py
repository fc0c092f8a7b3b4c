"""The inverted index of eval items: by key the items where it stands, and the word that begins it there."""

import numpy as np
import polars as pl

from dedup.contamination_keys import keys, prefilter, shelves
from dedup.contamination_words import WORD, Cut

_BITS_PER_KEY = 16
_ENOUGH = 5  # words of a question for which keys of pairs will do
_ANSWER = 40  # words of an answer that are added to a question of fewer
_COLUMNS = {"key": np.uint64, "item": np.int32, "slot": np.int32, "weight": np.float32}


def postings(
    words: Cut,
    rarity: np.ndarray,
    parts: Cut,
    part_at: np.ndarray,
    part_rarity: np.ndarray,
    max_items: int,
) -> dict[str, np.ndarray]:
    """The arrays of an index that its keys order. Keys of more than `max_items` items are left out.

    `words`, `parts`: those of the questions, and of their answers and choices, with their rarity; the parts
    of item i are `part_at[i]` to `part_at[i + 1]`, the answer first.
    """
    frame = (
        _written(words, rarity, parts, part_at, part_rarity)
        .unique(["key", "item"], keep="first", maintain_order=True)
        .filter(pl.len().over("key") <= max_items)
        .sort("key", "item")
    )
    grams = frame.group_by("key", maintain_order=True).agg(pl.len())
    key = grams["key"].to_numpy()
    size = 1 << max(16, int(np.ceil(np.log2(max(1, len(key)) * _BITS_PER_KEY))))
    bits = np.zeros(size // 64, np.uint64)
    prefilter(key, bits)
    return {
        "key": key,
        "shelf": shelves(key),
        "offset": np.concatenate(([0], np.cumsum(grams["len"].to_numpy()))).astype(np.int64),
        **{name: frame[name].to_numpy() for name in ("item", "slot", "weight")},
        "bits": bits,
        "total": _totals(frame, np.diff(words.doc)),
    }


def _written(
    words: Cut, rarity: np.ndarray, parts: Cut, part_at: np.ndarray, part_rarity: np.ndarray
) -> pl.DataFrame:
    """Every key of every item, in order: pairs; of few words, pairs and runs of question and answer."""
    rows: list[list[np.ndarray]] = [[], [], [], []]
    length, part_length = words.end - words.start, parts.end - parts.start
    for item in range(len(words.doc) - 1):
        own = slice(words.doc[item], words.doc[item + 1])
        hashes, kinds, sizes, weight = words.hash[own], words.kind[own], length[own], rarity[own]
        few = ((kinds == WORD) & (sizes >= 2)).sum() <= _ENOUGH
        if few:
            begin = parts.doc[part_at[item]]
            answer = slice(begin, min(parts.doc[part_at[item] + 1], begin + _ANSWER))
            hashes, kinds = np.append(hashes, parts.hash[answer]), np.append(kinds, parts.kind[answer])
            sizes = np.append(sizes, part_length[answer])
            weight = np.append(weight, part_rarity[answer])
        key, first, _, pairs = keys(hashes, kinds, sizes)
        if not few:
            key, first = key[:pairs], first[:pairs]
        for column, values in zip(rows, (key, np.full(len(key), item), first, weight[first]), strict=True):
            column.append(values)
    return pl.DataFrame(
        {
            name: np.concatenate([*row, np.empty(0, kind)]).astype(kind)
            for (name, kind), row in zip(_COLUMNS.items(), rows, strict=True)
        }
    )


def _totals(frame: pl.DataFrame, length: np.ndarray) -> np.ndarray:
    """Bits of each item's slots, of the question's alone where those have keys; infinite without any."""
    asked = length[frame["item"].to_numpy()]
    slots = frame.filter(pl.Series(frame["slot"].to_numpy() < np.maximum(asked, 1)))
    slots = pl.concat([slots, frame.join(slots, on="item", how="anti")]).unique(
        ["item", "slot"], maintain_order=True
    )
    total = np.bincount(slots["item"].to_numpy(), slots["weight"].to_numpy(), len(length))
    return np.where(total > 0, total, np.inf).astype(np.float32)
