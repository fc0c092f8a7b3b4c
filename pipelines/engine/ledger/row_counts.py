"""The ledger of one part while it is worked on: what came in, and what became of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.ledger import timings
from winnow.pipelines.engine.ledger.spool import Spool
from winnow.pipelines.engine.ledger.texts import FIGURES, SIZE, Texts
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.spec import schema


@dataclass
class Tally:
    """Counts of one part, as they stand in its receipt, and its rows in the ledgers."""

    folder: Path
    texts: Texts = field(default_factory=Texts)
    dropped: Spool = field(init=False)
    failed: Spool = field(init=False)
    sources: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    reasons: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    steps: dict[str, dict[str, float]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    lost: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: dict[File, int] = field(default_factory=dict)
    work: timings.Work = field(default_factory=timings.start)
    files_done: int = 0

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

    def enter(self, frame: pl.DataFrame) -> None:
        """Enter a batch that comes in; `keep`, `drop` and `fail` are of its documents."""
        self.texts.enter(frame)
        self._count(frame, "in")

    def keep(self, frame: pl.DataFrame) -> None:
        """Enter rows that stay, as they leave."""
        self.texts.settle(frame, "kept")
        self._count(frame, "kept")

    def drop(self, frame: pl.DataFrame, step: str) -> None:
        """Enter dropped rows in the ledger."""
        rows = self.texts.settle(frame, "dropped").with_columns(frame["drop_reason"])
        self._count(frame, "dropped")
        uncounted = pl.col("came").filter(pl.col("counted").is_null())
        grouped = rows.group_by("drop_reason").agg(
            pl.len(), pl.col("came").sum(), pl.col("counted").sum(), uncounted.sum().alias("uncounted")
        )
        for reason, *numbers in grouped.iter_rows():
            for name, number in zip(("documents", *FIGURES), numbers, strict=True):
                self.reasons[reason][name] += number
        self.dropped.append(schema.to_dropped(frame, step))

    def fail(self, frame: pl.DataFrame, step: str, error: str | None = None) -> None:
        """Enter failed rows in the ledger."""
        self.texts.settle(frame, "failed")
        self._count(frame, "failed")
        self.failed.append(schema.to_failed(frame, step, error))

    def lose(self, source: str, file: File, read: str | None) -> None:
        """Remember a file of which one failed row is all; `read`: the step that gave the row, if one did."""
        if file not in self.unread:
            self.leave(source, file, file.length)
        self.lost[file.name] = {"file": file.describe(), "read": read, "bytes": self.unread[file]}

    def leave(self, source: str, file: File, unread: int) -> None:
        """Count a file, or a range, that was not read to its end, in the bytes that are left of it."""
        self.unread[file] = unread
        self.sources[source]["files_unread"] += 1
        self.sources[source]["bytes_unread"] += unread

    def _count(self, frame: pl.DataFrame, fate: str) -> None:
        """Documents by source; what comes in and what leaves also in bytes and counted tokens."""
        grouped = frame.group_by("source").agg(pl.len(), SIZE.sum(), pl.col("token_count").sum())
        for source, documents, size, tokens in grouped.iter_rows():
            entry = self.sources[source]
            entry[f"documents_{fate}"] += documents
            if fate in ("in", "kept"):
                entry[f"bytes_{fate}"] += size
                entry[f"tokens_{fate}"] += tokens

    def total(self, fate: str) -> int:
        """Documents with this fate over all sources."""
        return sum(entry[f"documents_{fate}"] for entry in self.sources.values())

    def count_done(self) -> dict[str, int]:
        """How far the part is: `files` read to their end, `documents`, and `pages` of them, as far as steps
        count these."""
        pages = timings.count_pages(self.work)
        return {"files": self.files_done, "documents": self.total("in"), "pages": pages}

    def receipt(self, cost: dict[str, float]) -> dict[str, Any]:
        """The part's receipt, with what it cost; raises where rows do not add up."""
        counts = {fate: self.total(fate) for fate in ("in", "kept", "dropped", "failed")}
        if counts["in"] != counts["kept"] + counts["dropped"] + counts["failed"]:
            raise schema.ContractError(f"rows do not add up: {counts}")
        for use, size in self.texts.cuts.items():
            self.steps[use]["bytes_cut"] = size
        return {
            "rows_in": counts["in"],
            "kept": counts["kept"],
            "dropped": counts["dropped"],
            "failed": counts["failed"],
            **cost,
            "by_source": {name: self._of_source(name) for name in sorted(self.sources)},
            "texts": self.texts.figures(),
            "reasons": {name: dict(entry) for name, entry in sorted(self.reasons.items())},
            "steps": {name: dict(entry) for name, entry in self.steps.items()},
            **({"work": timings.describe(self.work)} if self.work else {}),
            **({"lost": self.lost} if self.lost else {}),
        }

    def _of_source(self, source: str) -> dict[str, int]:
        """A source's documents by fate, and its bytes: in = kept + cut + markup + dropped + failed."""
        entry = dict(self.sources[source])
        sizes = {fate: self.texts.bytes(source, fate) for fate in ("came", "kept", "dropped", "failed")}
        entry |= {
            "bytes_cut": sizes["came"] - sizes["kept"],
            "bytes_markup": self.texts.markup.get(source, 0),
            "bytes_dropped": sizes["dropped"],
            "bytes_failed": sizes["failed"],
        }
        return entry


def add_verdict(fates: pl.DataFrame, done: pl.DataFrame, number: int, use: str) -> tuple[pl.DataFrame, int]:
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
