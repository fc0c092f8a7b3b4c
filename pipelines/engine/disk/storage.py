"""Files that are there only when they are whole: written beside, fsynced, renamed."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from winnow.pipelines.engine.disk import mirror, proof
from winnow.pipelines.engine.disk.proof import Damaged as Damaged
from winnow.pipelines.engine.disk.proof import digest_file as digest_file
from winnow.pipelines.engine.disk.proof import read_json as read_json
from winnow.pipelines.screen import interrupt
from winnow.pipelines.spec.schema import ContractError


@contextmanager
def replace(path: Path) -> Iterator[Path]:
    """A name to write to; when the block ends well, the file takes the place of `path` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with interrupt.undo(lambda: beside.unlink(missing_ok=True)):
            yield beside
        sync(beside)
        beside.replace(path)
        sync(path.parent)
        mirror.write_through(path)
    finally:
        beside.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Down to the disk: a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, content: str | bytes) -> None:
    """Whole or not at all; text in UTF-8."""
    with replace(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Whole or not at all: readable, keys as given, and a digest of all, by which the file proves itself."""
    write(path, proof.encode(path, value))


def write_receipt(path: Path, receipt: dict[str, Any]) -> dict[str, Any]:
    """Write what a part gave, unless another attempt at it did so before and gave the same: the receipt that
    stands there then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        beside.write_bytes(proof.encode(path, receipt))
        sync(beside)
        os.link(beside, path)  # unlike a rename it fails where a file stands
        sync(path.parent)
        mirror.write_through(path)
        return receipt
    except OSError as error:
        if isinstance(error, FileExistsError) and (other := _find_same(path, receipt)):
            return other
    finally:
        beside.unlink(missing_ok=True)
    write_json(path, receipt)
    return receipt


def _find_same(path: Path, receipt: dict[str, Any]) -> dict[str, Any] | None:
    """The receipt that stands there, where it says that the same was made from the same."""
    try:
        other: dict[str, Any] | None = read_json(path)
    except Damaged:
        return None
    same = other and all(other.get(key) == receipt[key] for key in ("identity", "input", "code", "files"))
    return other if same else None


def to_arrow(frame: pl.DataFrame) -> pa.Table:
    """In types that every Parquet reader knows."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def read_ledger(folder: Path, pattern: str = "part-*.parquet") -> pl.DataFrame:
    """All rows of a folder of ledger tables (`dropped`, `failed`); Damaged where one is not what it was."""
    frames = [pl.read_parquet(proof.prove(file), glob=False) for file in sorted(folder.glob(pattern))]
    return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def check_owner(folder: Path, run: str) -> None:
    """Raise where a stage's folder belongs to another run by now: a worker can outlive its driver."""
    mirror.renew(folder / "stage.json")
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
