"""The n-gram proxy: counts per source, added up by the mix.

The model is a hierarchical Dirichlet mixture (MacKay and Peto 1995): with h the last n - 1 tokens and
h' the same without its first,

    p_n(x | h) = (c(h x) + a p_{n-1}(x | h')) / (c(h) + a),    p_0 = 1 / vocabulary.

It knows the training text only through counts, and counts are linear in the text. So a mix needs no
training run: each source's counts, times how often the mix repeats that source, added up. Where those
numbers are whole this is exactly the model trained on a text that repeats each source so often (but for
the n-grams across the seams between sources); in between it is the same formula on fractional counts.
Nothing is drawn at random, so two mixes differ by what they hold and not by luck.

Only the n-grams that the windows ask for are counted: c(h x) and c(h) for each scored token.
"""

import numpy as np

from mixing.windows import Windows, scored

ORDER = 4
CONCENTRATION = 5.0  # a


def counts(stream: np.ndarray, windows: Windows, vocabulary: int) -> np.ndarray:
    """How often `stream` holds each n-gram asked for: int32 (order, scored token, [c(h), c(h x)]).

    An n-gram that would begin before its window counts 0.
    """
    if vocabulary**ORDER >= 2**63:
        raise ValueError(f"a vocabulary of {vocabulary} is too large for {ORDER}-gram keys of 63 bits")
    positions, ages = scored(windows)
    found = np.zeros((ORDER, len(positions), 2), dtype=np.int32)
    text, asked = stream.astype(np.int64), windows.tokens.astype(np.int64)
    for n in range(1, ORDER + 1):
        whole = ages >= n - 1
        wanted = _keys(asked, n, vocabulary)[positions[whole] - n + 1]
        held = _keys(text, n, vocabulary)
        found[n - 1, whole, 0] = _occurrences(wanted // vocabulary, held // vocabulary)
        found[n - 1, whole, 1] = _occurrences(wanted, held)
    return found


def bits(found: np.ndarray, repeats: np.ndarray, vocabulary: int) -> np.ndarray:
    """-log2 p of each scored token; `found` is (source, order, token, 2), `repeats` one number a source."""
    p = np.full(found.shape[2], 1.0 / vocabulary)
    for n in range(found.shape[1]):
        total = np.zeros((found.shape[2], 2))
        for source, times in enumerate(repeats):
            total += times * found[source, n]
        p = (total[:, 1] + CONCENTRATION * p) / (total[:, 0] + CONCENTRATION)
    return -np.log2(p)


def _keys(tokens: np.ndarray, n: int, vocabulary: int) -> np.ndarray:
    """Each n-gram as one number; the token sought stands last, so key // vocabulary is its context."""
    length = max(len(tokens) - n + 1, 0)
    keys = np.zeros(length, dtype=np.int64)
    for j in range(n):
        keys = keys * vocabulary + tokens[j : j + length]
    return keys


def _occurrences(wanted: np.ndarray, held: np.ndarray) -> np.ndarray:
    distinct, inverse = np.unique(wanted, return_inverse=True)
    if len(distinct) == 0:
        return np.zeros(0, dtype=np.int32)
    place = np.searchsorted(distinct, held)
    place[place == len(distinct)] = 0
    hits = place[distinct[place] == held]
    return np.bincount(hits, minlength=len(distinct))[inverse].astype(np.int32)
