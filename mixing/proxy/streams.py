"""Token streams for the proxies: which text, cut how, under which vocabulary."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from winnow.mixing.domains import find_domain

END = 0  # the token between two pieces, and before an eval item
ENCODED_BYTES = 2_000_000  # of texts at a time
PIECE_CHARS = 16_384  # long documents are cut here, so that a budget of bytes spans many documents


Read = Callable[..., Iterator[pl.DataFrame]]


def draw_pieces(
    files: Sequence[Path], read: Read, train_bytes: int, held_out_bytes: int, seed: int
) -> pl.DataFrame:
    """Random pieces of every source: columns source, held_out (Boolean), text; in a fixed order.

    Where documents have a `domain`, it stands for their source.

    A piece is a document or, of a long one, a run of 16,384 characters. Per source, pieces in the order of a
    hash of (id, position, seed) fill the held-out part first, then the training part; at most about half of
    a source is held out, and not its only piece. Two passes over the files: which pieces, then their text.
    `read(file, columns, rows)` gives batches of a file's documents.
    """
    parts = [_list_pieces(file, read, number) for number, file in enumerate(files)]
    passed, total = pl.col("bytes").cum_sum().over("source"), pl.col("bytes").sum().over("source")
    limit = pl.min_horizontal(pl.lit(held_out_bytes), total // 2)
    chosen = (
        pl.concat(parts)
        .with_columns(order=pl.struct("id", "piece").hash(seed))
        .sort("source", "order", "id", "piece")
        .with_columns(held_out=(passed - pl.col("bytes") < limit) & (passed < total))
        .with_columns(trained=pl.when("held_out").then(0).otherwise("bytes"))
        .filter(
            pl.col("held_out") | (pl.col("trained").cum_sum().over("source") - pl.col("bytes") < train_bytes)
        )
    )
    texts = [
        _read_texts(file, read, chosen.filter(pl.col("file") == number)) for number, file in enumerate(files)
    ]
    return pl.concat(texts).sort("source", "order", "id", "piece").select("source", "held_out", "text")


def _list_pieces(file: Path, read: Read, number: int) -> pl.DataFrame:
    """One row per piece; a document's bytes are spread evenly over its pieces."""
    sizes = {"bytes": pl.col("text").str.len_bytes(), "chars": pl.col("text").str.len_chars()}
    batches = [
        batch.select("id", find_domain(batch.columns).alias("source"), **sizes)
        for batch in read(file, ["id", "source", "domain", "text"])
    ]
    return (
        pl.concat(batches)
        .with_row_index("row")
        .filter(pl.col("chars") > 0)
        .with_columns(number=(pl.col("chars") + PIECE_CHARS - 1) // PIECE_CHARS)
        .with_columns(piece=pl.int_ranges("number"), bytes=pl.col("bytes").cast(pl.Int64) // pl.col("number"))
        .select("id", "source", "bytes", "piece", "row", file=pl.lit(number))
        .explode("piece")
    )


def _read_texts(file: Path, read: Read, chosen: pl.DataFrame) -> pl.DataFrame:
    if chosen.is_empty():
        return chosen.with_columns(text=pl.lit("", dtype=pl.String))
    rows = chosen["row"].unique().sort()  # an id may come more than once: a document that is read again
    docs = pl.concat(read(file, ["text"], rows)).select("text", row=rows)
    return chosen.join(docs, on="row", how="left").with_columns(
        text=pl.col("text").str.slice(pl.col("piece") * PIECE_CHARS, PIECE_CHARS)
    )


def train_vocabulary(texts: Sequence[str], size: int) -> Tokenizer:
    """A byte-level BPE of `size` tokens with END, trained on `texts`; it encodes every text without loss."""
    return train_bpe(texts, size - 1)  # token 0 is END, kept outside: no text may spell it


def train_bpe(texts: Iterable[str], size: int, special: Sequence[str] = ()) -> Tokenizer:
    """A byte-level BPE of `size` ids, of which the first are the `special` tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def measure_tokens(tokenizer: Tokenizer) -> np.ndarray:
    """UTF-8 bytes of every token: byte-level BPE writes one character per byte."""
    lengths = np.zeros(tokenizer.get_vocab_size() + 1, dtype=np.int32)
    for token, index in tokenizer.get_vocab().items():
        lengths[index + 1] = len(token)
    return lengths


def encode(texts: Sequence[str], tokenizer: Tokenizer) -> list[np.ndarray]:
    """The tokens of each text, uint16."""
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [np.array(encoding.ids, dtype=np.uint16) + np.uint16(1) for encoding in encoded]


def join_stream(texts: Sequence[str], tokenizer: Tokenizer) -> np.ndarray:
    """All texts as one run of tokens, END before each."""
    end = np.array([END], dtype=np.uint16)
    parts = [part for tokens in encode(texts, tokenizer) for part in (end, tokens)]
    return np.concatenate(parts) if parts else end[:0]


def encode_slices(texts: pl.Series, tokenizer: Tokenizer) -> list[np.ndarray]:
    """As `encode`, some texts at a time: while they are encoded they take many times their bytes."""
    filled = (texts.str.len_bytes().cum_sum() // ENCODED_BYTES).to_numpy()
    cuts = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist(), len(texts)]
    slices = (texts[start:stop].to_list() for start, stop in itertools.pairwise(cuts))
    return [tokens for some in slices for tokens in encode(some, tokenizer)]
