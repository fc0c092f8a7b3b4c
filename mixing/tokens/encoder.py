"""Documents to token ids: the first of the steps that end in token files.

`encode` (by part) -> `mixing.tokens.pack:samples` -> `mixing.tokens.order:plan` ->
`mixing.tokens.writer:write` (by bucket)
-> `mixing.tokens.writer:finish`.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from winnow.files import cache_by_stamp, write_json
from winnow.mixing.count import load_tokenizer
from winnow.mixing.domains import find_domain
from winnow.mixing.packing.encode_errors import FAILED, encode_singly, flatten, refuse_other
from winnow.mixing.packing.ids import count_marked, surround
from winnow.mixing.packing.paragraphs import Newlines, list_newlines
from winnow.mixing.packing.pretokens import Pieces, judge
from winnow.mixing.packing.scatter import hash_names
from winnow.ranges import Ratio

MOST_IDS = 2**31  # Megatron's and LitData's ids of 32 bits have a sign
BATCH_CHARS = 1_000_000  # of text in the tokenizer at a time; a longer document is a batch of its own
DOCUMENTS = {
    "id": pl.String,
    "source": pl.String,
    "language": pl.String,
    "draw": pl.UInt64,
    "repeats": pl.Int64,
    "start": pl.Int64,
    "tokens": pl.Int64,
}
COLUMNS = ["id", "source", "domain", "language", "text", "repeats"]


class Vocabulary(NamedTuple):
    """A tokenizer, its special ids (-1: none), which ids stand for bytes or for what is unknown, and what
    encodes each distinct piece once, or why nothing can (`whole`)."""

    tokenizer: Tokenizer
    digest: str
    size: int
    bos: int
    eos: int
    pad: int
    bytes: np.ndarray
    unknown: np.ndarray
    newlines: Newlines
    pieces: Pieces | None
    whole: str


def encode(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    tokenizer: Path,
    bos: str = "",
    eos: str = "<|endoftext|>",
    pad: str = "",
    dtype: Literal["smallest", "uint16", "uint32"] = "smallest",
    max_unknown: Ratio = 0.0,
) -> Annotated[None, DOCUMENTS]:
    """Write `ids.bin`, the ids of all documents end to end, `documents.parquet` and `encoding.json`. By part.

    `tokenizer` is a file of Hugging Face's `tokenizers` (`tokenizer.json`), which normalizes and cuts as it
    says; a document is encoded whole, without the file's own template. `bos` and `eos` are set around each
    document where they are named (both empty: nothing is); `pad` fills windows, by default `eos`, else `bos`,
    else id 0. Ids are, little-endian, of the type that `dtype` names: `smallest` is uint16 where the largest
    of the vocabulary fits, else uint32.

    Columns: `start` and `tokens`, where in `ids.bin` a document stands, special tokens included; `source` is
    the `domain` where there is one; `draw` a hash of the id; `repeats` 1 where the documents have none.
    `encoding.json` tells what was counted: `byte_fallback`, ids that stand for one byte of a character that
    the vocabulary lacks, `unknown`, documents `encoded_whole`, and `failed`, documents that the tokenizer
    fails on: these are left out, and named in `failed.parquet` (`id`, `source`, `characters`, `error`);
    `newlines` are ids that end lines. Each distinct piece of text is encoded once, with the same ids, but for
    texts that the tokenizer normalizes; for all, where `whole` says why.

    Errors: ValueError where the file is no tokenizer, lacks a token that is named, or has ids that `dtype` or
    a form of token files cannot hold; or where a share of the ids above `max_unknown` says only that
    something is unknown.
    """
    vocabulary = load_vocabulary(tokenizer, bos, eos, pad)
    stored = _choose_dtype(vocabulary.size, dtype, tokenizer.name)
    frames, at = [pl.DataFrame(schema=DOCUMENTS)], 0
    failed: list[dict[str, Any]] = []
    counts = dict.fromkeys(("documents", "tokens", "byte_fallback", "unknown", "encoded_whole"), 0)
    with (out / "ids.bin").open("wb") as sink:
        for docs in (batch for file in files for batch in read(file, COLUMNS)):
            for rows in _cut_batches(docs):
                taken, ids, lengths = _encode_batch(rows, vocabulary, counts, failed)
                ids.astype(np.dtype(stored).newbyteorder("<")).tofile(sink)
                frames.append(_describe_rows(taken, lengths, at))
                at += len(ids)
    counts["documents"], counts["tokens"] = sum(frame.height for frame in frames), at
    pl.concat(frames).write_parquet(out / "documents.parquet")
    if failed:
        pl.DataFrame(failed, schema=FAILED).write_parquet(out / "failed.parquet")
    said = {"dtype": stored, "failed": len(failed)}
    _tell(out, tokenizer, vocabulary, counts, said, max_unknown)


def _tell(
    out: Path,
    tokenizer: Path,
    vocabulary: Vocabulary,
    counts: dict[str, int],
    more: dict[str, Any],
    max_unknown: float,
) -> None:
    """Write `encoding.json`; ValueError where more is unknown than may be."""
    if counts["unknown"] > max_unknown * counts["tokens"]:
        raise ValueError(
            f"{counts['unknown']:,} of {counts['tokens']:,} tokens are unknown to {tokenizer.name}: what they"
            " stood for would be lost; take a tokenizer with byte fallback, or allow it: max_unknown"
        )
    names = ("digest", "size", "bos", "eos", "pad", "newlines", "whole")
    said = {name: getattr(vocabulary, name) for name in names}
    write_json(out / "encoding.json", {"tokenizer": tokenizer.name, **said, **counts, **more})


def _choose_dtype(size: int, asked: str, name: str) -> str:
    if asked == "uint16" and size > 2**16:
        raise ValueError(
            f"dtype = 'uint16': ids of {name} go up to {size - 1:,}, and 16 bits hold {2**16 - 1:,}; take"
            " uint32, or a smaller vocabulary"
        )
    return ("uint16" if size <= 2**16 else "uint32") if asked == "smallest" else asked


@cache_by_stamp(4)
def load_vocabulary(tokenizer: Path, bos: str, eos: str, pad: str) -> Vocabulary:
    """A tokenizer with one thread, and its special ids; ValueError where it has no such token."""
    text, loaded = tokenizer.read_bytes(), load_tokenizer(tokenizer)
    names = loaded.get_vocab(with_added_tokens=True)
    size = max(names.values(), default=-1) + 1
    if size > MOST_IDS:
        raise ValueError(
            f"ids of {tokenizer.name} go up to {size - 1:,}, and token files hold {MOST_IDS - 1:,} at most"
        )
    found = _find_special(loaded, names, {"bos": bos, "eos": eos, "pad": pad}, tokenizer.name)
    said = json.loads(text)
    model, rule = said["model"], judge(said)
    unknown = names.get(model.get("unk_token") or "", -1)
    if isinstance(model.get("unk_id"), int):  # of a Unigram model
        unknown = model["unk_id"]
    fallback = [names.get(f"<0x{byte:02X}>", -1) for byte in range(256)] if model.get("byte_fallback") else []
    marks = [np.isin(np.arange(size), np.array(ids, np.int64)) for ids in (fallback, [unknown])]
    lines = list_newlines(loaded, names)
    pieces, whole = (None, rule) if isinstance(rule, str) else (Pieces(loaded, said, rule), "")
    digest = hashlib.sha256(text).hexdigest()
    return Vocabulary(
        loaded,
        digest,
        size,
        **found,
        bytes=marks[0],
        unknown=marks[1],
        newlines=lines,
        pieces=pieces,
        whole=whole,
    )


def _find_special(
    loaded: Tokenizer, names: dict[str, int], asked: dict[str, str], file: str
) -> dict[str, int]:
    """Ids of the tokens asked for, -1 where none is; what is padded with is the end's, the beginning's, or
    0."""
    found = {}
    for setting, name in asked.items():
        if name and name not in names:
            special = [token.content for token in loaded.get_added_tokens_decoder().values() if token.special]
            has = f"it has {', '.join(special)}" if special else "it has no special tokens"
            raise ValueError(f"{setting}: {file} has no token {name!r}; {has}")
        found[setting] = names[name] if name else -1
    if found["pad"] < 0:
        found["pad"] = max(0, found["eos"] if found["eos"] >= 0 else found["bos"])
    return found


def _cut_batches(docs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Documents with about BATCH_CHARS of text at a time."""
    size = pl.col("text").str.len_chars().cast(pl.Int64)
    yield from docs.with_columns(_batch=(size.cum_sum() - size) // BATCH_CHARS).partition_by(
        "_batch", maintain_order=True, include_key=False
    )


