"""Versions of a summary: each is kept, and the next says what changed.

`OUT/summaries/0002/` holds all files of the second one, `OUT/summaries/versions.json` when each was written,
the digest of what it says, and size and digest of its files. The newest stands beside the dataset card, too.
"""

import datetime
import json
import os
import re
from pathlib import Path
from typing import Any

from winnow.pipelines.engine.disk import proof, storage
from winnow.pipelines.law.facts import flatten

FOLDER, INDEX = "summaries", "versions.json"
FILES = proof.SUMMARIES


def read(out: Path) -> list[dict[str, Any]]:
    """`number`, `written`, `content` (a digest) of each version, and its `stage`; the first first."""
    about = storage.read_json(out / FOLDER / INDEX) or {"versions": []}
    found: list[dict[str, Any]] = about["versions"]
    return found


def read_told(out: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """What a version said; Damaged where its file is not what was written."""
    name = f"{FOLDER}/{entry['number']:04d}/{FILES[0]}"
    path = out / name
    if wrong := proof.compare(path, entry["files"][name]):
        raise proof.Damaged(str(path), wrong, f"bring it back from a copy, or remove {out / FOLDER}")
    return dict(json.loads(path.read_text(encoding="utf-8")))


def today() -> str:
    """The day, as UTC has it, or that of SOURCE_DATE_EPOCH."""
    moment = re.fullmatch(r"\d{1,11}", os.environ.get("SOURCE_DATE_EPOCH", ""))
    now = datetime.datetime.now(datetime.UTC)
    return (
        (datetime.datetime.fromtimestamp(int(moment[0]), datetime.UTC) if moment else now).date().isoformat()
    )


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, Any]]:
    """Each text and number that differs: `field`, `was`, `is` (None where there was, or is, none)."""
    was, now = _flatten(old), _flatten(new)
    return [
        {"field": path, "was": was.get(path), "is": now.get(path)}
        for path in dict.fromkeys((*was, *now))
        if was.get(path) != now.get(path)
    ]


def _flatten(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in ("summary", "datasheet"):
        for section in told[part]:
            for fact in section["fields"]:
                value = fact.get("said") if fact["value"] is None else fact["value"]
                where = (
                    f"datasheet {fact['key']}"
                    if part == "datasheet"
                    else f"{section['number']} {fact['key']}"
                )
                found |= dict(flatten(value, where))
    rest = {
        name: value for name, value in told["croissant"].items() if name not in ("@context", "distribution")
    }
    found |= dict(flatten(rest, "croissant"))
    for entry in told["croissant"]["distribution"]:
        found[f"croissant {entry['@id']}"] = entry.get("sha256", entry.get("includes"))
    return found


def keep(out: Path, beside: Path, entry: dict[str, Any], texts: dict[str, str]) -> None:
    """Write a version into its folder and beside the dataset card, and enter it."""
    folder = out / FOLDER / f"{entry['number']:04d}"
    for where in (folder, beside):
        for name, text in texts.items():
            storage.write(where / name, text)
    known = {one["number"]: one for one in read(out)}
    known[entry["number"]] = {
        **entry,
        "files": proof.describe(out, [folder / name for name in texts]),
        "beside": proof.describe(out, [beside / name for name in texts]),
    }
    storage.write_json(out / FOLDER / INDEX, {"versions": [known[number] for number in sorted(known)]})


def list_files(out: Path) -> dict[Path, list[Any]]:
    """All files of all versions with size and digest; those beside a dataset card where they are there: a
    card that is made anew has none."""
    found: dict[Path, list[Any]] = {}
    for entry in read(out):
        found |= {out / name: told for name, told in entry["files"].items()}
        found |= {out / name: told for name, told in entry["beside"].items() if (out / name).exists()}
    return found
