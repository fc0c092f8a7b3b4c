"""Figures of receipts, added up."""

from collections.abc import Iterable
from typing import Any

SUMMED = ("rows_in", "kept", "dropped", "failed", "by_source", "reasons", "steps", "texts")
"""The numbers, and tables of numbers, of a receipt."""


def add_up(receipts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """These figures of all receipts, each of which is read once."""
    sums: dict[str, Any] = {}
    for receipt in receipts:
        _add(sums, {name: receipt[name] for name in SUMMED if name in receipt})
    return sums


def _add(sums: dict[str, Any], figures: dict[str, Any]) -> None:
    """Add numbers, in tables of any depth, to those of the same names."""
    for name, value in figures.items():
        if isinstance(value, dict):
            _add(sums.setdefault(name, {}), value)
        else:
            sums[name] = sums.get(name, 0) + value
