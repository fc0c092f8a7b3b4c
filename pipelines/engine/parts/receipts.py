"""What of a stage on disk is done, by the receipts of its parts.

A part (or a group of a corpus stage) is done where its output stands and its receipt says the identity of
the stage and the `input` of the part as they are today. `content` is a digest of what it gave: what comes
after it is made anew only where that is another.
"""

import shutil
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.pipelines.engine import manifest
from winnow.pipelines.engine.corpus import CorpusTask
from winnow.pipelines.engine.disk import mirror, pieces, proof, storage
from winnow.pipelines.engine.parts.packed import Packed
from winnow.pipelines.engine.shard import ShardTask
from winnow.pipelines.spec.schema import Columns

Task = ShardTask | CorpusTask


@dataclass(frozen=True)
class StageProgress:
    """Of a stage's tasks: receipts of those done; those to run; names on disk that no task has any more;
    receipts of parts that are done once what they say of files that are gone is taken out; and, a line each,
    what was found damaged or missing of parts that would be done, and so are to run."""

    done: Packed
    todo: list[Task]
    gone: list[str]
    pruned: dict[str, dict[str, Any]]
    broken: list[str]


def digest_input(files: Iterable[tuple[Any, ...]], settings: dict[str, str]) -> dict[str, str]:
    """The `input` of a part: its files in one digest, and the content of each stage that settings name."""
    return {"files": manifest.digest(sorted(files)), **settings}


def digest_columns(columns: Columns) -> str:
    """The columns that documents of a stage come in with: parts of others would be of another schema."""
    return manifest.digest({name: str(dtype) for name, dtype in columns.items()})


