"""What raters said, as tables, what of it agrees, and what of it a person is told."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from winnow.budget import Budget
from winnow.classifiers.raters import agreement
from winnow.classifiers.raters.answer import judge
from winnow.classifiers.raters.prompt import Prompt
from winnow.classifiers.raters.request_queue import Question, sum_costs
from winnow.files import write_json, write_messages
from winnow.llm import Endpoint

UNASKED = "budget"
EMPTY = "no_text"


class Rated(NamedTuple):
    """A document for a rater; `question` is None where it has no text, `is_first` false where another
    document has the same text, and so the same question."""

    id: str
    rater: str
    question: Question | None
    is_first: bool


def write(
    out: Path, rated: Sequence[Rated], raters: Sequence[Endpoint], prompt: Prompt, budget: Budget
) -> None:
    """Write `labels.parquet`, `labels_mean.parquet`, `agreement.json` and `messages.json`."""
    name = "label" if prompt.labels else "score"
    rows = [_describe(each, prompt, name) for each in rated]
    schema = {"id": pl.String, "rater": pl.String, name: pl.String if prompt.labels else pl.Float64}
    costs = {"tokens_in": pl.Int64, "tokens_out": pl.Int64, "cost": pl.Float64}
    labels = pl.DataFrame(rows, schema={**schema, "answer": pl.String, **costs, "error": pl.String})
    mean = (_vote if prompt.labels else _average)(labels)
    labels.write_parquet(out / "labels.parquet")
    mean.write_parquet(out / "labels_mean.parquet")
    judged: dict[str, dict[str, Any]] = {rater.name: {} for rater in raters}
    for id_, rater, value in labels.select("id", "rater", name).drop_nulls(name).iter_rows():
        judged[rater][id_] = value
    report = {
        "field": prompt.field,
        "scale": prompt.labels or (prompt.low, prompt.high),
        "documents": labels["id"].n_unique(),
        "labelled": mean.height,
        "pairs": agreement.compare(judged, prompt),
        "raters": {rater.name: _sum(labels.filter(rater=rater.name), name) for rater in raters},
        "spent": {"tokens": budget.tokens, "cost": float(budget.cost)},
        "budget": {"tokens": budget.max_tokens, "cost": float(budget.max_cost)},
    }
    write_json(out / "agreement.json", report)
    write_messages(out, *_format_report(report))


def _describe(each: Rated, prompt: Prompt, name: str) -> dict[str, Any]:
    """A row of `labels.parquet`: what was judged, or the reason of the last attempt, and the cost of all."""
    past = each.question.past if each.question else []
    value: float | str | None = None
    error: str | None = UNASKED if each.question else EMPTY
    answer: str | None = None
    for attempt in past:
        answer = attempt.answer or attempt.said or None
        value, error = (None, attempt.fault) if attempt.fault else judge(answer or "", attempt.finish, prompt)
        if error is None:
            break
    return {
        "id": each.id,
        "rater": each.rater,
        name: value,
        "answer": answer,
        **sum_costs(past if each.is_first else []),
        "error": error,
    }


def _average(labels: pl.DataFrame) -> pl.DataFrame:
    score = pl.col("score")
    return (
        labels.filter(score.is_not_null())
        .group_by("id", maintain_order=True)
        .agg(score.mean(), raters=pl.len().cast(pl.Int64), spread=score.max() - score.min())
    )


def _vote(labels: pl.DataFrame) -> pl.DataFrame:
    """The label that most raters gave; documents of which two are given as often are left out."""
    counts = labels.drop_nulls("label").group_by("id", "label", maintain_order=True).len("votes")
    total, most = pl.col("votes").sum().over("id"), pl.col("votes").max().over("id")
    return (
        counts.with_columns(raters=total.cast(pl.Int64), spread=1 - pl.col("votes") / total, most=most)
        .filter(pl.col("votes") == pl.col("most"))
        .filter(pl.len().over("id") == 1)
        .select("id", "label", "raters", "spread")
    )


def _sum(labels: pl.DataFrame, name: str) -> dict[str, Any]:
    failed = Counter(labels["error"].drop_nulls())
    return {
        "labels": labels.height - labels[name].null_count(),
        "failed": dict(sorted(failed.items())),
        "tokens_in": labels["tokens_in"].sum(),
        "tokens_out": labels["tokens_out"].sum(),
        "cost": round(labels["cost"].sum(), 9),
    }


def _format_report(report: dict[str, Any]) -> tuple[list[str], dict[str, int]]:
    """How raters agree first: what they said is worth no more than that."""
    says = [_format_pair(report, pair) for pair in report["pairs"]]
    for name, told in report["raters"].items():
        reasons = ", ".join(f"{count} {reason}" for reason, count in told["failed"].items())
        says += [f"rater {name}: no label of {sum(told['failed'].values())} documents: {reasons}"] * bool(
            reasons
        )
    spent, most = report["spent"], report["budget"]
    says.append(
        f"raters took {spent['tokens']:,} of {most['tokens']:,} tokens,"
        f" {spent['cost']:g} of {most['cost']:g} in money"
    )
    counts = {
        "documents to label": report["documents"],
        "labelled": report["labelled"],
        "labels": sum(told["labels"] for told in report["raters"].values()),
        "failed": sum(sum(told["failed"].values()) for told in report["raters"].values()),
    }
    return says, counts


def _format_pair(report: dict[str, Any], pair: dict[str, Any]) -> str:
    one, other = pair["raters"]
    weighted = "quadratic weighted kappa" if "rho" in pair else "kappa"
    figures = {weighted: pair["kappa"], "rho": pair.get("rho"), "equal": pair["equal"]}
    said = ", ".join(
        f"{name} {'undefined' if value is None else f'{value:.2f}'}"
        for name, value in figures.items()
        if name != "rho" or "rho" in pair
    )
    return f"{report['field']}: {one} and {other} on {pair['n']:,} documents: {said}"
