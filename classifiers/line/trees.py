"""Boosted trees over the columns of `context.NAMES`: how likely each line is noise.

On disk a folder: `model.npz` (arrays alone, nothing that runs) and `card.json` (for people).
"""

import functools
import hashlib
from pathlib import Path

import numpy as np
import polars as pl

from winnow.classifiers.line import context
from winnow.classifiers.line.features import measure
from winnow.classifiers.line.signals import WIDTH
from winnow.files import DAMAGED, cache_by_stamp
from winnow.kernels import F32
from winnow.trees import Trees, add_up, is_sound, take

FILE = "model.npz"
CAUTION = 0.25  # in log-odds, for each doubling of a line's width above 31 characters
_CHUNK = 256  # lines judged at a time, so that their columns stay near
_SAMPLE = "sample.txt"  # lines of which every signal says something


@functools.cache
def stamp() -> str:
    """What the columns are today: their names, and a digest of their values for a sample text."""
    sample = Path(__file__).with_name(_SAMPLE).read_text(encoding="utf-8")
    values = measure(pl.Series([sample])).values
    digest = hashlib.sha256("\n".join(context.NAMES).encode())
    digest.update(
        (np.round(values.astype(np.float64), 3) + 0.0).tobytes()
    )  # log2 may differ in its last bits
    return digest.hexdigest()[:16]


@cache_by_stamp(4)
def load(folder: Path) -> Trees:
    """The trees of a folder; ValueError where there are none, or trees for other signals than today's."""
    path = folder / FILE
    try:
        with np.load(path) as file:
            model = {name: file[name] for name in file.files}
        trees, names, made = take(model), model["names"].tolist(), str(model["stamp"])
    except DAMAGED as error:
        what = f"no model of lines, or a damaged one ({error})"
        raise ValueError(f"{folder} holds {what}: train it again") from None
    _check(trees, names, made, path)
    return trees


def _check(trees: Trees, names: list[str], made: str, path: Path) -> None:
    """ValueError where a walk through the trees would not read what they were trained on."""
    if names != list(context.NAMES):
        other = ", ".join(sorted(set(names) ^ set(context.NAMES))) or "in another order"
        raise ValueError(f"{path} was trained with other signals: {other}: train it again")
    if made != stamp():
        raise ValueError(
            f"{path} was trained with other signals: those of the same names had other values ({made}, today"
            f" {stamp()}): train it again"
        )
    if not is_sound(trees, context.COUNT):
        raise ValueError(f"{path} holds no trees that can be walked through: train it again")


def predict(trees: Trees, values: F32) -> F32:
    """How likely each row is noise, float32 in [0, 1]: less so, the longer it is, as more would be lost."""
    found = trees.base - CAUTION * (values[:, WIDTH].astype(np.float64) - 5)
    add_up(values, trees, np.empty(_CHUNK, np.uint64), found)
    likely: F32 = (1 / (1 + np.exp(-found))).astype(np.float32)
    return likely
