"""All steps with their settings, as Markdown: `python -m pipelines.steps > docs/steps.md`.

A step is a public function of a leaf whose first parameter is `uri`, `docs` or `files`; its page is its
docstring and its signature, so there is nothing to keep in step by hand.
"""

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipelines import columns
from pipelines.recipe import KINDS, options

ROOT = Path(__file__).resolve().parent.parent
LEAVES = ("ingest", "ocr", "classifiers", "filters", "dedup", "mixing")


def found() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Address, kind and function of each step, leaf by leaf."""
    for leaf in LEAVES:
        for info in pkgutil.iter_modules([str(ROOT / leaf)]):
            name = f"{leaf}.{info.name}"
            module = importlib.import_module(name)
            for attribute, function in vars(module).items():
                if (
                    attribute.startswith("_")
                    or not inspect.isfunction(function)
                    or function.__module__ != name
                ):
                    continue
                parameters = list(inspect.signature(function).parameters.values())
                result = inspect.formatannotation(inspect.signature(function).return_annotation)
                rest_named = all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters[1:])
                takes_out = [p.name for p in parameters[1:2]] == ["out"]
                kind = KINDS.get(parameters[0].name if parameters else "")
                fits = {
                    "source": rest_named and "Iterator" in result,
                    "shard": rest_named,
                    "corpus": takes_out,
                }
                if kind and fits[kind]:
                    yield f"{name}:{attribute}", kind, function


def page() -> str:
    """The Markdown page."""
    lines = ["# Steps", "", "Every step with its settings; made by `python -m pipelines.steps`.", ""]
    for address, kind, function in found():
        lines += [f"## `{address}`", "", f"*{kind} step*", "", inspect.getdoc(function) or "", ""]
        lines += _describe_columns(kind, function)
        settings = options(function)
        hints = typing.get_type_hints(function)
        if settings:
            lines += ["| setting | type | default |", "|---|---|---|"]
            lines += [f"| `{p.name}` | `{_type(hints[p.name])}` | {_default(p.default)} |" for p in settings]
            lines.append("")
    return "\n".join(lines)


def _describe_columns(kind: str, function: Callable[..., Any]) -> list[str]:
    """What the step needs and adds, as its signature says."""
    needed, added = columns.describe(function)
    made = {"source": "Gives", "shard": "Adds or sets", "corpus": "Writes tables of"}[kind]
    said = [f"Needs {', '.join(needed)}."] * bool(needed) + [f"{made} {', '.join(added)}."] * bool(added)
    return [" ".join(said), ""] if said else []


def _type(annotation: Any) -> str:
    text = inspect.formatannotation(annotation).replace("pathlib.", "").replace("typing.", "")
    return text.replace("|", "\\|")


def _default(value: Any) -> str:
    if value is inspect.Parameter.empty:
        return "*must be given*"
    text = repr(value)
    return f"`{text if len(text) < 80 else text[:77] + '...'}`".replace("|", "\\|")


if __name__ == "__main__":
    print(page())
