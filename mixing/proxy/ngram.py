"""The n-gram proxy: interpolated Kneser-Ney, trained on a text of the mix (seconds for a million tokens).

Chen and Goodman 1999, with one discount. With h the last n - 1 tokens and h' the same without its first:

    p_n(x | h) = (max(c(h x) - D, 0) + D * types(h) * p_{n-1}(x | h')) / c(h),    p_0 = 1 / vocabulary

and p_{n-1}(x | h') where c(h) is 0. In the highest order c counts occurrences; below it counts the
different tokens that came before the n-gram. n-grams do not cross the sequences that the text consists of.
"""

from typing import NamedTuple

import numpy as np

from mixing.proxy.windows import Windows, find_scored

ORDER = 4
DISCOUNT = 0.75


class Table(NamedTuple):
    """n-grams as numbers, sorted, so that those of one context (number // vocabulary) stand together."""

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray  # of each context: the sum of its counts
    types: np.ndarray  # and how many tokens followed it


def train(rows: np.ndarray, vocabulary: int) -> list[Table]:
    """The tables of orders 1 to 4, from `rows` of tokens (number, length)."""
    if vocabulary**ORDER >= 2**63:
        raise ValueError(f"a vocabulary of {vocabulary} is too large for {ORDER}-grams in 63 bits")
    grams, counts = np.unique(_number_grams(rows, ORDER, vocabulary), return_counts=True)
    tables = [_make_table(grams, counts, vocabulary)]
    for n in range(ORDER - 1, 0, -1):
        longer = np.unique(_number_grams(rows, n + 1, vocabulary))
        tables.append(_make_table(*np.unique(longer % vocabulary**n, return_counts=True), vocabulary))
    return tables[::-1]


def measure_bits(tables: list[Table], windows: Windows, vocabulary: int) -> np.ndarray:
    """-log2 p of each scored token; near a window's start of the orders that fit."""
    positions, ages = find_scored(windows)
    p = np.full(len(positions), 1.0 / vocabulary)
    for n, table in enumerate(tables, start=1):
        grams = _number_grams(windows.tokens[None], n, vocabulary)
        whole = np.flatnonzero(ages >= n - 1)
        asked = grams[positions[whole] - n + 1]
        where, known = _find(table.contexts, asked // vocabulary)
        whole, asked, where = whole[known], asked[known], where[known]
        place, seen = _find(table.grams, asked)
        kept = np.where(seen, table.counts[place] - DISCOUNT, 0.0)
        p[whole] = (kept + DISCOUNT * table.types[where] * p[whole]) / table.totals[where]
    found: np.ndarray = -np.log2(p)
    return found


def _make_table(grams: np.ndarray, counts: np.ndarray, vocabulary: int) -> Table:
    contexts, starts = np.unique(grams // vocabulary, return_index=True)
    totals = np.add.reduceat(counts, starts) if len(counts) else counts
    return Table(grams, counts, contexts, totals, np.diff(np.append(starts, len(grams))))


def _number_grams(rows: np.ndarray, n: int, vocabulary: int) -> np.ndarray:
    """Every n-gram of every row as one number; the token sought stands last."""
    length = max(rows.shape[1] - n + 1, 0)
    grams = np.zeros((len(rows), length), dtype=np.int64)
    for j in range(n):
        grams = grams * vocabulary + rows[:, j : j + length]
    return grams.ravel()


def _find(sorted_: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each number stands (0 where it does not), and whether it does."""
    if len(sorted_) == 0:
        return np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=bool)
    place = np.searchsorted(sorted_, asked)
    place[place == len(sorted_)] = 0
    return place, sorted_[place] == asked
