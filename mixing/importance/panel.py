"""What weights of documents are, and what reading the best first gains, on the report."""

import json
from typing import Any


def panel(stage: Any) -> dict[str, Any] | None:
    """The weights, the greatest first, and by share of the tokens how much more bits than at random."""
    if (path := stage.find("importance.json")) is None:
        return None
    told = json.loads(path.read_text(encoding="utf-8"))
    weights = sorted(told["traits"].items(), key=lambda row: -abs(row[1]["weight"]))
    rows = [
        [name.removeprefix("trait_"), f"{row['weight']:+.2f}", f"{row['apart']:.2f}"] for name, row in weights
    ]
    evals = [name for name, weight in told["evals"].items() if weight]
    curve = [
        [
            f"best {row['share']:.0%}",
            _format(row["mean"], True),
            *(_format(row["evals"][name]) for name in evals),
        ]
        for row in told["gains"]
    ]
    alarms = (
        [] if told["said"] == "helps" else ["weights of documents were learnt, and no gain of them is seen"]
    )
    return {
        "name": "importance",
        "title": "Importance of documents",
        "note": told["said"],
        "show": [
            f"By {told['documents']:,} documents of {told['sites']:,} sites. A document's importance is the"
            " sum of weight times trait, each in standard deviations; `apart` is how far weights that other"
            " sites and items taught lie from each other.",
            {"head": ["trait", "weight", "apart"], "rows": rows},
            {"heading": "What reading the best first gains"},
            "Bits that an n-gram model needs beside one that read as many tokens at random, by weights that"
            " saw neither the sites nor the items; below 0 is better.",
            {"head": ["read", "mean (95%)", *evals], "rows": curve},
        ],
        "figures": {f"{row['share']:g}": row["mean"]["mean"] for row in told["gains"]},
        "alarms": alarms,
    }


def _format(row: dict[str, float], ends: bool = False) -> str:
    told = f"{row['mean']:+.1%}"
    return f"{told} ({row['low']:+.1%} to {row['high']:+.1%})" if ends else told
