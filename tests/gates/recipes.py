"""Gate: how long the shipped recipes are, and that they say what those of another commit said.

`make gate NAME=recipes BASE=COMMIT`. Compared is the whole recipe, its groups written out: sources, and every
stage's steps, effective settings, order and what it follows. Names of stages may differ as `RENAMED` says.
"""

import io
import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from figures import Figures

from winnow.pipelines.spec import groups, toml
from winnow.pipelines.spec.recipe import Recipe

FOLDER = Path(groups.__file__).resolve().parent.parent / "recipes"
MOST = {"fineweb": 50, "dclm": 50, "dolma3": 50, "gopher": 50, "c4": 50, "mine": 23}
COUNTED = {"web.counted": "shards.counted", "counted": "shards.counted"}
RENAMED = {
    **dict.fromkeys(("fineweb", "dolma3", "gopher", "c4", "winnow", "pdf", "sources"), COUNTED),
    "dclm": COUNTED | {"liked.read": "web.liked.read", "quality.model": "web.liked.model"},
}


def fetch(commit: str, folder: Path) -> None:
    """The recipes and groups of a commit."""
    archive = subprocess.run(
        ["git", "archive", commit, "pipelines/recipes"],
        cwd=FOLDER.parent.parent,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")


def write_out(recipe: Recipe, renamed: dict[str, str]) -> list[str]:
    """What a recipe does, a line for each source and step."""
    rows = [re.sub(r"\bline=\d+", "", repr(source)) for source in recipe.sources.values()]
    for stage in recipe.stages.values():
        about = stage.name, stage.after, stage.by, stage.replayable
        rows += [f"{about} {step.use} {sorted(step.settings.items())} {step.where}" for step in stage.steps]
    return [re.sub(r"[\w.]+", lambda name: renamed.get(name[0], name[0]), row) for row in rows]


def main() -> None:
    gates = Figures("recipes")
    for name, most in MOST.items():
        gates.add(f"{name}_lines", len((FOLDER / f"{name}.toml").read_text().splitlines()), most, most=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch(os.environ.get("BASE", "HEAD"), Path(folder))
        for path in sorted((Path(folder) / "pipelines/recipes").glob("*.toml")):
            now = write_out(toml.load(FOLDER / path.name), {})
            groups.FOLDER = path.parent
            before = write_out(toml.load(path), RENAMED.get(path.stem, {}))
            groups.FOLDER = FOLDER
            other = sorted(set(before) ^ set(now)) if before != now else []
            print(f"{path.stem}: {len(now)} sources and steps", *other, sep="\n  ")
            gates.add(f"{path.stem}_differences", len(other) or int(before != now), 0, most=True)
    gates.close()


if __name__ == "__main__":
    main()
