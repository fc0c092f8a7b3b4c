"""Kept documents to training shards: shuffled, repeated as drawn, described."""

import hashlib
import json
import math
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import NonNegativeInt, PositiveInt

from winnow.mixing.count import estimate_tokens
from winnow.mixing.domains import find_domain
from winnow.mixing.formats.card import write_card
from winnow.mixing.packing.scatter import BUCKET_BYTES, gather, scatter

TELLS = {
    "files": {"shards": "manifest.json"},
    "does": {"export": "shards"},
    "functions": {"card": "mixing.formats.card:write_card"},
}

ROW_GROUP_BYTES = 8 * 2**20  # of text: what a reader must hold to read one row
COLUMNS: dict[str, pa.DataType] = {  # the names that readers of FineWeb and Dolma know
    "id": pa.string(),
    "source": pa.string(),
    "url": pa.string(),
    "date": pa.string(),
    "text": pa.string(),
    "language": pa.string(),
    "language_score": pa.float32(),
    "license": pa.string(),
    "author": pa.string(),
    "thread": pa.string(),
    "token_count": pa.int64(),
    "metadata": pa.string(),
}
EPOCH = {"epoch": pa.int32()}
FEW_VALUES = ["source", "language", "license"]


def shards(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    shard_bytes: PositiveInt = 256_000_000,
    seed: NonNegativeInt = 1,
    weights: Path | None = None,
    title: str = "Curated corpus",
) -> None:
    """Write `data/train-00000-of-000NN.parquet`, `manifest.json` and the dataset card `README.md`.

    Columns: id, source, url, date, text, language, language_score, license, author, thread,
    token_count, every
    `score_<name>` that any part has (Float32), metadata, and `epoch` (Int32): a document has one row
    for each of its `repeats` (1 where the column is missing), counted from 0. A column that a part
    lacks is null there. Where a part has `domain` (`mixing.domains:assign`), it stands before the scores,
    and `sources` below are domains.

    Shards have about equal text, at most about `shard_bytes` of it, in zstd, in row groups of about
    8 MiB. The order is by a hash of id, epoch and `seed` over all shards; beyond 128 MiB it takes two
    passes over the disk, and the memory of a few buckets, not of the corpus. The bytes depend on the
    documents and the settings alone, not on the order or the number of `files`.

    `manifest.json`: `files` (path, rows, tokens, bytes of text, file_bytes, sha256), `totals`, `sources`
    (documents, rows, tokens, bytes, share of tokens, epochs, licences), `token_count` ("counted", or
    "bytes / 4" where all are that estimate), `weights` (aimed at; from the folder of `mixing.optimize:solve`
    or `mixing.confirm:judge`, if given), `mix` (which mix that is, and why), `schema`, `seed`, `versions`.
    Rows, tokens and bytes are with repeats; `unique_tokens` and `unique_bytes` have each document once.
    Tokens are null where a document has no `token_count`.

    Errors: ValueError where no document is left. Rows written are asserted to be the sum of `repeats`.
    """
    schema = _read_schema(files)
    tally = Tally()
    written = _write_shuffled(files, out, read, schema, tally, shard_bytes, seed)
    rows = sum(entry["rows"] for entry in written)
    assert rows == tally.rows == tally.repeats, f"{rows} rows written of {tally.rows}, {tally.repeats} drawn"
    solved = json.loads((weights / "weights.json").read_text(encoding="utf-8")) if weights else None
    manifest = _describe(written, tally, schema, seed, solved or {})
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")
    (out / "README.md").write_text(write_card(title, manifest), encoding="utf-8")


