"""All steps with their settings, as Markdown: `winnow steps > docs/steps.md`.

A step is a public function of a leaf whose first parameter is `uri`, `docs` or `files`; its page is its
docstring and its signature, so there is nothing to keep in step by hand.
"""

import inspect
import typing
from collections.abc import Callable
from typing import Any

import click

from winnow.extras import format_install
from winnow.pipelines.engine.command import Command
from winnow.pipelines.spec import columns
from winnow.pipelines.spec.address import find_steps, options
from winnow.pipelines.spec.settings import describe_type


def render() -> str:
    """The Markdown page."""
    lines = ["# Steps", "", "Every step with its settings; made by `winnow steps`.", ""]
    absent: list[tuple[str, str]] = []
    for address, kind, function in find_steps(leave_out=lambda *told: absent.append(told)):
        lines += [f"## `{address}`", "", f"*{kind} step*", "", inspect.getdoc(function) or "", ""]
        lines += _describe_columns(kind, function)
        settings = options(function)
        hints = typing.get_type_hints(function, include_extras=True)
        if settings:
            lines += ["| setting | type | default |", "|---|---|---|"]
            lines += [
                f"| `{p.name}` | `{describe_type(hints[p.name])}` | {_default(p.default)} |" for p in settings
            ]
            lines.append("")
    for module, package in absent:
        lines += [
            f"The steps of `{module}` need {package}, which is not installed: `{format_install([package])}`",
            "",
        ]
    return "\n".join(lines)


def _describe_columns(kind: str, function: Callable[..., Any]) -> list[str]:
    """What the step needs and adds, as its signature says."""
    needed, added = columns.describe(function)
    made = {"source": "Gives", "shard": "Adds or sets", "corpus": "Writes tables of"}[kind]
    said = [f"Needs {', '.join(needed)}."] * bool(needed) + [f"{made} {', '.join(added)}."] * bool(added)
    return [" ".join(said), ""] if said else []


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "*must be given*"
    text = repr(value)
    return f"`{text if len(text) < 80 else text[:77] + '...'}`".replace("|", "\\|")


@click.command(cls=Command)
def main() -> None:
    """Print the page of all steps."""
    click.echo(render())


if __name__ == "__main__":
    main()
