"""Files prove themselves: what a run wrote is believed only where it is what was written.

A JSON file of a run ends with a digest of itself and of its name, so that none passes for another. Of every
other file of a stage the receipt of its part, or of its group, says size and digest (`files`). Sizes are
compared when a run looks at what is done, digests before a file is read, once in the life of a process.
"""

import functools
import hashlib
import json
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import mirror

Files = dict[str, list[Any]]
"""Name within the stage's folder to bytes and digest."""

LEDGERS = ("dropped", "failed")
SUMMARIES = ("summary.json", "summary.md", "summary.html", "datasheet.md", "croissant.json")
"""What `make summary` writes beside a dataset card; `pipelines.law.versions` proves them."""
AT_ONCE = 1000
_TAIL = b'"digest": "%s"\n}\n'
_TAIL_BYTES = len(_TAIL % bytes(32))
_proven: set[int] = set()  # hashes of names and states of files, of which a run may have a million


class Damaged(Exception):
    """A file of a run is not what was written. `path` is the file, `what` is wrong with it, `cure` is to be
    done; and the three are the message."""

    def __init__(self, path: str, what: str, cure: str) -> None:
        super().__init__(path, what, cure)
        self.path, self.what, self.cure = Path(path), what, cure

    def __str__(self) -> str:
        return f"{self.path} {self.what}: {self.cure}"


def encode(path: Path, value: dict[str, Any]) -> bytes:
    """A JSON file that proves itself: a line for each key, in order, at the end a digest of its name and all
    before."""
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(one, ensure_ascii=False)}"
        for name, one in value.items()
    ]
    body = ("{\n" + "".join(f"{line},\n" for line in lines)).encode()
    return body + _sign(path, body)


def _sign(path: Path, body: bytes) -> bytes:
    """The last lines of a JSON file. Its name is what it is called in the folder of a run, which may move."""
    depth = {"receipts": 3}.get(path.parent.name) or {"stage.json": 2, "worth.json": 2}.get(path.name, 1)
    depth = 4 if _is_piece(path) else depth
    name = "/".join(path.parts[-depth:]).encode("utf-8", "surrogateescape")
    return _TAIL % hashlib.sha256(name + b"\0" + body).hexdigest()[:32].encode()


def _is_piece(path: Path) -> bool:
    """Whether a file has receipts of a whole stage (`disk.pieces`)."""
    return path.parts[-3:-1] == ("receipts", "whole")


def read_json(path: Path) -> Any:
    """What `write_json` wrote, to the byte, or Damaged; None where the file is not there."""
    try:
        data = mirror.fetch(path).read_bytes()
    except FileNotFoundError:
        return None
    body = data[:-_TAIL_BYTES]
    if data[-_TAIL_BYTES:] != _sign(path, body):
        what = "is damaged, another file or of an earlier version: its digest is not that of what it says"
        raise Damaged(str(path), what, advise(path))
    value = json.loads(data)
    del value["digest"]
    return value


def advise(path: Path) -> str:
    """What to do about a JSON file that is damaged or missing."""
    if path.name == "run.json":
        return "remove it and run again, which writes it anew"
    if path.name == "stage.json" or _is_piece(path):
        stage = path.parts[-2 if path.name == "stage.json" else -4]
        return f"run again with --redo {stage}  (make: REDO={stage})"
    if path.name == "versions.json":
        return f"bring it back from a copy, or remove {path.parent}: make summary begins anew"
    return "run again, which makes its part anew"


def digest_file(path: Path) -> str:
    """32 hex digits of a file: SHA-256, for which processors have instructions (1.8 GB/s; BLAKE2b 0.9)."""
    with mirror.fetch(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()[:32]


def describe(folder: Path, paths: Iterable[Path]) -> Files:
    """Size and digest of files, by their names within a folder."""
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, digest_file(path)] for path in paths}


def of_part(folder: Path, name: str, kept: Path) -> Files:
    """The files of a part, of which the kept one is still called otherwise."""
    ledgers = describe(folder, [folder / ledger / name for ledger in LEDGERS])
    return {name: [kept.stat().st_size, digest_file(kept)], **ledgers}


def locate(path: Path) -> tuple[Path, str] | None:
    """The folder of the stage that a file belongs to, and the name of its part or group; None where it is of
    no stage."""
    for folder in path.parents:
        inner = path.relative_to(folder).parts
        top = inner[-1] if inner[0] in LEDGERS else inner[0]
        name = top.removesuffix(".parquet")
        if (folder / "stage.json").exists() or (folder / "receipts" / f"{name}.json").exists():
            return folder, name
    return None


