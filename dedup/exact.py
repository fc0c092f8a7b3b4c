"""Exact duplicates: documents with the same text up to case, white space and, if asked, punctuation, or
captures of one page, known by its canonical URL, or chats in which the same was asked.

`hash`, `locate` or `question` (shard step) -> `partition` (by part) -> `duplicates` (by bucket) -> `remove`
(shard step).
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import polars as pl

from winnow.dedup import buckets as tables
from winnow.dedup import ledger
from winnow.dedup.address import canonical
from winnow.dedup.normal import normalize
from winnow.shuffle import open_writer

TELLS = {"measure": "duplicates"}

PARTITION = ("id", "source", "uri", "duplicates", "key", "method")


def hash(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    ignore_case: bool = True,
    ignore_space: bool = True,
    ignore_punctuation: bool = False,
) -> Annotated[pl.DataFrame, "exact_key", "exact_bytes"]:
    """Add `exact_key`, 16 bytes that are equal for equal texts, and `exact_bytes`, the length of the text.

    White space counts as one space and none at the ends when it is ignored; punctuation and symbols are
    taken out. The key is BLAKE2b, so that nobody can write a text that removes another's. A text of which
    nothing is left has no key (null) and is nobody's duplicate.
    """
    data, where = normalize(
        docs["text"],
        ignore_case=ignore_case,
        ignore_space=ignore_space,
        ignore_punctuation=ignore_punctuation,
    )
    bounds, view = where.tolist(), data.data
    keys = [
        hashlib.blake2b(view[start:stop], digest_size=16).digest() if start < stop else None
        for start, stop in itertools.pairwise(bounds)
    ]
    return docs.with_columns(
        pl.Series("exact_key", keys, dtype=pl.Binary), exact_bytes=pl.col("text").str.len_bytes()
    )


def question(
    docs: Annotated[pl.DataFrame, "text", "questions"],
) -> Annotated[pl.DataFrame, "question_key", "exact_bytes"]:
    """Add `question_key`, 16 bytes that are equal for chats that ask the same, and `exact_bytes`, the
    length of the text.

    Asked is the same where `questions` are, up to case, white space and marks at its end (signs in it are of
    sums and code). A chat without a question has no key (null).
    """
    asked = docs["questions"].list.join("\n").fill_null("").str.strip_chars_end(" \t\r\n.?!:").alias("text")
    found = hash(pl.DataFrame([asked]))
    return docs.with_columns(
        found["exact_key"].alias("question_key"), exact_bytes=pl.col("text").str.len_bytes()
    )


TRACKING = [
    "utm_*", "fbclid", "gclid", "dclid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid", "ref_src",
    "sid", "sessionid", "session_id", "phpsessid", "jsessionid", "aspsessionid*",
]  # fmt: skip
"""Parameters of a URL that say who follows it, not where it leads; `*` stands for any ending."""
IGNORED = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in TRACKING), re.I)


def locate(
    docs: Annotated[pl.DataFrame, "text", "url?"],
) -> Annotated[pl.DataFrame, "url_key", "exact_bytes"]:
    """Add `url_key`, 16 bytes that are equal for URLs of one page, and `exact_bytes`, the length of the text.

    Scheme, `www.`, the scheme's own port, the fragment (but for `#!`), a last slash, an index file
    (`index.html`), segments of dots, the order of the parameters and those in TRACKING make no difference;
    neither does case in the host's name, or whether it is in Unicode or Punycode, nor what is escaped that
    need not be. A document without a URL has no key (null).
    """
    names = [None if url is None else canonical.canonicalize(url, IGNORED) for url in docs["url"]]
    keys = [hashlib.blake2b(name.encode(), digest_size=16).digest() if name else None for name in names]
    return docs.with_columns(
        pl.Series("url_key", keys, dtype=pl.Binary), exact_bytes=pl.col("text").str.len_bytes()
    )


def partition(
    files: Annotated[
        Sequence[Path],
        "id",
        "source",
        "uri",
        "exact_bytes",
        "{key}_key",
        ledger.name_preferred,
        ledger.name_scope,
    ],
    out: Path,
    *,
    key: Literal["exact", "url", "question"] = "exact",
    prefer: list[ledger.Rule] = ledger.LATEST,
    within: str = "",
) -> Annotated[None, PARTITION]:
    """Write who has which key to the shuffle (`winnow.shuffle`): equal keys meet in a bucket. Run by part.

    `key`: by the keys of `hash`, of `locate` or of `question`. `prefer` says who survives: see
    `dedup.ledger.ranks`. `within` names a column, `source`, say: only what is equal in it is compared.
    """
    name = f"{key}_key"
    asked = [
        "id",
        "source",
        "uri",
        "duplicates",
        "exact_bytes",
        name,
        *ledger.list_columns(prefer),
        *filter(None, [within]),
    ]
    columns = list(dict.fromkeys(asked))
    with open_writer(out, "key") as write:
        for file in files:
            for batch in tables.read_batches(file, columns):
                docs = batch.drop_nulls(name)
                docs = docs.rename({"exact_bytes": "length", name: "key"})
                if within:
                    scoped = zip(docs["key"], ledger.hash_scope(docs[within]), strict=True)
                    docs = docs.with_columns(
                        key=pl.Series([one + scope for one, scope in scoped], dtype=pl.Binary)
                    )
                write(ledger.rank_members(docs, prefer, ["key"]).with_columns(method=pl.lit(key)))


def duplicates(
    files: Annotated[Sequence[Path], PARTITION], out: Path, *, read_bucket: tables.ReadBucket
) -> Annotated[None, ledger.COLUMNS]:
    """Write the ledger of the documents that share a key. Run by bucket, on the output of `partition`."""
    rows = ledger.sort_members(tables.read_collisions(files, read_bucket, pl.col("key")), ["key"])
    rows = rows.rename({"key": "cluster"}).with_row_index("row")
    first = rows.select(pl.col("row").first().over("cluster")).to_series().to_numpy()
    ones = np.ones(len(rows), dtype=np.float32)
    table = ledger.entries(rows.drop("row"), first, ones, ones, str(rows["method"].first() or "exact"))
    ledger.write(ledger.add_followers(table), out)


def remove(
    docs: Annotated[pl.DataFrame, "id", "uri"], *, duplicates: Path, clusters: Path | None = None
) -> Annotated[pl.DataFrame, ledger.MARKS, "exact_key?", "url_key?", "question_key?"]:
    """Drop what the ledger that `duplicates` wrote removes, as `exact.duplicate`, `exact.url_duplicate` or
    `exact.question_duplicate`.

    `clusters` is the ledger of near duplicates, if it was made without the documents that this one removes: a
    survivor that it removes is replaced by the one that stays in the end. Adds the columns of
    `dedup.ledger.mark`; empties `exact_key`, `url_key` and `question_key`, which nothing needs from here on.
    """
    marked = ledger.follow_survivors(ledger.mark(docs, duplicates), clusters)
    return ledger.clear_columns(marked, ["exact_key", "url_key", "question_key"])
