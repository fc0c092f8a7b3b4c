"""A run whose documents are graded, named, cut and selected."""

from pathlib import Path

import pytest

from winnow.pipelines.commands import run

RECIPE = """
name = "graded"
max_failed = 1.0
[[source]]
name = "pages"
uris = ["{folder}/pages/*"]
read = {{ use = "ingest.files:read" }}
[[source]]
name = "books"
uris = ["{folder}/books/*"]
read = {{ use = "ingest.files:read" }}
[[stage]]
name = "graded"
after = ["pages", "books"]
steps = [ {{ use = "toy:grade" }} ]
[[stage]]
name = "unmarked"
after = "graded"
steps = [ {{ use = "toy:unmark" }}, {{ use = "mixing.count:tokens", only_missing = true }} ]
[[stage]]
name = "solved"
after = "unmarked"
steps = [ {{ use = "classifiers.selection:solve", by = ["source"], {wanted} }} ]
"""
WANTED = "times = { pages = 0.8, books = 1.5 }, max_mean = 4, buckets = 10"
MARK = "<b>MARK</b>"


def write_texts(folder: Path) -> None:
    """Pages and books of grades from 0 to 1; every third page has a line to go, and one to change."""
    for source, kinds in (("pages", ("prose", "code", "odd")), ("books", ("prose",))):
        (folder / source).mkdir(parents=True)
        for i in range(60):
            lines = [f"{kinds[i % len(kinds)]} grade {i / 59:.3f}", *("word " * (5 + i) for _ in range(8))]
            if source == "pages" and i % 3 == 0:
                lines[3:3] = [f"MARK {MARK} {i}", f"TURN {i}"]
            (folder / source / f"{i:02d}.txt").write_text("\n".join(lines))


def graded(folder: Path, wanted: str = WANTED) -> Path:
    """The run, with what is wanted of the selection."""
    if not (folder / "pages").exists():
        write_texts(folder)
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder, wanted=wanted))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2]))
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


@pytest.fixture(scope="session")
def again():
    """To run it anew, otherwise."""
    return graded


@pytest.fixture(scope="session")
def run_of_grades(tmp_path_factory):
    """The folder of a finished run."""
    return graded(tmp_path_factory.mktemp("graded"))
