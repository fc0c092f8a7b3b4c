"""What steps did for the rows of a part, counted and timed, as they tell it beside their columns.

Such times would make other bytes of the same documents: they stand in receipts alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterable

import polars as pl

from winnow.pipelines.spec.schema import WORK, ContractError

Work = dict[str, dict[str, dict[str, list[float]]]]
"""{source: {what: {name: [count, seconds]}}}"""


def start() -> Work:
    """Nothing done yet."""
    return defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: [0, 0.0])))


def take(frame: pl.DataFrame, who: str, into: Work, source: str | None = None) -> pl.DataFrame:
    """The rows without the column `_work`, which is added up in `into`: by the column `source`, or for one.

    ContractError where it is not {what: {name: [count, seconds]}} in JSON, or null; `who` gave it.
    """
    if WORK not in frame.columns:
        return frame
    names = frame["source"] if source is None else [source] * frame.height
    for name, said in zip(names, frame[WORK], strict=True):
        if said is not None:
            try:
                add(into, name, json.loads(said))
            except (AttributeError, TypeError, ValueError) as error:
                form = "{what: {name: [count, seconds]}} in JSON"
                raise ContractError(f"{who} gives a {WORK!r} that is not {form}: {error}") from error
    return frame.drop(WORK)


def count_pages(work: Work) -> int:
    """Pages that were read: steps that read any count each by its `route`."""
    return sum(int(count) for groups in work.values() for count, _ in groups.get("route", {}).values())


def add_up(receipts: Iterable[dict[str, Work]]) -> Work:
    """The work of all parts."""
    total = start()
    for receipt in receipts:
        for source, work in receipt.get("work", {}).items():
            add(total, source, work)
    return total


def describe(work: Work) -> Work:
    """As a receipt holds it."""
    return {
        source: {
            what: {name: [count, round(seconds, 3)] for name, (count, seconds) in sorted(names.items())}
            for what, names in groups.items()
        }
        for source, groups in sorted(work.items())
    }


def add(into: Work, source: str, work: dict[str, dict[str, list[float]]]) -> None:
    """Add what was done for a source."""
    for what, names in work.items():
        for name, (count, seconds) in names.items():
            entry = into[source][what][name]
            entry[0] += count
            entry[1] += seconds
