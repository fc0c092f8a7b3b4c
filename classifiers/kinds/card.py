"""How good a classifier of kinds is: figures out of fold, for its card."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from winnow.markdown import draw_table

DRAWS = 1000  # of the bootstrap behind intervals
LIMITS = [
    "The likeliest kind is always named: what is of none of them gets the one that it is most like.",
    "It learnt what its labels say. Kinds of text that were not taught were not measured.",
    "Figures are out of fold: texts of one group (a source, a site) were never on both sides.",
]


def measure(label: np.ndarray, shares: np.ndarray, classes: tuple[str, ...]) -> dict[str, Any]:
    """Accuracy with its interval (90%, bootstrap) beside the accuracy of always saying the most frequent
    label, the mean F1 of the classes, and of each precision, recall, F1 and what it was taken for."""
    told = shares.argmax(axis=1)
    right = told == label
    draw = np.random.default_rng(0)
    drawn = [right[draw.integers(len(label), size=len(label))].mean() for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.05, 0.95])
    table = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(table, (label, told), 1)
    by_class = {name: _measure_class(table, number, classes) for number, name in enumerate(classes)}
    return {
        "texts": len(label),
        "accuracy": float(right.mean()),
        "low": float(low),
        "high": float(high),
        "majority": float(table.sum(axis=1).max() / len(label)),
        "macro_f1": float(np.mean([found["f1"] for found in by_class.values()])),
        "by_class": by_class,
        "by_score": _measure_certainty(right, shares.max(axis=1)),
    }


def _measure_class(table: np.ndarray, number: int, classes: tuple[str, ...]) -> dict[str, Any]:
    found, texts, named = int(table[number, number]), int(table[number].sum()), int(table[:, number].sum())
    taken = {name: int(count) for name, count in zip(classes, table[number], strict=True) if count}
    return {
        "texts": texts,
        "precision": found / max(1, named),
        "recall": found / max(1, texts),
        "f1": 2 * found / max(1, texts + named),
        "taken_for": dict(sorted(taken.items(), key=lambda item: -item[1])),
    }


def _measure_certainty(right: np.ndarray, score: np.ndarray) -> list[dict[str, Any]]:
    """How often the kind named is right, by how sure its score is."""
    rows = []
    for low, high in itertools.pairwise((0.0, 0.5, 0.7, 0.9, 1.0)):
        inside = (score >= low) & ((score < high) | (high == 1.0))
        share = float(right[inside].mean()) if inside.any() else None
        rows.append({"from": low, "to": high, "texts": int(inside.sum()), "accuracy": share})
    return rows


def write(out: Path, facts: dict[str, Any], found: dict[str, Any]) -> None:
    """Write `card.json` and, with the same content for people, `card.md` into `out`."""
    card = {**facts, "measured": found, "limits": LIMITS}
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    classes = [
        [
            name,
            one["texts"],
            *(f"{one[key]:.3f}" for key in ("precision", "recall", "f1")),
            ", ".join(f"{kind} {count}" for kind, count in one["taken_for"].items()),
        ]
        for name, one in found["by_class"].items()
    ]
    sure = [
        [f"{row['from']:g} to {row['to']:g}", row["texts"], _format_value(row["accuracy"])]
        for row in found["by_score"]
    ]
    sections = [
        "# Classifier of kinds",
        f"Out of fold, {found['texts']} texts: accuracy {found['accuracy']:.3f} "
        f"({found['low']:.3f} to {found['high']:.3f}), mean F1 {found['macro_f1']:.3f}; "
        f"always the most frequent kind: {found['majority']:.3f}.",
        _draw(["kind", "texts", "precision", "recall", "F1", "taken for"], classes),
        "## How sure",
        _draw(["score", "texts", "right"], sure),
        "## Settings",
        _draw(["setting", "value"], [[name, value] for name, value in facts["settings"].items()]),
        "## Limits",
        "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    (out / "card.md").write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _format_value(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _draw(heads: list[str], rows: list[list[Any]]) -> str:
    return "\n".join(draw_table(heads, rows))
