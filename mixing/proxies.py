"""Proxy models: small ones, trained on each mix of the swarm and measured, so that a law can be fitted.

`prepare` once turns documents and eval items into tokens; `train` then needs only its mix and numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from tokenizers import Tokenizer

from winnow import eval_items
from winnow.files import write_json, write_messages
from winnow.mixing.proxy import sketches, streams
from winnow.mixing.proxy import store as kept
from winnow.mixing.proxy import train as proxy
from winnow.mixing.proxy import windows as asked
from winnow.mixing.proxy.windows import HELD_OUT, Windows
from winnow.mixing.regression.tables import read_mixes

TELLS = {
    "files": {"prepared": "prepared.json", "sums": "sketches.npy"},
    "functions": {"blank": "mixing.proxy.mask_evals:blank"},
}

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (("torch", "train", {}),)
VOCABULARY_BYTES = 300_000  # of each source, that the vocabulary is trained on


def prepare(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    items: Path,
    max_bytes_per_source: PositiveInt = 4_000_000,
    held_out_bytes: NonNegativeInt = 16_000,
    max_items_per_eval: PositiveInt = 64,
    vocabulary: PositiveInt = 1024,
    context: PositiveInt = 128,
    seed: NonNegativeInt = 0,
    store: str | None = None,
) -> None:
    """Write what `train` needs: token streams of the sources and windows to score.

    Reads `id`, `source`, `text` of the files, and `items.parquet` (`eval`, `item`, `prompt`, `answer`) in the
    folder `items`. Of each source random pieces (documents, or 16,384 characters of a long one) up to
    `max_bytes_per_source` become its training stream, others (none of a source of one piece) its
    held-out text, scored under the eval name `source:<name>`. Of each eval `max_items_per_eval` random
    items are taken. A byte-level BPE of `vocabulary` tokens is trained on 300 KB of each source, so that
    it favors none. In the folder `store`, if one is named, it is kept, and from then on taken from there:
    under another vocabulary all text is other tokens, and no proxy that `train` keeps there could be used
    again once a source is added or changed. Another source then changes nothing of what is written of the
    others.

    `sketches.npy` and `prints.json` say what the text was (`mixing/proxy/sketches.py`), so that a later run's
    `mixing.fit:regress` can tell how far a source has moved.

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
    tokenizer = _find_vocabulary(sample, vocabulary, store)
    tokenizer.save(str(out / "vocabulary.json"))
    held = {source: _select_texts(chosen, source, held_out=True) for source in sources}
    drawn, says = _draw_items(items, max_items_per_eval, seed)
    evals, windows = _make_windows(held, drawn, tokenizer, context)
    write_messages(out, says)
    asked.save(windows, out)
    np.save(out / "windows-bytes.npy", _measure_windows(windows, streams.measure_tokens(tokenizer)))
    tokens = _write_streams(train, tokenizer, out)
    reading = {"vocabulary": sketches.digest([tokenizer.to_str()]), "context": context}
    sketches.save(train, _list_asked(held, drawn), reading, out)
    size = tokenizer.get_vocab_size() + 1
    floors = _measure_floors(held, drawn)
    facts = {"sources": tokens, "evals": evals, "floors": floors, "vocabulary": size, "context": context}
    write_json(out / "prepared.json", facts)


