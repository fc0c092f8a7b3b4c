"""What stages and rules are worth, as `make worth` found it: OUT/worth/NAME/worth.json."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.disk.proof import read_json
from pipelines.manifest import digest
from pipelines.report.figures import Account, Stage, add_up

FOLDER = "worth"  # of runs of their own, within that of the run that they ask about
TEXTS = {"in": "all, as it came", "kept": "what was kept", "dropped": "what was dropped"}


def digest_stage(stage: Stage) -> str:
    """What the stage gave: worth is of this, and not of what a later run makes of it."""
    return digest({part: receipt["content"] for part, receipt in stage.parts.items()})


def list_folders(out: Path) -> list[Path]:
    """The folders that `make worth` made in the folder of a run."""
    return sorted(path.parent for path in (out / FOLDER).glob("*/recipe.toml"))


def of_stage(stage: Stage, account: Account) -> list[dict[str, Any]]:
    """What is known of the worth of a stage and its rules, each with the documents that it dropped; not what
    was found of another output of the stage."""
    found = []
    for folder in list_folders(account.out):
        told = read_json(folder / "worth.json")
        if told and told["stage"] == stage.name and told["of"] == digest_stage(stage):
            reasons = add_up(stage, "reasons")
            found.append(
                {
                    **told,
                    "what": describe(told),
                    "proxies": {
                        name: {"about": one, "rows": [_show(*row) for row in list_rows(one)]}
                        for name, one in told["proxies"].items()
                    },
                    "dropped": told["documents"]["dropped"],
                    "share": told["taken"],
                    "reason": told["rule"] if told["rule"] in reasons else None,
                }
            )
    return found


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
    for name in sorted(
        found["texts"],
        key=lambda name: (name not in TEXTS, list(TEXTS).index(name) if name in TEXTS else 0, name),
    ):
        yield "text:", TEXTS.get(name, name.replace("source:", "of ")), found["texts"][name]
    for name, row in found["families"].items():
        yield "family", name, row
    for name, row in found["evals"].items():
        yield "eval", name, row


def _show(kind: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    share = row["worth"] / row["off"] if row["off"] else 0.0
    return {**row, "name": f"{kind} {name}", "of_it": share}
