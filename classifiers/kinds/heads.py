"""A head of kinds: `classifiers.head`'s, that reads the turns of a text too, and the signs of its page."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from winnow.classifiers.head import features, ngrams, stack, store
from winnow.classifiers.head.features import Features
from winnow.classifiers.kinds import turns
from winnow.files import cache_by_stamp

BITS = 16  # of the hashed n-grams' columns: several classes share them
SIGN = np.float32(2.0)  # what a sign weighs against a word: there are fewer of them


class Kinds(NamedTuple):
    """A head, and whether it reads signs of the page beside the text."""

    head: stack.Head
    signs: bool


def fit(
    rows: pl.DataFrame, wanted: np.ndarray, classes: tuple[str, ...], members: tuple[str, ...], layout: bool,
    seed: int,
) -> tuple[Kinds, np.ndarray]:  # fmt: skip
    """A head of `text`, of `signs` where there are any, and its shares out of fold by `group`."""
    signs = rows["signs"] if "signs" in rows.columns else None
    found = read(rows["text"], signs, members, layout)
    groups = np.unique(rows["group"].to_numpy(), return_inverse=True)[1]
    head, shares = stack.fit_features(found, wanted, classes, groups, members, layout, BITS, seed)
    return Kinds(head, signs is not None), shares


def read(text: pl.Series, signs: pl.Series | None, members: tuple[str, ...], layout: bool) -> Features:
    """What the members of a head read: with `layout` the turns of the text, too."""
    found = features.read(text, members, layout, BITS)
    if layout and found.shape is not None:
        found = found._replace(shape=np.hstack([found.shape, turns.measure(text)]))
    if signs is not None and found.ngrams is not None:
        both = found.ngrams + SIGN * ngrams.index(signs.fill_null(""), BITS, False)
        found = found._replace(ngrams=both.tocsr())
    return found


def predict(kinds: Kinds, text: pl.Series, signs: pl.Series | None = None) -> np.ndarray:
    """Shares of each class (float64): rows sum to 1."""
    head = kinds.head
    found = read(text, signs if kinds.signs else None, tuple(head.members), head.layout)
    return stack.predict_features(head, found)


def save(kinds: Kinds, out: Path) -> None:
    """Write a head into the folder `out`."""
    store.save(kinds.head, out, {"signs": kinds.signs, "turns": _read_sample()})


@cache_by_stamp(8)
def load(folder: Path) -> Kinds:
    """The head in a folder.

    Errors: ValueError where there is none, where it is damaged, or where its signals have changed since.
    """
    head = store.load(folder)
    told: dict[str, Any] = store.read_told(folder)
    now, then = _read_sample(), told.get("turns")
    if "signs" not in told or not isinstance(then, dict):
        raise ValueError(
            f"{folder} holds another head than of kinds: was it `classifiers.types:train` that wrote it?"
        )
    changed = sorted(name for name in set(now) | set(then) if now.get(name) != then.get(name))
    if head.layout and changed:
        raise ValueError(f"{folder} was trained with other signals ({', '.join(changed)}): train it again")
    return Kinds(head, told["signs"])


def _read_sample() -> dict[str, float]:
    """What the signals of turns say of one sample text."""
    values = turns.measure(pl.Series([store.SAMPLE]))[0].round(6).tolist()
    return dict(zip(turns.SIGNALS, values, strict=True))
