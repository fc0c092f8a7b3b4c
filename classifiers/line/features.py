"""The lines of a batch as the trees see them: a row of numbers each."""

from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.line import repeats, signals
from winnow.classifiers.line.context import COUNT, place_lines
from winnow.kernels import F32, I64
from winnow.words.cache import lines_of, words_of
from winnow.words.hashes import mask_for
from winnow.words.lines import Lines
from winnow.words.unicode import flags


class Rows(NamedTuple):
    """The lines of a batch that are not blank; those of its document r are `first[r]` to `first[r + 1]`."""

    lines: Lines
    docs: I64  # the number of each document among the lines
    first: I64  # documents + 1
    place: I64  # which of the lines each is
    values: F32  # a row each, of `context.NAMES`


def measure(text: pl.Series) -> Rows:
    """The lines of each text, and what is known of each."""
    words, docs = words_of(text)
    lines, _ = lines_of(text)
    solid = np.concatenate(([0], np.cumsum(lines.right > lines.left)))
    many = solid[lines.doc[docs + 1]] - solid[lines.doc[docs]]
    first = np.concatenate(([0], np.cumsum(many)))
    place = np.flatnonzero(lines.right > lines.left)
    place = place[np.repeat(solid[lines.doc[docs]] - first[:-1], many) + np.arange(first[-1])]
    values = np.zeros((len(place), COUNT), np.float32)
    keys = np.zeros((len(place), signals.KEYS), np.uint64)
    where = docs, first, place
    signals.measure(lines, words, *where, flags(), values, keys)
    most = max(int(np.diff(words.doc).max(initial=1)), int(many.max(initial=1)))
    seen = np.zeros((mask_for(most) + 1, 2), np.uint64)
    repeats.count_words(lines, words, *where, seen, np.zeros(len(words.start), np.int32), values)
    seen[:] = 0
    repeats.count_runs(lines, words, *where, seen, values)
    seen[:] = 0
    repeats.count_lines(first, keys, seen, np.zeros(len(place), np.int32), values)
    place_lines(first, keys, np.zeros((len(place), 2)), values)
    return Rows(lines, docs, first, place, values)
