"""Passages that stand elsewhere too: exact runs of words, of which one copy stays and the others are cut.

`anchors` (by part) -> `shared` (by bucket) -> `windows` (by part) -> `spans` (by bucket) -> `cut` (a shard
step).

A suffix array finds repeats within what one machine holds; here equal passages of the whole corpus meet by
their hashes. Of each document some anchors are picked (the least of the hashes of half a passage within any
passage: winnowing, Schleimer et al., 2003), so that two documents with a passage in common have picked an
anchor in common within it. Only around anchors that stand in two places are all passages of `min_words`
words hashed; of equal ones the first, in the order of hashed ids, stays. So what is cut stands in the
document before it or, where that is cut too, in one before that: nothing is lost from the corpus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.dedup import buckets as tables
from winnow.files import cache_by_stamp, find_files
from winnow.kernels import I64, U64, kernel
from winnow.shuffle import open_writer
from winnow.words.split import Words, drop_punctuation, ngrams, split

TELLS = {"measure": "duplicates"}


def anchors(
    files: Annotated[Sequence[Path], "id", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    min_words: NonNegativeInt = 50,
) -> Annotated[None, "hash", "doc", "place"]:
    """Write each document's anchors to the shuffle: `hash`, `doc`, `place`. Run by part."""
    with open_writer(out, "hash") as write:
        for file in files:
            for batch in read(file, ["id", "text"]):
                grams, offsets, _ = ngrams(_split_words(batch["text"]), _halve(min_words))
                doc, place = pick_anchors(grams, offsets, min_words - _halve(min_words) + 1)
                frame = {
                    "hash": grams[offsets[doc] + place],
                    "doc": _hash_ids(batch["id"])[doc],
                    "place": place,
                }
                write(pl.DataFrame(frame))


def shared(
    files: Annotated[Sequence[Path], "hash", "doc", "place"], out: Path, *, read_bucket: tables.ReadBucket
) -> Annotated[None, "doc", "place"]:
    """Write the anchors that stand in two places or more: `doc`, `place`. Run by bucket, after `anchors`."""
    rows = tables.read_collisions(files, read_bucket, pl.col("hash"))
    rows.select("doc", "place").sort("doc", "place").write_parquet(out / "places.parquet")


