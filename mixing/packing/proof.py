"""Ids in token files against the texts that they came from."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from winnow.mixing.count import load_tokenizer
from winnow.mixing.packing.encode_errors import refuse_other
from winnow.mixing.packing.scatter import hash_names

LEAST = 100  # documents

Loaders = dict[str, tuple[Callable[..., np.ndarray], Path]]


def compare(
    files: Sequence[Path],
    read: Callable[..., Iterator[pl.DataFrame]],
    traces: Path,
    loaders: Loaders,
    plan: dict[str, Any],
    tokenizer: Path,
    share: float,
    seed: int,
) -> dict[str, Any]:
    """Encode a random share of the documents once more, one by one, and compare all of their pieces, in each
    form; ValueError where one differs. How many documents and ids were compared, and how many texts the ids
    decode to as they were (a tokenizer that normalizes gives others). A document that the tokenizer fails on
    may have no piece."""
    encoding = plan["packing"]["encoding"]
    names = (
        pl.concat([pl.read_parquet(file, glob=False, columns=["id"]) for file in files])["id"].unique().sort()
    )
    draws = pl.DataFrame({"id": names, "draw": hash_names(names.to_list(), seed)}).sort("draw")
    chosen = set(draws["id"].head(max(LEAST, round(share * len(names)))).to_list())
    meant, decoded = _encode_again(files, read, chosen, tokenizer, encoding)
    counts = {"documents": len(meant), "decoded_alike": decoded, "tokens": 0, "pieces": 0}
    for shard in plan["shards"]:
        trace = pl.read_parquet(traces / f"{shard['name']}.parquet", glob=False)
        at = _find_places(trace, plan)
        rows = trace.with_columns(at=at).filter(pl.col("id").is_in(list(meant)))
        if lost := trace.filter(pl.col("id").is_in(list(chosen - set(meant))))["id"].to_list():
            raise ValueError(f"{shard['name']}: the tokenizer fails now on document {lost[0]}, which has ids")
        for form, (load, folder) in loaders.items() if rows.height else ():
            ids = load(folder, shard["name"], encoding)
            for id_, begin, start, length in rows.select("id", "at", "start", "length").iter_rows():
                if not np.array_equal(ids[begin : begin + length], meant[id_][start : start + length]):
                    raise ValueError(
                        f"{form}/{shard['name']}: ids {begin:,} to {begin + length:,} are not those of"
                        f" document {id_} from its token {start:,} on"
                    )
                counts["tokens"] += length
                counts["pieces"] += 1
    return counts


def _encode_again(
    files: Sequence[Path],
    read: Callable[..., Iterator[pl.DataFrame]],
    chosen: set[str],
    tokenizer: Path,
    encoding: dict[str, Any],
) -> tuple[dict[str, np.ndarray], int]:
    """Ids of the chosen documents by the tokenizer's plainest call, and how many decode to their text."""
    plain = load_tokenizer(tokenizer)
    found, alike = {}, 0
    for docs in (batch for file in files for batch in read(file, ["id", "text"])):
        for id_, text in docs.filter(pl.col("id").is_in(list(chosen))).select("id", "text").iter_rows():
            try:
                ids = plain.encode(text, add_special_tokens=False).ids
            except BaseException as error:
                refuse_other(error)
                continue
            alike += plain.decode(ids, skip_special_tokens=False) == text
            around = [[each] if each >= 0 else [] for each in (encoding["bos"], encoding["eos"])]
            found[id_] = np.array([*around[0], *ids, *around[1]], np.int64)
    return found, alike


def _find_places(trace: pl.DataFrame, plan: dict[str, Any]) -> pl.Series:
    """Where in the shard's ids each piece begins."""
    if plan["packing"]["how"] == "documents":
        lengths = trace["length"].cast(pl.Int64)
        return lengths.cum_sum() - lengths
    place = trace["place"].cast(pl.Int64)
    begin: pl.Series = (place - place.min()) * int(plan["packing"]["window"]) + trace["begin"].cast(pl.Int64)
    return begin
