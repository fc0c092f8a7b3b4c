"""The inverted index of eval items: by key the items where it stands, and the word that begins it there."""

import numpy as np
import polars as pl

from winnow.dedup.overlap.keys import GRAM, fill_filter, find_buckets, make_keys
from winnow.dedup.overlap.lexer.words import WORD, Cut

_BITS_PER_KEY = 9
_ENOUGH = 5  # content words of a question above which keys of pairs will do
_COLUMNS = {"key": np.uint64, "item": np.int32, "word_index": np.int32, "weight": np.float32, "own": np.bool_}


def make_postings(
    words: Cut,
    rarity: np.ndarray,
    parts: Cut,
    part_at: np.ndarray,
    runs: pl.DataFrame,
    max_items: int,
) -> dict[str, np.ndarray]:
    """The arrays of an index that its keys order. Keys of more than `max_items` items are left out.

    `words`, `parts`: those of the questions, with their rarity, and of their answers and choices; the parts
    of item i are `part_at[i]` to `part_at[i + 1]`, the answer first. `runs`: see `dedup.overlap.runs`.
    """
    frame = (
        _write_keys(words, rarity, parts, part_at)
        .unique(["key", "item"], keep="first", maintain_order=True)
        .filter(pl.len().over("key") <= max_items)
        .sort("key", "item")
    )
    runs = runs.sort("key", "text", "word")
    key = np.unique(np.concatenate([frame["key"].to_numpy(), runs["key"].to_numpy()]))
    size = 1 << max(16, int(np.ceil(np.log2(max(1, len(key)) * _BITS_PER_KEY))))
    bits = np.zeros(size // 64, np.uint64)
    fill_filter(key, bits)
    return {
        "key": key,
        "bucket": find_buckets(key),
        "offset": _find_bounds(frame["key"].to_numpy(), key),
        **{name: frame[name].to_numpy() for name in ("item", "word_index", "weight")},
        "bits": bits,
        "run_at": _find_bounds(runs["key"].to_numpy(), key),
        "run_text": runs["text"].to_numpy().astype(np.int32),
        "run_word": runs["word"].to_numpy().astype(np.int32),
        "run_bits": runs["bits"].to_numpy().astype(np.float32),
        "total": _sum_weights(frame, len(words.doc) - 1),
    }


def _find_bounds(rows: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Where the sorted rows of each key begin, int32; one more at the end."""
    return np.append(np.searchsorted(rows, key), len(rows)).astype(np.int32)


def _write_keys(words: Cut, rarity: np.ndarray, parts: Cut, part_at: np.ndarray) -> pl.DataFrame:
    """Every key of every item, in order: pairs; of few words also runs, and what runs on into a part."""
    rows: list[list[np.ndarray]] = [[] for _ in _COLUMNS]
    length, part_length = words.end - words.start, parts.end - parts.start
    for item in range(len(words.doc) - 1):
        own = slice(words.doc[item], words.doc[item + 1])
        hashes, kinds, sizes, weight = words.hash[own], words.kind[own], length[own], rarity[own]
        key, first, last, pairs = make_keys(hashes, kinds, sizes)
        if ((kinds == WORD) & (sizes >= 2)).sum() > _ENOUGH:
            key, first, last = key[:pairs], first[:pairs], last[:pairs]
        else:
            more = _write_onward(hashes, kinds, sizes, parts, part_length, part_at[item : item + 2])
            key, first, last = (np.concatenate(both) for both in zip((key, first, last), more, strict=True))
        found = (key, np.full(len(key), item), first, weight[first], last < len(hashes))
        for column, values in zip(rows, found, strict=True):
            column.append(values)
    return pl.DataFrame(
        {
            name: np.concatenate([*row, np.empty(0, kind)]).astype(kind)
            for (name, kind), row in zip(_COLUMNS.items(), rows, strict=True)
        }
    )


def _write_onward(
    hashes: np.ndarray,
    kinds: np.ndarray,
    sizes: np.ndarray,
    parts: Cut,
    lengths: np.ndarray,
    own: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys that begin in a question and end in its answer or in a choice, whichever comes first after it."""
    found = []
    for part in range(own[0], own[1]):
        some = slice(parts.doc[part], min(parts.doc[part + 1], parts.doc[part] + GRAM))
        key, first, last, _ = make_keys(
            np.append(hashes, parts.hash[some]),
            np.append(kinds, parts.kind[some]),
            np.append(sizes, lengths[some]),
        )
        onward = (first < len(hashes)) & (last >= len(hashes))
        found.append((key[onward], first[onward], last[onward]))
    key, first, last = (np.concatenate(column) for column in zip(*found, strict=True))
    return key, first, last


def _sum_weights(frame: pl.DataFrame, items: int) -> np.ndarray:
    """Bits of each item's words; infinite without any.

    What runs on into an answer need not be there, if anything else is.
    """
    inner = frame.filter("own")
    words = pl.concat([inner, frame.join(inner, on="item", how="anti")]).unique(
        ["item", "word_index"], maintain_order=True
    )
    total = np.bincount(words["item"].to_numpy(), words["weight"].to_numpy(), items)
    return np.where(total > 0, total, np.inf).astype(np.float32)
