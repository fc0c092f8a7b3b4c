"""Proxies of settings: the documents and items that they go by, and what each of them scores."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from winnow.mixing.proxy import ngram, pool, streams, windows
from winnow.mixing.proxy.pool import Pool
from winnow.mixing.proxy.windows import Windows
from winnow.mixing.tuning import draws
from winnow.mixing.tuning.rounds import Setting
from winnow.mixing.tuning.scored import Scored, digest

MOST_ORDERS = 4  # in which a block is learned from, where it has less text than was asked for


class Texts(NamedTuple):
    """Documents: their tokens, their blocks, their places in the orders in which they may be learned from,
    and which of them break what (`columns`: where a name stands in `broken`)."""

    tokens: list[np.ndarray]
    lengths: np.ndarray
    blocks: np.ndarray
    ranks: np.ndarray
    columns: dict[str, int]
    broken: np.ndarray

    def keeps(self, setting: Setting) -> np.ndarray:
        """Which documents break none of the rules as they are set."""
        chosen = [self.columns[name] for name in setting if name is not None]
        return np.asarray(~np.asarray(self.broken[:, chosen].any(axis=1)))

    def measure(self, setting: Setting) -> int:
        """Tokens that are kept."""
        return int(self.lengths[self.keeps(setting)].sum())

    def find_least(self, setting: Setting) -> int:
        """Tokens that are kept of the block of which least is."""
        kept = np.where(self.keeps(setting), self.lengths, 0)
        return int(np.bincount(self.blocks, weights=kept).min())


class Asked(NamedTuple):
    """Items of one half: windows, the bytes of each, names of the evals, and a digest of all that."""

    windows: Windows
    sizes: np.ndarray
    evals: list[str]
    vocabulary: int
    order: int
    digest: str


class EvalSet(NamedTuple):
    """What proxies of one half of the items are scored on: `tokens` of each block, in `orders` orders;
    `pools` are the blocks that were counted."""

    texts: Texts
    asked: Asked
    tokens: int
    orders: int
    scored: Scored
    pools: dict[int, Pool]


def read_texts(
    files: Sequence[Path],
    read: Callable[..., Iterator[pl.DataFrame]],
    data: Path,
    drops: Path,
    base: Setting,
    blocks: int,
) -> Texts:
    """The documents, dealt into blocks. ValueError where there are none, or one has no row in `drops`."""
    tokenizer = Tokenizer.from_file(str(data / "vocabulary.json"))
    keys, encoded = [], []
    for file in files:
        for batch in read(file, ["key", "text"]):
            keys.append(batch["key"])
            encoded += streams.encode_slices(batch["text"], tokenizer)
    if not encoded:
        raise ValueError("no text to learn from")
    key = pl.concat(keys)
    known = pl.read_parquet(drops, glob=False)
    table = pl.DataFrame({"key": key}).join(known, on="key", how="left", maintain_order="left").drop("key")
    if any(table.null_count().row(0)):
        raise ValueError(f"{drops} lacks documents that there are")
    columns = {name: i for i, name in enumerate(table.columns)}
    lengths = np.array([len(one) + 1 for one in encoded], dtype=np.int64)
    ranks = draws.rank(key, MOST_ORDERS)
    texts = Texts(encoded, lengths, lengths, ranks, columns, table.to_numpy().astype(bool))
    return texts._replace(blocks=draws.deal(key, lengths, texts.keeps(base), blocks))


def read_asked(data: Path, half: str, order: int) -> Asked:
    """The items whose evals' names begin with `half`, in the folder of `mixing.proxies:prepare`."""
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    whole, sizes = windows.load(data), np.load(data / "windows-bytes.npy")
    names = [name for name in facts["evals"] if name.startswith(half)]
    if not names:
        raise ValueError(f"no eval has items named {half!r}")
    numbers = {facts["evals"].index(name): number for number, name in enumerate(names)}
    mine = np.isin(whole.evals, list(numbers))
    spans = np.diff(whole.offsets)
    part = Windows(
        whole.tokens[np.repeat(mine, spans)],
        np.concatenate([[0], np.cumsum(spans[mine])]),
        whole.answers[mine],
        np.array([numbers[number] for number in whole.evals[mine]], dtype=np.int64),
    )
    mark = digest(*part, sizes[mine], f"{facts['vocabulary']} {order}")
    evals = [name.removeprefix(half) for name in names]
    return Asked(part, sizes[mine], evals, facts["vocabulary"], order, mark)


def fit(bench: EvalSet, setting: Setting) -> np.ndarray:
    """The smoothing that is best for a setting on the first block, all evals alike."""
    weights = _weigh(bench, setting, 0, 0)
    key = digest("strengths", _digest(bench, 0, weights))
    if (known := bench.scored.find(key)) is None:
        asked = bench.asked.windows
        totals = np.bincount(asked.evals, weights=bench.asked.sizes)
        shares = np.repeat(1 / totals[asked.evals], np.diff(asked.offsets) - asked.answers)
        counts = pool.draw(_find_pool(bench, 0), weights)
        known = ngram.fit_strengths(counts, np.ones(1), shares, bench.asked.vocabulary).ravel()
        bench.scored.add(key, known)
    return known.reshape(-1, 2)


def score(bench: EvalSet, strengths: np.ndarray, setting: Setting, block: int) -> np.ndarray:
    """Bits per byte of each eval under proxies of a setting, mean over the orders; what was scored is not
    scored again."""
    found = [_score_order(bench, strengths, setting, block, order) for order in range(bench.orders)]
    return np.asarray(np.mean(found, axis=0))


def _score_order(
    bench: EvalSet, strengths: np.ndarray, setting: Setting, block: int, order: int
) -> np.ndarray:
    weights = _weigh(bench, setting, block, order)
    key = digest(strengths, _digest(bench, block, weights))
    if (known := bench.scored.find(key)) is None:
        counts = pool.draw(_find_pool(bench, block), weights)
        bits = ngram.measure_bits(counts, np.ones(1), strengths, bench.asked.vocabulary)
        asked = bench.asked.windows
        sums: list[Any] = [windows.sum_windows(asked, bits), bench.asked.sizes]
        bits, sizes = (np.bincount(asked.evals, weights=each) for each in sums)
        known = bits / sizes
        bench.scored.add(key, known)
    return known


def _weigh(bench: EvalSet, setting: Setting, block: int, order: int) -> np.ndarray:
    texts = bench.texts
    mine = texts.blocks == block
    return draws.weigh(
        texts.lengths[mine], texts.keeps(setting)[mine], texts.ranks[order][mine], bench.tokens
    )


def _find_pool(bench: EvalSet, block: int) -> Pool:
    if block not in bench.pools:
        docs = [bench.texts.tokens[i] for i in np.flatnonzero(bench.texts.blocks == block)]
        asked = bench.asked
        bench.pools[block] = pool.count(docs, asked.windows, asked.vocabulary, asked.order)
    return bench.pools[block]


def _digest(bench: EvalSet, block: int, weights: np.ndarray) -> str:
    """Of all that the counts of a proxy hang on: the items, and what is learned of which tokens."""
    numbers = np.flatnonzero(bench.texts.blocks == block)
    learned = [
        part
        for i, weight in zip(numbers, weights, strict=True)
        if weight > 0
        for part in (bench.texts.tokens[i], np.float64(weight).tobytes())
    ]
    return digest(bench.asked.digest, *learned)
