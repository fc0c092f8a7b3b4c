"""Answers of models that were paid for and are kept in a `store`: those that say a stretch of what goes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.forgotten import tables
from pipelines.report.figures import Account

_QUESTION = re.compile(r"[0-9a-f]{64}\.jsonl")  # the file of one question, as stores name it


def find(account: Account, hits: tables.Hits) -> list[str]:
    """The files of such answers in all stores that the steps of a run name."""
    steps = [step for stage in account.stages.values() for step in stage.steps]
    stores = {Path(value).resolve() for step in steps for value in _list_stores(step["settings"])}
    return [
        str(path)
        for store in sorted(stores)
        for path in sorted(store.glob("??/*.jsonl"))
        if _QUESTION.fullmatch(path.name) and any(hits(list(_list_said(path))))
    ]


def _list_stores(settings: Any) -> Iterator[str]:
    for name, value in settings.items() if isinstance(settings, dict) else ():
        if isinstance(value, dict):
            yield from _list_stores(value)
        elif isinstance(value, str) and (name == "store" or name.endswith("_store")):
            yield value


def _list_said(path: Path) -> Iterator[str]:
    for line in path.read_bytes().split(b"\n"):
        try:
            yield from tables.list_strings(json.loads(line))
        except ValueError:  # empty, or the end of a write that the machine did not survive
            yield line.decode("utf-8", "replace")
