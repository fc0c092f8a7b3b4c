"""What a stage masked, on the report: personal data and secrets, by kind and source, and some places as they
stand now.

What was masked is shown nowhere. Stages before this one show their texts as they came.
"""

import re
from typing import Any

import polars as pl

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


def panel(stage: Any) -> dict[str, Any] | None:
    """Tables of what was masked, by kind and rule, of what was dropped for it, and of places."""
    found = count(stage)
    if found is None:
        return None
    told = (
        f"{found['touched']:,} of {found['documents']:,} kept documents have a placeholder or a published"
        " address. What was masked is not shown here; stages before this one show their texts as they came."
    )
    sources = found["sources"]
    kinds = [
        [
            {"value": row["name"], "code": True},
            row["masks"],
            row["documents"],
            *(n or None for n in row["by_source"]),
        ]
        for row in found["kinds"]
    ]
    secrets = [[{"value": name, "code": True}, number] for name, number in found["secrets"].items()]
    dropped = [
        [{"value": row["reason"], "code": True}, row["source"], row["documents"]] for row in found["dropped"]
    ]
    examples = [[row["source"], row["before"], row["after"]] for row in found["examples"]]
    tables = [
        {"head": ["kind", "masks", "documents", *(f"of {source}" for source in sources)], "rows": kinds},
        {"head": ["rule", "secrets"], "rows": secrets},
        {"head": ["dropped for it", "source", "documents"], "rows": dropped},
        {"head": ["source", "before", "after"], "rows": examples},
    ]
    return {
        "name": "masks",
        "title": "Personal data and secrets",
        "note": f"{found['touched']:,} documents" if found["documents"] else "",
        "show": [*([told] if found["documents"] else []), *(table for table in tables if table["rows"])],
        "figures": {key: value for key, value in found.items() if key != "examples"},
    }


def count(stage: Any) -> dict[str, Any] | None:
    """None where nothing was masked or dropped for it. Else `documents` and `touched`; `kinds` of masks with
    `masks`, `documents` and `by_source`; `secrets` by rule; `dropped` by reason and source; `examples`.

    Kinds are columns: `pii_<kind>`, `secrets_count`; `secrets_kinds` names rules.
    """
    names = _list_counts(stage)
    dropped = _count_dropped(stage)
    if not names and not dropped:
        return None
    wanted = ["source", *names, KINDS]
    rows = [_select(rows, wanted) for _, rows in stage.scan("kept")] if names else []
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


def _list_counts(stage: Any) -> list[str]:
    """Columns that count what the stage's own steps masked."""
    mine = [MASKS[step["use"]] for step in stage.steps if step["use"] in MASKS]
    return [name for name in stage.columns() if any(each.fullmatch(name) for each in mine)] if mine else []


def _select(rows: pl.LazyFrame, names: list[str]) -> pl.DataFrame:
    there = rows.collect_schema().names()
    return rows.select(name for name in names if name in there).collect()


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


def _count_dropped(stage: Any) -> list[dict[str, Any]]:
    """Documents that went for what is in them, by reason and source."""
    if not any(reason.startswith(REASONS) for reason in stage.count("reasons")):
        return []
    begins = pl.any_horizontal(pl.col("reason").str.starts_with(start) for start in REASONS)
    frames = [
        rows.filter(begins).group_by("reason", "source").len("documents").collect()
        for _, rows in stage.scan("dropped")
    ]
    rows: list[dict[str, Any]] = (
        pl.concat(frames).group_by("reason", "source").sum().sort("reason", "source").to_dicts()
    )
    return rows


def _sample(stage: Any, names: list[str], sources: list[str]) -> list[dict[str, Any]]:
    """Of each source places in its first masked documents by id: `before`, blotted, and `after`."""
    found: list[dict[str, Any]] = []
    left = dict.fromkeys(sources, MOST)
    touched = pl.any_horizontal(pl.col(name) > 0 for name in names if not name.endswith("_published"))
    for part, scanned in stage.scan("kept"):
        if not any(left.values()):
            break
        rows = scanned.filter(touched).select("id", "source").collect().sort("id")
        some = [
            one for source, number in left.items() for one in rows.filter(source=source)["id"].head(number)
        ]
        for row in stage.read_kept(part, some, ["id", "source", "text"]).sort("id").to_dicts():
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
