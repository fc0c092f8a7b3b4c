"""What a stage masked: personal data and secrets, by kind and source, and some places as they stand now.

What was masked is shown nowhere: neither here nor in the panels of the stage that show texts as they came.
Stages before it show theirs as it was.
"""

import re
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger.figures import Stage, add_up

MASKS = {
    "filters.pii:mask": re.compile(r"pii_\w+"),
    "filters.persons:mask": re.compile("pii_name"),
    "filters.secrets:mask": re.compile("secrets_count"),
}
KINDS = "secrets_kinds"
REASONS = ("secrets.", "pii.")
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{2,30}(?:_\d+)?>")
MOST, AROUND = 2, 60  # documents of a source; characters on either side of a placeholder
GONE = "█████"


def of_stage(stage: Stage) -> dict[str, Any] | None:
    """None where nothing was masked or dropped for it. Else `documents` and `touched`; `kinds` of masks with
    `masks`, `documents` and `by_source`; `secrets` by rule; `dropped` by reason and source; `examples`.

    Kinds are columns: `pii_<kind>`, `secrets_count`; `secrets_kinds` names rules.
    """
    names = _list_counts(stage)
    dropped = _count_dropped(stage)
    if not names and not dropped:
        return None
    rows = [_read(file, names) for file in stage.files("kept")] if names else []
    found = pl.concat([pl.DataFrame(schema={"source": pl.String}), *rows], how="diagonal_relaxed")
    touched = pl.any_horizontal(pl.col(name).fill_null(0) > 0 for name in names) if names else pl.lit(False)
    sources = found["source"].value_counts(sort=True)["source"].to_list() if names else []
    return {
        "documents": found.height,
        "touched": found.filter(touched).height,
        "sources": sources,
        "kinds": [_count(found, name, sources) for name in names if found[name].sum()],
        "secrets": _count_rules(found),
        "dropped": dropped,
        "examples": _sample(stage, names, sources) if names else [],
    }


def hides_values(stage: Stage) -> bool:
    """Whether the stage's texts as they came hold what it masks, or drops documents for."""
    return any(step["use"] in {*MASKS, "filters.secrets:drop"} for step in stage.own_steps)


def _list_counts(stage: Stage) -> list[str]:
    """Columns that count what the stage's own steps masked."""
    mine = [MASKS[step["use"]] for step in stage.own_steps if step["use"] in MASKS]
    for file in stage.files("kept")[:1] if mine else ():
        return [name for name in documents.columns(file) if any(each.fullmatch(name) for each in mine)]
    return []


def _read(file: Any, names: list[str]) -> pl.DataFrame:
    there = pl.scan_parquet(file, glob=False).collect_schema().names()
    wanted = [name for name in ("source", *names, KINDS) if name in there]
    return pl.read_parquet(file, columns=wanted, glob=False)


def _count(found: pl.DataFrame, name: str, sources: list[str]) -> dict[str, Any]:
    sums = dict(found.group_by("source").agg(pl.col(name).sum()).iter_rows())
    return {
        "name": name,
        "masks": int(found[name].sum()),
        "documents": int((found[name] > 0).sum()),
        "by_source": [int(sums.get(source) or 0) for source in sources],
    }


def _count_rules(found: pl.DataFrame) -> dict[str, int]:
    """Secrets by the rule that found them, the most frequent first."""
    if KINDS not in found.columns:
        return {}
    rules = found[KINDS].drop_nulls().str.split(", ").explode().drop_nulls()
    counted = rules.filter(rules != "").value_counts(name="number")
    return dict(counted.sort(["number", KINDS], descending=[True, False]).iter_rows())


def _count_dropped(stage: Stage) -> list[dict[str, Any]]:
    """Documents that went for what is in them, by reason and source."""
    if not any(reason.startswith(REASONS) for reason in add_up(stage, "reasons")):
        return []
    frames = [
        pl.scan_parquet(file, glob=False)
        .filter(pl.any_horizontal(pl.col("reason").str.starts_with(start) for start in REASONS))
        .group_by("reason", "source")
        .len("documents")
        .collect()
        for file in stage.files("dropped")
    ]
    return pl.concat(frames).group_by("reason", "source").sum().sort("reason", "source").to_dicts()


def _sample(stage: Stage, names: list[str], sources: list[str]) -> list[dict[str, Any]]:
    """Of each source places in its first masked documents by id: `before`, blotted, and `after`."""
    found: list[dict[str, Any]] = []
    left = dict.fromkeys(sources, MOST)
    touched = pl.any_horizontal(pl.col(name) > 0 for name in names if not name.endswith("_published"))
    for part in sorted(stage.parts):
        if not any(left.values()):
            break
        file = prove(stage.folder / f"{part}.parquet")
        rows = pl.scan_parquet(file, glob=False).filter(touched).select("id", "source").collect().sort("id")
        some = [
            identity
            for source, number in left.items()
            for identity in rows.filter(source=source)["id"].head(number)
        ]
        for row in (
            documents.find(file, pl.col("id").is_in(some), ["id", "source", "text"]).sort("id").to_dicts()
        ):
            left[row["source"]] -= 1
            if place := _show(row["text"] or ""):
                found.append({"id": row["id"], "source": row["source"], **place})
    return found


def _show(text: str) -> dict[str, str] | None:
    match = PLACEHOLDER.search(text)
    if not match:
        return None
    about = text[max(0, match.start() - AROUND) : match.end() + AROUND]
    return {"before": PLACEHOLDER.sub(GONE, about), "after": about}
