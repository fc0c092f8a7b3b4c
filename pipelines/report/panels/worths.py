"""What stages and rules are worth, as `make worth` found it: OUT/worth/NAME/worth.json."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk.proof import read_json
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.engine.manifest import digest

PRICES, TABLE = "prices.json", "prices.md"  # in FOLDER: what all stages and rules are worth
FOLDER = "worth"  # of runs of their own, within that of the run that they ask about
TEXTS = {"in": "all, as it came", "kept": "what was kept", "dropped": "what was dropped"}


def digest_stage(stage: Stage) -> str:
    """What the stage gave: worth is of this, and not of what a later run makes of it."""
    return digest({part: receipt["content"] for part, receipt in stage.parts.items()})


def list_folders(out: Path) -> list[Path]:
    """The folders that `make worth` made in the folder of a run."""
    return sorted(path.parent for path in (out / FOLDER).glob("*/recipe.toml"))


def of_stage(stage: Stage, account: RunSummary) -> list[dict[str, Any]]:
    """What is known of the worth of a stage and its rules; not what was found of another output of it."""
    found = [read_json(folder / "worth.json") for folder in list_folders(account.out)]
    return [
        {
            **told,
            "what": describe(told),
            "rows": [
                (proxy, [_show(*row) for row in list_rows(one)], one)
                for proxy, one in told["proxies"].items()
            ],
        }
        for told in found
        if told and told["stage"] == stage.name and told["of"] == digest_stage(stage)
    ]


def describe(told: dict[str, Any]) -> str:
    """`prose.filtered, rule language, of web`"""
    named = [
        told["stage"],
        told["rule"] and f"rule {told['rule']}",
        told["source"] and f"of {told['source']}",
    ]
    return ", ".join(part for part in named if part)


def list_rows(found: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, name and figures of each row of one kind of proxy: the mean first, held-out text, then evals."""
    if found["mean"]:
        yield "evals,", "mean", found["mean"]
    first = [name for name in TEXTS if name in found["texts"]]
    for name in [*first, *sorted(found["texts"].keys() - TEXTS)]:
        yield "text:", TEXTS.get(name, name.replace("source:", "of ")), found["texts"][name]
    for name, row in found["families"].items():
        yield "family", name, row
    for name, row in found["evals"].items():
        yield "eval", name, row


def _show(kind: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    share = row["worth"] / row["off"] if row["off"] else 0.0
    return {**row, "name": f"{kind} {name}", "of_it": share}