def list_files(folder: Path, receipt: dict[str, Any]) -> dict[Path, list[Any]]:
    """All files of a part or group of a stage, with bytes and digest, as its receipt says."""
    return {folder / inner: entry for inner, entry in receipt["files"].items()}


def find_wrong_size(folder: Path, receipt: dict[str, Any]) -> str | None:
    """What is wrong with the first file of a part or group that is missing or of another size."""
    for path, (size, _) in list_files(folder, receipt).items():
        if wrong := _compare_size(path, size):
            return f"{path} {wrong}"
    return None


def _compare_size(path: Path, size: int) -> str | None:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        return "is missing"
    return None if found == size else f"is damaged: it has {found:,} bytes and not {size:,}"


def compare(path: Path, entry: list[Any]) -> str | None:
    """What is wrong with a file that should have these bytes and this digest; None where nothing is."""
    if wrong := _compare_size(path, entry[0]):
        return wrong
    return None if digest_file(path) == entry[1] else "is damaged: its bytes are not those that were written"


def prove(path: Path) -> Path:
    """The path, where the file is what its stage wrote, or is of no stage; else Damaged.

    A file is read through once in the life of a process, and again where it is another by then.
    """
    try:
        about = mirror.fetch(path).stat()
        state = (about.st_size, about.st_mtime_ns, about.st_ino)
    except FileNotFoundError:
        state = (0, 0, 0)
    key = hash((str(path.absolute()), state))  # by a secret of the process
    if key not in _proven:
        _prove(path.absolute())
        _proven.add(key)
    return path


def prove_all(paths: list[Path]) -> list[Path]:
    """Prove files, some side by side; those that are yet to come are not laid before a pool, where each takes
    ten times as much memory as its name."""
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(paths), AT_ONCE):
            deque(pool.map(prove, paths[start : start + AT_ONCE]), maxlen=0)
    return paths


def _prove(path: Path) -> None:
    place = locate(path)
    if place is None:
        return
    listed = _read_files(*place)
    if path not in listed:
        receipt = place[0] / "receipts" / f"{place[1]}.json"
        what = "is in no receipt of its stage" + ("" if receipt.exists() else f" ({receipt} is missing)")
        cure = f"remove it, or run again with --redo {place[0].name}  (make: REDO={place[0].name})"
        raise Damaged(str(path), what, cure)
    if wrong := compare(path, listed[path]):
        raise Damaged(str(path), wrong, "run again, which makes its part anew")


def _read_files(folder: Path, name: str) -> dict[Path, list[Any]]:
    """What the receipt of a part or group says of its files; nothing where there is none."""
    path = folder / "receipts" / f"{name}.json"
    try:
        about = mirror.fetch(path).stat()
    except FileNotFoundError:
        return {}
    return _read_receipt(path, (about.st_size, about.st_mtime_ns, about.st_ino))


@functools.lru_cache(maxsize=256)
def _read_receipt(path: Path, state: tuple[int, int, int]) -> dict[Path, list[Any]]:
    receipt = read_json(path)
    return {} if receipt is None else list_files(path.parent.parent, receipt)


def prove_settings(out: Path, run: str, *settings: dict[str, Any]) -> None:
    """Damaged where settings of steps name files of a stage in the folder `out` that are not what its run
    wrote."""
    for value in (value for each in settings for value in each.values()):
        if isinstance(value, Path) and out in value.parents:
            prove_folder(value, run)


@functools.lru_cache(maxsize=256)
def prove_folder(path: Path, run: str) -> None:
    """Damaged where the output of a stage, or of a group, or a file or folder of it, is not to the byte what
    was written: with a file too many or too few, too; not of what a lost worker left half written.
    `run`: once in each run of a process."""
    mirror.show(path)
    if not path.is_dir():
        prove(path)
        return
    place = locate(path / "any")
    if place is None:
        return
    folder, _ = place
    listed: dict[Path, list[Any]] = {}
    for receipt in sorted((folder / "receipts").glob("[!.]*.json")):
        if folder == path or receipt.stem == path.relative_to(folder).parts[0]:
            listed |= _read_files(folder, receipt.stem)
    own = {folder / "stage.json", *(folder / "receipts").rglob("*")}
    own |= {folder / "all" / name for name in SUMMARIES}
    left = {file for beside in folder.glob(".*.tmp") for file in beside.rglob("*")}
    found = {file for file in path.rglob("*") if file.is_file()} - own - left
    for file in sorted(found | {file for file in listed if path in file.parents}):
        prove(file)
