"""The ledger of one part while it is worked on: what came in, and what became of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import schema
from pipelines.listing import File
from pipelines.spool import Spool


@dataclass
class Tally:
    """Counts of one part, as they stand in its receipt, and its rows in the ledgers."""

    folder: Path
    dropped: Spool = field(init=False)
    failed: Spool = field(init=False)
    sources: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    reasons: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    steps: dict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )

    lost: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dropped, self.failed = Spool(self.folder), Spool(self.folder)

    def write(self, name: str, columns: schema.Columns, *, replayable: bool) -> None:
        """Write the ledgers of what was dropped and of what failed; `columns` are the stage's."""
        dropped = schema.dropped_columns(columns, replayable=replayable)
        self.dropped.write(self.folder / "dropped" / name, dropped)
        self.failed.write(self.folder / "failed" / name, schema.FAILED)

    def close(self) -> None:
        """Remove what the ledgers put on disk."""
        self.dropped.close()
        self.failed.close()

    def count(self, frame: pl.DataFrame, fate: str) -> None:
        """Documents, bytes of text and tokens by source, under `_in`, `_kept`, `_dropped` or `_failed`."""
        for source, documents, size, tokens in _sizes(frame, "source"):
            entry = self.sources[source]
            entry[f"documents_{fate}"] += documents
            entry[f"bytes_{fate}"] += size
            entry[f"tokens_{fate}"] += tokens

    def drop(self, frame: pl.DataFrame, step: str) -> None:
        """Enter dropped rows in the ledger."""
        self.count(frame, "dropped")
        for reason, documents, size, tokens in _sizes(frame, "drop_reason"):
            entry = self.reasons[reason]
            entry["documents"] += documents
            entry["bytes"] += size
            entry["tokens"] += tokens
        self.dropped.append(schema.to_dropped(frame, step))

    def fail(self, frame: pl.DataFrame, step: str, error: str | None = None) -> None:
        """Enter failed rows in the ledger."""
        self.count(frame, "failed")
        self.failed.append(schema.to_failed(frame, step, error))

    def lose(self, file: File, read: str | None) -> None:
        """Remember a file of which one failed row is all; `read`: the step that gave the row, if one did."""
        self.lost[file.name] = {"file": file.describe(), "read": read}

    def total(self, fate: str) -> int:
        """Documents with this fate over all sources."""
        return sum(entry[f"documents_{fate}"] for entry in self.sources.values())

    def receipt(self, seconds: float) -> dict[str, Any]:
        """The part's receipt; raises where rows do not add up."""
        counts = {fate: self.total(fate) for fate in ("in", "kept", "dropped", "failed")}
        if counts["in"] != counts["kept"] + counts["dropped"] + counts["failed"]:
            raise schema.ContractError(f"rows do not add up: {counts}")
        return {
            "rows_in": counts["in"],
            "kept": counts["kept"],
            "dropped": counts["dropped"],
            "failed": counts["failed"],
            "seconds": round(seconds, 3),
            "by_source": {name: dict(entry) for name, entry in sorted(self.sources.items())},
            "reasons": {name: dict(entry) for name, entry in sorted(self.reasons.items())},
            "steps": {name: dict(entry) for name, entry in self.steps.items()},
            **({"lost": self.lost} if self.lost else {}),
        }


def _sizes(frame: pl.DataFrame, by: str) -> Iterator[tuple[str, int, int, int]]:
    grouped = frame.group_by(by).agg(
        pl.len(), pl.col("text").str.len_bytes().sum().alias("bytes"), pl.col("token_count").sum()
    )
    return grouped.sort(by).iter_rows()


def with_verdict(fates: pl.DataFrame, done: pl.DataFrame, number: int, use: str) -> tuple[pl.DataFrame, int]:
    """The fates with this step's verdict, and how many documents it is the first to drop."""
    verdict = done["drop_reason"] if "drop_reason" in done.columns else pl.lit(None)
    fates = fates.with_columns(verdict.cast(pl.String).alias(str(number)))
    fresh = pl.col(str(number)).is_not_null() & pl.col("reason").is_null()
    count = fates.select(fresh.sum()).item()
    if count:
        fates = fates.with_columns(
            reason=pl.coalesce("reason", str(number)),
            step=pl.when(fresh).then(pl.lit(use)).otherwise("step"),
        )
    return fates, count


def set_aside(
    rows: pl.DataFrame, fates: pl.DataFrame, steps: int, use: str, tally: Tally, error: str | None = None
) -> pl.DataFrame:
    """Enter rows in the ledger with all verdicts on them; returns the fates of the others.

    A step's error fails only what no step had dropped before.
    """
    every = [str(n) if str(n) in fates.columns else pl.lit(None, pl.String) for n in range(steps)]
    known = fates.select("id", drop_reason="reason", by="step", verdicts=pl.concat_list(every))
    rows = rows.join(known, on="id", how="left", maintain_order="left")
    rows = rows.with_columns(error=pl.lit(error, pl.String))
    for (by,), group in rows.group_by("by", maintain_order=True):
        if by is None:
            tally.fail(group, use)
        else:
            tally.drop(group.drop("by"), str(by))
    return fates.join(rows, on="id", how="anti", maintain_order="left")
