"""All groups with their settings, as Markdown: `make steps` writes docs/groups.md by it.

What a group is for is the comment at its head, what a setting means the comment behind it, and which settings
of which steps it fills is read off the group's stages, so there is nothing to keep in step by hand.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.engine.command import Command
from winnow.pipelines.spec.groups import _OPTIONAL, FOLDER, _to_toml

INTRODUCTION = """# Groups

Stages that belong together, which a recipe takes by name: their settings, defaults, and what each fills.
How a recipe takes one: [recipes](recipes.md#groups-of-stages). Made from `pipelines/recipes/groups/` by
`make steps`, which also writes `docs/steps.md`, the same of single steps. One whose default is *none* may
be left out.
"""
_COMMENT = re.compile(r"""^(?:[^"'#]|"[^"]*"|'[^']*')*#\s*(.*)$""")


def render() -> str:
    """The Markdown page."""
    files = sorted((FOLDER / "groups").glob("*.toml"))
    return "\n".join([INTRODUCTION, *("\n".join(_describe(file)) for file in files)])


def _describe(file: Path) -> Iterator[str]:
    text = file.read_text(encoding="utf-8")
    group = tomllib.loads(text)
    yield f"## `groups/{file.name}`\n"
    yield " ".join(line.lstrip("# ") for line in text.partition("[")[0].splitlines()) + "\n"
    defaults = group.get("settings", {})
    names = [*defaults, *(name for name in dict.fromkeys(_OPTIONAL.findall(text)) if name not in defaults)]
    if not names:
        yield "No settings.\n"
        return
    remarks = _read_remarks(text)
    yield "| setting | default | what it is | fills |\n|---|---|---|---|"
    for name in names:
        default = f"`{_to_toml(defaults[name])}`" if name in defaults else "*none*"
        filled = dict.fromkeys(_find_uses(group["stage"], name))
        cells = f"`{name}`", default, remarks.get(name, ""), ", ".join(filled)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _read_remarks(text: str) -> dict[str, str]:
    """The comments behind settings, also behind those that are commented out."""
    found = {}
    for line in text.partition("[settings]")[2].partition("[[stage]]")[0].splitlines():
        off = re.match(r"#\s*(\w+) = (?:\"[^\"]*\"|\[[^\]]*\]|\S+)\s*(.*)", line)
        named = re.match(r"(\w+) = ", line)
        if off:
            found[off[1]] = off[2]
        elif named and (remark := _COMMENT.match(line)):
            found[named[1]] = remark[1]
    return found


def _find_uses(stages: list[dict[str, Any]], name: str) -> Iterator[str]:
    """Which settings of steps a setting of the group fills, and whether it says what a stage is after."""
    for stage in stages:
        after = stage["after"] if isinstance(stage["after"], list) else [stage["after"]]
        if f"${name}" in after:
            yield "`after`"
        yield from (
            f"the stage's `{key}`" for key in ("copy_as", "buckets") if _mentions(stage.get(key), name)
        )
        for step in stage["steps"]:
            for key, value in step.items():
                if _mentions(value, name):
                    yield f"`{step['use']}`" + (f" `{key}`" if key != name else "")


def _mentions(value: Any, name: str) -> bool:
    if isinstance(value, dict | list):
        return any(_mentions(each, name) for each in (value.values() if isinstance(value, dict) else value))
    return value in (f"${name}", f"${name}?")


@click.command(cls=Command)
def main() -> None:
    """Print the page of all groups."""
    click.echo(render(), nl=False)


if __name__ == "__main__":
    main()
