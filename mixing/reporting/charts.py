"""The figures of the mix report as plotly's own JSON: {"id", "data", "layout"}.

Names go through `html.escape`, since plotly reads some tags in labels.
"""

from html import escape
from typing import Any

import polars as pl

FONT = {"family": "system-ui, sans-serif", "size": 12, "color": "#33383d"}
COLORS = {
    "natural": "#9aa0a6",
    "uniform": "#d9b26a",
    "unimax": "#b7a3c9",
    "exported": "#5b7f4a",
    "chosen": "#2f7f86",
}
SEEN, UNSEEN = "#9fb8c4", "#c8553d"
GROUPS = ["#2f7f86", "#c8553d", "#7a4fa3", "#33383d"]
GRID = {"gridcolor": "#eceae4", "zerolinecolor": "#8b9096"}


def draw_weights(sources: list[dict[str, Any]], exported: bool) -> dict[str, Any]:
    """Shares of every source in the mixes, the largest source on top; the chosen ones with intervals."""
    rows = sources[::-1]
    mixes = {name: color for name, color in COLORS.items() if exported or name != "exported"}
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": mix,
            "y": [escape(row["name"]) for row in rows],
            "x": [row[mix] for row in rows],
            "marker": {"color": color},
            "hovertemplate": "%{y}: %{x:.1%}<extra>" + mix + "</extra>",
        }
        for mix, color in reversed(mixes.items())
    ]
    traces[0]["error_x"] = _set_error([(row["chosen"], row["low"], row["high"]) for row in rows])
    layout = _set_layout(60 + 16 * len(mixes) * len(rows)) | {
        "barmode": "group",
        "bargap": 0.3,
        "xaxis": {"tickformat": ".0%", "rangemode": "tozero", **GRID},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
    }
    layout["margin"]["t"] = 34
    return {"id": "weights", "data": traces, "layout": layout}


