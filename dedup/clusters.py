"""From pairs to clusters, and from clusters to survivors.

A cluster is what a chain of pairs connects, and a chain proves nothing: its ends may have little in
common. So a cluster is only where `choose` looks; it removes a document for a survivor that it resembles.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.dedup import buckets as tables
from winnow.dedup import ledger
from winnow.dedup.near import links, signatures, verify
from winnow.dedup.near.index import (
    TERMS,
    check_index,
    hash_terms,
    pack_terms,
    read_terms,
    stack_sketches,
    unlist_terms,
    unpack_terms,
)
from winnow.dedup.near.tokens import make_shingles
from winnow.files import write_messages
from winnow.hosts import find_site
from winnow.kernels import I64, U64
from winnow.ranges import Ratio, RatioOrOff
from winnow.shuffle import open_writer

TELLS = {"measure": "duplicates", "files": {"spared": "kept_templates.parquet"}}

BATCH_BYTES = 16 * 2**20
"""Members of a cluster are read up to so many bytes at a time."""

WINDOW = 4096
"""Survivors of one cluster that a document is compared with; bounds the time for huge clusters."""

ROWS = 4096
"""Members whose words are hashed at a time."""

AT_ONCE = 2**19
"""Words of members that are compared at a time, where one cluster has no more; they fit a core's cache."""

CUT = "cut_clusters.parquet"

MEMBERS = ("id", "source", "uri", "duplicates", "old", "cluster", "cut", "sketch", *TERMS, "site")


def join(
    files: Annotated[Sequence[Path], links.LINKS], out: Path, *, read_bucket: tables.ReadBucket
) -> Annotated[None, links.LINKS]:
    """Write the clusters that links connect. Run by bucket, round after round (`until_stable`).

    What each bucket gives the next round reads; `clusters.parquet` says of each of its documents which
    cluster it is in so far, and which of strict links alone (`dedup.near.links`). Holds some 100 bytes for
    each link of a bucket; no text, no id.
    """
    links.join(tables.read_all(files, read_bucket), out)


def _name_words(settings: Mapping[str, Any]) -> list[str]:
    """`text`, or its words with `old`."""
    return list(TERMS) if settings["old"] else ["text"]


def gather(
    files: Annotated[
        Sequence[Path], "id", "source", "uri", "minhash_sketch", _name_words, ledger.name_preferred
    ],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    clusters: Path,
    prefer: list[ledger.Rule] = ledger.LATEST,
    without: Path | None = None,
    old: bool = False,
) -> Annotated[None, MEMBERS]:
    """Write the documents that have a cluster to the shuffle, by their cluster. Run by part.

    What is written of a text are its words as hashes. Texts of row groups without such a document are not
    read. Its site is the host of `url`, where there is that column. `prefer` says who survives: see
    `dedup.ledger.ranks`. `without` is the ledger that `bands` went by: a survivor stands for those it
    removed. `old`: the part is one of an index, of which those without words lead to their survivors alone.
    """
    with open_writer(out, "cluster") as write:
        for file in files:
            if old:
                check_index(file)
            members = links.read_clusters(clusters, tables.first_address(file, old=old))
            own = TERMS if old else ["text"]
            columns = [
                "id",
                "source",
                "uri",
                "url",
                "duplicates",
                "minhash_sketch",
                *own,
                *ledger.list_columns(prefer),
            ]
            for rows in _read_documents(members, read(file, columns, members["row"])):
                rows = ledger.drop_removed(rows, without)
                followers = [] if old or without is None else ["followers"]
                rows = rows.filter(pl.col("terms").list.len() > 0) if old else rows
                words = pack_terms(unlist_terms(rows) if old else read_terms(rows["text"]))
                size = pl.lit(None) if old else pl.col("text").str.len_bytes()
                url = pl.col("url") if "url" in rows.columns else pl.lit(None)
                docs = rows.with_columns(*words, length=size, old=pl.lit(old), site=find_site(url))
                docs = docs.rename({"minhash_sketch": "sketch"})
                kept = ["old", "cluster", "cut", "sketch", *TERMS, "site", *followers]
                write(ledger.rank_members(docs, prefer, kept))


def _read_documents(members: pl.DataFrame, batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The members' rows of a part with `cluster` and `cut`, some row groups at a time; at least one frame."""
    waiting: list[pl.DataFrame] = []
    start = 0
    for frame in batches:
        waiting.append(frame.with_columns(members[start : start + frame.height].drop("row")))
        start += frame.height
        if sum(one.estimated_size() for one in waiting) > BATCH_BYTES:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting)


