"""What servers and pages say of themselves, as readers keep it in the column `preferences`."""

import json
from typing import NamedTuple

import numpy as np
import polars as pl

from winnow.filters.optouts.rules import Agents
from winnow.filters.optouts.signals import NO, YES, read_directives, read_reservation, read_signal, read_usage
from winnow.kernels import I8

_MEANT = r"(?i)noai|noimageai|tdm|content-"  # what is about use; most headers and metas are about indexing
FOR_ALL = ("robots", "x-robots-tag")
_RESERVATION = ("tdm-reservation", "tdm:reservation")


class PageSignals(NamedTuple):
    """What pages say: values by signal for each page and agent, where any says one; and the evidence."""

    value: dict[str, I8]
    evidence: list[str]


def read_pages(docs: pl.DataFrame, agents: Agents, older: tuple[str, ...]) -> PageSignals:
    """The values of all documents; those without `preferences` say nothing."""
    value: dict[str, I8] = {}
    evidence = [""] * docs.height
    if "preferences" not in docs.columns:
        return PageSignals(value, evidence)
    said = docs["preferences"].cast(pl.String)
    dates = docs["date"] if "date" in docs.columns else pl.Series([None] * docs.height, dtype=pl.String)
    for i in said.str.contains(_MEANT).fill_null(False).arg_true().to_list():
        entries = []
        for name, (row, statement) in read_page(said[i], agents, older).items():
            if name not in value:
                value[name] = np.zeros((docs.height, len(agents.names)), np.int8)
            value[name][i] = row
            which = [agents.names[k] for k in np.flatnonzero(row)]
            word = "disallowed" if (row == NO).any() else "allowed"
            about = {"signal": name, "value": word, "agents": which, "date": dates[i]}
            about |= {"in": statement.get("in"), "name": statement["name"], "text": statement["value"]}
            entries.append(json.dumps(about, ensure_ascii=False))
        evidence[i] = ",".join(entries)
    return PageSignals(value, evidence)


def read_page(
    preferences: str, agents: Agents, older: tuple[str, ...]
) -> dict[str, tuple[I8, dict[str, str]]]:
    """What one page says, by signal: a value for each agent, and the statement that says it."""
    found: dict[str, tuple[I8, dict[str, str]]] = {}
    said = [each for each in json.loads(preferences) if each.get("name") and each.get("value") is not None]
    for signal, read in (("content_usage", lambda v: read_usage(v, older)), ("content_signal", read_signal)):
        fields = [each for each in said if each["name"] == signal.replace("_", "-")]
        if value := read([each["value"] for each in fields]):
            found[signal] = (np.full(len(agents.names), value, np.int8), fields[-1])
    for each in said:
        own = "" if each["name"] in FOR_ALL else each["name"]
        for agent, words in (
            read_directives(each["value"], own).items() if _is_directive(each["name"]) else ()
        ):
            mine = np.array([agent in ("", name) for name in agents.names])
            for word in words if mine.any() else ():
                row, statement = found.get(word, (np.zeros(len(mine), np.int8), each))
                found[word] = (np.where(mine, np.int8(NO), row), statement)
    if statement := _find_nearest(said):
        value = read_reservation(statement["value"])
        found["tdm"] = (np.full(len(agents.names), value, np.int8), statement)
    return found


def _is_directive(name: str) -> bool:
    return not name.startswith(("tdm", "content-"))


def _find_nearest(said: list[dict[str, str]]) -> dict[str, str] | None:
    """The reservation that is nearest to the content: of the page before that of the server, 1 before 0."""
    for place in ("page", "header"):
        mine = [each for each in said if each["name"] in _RESERVATION]
        mine = [each for each in mine if (each.get("in") == "header") == (place == "header")]
        values = {read_reservation(each["value"]): each for each in reversed(mine)}
        for value in (NO, YES):
            if value in values:
                return values[value]
    return None