def train(
    files: Annotated[Sequence[Path], "mix", "seed"],
    out: Path,
    *,
    data: Path,
    proxy_tokens: PositiveInt,
    size: PositiveInt = 200_000,
    rate: PositiveFloat = 0.008,
    budget_tokens: PositiveInt | None = None,
    counts: Path | None = None,
    store: str | None = None,
) -> Annotated[
    None, "mix", "seed", "eval", "value", "unit", "items", "bytes", "train_tokens", "size", "proxy"
]:
    """Train a transformer on each mix in `files`, or take it from `store`; write its scores.

    Meant for a stage `by = "mix"`: `files` are then one `mix=0007.parquet` of `mixing.swarm:sample`, with
    the columns `mix`, `seed` and one per source. `data` is the folder of `prepare`. About `proxy_tokens`
    tokens (whole sequences) are drawn by the mix's weights; a source is read again only when all of its
    stream was read. Draws and first weights follow the mix's seed: mixes of one seed begin alike, and read
    the same text of a source, in the same places where it has the same share.

    `size` is the wanted number of parameters, .1M to 30M and more: the nearest that a width in steps of 32
    and a depth give, the width about 96 times the depth (`mixing/proxy/transformer.py`). `rate` is the
    learning rate, of a model of width 64; wider ones take less in proportion. It warms up over a tenth of the
    steps and falls to 0 over the last half. Low ones rank data as large models do (arXiv:2512.24503), where
    there are tokens enough for them. With a GPU, training runs there, in bfloat16 and compiled.

    With `budget_tokens`, the tokens of the run aimed at, and `counts`, the folder of `mixing.count:by_source`
    (in the same tokenizer's tokens), a proxy repeats sources as that run will (arXiv:2606.07597): of a source
    it reads only tokens * proxy_tokens / budget_tokens of its tokens.

    `store` is a folder in which trained proxies stay (4 bytes a parameter each), outside of the run's, by a
    path that all workers know: the same text, size, rate, seed and code are never trained twice, by no run,
    and new evals are answered by the proxies there are. Scores are the same without it. It grows until you
    remove it.

    Columns of `scores.parquet`: `mix`, `seed` (Int64), `eval` (String; `source:<name>` is a source's held-out
    text), `value` (Float64: the bits of all scored tokens of the eval over their UTF-8 bytes, so that each
    byte counts the same; lower is better), `unit` ("bits per byte"), `items`, `bytes`, `train_tokens`, `size`
    (Int64: the parameters it has), `proxy` ("transformer"). On one thread of a processor the same mix, data
    and settings give the same bytes, with any number of workers.

    `messages.json`: how many proxies (`counts`, summed on the screen) were `trained`, `asked other evals`
    (trained before), `reused` and `failed`, and of those that `failed` mix, seed, size, and at which step the
    loss was no number any more, or beyond twice that of a model that knows nothing. They have no scores.

    Errors: ValueError where a mix lacks a source of `data`, has one that is not there, or does not sum to 1;
    where only one of `budget_tokens` and `counts` is given; where a proxy would repeat a source sooner than
    that run, because too little of it was prepared.
    """
    prepared = proxy.load(data)
    limits = proxy.limit_sources(prepared, counts, proxy_tokens, budget_tokens)
    mixes = read_mixes(files, "train on", "mixing.swarm:sample").sort("mix", "seed")
    settings = proxy.Settings(proxy_tokens, size, rate, Path(store) if store else None)
    scores, told = proxy.score_all(mixes, prepared, limits, settings)
    scores.write_parquet(out / "scores.parquet")
    write_messages(out, **told)


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


def _find_vocabulary(sample: list[str], size: int, store: str | None) -> Tokenizer:
    """Trained on `sample`; where there is a store, the one that it has, or has from now on."""
    if store is None:
        return streams.train_vocabulary(sample, size)
    path = kept.keep_first(
        Path(store),
        f"vocabulary-{size}.json",
        lambda beside: streams.train_vocabulary(sample, size).save(str(beside)),
    )
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise ValueError(f"{path} is no vocabulary: {error}; remove {store} to begin anew") from error


def _take_first(texts: list[str]) -> list[str]:
    """The first texts, of about VOCABULARY_BYTES together."""
    sizes = np.cumsum([len(text.encode()) for text in texts])
    return texts[: int(np.searchsorted(sizes, VOCABULARY_BYTES)) + 1]


def _draw_items(folder: Path, max_items: int, seed: int) -> tuple[pl.DataFrame, list[str]]:
    """Random items of every eval, those first whose (eval, item) hash lowest; which have no answer."""
    given = eval_items.read(folder / eval_items.FILE, ["eval", "item", "prompt", "answer"])
    table = given.filter(pl.col("answer").str.len_bytes() > 0)
    if table.is_empty():
        raise ValueError(f"{folder / eval_items.FILE} has no item with an answer")
    asked = dict(table.group_by("eval").len().iter_rows())
    says = [
        f"eval {name}: {count - asked.get(name, 0)} of {count} items have no answer and are not asked"
        for name, count in sorted(given.group_by("eval").len().iter_rows())
        if asked.get(name, 0) < count
    ]
    order = pl.struct("eval", "item").hash(seed)
    drawn = table.with_columns(order=order).sort("eval", "order", "item").group_by("eval").head(max_items)
    return drawn, says


def _list_asked(held: dict[str, list[str]], items: pl.DataFrame) -> dict[str, list[str]]:
    """By eval, all of its text."""
    asked = {HELD_OUT + source: texts for source, texts in held.items() if texts}
    for (name,), rows in items.sort("eval", "order", "item").group_by("eval", maintain_order=True):
        asked[str(name)] = [text for pair in rows.select("prompt", "answer").rows() for text in pair]
    return asked


def _measure_floors(held: dict[str, list[str]], items: pl.DataFrame) -> dict[str, float]:
    """By eval the least bits per byte of a model that knows only how often each byte comes: the entropy of
    the bytes that are scored."""
    scored = {HELD_OUT + source: texts for source, texts in held.items() if texts}
    scored |= {str(name): rows["answer"].to_list() for (name,), rows in items.group_by("eval")}
    floors = {}
    for name, texts in sorted(scored.items()):
        counts = np.bincount(np.frombuffer("".join(texts).encode(), np.uint8))
        share = counts[counts > 0] / counts.sum()
        floors[name] = float(-(share * np.log2(share)).sum())
    return floors


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