def _encode_batch(
    rows: pl.DataFrame, vocabulary: Vocabulary, counts: dict[str, int], failed: list[dict[str, Any]]
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """The documents that can be encoded, their ids end to end, special tokens around each, and how many each
    has."""
    try:
        ids, lengths, apart = _encode_texts(rows["text"], vocabulary)
    except BaseException as error:
        refuse_other(error)
        rows, ids, lengths = encode_singly(rows, vocabulary.tokenizer, failed)
        apart = rows.height
    counts["encoded_whole"] += apart
    for name, marked in (("byte_fallback", vocabulary.bytes), ("unknown", vocabulary.unknown)):
        found = count_marked(ids, marked)
        if found < 0:
            raise ValueError(
                f"the tokenizer gave id {ids.max()}, but its vocabulary ends at {len(marked) - 1}"
            )
        counts[name] += int(found)
    special = (vocabulary.bos >= 0) + (vocabulary.eos >= 0)
    if not special:
        return rows, ids, lengths
    whole = np.empty(len(ids) + special * rows.height, np.uint32)
    surround(ids, lengths, vocabulary.bos, vocabulary.eos, whole)
    return rows, whole, lengths + special


def _encode_texts(texts: pl.Series, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray, int]:
    """The ids of texts end to end, how many each has, and how many texts were encoded whole."""
    if vocabulary.pieces:
        return vocabulary.pieces.encode(texts)
    encoded = vocabulary.tokenizer.encode_batch_fast(texts.to_list(), add_special_tokens=False)
    return *flatten(encoded), len(texts)


def _describe_rows(rows: pl.DataFrame, lengths: np.ndarray, at: int) -> pl.DataFrame:
    blank: dict[str, Any] = {"language": pl.String, "repeats": pl.Int64}
    known = [
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in blank.items()
    ]
    return rows.select(
        "id",
        find_domain(rows.columns).alias("source"),
        known[0],
        pl.Series("draw", hash_names(rows["id"].to_list(), 0), dtype=pl.UInt64),
        known[1].fill_null(1),
        pl.Series("start", at + np.cumsum(lengths) - lengths, dtype=pl.Int64),
        pl.Series("tokens", lengths, dtype=pl.Int64),
    )
