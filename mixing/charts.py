"""The figures of the mix report as plotly's own JSON: {"id", "data", "layout"}.

Names go through `html.escape`, since plotly reads some tags in labels.
"""

from html import escape
from typing import Any

import polars as pl

FONT = {"family": "system-ui, sans-serif", "size": 12, "color": "#33383d"}
COLORS = {"natural": "#9aa0a6", "uniform": "#d9b26a", "chosen": "#2f7f86"}
SEEN, UNSEEN = "#9fb8c4", "#c8553d"
GRID = {"gridcolor": "#eceae4", "zerolinecolor": "#8b9096"}


def draw_weights(sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Shares of every source in the three mixes, the largest source on top."""
    rows = sources[::-1]
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
        for mix, color in reversed(COLORS.items())
    ]
    traces[0]["error_x"] = {
        "array": [row["error"] for row in rows],
        "color": "#1d2125",
        "thickness": 1,
        "width": 3,
    }
    layout = _set_layout(60 + 54 * len(rows)) | {
        "barmode": "group",
        "bargap": 0.3,
        "xaxis": {"tickformat": ".0%", "rangemode": "tozero", **GRID},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
    }
    layout["margin"]["t"] = 34
    return {"id": "weights", "data": traces, "layout": layout}


def draw_gains(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Per eval how much better the chosen mix is than the natural one, as predicted and as it came."""
    rows = rows[::-1]
    kinds = {"predicted": "#9fc5c9", "realised": COLORS["chosen"]}
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": kind,
            "y": [escape(row["name"]) for row in rows],
            "x": [row[kind] for row in rows],
            "marker": {"color": color},
            "hovertemplate": "%{y}: %{x:.2f} SD<extra>" + kind + "</extra>",
        }
        for kind, color in reversed(kinds.items())
        if any(row[kind] is not None for row in rows)
    ]
    layout = _set_layout(60 + 34 * len(rows)) | {
        "barmode": "group",
        "bargap": 0.35,
        "xaxis": {"title": {"text": "standard deviations better than natural"}, **GRID},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
    }
    layout["margin"] |= {"t": 34, "b": 44}
    return {"id": "gains", "data": traces, "layout": layout}


def draw_effects(table: dict[str, Any]) -> dict[str, Any]:
    """What a little more of each source does to each eval; stars where the fit is sure of it."""
    values = table["values"][::-1]
    most = max((abs(value) for row in values for value in row), default=1.0) or 1.0
    trace = {
        "type": "heatmap",
        "x": [escape(name) for name in table["sources"]],
        "y": [escape(name) for name in table["evals"][::-1]],
        "z": values,
        "text": [
            [f"{value:+.2f}{'*' if sure else ''}" for value, sure in zip(row, marks, strict=True)]
            for row, marks in zip(values, table["sure"][::-1], strict=True)
        ],
        "texttemplate": "%{text}",
        "zmin": -most,
        "zmax": most,
        "colorscale": [[0, "#2f7f86"], [0.5, "#fbfaf7"], [1, "#c8553d"]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "more %{x}: %{y} %{z:+.3f} SD<extra></extra>",
    }
    layout = _set_layout(44 + 28 * len(values)) | {"xaxis": {"side": "top"}, "yaxis": {"automargin": True}}
    layout["margin"] |= {"t": 34, "b": 6}
    return {"id": "effects", "data": [trace], "layout": layout}


def draw_scatters(predictions: pl.DataFrame, names: list[str]) -> list[dict[str, Any]]:
    """One figure per eval: measured bits per byte against what a model said that had not seen the mix."""
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
            "x": group["bits_per_byte"].to_list(),
            "y": group["predicted"].to_list(),
            "customdata": group.select(pl.format("mix {} ({})", "mix", "role")).to_series().to_list(),
            "marker": {"color": color, "size": 6},
            "hovertemplate": "%{customdata}: measured %{x:.3f}, predicted %{y:.3f}<extra></extra>",
        }
        for label, (group, color) in groups.items()
    ]
    values = [*rows["bits_per_byte"], *rows["predicted"]]
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
