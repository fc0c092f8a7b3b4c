"""Documents that `make compare` and `make explain` know again in a run whose file was edited.

    make gate NAME=compared   [DOCUMENTS=6000] [EXPLAINED=60]

A file of JSON lines, docstrings of the packages that are installed, is run; then with a line taken out, with
one put in front, renamed, and all three. For each way by which a document may be known (its text, a key, a
URL) a line an edit: how many documents both files hold, how many have one id in both runs (which is what
was compared before digests of texts were kept), how many `compare` matches, each with itself, and how many
of some that are drawn `explain` finds. Floor: all.
"""

import importlib
import inspect
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl
from click.testing import CliRunner
from figures import say_figure

from winnow.pipelines.engine.ledger import figures, matches, verdicts
from winnow.pipelines.report import compare, explain

DOCUMENTS, EXPLAINED = int(os.environ.get("DOCUMENTS", 6000)), int(os.environ.get("EXPLAINED", 60))
MODULES = (
    "polars",
    "numpy",
    "sklearn.cluster",
    "scipy.stats",
    "scipy.optimize",
    "asyncio",
    "logging",
    "email",
)
FIELDS = {
    "text": '{ text = "text" }',
    "key": '{ text = "text", key = "number" }',
    "url": '{ text = "text", url = "url" }',
}
RECIPE = """
name = "compared"
[[source]]
name = "mine"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {fields} }}
[[stage]]
name = "filtered"
after = "mine"
steps = [ {{ use = "filters.gopher:quality", min_words = {words}, min_stop_words = 0 }} ]
"""


def read_docstrings() -> list[dict[str, str]]:
    """Docstrings, as documents with a number and a URL; some texts come more than once."""
    texts = []
    for module in MODULES:
        for _, value in inspect.getmembers(importlib.import_module(module)):
            found = (
                [value, *(inner for _, inner in inspect.getmembers(value))]
                if inspect.isclass(value)
                else [value]
            )
            texts += [text for one in found if (text := inspect.getdoc(one))]
    return [
        {"text": text, "number": f"n{place}", "url": f"https://docs.example/{place}"}
        for place, text in enumerate(texts[:DOCUMENTS])
    ]


def list_edits(rows: list[dict[str, str]]) -> dict[str, tuple[list[dict[str, str]], str]]:
    """By name: the rows of the edited file, and what it is called."""
    new = {
        "text": "A line that was put in front of all others.",
        "number": "new",
        "url": "https://docs.example/new",
    }
    place = len(rows) // 7
    out = rows[:place] + rows[place + 1 :]
    return {
        "as it was": (rows, "a"),
        "a line out": (out, "a"),
        "one in front": ([new, *rows], "a"),
        "renamed": (rows, "b"),
        "all three": ([new, *out], "b"),
    }


def execute(
    home: Path, name: str, rows: list[dict[str, str]], file: str, by: str, words: int
) -> figures.Account:
    """A run of the one folder, which holds the rows in one file now."""
    folder = home / "in"
    for old in folder.glob("*"):
        old.unlink()
    folder.mkdir(exist_ok=True)
    (folder / f"{file}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = home / f"{name}.toml"
    path.write_text(RECIPE.format(folder=folder, fields=FIELDS[by], words=words))
    command = [sys.executable, "-m", "winnow", "run", path, home / name, "--workers", "0"]
    subprocess.run(command, check=True, capture_output=True)
    return figures.read(home / name)


def count_ids(a: figures.Account, b: figures.Account) -> int:
    """How many ids both runs have."""
    return verdicts.read(a).join(verdicts.read(b), on="name", how="semi").height


def match(a: figures.Account, b: figures.Account, home: Path) -> pl.DataFrame:
    """The pairs of both runs."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        return pl.concat(matches.match(a, b, Path(folder))).drop_nulls("by")


def measure(home: Path, by: str, rows: list[dict[str, str]]) -> bool:
    """Print a line for each edit, and a figure; whether all that both files hold was matched."""
    first = execute(home, f"{by}-a", rows, "a", by, 50)
    draw, well = random.Random(7), True
    for number, (edit, (edited, file)) in enumerate(list_edits(rows).items()):
        second = execute(home, f"{by}-b{number}", edited, file, by, 60)
        shared = len({row["number"] for row in rows} & {row["number"] for row in edited})
        pairs = match(first, second, home)
        right = pairs.filter(pl.col("a_digest") == pl.col("b_digest"))
        if by != "text":
            right = right.filter(pl.col(f"a_{by}") == pl.col(f"b_{by}"))
        told = compare.write(first.out, second.out, home / "compared")
        said = int(re.search(r"documents +([\d,]+) in both", told)[1].replace(",", ""))
        asked = draw.sample(right["a_id"].to_list(), min(EXPLAINED, right.height))
        answers = [
            CliRunner().invoke(explain.main, [str(second.out), one, "--of", str(first.out)]) for one in asked
        ]
        found = sum(answer.exit_code == 0 for answer in answers)
        print(
            f"{by:5} {edit:13} {shared:6,} in both files  {count_ids(first, second):6,} by id "
            f" {said:6,} compared  {right.height:6,} with themselves  {found} of {len(asked)} explained",
            flush=True,
        )
        well &= shared == said == right.height and found == len(asked)
    say_figure(f"documents known again by {by}", well, 1)
    return well


def main() -> None:
    rows = read_docstrings()
    with tempfile.TemporaryDirectory() as home:
        well = [measure(Path(home), by, rows) for by in FIELDS]
    if not all(well):
        sys.exit("documents that both files hold were not matched, or not with themselves")


if __name__ == "__main__":
    main()
