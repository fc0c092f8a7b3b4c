"""What the steps of a stage have to say, on the screen when it is whole."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winnow.earlier import list_names
from winnow.files import MESSAGES


def list_messages(folder: Path, receipts: Mapping[str, dict[str, Any]]) -> list[str]:
    """The lines of a stage in `folder`: counts of all its parts together, then each sentence once.

    A corpus step may leave them in a part by `winnow.files.write_messages`.
    """
    counts: dict[str, int] = {}
    says: dict[str, None] = {}
    for part in _list_parts(receipts, MESSAGES):
        told = json.loads((folder / part / MESSAGES).read_text(encoding="utf-8"))
        for name, number in told.get("counts", {}).items():
            counts[name] = counts.get(name, 0) + number
        says |= dict.fromkeys(told.get("says", ()))
    for earlier in list_names(MESSAGES):
        for part in _list_parts(receipts, earlier):
            says[f"{part}/{earlier} is not read: a step leaves {MESSAGES} (docs/migration.md)"] = None
    summed = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    return [line for line in (summed, *says) if line]


def _list_parts(receipts: Mapping[str, dict[str, Any]], file: str) -> list[str]:
    return sorted(name for name, receipt in receipts.items() if f"{name}/{file}" in receipt.get("files", ()))
