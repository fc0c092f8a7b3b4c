"""The members of a head: each learns from its features alone, apart from the others."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from winnow.classifiers.head import trees
from winnow.classifiers.head.features import Features

STRENGTHS = {"shape": (0.003, 0.03, 0.3), "ngrams": (1.0, 10.0)}  # C of the regressions that are tried
BUCKETS, MIN_COUNT, DIM, RATE = 200_000, 5, 16, 0.5  # of fastText: 13 MB; rarer words only swell the model
SEEN = 200_000  # words that fastText is to read in all: few documents are read more often
LABEL = "__label__"
MOST = 30.0  # logits beyond are as sure as can be told

Fitted = dict[str, Any]  # arrays of a linear member, or a fastText model


def fit(name: str, features: Features, wanted: np.ndarray, strength: float, seed: int) -> Fitted:
    """One member, trained towards `wanted`: the share of each class, rows of 1 (float64).

    `shape` and `ngrams` draw a line for two classes, for more one each, against all others; `trees` and
    `fasttext` know all classes at once.
    """
    if name == "trees":
        return trees.fit(features.shape, wanted, seed)  # type: ignore[arg-type]
    if name == "fasttext":
        model = _fit_fasttext(features.fasttext or [], wanted, seed)
        return {"model": model, "classes": np.array(wanted.shape[1])}
    table: Any = getattr(features, name)
    found: Fitted = {}
    if name == "shape":
        found["mean"], found["scale"] = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
        table = _scale(table, found)
    targets = wanted[:, 1:] if wanted.shape[1] == 2 else wanted
    used = np.unique(table.indices) if name == "ngrams" else np.arange(table.shape[1])
    lines = [_fit_line(table[:, used], targets[:, k], strength, seed) for k in range(targets.shape[1])]
    found["weights"] = np.zeros((table.shape[1], len(lines)), np.float32)
    found["weights"][used] = np.column_stack([weights for weights, _ in lines])
    found["start"] = np.array([start for _, start in lines])
    return found


def predict(name: str, member: Fitted, features: Features) -> np.ndarray:
    """Logits (float64): one column for two classes, else one for each."""
    if name == "fasttext":
        return _predict_fasttext(member["model"], features.fasttext or [], int(member["classes"]))
    if name == "trees":
        return _to_logits(trees.predict(member, features.shape))  # type: ignore[arg-type]
    table: Any = getattr(features, name)
    if name == "shape":
        table = _scale(table, member)
    found: np.ndarray = np.asarray(table @ member["weights"], np.float64) + member["start"]
    logits: np.ndarray = np.clip(found, -MOST, MOST)
    return logits


def _scale(table: np.ndarray, member: Fitted) -> np.ndarray:
    """In standard deviations; beyond five of them more says nothing more."""
    scaled: np.ndarray = np.clip((table - member["mean"]) / member["scale"], -5, 5)
    return scaled


def _fit_line(table: Any, share: np.ndarray, strength: float, seed: int) -> tuple[np.ndarray, float]:
    """Logistic regression on shares: a row counts for both answers, by as much as it is of each."""
    from scipy.sparse import issparse, vstack
    from sklearn.linear_model import LogisticRegression

    yes, no = np.flatnonzero(share > 0), np.flatnonzero(share < 1)
    join: Any = vstack if issparse(table) else np.vstack
    rows, answer = join([table[yes], table[no]]), np.repeat([1, 0], [len(yes), len(no)])
    weight = np.concatenate([share[yes], 1 - share[no]])
    model = LogisticRegression(C=strength, solver="liblinear", max_iter=300, random_state=seed)
    model.fit(rows, answer, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def _fit_fasttext(lines: list[str], wanted: np.ndarray, seed: int) -> Any:
    """A model of the likeliest class of each line."""
    import fasttext

    words = sum(line.count(" ") + 1 for line in lines)
    epochs = int(np.clip(25 * SEEN / max(words, 1), 5, 50))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        rows = zip(wanted.argmax(axis=1), lines, strict=True)
        path.write_text("".join(f"{LABEL}{label} {line}\n" for label, line in rows), encoding="utf-8")
        # One thread: with more, they race for the weights and no two models are the same.
        settings = {"lr": RATE, "dim": DIM, "epoch": epochs, "wordNgrams": 2, "seed": seed, "thread": 1}
        return fasttext.train_supervised(str(path), verbose=0, bucket=BUCKETS, minCount=MIN_COUNT, **settings)


def _predict_fasttext(model: Any, lines: list[str], classes: int) -> np.ndarray:
    out = np.zeros((len(lines), classes))
    names, shares = model.predict(lines, k=classes) if lines else ([], [])
    for row, (labels, values) in enumerate(zip(names, shares, strict=True)):
        for label, value in zip(labels, values, strict=True):
            out[row, int(label.removeprefix(LABEL))] = min(float(value), 1.0)
    return _to_logits(out)


def _to_logits(shares: np.ndarray) -> np.ndarray:
    shares = np.clip(shares, 1e-4, 1 - 1e-4)
    logits: np.ndarray = np.log(shares / (1 - shares))
    return logits[:, 1:] if shares.shape[1] == 2 else logits
