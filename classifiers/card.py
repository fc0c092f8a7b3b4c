"""The model card: what a classifier was trained on, how good it is, and what it must not be used for."""

import json
from pathlib import Path
from typing import Any

import numpy as np

BINS = 10
USE = "Ranking documents of a text corpus by likeness to the positive sources, to drop the least alike."
LIMITS = [
    "It learnt what the named sources look like (topic, format, style), not truth, safety or usefulness.",
    "A score is a probability only where both classes are equally frequent, as they were in training.",
    "Languages, registers and formats absent from the training sources get scores without meaning.",
    "The figures hold for held-out documents of the same sources; other sources were not measured.",
    "Near duplicates may stand on both sides of the split and flatter the figures.",
]


def measure_scores(positive: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Accuracy at .5, AUC, average precision, Brier score and a calibration table of held-out documents.

    Figures that need both classes are null where one is missing.
    """
    # Imported here: scoring workers import this module and have no need of scikit-learn.
    from sklearn import metrics

    both = 0 < positive.sum() < len(positive)
    return {
        "documents": len(positive),
        "accuracy": float(np.mean((scores >= 0.5) == positive)) if len(positive) else None,
        "auc": float(metrics.roc_auc_score(positive, scores)) if both else None,
        "average_precision": float(metrics.average_precision_score(positive, scores)) if both else None,
        "brier": float(np.mean((scores - positive) ** 2)) if len(positive) else None,
        "calibration": _calibrate(positive, scores),
    }


def _calibrate(positive: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "documents": int(inside.sum()),
            "mean_score": float(scores[inside].mean()) if inside.any() else None,
            "positive_ratio": float(positive[inside].mean()) if inside.any() else None,
        }
        for number in range(BINS)
        for inside in [bins == number]
    ]


def write(out: Path, facts: dict[str, Any], measured: dict[str, Any]) -> None:
    """Write `card.json` and, with the same content for people, `card.md` into `out`."""
    card = {**facts, "measured": measured, "intended_use": USE, "limits": LIMITS}
    (out / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "card.md").write_text(_to_markdown(card), encoding="utf-8")


def _to_markdown(card: dict[str, Any]) -> str:
    measured = card["measured"]
    figures = ["accuracy", "auc", "average_precision", "brier"]
    sections = [
        "# Quality classifier",
        f"fastText, {card['model_bytes']:,} bytes. {USE}",
        "## Trained on",
        _draw_table(
            ["class", "source", "trained on", "held out"],
            [
                [
                    label,
                    source,
                    card["training"][label].get(source, 0),
                    card["held_out"][label].get(source, 0),
                ]
                for label in ("positive", "negative")
                for source in sorted(card["training"][label] | card["held_out"][label])
            ],
        ),
        f"Left out of the measure, as their texts were trained on: {card['held_out_seen_in_training']}.",
        "## Held-out figures",
        _draw_table(["figure", "value"], [[name, measured[name]] for name in figures]),
        "## Calibration",
        _draw_table(
            list(measured["calibration"][0]), [list(row.values()) for row in measured["calibration"]]
        ),
        "## Settings",
        _draw_table(["setting", "value"], [list(item) for item in card["settings"].items()]),
        "## Limits",
        "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    return "\n\n".join(sections) + "\n"


def _draw_table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *([_escape_cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escape_cell(value: Any) -> str:
    if value is None:
        return "not measured"
    text = f"{value:.4f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
