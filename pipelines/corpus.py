"""One group of files through a corpus step."""

import os
import re
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import code, storage
from pipelines.recipe import Step

WHOLE = "all"


@dataclass(frozen=True)
class CorpusTask:
    """What a worker needs for one group: its files, and the stage's folder in which its own will stand."""

    folder: Path
    name: str
    files: tuple[Path, ...]
    step: Step
    identity: str
    code: dict[str, str]
    deaths: int = 0


def groups(files: list[Path], by: str | None) -> dict[str, tuple[Path, ...]]:
    """Files by group: all, one each (`part`), or by the value in names like `bucket=07.parquet`."""
    if by is None:
        return {WHOLE: tuple(files)}
    found: dict[str, list[Path]] = {}
    pattern = re.compile(r"part-\d+" if by == "part" else rf"{re.escape(by)}=[^/]+")
    for file in files:
        stem = file.name.removesuffix(".parquet")
        if pattern.fullmatch(stem):
            found.setdefault(stem, []).append(file)
    return {name: tuple(found[name]) for name in sorted(found)}


def run_group(task: CorpusTask) -> dict[str, Any]:
    """Run the step into a folder beside, and put that in place when it is whole."""
    code.check(task.code)
    begun = time.perf_counter()
    beside = task.folder / f".{task.name}.{uuid.uuid4().hex[:8]}.tmp"
    beside.mkdir(parents=True)
    try:
        task.step.function(list(task.files), beside, **task.step.settings)
        written = [path for path in sorted(beside.rglob("*")) if path.is_file()]
        for path in written:
            storage.sync(path)
        size = sum(path.stat().st_size for path in written)
        receipt = {
            "identity": task.identity,
            "code": code.of_stage(task.code),
            "files_in": len(task.files),
            "bytes_in": sum(path.stat().st_size for path in task.files),
            "bytes_out": size,
            "seconds": round(time.perf_counter() - begun, 3),
        }
        storage.check_owner(task.folder, task.identity, task.code)
        storage.write_json(task.folder / "receipts" / f"{task.name}.json", receipt)
        place = task.folder / task.name
        if place.exists():
            # Not whole, or there would be no task for it: its receipt is missing.
            os.rename(place, place.with_name(f".{task.name}.{uuid.uuid4().hex[:8]}.tmp"))
        os.rename(beside, place)
        storage.sync(task.folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return receipt
