"""Pages of corpus stages that showed what went, made anew by their step from what is left."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.corpus import Input, bind_reader, group_by
from winnow.pipelines.engine.disk import pieces, proof, storage
from winnow.pipelines.engine.ledger.takedowns import FOLDER
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.recipe import Recipe
from winnow.pipelines.takedown.rewrite_plan import renew

NOTE = (
    "<!doctype html><meta charset=utf-8><title>Taken down</title><p>This page showed documents that were"
    " taken down. Its stage writes it anew: --redo {stage}\n"
)


def remake(out: Path, pages: list[list[str]], say: Callable[[str], None]) -> None:
    """Write pages, given by stage, group and name, anew, and prove them in receipts, `stage.json` and
    `run.json`. Where a step cannot be run again, a note stands in the page's place."""
    by_group: dict[tuple[str, str], list[str]] = {}
    for stage, group, name in pages:
        by_group.setdefault((stage, group), []).append(name)
    for (stage, group), names in by_group.items():
        say(f"making {', '.join(names)} of {stage} anew")
        with tempfile.TemporaryDirectory(dir=out / FOLDER, prefix=".page.", suffix=".tmp") as folder:
            made = Path(folder)
            try:
                _run(out, stage, group, made)
            except Exception as error:  # whatever the step raises: what it showed must go
                say(f"it cannot be made ({type(error).__name__}: {error}): a note stands there")
            for name in names:
                fresh = made / Path(name).relative_to(group)
                note = NOTE.format(stage=stage).encode()
                page, data = out / stage / name, fresh.read_bytes() if fresh.exists() else note
                if data != page.read_bytes():
                    storage.write(page, data)
        _prove(out, stage, group, names)


def _run(out: Path, stage: str, group: str, into: Path) -> None:
    recipe = _load(out)
    asked = recipe.stages[stage]
    inputs = [Input(path, str(path), "") for name in asked.after for path in _list_outputs(out, recipe, name)]
    groups = group_by(inputs, asked.by)
    if group not in groups:
        raise ValueError(f"{group} is a bucket, whose rows are read in rounds")
    files = [file.path for file in groups[group]]
    step = asked.steps[0]
    step.function(files, into, **bind_reader(step.function), **manifest.settings_for(step, recipe, out))


def _load(out: Path) -> Recipe:
    """The recipe that the run was made by."""
    with tempfile.TemporaryDirectory(dir=out / FOLDER, prefix=".recipe.", suffix=".tmp") as folder:
        path = Path(folder) / "recipe.toml"
        path.write_text(storage.read_json(out / "run.json")["recipe_text"], encoding="utf-8")
        return toml.load(path)


def _list_outputs(out: Path, recipe: Recipe, name: str) -> list[Path]:
    folder = out / name
    receipts = [storage.read_json(path) for path in sorted((folder / "receipts").glob("[!.]*.json"))]
    files = [path for receipt in receipts for path in proof.list_files(folder, receipt)]
    if recipe.stages[name].kind == "shard":
        files = [path for path in files if path.parent == folder]
    return files


def _prove(out: Path, stage: str, group: str, names: list[str]) -> None:
    folder = out / stage
    path = folder / "receipts" / f"{group}.json"
    fresh = proof.describe(folder, [folder / name for name in names])
    receipt = renew(storage.read_json(path), fresh)
    storage.write_json(path, receipt)
    told = storage.read_json(folder / "stage.json")
    if pieces.is_whole(told):
        storage.write_json(folder / "stage.json", pieces.renew(folder, told, {group: receipt}))
    if "files" in storage.read_json(out / "run.json"):
        manifest.close_run(out, [folder / "stage.json"])
