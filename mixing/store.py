"""What a run made, copied to a store: token files or shards, each file proven where it lies."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import fsspec

from winnow.files import write_json

MANIFESTS = ("tokens.json", "manifest.json")


def send(files: Annotated[Sequence[Path], ()], out: Path, *, to: str) -> None:
    """Copy token files (`mixing.tokens.writer:finish`) or shards (`mixing.export:shards`) into the folder
    `to` of any store that fsspec knows (`s3://bucket/tokens`, `gs://...`), and write `sent.json`.

    Each file is read back from the store and its SHA-256 compared. What lies there already and is the same is
    not sent again, so that a run that was stopped goes on; the manifest goes last: where it is, all is. Other
    files in `to` are left alone, and counted as `others`.

    `sent.json`: `to` without what stands before an `@`, `files` (path, bytes, sha256), `others`.
    Errors: ValueError where no manifest is among `files`; OSError where a file is another one in the store.
    """
    manifests = [file for file in files if file.name in MANIFESTS]
    if len(manifests) != 1:
        raise ValueError("send comes after one stage of mixing.tokens.writer:finish or mixing.export:shards")
    root = manifests[0].parent
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path != manifests[0])
    system, base = fsspec.url_to_fs(to)
    base = base.rstrip("/")
    system.invalidate_cache()
    sent = []
    for path in [*paths, manifests[0]]:
        name = path.relative_to(root).as_posix()
        size, digest = path.stat().st_size, _digest(path.open("rb"))
        remote = f"{base}/{name}"
        if not _holds(system, remote, size, digest):
            system.makedirs(remote.rpartition("/")[0], exist_ok=True)
            system.put_file(str(path), remote)
            system.invalidate_cache()
            if not _holds(system, remote, size, digest):
                raise OSError(f"{name} is another one when it is read back from the store")
        sent.append({"path": name, "bytes": size, "sha256": digest})
    there = {each.removeprefix(base).lstrip("/") for each in system.find(base)}
    others = len(there - {each["path"] for each in sent})
    said = {"to": re.sub(r"//[^/@]*@", "//", to), "files": sent, "others": others}
    write_json(out / "sent.json", said)


def _holds(system: Any, remote: str, size: int, digest: str) -> bool:
    """Whether the store has this file, by its size and its bytes."""
    try:
        if system.info(remote)["size"] != size:
            return False
        return _digest(system.open(remote, "rb")) == digest
    except FileNotFoundError:
        return False


def _digest(file: Any) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
