"""Topics without labels: which subjects documents are on, found in them, named by their words.

`dedup.semantic:embed` (shard step) -> `find` -> `assign` (shard step): `groups/topics.toml`. Documents are
clustered by what their beginnings mean, by k-means, as SemDeDup's and CLIMB's clusters are (Diao et al. 2025,
arXiv:2504.13161): what an eval needs may stand in a part of a source that no label tells of. With
`mixing.domains:assign` a topic is a domain of the mix.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from pydantic import Field, NonNegativeInt
from threadpoolctl import threadpool_limits

from winnow.dedup import ledger
from winnow.dedup.meaning import sentences
from winnow.files import write_json
from winnow.kernels import F32

TELLS = {"files": {"found": "topics.json", "points": "topics.npy"}}

SAMPLE = 20_000  # documents by which topics are found, about
WORDS, NAMED = 8, 3  # words that are told of a topic, and those of its name
EXAMPLES, SHOWN = 3, 160  # beginnings that are told, and their characters
TRIES = 4  # of k-means, of which the closest is kept
RAREST = 3  # documents of the sample, at least, that have a word which names
NONE = "none"  # no text
_WORD = r"[\p{L}_][\p{L}\p{M}_]{2,}"

Row = dict[str, Any]


def find(
    files: Annotated[Sequence[Path], "id", "text", "semantic_vector"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    count: Annotated[int, Field(ge=2, le=40)] = 12,
    seed: NonNegativeInt = 0,
) -> None:
    """Find `count` topics, by k-means over about `SAMPLE` documents, those that a hash of the id chooses.

    Writes `topics.npy` (a point of each) and `topics.json`: of each its `name`, `documents` of the sample,
    `words` (which of its documents have, and others have not) and beginnings of `examples`, the nearest. The
    largest comes first. The same documents give the same bytes, in whatever order their files come. Fewer
    documents than topics have a topic each.
    """
    rows = _draw_sample(files, read)
    vectors = sentences.unpack(rows["vector"])
    points, nearest = _cluster(vectors, min(count, len(rows)), seed)
    order = np.argsort(-np.bincount(nearest, minlength=len(points)), kind="stable")
    nearest = np.argsort(order)[nearest]
    points = points[order]
    np.save(out / TELLS["files"]["points"], points)
    write_json(out / TELLS["files"]["found"], _describe(rows["text"], vectors, points, nearest))


def _draw_sample(files: Sequence[Path], read: Callable[..., Iterator[pl.DataFrame]]) -> pl.DataFrame:
    """`text` (its beginning) and `vector` of the documents of the sample, in the order of a hash."""
    every = max(1, sum(pq.ParquetFile(file).metadata.num_rows for file in files) // SAMPLE)
    found = [pl.DataFrame(schema={"hash": pl.UInt64, "text": pl.String, "vector": pl.Binary})]
    for file in files:
        for batch in read(file, ["id", "text", "semantic_vector"]):
            hashed = ledger.hash_scope(batch["id"]).bin.reinterpret(dtype=pl.UInt64)
            chosen = batch.with_columns(hash=hashed).drop_nulls().filter(pl.col("hash") % every == 0)
            text = pl.col("text").str.slice(0, sentences.BEGINNING)
            found.append(chosen.select("hash", text, vector="semantic_vector"))
    return pl.concat(found).sort("hash", "vector")


def _cluster(vectors: F32, count: int, seed: int) -> tuple[F32, np.ndarray]:
    """So many points, and of each vector its nearest."""
    from sklearn.cluster import KMeans

    if len(vectors) == 0:
        raise ValueError("no document has text to find topics in")
    with threadpool_limits(1):
        model = KMeans(count, n_init=TRIES, random_state=seed).fit(vectors)
    return model.cluster_centers_.astype(np.float32), model.labels_


def _describe(texts: pl.Series, vectors: F32, points: F32, nearest: np.ndarray) -> list[Row]:
    words = (
        pl.DataFrame({"topic": nearest, "text": texts.str.to_lowercase()})
        .with_row_index("doc")
        .select("doc", "topic", word=pl.col("text").str.extract_all(_WORD).list.unique())
        .explode("word")
        .drop_nulls("word")
    )
    sizes = np.bincount(nearest, minlength=len(points))
    everywhere = words.group_by("word").len("all")
    here = (
        words.group_by("topic", "word")
        .len("here")
        .join(everywhere, on="word")
        .filter(pl.col("all") >= RAREST)
    )
    size = pl.Series("size", sizes.astype(np.float64))[here["topic"].to_list()]
    # Words that many documents of the topic have, and few others: what the share of them tells of the topic.
    share = pl.col("here") / size
    told = share * (pl.col("here") / pl.col("all") * (len(texts) / size)).log()
    ranked = here.with_columns(told=told).sort("topic", "told", "word", descending=[False, True, False])
    found, taken = [], set()
    for topic, number in enumerate(sizes.tolist()):
        own = ranked.filter(pl.col("topic") == topic)["word"].head(WORDS).to_list()
        name = "-".join(own[:NAMED]) or str(topic)
        name = name if name not in taken else f"{name}-{topic}"
        taken.add(name)
        rows = np.flatnonzero(nearest == topic)
        closest = rows[np.argsort(((vectors[rows] - points[topic]) ** 2).sum(axis=1), kind="stable")]
        shown = [" ".join(texts[int(row)].split())[:SHOWN] for row in closest[:EXAMPLES]]
        found.append({"name": name, "documents": number, "words": own, "examples": shown})
    return found


def assign(
    docs: Annotated[pl.DataFrame, "semantic_vector"], *, topics: Path
) -> Annotated[pl.DataFrame, {"topic": pl.String}, "semantic_vector?"]:
    """Add `topic`, the name of the nearest of those in the folder `topics`; empties `semantic_vector`.

    A document without text has the topic `none`.
    """
    names = [row["name"] for row in read_topics(topics)]
    points = np.load(topics / TELLS["files"]["points"])
    known = docs["semantic_vector"].is_not_null()
    vectors = sentences.unpack(docs["semantic_vector"].drop_nulls())
    with threadpool_limits(1):
        nearest = ((points**2).sum(axis=1) / 2 - vectors @ points.T).argmin(axis=1)
    told = np.full(len(docs), NONE, dtype=object)
    told[known.to_numpy()] = np.array(names, dtype=object)[nearest]
    docs = docs.with_columns(pl.Series("topic", told, dtype=pl.String))
    return ledger.clear_columns(docs, ["semantic_vector"])


def read_topics(folder: Path) -> list[Row]:
    """What `find` wrote of each topic."""
    found: list[Row] = json.loads((folder / TELLS["files"]["found"]).read_text(encoding="utf-8"))
    return found


def panel(stage: Any) -> Row | None:
    """How many documents each topic has, and of which sources."""
    if "topic" not in stage.columns() or "topic" in stage.list_columns_before():
        return None
    rows = pl.DataFrame(schema={"topic": pl.String, "source": pl.String, "documents": pl.UInt32})
    for _, part in stage.scan("kept"):
        some = part.group_by("topic", "source").agg(documents=pl.len()).collect()
        rows = (
            pl.concat([rows, some.cast(rows.schema)])
            .group_by("topic", "source")
            .agg(pl.col("documents").sum())
        )
    by_topic = (
        rows.sort("topic", "documents", "source", descending=[False, True, False])
        .with_columns(share=pl.format("{} {}", "source", "documents"))
        .group_by("topic", maintain_order=True)
        .agg(pl.col("documents").sum(), sources=pl.col("share").head(5).str.join(", "))
        .sort("documents", "topic", descending=[True, False])
    )
    return {
        "name": "topics",
        "title": "Topics",
        "note": f"{by_topic['documents'].sum():,} documents on {len(by_topic)} topics",
        "show": [{"head": by_topic.columns, "rows": [list(row) for row in by_topic.rows()]}],
        "figures": {"topics": len(by_topic)},
        "rank": 5,
    }
