"""Answers of models that were paid for and are kept in a `store`: those that say a stretch of what goes.

An answer leaves its store; what it may have cost at most, where that stands in a row of its own, stays
counted.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.takedown import tables
from winnow.store import holds_answers, open_store

ROWS = 1000  # that are looked at together


def find(account: RunSummary, hits: tables.Hits, say: Callable[[str], None]) -> dict[str, list[str]]:
    """The stores that the steps of a run name, with digests of the rows with such answers; says which store
    is not there from here."""
    steps = [step for stage in account.stages.values() for step in stage.steps]
    stores = sorted({Path(value).resolve() for step in steps for value in _list_stores(step["settings"])})
    found: dict[str, list[str]] = {}
    for store in stores:
        if holds_answers(store):
            found[str(store)] = _find_rows(store, hits)
        elif not store.is_dir():
            say(f"the store {store} is not there from here: answers in it were not looked through")
    return {store: rows for store, rows in found.items() if rows}


def remove(found: dict[str, list[str]], say: Callable[[str], None]) -> None:
    """Take answers out of their stores; what is done already is left. A run that asks with one is waited for.

    Raises ValueError for what an earlier version has found, in files that are no more.
    """
    for store, digests in found.items():
        if store.endswith(".jsonl"):
            raise ValueError(
                f"this take-down was begun by an earlier version, which kept answers in {store}: finish it"
                " with that version, and go on with this one"
            )
        if holds_answers(Path(store)):
            with open_store(Path(store), alone=True, say=say) as kept:
                kept.remove(digests)


def _find_rows(store: Path, hits: tables.Hits) -> list[str]:
    """Digests of the rows that say what goes."""
    found: list[str] = []
    with open_store(store, alone=False) as kept:
        rows = kept.list_records()
        while batch := list(itertools.islice(rows, ROWS)):
            said = [list(tables.list_strings(record)) for _, record in batch]
            told = iter(hits([text for texts in said for text in texts]))
            gone = [any(list(itertools.islice(told, len(texts)))) for texts in said]
            found += [digest for (digest, _), goes in zip(batch, gone, strict=True) if goes]
    return found


def _list_stores(settings: Any) -> Iterator[str]:
    for name, value in settings.items() if isinstance(settings, dict) else ():
        if isinstance(value, dict):
            yield from _list_stores(value)
        elif isinstance(value, str) and (name == "store" or name.endswith("_store")):
            yield value
