"""Records of web archives that came out though their length was wrong or the file ended within them."""

import json
from typing import Any

import polars as pl

WORK = {"_work": pl.String()}  # the engine takes it off and adds it up (docs/architecture.md)
_WHAT = "damaged_record"


def count_damage(damage: str) -> str:
    """One such record, as the engine adds them up; `damage` is what `metadata` says of it."""
    return json.dumps({_WHAT: {"wrong length" if damage.startswith("wrong length") else "cut off": [1, 0]}})


def panel(stage: Any) -> dict[str, Any] | None:
    """How many there were; None where there was none."""
    found = {name: int(count) for name, (count, _) in stage.add_up_work().get(_WHAT, {}).items()}
    if not found:
        return None
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(found.items()))
    return {
        "name": "damaged_records",
        "title": "Damaged records",
        "note": f"{sum(found.values()):,}",
        "show": [
            "`metadata` of each says what is wrong (`damage`).",
            {"head": ["damage", "records"], "rows": [list(row) for row in sorted(found.items())]},
        ],
        "figures": found,
        "alarms": [f"what is damaged of a web archive came out no further than it is there: {told}"],
    }