def draw_changes(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Per eval the change from natural with its interval, as predicted and as it came at each size.

    The axis leaves out what lies far beyond the others: such a point is drawn at its edge, its value beside.
    """
    rows = rows[::-1]
    groups = {"predicted": [row["predicted"] for row in rows]}
    for size in rows[0]["realised"] if rows else {}:
        groups[f"realised at {name_size(size)}"] = [row["realised"][size] for row in rows]
    edge = find_edge([found for name in groups for found in groups[name]])
    names = [escape(row["name"]) for row in rows]
    traces = [
        _draw_group(number, name, found, names, edge) for number, (name, found) in enumerate(groups.items())
    ]
    layout = _set_layout(70 + 26 * len(rows)) | {
        "xaxis": {
            "title": {"text": "change from natural, lower is better"},
            "range": [-edge * 1.05, edge * 1.05],
            **GRID,
        },
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    }
    layout["yaxis"] |= {
        "tickvals": list(range(len(rows))),
        "ticktext": names,
        "range": [-0.6, len(rows) - 0.2],
    }
    layout["margin"] |= {"t": 34, "b": 44}
    return {"id": "changes", "data": traces, "layout": layout}


def _draw_group(
    number: int, name: str, found: list[dict[str, float]], names: list[str], edge: float
) -> dict[str, Any]:
    shown = [max(-edge, min(edge, row["change"])) for row in found]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": shown,
        "y": [place + 0.16 * number for place in range(len(found))],
        "text": ["" if abs(row["change"]) <= edge else f"{row['change']:+.3f}" for row in found],
        "textposition": ["middle left" if x > 0 else "middle right" for x in shown],
        "customdata": [[name, row["change"]] for name, row in zip(names, found, strict=True)],
        "error_x": _set_error([(x, row["low"], row["high"]) for x, row in zip(shown, found, strict=True)]),
        "marker": {"color": GROUPS[number % len(GROUPS)], "size": 8},
        "hovertemplate": "%{customdata[0]}: %{customdata[1]:+.4f}<extra>" + name + "</extra>",
    }


def find_edge(found: list[dict[str, float]]) -> float:
    """How far an axis around 0 reaches: to the farthest end of an interval, but no more than three times the
    upper quartile of them, so that one eval does not make the others unreadable."""
    ends = sorted(max(abs(row["low"]), abs(row["high"]), abs(row["change"])) for row in found)
    if not ends or ends[-1] == 0:
        return 1.0
    return min(ends[-1], 3 * ends[(3 * (len(ends) - 1)) // 4] or ends[-1])


def name_size(size: str) -> str:
    """What trained the proxies, by their parameters."""
    return f"{int(size) / 1e6:.2g}M" if int(size) else "n-gram"


def draw_rounds(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every mix that was trained, by round: the weighted change from natural as it came, lower is better."""
    edge = find_edge([dict.fromkeys(("change", "low", "high"), row["change"]) for row in rows])
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [number for number, _ in enumerate(rows)],
        "y": [max(-edge, min(edge, row["change"])) for row in rows],
        "customdata": [
            f"mix {row['mix']} ({row['role']}, round {row['round']}): {row['change']:+.4f}" for row in rows
        ],
        "marker": {"color": [row["round"] for row in rows], "colorscale": "Viridis", "size": 7},
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    layout = _set_layout(260) | {
        "xaxis": {"title": {"text": "mixes in their order, colored by round"}, **GRID, "zeroline": False},
    }
    layout["yaxis"] |= {"title": {"text": "change from natural"}, **GRID}
    layout["margin"] |= {"l": 64, "b": 44}
    return {"id": "rounds", "data": [trace], "layout": layout}


def _set_error(rows: list[tuple[float, float, float]]) -> dict[str, Any]:
    """From value, low and high."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(high - value, 0.0) for value, _, high in rows],
        "arrayminus": [max(value - low, 0.0) for value, low, _ in rows],
        "color": "#1d2125",
        "thickness": 1,
        "width": 3,
    }


def draw_effects(table: dict[str, Any]) -> dict[str, Any]:
    """What a little more of each source does to each eval; stars where the fit is sure of it."""
    values = table["values"][::-1]
    sizes = sorted(abs(value) for row in values for value in row)
    most = (sizes[int(0.95 * (len(sizes) - 1))] if sizes else 0.0) or 1.0  # one eval does not fade the others
    trace = {
        "type": "heatmap",
        "x": [escape(name) for name in table["sources"]],
        "y": [escape(name) for name in table["evals"][::-1]],
        "z": values,
        "text": [
            [f"{value:+.3f}{'*' if sure else ''}" for value, sure in zip(row, marks, strict=True)]
            for row, marks in zip(values, table["sure"][::-1], strict=True)
        ],
        "texttemplate": "%{text}",
        "zmin": -most,
        "zmax": most,
        "colorscale": [[0, "#2f7f86"], [0.5, "#fbfaf7"], [1, "#c8553d"]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "more %{x}: %{y} %{z:+.4f}<extra></extra>",
    }
    layout = _set_layout(44 + 28 * len(values)) | {"xaxis": {"side": "top"}, "yaxis": {"automargin": True}}
    layout["margin"] |= {"t": 34, "b": 6}
    return {"id": "effects", "data": [trace], "layout": layout}


def draw_scatters(predictions: pl.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """One figure per eval: measured scores against what a model said that had not seen the mix."""
    return [
        _draw_scatter(f"scatter-{number}", predictions.filter(eval=name)) for number, name in enumerate(names)
    ]


def _draw_scatter(name: str, rows: pl.DataFrame) -> dict[str, Any]:
    groups = {
        "cross-validated": (rows.filter(pl.col("fold").is_not_null()), SEEN),
        "held out": (rows.filter(pl.col("fold").is_null()), UNSEEN),
    }
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": label,
            "x": group["value"].to_list(),
            "y": group["predicted"].to_list(),
            "customdata": group.select(pl.format("mix {} ({})", "mix", "role")).to_series().to_list(),
            "marker": {"color": color, "size": 6},
            "hovertemplate": "%{customdata}: measured %{x:.3f}, predicted %{y:.3f}<extra></extra>",
        }
        for label, (group, color) in groups.items()
    ]
    values = [*rows["value"], *rows["predicted"]]
    ends = [min(values), max(values)]
    line = {"color": "#8b9096", "width": 1, "dash": "dot"}
    traces.insert(
        0, {"type": "scatter", "mode": "lines", "x": ends, "y": ends, "line": line, "hoverinfo": "skip"}
    )
    layout = _set_layout(220) | {
        "showlegend": False,
        "xaxis": {"title": {"text": "measured", "standoff": 4}, "nticks": 5, **GRID, "zeroline": False},
        "yaxis": {"title": {"text": "predicted", "standoff": 4}, "nticks": 5, **GRID, "zeroline": False},
    }
    layout["margin"] |= {"l": 52, "b": 40}
    return {"id": name, "data": traces, "layout": layout}


def _set_layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "font": FONT,
        "margin": {"l": 120, "r": 16, "t": 8, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "yaxis": {"automargin": True},
    }