def _write_shuffled(
    files: Sequence[Path],
    out: Path,
    read: Callable[..., Iterator[pl.DataFrame]],
    schema: pa.Schema,
    tally: "Tally",
    shard_bytes: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Write the shards, and count into `tally` what goes into them; what each file holds, in order."""
    scattered = out / ".scattered"
    scattered.mkdir()
    buckets = max(1, math.ceil(sum(_measure_uncompressed(file) for file in files) / BUCKET_BYTES))
    held = scatter(_repeat_rows(sorted(files), read, schema, tally), scattered, buckets, seed)
    if tally.rows == 0:
        raise ValueError("no document to export: every part is empty; look at what the stages before dropped")
    writer = ShardWriter(out / "data", schema, tally.bytes, max(1, math.ceil(tally.bytes / shard_bytes)))
    gather(held, scattered, buckets, writer.write)
    shutil.rmtree(scattered)
    return writer.close()


class Tally:
    """What went into the shards, counted while it passes."""

    def __init__(self) -> None:
        self.rows = self.repeats = self.bytes = 0
        self.counted = False
        self.sources: dict[str, Counter[str]] = {}
        self.licenses: dict[str, Counter[str]] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Count a batch of rows, after the documents were repeated."""
        size, once = pl.col("text").str.len_bytes(), pl.col("epoch") == 0
        domain = find_domain(rows.columns).alias("source")
        grouped = rows.group_by(domain, pl.col("license").fill_null("")).agg(
            documents=once.sum(),
            rows=pl.len(),
            unique_tokens=pl.col("token_count").filter(once).sum(),
            tokens=pl.col("token_count").sum(),
            unique_bytes=size.filter(once).sum().cast(pl.Int64),
            bytes=size.sum().cast(pl.Int64),
            uncounted=pl.col("token_count").null_count(),
        )
        for row in grouped.iter_rows(named=True):
            source, license = row.pop("source"), row.pop("license")
            self.sources.setdefault(source, Counter()).update(row)
            self.licenses.setdefault(source, Counter())[license] += row["documents"]
        self.counted |= rows.select((pl.col("token_count") != estimate_tokens()).any()).item()
        self.rows += rows.height
        self.bytes += int(rows.select(size.sum()).item())


class ShardWriter:
    """Rows in their final order to files of about equal text; row groups do not depend on the batches."""

    def __init__(self, folder: Path, schema: pa.Schema, total: int, count: int) -> None:
        self.folder, self.schema, self.count = folder, schema, count
        self.target = max(1, math.ceil(total / count))
        self.passed = 0
        self.waiting: list[pl.DataFrame] = []
        self.files: list[dict[str, Any]] = []
        self.writer: pq.ParquetWriter | None = None
        folder.mkdir()

    def write(self, rows: pl.DataFrame) -> None:
        """Take rows; whole row groups go to disk, what is left waits."""
        size = pl.col("text").str.len_bytes().cast(pl.Int64)
        before = self.passed + rows.select(size.cum_sum() - size).to_series()
        self.passed += int(rows.select(size.sum()).item())
        shard = (before // self.target).clip(0, self.count - 1)
        group = (before - shard * self.target) // ROW_GROUP_BYTES
        marked = rows.with_columns(shard.alias("_shard"), group.alias("_group"))
        frame = pl.concat([*self.waiting, marked])
        groups = frame.partition_by("_shard", "_group", maintain_order=True)
        for whole in groups[:-1]:
            self._write_group(whole)
        self.waiting = groups[-1:]

    def close(self) -> list[dict[str, Any]]:
        """Write what waits; what each file holds, in order."""
        for rest in self.waiting:
            self._write_group(rest)
        self._close_file()
        for number, entry in enumerate(self.files):  # an empty shard was never begun: count again
            name = f"train-{number:05d}-of-{len(self.files):05d}.parquet"
            path = (self.folder / entry["path"]).rename(self.folder / name)
            entry["path"] = f"data/{name}"
            entry["file_bytes"] = path.stat().st_size
            with path.open("rb") as file:
                entry["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        return self.files

    def _write_group(self, rows: pl.DataFrame) -> None:
        name = f"{rows['_shard'][0]:05d}.parquet"
        if self.writer is None or self.files[-1]["path"] != name:
            self._close_file()
            self.files.append({"path": name, "rows": 0, "tokens": 0, "bytes": 0})
            self.writer = pq.ParquetWriter(
                self.folder / name,
                self.schema,
                compression="zstd",
                use_dictionary=FEW_VALUES,
                write_page_checksum=True,  # so that a reader can tell a flipped bit, too
            )
        table = rows.drop("_shard", "_group").to_arrow(compat_level=pl.CompatLevel.oldest())
        self.writer.write_table(table.cast(self.schema), row_group_size=rows.height)
        entry = self.files[-1]
        entry["rows"] += rows.height
        uncounted = entry["tokens"] is None or rows["token_count"].null_count()
        entry["tokens"] = None if uncounted else entry["tokens"] + int(rows["token_count"].sum())
        entry["bytes"] += int(rows["text"].str.len_bytes().sum())

    def _close_file(self) -> None:
        if self.writer is not None:
            self.writer.close()


def _read_schema(files: Sequence[Path]) -> pa.Schema:
    names = {name for file in files for name in pq.read_schema(file).names}
    scores = {name: pa.float32() for name in sorted(names) if name.startswith("score_")}
    head = {name: kind for name, kind in COLUMNS.items() if name != "metadata"}
    domain = {"domain": pa.string()} if "domain" in names else {}
    return pa.schema({**head, **domain, **scores, "metadata": COLUMNS["metadata"], **EPOCH})


def _measure_uncompressed(file: Path) -> int:
    """Bytes of a part before compression, at its documents' largest `repeats`; also of texts that stand in
    another file, whose bytes the part's `text_bytes` says."""
    found = pq.read_metadata(file)
    size = sum(found.row_group(number).total_byte_size for number in range(found.num_row_groups))
    docs = pl.scan_parquet(file, glob=False)
    names = docs.collect_schema()
    if "text_bytes" in names:
        size += docs.select(pl.col("text_bytes").sum()).collect().item()
    times = docs.select(pl.col("repeats").max()).collect().item() if "repeats" in names else 1
    return int(size * (times or 1))


def _repeat_rows(
    files: Sequence[Path], read: Callable[..., Iterator[pl.DataFrame]], schema: pa.Schema, tally: Tally
) -> Iterator[pl.DataFrame]:
    """Batch by batch, the schema's columns, one row per repeat."""
    wanted = pl.from_arrow(schema.empty_table()).schema  # type: ignore[union-attr]
    for docs in (batch for path in files for batch in read(path, [*wanted, "repeats"])):
        once = pl.Series([1] * docs.height, dtype=pl.Int64)
        repeats = docs["repeats"].fill_null(1) if "repeats" in docs.columns else once
        tally.repeats += int(repeats.sum())
        lists = pl.int_ranges(0, repeats.cast(pl.Int64), eager=True)
        rows = docs.with_columns(lists.alias("epoch")).filter(repeats > 0).explode("epoch")
        rows = rows.select(
            (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in wanted.items()
        )
        tally.add(rows)
        yield rows


def _describe(
    written: list[dict[str, Any]],
    tally: Tally,
    schema: pa.Schema,
    seed: int,
    solved: dict[str, Any],
) -> dict[str, Any]:
    total: Counter[str] = sum(tally.sources.values(), Counter())
    sources = {}
    for name in sorted(tally.sources):
        row, tokens = tally.sources[name], solved.get("tokens", {}).get(name)
        sources[name] = {
            **_sums(row),
            "share": None if total["uncounted"] else row["tokens"] / max(total["tokens"], 1),
            "epochs": row["tokens"] / tokens if tokens and not row["uncounted"] else None,
            "licenses": dict(sorted(tally.licenses[name].items())),
        }
    return {
        "files": written,
        "totals": _sums(total),
        "sources": sources,
        "token_count": "counted" if tally.counted else "bytes / 4",
        "weights": solved.get("weights"),
        "mix": {name: solved[name] for name in ("exported", "why") if name in solved},
        "schema": {field.name: str(field.type) for field in schema},
        "seed": seed,
        "versions": {"pyarrow": pa.__version__, "polars": pl.__version__},
    }


def _sums(found: Counter[str]) -> dict[str, int | None]:
    """Documents once, rows and what they hold with repeats; no tokens where some were not counted."""
    names = ("documents", "rows", "unique_tokens", "tokens", "unique_bytes", "bytes")
    return {name: None if found["uncounted"] and name.endswith("tokens") else found[name] for name in names}
