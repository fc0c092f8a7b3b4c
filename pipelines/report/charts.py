"""The report's figures as plotly's own JSON: {"id", "data", "layout"}.

Labels go through `html.escape`, since plotly reads some tags in them.
"""

from html import escape
from itertools import pairwise
from typing import Any

FONT = {"family": "system-ui, sans-serif", "size": 12, "color": "#33383d"}
GROUPS = {"kept": "#2f7f86", "dropped by this rule's module": "#c8553d", "dropped by others": "#b5ad9c"}
SOURCES = ["#3b6ea8", "#d08a3c", "#5c9a72", "#a5618f", "#8c7853", "#5aa7b5", "#c46a5e", "#7a7fbf", "#9aa35b"]
LEAST_ERROR = 0.0005


def draw_histogram(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Shares of each group by bin, overlaid, with the thresholds as lines where they fall on the axis, and as
    arrows at its end where they lie beyond."""
    edges = entry["edges"]
    grows = edges[-1] - edges[-2] > 1.01 * (edges[1] - edges[0])
    centres = [(a + b) / 2 for a, b in pairwise(edges)]
    traces = []
    for group, counts in entry["groups"].items():
        total = sum(counts)
        traces.append(
            {
                "type": "bar",
                "name": group,
                "x": centres,
                "y": [round(100 * number / total, 3) for number in counts],
                "width": [b - a for a, b in pairwise(edges)],
                "customdata": counts,
                "marker": {"color": GROUPS[group], "line": {"width": 0}},
                "opacity": 0.6,
                "hovertemplate": "%{x:.4g}: %{customdata:,} (%{y:.1f}%)<extra>" + escape(group) + "</extra>",
            }
        )
    title = f"{entry['name'].replace('_', ' ')} ({entry['unit']}{', log scale' if grows else ''})"
    layout = (
        lay_out(height=214)
        | {
            "barmode": "overlay",
            "bargap": 0,
            "showlegend": False,
            "margin": {"l": 52, "r": 14, "t": 10, "b": 44},
            "xaxis": {"showgrid": False, "zeroline": False, "ticks": "outside", "ticklen": 3, "nticks": 6}
            | {"title": {"text": escape(title), "font": {"size": 11}, "standoff": 6}}
            | ({"type": "log", "dtick": 1} if grows else {}),
            "yaxis": {"ticksuffix": "%", "gridcolor": "#eceae4", "zeroline": False, "nticks": 4}
            | {"title": {"text": "of documents", "font": {"size": 11}, "standoff": 4}},
        }
        | _mark_thresholds(entry)
    )
    return {"id": name, "data": traces, "layout": layout}


def _mark_thresholds(entry: dict[str, Any]) -> dict[str, Any]:
    inside = [value for setting, value in entry["thresholds"].items() if setting not in entry["outside"]]
    return {
        "shapes": [
            {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1}
            | {"line": {"color": "#1d2125", "width": 1.5, "dash": "dash"}}
            for at in inside
        ],
        "annotations": [
            {"xref": "paper", "yref": "paper", "x": 1.0 * (where == "above"), "y": 1, "showarrow": False}
            | {
                "text": f"{escape(setting)} →" if where == "above" else f"← {escape(setting)}",
                "font": {"size": 10},
            }
            for setting, where in entry["outside"].items()
        ],
    }


def draw_expected_errors(stage: str, shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Of pages that were recognized: the errors expected in this run, and those measured beside real ones.

    Nothing where no page was recognized. Both axes of the measurement are logarithmic, so that an error of
    none stands at `LEAST_ERROR`.
    """
    if not shown["expected"]:
        return []
    names = [f"{_percent(row['lower'])} to {_percent(row['upper'])}" for row in shown["expected"]]
    pages = {
        "type": "bar",
        "x": names,
        "y": [row["pages"] for row in shown["expected"]],
        "marker": {"color": GROUPS["kept"]},
        "hovertemplate": "%{x}: %{y:,} pages<extra></extra>",
    }
    counts = lay_out(height=300) | {
        "xaxis": {"type": "category", "title": {"text": "expected error"}, "showgrid": False},
        "yaxis": {"title": {"text": "pages"}, "gridcolor": "#eceae4"},
        "margin": {"l": 56, "r": 12, "t": 8, "b": 70},
    }
    worn = list(dict.fromkeys(row["worn"] for row in shown["measured"]))
    dots = [_draw_worn(name, SOURCES[n % len(SOURCES)], shown["measured"]) for n, name in enumerate(worn)]
    ends = [LEAST_ERROR, 1]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": ends,
        "y": ends,
        "name": "as expected",
        "hoverinfo": "skip",
        "line": {"color": "#1d2125", "width": 1, "dash": "dash"},
    }
    axis = {"type": "log", "tickformat": ".1%", "dtick": 1, "gridcolor": "#eceae4", "zeroline": False}
    measured = lay_out(height=300) | {
        "xaxis": axis | {"title": {"text": "expected error"}},
        "yaxis": axis | {"title": {"text": "real error"}},
        "margin": {"l": 62, "r": 12, "t": 8, "b": 48},
        "legend": {"font": {"size": 11}},
    }
    return [
        {"id": f"expected-{stage}", "data": [pages], "layout": counts},
        {"id": f"measured-{stage}", "data": [*dots, line], "layout": measured},
    ]


def _draw_worn(name: str, color: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [row for row in rows if row["worn"] == name]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(name),
        "x": [max(row["expected"], LEAST_ERROR) for row in mine],
        "y": [max(row["error"], LEAST_ERROR) for row in mine],
        "customdata": [escape(row["page"]) for row in mine],
        "marker": {"color": color, "size": 6, "opacity": 0.75},
        "hovertemplate": "%{customdata}: expected %{x:.2%}, real %{y:.2%}<extra>" + escape(name) + "</extra>",
    }


def lay_out_curve() -> dict[str, Any]:
    """The frame of a curve that the page draws by itself."""
    axis = {"gridcolor": "#eceae4", "zeroline": False, "rangemode": "tozero"}
    return lay_out(height=260) | {"xaxis": axis, "yaxis": axis, "legend": {"font": {"size": 11}}}


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def lay_out(*, height: int) -> dict[str, Any]:
    return {
        "height": height,
        "font": FONT,
        "margin": {"l": 44, "r": 12, "t": 8, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
