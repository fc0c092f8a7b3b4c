"""Hits taken out of texts, with what comes together by that."""

from collections.abc import Callable

import polars as pl

ROUNDS = 4  # what is left of a text may come together as an item


def remove_all(
    text: pl.Series, search: Callable[[pl.Series], pl.DataFrame], found: pl.DataFrame
) -> tuple[pl.Series, pl.Series]:
    """The texts without the hits in `found`, nor those that come together by that; and the rows of those that
    hold some after all `ROUNDS`, whose texts stay as they were."""
    cut = text
    for _ in range(ROUNDS):
        cut = _remove(cut, found)
        rows = found["document"].unique().sort()
        if rows.is_empty():
            break
        found = search(cut[rows])
        found = found.with_columns(document=rows[found["document"]])
    left = found["document"].unique().sort()
    return cut.clone().scatter(left, text[left]), left


def _remove(text: pl.Series, found: pl.DataFrame) -> pl.Series:
    """The texts without the spans of their hits."""
    new: dict[int, str] = {}
    for row, spans in (
        found.group_by("document", maintain_order=True).agg(pl.struct("start", "end")).iter_rows()
    ):
        data, at, pieces = text[row].encode(), 0, []
        for span in sorted(spans, key=lambda span: span["start"]):
            if span["start"] >= at:
                pieces.append(data[at : span["start"]])
            at = max(at, span["end"])
        new[row] = b"".join([*pieces, data[at:]]).decode()
    return text.clone().scatter(list(new), list(new.values())) if new else text
