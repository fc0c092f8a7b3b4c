"""What of eval items stands in texts, of every kind in one table."""

import numpy as np
import polars as pl

from winnow.dedup.overlap.index import Index
from winnow.dedup.overlap.lexer.tables import make_tables
from winnow.dedup.overlap.lexer.words import cut
from winnow.dedup.overlap.match import scan
from winnow.dedup.overlap.score import (
    ALIGNED,
    CLASSES,
    TEMPLATE,
    score_hits,
    score_keys,
    score_passages,
    sum_evidence,
)
from winnow.words.split import utf8

FLOOR = 0.3  # scores below are taken for 0: thresholds from here on can be replayed
COVERED = np.float32(0.4)  # of a question's words, below which an alignment is no hit
_LETTER_BITS = 2.0  # of an answer in a key
_PLACES = ("document", "first", "last")  # columns of what was found, in words of the batch


def find_copies(
    text: pl.Series, index: Index, quoted: np.ndarray, items: pl.DataFrame, min_score: float
) -> pl.DataFrame:
    """Every copy of every item in every text; columns as of `dedup.contamination:find_hits`."""
    data, offsets = utf8(text)
    words = cut(text)
    hits, passages, keys = scan(words, data, make_tables().letter, index, COVERED)
    bits = passages.share * index.text_bits[passages.text]
    rows = [
        (hits, hits.item, *score_hits(hits, index, quoted), sum_evidence(hits)),
        (passages, index.text_item[passages.text], *score_passages(passages, index), bits),
        (keys, keys.item, *score_keys(keys), keys.letters * _LETTER_BITS),
    ]
    places = [np.concatenate([getattr(row[0], name) for row in rows]) for name in _PLACES]
    item, score, kind, size = (np.concatenate(column) for column in list(zip(*rows, strict=True))[1:])
    told = score >= np.float32(FLOOR)
    document, first, last = (place[told] for place in places)
    kind = np.where(score < np.float32(min_score), TEMPLATE, kind)[told]
    base = offsets[document]
    found = pl.DataFrame(
        {
            "document": document,
            "score": score[told],
            "class": pl.Series([CLASSES[each] for each in kind.tolist()], dtype=pl.String),
            "start": words.start[first] - base,
            "end": words.end[last - 1] - base,
            "size": size[told].astype(np.float32),
            "order": item[told].astype(np.int64),
        }
    )
    found = found.hstack(items[found["order"]].select("eval", "item", "question"))
    return _mark_verbatim(_keep_apart(found), data, offsets).drop("question")


def _keep_apart(found: pl.DataFrame) -> pl.DataFrame:
    """Of the hits of one item that stand over each other the best, of equals the shortest: two may name the
    same copy, and an answer belongs to that copy to which it is nearest. What stands in order is better.
    """
    aligned = pl.col("class").is_in(ALIGNED)
    found = found.sort("document", "order", "start", "end")
    before = pl.col("end").cum_max().shift(1, fill_value=-1)
    new = (pl.col("start") >= before).cum_sum().over("document", "order")
    found = found.with_columns(place=new, long=pl.col("end") - pl.col("start"))
    own = ["document", "order", "place"]
    order = [False] * 3 + [True, True, False, False]
    found = found.sort(*own, aligned, "score", "long", "start", descending=order)
    return found.unique(own, keep="first", maintain_order=True).drop("place", "long")


def _mark_verbatim(found: pl.DataFrame, data: np.ndarray, offsets: np.ndarray) -> pl.DataFrame:
    """`verbatim` where the question stands in the span byte for byte, white space apart."""
    kinds = []
    for row, kind, start, end, question in found.select(
        "document", "class", "start", "end", "question"
    ).iter_rows():
        if kind == "reformatted":
            span = data[offsets[row] + start : min(offsets[row] + end + 8, offsets[row + 1])].tobytes()
            wanted = question.strip().rstrip("?.!:\"' ")
            if wanted in span.decode("utf-8", errors="replace"):
                kind = "verbatim"
        kinds.append(kind)
    return found.with_columns(pl.Series("class", kinds, dtype=pl.String))
