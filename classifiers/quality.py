"""A quality classifier, trained in the run: fastText on documents that are like a good source
against documents that are like an ordinary one, after DCLM (Li et al., 2024, arXiv:2406.11794)."""

import hashlib
import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import fasttext
import polars as pl
import pyarrow.parquet as pq

from classifiers import card
from filters.words import fasttext_model
from filters.words.files import cache_by_stamp

MAX_CHARS = 5000  # of each text, in training and in scoring alike
BUCKETS = 200_000  # for word n-grams; with dim 16 they take 13 MB of the model
MIN_COUNT = 5  # rarer words would only swell the model
RULES = (("quality.low_score", "score_quality", "min_score"),)  # reason, signal, setting
POSITIVE, NEGATIVE = "__label__positive", "__label__negative"


def train(
    files: Annotated[Sequence[Path], "id", "source", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    positives: list[str],
    negatives: list[str],
    held_out: float = 0.1,
    max_documents: int = 20_000,
    seed: int = 0,
    lr: float = 0.1,
    dim: int = 16,
    epochs: int = 5,
    ngrams: int = 2,
) -> None:
    """Train on `positives` against `negatives` (names of sources); write `model.bin`, `card.json`, `card.md`.

    At most `max_documents` of each class, equally many of both, chosen by a hash of the id; the share
    `held_out` of them is not trained on and gives the figures on the card. Held-out texts that also
    stand in the training part word for word are left out. The same input gives the same bytes.
    Raises ValueError where a class has no document.
    """
    chosen = _choose(files, positives, negatives, max_documents, seed)
    documents = (batch for file in files for batch in read(file, ["id", "source", "text"]))
    rows = _read_texts(documents, chosen, held_out)
    training, testing = rows.filter(~pl.col("held_out")), rows.filter("held_out")
    unseen = testing.join(training, on="line", how="anti", maintain_order="left")
    for label in (POSITIVE, NEGATIVE):
        if training.filter(label=label).is_empty():
            raise ValueError(f"no documents of {label.removeprefix('__label__')} sources to train on")
    settings = {"lr": lr, "dim": dim, "epoch": epochs, "wordNgrams": ngrams, "seed": seed}
    model = _fit(training, settings)
    model.save_model(str(out / "model.bin"))
    scores = _score_positive(model, unseen["line"].to_list())
    facts = {
        "positives": positives,
        "negatives": negatives,
        "training": _count_documents(training),
        "held_out": _count_documents(unseen),
        "held_out_seen_in_training": testing.height - unseen.height,
        "settings": {**settings, "held_out": held_out, "max_documents": max_documents}
        | {"max_chars": MAX_CHARS, "buckets": BUCKETS, "min_count": MIN_COUNT},
        "model_bytes": (out / "model.bin").stat().st_size,
    }
    card.write(out, facts, card.measure_scores((unseen["label"] == POSITIVE).to_numpy(), scores.to_numpy()))


def score(docs: Annotated[pl.DataFrame, "text"], *, model: Path) -> Annotated[pl.DataFrame, "score_quality"]:
    """Add `score_quality` (float32 in [0, 1]): how sure the model is that a text is like the positives.

    `model` is the folder that `train` wrote. A text without words gets 0.
    """
    loaded = _load(model / "model.bin")
    lines = docs.select(_normalize("text"))["text"]
    return docs.with_columns(
        score_quality=pl.select(
            pl.when(lines == "").then(0.0).otherwise(_score_positive(loaded, lines.to_list()))
        )
        .to_series()
        .cast(pl.Float32)
    )


def keep(docs: Annotated[pl.DataFrame, "score_quality"], *, min_score: float) -> pl.DataFrame:
    """Drop documents whose `score_quality` is below `min_score` (`quality.low_score`)."""
    ((reason, signal, _),) = RULES
    low = pl.col(signal) < min_score
    return docs.with_columns(drop_reason=pl.when(low).then(pl.lit(reason)).otherwise(pl.lit(None, pl.String)))


def _normalize(column: str) -> pl.Expr:
    """One lower-case line, punctuation apart, digits as 0; so no text can hold a label or "</s>"."""
    return (
        pl.col(column)
        .str.slice(0, MAX_CHARS)
        .str.to_lowercase()
        .str.replace_all(r"\p{Nd}", "0")
        .str.replace_all(r"([^\p{L}\p{M}\p{N}\s])", " $1 ")
        .str.replace_all(r"[\s\x00]+", " ")
        .str.strip_chars()
    )


def _choose(
    files: Sequence[Path], positives: list[str], negatives: list[str], most: int, seed: int
) -> pl.DataFrame:
    """Equally many ids of both classes with the smallest hashes: the choice hangs on ids alone."""
    label_of = dict.fromkeys(negatives, NEGATIVE) | dict.fromkeys(positives, POSITIVE)
    if both := set(positives) & set(negatives):
        raise ValueError(f"sources named both in positives and negatives: {sorted(both)}")
    picked = {
        label: heapq.nsmallest(most, _rank(files, [s for s, of in label_of.items() if of == label], seed))
        for label in (POSITIVE, NEGATIVE)
    }
    size = min(map(len, picked.values()))
    if not size:
        raise ValueError(f"no documents of the sources {positives} or of {negatives} in {len(files)} files")
    rows = [(digest, id_, label) for label, ranked in picked.items() for digest, id_ in ranked[:size]]
    return pl.DataFrame(sorted(rows), schema=["digest", "id", "label"], orient="row")


def _rank(files: Sequence[Path], sources: list[str], seed: int) -> Iterator[tuple[bytes, str]]:
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["id", "source"]):
            ids = pl.DataFrame(batch).filter(pl.col("source").is_in(sources))["id"]
            for id_ in ids:
                yield hashlib.blake2b(id_.encode(), digest_size=16, key=seed.to_bytes(8)).digest(), id_


def _read_texts(documents: Iterable[pl.DataFrame], chosen: pl.DataFrame, held_out: float) -> pl.DataFrame:
    """The chosen documents as lines, in the order of their hashes, which mixes classes and sources."""
    parts = [
        batch.join(chosen, on="id").select("id", "source", line=_normalize("text")) for batch in documents
    ]
    lot = pl.Series([int.from_bytes(digest[8:]) / 2**64 for digest in chosen["digest"]])
    rows = chosen.with_columns(held_out=lot < held_out).join(pl.concat(parts), on="id", maintain_order="left")
    return rows.filter(pl.col("line") != "")


def _fit(training: pl.DataFrame, settings: dict[str, Any]) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = training.select(pl.concat_str("label", "line", separator=" ")).to_series()
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        # One thread: with more, they race for the weights and no two models are the same.
        return fasttext.train_supervised(
            str(path), thread=1, verbose=0, bucket=BUCKETS, minCount=MIN_COUNT, **settings
        )


def _score_positive(model: Any, lines: list[str]) -> pl.Series:
    labels, scores = model.predict(lines, k=2) if lines else ([], [])
    found = [
        min(float(values[names.index(POSITIVE)]), 1.0) if POSITIVE in names else 0.0
        for names, values in zip(labels, scores, strict=True)
    ]
    return pl.Series(found, dtype=pl.Float32)


def _count_documents(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Documents by class and source."""
    counted = rows.group_by("label", "source").len().sort("label", "source")
    classes: dict[str, dict[str, int]] = {"positive": {}, "negative": {}}
    for label, source, documents in counted.iter_rows():
        classes[label.removeprefix("__label__")][source] = documents
    return classes


@cache_by_stamp(2)
def _load(path: Path) -> Any:
    """A fastText model."""
    return fasttext_model.load(path)
