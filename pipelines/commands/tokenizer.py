"""A tokenizer trained on the shards of a run: `make tokenizer OUT= [VOCABULARY=] [WRITE=tokenizer.json]`.

winnow tokenizer OUT
"""

import glob
import json
import shutil
import tempfile
from pathlib import Path

import click
import jinja2

from winnow.pipelines.commands import run
from winnow.pipelines.commands.worth import TEMPLATES
from winnow.pipelines.engine.command import Command, RunFolder
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import shards
from winnow.pipelines.screen import interrupt
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.recipe import RecipeError


def train(
    out: Path,
    write: Path,
    *,
    stage: str | None = None,
    vocabulary: int = 50_000,
    special: list[str],
    max_bytes: int = 1_000_000_000,
) -> Path:
    """Write the `tokenizer.json` that `mixing.tokens.tokenizer:train` makes of a run's shards; its path.

    What stands at `write` is replaced once the new one is whole. RecipeError where the run in `out` has no
    shards, or several stages wrote some and none is named.
    """
    paths = _find_shards(out, stage)
    text = (TEMPLATES / "tokenizer.toml.jinja").read_text(encoding="utf-8")
    text = jinja2.Template(text, keep_trailing_newline=True).render(
        uris=json.dumps([glob.escape(str(path)) for path in paths]),
        vocabulary=vocabulary,
        special=json.dumps(special, ensure_ascii=False),
        most=max_bytes,
    )
    write.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=f".{write.name}.", dir=write.parent.resolve()) as folder,
        interrupt.undo(lambda: shutil.rmtree(folder, ignore_errors=True)),
    ):
        recipe = Path(folder) / "recipe.toml"
        recipe.write_text(text, encoding="utf-8")
        if run.execute_within("tokenizer", recipe, Path(folder) / "run", 1):
            raise RecipeError(f"{out}: no tokenizer was trained; what stands above says why")
        made = run_summary.read(Path(folder) / "run").stages["trained"].find_told("tokenizer")
        assert made is not None
        storage.write(write, made.read_bytes())
    return write


def _find_shards(out: Path, name: str | None) -> list[Path]:
    """The shards that a stage of the run wrote, each proven by its receipt."""
    stages = shards.find_stages(run_summary.read(out))
    if name and name not in stages:
        known = f"; there are: {', '.join(stages)}" if stages else ""
        raise RecipeError(f"{out} has no shards of a stage {name!r}{known}")
    if not stages:
        raise RecipeError(f"{out} has no shards: {declarations.find_step('export')} makes them")
    if len(stages) > 1 and not name:
        raise RecipeError(f"{out} has shards of {', '.join(stages)}: say which  (make: STAGE=)")
    return [path.resolve() for path in shards.list_files(stages[name or next(iter(stages))])]


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.option(
    "--write", type=click.Path(dir_okay=False, path_type=Path), default="tokenizer.json", show_default=True
)
@click.option("--stage", help="The stage that wrote the shards, where there are several.")
@click.option("--vocabulary", type=click.IntRange(min=256), default=50_000, show_default=True)
@click.option("--special", multiple=True, default=["<|endoftext|>"], show_default=True)
@click.option("--max-bytes", type=click.IntRange(min=1), default=1_000_000_000, show_default=True)
def main(
    out: Path, write: Path, stage: str | None, vocabulary: int, special: tuple[str, ...], max_bytes: int
) -> None:
    """Train a byte-level BPE on the shards of the finished run in OUT."""

    path = train(out, write, stage=stage, vocabulary=vocabulary, special=list(special), max_bytes=max_bytes)
    click.echo(f"{path}: {vocabulary:,} ids at most, by {declarations.find_step('tokenizer')}")


if __name__ == "__main__":
    main()
