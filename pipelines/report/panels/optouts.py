"""What opt-outs cost a run, by signal, agent, policy and source, and what was said where.

Read from the tables that a step's module tells to be its `optouts`, with the columns of `COLUMNS`, and from
dropped rows, with the evidence in the column that it tells.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger.run_summary import RunSummary
from winnow.pipelines.report.amounts import compact, count
from winnow.pipelines.spec import declarations

COLUMNS = {"source", "policy", "signal", "agent", "documents", "tokens", "bytes"}
SIZES = ("documents", "tokens", "bytes")
JUDGED, ALL, ANY_SIGNAL, ANY_AGENT, STATE = "as judged", "all", "any signal", "any agent", "state"
UNASKED = {"no_capture", "before_first", "no_date", "no_url"}  # states of which nothing is known
MOST_ROWS = 5_000  # dropped documents that evidence is looked for among
MOST_SHOWN = 3  # of a signal
MOST_CHARS = 300
MOST_AGENTS = 6  # that are named; of more their number is said


def of_run(account: RunSummary) -> list[dict[str, Any]]:
    """For each such table: `stage`; `judged`, what all is; and rows of sizes, the largest first.

    `policies`, `signals`, `sources` and `states` are {name: sizes}; `agents` is {agent: {signal: tokens}},
    with `any signal` among these; `shown` is {signal: entries}: `page`, `agents`, `date`, `where`, `line`,
    `text`.
    """
    found = []
    for stage in account.stages.values():
        for path in stage.list_told("optouts"):
            rows = pl.read_parquet(path, glob=False, hive_partitioning=False)
            if set(rows.columns) >= COLUMNS:
                found.append({"stage": stage.name, **_count(rows)})
    if found:
        found[-1]["shown"] = sample_evidence(account)
    return found


def _count(rows: pl.DataFrame) -> dict[str, Any]:
    here = pl.col("policy") == JUDGED
    lost = rows.filter(here, pl.col("signal") == ANY_SIGNAL, pl.col("agent") == ANY_AGENT)
    agents = rows.filter(here, ~pl.col("signal").is_in([ALL, STATE]))
    signals = agents.filter(pl.col("agent") == ANY_AGENT, pl.col("signal") != ANY_SIGNAL)
    judged = rows.filter(pl.col("signal") == ALL).select(pl.col(*SIZES).sum())
    by_agent: dict[str, dict[str, int]] = {
        agent: {} for agent in _add_up(agents.filter(pl.col("signal") == ANY_SIGNAL), "agent")
    }
    cells = agents.group_by("agent", "signal").agg(pl.col("tokens").sum()).sort("agent", "signal")
    for agent, signal, tokens in cells.iter_rows():
        by_agent.setdefault(agent, {})[signal] = tokens
    policies = rows.filter(pl.col("signal") == ANY_SIGNAL, pl.col("agent") == ANY_AGENT)
    return {
        "judged": judged.to_dicts()[0],
        "policies": _add_up(policies, "policy"),
        "signals": _add_up(signals, "signal"),
        "sources": _add_up(lost, "source"),
        "states": _add_up(rows.filter(here, pl.col("signal") == STATE), "agent"),
        "agents": by_agent,
        "shown": {},
    }


def _add_up(rows: pl.DataFrame, name: str) -> dict[str, dict[str, int]]:
    sums = rows.group_by(name).agg(pl.col(*SIZES).sum())
    listed = sums.sort(["tokens", "documents", name], descending=[True, True, False])
    return {row.pop(name): row for row in listed.iter_rows(named=True)}


def sample_evidence(account: RunSummary) -> dict[str, list[dict[str, Any]]]:
    """Of dropped documents what disallowed them: by signal, some entries, each of another place."""
    found: dict[str, list[dict[str, Any]]] = {}
    left = MOST_ROWS
    for column, file in _list_evidence(account):
        if not left or not {column, "url", "reason"} <= set(documents.columns(file)):
            continue
        rows = pl.scan_parquet(file, glob=False).filter(pl.col(column).is_not_null())
        for url, reason, said in rows.select("url", "reason", column).head(left).collect().iter_rows():
            left -= 1
            signal = str(reason).rpartition(".")[2]
            shown = found.setdefault(signal, [])
            entry = next((each for each in json.loads(said) if _disallows(each, signal)), None)
            if entry and len(shown) < MOST_SHOWN:
                told = _tell(url, entry)
                if told["where"] not in [each["where"] for each in shown]:
                    shown.append(told)
    return {signal: shown for signal, shown in sorted(found.items()) if shown}


def _list_evidence(account: RunSummary) -> Iterator[tuple[str, Path]]:
    """The files of what was dropped, where a step tells the column that says for what, with that."""
    for stage in account.shard_stages():
        told = (declarations.read(step["use"]).get("evidence") for step in stage.own_steps)
        if column := next(filter(None, told), None):
            yield from ((column, file) for file in stage.files("dropped"))


def _disallows(entry: dict[str, Any], signal: str) -> bool:
    return entry.get("signal") == signal and entry.get("value") == "disallowed"


def _tell(url: str | None, entry: dict[str, Any]) -> dict[str, Any]:
    agents = [str(each) for each in entry.get("agents") or []]
    named = ", ".join(agents[:MOST_AGENTS])
    more = len(agents) - MOST_AGENTS
    own = f"{entry.get('in')} {entry.get('name')}" if entry.get("in") else ""
    return {
        "page": (url or "")[:MOST_CHARS],
        "agents": f"{named} and {more} more" if more > 0 else named,
        "date": entry.get("date"),
        "where": (entry.get("url") or f"{own} of {url}")[:MOST_CHARS],
        "line": entry.get("line"),
        "text": (entry.get("text") or "")[:MOST_CHARS],
    }


def list_alarms(account: RunSummary, all_found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tables behind which no file of any site was found: what is kept there is kept because nobody asked."""
    told = []
    for found in all_found:
        states = found["states"]
        if states and not states.keys() - UNASKED:
            number = sum(row["documents"] for row in states.values())
            said = ", ".join(f"{count(row['documents'])} {state}" for state, row in states.items())
            text = f"no capture of robots.txt counts for any of {count(number)} documents: {said}"
            told.append({"rank": 1, "stage": _find_judge(account, found["stage"]), "text": text})
    return told


def _find_judge(account: RunSummary, name: str) -> str:
    """The stage of documents that a table is made from."""
    while name in account.stages and account.stages[name].kind == "corpus" and account.stages[name].after:
        name = account.stages[name].after[0]
    return name


def tell(found: dict[str, Any]) -> str:
    """A line for the terminal: 1.2M of 9.8M tokens are disallowed: robots 1.1M, noai 120k; 12 no_capture."""
    lost = found["policies"].get(JUDGED, dict.fromkeys(SIZES, 0))
    said = f"{compact(lost['tokens'])} of {compact(found['judged']['tokens'])} tokens are disallowed"
    by_signal = ", ".join(f"{name} {compact(row['tokens'])}" for name, row in found["signals"].items())
    states = [
        f"{count(row['documents'])} {state}" for state, row in found["states"].items() if state != "found"
    ]
    return "; ".join(
        [f"{said}: {by_signal}" if by_signal else said, *([", ".join(states)] if states else [])]
    )
