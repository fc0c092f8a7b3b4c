"""Files that are there only when they are whole: written beside, fsynced, renamed."""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from pipelines.schema import ContractError


@contextmanager
def replace(path: Path) -> Iterator[Path]:
    """A name to write to; when the block ends well, the file takes the place of `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        yield beside
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Down to the disk: a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, value: Any) -> None:
    """Whole or not at all, readable, keys as given."""
    with replace(path) as beside:
        beside.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


class Damaged(OSError):
    """A file of the run is no longer what the run wrote; the message says which, and what to do."""

    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__(
            f"{path} is damaged ({error}): put it back from a copy, or make its stage anew (--redo STAGE)"
        )


def read_json(path: Path) -> Any:
    """None where the file is not there; raises Damaged where it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    except ValueError as error:
        raise Damaged(path, error) from None


def to_arrow(frame: pl.DataFrame) -> pa.Table:
    """In types that every Parquet reader knows."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def read_ledger(folder: Path, pattern: str = "part-*.parquet") -> pl.DataFrame:
    """All rows of a folder of ledger tables (`dropped`, `failed`)."""
    files = sorted(folder.glob(pattern))
    frames = [pl.read_parquet(file, glob=False) for file in files]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def digest_file(path: Path) -> str:
    """32 hex digits of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()[:32]


def check_owner(folder: Path, run: str) -> None:
    """Raise where a stage's folder belongs to another run by now: a worker can outlive its driver."""
    now = read_json(folder / "stage.json")
    if not now or now.get("run") != run:
        raise ContractError(f"{folder} belongs to another run by now")


def sweep(folder: Path, *, deep: bool = True) -> None:
    """Remove what an interrupted run left half written or half removed."""
    for path in list(folder.rglob(".*.tmp") if deep else folder.glob(".*.tmp")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
