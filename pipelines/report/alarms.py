"""What a reader of the report must not miss."""

from typing import Any

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.engine.parts.receipts import count_emptied
from winnow.pipelines.report.amounts import count, share
from winnow.pipelines.report.panels import histograms, samples
from winnow.pipelines.spec.row_filter import select

LOST = 3  # the rank of what a source loses


def of_stage(
    stage: Stage,
    max_duplicates: float,
    checks: list[dict[str, Any]],
    panels: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """What a reader must not miss, with its `rank`: sums first, then what deduplication took."""
    found = [
        (0, f"{check['what']}: {count(check['said'])}, but {count(check['counted'])}")
        for check in checks
        if not check["ok"]
    ]
    empty = {} if stage.may_be_empty else count_emptied(stage.parts.values())
    found += [
        (1, f"{source} is empty from here on: none of its {count(came)} documents is kept")
        for source, came in empty.items()
    ]
    named = list_duplicates(stage, max_duplicates)
    found += [(1, text) for text in named.values()]
    found += [
        (LOST, f"{source} loses {lost:.0%} of its {unit}")
        for source, unit, lost in run_summary.find_losers(stage)
        if source not in {*named, *empty}
    ]
    found += [(panel["rank"], text) for panel in panels for text in panel["alarms"]]
    found += [(2, text) for text in list_idle(stage)]
    if failed := stage.total("failed"):
        found.append(
            (4, f"{count(failed)} failed ({share(failed, stage.total('rows_in'))} of those that came in)")
        )
    return [{"rank": rank, "stage": stage.name, "text": text} for rank, text in found]


def list_idle(stage: Stage) -> list[str]:
    """What to say of each step whose `where` fits none of the documents, of an even sample: a value may be
    misspelt."""
    told = []
    for step in stage.own_steps:
        if given := step.get("where"):
            rows = histograms.sample([*stage.files("kept"), *stage.files("dropped")], list(given))
            if rows.height and set(given) <= set(rows.columns) and not select(rows, given).any():
                words = ", ".join(f"{name} is {' or '.join(values)}" for name, values in given.items())
                told.append(f"{step['use']} judged none of {count(rows.height)} documents looked at: {words}")
    return told


def list_duplicates(stage: Stage, share: float) -> dict[str, str]:
    """What to say of each source that loses too much to deduplication in a stage, with its clusters."""
    found = {}
    for source, lost in run_summary.find_duplicate_losers(stage, share):
        clusters = samples.find_largest(stage, source)
        told = ", ".join(f"{count(number)} for {survivor}" for survivor, number in clusters)
        found[source] = f"{source} loses {lost:.0%} of its documents as duplicates; most: {told}"
    return found


def of_making(account: RunSummary) -> list[dict[str, Any]]:
    """Stages that are out of date, those that other code made than would today, and those whose code changed
    on the way."""
    found = []
    for stage in account.stages.values():
        if stage.outdated:
            told = "holds what was made from documents that were taken down, until it is made anew"
            found.append((0, stage.name, f"{told} ({stage.outdated})"))
        if stage.changed:
            found.append((1, stage.name, f"made by other code than today's: {'; '.join(stage.changed)}"))
        if stage.accepted:
            found.append(
                (5, stage.name, f"its code changed on the way, as accepted: {'; '.join(stage.accepted)}")
            )
    return [{"rank": rank, "stage": name, "text": text} for rank, name, text in found]
