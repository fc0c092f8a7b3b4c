"""Near duplicates: MinHash LSH over word shingles proposes, an exact comparison disposes.

`sign` (shard step) -> `bands` (by part) -> `pairs` (by bucket) -> `dedup.clusters:join` ->
`dedup.clusters:gather` (by part) -> `dedup.clusters:choose` (by bucket) -> `remove` (shard step). In between,
a document is an address and a few numbers; only `gather` goes back to texts, and only to those that have a
neighbour.

Two documents of Jaccard similarity s share a band with a probability of 1 - (1 - s^rows)^bands. The default
of 14 bands of 8 rows over 5-word shingles is FineWeb's (Penedo et al., 2024); 26 bands of 11 rows are Dolma
3's. Bands are sorted, and documents that agree in the first half of a band only are compared as neighbours
too: at a similarity of 0.85 the published bands miss one pair in a hundred, the halves one in 30,000. Where a
containment is asked for, so are those that agree in the first minimum of a band: of texts within one three
times as long the halves miss 85 in 100, the first minima four in a thousand.

`index` writes what a later run needs to remove what this one kept, without the texts; `condense` makes the
same of a corpus that is finished (`groups/dedup_against.toml`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import pyarrow.parquet as pq
from pydantic import NonNegativeInt, PositiveInt

from winnow.dedup import buckets as tables
from winnow.dedup import ledger
from winnow.dedup.near import links, signatures
from winnow.dedup.near.index import (
    SIGNATURE,
    TERMS,
    check_index,
    check_signed,
    list_rows,
    list_terms,
    pack_sketches,
    unpack_sketches,
)
from winnow.dedup.near.tokens import make_shingles, scan
from winnow.ranges import Ratio, RatioOrOff
from winnow.shuffle import open_writer

TELLS = {"measure": "duplicates"}

WINDOW = 256
"""Documents that a document is compared with within one band; bounds the time for huge groups."""

SKETCHED = 5
"""Words of a sketch that a row of bands has. With 7, 5 and 4 a row has 76, 60 and 52 bytes, 9.8, 12.5 and
19.2 million pairs of 35,000 manuals are compared later, and of edits by .75 and more all are found."""

BANDS = ("doc", "key", "size", "sketch")


def sign(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    ngram: PositiveInt = 5,
    bands: PositiveInt = 14,
    rows: PositiveInt = 8,
    seed: NonNegativeInt = 1,
) -> Annotated[pl.DataFrame, SIGNATURE]:
    """Add `minhash_band_keys` (a list of `bands` keys), `minhash_sketch` (four bits of the first 112 minima,
    in 64-bit words) and `minhash_shingles` (how many shingles the text has).

    Shingles are runs of `ngram` words without punctuation, case ignored; a shorter document is one shingle
    of what there is, and one without words has neither bands nor sketch (null).
    """
    if bands < 1 or rows < 1 or bands * rows < signatures.FIELDS:
        raise ValueError(f"bands * rows must be {signatures.FIELDS} or more, not {bands} * {rows}")
    grams, offsets = make_shingles(scan(docs["text"]), ngram)
    drawn = signatures.draw_permutations(bands * rows, seed)
    minima = signatures.find_minima(grams, offsets, *drawn)
    firsts = signatures.find_first_shingles(grams, offsets, minima, bands, *drawn)
    some = pl.Series(np.diff(offsets) > 0)
    return docs.with_columns(
        minhash_band_keys=list_rows(signatures.make_band_keys(minima, firsts), some),
        minhash_sketch=list_rows(signatures.make_sketches(minima), some),
        minhash_shingles=pl.Series(np.diff(offsets), dtype=pl.UInt32),
    )


def condense(docs: Annotated[pl.DataFrame, "text"]) -> Annotated[pl.DataFrame, "text", TERMS]:
    """Put `terms` and `marks`, the words in order as 32-bit hashes and what marks each, in the
    place of the text, which is empty from now on.

    With `sign` before it the documents have the form of an index (`index`): those of a finished corpus, with
    which others are compared by `bands` and `dedup.clusters:gather` with `old = true`.
    """
    return docs.with_columns(*list_terms(docs["text"]), text=pl.lit(""))


def bands(
    files: Annotated[Sequence[Path], "id", "uri", SIGNATURE, ledger.name_scope],
    out: Path,
    *,
    without: Path | None = None,
    old: bool = False,
    within: str = "",
) -> Annotated[None, BANDS]:
    """Write each document once per band to the shuffle: near keys meet in a bucket. Run by part.

    `without` is a ledger of duplicates known before: what it removes is left out. `old` says that the part is
    one of an index that an earlier run wrote. `within` names a column, `source`, say: documents are near only
    where they are equal in it.
    """
    with open_writer(out, "key") as write:
        for file in files:
            first = tables.first_address(file, old=old)
            (check_index if old else check_signed)(file)
            for batch in tables.read_batches(file, list(dict.fromkeys(["id", "uri", *SIGNATURE, within]))):
                address = pl.int_range(pl.len(), dtype=pl.UInt64) + pl.lit(first, pl.UInt64)
                rows = ledger.drop_removed(batch.with_columns(doc=address), without).drop_nulls(
                    "minhash_band_keys"
                )
                first += len(batch)
                sketch = pack_sketches(rows["minhash_sketch"], SKETCHED)
                apart = (
                    ledger.hash_scope(rows[within]).bin.reinterpret(dtype=pl.UInt64)
                    if within
                    else pl.lit(0, pl.UInt64)
                )
                scope = (apart & int(signatures.FIRST)).alias("scope")
                rows = rows.select("doc", sketch, scope, key="minhash_band_keys", size="minhash_shingles")
                rows = rows.explode("key", empty_as_null=False, keep_nulls=False)
                write(rows.select("doc", "sketch", "size", key=pl.col("key") ^ pl.col("scope")))


def pairs(
    files: Annotated[Sequence[Path], BANDS],
    out: Path,
    *,
    read_bucket: tables.ReadBucket,
    min_similarity: Ratio = 0.75,
    min_containment: RatioOrOff = 0.95,
) -> Annotated[None, links.LINKS]:
    """Write to the shuffle which documents may resemble each other (`dedup.near.links`). Run by bucket.

    Documents that agree in the first minimum of a band, or in the first half of it where `min_containment` is
    above 1, are sorted by the rest of it, and each is compared with those before it by sketches. A pair is
    left out where these are so different that a similarity of `min_similarity`, or a containment of
    `min_containment`, would be a chance in a thousand; where less than half a band agrees, they must tell of
    such a containment. The pairs are as few as connect all that may resemble each other, so a group of n
    documents makes less than n.
    """
    # A text cut from a much longer one agrees with it in few minima, seldom in several of one band.
    by_first = min_containment <= 1.0
    bits, mask = (
        (signatures.FIRST_BITS, signatures.FIRST) if by_first else (signatures.HALF_BITS, signatures.HALF)
    )
    rows = tables.read_collisions(files, read_bucket, pl.col("key") // 2**bits)
    sketches = unpack_sketches(rows["sketch"])
    keys = rows["key"].to_numpy()
    # What is equal in all these is one to the next step: the result does not depend on the order of files.
    order = np.lexsort((rows["size"].to_numpy(), signatures.hash_sketches(sketches), keys))
    later, earlier = links.find_links(
        sketches[order],
        rows["size"].to_numpy()[order],
        keys[order],
        mask,
        min_similarity,
        signatures.find_least_share(min_containment),
        WINDOW,
    )
    doc = rows["doc"].to_numpy()[order]
    links.write(out, doc[later], doc[earlier], keys[order][later] == keys[order][earlier])


def remove(
    docs: Annotated[pl.DataFrame, "id", "uri"], *, clusters: Path
) -> Annotated[pl.DataFrame, ledger.MARKS, "minhash_band_keys?", "minhash_sketch?", "minhash_shingles?"]:
    """Drop what the ledger that `dedup.clusters:choose` wrote removes, as `minhash.near_duplicate`.

    A copy that goes along with a near duplicate is dropped as what it is, `exact.duplicate` (or
    `exact.url_duplicate`). Adds the columns of `dedup.ledger.mark`; empties the columns of `sign`, which
    nothing needs from here on.
    """
    marked = ledger.mark(docs, clusters)
    return ledger.clear_columns(marked, SIGNATURE)


def index(
    files: Annotated[Sequence[Path], "id", "source", "uri", "text", SIGNATURE],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    clusters: Path,
    without: Path | None = None,
) -> Annotated[None, "id", "source", "uri", SIGNATURE, *TERMS]:
    """Write of each document what a later run compares with. By part.

    Of those that `clusters` removes only the signature: what resembles one of them is led by it to its
    survivor, which it is compared with. What `without` removes has the signature of another one.

    `id`, `source`, `uri`, the columns of `sign`, `terms` and `marks`: the words in order as 32-bit hashes and
    what marks each, no text. A later recipe names the files as a source without a reader, and runs
    `bands` and `dedup.clusters:gather` on them with `old = true` beside its own.
    """
    for file in files:
        with ExitStack() as closing:
            writer = None
            for frame in read(file, ["id", "source", "uri", *SIGNATURE, "text"]):
                rows = ledger.drop_removed(frame, without).drop_nulls("minhash_band_keys")
                gone = ledger.look_up(clusters, rows).drop_nulls("survivor")["id"]
                text = rows.select(pl.when(~pl.col("id").is_in(gone.implode())).then("text"))["text"]
                rows = rows.with_columns(list_terms(text)).drop(
                    "text", "duplicates", "followers", strict=False
                )
                table = rows.to_arrow()
                if writer is None:
                    writer = pq.ParquetWriter(
                        out / file.name, table.schema, compression="zstd", write_page_checksum=True
                    )
                    closing.enter_context(writer)
                writer.write_table(table)
