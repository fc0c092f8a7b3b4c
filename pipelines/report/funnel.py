"""The funnel: what flows from the sources through the stages of the main line, in tokens and in documents.

A source that has less than LEAST of what the largest has is drawn as if it had so much, in all its flows
alike, so that it can be seen; labels and hints always say what there is.
"""

from collections import defaultdict
from html import escape
from typing import Any

from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import compact, size
from winnow.pipelines.report.charts import GROUPS, SOURCES
from winnow.pipelines.report.sankey import Link, Node, end, place
from winnow.pipelines.report.tokens import Amount, Measure

LEAST = 1 / 40
BREAK = 14  # characters
WIDTH, NODE = 1120, 10  # of the picture, of a node
EDGE, ROW = 118, 13  # room for the labels of the last column; a line of a label
FATES = ("in", "kept", "cut", "dropped", "failed")
Flows = dict[str, dict[str, float]]  # by source what came in and what became of it
ENDS = {
    "kept": GROUPS["kept"],
    "dropped": "#c8553d",
    "cut": "#e0a080",
    "failed": "#8a1c1c",
    "stage": "#6b7076",
}


def draw(account: RunSummary, measure: Measure) -> list[dict[str, Any]]:
    """A chart in `tokens` (in `bytes` of text, where nobody counted any) and one in `documents`.

    Tokens begin where texts were extracted, documents at the sources. `widened` are the sources that are
    drawn wider than they are.
    """
    line = run_summary.find_main_line(account)
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
        for source, row in run_summary.add_up(stage, "by_source").items()
    }


def _draw(account: RunSummary, flows: dict[str, Flows], unit: str) -> dict[str, Any]:
    nodes, links = _list_links(account, flows)
    begun: dict[str, float] = defaultdict(float)
    for origin, _, source, number in links:
        if origin.startswith("source "):
            begun[source] += number
    least = LEAST * max(begun.values(), default=0)
    wider = {source: least / number for source, number in begun.items() if 0 < number < least}
    color = dict(zip(run_summary.count_by_source(account), SOURCES * len(begun), strict=False))
    return {"unit": unit, "widened": sorted(wider), "svg": _render(nodes, links, wider, color, unit)}


def _list_links(account: RunSummary, flows: dict[str, Flows]) -> tuple[dict[str, str], list[Link]]:
    """The nodes, by key with their labels, and what flows between them, in the order of the stages.

    A stage through which everything passes is not drawn: what it gives comes from the one before it.
    """
    nodes: dict[str, str] = {}
    links: list[Link] = []
    last = run_summary.find_finals(account)
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
            for fate, key in ends.items():
                if fates[fate] > 0:
                    nodes[key] = key.replace("dropped ", "dropped in ").replace("cut ", "cut in ")
                    links.append((f"stage {name}", key, source, fates[fate]))
    return nodes, links


def _find_passed(account: RunSummary, flows: dict[str, Flows], last: set[str]) -> dict[str, str]:
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


def _render(
    nodes: dict[str, str], links: list[Link], wider: dict[str, float], color: dict[str, str], unit: str
) -> str:
    """The picture: what flows as bands, under nodes and their labels."""
    told, label = _count(links), {key: _break_up(key, name) for key, name in nodes.items()}
    drawn = [(origin, to, source, number * wider.get(source, 1)) for origin, to, source, number in links]
    sinks = {key for key in nodes if not key.startswith(("source ", "stage ", "kept"))}
    at, height, scale = place({key: ROW * len(lines) for key, lines in label.items()}, drawn, sinks)
    step = (WIDTH - EDGE - NODE) / max((node.column for node in at.values()), default=1)
    leave, reach = (_stack(drawn, at, scale, side) for side in (0, 1))
    bands = ""
    for n, (origin, to, source, number) in enumerate(drawn):
        x0, x1 = step * at[origin].column + NODE, step * at[to].column
        middle, half = (x0 + x1) / 2, max(number * scale, 0.5) / 2
        upper, lower = ((leave[n] + side, reach[n] + side) for side in (-half, half))
        there = f"C{middle:.0f} {upper[0]:.1f} {middle:.0f} {upper[1]:.1f} {x1:.0f} {upper[1]:.1f}"
        back = f"C{middle:.0f} {lower[1]:.1f} {middle:.0f} {lower[0]:.1f} {x0:.0f} {lower[0]:.1f}"
        bands += (
            f'<path fill="{color[source]}" d="M{x0:.0f} {upper[0]:.1f}{there}V{lower[1]:.1f}{back}Z">'
            f"<title>{escape(source)}: {links[n][3]:,.0f} {unit}</title></path>"
        )
    boxes = ""
    for key, node in at.items():
        fill = color[key[7:]] if key.startswith("source ") else ENDS[key.partition(" ")[0]]
        title = f"{nodes[key]}: {told[key]:,.0f} {unit}"
        boxes += _draw_node(step * node.column, node, fill, [*label[key], _show(told[key], unit)], title)
    return (
        f'<svg class="chart flow" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-label="The funnel in {unit}">'
        f'<g class="bands">{bands}</g>{boxes}</svg>'
    )


def _stack(links: list[Link], at: dict[str, Node], scale: float, side: int) -> list[float]:
    """The heights at which links leave their nodes (0), or reach them (1): in the order of the other ends."""
    found, taken = [0.0] * len(links), {key: node.top for key, node in at.items()}
    for n in sorted(range(len(links)), key=lambda n: at[end(links[n], 1 - side)].top):
        node, thick = end(links[n], side), links[n][3] * scale
        found[n] = taken[node] + thick / 2
        taken[node] += thick
    return found


def _count(links: list[Link]) -> dict[str, float]:
    """What reached each node; of a source what left it."""
    told: dict[str, float] = defaultdict(float)
    for origin, to, _, number in links:
        told[to] += number
        told[origin] += number * origin.startswith("source ")
    return told


def _show(number: float, unit: str) -> str:
    return size(number) if unit == "bytes" else compact(number)


def _break_up(key: str, name: str) -> list[str]:
    """The label of a node in lines, before its number: where a stage stands in it, others stand beside it."""
    if key.startswith("source ") or key in ("kept", "failed"):
        return [name]
    what, _, stage = name.rpartition(" ")
    first, dot, rest = stage.rpartition(".") if len(stage) > BREAK else ("", "", stage)
    return [line for line in (what, first + dot, rest) if line]


def _draw_node(x: float, node: Node, fill: str, lines: list[str], title: str) -> str:
    """A node, and its label right of it: its number has a line of its own where there is room."""
    if len(lines) * ROW > max(node.height, ROW):
        lines = [*lines[:-2], " ".join(lines[-2:])]
    first = node.top + node.height / 2 - ROW * (len(lines) - 1) / 2 + 4
    rows = "".join(
        f'<tspan x="{x + NODE + 4:.0f}" y="{first + ROW * n:.1f}">{escape(line)}</tspan>'
        for n, line in enumerate(lines)
    )
    return (
        f'<rect x="{x:.0f}" y="{node.top:.1f}" width="{NODE}" height="{max(node.height, 1):.1f}"'
        f' fill="{fill}"><title>{escape(title)}</title></rect><text>{rows}</text>'
    )
