"""The model card: what a classifier was trained on, how good it is and where, and what it is not for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from winnow.markdown import draw_table, escape

BINS = 10
DRAWS = 300  # of the bootstrap behind intervals
LIMITS = [
    "It learnt what its labels say, topic, format and style among it; not truth, safety or usefulness.",
    "A score is a probability only where good texts are as frequent as they were in training.",
    "Languages, registers and formats absent from what was taught get scores without meaning.",
    "Figures are out of fold: other sources than those taught were not measured.",
    "Near duplicates may stand in several folds and flatter the figures; equal texts do not.",
]


def measure(taught: pl.DataFrame, scores: np.ndarray, by: str | None) -> dict[str, Any]:
    """Figures of scores out of fold against what was taught (`good`, 0 to 1, positive above .5).

    AUC with an interval (90%, bootstrap), also by thirds of length, within each source that has both answers,
    and within each value of `by`; Brier score; a calibration table; the share of the fullest of five buckets
    (of equal width); sources all whose scores are equal. What needs both answers is null where one lacks.
    """
    good = taught["good"].to_numpy()
    answer = good > 0.5
    thirds = _cut_thirds(taught["text"].str.len_chars().to_numpy())
    return {
        "texts": len(good),
        "auc": measure_auc(answer, scores),
        "by_length": {name: measure_auc(answer[rows], scores[rows]) for name, rows in thirds.items()},
        "within_source": _measure_within(taught["source"], answer, scores),
        "within": _measure_within(taught[by], answer, scores) if by else {},
        "rank_correlation": _correlate(good, scores),
        "brier": float(np.mean((scores - good) ** 2)),
        "calibration": _calibrate(good, scores),
        "fullest_of_five": _find_fullest(scores),
        "constant_sources": _list_constant(taught["source"], scores),
    }


def measure_auc(answer: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    """Area under the ROC curve with its 90% interval; null where an answer is missing."""
    if not 0 < answer.sum() < len(answer):
        return {"auc": None, "low": None, "high": None, "texts": len(answer)}
    draw, found = np.random.default_rng(0), []
    for _ in range(DRAWS):
        rows = draw.integers(len(answer), size=len(answer))
        if 0 < answer[rows].sum() < len(rows):
            found.append(_rank_auc(answer[rows], scores[rows]))
    low, high = np.quantile(found, [0.05, 0.95])
    value = _rank_auc(answer, scores)
    return {"auc": value, "low": float(low), "high": float(high), "texts": len(answer)}


def _rank_auc(answer: np.ndarray, scores: np.ndarray) -> float:
    """How often a good text has the higher score (Mann and Whitney 1947); ties count half."""
    from scipy.stats import rankdata  # here: scoring workers import this module and have no need of it

    good = int(answer.sum())
    over = rankdata(scores)[answer].sum() - good * (good + 1) / 2
    return float(over / (good * (len(answer) - good)))


def _cut_thirds(length: np.ndarray) -> dict[str, np.ndarray]:
    order = np.argsort(length, kind="stable")
    return {
        name: np.sort(rows)
        for name, rows in zip(("short", "middle", "long"), np.array_split(order, 3), strict=True)
    }


def _measure_within(group: pl.Series, answer: np.ndarray, scores: np.ndarray) -> dict[str, Any]:
    found = {}
    for value in group.drop_nulls().unique().sort().head(50):
        rows = (group == value).arg_true().to_numpy()
        figures = measure_auc(answer[rows], scores[rows])
        if figures["auc"] is not None:
            found[str(value)] = figures
    return found


def _correlate(good: np.ndarray, scores: np.ndarray) -> float | None:
    from scipy.stats import spearmanr

    return float(spearmanr(good, scores)[0]) if np.ptp(good) and np.ptp(scores) else None


def _calibrate(good: np.ndarray, scores: np.ndarray) -> list[dict[str, Any]]:
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        {
            "from": number / BINS,
            "to": (number + 1) / BINS,
            "texts": int(inside.sum()),
            "mean_score": float(scores[inside].mean()) if inside.any() else None,
            "good_ratio": float(good[inside].mean()) if inside.any() else None,
        }
        for number in range(BINS)
        for inside in [bins == number]
    ]


def _find_fullest(scores: np.ndarray) -> float:
    counts = np.bincount(np.minimum((scores * 5).astype(int), 4), minlength=5)
    return float(counts.max() / max(1, counts.sum()))


def _list_constant(source: pl.Series, scores: np.ndarray) -> list[str]:
    table = pl.DataFrame({"source": source, "score": scores})
    spread = table.group_by("source").agg(pl.len(), width=pl.col("score").max() - pl.col("score").min())
    constant = spread.filter((pl.col("len") > 1) & (pl.col("width") < 1e-6))
    return constant["source"].sort().to_list()


def write(out: Path, title: str, facts: dict[str, Any], measured: dict[str, dict[str, Any]]) -> None:
    """Write `card.json` and, with the same content for people, `card.md` into `out`."""
    card = {**facts, "measured": measured, "limits": LIMITS}
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sections = [
        f"# {escape(title)}",
        *(line for name, found in measured.items() for line in _describe(name, facts["heads"][name], found)),
        "## Settings",
        _draw(["setting", "value"], [list(item) for item in facts["settings"].items()]),
        "## Limits",
        "\n".join(f"- {limit}" for limit in LIMITS),
    ]
    (out / "card.md").write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def _describe(name: str, told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    rows = [["all", found["auc"]], *([f"{third} texts", auc] for third, auc in found["by_length"].items())]
    rows += [[f"within {value}", auc] for value, auc in {**found["within"], **found["within_source"]}.items()]
    kept = escape(", ".join(member for member, how in told["members"].items() if how["kept"]))
    constant = escape(", ".join(found["constant_sources"]) or "none")
    return [
        f"## Head of {escape(name)}",
        f"Stacked: {kept}. Taught by {told['texts']} texts ({escape(told['by_class'])}); "
        f"figures out of {told['folds']} folds.",
        _draw(["AUC of", "AUC", "from", "to", "texts"], [[label, *auc.values()] for label, auc in rows]),
        f"Rank correlation {_format_value(found['rank_correlation'])}; "
        f"Brier score {_format_value(found['brier'])}; "
        f"fullest of five buckets {_format_value(found['fullest_of_five'])}; "
        f"sources with one score: {constant}.",
        _draw(list(found["calibration"][0]), [list(row.values()) for row in found["calibration"]]),
    ]


def _draw(heads: list[str], rows: list[list[Any]]) -> str:
    return "\n".join(draw_table(heads, ([_format_value(value) for value in row] for row in rows)))


def _format_value(value: Any) -> str:
    if value is None:
        return "not measured"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
