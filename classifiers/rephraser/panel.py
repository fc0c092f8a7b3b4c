"""Rewrites beside their parents on the report, sentence by sentence: some that a stage dropped, some that it
kept."""

import re
from typing import Any

import polars as pl

JUDGES = ("classifiers.faithful:check", "classifiers.collapse:drop")
EVIDENCE = ("faithful_evidence", "collapse_pattern")
TEXTS = ["id", "parent_text", "text", "rephrase_prompt"]
EACH = 3  # pairs by reason
CHARS = 2_000  # of a text
KEPT = "kept"
DRAW = pl.col("id").str.slice(8, 8)  # ids are hashes; their first digits choose among duplicates
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(\[*]*[^\W_])|\n+")
_WORDS = re.compile(r"\w+")

Row = tuple[str, str]


def panel(stage: Any) -> dict[str, Any] | None:
    """Pairs of a stage that judges rewrites, each with its reason and its evidence."""
    found = sample_pairs(stage)
    if not found:
        return None
    pairs = [
        {
            "title": pair["reason"],
            "note": f"{pair['source']} · {pair['prompt']} · {pair['id']}",
            "open": number == 0,
            "show": [
                *([{"text": pair["evidence"]}] if pair["evidence"] else []),
                {"head": ["parent", "rewrite"], "rows": pair["rows"]},
            ],
        }
        for number, pair in enumerate(found)
    ]
    told = (
        "Some of each reason, and some that were kept: on the left the parent, on the right what the model"
        " made of it, sentence by sentence."
    )
    return {
        "name": "pairs",
        "title": "Rewrites beside their parents",
        "note": f"{len(found)} pairs",
        "show": [told, {"list": pairs}],
    }


def sample_pairs(stage: Any) -> list[dict[str, Any]]:
    """Some pairs: `reason`, `id`, `source`, `prompt`, `evidence` (None where there is none) and `rows` (a
    parent's sentence, and the rewrite's that has most of its words; one of them may be ""). Empty where the
    texts may not be shown."""
    if not any(step["use"] in JUDGES for step in stage.steps):
        return []
    dropped = stage.sample("dropped", ["reason", *EVIDENCE])
    kept = stage.sample("kept", []).with_columns(reason=pl.lit(KEPT))
    rows = pl.concat([dropped, kept], how="diagonal_relaxed").sort(DRAW, "id")
    chosen = rows.group_by("reason", maintain_order=True).head(EACH)
    texts = _read_texts(stage, chosen)
    found = []
    for one in chosen.sort((pl.col("reason") == KEPT), "reason", maintain_order=True).iter_rows(named=True):
        if one["id"] not in texts:
            continue
        parent, rewrite, prompt = texts[one["id"]]
        evidence = next((one[name] for name in EVIDENCE if one.get(name)), None)
        about = {"reason": one["reason"], "id": one["id"], "source": one["source"], "prompt": prompt}
        found.append({**about, "evidence": evidence, "rows": align(parent[:CHARS], rewrite[:CHARS])})
    return found


def _read_texts(stage: Any, chosen: pl.DataFrame) -> dict[str, tuple[str, str, str]]:
    """Parent, rewrite and prompt by id, as the stage got them."""
    found: dict[str, tuple[str, str, str]] = {}
    for (part,), group in chosen.group_by("part", maintain_order=True):
        rows = stage.read_before(part, group["id"].to_list(), TEXTS)
        for id_, *texts in () if rows is None else rows.select(TEXTS).iter_rows():
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
