"""One group of files through a corpus step."""

import inspect
import re
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import documents, proof, storage
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work import usage
from winnow.pipelines.spec.recipe import Step

WHOLE = "all"


class Input(NamedTuple):
    """A file that a corpus step may read: its name within the run, and what is in it."""

    path: Path
    name: str
    content: str


@dataclass(frozen=True)
class CorpusTask:
    """What a worker needs for one group: its files, and the stage's folder in which its own will stand.

    `input` is what of it makes the group another one; `run` is the run that the folder belongs to.
    """

    folder: Path
    name: str
    files: tuple[Path, ...]
    step: Step
    identity: str
    input: dict[str, str]
    code: dict[str, str]
    run: str = ""
    deaths: int = 0


def group_by(files: list[Input], by: str | None) -> dict[str, list[Input]]:
    """Files by group: all, one each (`part`), or by the value in names like `bucket=07.parquet`."""
    if by is None:
        return {WHOLE: files}
    found: dict[str, list[Input]] = {}
    pattern = re.compile(r"part-\d+" if by == "part" else rf"{re.escape(by)}=[^/]+")
    for file in files:
        stem = file.path.name.removesuffix(".parquet")
        if pattern.fullmatch(stem):
            found.setdefault(stem, []).append(file)
    return {name: found[name] for name in sorted(found)}


def bind_reader(function: Callable[..., None]) -> dict[str, Any]:
    """What the engine gives to a corpus step beside its settings: `read`, if it asks for it, with which it
    reads documents and their texts wherever these stand."""
    return {"read": documents.read_batches} if "read" in inspect.signature(function).parameters else {}


def run_group(task: CorpusTask) -> dict[str, Any]:
    """Run the step into a folder beside, and put that in place when it is whole."""
    code.check(task.code)
    started = usage.begin()
    beside = task.folder / f".{task.name}.{uuid.uuid4().hex[:8]}.tmp"
    out = beside / task.name  # in a folder that others cannot read while it is worked in
    task.folder.mkdir(parents=True, exist_ok=True)
    beside.mkdir(mode=0o700)
    out.mkdir()
    try:
        function = task.step.function
        for path in task.files:
            proof.prove(path)
        proof.prove_settings(task.folder.parent, task.run, task.step.settings)
        function(list(task.files), out, **bind_reader(function), **task.step.settings)
        written = [path for path in sorted(out.rglob("*")) if path.is_file()]
        for path in written:
            storage.sync(path)
        files = proof.describe(beside, written)
        receipt = {
            "identity": task.identity,
            "input": task.input,
            "code": code.of_stage(task.code),
            "content": manifest.digest({name: digest for name, (_, digest) in files.items()}),
            "files_in": len(task.files),
            "bytes_in": sum(path.stat().st_size for path in task.files),
            "bytes_out": sum(size for size, _ in files.values()),
            **usage.end(started),
            "files": files,
        }
        storage.check_owner(task.folder, task.run)
        storage.write_json(task.folder / "receipts" / f"{task.name}.json", receipt)
        place = task.folder / task.name
        if place.exists():  # of a worker of this run that was lost, and ended nevertheless
            place.rename(place.with_name(f".{task.name}.{uuid.uuid4().hex[:8]}.tmp"))
        out.rename(place)
        storage.sync(task.folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return receipt
