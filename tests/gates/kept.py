"""What a gate keeps between its runs: a table, with the digest of what it was made from beside it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl


def keep(path: Path, inputs: Sequence[Path | str], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """The table in `path`; made where it is not there, or was made from other inputs.

    An input is a file or a folder (their names, sizes and times count, those of a folder's first two levels)
    or a text. A table without rows is refused and not kept: the gate would measure nothing.
    """
    key = _digest(inputs)
    beside = path.with_suffix(".inputs")
    if path.exists() and beside.exists() and beside.read_text() == key:
        return pl.read_parquet(path)
    table = make()
    if table.is_empty():
        raise SystemExit(f"{path}: nothing could be made from its inputs; run `make data` first")
    path.parent.mkdir(parents=True, exist_ok=True)
    table.write_parquet(path)
    beside.write_text(_digest(inputs))  # afresh: to make it may have fetched some of them
    return table


def _digest(inputs: Sequence[Path | str]) -> str:
    described: list[object] = []
    for item in inputs:
        if isinstance(item, str):
            described.append(item)
            continue
        below = sorted([*item.glob("*"), *item.glob("*/*")]) if item.is_dir() else [item]
        found = [(str(file), file.stat()) for file in below if file.is_file()]
        described.append([(name, state.st_size, state.st_mtime_ns) for name, state in found])
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()
