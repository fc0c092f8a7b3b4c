"""The figures of a card are those of scikit-learn and of the definition; both its files say the same."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from winnow.classifiers.head import card

# A grade, a score (never on the edge of a bin), the source, a column and the length of the text.
ROW = st.tuples(
    st.sampled_from([0, 0.25, 0.5, 0.75, 1]),
    st.integers(0, 99).map(lambda k: (k + 0.5) / 100),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["x", "y", None]),
    st.integers(0, 9),
)
COLUMNS = {"good": pl.Float64, "score": pl.Float64, "source": pl.String, "kind": pl.String, "size": pl.Int64}


def tabulate(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=COLUMNS, orient="row").with_columns(
        text=pl.lit("é").repeat_by("size").list.join("")
    )


def measure(table: pl.DataFrame) -> dict[str, Any]:
    with patch.object(card, "DRAWS", 30):  # intervals are looked at below
        return card.measure(table.drop("score", "size"), table["score"].to_numpy(), "kind")


def rank(table: pl.DataFrame) -> float | None:
    answer = table["good"] > 0.5
    return roc_auc_score(answer, table["score"]) if answer.n_unique() == 2 else None


def says(figures: dict[str, Any], table: pl.DataFrame) -> bool:
    """Whether these are the figures of this table; what needs both answers is null where one lacks."""
    if (auc := rank(table)) is None:
        return figures == {"auc": None, "low": None, "high": None, "texts": table.height}
    inside = 0 <= figures["low"] <= figures["high"] <= 1
    return bool(np.isclose(figures["auc"], auc)) and figures["texts"] == table.height and inside


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_auc_is_that_of_scikit_learn_for_all_and_for_each_part(rows: list[tuple[Any, ...]]) -> None:
    table = tabulate(rows)
    found = measure(table)
    assert found["texts"] == len(rows) and says(found["auc"], table)
    for name, column in (("within_source", "source"), ("within", "kind")):
        parts = {part[column][0]: part for part in table.drop_nulls(column).partition_by(column)}
        assert list(found[name]) == sorted(value for value, part in parts.items() if rank(part) is not None)
        assert all(says(figures, parts[value]) for value, figures in found[name].items())


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=3, max_size=25))
def test_thirds_are_the_shortest_the_middle_and_the_longest_texts(rows: list[tuple[Any, ...]]) -> None:
    table = tabulate(rows).sort("size", maintain_order=True)
    found = measure(tabulate(rows))["by_length"]
    assert list(found) == ["short", "middle", "long"]
    for figures, picked in zip(found.values(), np.array_split(np.arange(len(rows)), 3), strict=True):
        assert says(figures, table[picked])


@settings(max_examples=25, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=25))
def test_calibration_and_errors_are_those_of_scikit_learn(rows: list[tuple[Any, ...]]) -> None:
    table = tabulate(rows)
    score, hard = table["score"].to_numpy(), (table["good"] > 0.5).cast(pl.Float64)
    found, sure = measure(table), measure(table.with_columns(good=hard))
    assert np.isclose(sure["brier"], brier_score_loss(hard, score))
    assert np.isclose(found["brier"], np.mean((table["good"].to_numpy() - score) ** 2))
    bins = sure["calibration"]
    assert sum(row["texts"] for row in bins) == len(rows)
    assert [row["texts"] for row in bins] == np.histogram(score, 10, (0, 1))[0].tolist()
    full = [row for row in bins if row["texts"]]
    pairs = [(row["good_ratio"], row["mean_score"]) for row in full]
    assert np.allclose(pairs, np.column_stack(calibration_curve(hard, score, n_bins=10)))
    assert all(row["from"] < row["mean_score"] < row["to"] for row in full)
    assert found["fullest_of_five"] == np.histogram(score, 5, (0, 1))[0].max() / len(rows)
    told = min(table["good"].n_unique(), table["score"].n_unique()) > 1
    assert found["rank_correlation"] == (spearmanr(table["good"], score)[0] if told else None)
    parts = [part for part in table.partition_by("source") if part.height > 1]
    constant = [part["source"][0] for part in parts if part["score"].n_unique() == 1]
    assert found["constant_sources"] == sorted(constant)


def test_more_texts_have_a_narrower_interval_and_it_holds_the_truth() -> None:
    """Scores of good texts are one standard deviation higher: an AUC of .760."""
    draw, widths = np.random.default_rng(3), []
    for count in (60, 600, 6000):
        answer = np.arange(count) % 2 == 0
        found = card.measure_auc(answer, draw.normal(size=count) + answer)
        assert found["low"] < found["auc"] < found["high"] and found["low"] < 0.760 < found["high"]
        widths.append(found["high"] - found["low"])
    assert widths[0] > 2 * widths[1] > 4 * widths[2] > 0


def test_the_card_for_people_says_what_the_one_for_programs_says(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    rows = [(k % 2, draw.random(), "a|b\nc" if k < 20 else "d", "x", k) for k in range(40)]
    measured = {"all": measure(tabulate(rows))}
    members = {"shape": {"strength": 0.3, "kept": True}, "trees": {"strength": 0.0, "kept": False}}
    told = {"texts": 40, "by_class": {"poor": 20.0, "good": 20.0}, "folds": 10, "members": members}
    card.write(tmp_path, "Ä title", {"settings": {"by": None, "seed": 7}, "heads": {"all": told}}, measured)
    read = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert read["measured"] == measured and read["limits"] == card.LIMITS and read["settings"]["seed"] == 7
    lines = (tmp_path / "card.md").read_text(encoding="utf-8").splitlines()
    auc = measured["all"]["within_source"]["a|b\nc"]
    cells = [f"{auc[name]:.4f}" for name in ("auc", "low", "high")]
    assert lines[0] == "# Ä title" and f"| within a\\|b c | {' | '.join(cells)} | 20 |" in lines
    assert "| by | not measured |" in lines and "| seed | 7 |" in lines
    assert any(line.startswith("Stacked: shape. Taught by 40 texts") for line in lines)
    assert [line[2:] for line in lines if line.startswith("- ")] == card.LIMITS
