"""Recipes over a few texts, with the toy steps."""

from pathlib import Path


def write(
    folder: Path,
    texts: dict[str, str],
    stages: str,
    *,
    read: str = 'use = "toy:read"',
    head: str = "",
    extra: str = "",
) -> Path:
    """Texts by file name in `in`, and a recipe over them beside it; returns the recipe's path."""
    (folder / "in").mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / "in" / name).write_text(text)
    path = folder / "recipe.toml"
    path.write_text(
        f'name = "toy"\nmax_failed = 1.0\n{head}\n[[source]]\nname = "lines"\nuris = ["{folder}/in/*.txt"]\n'
        f"part_bytes = 1\nread = {{ {read} }}\n{extra}\n{stages}\n"
    )
    return path