def count_emptied(receipts: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Sources of which documents came into a stage that kept none of them, and how many came."""
    came: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for receipt in receipts:
        for source, figures in receipt.get("by_source", {}).items():
            came[source] += figures.get("documents_in", 0)
            kept[source] += figures.get("documents_kept", 0)
    return {source: number for source, number in came.items() if number and not kept[source]}


def digest_content(receipts: Mapping[str, dict[str, Any]]) -> str:
    """The content of a whole stage."""
    return manifest.digest({name: receipt["content"] for name, receipt in receipts.items()})


def look(folder: Path, kind: str, tasks: Sequence[Task], *, others: bool = False) -> StageProgress:
    """What is done of the tasks of the stage in `folder`; nothing is changed on disk. With `others` they are
    of one round of several: what else there is may be of another."""
    mirror.fetch_all(folder / "receipts")
    held, _ = _names(folder, kind)
    gone = [] if others else list_others(folder, kind, [task.name for task in tasks])
    stage_progress = StageProgress(Packed(), [], gone, {}, [])
    done = pieces.read(folder, storage.read_json(folder / "stage.json") or {}) or {}
    for task in tasks:
        there = task.name in held or task.name in done
        receipt, wrong = _read(folder, task.name) if there else (None, None)
        if wrong:
            stage_progress.broken.append(f"{wrong}: {task.name} of stage {folder.name} is made again")
        if receipt and receipt["identity"] == task.identity and receipt.get("input") == task.input:
            stage_progress.done[task.name] = receipt
        elif receipt and isinstance(task, ShardTask) and (left := _drop_lost(receipt, task)):
            stage_progress.pruned[task.name] = left
        else:
            stage_progress.todo.append(task)
    return stage_progress


def list_others(folder: Path, kind: str, names: Collection[str]) -> list[str]:
    """Parts, or groups, of which anything is on disk, that are none of these."""
    held, receipts = _names(folder, kind)
    return sorted((held | receipts) - set(names))


def _read(folder: Path, name: str) -> tuple[dict[str, Any] | None, str | None]:
    """The receipt of a part or group that stands there whole, as far as sizes tell, or what is wrong."""
    path = _receipt(folder, name)
    try:
        receipt = storage.read_json(path)
    except storage.Damaged as error:
        return None, f"{path} {error.what}"
    if receipt is None:
        return None, f"{path} is missing"
    wrong = proof.find_wrong_size(folder, receipt)
    return (None, wrong) if wrong else (receipt, None)


def repair(out: Path, stages: Collection[str], error: storage.Damaged) -> list[str]:
    """Take the receipts away of all parts, or groups, of a stage that has a damaged file, so that a run makes
    them again; their names. Raises the error where it is of no part."""
    place = proof.locate(error.path)
    if place is None or place[0].parent != out or place[0].name not in stages:
        raise error
    folder, gone = place[0], []
    about = storage.read_json(folder / "stage.json") or {}
    for path in sorted((folder / "receipts").glob("[!.]*.json")):
        try:
            files = proof.list_files(folder, storage.read_json(path))
            whole = not any(proof.compare(file, entry) for file, entry in files.items())
        except storage.Damaged:
            whole = False
        if not whole or path.stem == place[1]:
            gone.append(path.stem)
    if not gone:
        raise error
    storage.write_json(folder / "stage.json", pieces.drop(about))
    pieces.remove(folder)
    for name in gone:
        _receipt(folder, name).unlink()
    mirror.push(folder / "receipts")
    return gone


def clear(folder: Path, kind: str, stage_progress: StageProgress) -> None:
    """Take away what is on disk of parts that are gone or are to run; enter what is pruned."""
    held, receipts = _names(folder, kind)
    for name in sorted(
        (held | receipts) & {*stage_progress.gone, *(task.name for task in stage_progress.todo)}
    ):
        _take_away(folder, kind, name)
    for name, receipt in stage_progress.pruned.items():
        path = folder / "failed" / f"{name}.parquet"
        gone = sorted(storage.read_json(_receipt(folder, name))["lost"].keys() - receipt["lost"].keys())
        rows = pl.read_parquet(proof.prove(path), glob=False)
        rows = rows.filter(pl.col("uri").is_in(gone).not_())
        with storage.replace(path) as beside:
            pq.write_table(storage.to_arrow(rows), beside, compression="zstd", write_page_checksum=True)
        receipt["files"] = receipt["files"] | proof.describe(folder, [path])
        storage.write_json(_receipt(folder, name), receipt)
    mirror.push(folder)


def _names(folder: Path, kind: str) -> tuple[set[str], set[str]]:
    """Names of parts whose output stands, and of those of which anything else does."""
    receipts = {path.stem for path in (folder / "receipts").glob("[!.]*.json")}
    if kind == "shard":
        for ledger in proof.LEDGERS:
            receipts |= {path.stem for path in (folder / ledger).glob("part-*.parquet")}
        return {path.stem for path in folder.glob("part-*.parquet")}, receipts
    return {path.name for path in folder.glob("[!.]*/") if path.name != "receipts"}, receipts


def _take_away(folder: Path, kind: str, name: str) -> None:
    """Remove a part, what makes it count as done first."""
    if kind == "corpus" and (folder / name).exists():
        aside = folder / f".{name}.{uuid.uuid4().hex[:8]}.tmp"
        (folder / name).rename(aside)
        shutil.rmtree(aside)
    if kind == "shard":
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    storage.sync(folder)
    _receipt(folder, name).unlink(missing_ok=True)
    if kind == "shard":
        for ledger in proof.LEDGERS:
            (folder / ledger / f"{name}.parquet").unlink(missing_ok=True)


def _receipt(folder: Path, name: str) -> Path:
    return folder / "receipts" / f"{name}.json"


def _drop_lost(receipt: dict[str, Any], task: ShardTask) -> dict[str, Any] | None:
    """The receipt without the files that its part had and has no more, if each was one row in `failed/` and
    nothing else. None where the part is to run again."""
    names = {file.name for file in task.files}
    lost = receipt.get("lost", {})
    gone = {name: entry for name, entry in lost.items() if name not in names}
    files = [*(file.describe() for file in task.files), *(tuple(entry["file"]) for entry in gone.values())]
    settings = {key: value for key, value in task.input.items() if key != "files"}
    fits = receipt.get("input") == digest_input(files, settings)
    if not gone or receipt["identity"] != task.identity or not fits:
        return None
    by_source = {name: dict(figures) for name, figures in receipt["by_source"].items()}
    steps = {use: dict(figures) for use, figures in receipt["steps"].items()}
    for entry in gone.values():
        for figure in ("documents_in", "documents_failed", "files_unread"):
            by_source[task.source][figure] -= 1
        by_source[task.source]["bytes_unread"] -= entry["bytes"]
        if entry["read"]:
            steps[entry["read"]]["documents_in"] -= 1
    return {
        **receipt,
        "input": task.input,
        "rows_in": receipt["rows_in"] - len(gone),
        "failed": receipt["failed"] - len(gone),
        "by_source": by_source,
        "steps": steps,
        "lost": {name: entry for name, entry in lost.items() if name not in gone},
    }
