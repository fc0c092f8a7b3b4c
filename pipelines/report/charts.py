"""The report's charts as SVG: they need no script, print as they stand, and weigh a few kB each.

What a bin or a dot holds is told where the pointer rests on it: of dots by their titles, of bins by
`draw.js`, which makes titles of the counts in `data-bins`.
"""

import math
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

GROUPS = {"kept": "#2f7f86", "dropped by this rule's module": "#c8553d", "dropped by others": "#b5ad9c"}
SOURCES = ["#3b6ea8", "#d08a3c", "#5c9a72", "#a5618f", "#8c7853", "#5aa7b5", "#c46a5e", "#7a7fbf", "#9aa35b"]
LEAST_ERROR = 0.0005


class Axis(NamedTuple):
    """From which value to which, and where these stand in the picture."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value stands; one beyond the axis at its end."""
        value = min(max(value, self.low), self.high)
        part = (
            math.log(value / self.low) / math.log(self.high / self.low)
            if self.log
            else (value - self.low) / (self.high - self.low)
        )
        return round(self.start + (self.end - self.start) * part, 1)

    def ticks(self, most: int) -> list[float]:
        """Round values within."""
        if self.log:
            return [10.0**n for n in range(_up(math.log10(self.low)), _down(math.log10(self.high)) + 1)]
        size = 10.0 ** math.floor(math.log10((self.high - self.low) / most))
        step = next(size * n for n in (1, 2, 5, 10) if (self.high - self.low) / (size * n) <= most)
        return [n * step for n in range(_up(self.low / step), _down(self.high / step) + 1)]


def _up(value: float) -> int:
    return math.ceil(value - 1e-9)


def _down(value: float) -> int:
    return math.floor(value + 1e-9)


def draw_histogram(entry: dict[str, Any]) -> str:
    """Shares of each group by bin, overlaid, with the thresholds as lines where they fall on the axis, and as
    arrows at its end where they lie beyond."""
    edges = entry["edges"]
    grows = edges[-1] - edges[-2] > 1.01 * (edges[1] - edges[0])
    shares = {
        group: [100 * number / sum(counts) for number in counts] for group, counts in entry["groups"].items()
    }
    x = Axis(edges[0], edges[-1], 42, 330, grows)
    y = Axis(0, max(max(each) for each in shares.values()), 142, 10)
    title = f"{entry['name'].replace('_', ' ')} ({entry['unit']}{', log scale' if grows else ''})"
    bars = "".join(
        f'<path d="{_bars(x, y, edges, each)}" fill="{GROUPS[group]}"/>' for group, each in shares.items()
    )
    counts = "|".join(f"{group}:{','.join(map(str, entry['groups'][group]))}" for group in shares)
    bins = f'data-bins="{escape(counts)}" data-edges="{",".join(f"{edge:.4g}" for edge in edges)}"'
    return (
        f'<svg class="chart histogram" viewBox="0 0 340 186" role="img" aria-label="{escape(title)}" {bins}>'
        + _draw_frame(x, y, title, "of documents", "{:g}", "{:g}%")
        + f'<g opacity=".62" class="bars">{bars}</g>{_mark_thresholds(entry, x)}</svg>'
    )


def _bars(x: Axis, y: Axis, edges: list[float], shares: list[float]) -> str:
    tops = [
        (x.place(a), x.place(b), y.place(share))
        for (a, b), share in zip(pairwise(edges), shares, strict=True)
    ]
    return "".join(f"M{a:g} {y.start:g}V{top:g}H{b:g}V{y.start:g}Z" for a, b, top in tops if top < y.start)


def _mark_thresholds(entry: dict[str, Any], x: Axis) -> str:
    inside = [value for setting, value in entry["thresholds"].items() if setting not in entry["outside"]]
    lines = "".join(f'<path class="threshold" d="M{x.place(value):g} 10V142"/>' for value in inside)
    for setting, where in entry["outside"].items():
        at, anchor, told = (330, "end", f"{setting} →") if where == "above" else (42, "start", f"← {setting}")
        lines += _write(told, at, 18, anchor)
    return lines


def draw_points(points: Sequence[tuple[float, float, str, str]], x: str, y: str, title: str) -> str:
    """Shares beside shares, each with its group and what is told of it; on the dashed line both are equal.

    Both axes are logarithmic, so a share of none stands at `LEAST_ERROR`. Nothing where there is no point.
    """
    if not points:
        return ""
    below, beside = Axis(LEAST_ERROR, 1, 52, 500, log=True), Axis(LEAST_ERROR, 1, 250, 10, log=True)
    groups = list(dict.fromkeys(group for _, _, group, _ in points))
    color = dict(zip(groups, SOURCES * len(points), strict=False))
    dots = "".join(
        f'<circle cx="{below.place(a):g}" cy="{beside.place(b):g}" r="3.2" fill="{color[group]}">'
        f"<title>{escape(told)}</title></circle>"
        for a, b, group, told in points
    )
    keys = "".join(f'<tspan fill="{color[name]}" dx="8">● {escape(name)}</tspan>' for name in color)
    return (
        f'<svg class="chart" viewBox="0 0 520 320" role="img" aria-label="{escape(title)}">'
        + _draw_frame(below, beside, x, y, "{:.4g}%", "{:.4g}%", scale=100)
        + f'<path class="threshold" d="M52 250L500 10"/><g opacity=".75">{dots}</g>'
        + f'<text x="44" y="312">{keys}</text></svg>'
    )


def _draw_frame(x: Axis, y: Axis, below: str, beside: str, tick_x: str, tick_y: str, scale: float = 1) -> str:
    """Lines and numbers of both axes, and what they are of."""
    lines, words = "", ""
    for value in y.ticks(4):
        lines += f"M{x.start:g} {y.place(value):g}H{x.end:g}"
        words += _write(tick_y.format(value * scale), x.start - 5, y.place(value) + 3.5, "end")
    for value in x.ticks(5):
        words += _write(tick_x.format(value * scale), x.place(value), y.start + 14)
    words += _write(below, (x.start + x.end) / 2, y.start + 33)
    side = f'<g transform="translate(9 {(y.start + y.end) / 2:g})rotate(-90)">{_write(beside, 0, 0)}</g>'
    return f'<path class="grid" d="{lines}"/>{words}{side}'


def _write(text: str, x: float, y: float, anchor: str = "middle") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
