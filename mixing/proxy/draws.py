"""The text of a mix: sequences of tokens drawn from the sources' streams by the mix's weights."""

import hashlib

import numpy as np


def draw(
    streams: dict[str, np.ndarray],
    mix: np.ndarray,
    number: int,
    length: int,
    seed: int,
    limits: np.ndarray | None = None,
    taken: np.ndarray | None = None,
) -> np.ndarray:
    """`number` sequences of `length` tokens: uint16 (number, length).

    The k-th sequence taken from a source is the same one whatever the mix and the other sources, its place
    is told by the source's own share, and none is taken again before all of its source were: two mixes
    differ by what they hold, and as little as can be by luck. Of each source no more than `limits` tokens
    are read, which ones by the seed. `taken`: how many sequences of each source an earlier phase took, after
    which this one goes on.
    """
    rows = np.empty((number, length), dtype=np.uint16)
    sources = place(share(mix, number))
    for index, (source, stream) in enumerate(streams.items()):
        places = np.flatnonzero(sources == index)
        if len(places) == 0:
            continue
        whole = np.resize(stream, length) if len(stream) < length else stream
        order = np.random.default_rng([seed, _number(source)]).permutation(len(whole) // length)
        if limits is not None:
            order = order[: max(int(limits[index]) // length, 1)]
        first = int(taken[index]) if taken is not None else 0
        starts = order[(first + np.arange(len(places))) % len(order)] * length
        rows[places] = whole[starts[:, None] + np.arange(length)]
    return rows


def share(mix: np.ndarray, number: int) -> np.ndarray:
    """How many of `number` sequences each source gets: its weight's, rounded by largest remainders."""
    wanted = mix * number
    counts: np.ndarray = np.floor(wanted).astype(np.int64)
    lacking = number - counts.sum()
    counts[np.argsort(counts - wanted, kind="stable")[:lacking]] += 1
    return counts


def place(counts: np.ndarray) -> np.ndarray:
    """Which source each sequence comes from: those of a source stand evenly over the whole, (k + 1/2) / n."""
    sources = np.repeat(np.arange(len(counts)), counts)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    times = (np.arange(len(sources)) - firsts + 0.5) / np.repeat(counts, counts)
    return np.asarray(sources[np.lexsort((sources, times))])


def _number(source: str) -> int:
    """A number of a source's name, so that another source beside it changes nothing."""
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "big")
