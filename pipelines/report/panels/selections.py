"""What a stage of `classifiers.selection:solve` selects: copies of documents by their scores, group by group,
and what that costs in tokens.

The page solves it anew from the same counts when another share or shape is asked for.
"""

import json
from typing import Any

from winnow.pipelines.engine.ledger.run_summary import RunSummary

WAYS = ("cut", "keep_rate", "budget", "times", "tokens")
SHAPE = ("start", "power", "max_mean", "buckets")
MOST_GROUPS = 30  # those with most tokens: each is a row, and two curves


def of_run(account: RunSummary) -> list[dict[str, Any]]:
    """A panel for each stage that solved a selection: `stage`, `score`, `by`, `way`, `shape`, and its groups.

    A group has what the page needs to solve it (`knots`, the number `given`), and what the run found: `cut`,
    `curve`, `expected`, and the mean copies of its best bucket (`top`). Of more than MOST_GROUPS those with
    most tokens are there, and `others` says how many are not, and their tokens.
    """
    found = [(stage.name, stage.find_told("selection")) for stage in account.stages.values()]
    return [_describe(name, json.loads(path.read_text(encoding="utf-8"))) for name, path in found if path]


def _describe(stage: str, told: dict[str, Any]) -> dict[str, Any]:
    settings = told["settings"]
    way = next(name for name in WAYS if settings[name] is not None)
    given = settings[way]
    ordered = sorted(told["groups"].items(), key=lambda item: (-item[1]["tokens"], item[0]))
    shown = dict(sorted(ordered[:MOST_GROUPS]))
    return {
        "stage": stage,
        "score": told["score"],
        "by": told["by"],
        "way": way,
        "ways": WAYS,
        "shape": {name: settings[name] for name in SHAPE},
        "groups": [
            {
                "name": name,
                "given": given[name] if isinstance(given, dict) else given,
                "top": group["buckets"][-1],
                **{key: group[key] for key in ("documents", "tokens", "knots", "cut", "curve", "expected")},
            }
            for name, group in shown.items()
        ],
        "others": {
            "groups": len(ordered) - len(shown),
            "tokens": sum(g["tokens"] for _, g in ordered[MOST_GROUPS:]),
        },
    }
