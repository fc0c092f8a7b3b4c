"""The n-gram proxy: interpolated, of expected counts, so that it is exact for any mix without training.

Each source's n-grams are counted once; the counts that a text of the mix has in expectation are their sum,
weighted by how often the mix reads each source. With h the last n - 1 tokens and h' those without the first:

    p_n(x | h) = (c(h x) + s_n(h) p_{n-1}(x | h')) / (c(h) + s_n(h)),    p_0 = 1 / vocabulary
    s_n(h) = a_n c(h)^b_n

and p_{n-1}(x | h') where c(h) is 0. In Witten and Bell's smoothing (1991) s is the number of different
tokens that followed h; it grows as a power of c(h) (Heaps), and the power needs no list of followers,
which expected counts do not have. Measured on the demo's streams, bits per byte of held-out text of the
natural mix, order 4: Dirichlet priors (b = 0) 1.841, powers 1.801, Kneser-Ney trained on 4M tokens 1.841.
"""

from typing import NamedTuple

import numpy as np
import scipy

from winnow.mixing.proxy.windows import Windows, find_scored

CHUNK = 1 << 22  # tokens of a stream that are counted at once
SIEVE = (1 << 22) - 1  # by its last 22 bits a number is passed over before it is looked up
REPEATS = 15.387743  # R_D* of Muennighoff et al. 2023 (arXiv:2305.16264): what repeated tokens are worth
LEAST = 1e-30  # of a context's expected count: its logarithm stays finite


class Counts(NamedTuple):
    """Of one order, a row for each scored token with so much before it: how often each source holds it."""

    tokens: np.ndarray  # int64: which of the scored tokens
    grams: np.ndarray  # float32 (rows, sources): the token with what is before it
    contexts: np.ndarray  # float32 (rows, sources): what is before it


def count(streams: list[np.ndarray], windows: Windows, vocabulary: int, order: int) -> list[Counts]:
    """Of orders 1 to `order`, what the scored tokens of `windows` ask for.

    ValueError where n-grams of that order do not fit into 63 bits.
    """
    if vocabulary**order >= 2**63:
        raise ValueError(f"a vocabulary of {vocabulary} is too large for {order}-grams in 63 bits")
    positions, ages = find_scored(windows)
    tables = []
    for n in range(1, order + 1):
        whole = np.flatnonzero(ages >= n - 1)
        asked = number_grams(windows.tokens, n, vocabulary)[positions[whole] - n + 1]
        lengths = np.array([[len(stream) for stream in streams]], dtype=np.float32)
        contexts = np.repeat(lengths, len(whole), axis=0)
        if n > 1:
            followed = [stream[:-1] for stream in streams]  # so that p sums to 1
            contexts = _count_grams(followed, asked // vocabulary, n - 1, vocabulary)
        tables.append(Counts(whole, _count_grams(streams, asked, n, vocabulary), contexts))
    return tables


def measure_bits(
    counts: list[Counts], exposures: np.ndarray, strengths: np.ndarray, vocabulary: int
) -> np.ndarray:
    """-log2 p of each scored token, for a text that holds source i `exposures[i]` times.

    `strengths` (orders, 2): log a and b of each order.
    """
    p = np.full(len(counts[0].tokens), 1.0 / vocabulary)
    weights = exposures.astype(np.float32)
    for (tokens, grams, contexts), (log_a, b) in zip(counts, strengths, strict=True):
        total = (contexts @ weights).astype(np.float64)
        strength = np.exp(log_a + b * np.log(np.maximum(total, LEAST)))
        mixed = ((grams @ weights) + strength * p[tokens]) / (total + strength)
        p[tokens] = np.where(total > 0, mixed, p[tokens])
    return np.asarray(-np.log2(p))


def fit_strengths(
    counts: list[Counts], exposures: np.ndarray, weights: np.ndarray, vocabulary: int
) -> np.ndarray:
    """The strengths under which the scored tokens, weighted by `weights`, cost the fewest bits.

    Those of the first order have no power: its context is the whole text.
    """
    start = np.array([[0.0, 0.0]] + [[0.0, 0.5]] * (len(counts) - 1))

    def measure(free: np.ndarray) -> float:
        return float(weights @ measure_bits(counts, exposures, _unfold(free), vocabulary))

    found = scipy.optimize.minimize(
        measure,
        np.delete(start.ravel(), 1),
        method="Powell",
        bounds=np.delete(np.tile([[-10.0, 20.0], [0.0, 1.0]], (len(counts), 1)), 1, axis=0),
        options={"maxfev": 1000, "xtol": 0.01, "ftol": 1e-5},
    )
    return _unfold(found.x)


def measure_exposures(
    mixes: np.ndarray, tokens: np.ndarray, lengths: np.ndarray, epochs: np.ndarray
) -> np.ndarray:
    """How often each source's stream counts in `tokens` tokens of each mix: (mixes, sources).

    `epochs` (mixes, sources): how often the run that is asked about reads the source. What it reads again
    counts less: e epochs are worth 1 + R (1 - exp(-(e - 1) / R)), R = 15.4.
    """
    worth = np.where(epochs > 1, 1 + REPEATS * -np.expm1(-(np.maximum(epochs, 1) - 1) / REPEATS), epochs)
    kept = np.divide(worth, epochs, out=np.ones_like(epochs), where=epochs > 0)
    return np.asarray(mixes * tokens / np.maximum(lengths, 1) * kept)


def _unfold(free: np.ndarray) -> np.ndarray:
    return np.insert(free, 1, 0.0).reshape(-1, 2)


def _count_grams(streams: list[np.ndarray], asked: np.ndarray, n: int, vocabulary: int) -> np.ndarray:
    """How often each n-gram asked for comes in each stream."""
    wanted, places = np.unique(asked, return_inverse=True)
    found = np.zeros((len(wanted), len(streams)), dtype=np.float32)
    sieve = np.zeros(SIEVE + 1, dtype=bool)
    sieve[wanted & SIEVE] = True
    for column, stream in enumerate(streams):
        for first in range(0, len(stream), CHUNK):
            grams = number_grams(stream[first : first + CHUNK + n - 1], n, vocabulary)
            grams = grams[sieve[grams & SIEVE]]
            place = np.minimum(np.searchsorted(wanted, grams), max(len(wanted) - 1, 0))
            known = place[wanted[place] == grams]
            found[:, column] += np.bincount(known, minlength=len(wanted))
    return found[places]


def number_grams(tokens: np.ndarray, n: int, vocabulary: int) -> np.ndarray:
    """Every n-gram as one number; the token sought stands last."""
    length = max(len(tokens) - n + 1, 0)
    grams = np.zeros(length, dtype=np.int64)
    for j in range(n):
        grams *= vocabulary
        grams += tokens[j : j + length]
    return grams
