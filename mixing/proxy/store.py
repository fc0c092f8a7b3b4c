"""Trained proxies on disk, by content: one is trained again only where what it learns, or how, is new.

An entry is a folder named by a digest of the training text itself (tokens in their order, as drawn by the
mix, its seed and the sources' streams), the model's shape and settings, and the code that trains. It holds
the weights, `about.json`, and the bits of each set of windows that were asked. Entries appear whole, by a
rename; what a killed process left half written is never looked at.
"""

import ast
import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from winnow.files import DAMAGED, write_json

STALE = 86_400  # seconds after which what was left half written is removed
Arrays = dict[str, np.ndarray]


def digest(*parts: Any) -> str:
    """32 hex digits of arrays, Python modules by path (comments and layout aside) and JSON values."""
    whole = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            whole.update(f"{part.dtype} {part.shape}".encode() + np.ascontiguousarray(part).tobytes())
        elif isinstance(part, Path):
            whole.update(ast.unparse(ast.parse(part.read_text(encoding="utf-8"))).encode())
        else:
            whole.update(json.dumps(part, sort_keys=True).encode())
        whole.update(b"\0")
    return whole.hexdigest()[:32]


def find(store: Path, key: str, name: str) -> Arrays | None:
    """The arrays kept under `key` as `name`; None where there are none, or the file is damaged."""
    try:
        with np.load(store / key / f"{name}.npz") as kept:
            return {array: kept[array] for array in kept.files}
    except DAMAGED:
        return None


def keep(store: Path, key: str, name: str, arrays: Arrays, about: dict[str, Any]) -> None:
    """Keep arrays under `key` as `name`, whole or not at all; what stands there of this name is replaced."""
    _sweep(store)
    place = store / key
    place.mkdir(parents=True, exist_ok=True)
    _write(place / "about.json", lambda beside: write_json(beside, about))
    _write(place / f"{name}.npz", lambda beside: np.savez(beside, **arrays))  # type: ignore[arg-type]


def keep_first(store: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The file `name` of the store, made by `make` where there is none yet: the first one stays."""
    place = store / name
    if not place.exists():
        store.mkdir(parents=True, exist_ok=True)
        _write(place, make)
    return place


def _write(place: Path, write: Callable[[Path], Any]) -> None:
    beside = place.with_name(f".{uuid.uuid4().hex[:8]}.{place.name}")
    try:
        write(beside)
        with beside.open("rb") as handle:
            os.fsync(handle.fileno())
        beside.rename(place)
    finally:
        beside.unlink(missing_ok=True)


def _sweep(store: Path) -> None:
    """Remove what was left half written by a process that died a day ago or more."""
    for left in store.glob("*/.*"):
        if time.time() - left.stat().st_mtime > STALE:
            left.unlink(missing_ok=True)
