"""How the bits of scored tokens change with how much of each document an n-gram model has read."""

import numpy as np

from winnow.mixing.proxy.pool import Pool, Table

LEAST = 1e-9  # of a context's count: below it the context was not read


def measure(
    pool: Pool, weights: np.ndarray, strengths: np.ndarray, vocabulary: int, worth: np.ndarray
) -> tuple[float, np.ndarray]:
    """The sum of `worth` * bits over the scored tokens, for a text that holds so much of each document
    (`weights`, 0 or more), and its slope by document. As `mixing.proxy.ngram.measure_bits`, differentiated.
    """
    p = np.full(len(worth), 1.0 / vocabulary)
    read = weights.astype(np.float32)
    passes = []
    for table, (log_a, b) in zip(pool.tables, strengths, strict=True):
        grams, contexts = _draw(pool, table, read)
        seen = contexts > LEAST
        contexts = np.where(seen, contexts, 1.0)
        strength = np.exp(log_a + b * np.log(contexts))
        lower = p[table.tokens]
        mixed = (grams + strength * lower) / (contexts + strength)
        p[table.tokens] = np.where(seen, mixed, lower)
        passes.append((table, grams, contexts, seen, strength, lower, b))
    by_token = -worth / (p * np.log(2))
    slope = np.zeros(len(weights))
    for table, grams, contexts, seen, strength, lower, b in reversed(passes):
        mine = np.where(seen, by_token[table.tokens], 0.0)
        total, bent = contexts + strength, b * strength / contexts
        by_gram = mine / total
        by_context = mine * (bent * lower * total - (grams + strength * lower) * (1 + bent)) / total**2
        by_token[table.tokens] = np.where(seen, mine * strength / total, by_token[table.tokens])
        slope += _gather(pool, table, by_gram, by_context)
    return float(worth @ -np.log2(p)), slope


def _draw(pool: Pool, table: Table, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each scored token, how often its n-gram and its context were read."""
    grams = (table.grams @ read)[table.places].astype(np.float64)
    if table.contexts is None:
        return grams, np.full(len(grams), float(pool.lengths @ read))
    return grams, (table.contexts @ read)[table.before].astype(np.float64)


def _gather(pool: Pool, table: Table, by_gram: np.ndarray, by_context: np.ndarray) -> np.ndarray:
    """Slopes by document, of slopes by what was read."""
    slope = table.grams.T @ np.bincount(table.places, weights=by_gram, minlength=table.grams.shape[0])
    if table.contexts is None:
        return np.asarray(slope + pool.lengths * by_context.sum())
    rows = np.bincount(table.before, weights=by_context, minlength=table.contexts.shape[0])
    return np.asarray(slope + table.contexts.T @ rows)
