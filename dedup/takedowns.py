"""Documents that were taken down stay away: by a list, and by what `make forget` remembers of their texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl

from winnow.dedup.takedown import lists
from winnow.dedup.takedown import marks as memory
from winnow.files import cache_by_stamp
from winnow.ranges import Ratio, RatioOrOff

TELLS = {
    "does": {"takedown": "drop"},
    "functions": {"marks": "dedup.takedown.marks", "lists": "dedup.takedown.lists"},
}

LISTED, NEAR = "takedowns.listed", "takedowns.near_duplicate"


def drop(
    docs: Annotated[pl.DataFrame, "id", "text"],
    *,
    list: Path | None = None,
    marks: Path | None = None,
    min_similarity: Ratio = 0.75,
    min_containment: RatioOrOff = 0.95,
) -> Annotated[pl.DataFrame, {"takedowns_similarity": pl.Float32(), "takedowns_containment": pl.Float32()}]:
    """Drop what a list of take-downs names (`takedowns.listed`), and its near duplicates.

    `list` is the list itself (its forms: docs/takedowns.md): URLs (in `url`, and in `canonical_url` where
    there is that column), domains, ids, and texts, of which near duplicates go, too. `marks` is the folder
    OUT/takedowns of a run that forgot (or its `marks.parquet`): all that went there goes here, and what
    resembles a text that was listed there (`takedowns.near_duplicate`).
    Resembles: `takedowns_similarity`, the share of all five-word shingles that both have, is `min_similarity`
    or more; or `takedowns_containment`, the share of the shorter one's, `min_containment` or more, where that
    has 50 or more. Both are null where nothing is shared that much. To be of use a step stands where
    documents have their text first: what an earlier stage wrote keeps it. The ledger keeps neither id nor
    address of what is dropped.

    Raises ValueError where the list has a line that is none of its forms, or nothing is given.
    """
    if list is None and marks is None:
        raise ValueError("dedup.takedowns:drop needs a `list`, or the `marks` of a run that forgot")
    entries = _read_list(list) if list else []
    known = _load(marks) if marks else memory.arrange(pl.DataFrame(schema=memory.SCHEMA))
    listed = pl.concat([lists.find_named(docs, entries), lists.find_quoting(docs["text"], entries)])
    rows = {*listed["row"].to_list(), *_find_known(docs, known)}
    near = memory.compare(docs["text"], known, min_similarity, min_containment)
    if list is not None and any(entry.kind == "text" for entry in entries):
        more = memory.compare(docs["text"], _mark_texts(list), min_similarity, min_containment)
        best = pl.concat([near, more]).sort("row", "similarity", descending=[False, True])
        near = best.unique("row", keep="first", maintain_order=True)
    own = pl.int_range(docs.height, dtype=pl.UInt32, eager=True)
    found = pl.DataFrame({"row": own}).join(near, on="row", how="left", maintain_order="left")
    alike = pl.when(found["mark"].is_not_null()).then(pl.lit(NEAR))
    reason = pl.when(own.is_in(sorted(rows))).then(pl.lit(LISTED)).otherwise(alike)
    before = docs["drop_reason"] if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    return docs.with_columns(
        drop_reason=pl.coalesce(before, reason),
        takedowns_similarity=found["similarity"],
        takedowns_containment=found["containment"],
    )


@cache_by_stamp(8)
def _read_list(path: Path) -> list[lists.Entry]:
    return lists.read(path)


@cache_by_stamp(8)
def _mark_texts(path: Path) -> memory.Marks:
    texts = [entry.value for entry in lists.read(path) if entry.kind == "text"]
    return memory.of_texts(pl.Series(texts, dtype=pl.String))


@cache_by_stamp(8)
def _load(path: Path) -> memory.Marks:
    return memory.load(path)


def _find_known(docs: pl.DataFrame, known: memory.Marks) -> list[int]:
    """The rows whose id, URL or domain has a mark."""
    found = []
    for kind, column in (("id", "id"), ("read", "digest")):
        values = docs[column] if known.digests[kind] and column in docs.columns else ()
        found += [n for n, one in enumerate(values) if memory.digest(kind, one or "") in known.digests[kind]]
    placed = any(known.digests[kind] for kind in ("url", "section", "domain"))
    for column in ("url", "canonical_url"):
        for row, url in enumerate(docs[column]) if placed and column in docs.columns else ():
            if any(
                memory.digest(*place) in known.digests[place[0]] for place in lists.list_places(url or "")
            ):
                found.append(row)
    return found
