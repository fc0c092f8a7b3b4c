"""What published sets of rules would have kept of the documents that the run's own rules judged.

A sample of them is judged anew when the report is written, by the steps that the shipped groups name. It
takes a second or two of CPU, so it is made only where there are enough documents to say something.
"""

import math
import tomllib
from collections import Counter
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.removed import find_before
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report.panels.histograms import bin_values
from winnow.pipelines.report.panels.shown import DRAW
from winnow.pipelines.spec import groups
from winnow.pipelines.spec.address import resolve

SETS = {"FineWeb": "groups/fineweb.toml", "Gopher": "groups/gopher.toml", "C4": "groups/c4.toml"}
COLUMNS = ("id", "source", "text", "language", "language_score")
LEAST = 300  # documents that were judged: of fewer a share says little
MOST, MOST_BYTES = 600, 4_000_000  # of the sample, about
PARTS, READ_BYTES = (4, 24), 128_000_000  # from how many parts, by the bytes of text in them
OF_SOURCE = 30  # documents of a source in the sample, from which on its share is told


def of_run(account: RunSummary) -> dict[str, Any] | None:
    """`rows` of shares that the run (first) and each set of rules keep, with `low` and `high` of a 95%
    interval; and of what: `documents` drawn of `of`, the `stages` that judged them, `parts` of `of_parts`.

    None where fewer than LEAST were judged, or no text of those that came stands on disk.
    """
    judging = _find_judging(account)
    came = sum(stage.total("rows_in") for stage in judging)
    if came < LEAST:
        return None
    size = sum(
        row.get("bytes_in", 0) for stage in judging for row in run_summary.add_up(stage, "by_source").values()
    )
    places = [(stage, part) for stage in judging for part in sorted(stage.parts)]
    chosen = bin_values(places, _count_parts(size, len(places)))
    try:
        sample = _draw(chosen, account, size / max(came, 1))
    except (documents.TextMissing, FileNotFoundError):
        return None
    if sample.is_empty():
        return None
    counts = sample["source"].value_counts(sort=True).filter(pl.col("count") >= OF_SOURCE)
    sources = counts["source"].to_list()[:6]
    own = ("", sample.select("id", "stays", size="came"), None)
    verdicts: dict[str, tuple[str, pl.DataFrame, str | None]] = {"this run's own": own}
    verdicts |= {name: (use, *_judge(sample.select(COLUMNS), use)) for name, use in SETS.items()}
    rows = []
    for name, (use, kept, reason) in verdicts.items():
        judged = sample.select("id", "source", "part", "came").join(kept, on="id", how="left")
        rows.append(
            {"name": name, "recipe": use, "reason": reason}
            | _sum_up(judged, sources, clustered=len(chosen) < len(places))
        )
    return {
        "documents": sample.height,
        "of": came,
        "stages": [stage.name for stage in judging],
        "parts": len(chosen),
        "of_parts": len(places),
        "sources": sources,
        "rows": rows,
    }


def _find_judging(account: RunSummary) -> list[Stage]:
    """The first stages of the main line that hold documents to thresholds, where these came with their
    language from a stage before."""
    found: list[Stage] = []
    behind: set[str] = set()
    for stage in run_summary.find_main_line(account):
        if behind & set(stage.upstream):
            behind.add(stage.name)
        elif (
            stage.rules and stage.upstream and all(_has_language(account.stages[up]) for up in stage.upstream)
        ):
            found.append(stage)
            behind.add(stage.name)
    return found


def _has_language(stage: Stage) -> bool:
    files = [stage.folder / f"{part}.parquet" for part in sorted(stage.parts)[:1]]
    return all(file.exists() and set(COLUMNS) <= set(documents.columns(file)) for file in files)


def _count_parts(size: float, places: int) -> int:
    return min(max(int(READ_BYTES * places / max(size, 1)), PARTS[0]), PARTS[1])


