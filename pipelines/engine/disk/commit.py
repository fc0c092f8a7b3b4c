"""What a part gave goes to the store of a run: its files, then its receipt, which counts where none stood.

Of two attempts at a part the first receipt counts, and the other attempt takes what that one gave. Both write
the same bytes unless a step asks somebody else, a model that is served; where files of one stand beside the
receipt of the other, their digests tell, and the part is made again.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import proof, storage
from winnow.pipelines.engine.disk.mirror import Mirror
from winnow.pipelines.engine.disk.object_store import Taken
from winnow.pipelines.engine.disk.stamps import mark, place_empty

Receipt = dict[str, Any]


def commit(mirror: Mirror, folder: Path, name: str, receipt: Receipt) -> Receipt:
    """Put a part of the stage in `folder` into the store; the receipt that counts."""
    place = folder / "receipts" / f"{name}.json"
    if other := _take_other(mirror, place, receipt):
        return other
    for inner, (_, digest) in receipt["files"].items():
        _put_file(mirror, folder / inner, digest)
    try:
        mark(place, mirror.store.put_new(mirror.name(place), place))
    except Taken:
        if other := _take_other(mirror, place, receipt):
            return other
        mirror.put(place)  # it was of another identity or input, and nobody's any more
    mirror.met |= {place, *(folder / inner for inner in receipt["files"])}
    return receipt


def _put_file(mirror: Mirror, path: Path, digest: str) -> None:
    """Write a file where nothing stands, or where an attempt without a receipt left another one."""
    try:
        mark(path, mirror.store.put_new(mirror.name(path), path))
    except Taken:
        found = mirror.store.head(mirror.name(path))
        if found and found.size == path.stat().st_size and _digest(mirror, path) == digest:
            mark(path, found.tag)
        else:
            mirror.put(path)


def _digest(mirror: Mirror, path: Path) -> str:
    found = hashlib.sha256()
    for piece in mirror.store.stream(mirror.name(path)):
        found.update(piece)
    return found.hexdigest()[:32]


def _take_other(mirror: Mirror, place: Path, receipt: Receipt) -> Receipt | None:
    """The receipt that stands in the store for the same already, its files in the place of those here."""
    found = mirror.store.read(mirror.name(place))
    if found is None:
        return None
    data, tag = found
    other: Receipt = json.loads(data)
    if any(other.get(key) != receipt.get(key) for key in ("identity", "input")):
        return None
    del other["digest"]
    storage.write(place, data)
    mark(place, tag)
    show(mirror, place.parent.parent, other)
    return other


def show(mirror: Mirror, folder: Path, receipt: Receipt) -> None:
    """Have the files of a part that was committed elsewhere seen here."""
    for inner, (size, digest) in receipt["files"].items():
        path = folder / inner
        if not path.is_file() or proof.digest_file(path) != digest:
            mirror.met.discard(path)
            path.unlink(missing_ok=True)
            place_empty(path, size, "")
