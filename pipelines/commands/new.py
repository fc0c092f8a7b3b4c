"""Something of one's own, begun: `winnow new filters.mine:short` writes a step and its test, `winnow new
mine.toml` a recipe like the shipped one.

A step that is written drops documents of few words. All runs as it is, and is there to be changed.
"""

import importlib.util
import keyword
import re
from pathlib import Path

import click

from winnow.pipelines.engine.command import Command, refuse
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.spec.address import LEAVES, ROOT, expand, is_ours
from winnow.pipelines.spec.lines import suggest

RECIPES = ROOT / "pipelines/recipes"
STEP, TEST = ((RECIPES / "new" / name).read_text(encoding="utf-8") for name in ("step.txt", "test.txt"))


def copy_recipe(name: str, into: Path) -> list[str]:
    """Write a shipped recipe into a folder; ValueError where none has this name, or a file is there."""
    shipped = sorted(path.name for path in RECIPES.glob("*.toml"))
    if name not in shipped:
        raise ValueError(f"{name!r} is no recipe; there are: {', '.join(shipped)}{suggest(name, shipped)}")
    if (into / name).exists():
        raise ValueError(f"{into / name} is there already")
    (into / name).write_bytes((RECIPES / name).read_bytes())
    return [f"recipe    {into / name}", f"it runs   winnow run {name} out/{Path(name).stem}"]


def write(use: str, folder: Path | None = None, root: Path = ROOT) -> list[str]:
    """Write a step and its test, into the tree or a `folder` of one's own; the lines that say what was done.

    ValueError says what is wrong with the address, or what is there already.
    """
    path, _, name = use.partition(":")
    leaf, _, module = path.rpartition(".")
    if wrong := _find_problem(use, leaf, module, name, folder):
        raise ValueError(wrong)
    step = (folder or root / leaf) / f"{module}.py"
    test = (folder or root / "tests" / leaf) / f"test_{module}.py"
    if there := [str(file) for file in (step, test) if file.exists()]:
        raise ValueError(f"{' and '.join(there)} is there already")
    for file, text in ((step, STEP), (test, TEST)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(use=use, path=expand(path), module=module, name=name))
    return [
        f"step      {step}",
        f"its test  {test}; run it: make test ARGS={test if folder else test.relative_to(root)}",
        f'a recipe  {{ use = "{use}", min_words = 50 }},',
        f"it runs   make run STEPS={folder} ..." if folder else "its page  make steps",
    ]


def _find_problem(use: str, leaf: str, module: str, name: str, folder: Path | None) -> str | None:
    """What is wrong with the address of a step to be."""
    form = "module:function, such as mine:short"
    form = f"{form}, in a folder of yours" if folder else f"leaf.{form.replace('mine', 'filters.mine')}"
    words = (module, name)
    if (folder and leaf) or not all(
        re.fullmatch(r"[a-z][a-z0-9_]*", w) and not keyword.iskeyword(w) for w in words
    ):
        return f"{use!r} is no address of a new step: write it as {form}"
    if folder:
        own = (folder / f"{module}.py").exists()
        taken = is_ours(module) or (importlib.util.find_spec(module) and not own)
        return f"the module {module!r} has the name of another one: give it its own" if taken else None
    if not (ROOT / "Makefile").exists():
        return f"{use!r}: Winnow is installed here: a step of yours stands in a folder of yours, --steps DIR"
    if leaf not in LEAVES:
        there = f"{', '.join(LEAVES)}, or a folder of yours (STEPS=dir)"
        return f"{leaf!r} is no leaf; there are: {there}{suggest(leaf, LEAVES)}"
    return None


@click.command(cls=Command)
@click.argument("use", metavar="NAME")
@click.option(
    "--steps", type=click.Path(file_okay=False, path_type=Path), help="A folder of steps of your own."
)
@refuse(ValueError)
def main(use: str, steps: Path | None) -> None:
    """Begin a step, NAME such as filters.mine:short, with its test, or a recipe, NAME such as mine.toml, like
    the shipped one. Ends with 2 where a file of it is there already.
    """
    for line in copy_recipe(use, Path()) if use.endswith(".toml") else write(use, steps):
        click.echo(make_safe(line))


if __name__ == "__main__":
    main()
