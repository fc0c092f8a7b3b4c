"""The parts of a shard stage without the documents that go: kept, dropped and failed, and the receipt."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import Stage
from winnow.pipelines.engine.ledger.takedowns import STEP
from winnow.pipelines.spec.schema import TAKEN, hide
from winnow.pipelines.takedown import receipts, rows
from winnow.pipelines.takedown.rewrite_plan import NOTHING, Staging

_SIZES = ("id", "source", "language", "token_count", "text_bytes", "changed")


def withdraw(staging: Staging, stage: Stage) -> None:
    """Lay out what is left of each part of a stage that has any of the documents, or whose texts stand in a
    file that loses rows."""
    for part in sorted(stage.parts):
        places = {fate: stage.place(fate, part) for fate in ("kept", "dropped", "failed")}
        hits = {fate: _find_rows(staging, path) for fate, path in places.items()}
        staging.removed[stage.name, part] = hits["kept"]
        moved = any(
            len(staging.removed.get((name, part), NOTHING)) for name in stage.parts[part].get("texts_in", ())
        )
        named = [fate for fate in ("kept", "dropped") if _names_others(staging, places[fate])]
        if not (moved or named or any(map(len, hits.values()))):
            continue
        receipt = receipts.begin(stage.parts[part])
        written = _withdraw_part(staging, stage, part, hits, receipt, {*named, *(("kept",) if moved else ())})
        staging.enter(stage.name, part, receipt, written)


def _withdraw_part(
    staging: Staging,
    stage: Stage,
    part: str,
    hits: dict[str, np.ndarray],
    receipt: dict[str, Any],
    touched: set[str],
) -> list[Path]:
    """Write the files of a part that change, and the figures of its receipt; the files."""
    above = _find_above(staging, stage, part)
    told = []
    for fate, found in hits.items():
        if len(found):
            told += [(fate, row) for row in _read_rows(stage.place(fate, part), found)]
    uses = [step["use"] for step in stage.own_steps]
    before = {row["id"]: row for row in _read_sizes(above, staging.ids)} if above else {}
    came_in = []  # documents that begin here, and copies of what stays
    for fate, row in told:
        given = before.get(row["parent_id"] if stage.copied else row["id"])
        if given:
            receipts.remove(receipt, row, fate, given, uses)
        else:
            came_in.append((fate, row))
    extra = _stand_in(staging, stage.place("dropped", part), came_in, receipt, uses)
    written = []
    for fate, found in hits.items():
        more = extra if fate == "dropped" else None
        if len(found) or fate in touched or more is not None:
            path = stage.place(fate, part)
            rows.rewrite(path, staging.add(path), _make_change(staging, part, found), more)
            written.append(path)
    return written


def _make_change(staging: Staging, part: str, gone: np.ndarray) -> rows.Change:
    """Take rows out; of the others renew where their texts stand."""

    def change(table: pa.Table, start: int) -> pa.Table:
        keep = np.ones(table.num_rows, dtype=bool)
        keep[gone[np.searchsorted(gone, start) : np.searchsorted(gone, start + table.num_rows)] - start] = (
            False
        )
        left = rows.unname(table.filter(pa.array(keep)), staging.ids)
        if "text_row" not in left.schema.names:
            return left
        place, stages = left.schema.get_field_index("text_row"), left.column("text_stage").to_pylist()
        numbers = left.column("text_row").to_pandas().to_numpy(dtype="float64", na_value=np.nan)
        fresh = numbers.copy()
        for name in {one for one in stages if one is not None}:
            own = np.array([one == name for one in stages])
            fresh[own] = rows.shift(numbers[own].astype(np.int64), staging.removed.get((name, part), NOTHING))
        field = left.schema.field(place)
        return left.set_column(place, field, pa.array(fresh, mask=np.isnan(fresh)).cast(field.type))

    return change


def _stand_in(
    staging: Staging,
    path: Path,
    told: list[tuple[str, dict[str, Any]]],
    receipt: dict[str, Any],
    uses: list[str],
) -> pa.Table | None:
    """Rows of the ledger for documents that came from a source, or are copies of what stays: that one was
    taken down, not which."""
    found = []
    for fate, row in told:
        reason = TAKEN + staging.classes[row["id"]]
        if fate == "kept":
            receipts.replace_kept(receipt, row, reason)
        elif fate == "dropped":
            receipts.replace_dropped(receipt, row, reason, uses)
        else:
            receipts.replace_failed(receipt, row, reason)
        size = row.get("text_bytes") or 0
        found.append(
            {
                "id": hide(row["id"]),
                "source": row["source"],
                "step": STEP,
                "reason": reason,
                "text_bytes": size,
            }
        )
    if not found:
        return None
    schema = pq.read_schema(path)
    ordered = sorted(found, key=lambda row: row["id"])
    return pa.table(
        {field.name: pa.array([row.get(field.name) for row in ordered], field.type) for field in schema}
    )


def _find_rows(staging: Staging, path: Path) -> np.ndarray:
    """The numbers of the rows of the documents that go."""
    table = pq.read_table(proof.prove(path), columns=["id"])
    return np.flatnonzero(rows.find(table, staging.ids))


def _names_others(staging: Staging, path: Path) -> bool:
    """Whether a column other than the id names a document that goes, as a duplicate names its survivor."""
    names = [name for name in pq.read_schema(path).names if name in ("dedup_survivor", "dedup_cluster")]
    table = pq.read_table(path, columns=names) if names else pa.table({})
    return any(rows.find(table, staging.ids, name).any() for name in names)


def _find_above(staging: Staging, stage: Stage, part: str) -> Path | None:
    """The file that the part was read from, or copied; None where it came from a source."""
    of = stage.parts[part].get("copy_of", part)
    before = (*stage.upstream, *stage.copied)
    paths = [staging.account.stages[name].folder / f"{of}.parquet" for name in before]
    return next((path for path in paths if path.exists()), None)


def _read_rows(path: Path, numbers: np.ndarray) -> list[dict[str, Any]]:
    """Rows of a file, without texts."""
    names = pq.read_schema(path).names
    table = pq.read_table(path, columns=[name for name in names if name != "text"])
    found: list[dict[str, Any]] = table.take(pa.array(numbers)).to_pylist()
    if "text" in names:
        texts = (
            pl.scan_parquet(path, glob=False).select(size=pl.col("text").str.len_bytes()).collect()["size"]
        )
        for row, number in zip(found, numbers, strict=True):
            row["text_bytes"] = texts[int(number)] or 0
    for row in found:
        row["changed"] = None if "text_here" not in row else row["text_here"] is not None
        row.pop("text_here", None)
    return found


def _read_sizes(path: Path, ids: pa.Array) -> list[dict[str, Any]]:
    """Of documents as a stage before kept them: language, bytes and tokens."""
    numbers = np.flatnonzero(rows.find(pq.read_table(path, columns=["id"]), ids))
    return [{name: row.get(name) for name in _SIZES} for row in _read_rows(path, numbers)]
