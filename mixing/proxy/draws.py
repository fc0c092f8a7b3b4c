"""The text of a mix: sequences of tokens drawn from the sources' streams by the mix's weights."""

import numpy as np


def draw(streams: list[np.ndarray], mix: np.ndarray, number: int, length: int, seed: int) -> np.ndarray:
    """`number` sequences of `length` tokens: uint16 (number, length).

    The k-th sequence taken from a source is the same one whatever the mix, and none is taken again before
    all of its source were: two mixes differ by what they hold, and as little as can be by luck.
    """
    orders = [
        np.random.default_rng([seed, source]).permutation(max(len(stream) // length, 1))
        for source, stream in enumerate(streams)
    ]
    read = [0] * len(streams)
    rows = np.empty((number, length), dtype=np.uint16)
    for row, source in zip(rows, take(mix, number), strict=True):
        order = orders[source]
        start = order[read[source] % len(order)] * length
        row[:] = np.resize(streams[source][start : start + length], length)
        read[source] += 1
    return rows


def take(mix: np.ndarray, number: int) -> np.ndarray:
    """Which source each of `number` sequences comes from: always the one most behind its share."""
    taken = np.zeros(len(mix))
    sources = np.empty(number, dtype=np.int64)
    for i in range(number):
        sources[i] = np.argmax(mix * (i + 1) - taken)
        taken[sources[i]] += 1
    return sources
