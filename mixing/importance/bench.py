"""Documents whose importance is sought, and what models that learn of them are asked."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from winnow.mixing.proxy import ngram, pool, streams, windows
from winnow.mixing.proxy.pool import Pool

ORDER = 5  # of the n-gram models
FAR = 3.0  # standard deviations of a trait: what lies beyond counts as that
LEARN, JUDGE = 0, 1  # halves of the items


class Bench(NamedTuple):
    """Documents, what is known of each, and what models that learn of them are asked."""

    pool: Pool
    strengths: np.ndarray
    vocabulary: int
    traits: np.ndarray  # (documents, traits), standard
    sites: np.ndarray  # int64, of each document
    owners: np.ndarray  # int64: which eval each scored token is of
    halves: np.ndarray  # 0 or 1: which half of the items it is of
    bytes: np.ndarray  # (2, evals): scored bytes of each half

    def score(self, weights: np.ndarray, half: int) -> np.ndarray:
        """Bits per byte of each eval, on half of its items, of a model that read so much of each document."""
        counts = pool.draw(self.pool, weights)
        bits = ngram.measure_bits(counts, np.ones(1), self.strengths, self.vocabulary)
        mine = np.where(self.halves == half, bits, 0.0)
        return np.asarray(np.bincount(self.owners, mine, self.bytes.shape[1]) / self.bytes[half])


def lay_out(
    columns: pl.DataFrame, docs: pl.DataFrame, data: Path, seed: int
) -> tuple[Bench, np.ndarray, list[str]]:
    """The bench, mean and standard deviation of each trait, and the evals' names."""
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    asked, sizes = windows.load(data), np.load(data / "windows-bytes.npy")
    tokenizer = Tokenizer.from_file(str(data / "vocabulary.json"))
    counted = pool.count(streams.encode_slices(docs["text"], tokenizer), asked, facts["vocabulary"], ORDER)
    scored = np.diff(asked.offsets) - asked.answers
    half = np.random.default_rng(seed).permutation(len(asked.evals)) % 2
    evals = len(facts["evals"])
    bytes_ = [np.bincount(asked.evals[half == each], sizes[half == each], evals) for each in (LEARN, JUDGE)]
    if not np.all(bytes_):
        few = [facts["evals"][at] for at in np.flatnonzero(~np.all(bytes_, axis=0))]
        raise ValueError(f"the evals {few} have too few items to be halved")
    owners = np.repeat(asked.evals, scored)
    once = (1 / np.bincount(asked.evals, sizes, evals))[owners] / evals
    some = pool.draw(counted, np.full(docs.height, 0.5))
    strengths = ngram.fit_strengths(some, np.ones(1), once, facts["vocabulary"])
    values = columns.to_numpy().astype(np.float64)
    scales = np.array([np.nanmean(values, axis=0), np.maximum(np.nanstd(values, axis=0), 1e-6)])
    standard = np.nan_to_num((values - scales[0]) / scales[1])
    _, sites = np.unique(docs["site"].to_numpy(), return_inverse=True)
    bench = Bench(
        *(counted, strengths, facts["vocabulary"], np.clip(standard, -FAR, FAR), sites),
        *(owners, np.repeat(half, scored), np.array(bytes_)),
    )
    return bench, scales, list(facts["evals"])
