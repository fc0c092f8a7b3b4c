"""How many tokens there are, by document and by source."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import polars as pl

from winnow.files import cache_by_stamp, write_json
from winnow.mixing.domains import find_domain

TELLS = {"does": {"count": "tokens"}}

if TYPE_CHECKING:  # an estimate needs none
    from tokenizers import Tokenizer

NEEDS = (("tokenizers", "tokens", {"tokenizer": ...}),)

BYTES_PER_TOKEN = 4  # English prose under a 50k BPE; code and other scripts have fewer bytes a token
CHUNK_CHARS = 32_768  # longer documents are encoded in chunks of about this length
BATCH_CHARS = 1_048_576  # text in flight inside the tokenizer


def _name_count(settings: Mapping[str, Any]) -> list[str]:
    """`token_count` with `only_missing`."""
    return ["[token_count]"] if settings["only_missing"] else []


def tokens(
    docs: Annotated[pl.DataFrame, "text", _name_count],
    *,
    tokenizer: Path | None = None,
    only_missing: bool = False,
) -> Annotated[pl.DataFrame, "token_count"]:
    """Set `token_count` (Int64), without special tokens.

    `tokenizer` is a file of HuggingFace `tokenizers` (`tokenizer.json`). Without one the count is an
    estimate: UTF-8 bytes / 4, rounded up.

    `only_missing` leaves the counts that are there, for a second count after texts were changed: the
    engine takes the count off a document whose text a step changes.

    A document longer than 32,768 characters is encoded in chunks, so that a huge one costs neither memory
    nor quadratic time. A chunk ends before a line break that follows a visible character. The
    pre-tokenizers of GPT-2, GPT-NeoX and OLMo always break there, so the count is exact; one that
    joins a line break to the punctuation before it (cl100k, Llama 3) may count one token more or less
    per chunk. So may any tokenizer where a chunk has no line break and is cut at a space or, without
    one, anywhere.

    Errors: ValueError where `tokenizer` is not such a file.
    """
    found = only_missing and "token_count" in docs.columns
    known = pl.col("token_count").cast(pl.Int64) if found else pl.lit(None, pl.Int64)
    if tokenizer is None:
        return docs.with_columns(token_count=pl.coalesce(known, estimate_tokens()))
    text = docs.select(pl.when(known.is_null()).then("text").otherwise(pl.lit(""))).to_series()
    counts = _count_texts(text.to_list(), load_tokenizer(tokenizer))
    return docs.with_columns(token_count=pl.coalesce(known, pl.Series(counts, dtype=pl.Int64)))


def estimate_tokens() -> pl.Expr:
    """What stands for the count of `text` where there is no tokenizer (Int64)."""
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    return (size + BYTES_PER_TOKEN - 1) // BYTES_PER_TOKEN


def by_source(files: Annotated[Sequence[Path], "source", "text", "token_count"], out: Path) -> None:
    """Write `counts.json`: per source its documents, tokens, bytes and natural weight.

    Reads `source`, `token_count` and `text_bytes`, or `text` where a file lacks that; where
    `mixing.domains:assign` set `domain`, that in place of `source`. The file is
    `{source: {"documents": int, "tokens": int, "bytes": int, "natural_weight": float}}`, sources in
    alphabetical order; bytes are UTF-8; the natural weight is the source's share of all tokens.

    Errors: ValueError where no document has a token, or a `token_count` is missing.
    """
    parts = [_sum_part(file) for file in files]
    schema = {"source": pl.String, "documents": pl.Int64, "tokens": pl.Int64, "bytes": pl.Int64}
    table = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
    table = table.group_by("source").agg(pl.col("documents", "tokens", "bytes").sum()).sort("source")
    total = int(table["tokens"].sum())
    if total == 0:
        raise ValueError("no tokens to count: every part is empty; look at what the stages before dropped")
    counts = {
        row.pop("source"): row | {"natural_weight": row["tokens"] / total}
        for row in table.iter_rows(named=True)
    }
    write_json(out / "counts.json", counts)


def _sum_part(file: Path) -> pl.DataFrame:
    docs = pl.scan_parquet(file, glob=False)
    size = pl.col("text").str.len_bytes()
    names = docs.collect_schema().names()
    if "text_bytes" in names:  # a file whose texts stand elsewhere says how long they are
        size = pl.col("text_bytes")
    totals = (
        docs.group_by(find_domain(names).alias("source"))
        .agg(
            documents=pl.len().cast(pl.Int64),
            tokens=pl.col("token_count").sum().cast(pl.Int64),
            bytes=size.sum().cast(pl.Int64),
            uncounted=pl.col("token_count").null_count(),
        )
        .collect()
    )
    if totals["uncounted"].sum():
        raise ValueError(f"{file.name} has documents without a token_count: run mixing.count:tokens before")
    return totals.drop("uncounted")


@cache_by_stamp(4)
def load_tokenizer(tokenizer: Path) -> "Tokenizer":
    """A tokenizer with one thread a worker; ValueError where the file holds none."""
    from tokenizers import Tokenizer

    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    try:
        loaded = Tokenizer.from_file(str(tokenizer))
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"{tokenizer} is not a tokenizers JSON file: {error}") from error
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def _count_texts(texts: list[str], tokenizer: "Tokenizer") -> list[int]:
    counts = [0] * len(texts)
    for batch in _batch_chunks(texts):
        encoded = tokenizer.encode_batch_fast([chunk for _, chunk in batch], add_special_tokens=False)
        for (row, _), encoding in zip(batch, encoded, strict=True):
            counts[row] += len(encoding)
    return counts


def _batch_chunks(texts: list[str]) -> Iterator[list[tuple[int, str]]]:
    """Chunks with the row they belong to, about BATCH_CHARS at a time."""
    batch: list[tuple[int, str]] = []
    size = 0
    for row, text in enumerate(texts):
        for chunk in _cut_chunks(text):
            batch.append((row, chunk))
            size += len(chunk)
            if size >= BATCH_CHARS:
                yield batch
                batch, size = [], 0
    yield batch


def _cut_chunks(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > CHUNK_CHARS:
        cut = _find_cut(text, start, start + CHUNK_CHARS)
        yield text[start:cut]
        start = cut
    yield text[start:]


def _find_cut(text: str, start: int, end: int) -> int:
    """The last place in (start, end] before white space that follows a visible character, or `end`."""
    for space in ("\n", " "):
        last = text.rfind(space, start, end)
        visible = len(text[start:last].rstrip()) if last > start else 0
        if visible:
            return start + visible
    return end
