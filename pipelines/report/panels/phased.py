"""Phases that a mix was solved for: what each reads of each source, and why the last has its mix."""

import json
from typing import Any

from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.address import resolve


def of_run(account: RunSummary) -> list[dict[str, Any]]:
    """For each stage that decided on phases: `stage`, `why`, and of each of the `phases` its `name`, and what
    it reads, `told`, as the step's module tells it."""
    found = []
    for stage in account.stages.values():
        table, proof = stage.find_told("phases"), stage.find_told("why")
        tell = declarations.find_function(stage.own_steps[-1]["use"], "phases")
        if table and proof and tell:
            why = json.loads(proof.read_text(encoding="utf-8"))["why"]
            found.append({"stage": stage.name, "why": why, "phases": resolve(tell)(table)})
    return found
