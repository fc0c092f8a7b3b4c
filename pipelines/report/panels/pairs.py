"""Rewrites beside their parents, sentence by sentence: some that a stage dropped, some that it kept."""

import re
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.figures import Account, Stage
from winnow.pipelines.report.panels.privacy import hides_values
from winnow.pipelines.report.panels.shown import DRAW, choose_parts, read_rows

JUDGES = ("classifiers.faithful:check", "classifiers.collapse:drop")
EVIDENCE = ("faithful_evidence", "collapse_pattern")
EACH = 3  # pairs by reason
CHARS = 2_000  # of a text
KEPT = "kept"
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[*]*[^\W_])|\n+")
_WORDS = re.compile(r"\w+")

Row = tuple[str, str]


def of_stage(stage: Stage, account: Account) -> list[dict[str, Any]]:
    """Pairs of a stage that judges rewrites: `reason`, `id`, `source`, `prompt`, `evidence` (None where
    there is none) and `rows` (a parent's sentence, and the rewrite's that has most of its words; one of
    them may be ""). Empty for other stages, and where the texts may not be shown.
    """
    if not any(step["use"] in JUDGES for step in stage.own_steps) or hides_values(stage):
        return []
    parts = sorted({part for some in choose_parts(stage).values() for part in some})
    dropped = read_rows(stage, "dropped", parts, ["reason", *EVIDENCE])
    kept = read_rows(stage, KEPT, parts, []).with_columns(reason=pl.lit(KEPT))
    rows = pl.concat([dropped, kept], how="diagonal_relaxed").sort(DRAW, "id")
    chosen = rows.group_by("reason", maintain_order=True).head(EACH)
    texts = _read_texts(stage, account, chosen)
    found = []
    for one in chosen.sort((pl.col("reason") == KEPT), "reason", maintain_order=True).iter_rows(named=True):
        if texts.get(one["id"]) is None:
            continue
        parent, rewrite, prompt = texts[one["id"]]
        evidence = next((one[name] for name in EVIDENCE if one.get(name)), None)
        about = {"reason": one["reason"], "id": one["id"], "source": one["source"], "prompt": prompt}
        found.append({**about, "evidence": evidence, "rows": align(parent[:CHARS], rewrite[:CHARS])})
    return found


def _read_texts(stage: Stage, account: Account, chosen: pl.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Parent, rewrite and prompt by id, as the stage got them."""
    found: dict[str, tuple[str, str, str]] = {}
    columns = ["id", "parent_text", "text", "rephrase_prompt"]
    for (part,), group in chosen.group_by("part", maintain_order=True):
        for name in stage.upstream:
            file = account.stages[name].folder / f"{part}.parquet"
            if not file.exists() or not {"parent_text", "rephrase_prompt"} <= set(documents.columns(file)):
                continue
            try:
                rows = documents.find(file, pl.col("id").is_in(group["id"].to_list()), columns)
            except documents.TextMissing:
                continue
            for id_, *texts in rows.select(columns).iter_rows():
                found[id_] = (texts[0] or "", texts[1] or "", texts[2] or "")
    return found


def align(parent: str, rewrite: str) -> list[Row]:
    """Each sentence of a parent beside those of the rewrite that have most of its words, in the parent's
    order; what is like none stands alone."""
    given, said = ([one.strip() for one in _ENDS.split(text) if one.strip()] for text in (parent, rewrite))
    bags = [set(_WORDS.findall(one.lower())) for one in given]
    beside: list[list[str]] = [[] for _ in given]
    alone = []
    for one in said:
        bag = set(_WORDS.findall(one.lower()))
        scores = [len(bag & other) / (len(bag | other) or 1) for other in bags]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        if best is None or scores[best] < 0.1:
            alone.append(one)
        else:
            beside[best].append(one)
    return [
        *((one, " ".join(some)) for one, some in zip(given, beside, strict=True)),
        *(("", one) for one in alone),
    ]
