"""OUT/takedowns/ledger.jsonl: what was taken down, when and why.

An entry a line, each with the SHA-256 of the line before it, so that none can be changed or left out unseen.
It alone names ids; it holds neither texts nor addresses.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from winnow.pipelines.engine.disk import storage
from winnow.pipelines.spec import declarations
from winnow.pipelines.spec.address import resolve

FOLDER, LEDGER, MARKS, JOURNAL = "takedowns", "ledger.jsonl", "marks.parquet", "journal.json"
STEP = "takedowns"
UNFINISHED = "a take-down is half done here: make forget OUT= LIST= goes on with it"


def read(out: Path) -> list[dict[str, Any]]:
    """The entries, oldest first; Damaged where the chain does not hold."""
    path = out / FOLDER / LEDGER
    lines = path.read_bytes().splitlines() if path.exists() else []
    entries: list[dict[str, Any]] = []
    before = ""
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if entry["previous"] != before or entry["number"] != number:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise storage.Damaged(
                str(path), f"is damaged at entry {number}", "put the file back as it was"
            ) from None
        before = hashlib.sha256(line).hexdigest()
        entries.append(entry)
    return entries


def find_wrong(out: Path) -> dict[Path, str]:
    """What is wrong with the folder of take-downs, by file."""
    folder, wrong = out / FOLDER, {}
    if not folder.exists():
        return {}
    try:
        entries = read(out)
    except storage.Damaged as error:
        return {error.path: f"{error.what}: {error.cure}"}
    if (folder / JOURNAL).exists():
        wrong[folder / JOURNAL] = f"says that {UNFINISHED}"
    head = folder / "head.json"
    try:
        told = storage.read_json(head)
    except storage.Damaged as error:
        return wrong | {head: f"{error.what}: put the file back as it was"}
    if told is None:
        return wrong | ({head: "is missing: put the file back as it was"} if entries else {})
    for name in (LEDGER, MARKS):
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
        if found != told[name]:
            wrong[path] = "is not what the last take-down wrote: put the file back as it was"
    return wrong


def list_own(out: Path) -> set[Path]:
    """The files of the folder, which `find_wrong` proves."""
    return {out / FOLDER / name for name in (LEDGER, MARKS, JOURNAL, "head.json")}


def append(out: Path, entry: dict[str, Any]) -> None:
    """Add an entry, and say in `head.json` what ledger and marks are from now on."""
    folder = out / FOLDER
    entries, path = read(out), folder / LEDGER
    data = path.read_bytes() if path.exists() else b""
    last = data.splitlines()[-1] if entries else None
    if not (last and json.loads(last)["journal"] == entry["journal"]):
        previous = hashlib.sha256(last).hexdigest() if last else ""
        told = {"number": len(entries) + 1, "previous": previous, **entry}
        data += json.dumps(told, ensure_ascii=False).encode() + b"\n"
        storage.write(path, data)
    names = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (LEDGER, MARKS)}
    storage.write_json(folder / "head.json", names)


def find(out: Path, identity: str) -> str | None:
    """What the ledger says of a document, by its id, of which the beginning will do."""
    for entry in read(out) if len(identity) >= 8 else ():
        for document in entry["documents"]:
            if document["id"].startswith(identity):
                why = f" ({entry['reason']})" if entry["reason"] else ""
                went = f"{document['id']} was taken down on {entry['date']}{why}, {document['class']}"
                return f"{went}: entry {entry['number']} of {FOLDER}/{LEDGER}"
    return None


def resolve_part(part: str, function: str) -> Callable[..., Any]:
    """A function of what the step of take-downs is made of: of its `lists`, or of its `marks`."""
    return resolve(f"{declarations.find_function(declarations.find_step('takedown'), part)}:{function}")


def refuse(out: Path, frame: pl.DataFrame) -> pl.DataFrame:
    """A batch of new documents, or of new texts, in which what was taken out of this folder once is dropped,
    whatever its reader said of it: by all marks, since an id is that of a place in a file, which changes."""
    if not (out / FOLDER / MARKS).exists():
        return frame
    bare = frame.drop("drop_reason", strict=False)
    gone = resolve(declarations.find_step("takedown"))(bare, marks=out / FOLDER)["drop_reason"]
    before = frame["drop_reason"] if "drop_reason" in frame.columns else pl.lit(None, pl.String)
    return frame.with_columns(drop_reason=pl.coalesce(gone, before))