def choose(
    files: Annotated[Sequence[Path], MEMBERS],
    out: Path,
    *,
    read_bucket: tables.ReadBucket,
    ngram: PositiveInt = 5,
    min_similarity: Ratio = 0.75,
    min_containment: RatioOrOff = 0.95,
    min_facts: NonNegativeInt = 2,
    own: bool = True,
) -> Annotated[None, ledger.COLUMNS]:
    """Write the ledger of near duplicates: who is removed, for which survivor. By bucket, after `gather`.

    In a cluster, the best survivor comes first. A document is removed if a survivor before it shares
    `min_similarity` of the shingles that either has (Jaccard), or contains it; the most similar one is named.
    Otherwise it survives. So each survivor named survives, and no document goes for a chain alone.

    It is contained where `min_containment` of its words stand in runs of `ngram` or more that the survivor
    has (above 1 this is not asked), and of its shingles as many. Between pages of two sites it is enough that
    no more shingles are missing than two and a half times the words: the same main text in another frame,
    with words changed. Between pages of one site, which share a template, all shingles must be there.

    Pages of one template stay where each states, in the same places, `min_facts` or more numbers or names
    that the other has nowhere, or, on one site, words in whose place the other has other ones
    (`dedup.near.templates:differ`). So do texts that differ in operators above all, `<` for `>=`
    (`dedup.near.marks`). 0 removes them too. `kept_templates.parquet` names them.

    `own = false`: a document goes for what is old alone (`gather`); duplicates among the others stay.

    A cluster of more than 200,000 documents is cut before it is compared: by the links alone of which a whole
    band agrees, and where that leaves as many, by a hash. `cut_clusters.parquet` has the pieces, and the run
    says so.
    """
    rows = tables.read_all(files, read_bucket)
    content = pl.Series("content", [], pl.UInt64)
    for some in rows.iter_slices(ROWS):
        content.append(hash_terms(unpack_terms(some)))
    rows = ledger.sort_members(rows.with_columns(content), ["cluster"])
    rows = rows.with_columns(site=pl.col("site").rank("dense").fill_null(0).cast(pl.Int64))
    least = signatures.find_least_share(min_containment)
    limits = verify.Limits(min_similarity, min_containment, least, min_facts, WINDOW, own)
    words = rows["terms"].bin.size().to_numpy().astype(np.int64) // 4
    found = [
        _find_leaders(rows[start:stop], start, ngram, limits)
        for start, stop in cut_groups(rows["cluster"].to_numpy(), words)
    ]
    leader, similarity, containment, spared = map(np.concatenate, zip(*found, strict=True))
    table = ledger.entries(rows, leader, similarity, containment, "minhash")
    ledger.write(ledger.add_carried(table, rows), out)
    kept = np.flatnonzero(spared >= 0)
    pairs = pl.DataFrame({"id": rows["id"][kept], "other": rows["id"][spared[kept]]})
    pairs.write_parquet(out / "kept_templates.parquet")
    tell_cut(rows, out)


def cut_groups(group: U64, words: I64) -> Iterator[tuple[int, int]]:
    """Runs of rows, of whole groups: of so many words together that another group would be over `AT_ONCE`,
    or of one group of more. Rows of one group stand together. One run without rows, where there are none."""
    first = np.flatnonzero(np.diff(group, prepend=group[:1] + np.uint64(1)))
    before = np.cumsum(words) - words
    _, at = np.unique(before[first] // AT_ONCE, return_index=True)
    return itertools.pairwise([0, *first[at[1:]].tolist(), len(group)])


def _find_leaders(rows: pl.DataFrame, start: int, ngram: int, limits: verify.Limits) -> verify.Leaders:
    """`dedup.near.verify:find_leaders` of rows of whole clusters, numbered from `start`."""
    terms = unpack_terms(rows)
    leader, similarity, containment, spared = verify.find_leaders(
        terms,
        *make_shingles(terms, ngram),
        stack_sketches(rows["sketch"]),
        rows["cluster"].to_numpy().view(np.int64),
        rows["old"].to_numpy(),
        rows["site"].to_numpy(),
        ngram,
        limits,
    )
    return leader + start, similarity, containment, np.where(spared < 0, spared, spared + start)


def tell_cut(rows: pl.DataFrame, out: Path) -> None:
    """Say which clusters were too large to be compared in one place, and what of them was compared here."""
    cut = rows.drop_nulls("cut").group_by("cut", piece="cluster").agg(documents=pl.len()).sort("cut", "piece")
    if len(cut):
        cut.write_parquet(out / CUT)
        told = (
            f"{cut['documents'].sum():,} documents of {cut['cut'].n_unique():,} clusters of more than"
            f" {links.MOST:,} were compared in {len(cut):,} pieces ({CUT}): copies of each other may stay"
        )
        write_messages(out, [told])
