"""What arXiv says of its papers: a file of JSON lines (as on Kaggle), looked up by identifier."""

import hashlib
import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from winnow.files import cache_by_stamp
from winnow.ingest.licenses.links import name_license

_ID = re.compile(rb'"id"\s*:\s*"([^"]+)"')
_HEAD_BYTES = 4_096  # in which a line names its paper
_VERSION = re.compile(r"v\d+$")
_ARXIV_LICENSE = re.compile(r"arxiv\.org/licenses/(nonexclusive-distrib|assumed-1991-2003)(?:/(\d\.\d))?")


class Catalog(NamedTuple):
    """Where the lines begin, by the hashes of their identifiers; 16 bytes a paper."""

    path: Path
    hashes: np.ndarray[Any, np.dtype[np.uint64]]
    places: np.ndarray[Any, np.dtype[np.int64]]


def _hash(name: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


@cache_by_stamp(4)
def load(path: Path) -> Catalog:
    """The catalog of a file of JSON lines that is not packed. Raises ValueError where it is another."""
    hashes, places, at = [], [], 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            found = _ID.search(line[:_HEAD_BYTES])
            if found:
                hashes.append(_hash(found[1]))
                places.append(at)
            elif line.strip() and not places:
                raise ValueError(
                    f"{path} line {number}: no JSON object with an `id`; unpack it, or give another file"
                )
            at += len(line)
    keys = np.array(hashes, np.uint64)
    order = np.argsort(keys, kind="stable")
    return Catalog(path, keys[order], np.array(places, np.int64)[order])


def look_up(catalog: Catalog, name: str) -> dict[str, Any]:
    """The record of a paper, by its identifier with or without a version; {} where there is none."""
    plain = _VERSION.sub("", name)
    key = np.uint64(_hash(plain.encode()))
    first = int(np.searchsorted(catalog.hashes, key))
    with catalog.path.open("rb") as file:
        for at in range(first, len(catalog.hashes)):
            if catalog.hashes[at] != key:
                break
            file.seek(int(catalog.places[at]))
            try:
                record = json.loads(file.readline())
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict) and record.get("id") == plain:
                return record
    return {}


def describe(record: dict[str, Any]) -> dict[str, Any]:
    """`license`, `date`, `author` and what belongs in metadata, as far as the record tells them."""
    versions = record.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, dict) else None
    dates = (created, record.get("created"), record.get("published"), record.get("update_date"))
    authors = _list_authors(record)
    told = {
        name: record[name]
        for name in ("title", "doi", "journal-ref", "categories", "comments", "abstract", "update_date")
        if isinstance(record.get(name), str)
    }
    return {
        "license": _name_license(record.get("license")),
        "date": next(filter(None, map(_date, dates)), None),
        "author": "; ".join(authors) or None,
        "told": {name: " ".join(value.split()) for name, value in told.items()},
    }


def _name_license(said: Any) -> str | None:
    if not isinstance(said, str) or not said.strip():
        return None
    if found := _ARXIV_LICENSE.search(said):
        return f"LicenseRef-arXiv-{found[1]}" + (f"-{found[2]}" if found[2] else "")
    return name_license(said)


def _list_authors(record: dict[str, Any]) -> list[str]:
    parsed = record.get("authors_parsed")
    if isinstance(parsed, list) and parsed:
        names = [
            " ".join(str(part) for part in (one[1], one[0], *one[2:3]) if part)
            for one in parsed
            if isinstance(one, list) and len(one) > 1
        ]
        return [name.strip() for name in names if name.strip()]
    said = record.get("authors")
    if isinstance(said, str):
        parts = re.split(r",|\band\b", re.sub(r"\([^()]*\)", "", said))
        return [name for part in parts if (name := " ".join(part.split()))]
    if isinstance(said, list):
        return [str(one.get("name", "") if isinstance(one, dict) else one) for one in said]
    return []


def _date(said: Any) -> str | None:
    """ISO 8601; arXiv writes the dates of versions as mail does."""
    if not isinstance(said, str) or not said.strip():
        return None
    if re.match(r"\d{4}-\d\d", said):
        return said.strip()
    try:
        return parsedate_to_datetime(said).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, TypeError, IndexError):
        return None