def windows(
    files: Annotated[Sequence[Path], "id", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    places: Path,
    min_words: NonNegativeInt = 50,
) -> Annotated[None, "hash", "doc", "place"]:
    """Write all passages of `min_words` words around shared anchors to the shuffle. Run by part.

    `places` is the folder that `shared` wrote; `min_words` as `anchors` has it.
    """
    known = _read(find_files(places, "places.parquet"))
    with open_writer(out, "hash") as write:
        for file in files:
            for batch in read(file, ["id", "text"]):
                numbers = pl.DataFrame({"doc": _hash_ids(batch["id"]), "row": np.arange(len(batch))})
                found = numbers.join(known, on="doc")
                some = found["row"].unique().sort()
                grams, offsets, _ = ngrams(_split_words(batch["text"][some]), min_words)
                own = np.searchsorted(some.to_numpy(), found["row"].to_numpy())
                near = _find_around(own, found["place"].to_numpy(), offsets, min_words - _halve(min_words))
                doc = np.searchsorted(offsets, near, side="right") - 1
                frame = {
                    "hash": grams[near],
                    "doc": numbers["doc"].to_numpy()[some.to_numpy()[doc]],
                    "place": near - offsets[doc],
                }
                write(pl.DataFrame(frame))


def spans(
    files: Annotated[Sequence[Path], "hash", "doc", "place"], out: Path, *, read_bucket: tables.ReadBucket
) -> Annotated[None, "doc", "place", "hash"]:
    """Write the passages that stand before already: `doc`, `place`, `hash`. By bucket, after `windows`."""
    rows = tables.read_collisions(files, read_bucket, pl.col("hash")).sort("hash", "doc", "place")
    rows = rows.filter(pl.col("hash") == pl.col("hash").shift(1))
    rows.select("doc", "place", "hash").sort("doc", "place").write_parquet(out / "spans.parquet")


def cut(
    docs: Annotated[pl.DataFrame, "id", "text"], *, spans: Path, min_words: NonNegativeInt = 50
) -> Annotated[pl.DataFrame, "text", "substrings_starts", "substrings_texts", "substrings_words"]:
    """Cut passages out of `text` that stand in another document or before, as the step `spans` found them.

    Adds `substrings_starts` (where each stood, in bytes of the text as it was), `substrings_texts` (what was
    cut, from the first word to the last) and `substrings_words` (how many words that are): `restore` gives
    the text back to the byte. A document of which no word is left is dropped: `substrings.nothing_left`.
    """
    known = _read(find_files(spans, "spans.parquet"))
    numbers = pl.DataFrame({"doc": _hash_ids(docs["id"]), "row": np.arange(len(docs))})
    found = numbers.join(known, on="doc").sort("row", "place")
    rows = {row: frame for (row,), frame in found.group_by("row", maintain_order=True)}
    texts, starts, taken, counts, left = docs["text"].to_list(), [], [], [], []
    for row in range(len(docs)):
        places = _find_cuts(texts[row], rows[row], min_words) if row in rows else []
        data = texts[row].encode() if places else b""
        starts.append([first for first, _, _ in places])
        taken.append([data[first:last].decode() for first, last, _ in places])
        counts.append(sum(words for _, _, words in places))
        if places:
            ends = [0, *(last for _, last, _ in places)]
            texts[row] = b"".join(
                data[a:b] for a, b in zip(ends, [*starts[-1], len(data)], strict=True)
            ).decode()
        left.append(bool(places) and not any(char.isalnum() for char in texts[row]))
    earlier = docs["drop_reason"] if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    return docs.with_columns(
        pl.Series("text", texts, dtype=pl.String),
        pl.Series("substrings_starts", starts, dtype=pl.List(pl.Int64)),
        pl.Series("substrings_texts", taken, dtype=pl.List(pl.String)),
        pl.Series("substrings_words", counts, dtype=pl.Int64),
        drop_reason=pl.when(pl.Series(left, dtype=pl.Boolean))
        .then(pl.coalesce(earlier, pl.lit("substrings.nothing_left")))
        .otherwise(earlier),
    )


def restore(text: str, starts: Sequence[int], texts: Sequence[str]) -> str:
    """The text as it was before `cut`."""
    data, kept, whole, at = text.encode(), 0, b"", 0
    for start, passage in zip(starts, texts, strict=True):
        whole += data[kept : kept + start - at] + passage.encode()
        kept += start - at
        at = len(whole)
    return (whole + data[kept:]).decode()


def _find_cuts(text: str, rows: pl.DataFrame, n: int) -> list[tuple[int, int, int]]:
    """First and last byte and the words of what is to be cut; passages that are not there are left alone."""
    words = _split_words(pl.Series([text]))
    grams, _, _ = ngrams(words, n)
    merged: list[list[int]] = []
    for place, value in rows.select("place", "hash").iter_rows():
        if place >= len(grams) or int(grams[place]) != value:
            continue
        if merged and place < merged[-1][1]:
            merged[-1][1] = place + n
        else:
            merged.append([place, place + n])
    return [(int(words.start[a]), int(words.end[b - 1]), b - a) for a, b in merged]


def _split_words(text: pl.Series) -> Words:
    words = drop_punctuation(split(text))
    return words._replace(hash=words.exact)


def _halve(min_words: int) -> int:
    if min_words < 2:
        raise ValueError(f"min_words must be 2 or more, not {min_words}")
    return min_words // 2


def _hash_ids(ids: pl.Series) -> U64:
    digests = b"".join(hashlib.blake2b(i.encode(), digest_size=8).digest() for i in ids)
    return np.frombuffer(digests, dtype=np.uint64)


@cache_by_stamp(2)
def _read(files: tuple[Path, ...]) -> pl.DataFrame:
    """The rows of all files."""
    return pl.concat([tables.read(file) for file in files])


@kernel(allocates=True)
def pick_anchors(grams: U64, offsets: I64, window: int) -> tuple[I64, I64]:
    """Of any `window` hashes in a row of one document the least, the last of equals: (document, place)."""
    doc, place = np.empty(len(grams), dtype=np.int64), np.empty(len(grams), dtype=np.int64)
    n = 0
    for d in range(len(offsets) - 1):
        first, best = offsets[d], -1
        for end in range(first + window, offsets[d + 1] + 1):
            if best < end - window:
                best = end - window
                for k in range(best, end):
                    if grams[k] <= grams[best]:
                        best = k
            elif grams[end - 1] <= grams[best]:
                best = end - 1
            else:
                continue
            doc[n], place[n] = d, best - first
            n += 1
    return doc[:n], place[:n]


def _find_around(doc: I64, place: I64, offsets: I64, reach: int) -> I64:
    """The numbers of the passages that hold an anchor: those that begin up to `reach` words before it."""
    begin = (offsets[doc] + place)[:, None] - np.arange(reach + 1)
    inside = (begin >= offsets[doc][:, None]) & (begin < offsets[doc + 1][:, None])
    return np.unique(begin[inside])
