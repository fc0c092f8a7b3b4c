"""Exact and near duplicates, their clusters, and contamination with evals."""

if "." not in __name__:
    raise ImportError(f"{__name__} is a part of Winnow: import winnow.{__name__}")