def _draw(chosen: list[tuple[Stage, str]], account: RunSummary, mean: float) -> pl.DataFrame:
    """Documents of these parts as they came, each with the same chance, by digits of its id: COLUMNS, `part`,
    `came` (bytes), and whether the run's own stage kept it (`stays`)."""
    rows = sum(stage.parts[part]["rows_in"] for stage, part in chosen)
    rate = min(1.0, MOST / max(rows, 1), MOST_BYTES / max(mean, 1) / max(rows, 1))
    drawn = f"{int(rate * (16**8 - 1)):08x}" >= DRAW
    frames = []
    for stage, part in chosen:
        before = find_before(account, stage, part)
        if before is None:
            raise FileNotFoundError(part)
        kept = pl.scan_parquet(prove(stage.folder / f"{part}.parquet"), glob=False).filter(drawn)
        stay = kept.select("id").collect()["id"]
        found = documents.find(before, drawn, list(COLUMNS)).drop_nulls("text")
        frames.append(
            found.select(
                *COLUMNS,
                part=pl.lit(f"{stage.name} {part}"),
                came=pl.col("text").str.len_bytes().cast(pl.Int64),
                stays=pl.col("id").is_in(stay.implode()),
            )
        )
    return pl.concat(frames).unique("id", keep="first", maintain_order=True)


def _judge(docs: pl.DataFrame, use: str) -> tuple[pl.DataFrame, str | None]:
    """Of documents that the steps of a group keep `id`, `stays` and `size` (bytes), and the reason by which
    most others went."""
    reasons: Counter[str] = Counter()
    for step in _read_steps(use):
        docs = resolve(step.pop("use"))(docs, **step)
        if "drop_reason" in docs.columns:
            reasons.update(docs["drop_reason"].drop_nulls().to_list())
            docs = docs.filter(pl.col("drop_reason").is_null()).drop("drop_reason")
    kept = docs.select("id", stays=pl.lit(True), size=pl.col("text").str.len_bytes().cast(pl.Int64))
    return kept, next((reason for reason, _ in reasons.most_common(1)), None)


def _read_steps(use: str) -> list[dict[str, Any]]:
    """The steps of a group that is shipped, with its own settings."""
    entry = f'[[stage]]\nname = "rules"\nafter = "documents"\nuse = "{use}"\n'
    text, _ = groups.expand(groups.FOLDER / "rules.toml", entry)
    return [step for stage in tomllib.loads(text)["stage"] for step in stage["steps"]]


def _sum_up(judged: pl.DataFrame, sources: list[str], *, clustered: bool) -> dict[str, Any]:
    """The share of documents that stay, its interval, that of the text, and shares by source."""
    stays = judged["stays"].fill_null(False)
    low, high = _find_interval(judged.with_columns(stays=stays), clustered=clustered)
    size = judged.filter(stays)["size"].sum()
    return {
        "share": stays.mean(),
        "low": low,
        "high": high,
        "text": int(size) / max(int(judged["came"].sum()), 1),
        "by_source": [stays.filter(judged["source"] == source).mean() for source in sources],
    }


def _find_interval(judged: pl.DataFrame, *, clustered: bool) -> tuple[float, float]:
    """Wilson's, of 95%. Where only some parts were read (`clustered`), documents of a part may be alike: then
    of as many independent documents as would scatter as the parts do."""
    n, share = judged.height, float(judged["stays"].mean() or 0.0)  # type: ignore[arg-type]
    parts = judged.group_by("part").agg(pl.len(), pl.col("stays").sum())
    if clustered and parts.height > 1 and 0 < share < 1:
        apart = parts.select(((pl.col("stays") - share * pl.col("len")) ** 2).sum()).item()
        scatter = apart * parts.height / (parts.height - 1) / n**2
        n = min(n, share * (1 - share) / max(scatter, 1e-9))
    z2 = 1.96**2 / n
    middle, half = (share + z2 / 2) / (1 + z2), math.sqrt(share * (1 - share) * z2 + z2**2 / 4) / (1 + z2)
    return max(middle - half, 0.0), min(middle + half, 1.0)
