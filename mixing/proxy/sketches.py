"""What text the proxies learn and are asked, so that a later run can tell how far a source has moved.

A sketch is a table of how often each pair of bytes comes, hashed to BUCKETS: it knows no vocabulary. Pairs,
because of what a sample has they tell most by its size: of 1.5 MB each, code, papers and an encyclopedia are
.34 to .42 apart (total variation), and halves of one .06 to .08. Of three bytes it is .35 to .45 and .09 to
.11, of four .29 to .39 and .08 to .11, of words .37 to .40 and .14 to .18. Of all 65,536 pairs it is .36 to
.43 and .06 to .09: 4,096 buckets lose next to nothing.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from winnow.files import write_json

BUCKETS = 4096
SPREAD = 0x9E3779B1  # 2^32 over the golden ratio (Knuth's multiplicative hashing)
TABLE, PRINTS = "sketches.npy", "prints.json"


class CorpusFingerprint(NamedTuple):
    """Of a prepared folder: digests by source and by eval, the sketches, how text is cut and asked."""

    sources: dict[str, str]
    evals: dict[str, str]
    sketches: np.ndarray  # uint32 (sources, 2, BUCKETS): of each source's two halves
    reading: dict[str, Any]


def sketch(texts: Sequence[str]) -> np.ndarray:
    """Pairs of bytes by bucket, uint32 (2, BUCKETS): of every other text, and of the others.

    Of a single text, of its two halves.
    """
    parts = list(texts) if len(texts) > 1 else [text[at] for text in texts for at in _halve(text)]
    return np.stack([_count_pairs("\n".join(parts[half::2])) for half in (0, 1)])


def _halve(text: str) -> tuple[slice, slice]:
    middle = len(text) // 2
    return slice(0, middle), slice(middle, None)


def _count_pairs(text: str) -> np.ndarray:
    # What is no Unicode (half a surrogate pair) has no bytes, and no tokens either.
    letters = np.frombuffer(text.encode(errors="replace"), dtype=np.uint8).astype(np.uint32)
    pairs = letters[:-1] * np.uint32(256) + letters[1:]
    buckets = (pairs * np.uint32(SPREAD)) >> np.uint32(32 - 12)
    return np.bincount(buckets, minlength=BUCKETS).astype(np.uint32)


def digest(texts: Sequence[str]) -> str:
    """32 hex digits of texts in their order."""
    whole = hashlib.sha256()
    for text in texts:
        encoded = text.encode(errors="replace")
        whole.update(len(encoded).to_bytes(8, "little") + encoded)
    return whole.hexdigest()[:32]


def measure_apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far two sources are apart beyond what samples of one text are: total variation, 0 to 1.

    Samples of one text are apart as well. How far, their halves tell: a half has twice the variance of the
    whole, so two wholes are apart by half of the root of the sum of squares of what their halves are. Errors
    add in squares, so it is taken off in squares.
    """
    whole = _measure_variation(one.sum(axis=0, dtype=float), other.sum(axis=0, dtype=float))
    chance = 0.5 * np.hypot(_measure_variation(*one), _measure_variation(*other))
    return float(np.sqrt(max(whole**2 - chance**2, 0.0)))


def share_buckets(sketches: np.ndarray) -> np.ndarray:
    """Of each source, the share of its pairs in each bucket; sums to 1."""
    counts = sketches.sum(axis=1, dtype=float)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0))


def _measure_variation(one: np.ndarray, other: np.ndarray) -> float:
    shares = [table / max(float(table.sum()), 1.0) for table in (one, other)]
    return 0.5 * float(np.abs(shares[0] - shares[1]).sum())


def save(
    train: Mapping[str, Sequence[str]],
    asked: Mapping[str, Sequence[str]],
    reading: Mapping[str, Any],
    out: Path,
) -> None:
    """Write the training texts' sketches and digests, and the digests of what each eval asks."""
    facts = {
        "sources": {source: digest(texts) for source, texts in train.items()},
        "evals": {name: digest(texts) for name, texts in sorted(asked.items())},
        "reading": dict(reading),
    }
    np.save(out / TABLE, np.stack([sketch(texts) for texts in train.values()]))
    write_json(out / PRINTS, facts)


def load(folder: Path) -> CorpusFingerprint:
    """What `save` wrote; ValueError where a folder has none of it."""
    try:
        facts = json.loads((folder / PRINTS).read_text(encoding="utf-8"))
        sketches = np.load(folder / TABLE)
    except FileNotFoundError as error:
        raise ValueError(
            f"{folder} has no {Path(error.filename).name}: it was prepared, or fitted, before sketches were"
            " written, or fitted without `data`; run that stage again"
        ) from error
    return CorpusFingerprint(facts["sources"], facts["evals"], sketches, facts["reading"])


def copy(folder: Path, out: Path) -> None:
    """The same files in another folder."""
    for name in (TABLE, PRINTS):
        (out / name).write_bytes((folder / name).read_bytes())
