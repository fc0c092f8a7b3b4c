"""The funnel: what flows from the sources through the stages of the main line, in tokens and in documents.

A source that has less than LEAST of what the largest has is drawn as if it had so much, in all its flows
alike, so that it can be seen; labels and hints always say what there is.
"""

from collections import defaultdict
from html import escape
from typing import Any

from pipelines.report import figures as accounts
from pipelines.report import tokens as measures
from pipelines.report.amounts import compact, size
from pipelines.report.charts import GROUPS, SOURCES, lay_out
from pipelines.report.figures import Account, Stage
from pipelines.report.tokens import Amount, Measure

LEAST = 1 / 40
BREAK = 14  # characters
FATES = ("in", "kept", "cut", "dropped", "failed")
Flows = dict[str, dict[str, float]]  # by source what came in and what became of it
Link = tuple[str, str, str, float]  # from, to, source, number
ENDS = {
    "kept": GROUPS["kept"],
    "dropped": "#c8553d",
    "cut": "#e0a080",
    "failed": "#8a1c1c",
    "stage": "#6b7076",
}


def draw(account: Account, measure: Measure) -> list[dict[str, Any]]:
    """A chart in `tokens` (in `bytes` of text, where nobody counted any) and one in `documents`.

    Tokens begin where texts were extracted, documents at the sources. `widened` are the sources that are
    drawn wider than they are.
    """
    line = accounts.find_main_line(account)
    texts = {stage.name: _of_texts(stage, measure) for stage in line if stage.name not in measure.markup}
    documents = {stage.name: _of_documents(stage) for stage in line}
    return [
        _draw(account, texts, "tokens" if measure.rates else "bytes"),
        _draw(account, documents, "documents"),
    ]


def _of_texts(stage: Stage, measure: Measure) -> Flows:
    def number(text: Amount) -> float:
        return text.bytes if text.tokens is None else round(text.tokens)

    found = measures.of_stage(stage, measure)
    return {source: {fate: number(row[fate]) for fate in FATES} for source, row in found.items()}


def _of_documents(stage: Stage) -> Flows:
    return {
        source: {fate: row.get(f"documents_{fate}", 0) for fate in FATES}
        for source, row in accounts.add_up(stage, "by_source").items()
    }


def _draw(account: Account, flows: dict[str, Flows], unit: str) -> dict[str, Any]:
    nodes, links = _list_links(account, flows)
    begun: dict[str, float] = defaultdict(float)
    for origin, _, source, number in links:
        if origin.startswith("source "):
            begun[source] += number
    least = LEAST * max(begun.values(), default=0)
    wider = {source: least / number for source, number in begun.items() if 0 < number < least}
    sources = list(accounts.count_by_source(account))
    trace = _trace(nodes, links, sources, wider, unit)
    height = 300 + 24 * len([key for key in nodes if not key.startswith("stage ")])
    return {
        "id": f"funnel-{unit}",
        "data": [trace],
        "layout": lay_out(height=min(height, 760)),
        "widened": sorted(wider),
    }


def _list_links(account: Account, flows: dict[str, Flows]) -> tuple[dict[str, str], list[Link]]:
    """The nodes, by key with their labels, and what flows between them, in the order of the stages.

    A stage through which everything passes is not drawn: what it gives comes from the one before it.
    """
    nodes: dict[str, str] = {}
    links: list[Link] = []
    last = accounts.find_finals(account)
    through = _find_passed(account, flows, set(last.values()))
    for name, by_source in flows.items():
        if name in through:
            continue
        nodes[f"stage {name}"] = name
        for source, fates in by_source.items():
            before = account.stages[name].upstream
            origin = next((through.get(up, up) for up in before if source in flows.get(up, {})), None)
            if origin is None:
                nodes[f"source {source}"] = source
            links.append(
                (f"stage {origin}" if origin else f"source {source}", f"stage {name}", source, fates["in"])
            )
            ends = {"kept": "kept"} if last[source] == name else {}
            ends |= {"cut": f"cut {name}", "dropped": f"dropped {name}", "failed": "failed"}
            for fate, end in ends.items():
                if fates[fate] > 0:
                    nodes[end] = end.replace("dropped ", "dropped in ").replace("cut ", "cut in ")
                    links.append((f"stage {name}", end, source, fates[fate]))
    return nodes, links


def _find_passed(account: Account, flows: dict[str, Flows], last: set[str]) -> dict[str, str]:
    """Stages in which nothing ends, each behind one stage alone, with the one drawn in its place."""
    found: dict[str, str] = {}
    for name, by_source in flows.items():
        before = [up for up in account.stages[name].upstream if up in flows]
        ended = any(row[fate] > 0 for row in by_source.values() for fate in ("cut", "dropped", "failed"))
        if (
            len(before) == 1
            and not ended
            and name not in last
            and by_source.keys() == flows[before[0]].keys()
        ):
            found[name] = found.get(before[0], before[0])
    return found


def _trace(
    nodes: dict[str, str], links: list[Link], sources: list[str], wider: dict[str, float], unit: str
) -> dict[str, Any]:
    place = {key: number for number, key in enumerate(nodes)}
    color = {source: SOURCES[number % len(SOURCES)] for number, source in enumerate(sources)}
    told: dict[str, float] = defaultdict(float)
    for origin, end, _, number in links:
        told[end] += number
        told[origin] += number * origin.startswith("source ")
    show = size if unit == "bytes" else compact
    return {
        "type": "sankey",
        "arrangement": "snap",
        "node": {
            "label": [_label(key, label) + show(told[key]) for key, label in nodes.items()],
            "color": [
                color[key[7:]] if key.startswith("source ") else ENDS[key.partition(" ")[0]] for key in nodes
            ],
            "customdata": [f"{told[key]:,.0f} {unit}" for key in nodes],
            "pad": 14,
            "thickness": 12,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{customdata}<extra></extra>",
        },
        "link": {
            "source": [place[link[0]] for link in links],
            "target": [place[link[1]] for link in links],
            "value": [link[3] * wider.get(link[2], 1) for link in links],
            "color": [color[link[2]] + "66" for link in links],
            "customdata": [f"{escape(link[2])}: {link[3]:,.0f} {unit}" for link in links],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    }


def _label(key: str, label: str) -> str:
    """The name of a node before its number; that of a stage stands beside others, and is broken."""
    if not key.startswith(("source ", "stage ")):
        return f"{escape(label)} "
    first, dot, rest = label.rpartition(".") if len(label) > BREAK else ("", "", label)
    return f"{escape(first + dot)}<br>{escape(rest)}<br>" if first else f"{escape(rest)}<br>"
