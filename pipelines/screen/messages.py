"""What the steps of a stage have to say, on the screen when it is whole."""

import json
from pathlib import Path
from typing import Any

FILE = "messages.json"
EARLIER = "told.json"


def list_told(folder: Path, receipts: dict[str, dict[str, Any]]) -> list[str]:
    """The lines of a stage in `folder`: counts of all its parts together, then each sentence once.

    A corpus step may leave `messages.json` in a part: {"counts": {name: number}, "says": [sentence, ...]}.
    """
    counts: dict[str, int] = {}
    says: dict[str, None] = {}
    for part in sorted(
        name for name, receipt in receipts.items() if f"{name}/{FILE}" in receipt.get("files", ())
    ):
        told = json.loads((folder / part / FILE).read_text(encoding="utf-8"))
        for name, number in told.get("counts", {}).items():
            counts[name] = counts.get(name, 0) + number
        says |= dict.fromkeys(told.get("says", ()))
    for part in (
        name for name, receipt in receipts.items() if f"{name}/{EARLIER}" in receipt.get("files", ())
    ):
        says[f"{part}/{EARLIER} is not read: a step leaves {FILE} (docs/migration.md)"] = None
    summed = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    return [line for line in (summed, *says) if line]
