"""One group of files through a corpus step."""

import inspect
import re
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from winnow import shuffle
from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.disk import documents, proof, storage
from winnow.pipelines.engine.disk.ranges import Ranges
from winnow.pipelines.engine.identity import code
from winnow.pipelines.engine.work import usage
from winnow.pipelines.spec.recipe import Step

WHOLE = "all"


class Input(NamedTuple):
    """A file that a corpus step may read: its name within the run, what is in it, and its bytes."""

    path: Path
    name: str
    content: str
    size: int = 0


@dataclass(frozen=True)
class CorpusTask:
    """What a worker needs for one group: its files, and the stage's folder in which its own will stand.

    `input` is what of it makes the group another one; `run` is the run that the folder belongs to. Of files
    of the shuffle it reads one of some buckets (`bucket`), or all, to merge them (`merges`).
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
    bucket: tuple[int, int] | None = None
    merges: bool = False


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


MERGE, ROUND = "merge", "round"
_LATER = re.compile(rf"(?:{ROUND}=(\d+)\.)?({MERGE}=)?.*")


def keep_last_round(receipts: Mapping[str, Any]) -> dict[str, Any]:
    """Of the groups of a corpus stage those that it gives: of the last round, and what is merged nowhere."""
    places = {name: _LATER.fullmatch(name) for name in receipts}
    found = {name: int(match[1] or 0) for name, match in places.items() if match and not match[2]}
    last = max(found.values(), default=0)
    return {name: receipts[name] for name, number in found.items() if number == last}


def bind_reader(function: Callable[..., None], bucket: tuple[int, int] | None = None) -> dict[str, Any]:
    """What the engine gives to a corpus step beside its settings, if it asks for it: `read`, with which it
    reads documents and their texts wherever these stand; `read_bucket`, the rows of its bucket."""
    given: dict[str, Any] = {"read": documents.read_batches}
    if bucket:
        given["read_bucket"] = shuffle.Reader(*bucket, Ranges())
    return {name: given[name] for name in inspect.signature(function).parameters if name in given}


def _call(task: CorpusTask, out: Path) -> None:
    """Run the step, on files that are what was written; Damaged where one is not."""
    function = shuffle.merge if task.merges else task.step.function
    if not task.bucket or task.bucket[1] <= shuffle.CELLS:  # of what is merged it reads pieces with checksums
        for path in task.files:
            proof.prove(path)
    proof.prove_settings(task.folder.parent, task.run, task.step.settings)
    try:
        function(list(task.files), out, **bind_reader(function, task.bucket), **task.step.settings)
    except shuffle.DamagedCellError as error:
        raise storage.Damaged(str(error.path), error.told, "run again, which makes its part anew") from error


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
        _call(task, out)
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
            "bytes_in": sum(map(Ranges().size, task.files)),
            "bytes_out": sum(size for size, _ in files.values()),
            **usage.end(started),
            "files": files,
        }
        storage.check_owner(task.folder, task.run)
        stands = storage.write_receipt(task.folder / "receipts" / f"{task.name}.json", receipt)
        _put_in_place(out, task.folder / task.name, ours=stands is receipt)
        storage.sync(task.folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return stands


def _put_in_place(out: Path, place: Path, *, ours: bool) -> None:
    """Put the folder of a group in its place; where the receipt that stands there is not `ours` but that of
    another attempt, the folder of that stays, if it has come already."""
    if place.exists():
        if not ours:
            return
        # Of a worker of this run that was lost, and ended nevertheless.
        place.rename(place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}.tmp"))
    try:
        out.rename(place)
    except OSError:
        if not place.exists():  # else another attempt was there in this moment, with the same bytes
            raise
