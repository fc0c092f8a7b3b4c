"""What a stage cut out of documents that it kept: some of them, line by line, before and after."""

from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage, add_up
from winnow.pipelines.report.panels.shown import PLACE, choose_parts

MOST = 2  # documents of a source
MOST_BYTES = 20_000  # of a document, as it came and as it left
AHEAD = 200  # lines in which one that differs is looked for
MOST_LINES = 60
AROUND = 2  # lines that stayed, on either side of those that went
LINE = 240  # characters
STAYED, GONE, NEW, SKIPPED, MORE = "stayed", "gone", "new", "skipped", "more"


def sample_cuts(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """Of each source up to MOST documents whose text the stage changed: where they are from, bytes `before`
    and `after`, and `lines` as (what became of it, text); of lines that are `SKIPPED`, or `MORE` than are
    shown, the text says how many. Longer documents than MOST_BYTES are not looked at.

    Documents are taken by the smallest ids, which is a fair draw, from a few parts of the source. None where
    the stage read from a source: then no text stands upstream.
    """
    found: list[dict[str, Any]] = []
    for source, parts in choose_parts(stage).items() if stage.upstream else ():
        most = len(found) + MOST
        for part in parts:
            found += _compare_part(stage, account, part, source, most - len(found))
    return found


def show_changes(before: str, after: str) -> list[tuple[str, str]]:
    """The lines in which two texts differ, with some around them, as `lines` of `sample_cuts`; none where
    they are alike, or one is longer than MOST_BYTES."""
    if before == after or max(len(before), len(after)) > MOST_BYTES:
        return []
    return _shorten(_compare(before.split("\n"), after.split("\n")))


def list_cutters(stage: Stage) -> list[tuple[str, int]]:
    """The steps that cut texts of kept documents, and how many bytes, in their order."""
    figures = add_up(stage, "steps")
    cut = ((step["use"], int(figures.get(step["use"], {}).get("bytes_cut", 0))) for step in stage.own_steps)
    return list(dict.fromkeys(each for each in cut if each[1] > 0))


def _compare_part(
    stage: Stage, account: RunSummary, part: str, source: str, most: int
) -> list[dict[str, Any]]:
    file = stage.folder / f"{part}.parquet"
    if most < 1 or not file.exists() or "text_here" not in pq.read_schema(prove(file)).names:
        return []
    rows = pl.scan_parquet(file, glob=False).filter(
        pl.col("text_here").is_not_null(), pl.col("text_bytes") < MOST_BYTES, pl.col("source") == source
    )
    place = [name for name in PLACE if name in rows.collect_schema()]
    after = rows.select("id", *place, after="text_here").bottom_k(most * 4, by="id").collect()
    before = {id_: text for up in stage.upstream for id_, text in _read_texts(account, up, part, after["id"])}
    compared = []
    for row in after.sort("id").iter_rows(named=True):
        came = before.get(row["id"])
        if came is None or len(came.encode()) >= MOST_BYTES:
            continue
        lines = _compare(came.split("\n"), row["after"].split("\n"))
        if any(what == GONE for what, _ in lines):
            bytes_ = {"before": len(came.encode()), "after": len(row["after"].encode())}
            about = {"place": {name: row[name] for name in place}, **bytes_}
            compared.append({**about, "lines": _shorten(lines)})
    return compared[:most]


def _read_texts(account: RunSummary, stage: str, part: str, ids: pl.Series) -> list[tuple[str, str]]:
    path: Path = account.stages[stage].folder / f"{part}.parquet"
    if not path.exists() or ids.is_empty():
        return []
    found = documents.find(path, pl.col("id").is_in(ids.to_list()), ["id", "text"])
    return list(found.select("id", "text").drop_nulls().iter_rows())


def _compare(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """What became of each line of both, in order: it stayed, went or is new.

    Greedy: a line that differs is looked for within the next AHEAD lines of the other text, so that many
    alike cost no more than others. Where lines of both sides differ, what went stands before what is new.
    """
    found: list[tuple[str, str]] = []
    i = j = 0
    while i < len(before) and j < len(after):
        if before[i] == after[j]:
            found.append((STAYED, before[i]))
            i, j = i + 1, j + 1
            continue
        is_later = before[i] in after[j : j + AHEAD]
        if after[j] in before[i : i + AHEAD] or not is_later:
            found.append((GONE, before[i]))
            i += 1
        if after[j] not in before[i : i + AHEAD]:
            found.append((NEW, after[j]))
            j += 1
    found += [(GONE, line) for line in before[i:]] + [(NEW, line) for line in after[j:]]
    runs = groupby(found, lambda each: each[0] == STAYED)
    return [each for _, run in runs for each in sorted(run, key=lambda each: each[0] == NEW)]


def _shorten(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that went and are new, each with its neighbours; of others how many they are. At most MOST_LINES
    of them, with how many more there are."""
    near = set()
    for at, (what, _) in enumerate(lines):
        if what != STAYED:
            near |= set(range(at - AROUND, at + AROUND + 1))
    shown: list[tuple[str, str]] = []
    at = 0
    while at < len(lines):
        if len(shown) >= MOST_LINES:
            return [*shown, (MORE, f"{len(lines) - at:,}")]
        far = at
        while far < len(lines) and far not in near:
            far += 1
        if far > at:
            shown.append((SKIPPED, f"{far - at:,}"))
        else:
            what, line = lines[at]
            shown.append((what, _cut_line(line, _find_change(lines, at))))
            far = at + 1
        at = far
    return shown


def _find_change(lines: list[tuple[str, str]], at: int) -> int:
    """Where a line that was written anew begins to differ from what stands beside it."""
    what, line = lines[at]
    other = at + 1 if what == GONE else at - 1
    if what == STAYED or not 0 <= other < len(lines) or {what, lines[other][0]} != {GONE, NEW}:
        return 0
    both = zip(line, lines[other][1], strict=False)
    return next((place for place, (a, b) in enumerate(both) if a != b), 0)


def _cut_line(line: str, change: int) -> str:
    begin = max(0, change - LINE // 4) if len(line) > LINE else 0
    text = line[begin : begin + LINE]
    return "…" * (begin > 0) + text + "…" * (begin + LINE < len(line))
