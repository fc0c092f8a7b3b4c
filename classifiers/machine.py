"""Is a text machine-made? Marks that are sure, and a score that is not.

The score comes of a head (`classifiers.head`: words, pairs of words and shape), of how far a text compresses
and of how many of its groups of words were new before November 2022. It is no proof: it tells how much a
text looks like answers of chat models of 2023 to 2026, in English.
"""

import json
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.head import stack, store
from winnow.classifiers.machine_text import marks, signals
from winnow.files import DAMAGED, cache_by_stamp
from winnow.kernels import U8
from winnow.ranges import Ratio

RULES = (
    ("machine.mark", "machine_marks", "drop_marks"),
    ("machine.high_score", "machine_score", "max_machine_score"),
)
SHIPPED = Path(__file__).parent / "models" / "machine"
LEAST = 200  # characters of a text that can be told


class Model(NamedTuple):
    """A head, the groups of words that were known, and the line through what they say."""

    head: stack.Head
    known: U8
    weights: np.ndarray  # of the head's logit and of each of `signals.SIGNALS`
    start: float


def score(
    docs: Annotated[pl.DataFrame, "text"], *, model: Path | None = None
) -> Annotated[pl.DataFrame, "machine_marks", "machine_mark", "machine_score"]:
    """Add what tells a machine's text. Nothing is dropped.

    `machine_marks` (int64): how many disclaimers, refusals and remnants of prompts the text says itself
    (`classifiers.machine_text.marks`); `machine_mark` (string): the first one, else null. `machine_score`
    (float32 in [0, 1]): a probability where half of all texts are a machine's; 0 for texts of less than 200
    characters, which cannot be told. It learnt English: what it finds in other languages was not measured.

    `model` is a folder that `tests.shipped.machine` wrote; without it, the one that comes with Winnow.

    Errors: FileNotFoundError where there is no such folder, ValueError where it holds no such model, or one
    of other signals.
    """
    loaded = _load(model or SHIPPED)
    text = docs["text"].fill_null("")
    shares = np.where(text.str.len_chars() < LEAST, 0.0, judge(loaded, text))
    return docs.with_columns(
        *marks.find(text).get_columns(), pl.Series("machine_score", shares, dtype=pl.Float32)
    )


def keep(
    docs: Annotated[pl.DataFrame, "machine_marks", "machine_score"],
    *,
    max_machine_score: Ratio | None = None,
    drop_marks: bool = False,
) -> pl.DataFrame:
    """Drop texts with a mark (`machine.mark`), where `drop_marks` says so, and those whose `machine_score`
    is above `max_machine_score` (`machine.high_score`). By default nothing is dropped.

    Above .99 were up to 7 in 1,000 human texts of a language, and a fifth to a half of chat models' answers
    (`make gate NAME=quality_machine`)."""
    marked, high = RULES
    reason = pl.lit(None, pl.String)
    if max_machine_score is not None:
        reason = pl.when(pl.col(high[1]) > max_machine_score).then(pl.lit(high[0])).otherwise(reason)
    if drop_marks:
        reason = pl.when(pl.col(marked[1]) > 0).then(pl.lit(marked[0])).otherwise(reason)
    return docs.with_columns(drop_reason=reason)


def judge(model: Model, text: pl.Series) -> np.ndarray:
    """The probability (float64) that each text is a machine's."""
    if not len(text):
        return np.zeros(0)
    said = join(stack.predict(model.head, text)[:, 1], signals.measure(text, model.known))
    shares: np.ndarray = 1 / (1 + np.exp(-(said @ model.weights + model.start)))
    return shares


def join(shares: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """What the line runs through: the logit of the head's share, and the signals."""
    sure = np.clip(shares, 1e-6, 1 - 1e-6)
    return np.column_stack([np.log(sure / (1 - sure)), measured])


def save(model: Model, out: Path, told: dict[str, Any]) -> None:
    """Write a model into the folder `out`."""
    line = {"weights": model.weights.tolist(), "start": model.start, "signals": ["head", *signals.SIGNALS]}
    store.save(model.head, out, {"line": line, **told})
    np.savez_compressed(out / "known.npz", known=model.known)


@cache_by_stamp(2)
def _load(folder: Path) -> Model:
    head = store.load(folder)
    try:
        line: dict[str, Any] = json.loads((folder / "head.json").read_text(encoding="utf-8"))["line"]
        with np.load(folder / "known.npz") as file:
            known = file["known"]
        names, weights, start = line["signals"], np.array(line["weights"], np.float64), float(line["start"])
        if known.dtype != np.uint8 or known.ndim != 1 or weights.shape != (len(names),):
            raise ValueError(f"a table of {known.dtype}, {weights.size} weights of {len(names)} signals")
        if not np.isfinite([*weights, start]).all():
            raise ValueError("weights that are no numbers")
    except DAMAGED as error:
        raise ValueError(f"{folder} holds no model of machine-made text ({error}): train it again") from None
    if names != ["head", *signals.SIGNALS] or len(known) != 2**signals.BITS // 8:
        raise ValueError(f"{folder} was trained with other signals: train it again")
    return Model(head, known, weights, start)
