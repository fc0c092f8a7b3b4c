"""Texts as the comparison of near duplicates has them."""

import polars as pl

from winnow.dedup.near import templates, tokens


def read(*texts):
    """Terms, marks and shingles of each text."""
    found = tokens.undate(tokens.scan(pl.Series(texts), marked=True))
    grams, offsets = tokens.make_shingles(found, 5)
    bounds = [(slice(*found.doc[d : d + 2]), slice(*offsets[d : d + 2])) for d in range(len(texts))]
    return [templates.Side(found.value[own], found.mark[own], grams[runs]) for own, runs in bounds]
