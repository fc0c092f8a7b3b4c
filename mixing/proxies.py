"""Proxy models: small ones, trained on each mix of the swarm and measured, so that a law can be fitted.

`prepare` once turns documents and eval items into tokens; `train` then needs only its mix and numbers.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from mixing.proxy import draws, streams
from mixing.proxy import windows as asked
from mixing.proxy.windows import HELD_OUT, Windows

VOCABULARY_BYTES = 300_000  # of each source, that the vocabulary is trained on


def prepare(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    items: Path,
    max_bytes_per_source: int = 4_000_000,
    held_out_bytes: int = 16_000,
    max_items_per_eval: int = 64,
    vocabulary: int = 1024,
    context: int = 128,
    seed: int = 0,
) -> None:
    """Write what `train` needs: token streams of the sources and windows to score.

    Reads `id`, `source`, `text` of the files, and `items.parquet` (`eval`, `item`, `prompt`, `answer`) in the
    folder `items`. Of each source random pieces (documents, or 16,384 characters of a long one) up to
    `max_bytes_per_source` become its training stream, others (none of a source of one piece) its
    held-out text, scored under the eval name `source:<name>`. Of each eval `max_items_per_eval` random
    items are taken. A byte-level BPE of `vocabulary` tokens is trained on 300 KB of each source, so that
    it favours none.

    An item is scored in one window of `context` tokens: where it is longer, the prompt loses its beginning
    and an answer beyond half the window its end. A space that ends the prompt is scored with the answer, as
    in OLMES, because it belongs to the token that follows.

    Errors: ValueError where there is no text or no item.
    """
    chosen = streams.draw_pieces(files, read, max_bytes_per_source, held_out_bytes, seed)
    if chosen.is_empty():
        raise ValueError("no text to train proxies on: every part is empty")
    sources = chosen["source"].unique().sort().to_list()
    train = {source: _select_texts(chosen, source, held_out=False) for source in sources}
    sample = [text for texts in train.values() for text in _take_first(texts)]
    tokenizer = streams.train_vocabulary(sample, vocabulary)
    tokenizer.save(str(out / "vocabulary.json"))
    held = {source: _select_texts(chosen, source, held_out=True) for source in sources}
    evals, windows = _make_windows(held, _draw_items(items, max_items_per_eval, seed), tokenizer, context)
    asked.save(windows, out)
    np.save(out / "windows-bytes.npy", _measure_windows(windows, streams.measure_tokens(tokenizer)))
    tokens = _write_streams(train, tokenizer, out)
    size = tokenizer.get_vocab_size() + 1
    facts = {"sources": tokens, "evals": evals, "vocabulary": size, "context": context}
    (out / "prepared.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def train(
    files: Annotated[Sequence[Path], "mix"],
    out: Path,
    *,
    data: Path,
    proxy_tokens: int,
    seed: int = 0,
) -> Annotated[None, "mix", "eval", "bits_per_byte", "items", "bytes", "train_tokens", "proxy"]:
    """Train the proxy on each mix in `files` and write `scores.parquet`.

    Meant for a stage `by = "mix"`: `files` are then one `mix=0007.parquet` of `mixing.swarm:sample`, with
    the column `mix` and one per source. `data` is the folder of `prepare`. About `proxy_tokens` tokens (whole
    sequences) are drawn by the mix's weights; a source is read again only when all of its stream was read.
    The model is a transformer of one block of width 64 (`mixing/proxy/transformer.py`); `mixing.ngram:score`
    scores the same windows by n-grams, without training.

    Columns: `mix` (Int64), `eval` (String; `source:<name>` is a source's held-out text), `bits_per_byte`
    (Float64: the bits of all scored tokens of the eval over their UTF-8 bytes, so that each byte counts
    the same), `items`, `bytes`, `train_tokens` (Int64), `proxy` ("transformer"). The same mix, data and
    seed give the same bytes, on any number of threads or workers.

    Errors: ValueError where a mix lacks a source of `data`, has one that is not there, or does not sum to 1.
    """
    facts = json.loads((data / "prepared.json").read_text(encoding="utf-8"))
    windows = asked.load(data)
    sizes = np.load(data / "windows-bytes.npy")
    texts = [np.load(data / f"train-{i:02d}.npy", mmap_mode="r") for i in range(len(facts["sources"]))]
    length = facts["context"] + 1  # a model learns the next token, of which a sequence's first is none
    mixes = [pl.read_parquet(file, glob=False) for file in files if file.name.startswith("mix=")]
    if not mixes:
        raise ValueError("no file named mix=... to train on: is this stage `after` mixing.swarm:sample?")
    scores = []
    for row in pl.concat(mixes).sort("mix").iter_rows(named=True):
        weights = _check_weights(row, list(facts["sources"]))
        rows = draws.draw(texts, weights, max(proxy_tokens // length, 1), length, seed)
        bits = _measure_bits(rows, windows, facts["vocabulary"], seed)
        scores.append(_tabulate_scores(row["mix"], bits, windows, sizes, facts["evals"]))
    trained = pl.lit(rows.size, dtype=pl.Int64)
    table = pl.concat(scores).with_columns(train_tokens=trained, proxy=pl.lit("transformer"))
    table.write_parquet(out / "scores.parquet")


def _select_texts(chosen: pl.DataFrame, source: str, held_out: bool) -> list[str]:
    return chosen.filter((pl.col("source") == source) & (pl.col("held_out") == held_out))["text"].to_list()


def _write_streams(train: dict[str, list[str]], tokenizer: Tokenizer, out: Path) -> dict[str, int]:
    """Write the training text of each source as one stream; how many tokens each has."""
    tokens = {}
    for number, (source, texts) in enumerate(train.items()):
        stream = streams.join_stream(texts, tokenizer)
        np.save(out / f"train-{number:02d}.npy", stream)
        tokens[source] = len(stream)
    return tokens


def _take_first(texts: list[str]) -> list[str]:
    """The first texts, of about VOCABULARY_BYTES together."""
    sizes = np.cumsum([len(text.encode()) for text in texts])
    return texts[: int(np.searchsorted(sizes, VOCABULARY_BYTES)) + 1]


def _draw_items(folder: Path, max_items: int, seed: int) -> pl.DataFrame:
    """Random items of every eval, those first whose (eval, item) hash lowest."""
    table = pl.read_parquet(
        folder / "items.parquet", glob=False, columns=["eval", "item", "prompt", "answer"]
    )
    table = table.filter(pl.col("answer").str.len_bytes() > 0)
    if table.is_empty():
        raise ValueError(f"{folder / 'items.parquet'} has no item with an answer")
    order = pl.struct("eval", "item").hash(seed)
    return table.with_columns(order=order).sort("eval", "order", "item").group_by("eval").head(max_items)


def _make_windows(
    held: dict[str, list[str]], items: pl.DataFrame, tokenizer: Tokenizer, context: int
) -> tuple[list[str], Windows]:
    """The names of the evals, in the order of their numbers, and all windows."""
    items = items.sort("eval", "order", "item").with_columns(spaced=pl.col("prompt").str.ends_with(" "))
    prompts = items["prompt"].str.replace(" $", "").to_list()
    answers = items.select(pl.when("spaced").then(" " + pl.col("answer")).otherwise("answer"))
    encoded = zip(
        streams.encode(prompts, tokenizer),
        streams.encode(answers.to_series().to_list(), tokenizer),
        strict=True,
    )
    windows = [asked.make_item_window(prompt, answer, context) for prompt, answer in encoded]
    names = items["eval"].to_list()
    for source, texts in held.items():
        cuts = asked.cut_stream(streams.join_stream(texts, tokenizer), context)
        windows += cuts
        names += [HELD_OUT + source] * len(cuts)
    evals = sorted(set(names))
    numbers = {name: number for number, name in enumerate(evals)}
    return evals, asked.join(windows, [numbers[name] for name in names])


def _measure_windows(windows: Windows, lengths: np.ndarray) -> np.ndarray:
    positions, _ = asked.find_scored(windows)
    return asked.sum_windows(windows, lengths[windows.tokens[positions]]).astype(np.int64)


def _check_weights(row: dict[str, Any], sources: list[str]) -> np.ndarray:
    named = set(row) - {"mix", "role"}
    if named != set(sources):
        raise ValueError(f"mix {row['mix']} is of {sorted(named)}, but the data are of {sources}")
    weights = np.array([row[source] for source in sources])
    if abs(weights.sum() - 1) > 1e-6 or (weights < 0).any():
        raise ValueError(f"mix {row['mix']}: weights must be at least 0 and sum to 1, not {weights.sum()}")
    return weights


def _measure_bits(rows: np.ndarray, windows: Windows, vocabulary: int, seed: int) -> np.ndarray:
    """The bits of each window, by a model trained on `rows`."""
    from mixing.proxy import transformer

    return transformer.measure_bits(transformer.train(rows, vocabulary, seed), windows)


def _tabulate_scores(
    mix: int, bits: np.ndarray, windows: Windows, sizes: np.ndarray, evals: list[str]
) -> pl.DataFrame:
    def total(values: np.ndarray | None) -> np.ndarray:
        return np.bincount(windows.evals, weights=values, minlength=len(evals))

    columns = {
        "mix": pl.Series([mix] * len(evals), dtype=pl.Int64),
        "eval": evals,
        "bits_per_byte": total(bits) / total(sizes),
        "items": total(None).astype(np.int64),
        "bytes": total(sizes).astype(np.int64),
    }
    return pl.DataFrame(columns)
