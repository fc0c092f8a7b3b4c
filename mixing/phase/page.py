"""The page of two phases: one HTML file without scripts, which loads nothing."""

from pathlib import Path
from typing import Any

import jinja2
import polars as pl
from markupsafe import Markup

NAMES = {"best": "the swarm's best"}
TEMPLATES = Path(__file__).parent.parent / "templates"


def render(plan: dict[str, Any], solved: dict[str, Any], report: dict[str, Any], table: pl.DataFrame) -> str:
    """The phases, what the last was proven by, and how often each source is read."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["signed"] = lambda value: f"{value:+.4f}"
    first, last = (table.filter(phase=one["name"]) for one in plan["phases"])
    rows = [
        {"source": one["source"], "tokens": plan["tokens"][one["source"]], "first": one, "last": other}
        for one, other in zip(first.to_dicts(), last.to_dicts(), strict=True)
    ]
    return environment.get_template("phases.html.jinja").render(
        plan=plan,
        solved=solved,
        names=NAMES,
        report=report,
        rows=sorted(rows, key=lambda row: (-row["last"]["weight"], row["source"])),
        widest=max(table["weight"].max(), 1e-9),  # type: ignore[type-var]
        style=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
    )
